//! The Media Collection API: one function for each kind of request body.

pub(crate) mod check;
mod decoded;
mod unknown;
pub(crate) mod values;

use playhead_model::{
    body::{Node, NodeKey},
    keys::{EventType, KeyId},
};

use self::check::Check;
pub use self::decoded::{Decoded, StartFacts, first_suite};
use crate::{
    Clock, Profile, direct,
    faults::{Faults, Path},
    parse::{parse, text, tree},
};

/// What a POST to the sessions path holds.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionsPost {
    /// The start of a live session.
    Start(Decoded),
    /// A whole offline session, in the older form; the start comes first.
    Batch(Vec<Decoded>),
}

/// Decodes the start of a live session: an object on `POST /api/v1/sessions`.
///
/// # Errors
/// All faults of the body.
pub fn session_start(bytes: &[u8], profile: Profile, clock: Clock) -> Result<Decoded, Faults> {
    let text = text(bytes)?;
    match direct::decode(text, profile, clock) {
        Some(start) if start.event_type == EventType::SessionStart => Ok(start),
        _ => start_of(&tree(text)?, bytes.len(), profile, clock),
    }
}

/// Decodes a body of `POST /api/v1/sessions`: a start, or an array with an offline session.
///
/// # Errors
/// All faults of the body.
pub fn sessions_post(bytes: &[u8], profile: Profile, clock: Clock) -> Result<SessionsPost, Faults> {
    let text = text(bytes)?;
    if let Some(start) = direct::decode(text, profile, clock)
        && start.event_type == EventType::SessionStart
    {
        return Ok(SessionsPost::Start(start));
    }
    match tree(text)? {
        Node::Array(events) => {
            let mut check = Check::new(profile, clock);
            if events.first().is_some_and(|first| !says_downloaded(first)) {
                check.add(&BATCH_FLAG, || {
                    "must be true in an array sent to this path; /api/v1/downloaded needs no flag"
                        .to_owned()
                });
            }
            batch_of(&events, check).map(SessionsPost::Batch)
        }
        node => start_of(&node, bytes.len(), profile, clock).map(SessionsPost::Start),
    }
}

/// Decodes a body of `POST /api/v1/sessions/{sid}/events`.
///
/// # Errors
/// All faults of the body.
pub fn event(bytes: &[u8], profile: Profile, clock: Clock) -> Result<Decoded, Faults> {
    let text = text(bytes)?;
    if let Some(event) = direct::decode(text, profile, clock)
        && event.event_type != EventType::SessionStart
    {
        return Ok(event);
    }
    event_of(&tree(text)?, bytes.len(), profile, clock)
}

/// Decodes a body of `POST /api/v1/downloaded`: an array with one whole session, its start first.
///
/// # Errors
/// All faults of all events; one bad event refuses the whole batch.
pub fn downloaded(bytes: &[u8], profile: Profile, clock: Clock) -> Result<Vec<Decoded>, Faults> {
    match parse(bytes)? {
        Node::Array(events) => batch_of(&events, Check::new(profile, clock)),
        node => Err(Faults::whole(format!(
            "expected an array of events, got {}",
            values::describe(&node)
        ))),
    }
}

/// Checks that what is taken without a tree is taken with it, and is the same.
///
/// # Panics
/// If it is not.
pub(crate) fn check_direct(text: &str, profile: Profile, clock: Clock) {
    let Some(direct) = direct::decode(text, profile, clock) else {
        return;
    };
    let node = tree(text).expect("what is taken is JSON");
    let by_tree = match direct.event_type {
        EventType::SessionStart => start_of(&node, text.len(), profile, clock),
        _ => event_of(&node, text.len(), profile, clock),
    };
    assert_eq!(by_tree, Ok(direct));
}

/// What an event among several takes, mostly.
pub(crate) const BODY_BYTES_EXPECTED: usize = 64;

const EVENT_TYPE: Path<'static> = Path::Key(&Path::Root, "eventType");
const FLAG: Path<'static> = Path::Key(&Path::Key(&Path::Root, "params"), "media.downloaded");
const BATCH_FLAG: Path<'static> = Path::Key(
    &Path::Key(&Path::Index(&Path::Root, 0), "params"),
    "media.downloaded",
);

fn event_of(
    node: &Node<'_>,
    bytes: usize,
    profile: Profile,
    clock: Clock,
) -> Result<Decoded, Faults> {
    let mut check = Check::new(profile, clock);
    let facts = check.event(&Path::Root, node);
    if facts.event_type == Some(EventType::SessionStart) {
        check.add(&EVENT_TYPE, || {
            "sessionStart opens a session: send it to /api/v1/sessions".to_owned()
        });
    }
    check.finish()?;
    Ok(Decoded::new(node, &facts, bytes))
}

fn start_of(
    node: &Node<'_>,
    bytes: usize,
    profile: Profile,
    clock: Clock,
) -> Result<Decoded, Faults> {
    let mut check = Check::new(profile, clock);
    let facts = check.event(&Path::Root, node);
    match facts.event_type {
        Some(EventType::SessionStart) if says_downloaded(node) => check.add(&FLAG, || {
            "true marks an offline session: send it to /api/v1/downloaded as an array".to_owned()
        }),
        Some(EventType::SessionStart) | None => {}
        Some(other) => check.add(&EVENT_TYPE, || {
            format!(
                "expected sessionStart, got {}; other events need a session",
                other.name()
            )
        }),
    }
    check.finish()?;
    Ok(Decoded::new(node, &facts, bytes))
}

fn batch_of(events: &[Node<'_>], mut check: Check) -> Result<Vec<Decoded>, Faults> {
    if events.is_empty() {
        return Err(Faults::whole(
            "expected at least a sessionStart, got an empty array",
        ));
    }
    let mut decoded = Vec::with_capacity(events.len());
    for (at, node) in events.iter().enumerate() {
        let path = Path::Index(&Path::Root, at);
        let facts = check.event(&path, node);
        match facts.event_type {
            Some(EventType::SessionStart) if at > 0 => {
                check.add(&path.key("eventType"), || {
                    "only the first event of a batch is a sessionStart".to_owned()
                });
            }
            Some(other) if at == 0 && other != EventType::SessionStart => {
                check.add(&path.key("eventType"), || {
                    format!("a batch begins with sessionStart, got {}", other.name())
                });
            }
            _ => {}
        }
        if check.is_clean() {
            decoded.push(Decoded::new(node, &facts, BODY_BYTES_EXPECTED));
        }
    }
    check.finish()?;
    Ok(decoded)
}

/// Tells whether a start carries `media.downloaded: true`.
fn says_downloaded(start: &Node<'_>) -> bool {
    member(start, KeyId::PARAMS)
        .and_then(|params| member(params, KeyId::DOWNLOADED))
        .is_some_and(|flag| *flag == Node::Bool(true))
}

fn member<'n, 'a>(node: &'n Node<'a>, key: KeyId) -> Option<&'n Node<'a>> {
    let Node::Object(members) = node else {
        return None;
    };
    members
        .iter()
        .find(|(name, _)| *name == NodeKey::Known(key))
        .map(|(_, value)| value)
}
