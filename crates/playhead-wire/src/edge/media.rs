//! `mediaCollection`: what an event says of its media.

use playhead_model::{
    body::{Node, NodeKey},
    keys::{EventType, KeyId, Kind},
};

use super::{
    details::{CONTAINERS, Container, Members},
    event::present,
    missing,
};
use crate::{
    collection::check::{Check, Facts},
    faults::Path,
};

/// The object with quality values.
const QOE: &str = "qoeDataDetails";
/// Length of a session id.
const SID_CHARS: usize = 64;

/// What came out of a `mediaCollection`.
#[derive(Debug, Default)]
pub(super) struct Media<'a> {
    pub(super) playhead: Option<(f64, Node<'a>)>,
    pub(super) params: Members<'a>,
    pub(super) qoe: Members<'a>,
    pub(super) custom: Option<Members<'a>>,
}

/// Whether an event names its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Needed,
    /// It opens one; what stands there is passed over.
    Open,
    /// It is part of a whole session, in which no id is allowed.
    Whole,
}

/// Checks the `mediaCollection` of an object and maps what it holds.
pub(super) fn map<'a>(
    check: &mut Check,
    path: &Path<'_>,
    event: EventType,
    session: Session,
    owner: &Node<'a>,
) -> Option<Media<'a>> {
    let path = &path.key("mediaCollection");
    match present(check, owner, "mediaCollection") {
        Some(Node::Object(members)) => Some(map_members(check, path, event, session, members)),
        Some(other) => {
            check.wrong(path, "an object", other);
            None
        }
        None => {
            check.add(path, missing);
            None
        }
    }
}

fn map_members<'a>(
    check: &mut Check,
    path: &Path<'_>,
    event: EventType,
    session: Session,
    members: &[(NodeKey<'a>, Node<'a>)],
) -> Media<'a> {
    let mut media = Media::default();
    let mut seen = Seen::default();
    for (key, node) in members {
        let path = path.key(key.name());
        if check.is_absent(node) {
            continue;
        }
        match key.name() {
            "playhead" => {
                seen.playhead = true;
                media.playhead = playhead(check, &path, node);
            }
            "sessionID" => {
                seen.session = true;
                session_id(check, &path, session, node);
            }
            "customMetadata" if takes_metadata(event) => {
                media.custom = custom_metadata(check, &path, node);
            }
            name @ ("statesStart" | "statesEnd") if event == EventType::StatesUpdate => {
                seen.states |= !matches!(node, Node::Array(states) if states.is_empty());
                let states = states(check, &path, node);
                media.params.push((NodeKey::new(name.to_owned()), states));
            }
            // One client sends it until there are values.
            QOE if *node == Node::Null && event != EventType::BitrateChange => {}
            name => {
                let mut of_event = CONTAINERS
                    .iter()
                    .filter(|container| container.events.contains(event));
                if let Some(container) = of_event.find(|container| container.name == name) {
                    seen.containers.push(container.name);
                    let members = container.map(check, &path, event, node);
                    media.add(name, members);
                }
            }
        }
    }
    seen.miss(check, path, event, session);
    media
}

impl<'a> Media<'a> {
    /// Adds what an object holds; an error is a matter of quality in the other API.
    fn add(&mut self, container: &str, members: Members<'a>) {
        if matches!(container, QOE | "errorDetails") {
            self.qoe.extend(members);
        } else {
            self.params.extend(members);
        }
    }
}

/// What was there.
#[derive(Default)]
struct Seen {
    playhead: bool,
    session: bool,
    /// A list of states that is not empty.
    states: bool,
    containers: Vec<&'static str>,
}

impl Seen {
    /// Tells what is missing.
    fn miss(&self, check: &mut Check, path: &Path<'_>, event: EventType, session: Session) {
        if !self.playhead {
            check.add(&path.key("playhead"), missing);
        }
        if !self.session && session == Session::Needed {
            check.add(&path.key("sessionID"), missing);
        }
        if event == EventType::StatesUpdate && !self.states {
            check.add(path, || {
                "at least one of statesStart and statesEnd must be non-empty".to_owned()
            });
        }
        for container in CONTAINERS.iter() {
            let is_seen = self.containers.contains(&container.name);
            if is_needed(check, container, event) && !is_seen {
                check.add(&path.key(container.name), missing);
            }
        }
    }
}

