//! What a start says to the engine beside the session.

use playhead_model::body;
use playhead_model::event::Start;
use playhead_model::keys::KeyId;
use playhead_wire::StartFacts;

use super::StartKey;
use super::ledger::TagRef;

/// What a start says to the engine beside the session.
#[derive(Clone, Copy, Debug)]
pub struct Introduction<'a> {
    /// The suite, player and SDK version that it names.
    pub tag: TagRef<'a>,
    media_id: &'a str,
    visitor: Option<&'a str>,
    /// Clients of the Media Edge API name no tracking server, and may give a start an id.
    is_of_edge: bool,
}

impl<'a> Introduction<'a> {
    /// Reads the body of a start.
    pub fn read(body: &'a [u8]) -> Self {
        Self::of(StartFacts::read(body).unwrap_or_default())
    }

    /// Reads the body of a start, with what it says to the session; none if it is no start.
    pub fn read_with_start(body: &'a [u8]) -> Option<(Self, Start)> {
        let (facts, start) = StartFacts::read_with_start(body).ok()?;
        Some((Self::of(facts), start))
    }

    fn of(facts: StartFacts<'a>) -> Self {
        let sdk = facts.sdk_version.filter(|version| !version.is_empty());
        Self {
            tag: TagRef {
                suite: facts.report_suite,
                player: facts.player_name,
                sdk: sdk.or(facts.library_version).unwrap_or_default(),
            },
            media_id: facts.media_id,
            visitor: facts.visitor,
            is_of_edge: !facts.has_tracking_server,
        }
    }

    /// What makes two starts equal, if this one, which has this body, names a visitor or, on Edge,
    /// itself (protocol §3.4).
    pub fn key(&self, body: &[u8]) -> StartKey {
        if let Some(id) = self.event_id(body) {
            // A start may leave its time to the server, so that a retry has another one.
            let visitor = self.visitor.unwrap_or_default();
            let parts = [self.tag.suite, self.media_id, visitor, id];
            return Some(body::fingerprint128(parts.join("\0").as_bytes()));
        }
        self.visitor.map(|_| body::fingerprint128(body))
    }

    fn event_id<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        if !self.is_of_edge {
            return None;
        }
        let id = body::read(body).ok()?.get(KeyId::EVENT_ID).ok()??;
        id.as_str().filter(|id| !id.is_empty())
    }
}
