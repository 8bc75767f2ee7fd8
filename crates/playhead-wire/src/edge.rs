//! The Media Edge API: bodies in XDM, mapped to those of the Collection API.
//!
//! Behind this module there is one model only: what comes out is the canonical body of the same
//! event of the Collection API, with the values that the table of keys maps. Members that it does
//! not map are passed over, as XDM is open. Faults name their place by a JSONPath.

mod canonical;
mod details;
mod downloaded;
mod event;
mod identity;
mod media;
mod request;
mod time;

use playhead_model::keys::EventType;

pub use self::{
    event::{Account, Setting},
    request::{Event, Request, Root},
};
use crate::{Clock, Profile};

/// The reason of a fault where something that must be there is not; clients may compare it.
const MISSING: &str = "Missing required field";
/// What every type of a media event begins with.
const PREFIX: &str = "media.";

/// What an event of the API holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One event of a session, or the start of one.
    Event(EventType),
    /// A whole offline session.
    Downloaded,
}

impl Kind {
    /// Finds what a path or the end of an event type names.
    pub fn from_name(name: &str) -> Option<Kind> {
        if name == crate::schema::DOWNLOADED {
            return Some(Kind::Downloaded);
        }
        EventType::from_name(name)
            .filter(|event| is_on_edge(*event))
            .map(Kind::Event)
    }

    /// Name in paths.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Event(event) => event.name(),
            Kind::Downloaded => crate::schema::DOWNLOADED,
        }
    }
}

/// Two types of the Collection API have `statesUpdate` in their place here.
fn is_on_edge(event: EventType) -> bool {
    !matches!(event, EventType::StateStart | EventType::StateEnd)
}

fn missing() -> String {
    MISSING.to_owned()
}

/// Decodes any bytes in every way there is, and checks what must hold for all of them.
///
/// # Panics
/// If a promise between decoder and stored form is broken.
#[doc(hidden)]
pub fn fuzz_decode(bytes: &[u8]) {
    let Ok(request) = Request::parse(bytes) else {
        return;
    };
    let _all_read = (request.streaming(), request.fetches_ecid(), request.ecid());
    let _all_read = (request.fpid(), request.event_id(), request.consent());
    let entries = request.state_entries().count();
    assert!(entries <= bytes.len());
    let Ok(events) = request.events() else {
        return;
    };
    for profile in [Profile::Strict, Profile::Lenient] {
        let setting = Setting {
            profile,
            clock: Clock::ReceivedMs(1_735_732_800_000),
            received_ms: 1_735_732_800_000,
            account: Account {
                suite: "suite",
                organisation: Some("ORG@AdobeOrg"),
            },
            ecid: Some("1"),
        };
        for event in &events {
            let decoded = match event.kind() {
                Some(Kind::Downloaded) => event.decode_downloaded(Root::Own, &setting),
                Some(Kind::Event(kind)) => event
                    .decode(kind, Root::Numbered, &setting)
                    .map(|decoded| vec![decoded]),
                None => continue,
            };
            match decoded {
                Ok(all) => all.iter().for_each(verify),
                Err(faults) => assert!(!faults.message().is_empty()),
            }
        }
    }
}

fn verify(decoded: &crate::Decoded) {
    use playhead_model::body::{self, typed};

    body::verify(&decoded.body).expect("a decoded body is canonical");
    let opened = typed::Event::open(&decoded.body).expect("a decoded body is an event");
    assert_eq!(opened.event_type, decoded.event_type);
    assert_eq!(opened.ts, decoded.ts);
    assert_eq!(opened.playhead.to_bits(), decoded.playhead.to_bits());
    // A start lacks what routes in the other API, and names of metadata are free in this one.
    if decoded.event_type == EventType::SessionStart || !opened.custom.is_empty() {
        return;
    }
    let json = body::to_json(&decoded.body).expect("a decoded body is JSON");
    let again = crate::event(
        json.to_string().as_bytes(),
        Profile::Lenient,
        Clock::Unchecked,
    );
    assert_eq!(
        again.expect("the other API takes it too").body,
        decoded.body
    );
}
