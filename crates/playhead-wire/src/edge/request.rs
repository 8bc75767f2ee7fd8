//! A request body: its events, and what it says about itself.

use playhead_model::{body::Node, ids::SessionId};

use super::{Kind, PREFIX, identity::Identity, missing};
use crate::{
    faults::{Faults, Gathered, Path},
    parse::parse,
};

/// Longest separator that is sent back.
const SEPARATOR_BYTES_MAX: usize = 16;

/// How the paths of faults begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$.events[2].xdm`: the place in the request.
    Numbered,
    /// `$.xdm`: the place in the event, whose number is told beside it.
    Own,
}

/// A body that is JSON.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    root: Node<'a>,
}

impl<'a> Request<'a> {
    /// Parses a body.
    ///
    /// # Errors
    /// One fault that says why the bytes are not JSON.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Faults> {
        parse(bytes).map(|root| Self { root })
    }

    /// The events, at least one.
    ///
    /// # Errors
    /// The fault, if there is no list of them.
    pub fn events(&self) -> Result<Vec<Event<'_, 'a>>, Faults> {
        let reason = match member(&self.root, "events") {
            Some(Node::Array(events)) if !events.is_empty() => {
                let shared = member(&self.root, "xdm").and_then(|xdm| member(xdm, "identityMap"));
                let event = |(at, node)| Event { node, at, shared };
                return Ok(events.iter().enumerate().map(event).collect());
            }
            Some(Node::Array(_)) => "expected at least one event, got an empty array".to_owned(),
            Some(Node::Null) | None => missing(),
            Some(other) => format!(
                "expected an array of events, got {}",
                crate::collection::values::describe(other)
            ),
        };
        let mut faults = Gathered::default();
        faults.add(&Path::Key(&Path::Root, "$").key("events"), || reason);
        faults.into_result()?;
        Ok(Vec::new())
    }

    /// What stands around each document of the answer, if the client reads it as a stream.
    pub fn streaming(&self) -> Option<(&str, &str)> {
        let streaming = find(&self.root, &["meta", "konductorConfig", "streaming"])?;
        let separator =
            |name| text(streaming, name).filter(|separator| separator.len() <= SEPARATOR_BYTES_MAX);
        (member(streaming, "enabled") == Some(&Node::Bool(true)))
            .then_some((separator("recordSeparator")?, separator("lineFeed")?))
    }

    /// What an earlier answer asked the client to keep.
    pub fn state_entries(&self) -> impl Iterator<Item = (&str, &str)> {
        let entries = match find(&self.root, &["meta", "state", "entries"]) {
            Some(Node::Array(entries)) => &entries[..],
            _ => &[],
        };
        entries
            .iter()
            .filter_map(|entry| Some((text(entry, "key")?, text(entry, "value")?)))
    }

    /// Whether the client asks who its viewer is.
    pub fn fetches_ecid(&self) -> bool {
        let fetched = find(&self.root, &["query", "identity", "fetch"]);
        matches!(fetched, Some(Node::Array(names)) if names.contains(&Node::Str("ECID".into())))
    }

    /// The visitor id that the body names, for all events or in the first of them.
    pub fn ecid(&self) -> Option<&str> {
        self.identities().find_map(|identity| identity.ecid)
    }

    /// The id of app and device that the body names.
    pub fn fpid(&self) -> Option<&str> {
        self.identities().find_map(|identity| identity.fpid)
    }

    /// The id that the client gave its first event.
    pub fn event_id(&self) -> Option<&str> {
        text(self.first_xdm()?, "_id").filter(|id| !id.is_empty())
    }

    /// What the viewer agrees to in the body of a consent: `in` or `out`.
    pub fn consent(&self) -> Option<&'static str> {
        let Some(Node::Array(consents)) = member(&self.root, "consent") else {
            return None;
        };
        consents.iter().find_map(|consent| {
            let value = member(consent, "value")?;
            let general = text(value, "general");
            let collect = find(value, &["collect"]).and_then(|collect| text(collect, "val"));
            match general.or(collect)? {
                "in" | "y" => Some("in"),
                "out" | "n" => Some("out"),
                _ => None,
            }
        })
    }

    fn identities(&self) -> impl Iterator<Item = Identity<'_>> {
        let of_all = member(&self.root, "xdm");
        let maps = [of_all, self.first_xdm()].into_iter().flatten();
        maps.filter_map(|xdm| member(xdm, "identityMap"))
            .map(|map| Identity::read([map]))
    }

    fn first_xdm(&self) -> Option<&Node<'a>> {
        match member(&self.root, "events") {
            Some(Node::Array(events)) => member(events.first()?, "xdm"),
            _ => None,
        }
    }
}

/// One element of `events`.
#[derive(Clone, Copy, Debug)]
pub struct Event<'n, 'a> {
    pub(super) node: &'n Node<'a>,
    /// Place in the request.
    pub at: usize,
    /// The `identityMap` of the whole request.
    pub(super) shared: Option<&'n Node<'a>>,
}

impl<'n, 'a> Event<'n, 'a> {
    /// The type as sent, if it is a string.
    pub fn type_name(&self) -> Option<&'n str> {
        text(self.xdm()?, "eventType")
    }

    /// Whether the event is one of media, known or not; others may come along on some paths.
    pub fn is_media(&self) -> bool {
        self.type_name()
            .is_some_and(|name| name.starts_with(PREFIX))
    }

    /// What it holds, going by its own type.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_name(self.type_name()?.strip_prefix(PREFIX)?)
    }

    /// The session that it names, if the id has the form of one.
    pub fn session_id(&self) -> Option<SessionId> {
        let collection = member(self.xdm()?, "mediaCollection")?;
        SessionId::parse(text(collection, "sessionID")?.as_bytes())
    }

    pub(super) fn xdm(&self) -> Option<&'n Node<'a>> {
        member(self.node, "xdm")
    }

    /// Lets `check` gather faults under the path of this event.
    pub(super) fn with_path<T>(&self, root: Root, check: impl FnOnce(&Path<'_>) -> T) -> T {
        let root_path = Path::Key(&Path::Root, "$");
        match root {
            Root::Own => check(&root_path),
            Root::Numbered => check(&root_path.key("events").index(self.at)),
        }
    }
}

pub(super) fn member<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    let Node::Object(members) = node else {
        return None;
    };
    let found = members.iter().find(|(key, _)| key.name() == name);
    found.map(|(_, value)| value)
}

fn find<'n, 'a>(node: &'n Node<'a>, names: &[&str]) -> Option<&'n Node<'a>> {
    names.iter().try_fold(node, |node, name| member(node, name))
}

pub(super) fn text<'n>(node: &'n Node<'_>, name: &str) -> Option<&'n str> {
    match member(node, name)? {
        Node::Str(text) => Some(text),
        _ => None,
    }
}
