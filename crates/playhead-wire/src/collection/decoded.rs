//! What comes out of a sound body.

use playhead_model::{
    body::{
        self, BodyError, Node, Value,
        typed::{Event, as_bool, as_text},
    },
    event::Start,
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
        let mut gathered = GatheredFacts::default();
        for member in Event::open(body)?.params.only(FACTS) {
            let (key, value) = member?;
            gathered.take(key, value);
        }
        Ok(gathered.finish())
    }

    /// Reads the body of a `sessionStart`, with all that it says to the machine.
    ///
    /// # Errors
    /// If the bytes are not the body of an event.
    pub fn read_with_start(body: &'a [u8]) -> Result<(StartFacts<'a>, Start), BodyError> {
        let mut gathered = GatheredFacts::default();
        let event = Event::open(body)?;
        if event.event_type != EventType::SessionStart {
            return Err(BodyError::NotAnEvent("no session start"));
        }
        let start = Start::read(&event, FACTS, |key, value| gathered.take(key, value))?;
        Ok((gathered.finish(), start))
    }
}

/// Facts that are being read.
#[derive(Default)]
struct GatheredFacts<'a> {
    facts: StartFacts<'a>,
    /// Ids of the visitor, those that count more first.
    ids: [&'a str; 4],
}

impl<'a> GatheredFacts<'a> {
    fn take(&mut self, key: KeyId, value: Value<'a>) {
        let facts = &mut self.facts;
        let text = || as_text(value).unwrap_or_default();
        match key {
            KeyId::TRACKING_SERVER => facts.has_tracking_server = true,
            KeyId::REPORT_SUITE => facts.report_suite = first_suite(text()),
            KeyId::MEDIA_ID => facts.media_id = text(),
            KeyId::PLAYER_NAME => facts.player_name = text(),
            KeyId::SDK_VERSION => facts.sdk_version = as_text(value),
            KeyId::LIBRARY_VERSION => facts.library_version = as_text(value),
            KeyId::DOWNLOADED => facts.is_downloaded = as_bool(value) == Some(true),
            KeyId::RESUME => facts.is_resumed = as_bool(value) == Some(true),
            KeyId::MARKETING_CLOUD_USER_ID => self.ids[0] = text(),
            KeyId::VISITOR_ID => self.ids[1] = text(),
            KeyId::ANALYTICS_ID => self.ids[2] = text(),
            KeyId::APP_INSTALLATION_ID => self.ids[3] = text(),
            _ => {}
        }
    }

    fn finish(mut self) -> StartFacts<'a> {
        self.facts.visitor = self.ids.into_iter().find(|id| !id.is_empty());
        self.facts
    }
}

/// The suite that counts in a comma-separated list, without blanks around it.
pub fn first_suite(suites: &str) -> &str {
    suites
        .split_once(',')
        .map_or(suites, |(first, _)| first)
        .trim()
}
