//! What comes out of a sound body.

use playhead_model::{
    body::{
        self, BodyError, Node,
        typed::{Event, as_bool, as_text},
    },
    keys::{EventType, KeyId, KeySet},
};

use super::check::Facts;

/// One event, checked and in canonical form.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub event_type: EventType,
    /// Client time in milliseconds since 1970-01-01 UTC.
    pub ts: i64,
    /// Seconds of content, not negative.
    pub playhead: f64,
    /// The JSON value as received, in the form of [`playhead_model::body`].
    pub body: Vec<u8>,
    /// Members of `params` and `qoeData` that the protocol does not know; none in strict.
    pub unknown_keys: u16,
}

impl Decoded {
    /// Encodes a body that was checked without a fault. It is seldom longer than what was sent.
    pub(crate) fn new(node: &Node<'_>, facts: &Facts, bytes_expected: usize) -> Decoded {
        let mut body = Vec::with_capacity(bytes_expected);
        body::encode(node, &mut body);
        Decoded {
            event_type: facts.event_type.expect("a body without faults has a type"),
            ts: facts.ts.expect("a body without faults has a time"),
            playhead: facts
                .playhead
                .expect("a body without faults has a playhead"),
            unknown_keys: facts.unknown_keys,
            body,
        }
    }

    /// Reads what routes and admits a session, if this event is its start.
    pub fn start_facts(&self) -> Option<StartFacts<'_>> {
        (self.event_type == EventType::SessionStart)
            .then(|| StartFacts::read(&self.body).expect("a body just written can be read"))
    }
}

/// What routes and admits a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartFacts<'a> {
    /// First report suite of the list, without blanks around it; may be empty.
    pub report_suite: &'a str,
    pub media_id: &'a str,
    pub player_name: &'a str,
    pub sdk_version: Option<&'a str>,
    pub library_version: Option<&'a str>,
    /// Clients of the Collection API always name one, others never.
    pub has_tracking_server: bool,
    /// Id of the visitor, if the start names one.
    pub visitor: Option<&'a str>,
    pub is_downloaded: bool,
    pub is_resumed: bool,
}

const FACTS: KeySet = KeySet::of(&[
    KeyId::TRACKING_SERVER,
    KeyId::REPORT_SUITE,
    KeyId::MEDIA_ID,
    KeyId::PLAYER_NAME,
    KeyId::SDK_VERSION,
    KeyId::LIBRARY_VERSION,
    KeyId::DOWNLOADED,
    KeyId::RESUME,
    KeyId::MARKETING_CLOUD_USER_ID,
    KeyId::VISITOR_ID,
    KeyId::ANALYTICS_ID,
    KeyId::APP_INSTALLATION_ID,
]);

impl<'a> StartFacts<'a> {
    /// Reads the body of a `sessionStart`.
    ///
    /// # Errors
    /// If the bytes are not the body of an event.
    pub fn read(body: &'a [u8]) -> Result<StartFacts<'a>, BodyError> {
        let mut facts = StartFacts::default();
        let (mut ecid, mut own, mut aid, mut app) = (None, None, None, None);
        for member in Event::open(body)?.params.only(FACTS) {
            let (key, value) = member?;
            match key {
                KeyId::TRACKING_SERVER => facts.has_tracking_server = true,
                KeyId::REPORT_SUITE => {
                    facts.report_suite = first_suite(as_text(value).unwrap_or_default());
                }
                KeyId::MEDIA_ID => facts.media_id = as_text(value).unwrap_or_default(),
                KeyId::PLAYER_NAME => facts.player_name = as_text(value).unwrap_or_default(),
                KeyId::SDK_VERSION => facts.sdk_version = as_text(value),
                KeyId::LIBRARY_VERSION => facts.library_version = as_text(value),
                KeyId::DOWNLOADED => facts.is_downloaded = as_bool(value) == Some(true),
                KeyId::RESUME => facts.is_resumed = as_bool(value) == Some(true),
                KeyId::MARKETING_CLOUD_USER_ID => ecid = as_text(value),
                KeyId::VISITOR_ID => own = as_text(value),
                KeyId::ANALYTICS_ID => aid = as_text(value),
                KeyId::APP_INSTALLATION_ID => app = as_text(value),
                _ => {}
            }
        }
        facts.visitor = [ecid, own, aid, app]
            .into_iter()
            .flatten()
            .find(|id| !id.is_empty());
        Ok(facts)
    }
}

/// The suite that counts in a comma-separated list, without blanks around it.
pub fn first_suite(suites: &str) -> &str {
    suites
        .split_once(',')
        .map_or(suites, |(first, _)| first)
        .trim()
}