fn is_needed(check: &Check, container: &Container, event: EventType) -> bool {
    let is_rate = event == EventType::BitrateChange && container.name == QOE;
    container.is_needed(event) || (is_rate && check.is_strict())
}

/// On other events metadata has no effect.
fn takes_metadata(event: EventType) -> bool {
    matches!(
        event,
        EventType::SessionStart | EventType::AdStart | EventType::ChapterStart
    )
}

fn playhead<'a>(check: &mut Check, path: &Path<'_>, node: &Node<'a>) -> Option<(f64, Node<'a>)> {
    if matches!(node, Node::Float(value) if value.fract() != 0.0) && check.is_strict() {
        check.wrong(path, "an integer", node);
        return None;
    }
    let seconds = check.playhead(path, node)?;
    Some((seconds, node.clone()))
}

fn session_id(check: &mut Check, path: &Path<'_>, session: Session, node: &Node<'_>) {
    match (session, node) {
        (Session::Open, _) => {}
        (Session::Whole, _) if check.is_strict() => {
            check.add(path, || {
                "no session id is allowed in a whole session".to_owned()
            });
        }
        (Session::Whole, _) => {}
        (Session::Needed, Node::Str(sid)) => {
            let length = sid.chars().count();
            if length != SID_CHARS {
                check.add(path, || format!("InvalidApiSidLength={length}"));
            }
        }
        (Session::Needed, _) => check.wrong(path, "a string of 64 characters", node),
    }
}

fn custom_metadata<'a>(check: &mut Check, path: &Path<'_>, node: &Node<'a>) -> Option<Members<'a>> {
    let Node::Array(entries) = node else {
        check.wrong(path, "an array of objects with name and value", node);
        return None;
    };
    let mut media = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let path = path.index(at);
        let name = member_text(check, &path, entry, "name");
        let value = member_text(check, &path, entry, "value");
        if let (Some(Node::Str(name)), Some(value)) = (name, value) {
            media.push((NodeKey::new(name.clone()), value.clone()));
        }
    }
    Some(media)
}

/// A string that an object must have.
fn member_text<'n, 'a>(
    check: &mut Check,
    path: &Path<'_>,
    entry: &'n Node<'a>,
    name: &str,
) -> Option<&'n Node<'a>> {
    let Node::Object(members) = entry else {
        if name == "name" {
            check.wrong(path, "an object with name and value", entry);
        }
        return None;
    };
    let found = members.iter().find(|(key, _)| key.name() == name);
    match found {
        Some((_, node)) if !check.is_absent(node) => {
            check.value(&path.key(name), Kind::String, node, &mut Facts::default());
            Some(node)
        }
        _ => {
            check.add(&path.key(name), missing);
            None
        }
    }
}

/// A list of states, in the form of the other API.
fn states<'a>(check: &mut Check, path: &Path<'_>, node: &Node<'a>) -> Node<'a> {
    let Node::Array(entries) = node else {
        check.wrong(path, "an array of states", node);
        return Node::Array(Vec::new());
    };
    let mut media = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let path = path.index(at);
        let Node::Object(members) = entry else {
            check.wrong(&path, "an object with name", entry);
            continue;
        };
        let named = members.iter().find(|(key, _)| key.name() == "name");
        match named {
            Some((_, name)) if !check.is_absent(name) => {
                let facts = &mut Facts::default();
                check.value(&path.key("name"), Kind::StateName, name, facts);
                media.push(Node::Object(vec![(
                    NodeKey::Known(KeyId::STATE_NAME),
                    name.clone(),
                )]));
            }
            _ => check.add(&path.key("name"), missing),
        }
    }
    Node::Array(media)
}
