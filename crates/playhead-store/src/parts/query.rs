//! Which sessions to list.

use std::sync::Arc;

use playhead_model::ids::SessionId;
use playhead_model::outcome::CloseReason;
use playhead_model::row::Rows;
use playhead_model::time::ReceivedMs;

use crate::parts::manifest::PartFacts;

/// Which sessions to list, newest start first. The start is the one that their ids name.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub suite: Option<String>,
    pub player: Option<String>,
    pub close_reason: Option<CloseReason>,
    /// Server time of the start, from and up to (not including).
    pub from: Option<ReceivedMs>,
    pub to: Option<ReceivedMs>,
    /// Go on behind this session, which a page named as its last.
    pub after: Option<SessionId>,
    pub limit: usize,
}

impl Query {
    /// Whether a session with these facts is asked for.
    pub fn matches(
        &self,
        sid: SessionId,
        suite: &str,
        player: &str,
        close_reason: Option<&str>,
    ) -> bool {
        let started_at = ReceivedMs(sid.start_ms());
        self.suite.as_deref().is_none_or(|wanted| wanted == suite)
            && self.player.as_deref().is_none_or(|wanted| wanted == player)
            && self
                .close_reason
                .is_none_or(|wanted| close_reason == Some(wanted.name()))
            && self.from.is_none_or(|from| started_at >= from)
            && self.to.is_none_or(|to| started_at < to)
            && self.after.is_none_or(|after| sid < after)
    }

    /// Whether such a session may have one of these ids.
    pub(crate) fn may_match_ids(&self, least: SessionId, most: SessionId) -> bool {
        self.from.is_none_or(|from| most.start_ms() >= from.0)
            && self.to.is_none_or(|to| least.start_ms() < to.0)
            && self.after.is_none_or(|after| least < after)
    }

    /// Whether a part may have such a session.
    pub(crate) fn may_match(&self, facts: &PartFacts) -> bool {
        let (least, most) = facts.started;
        self.suite
            .as_ref()
            .is_none_or(|wanted| *wanted == facts.suite)
            && self.from.is_none_or(|from| most >= from.0)
            && self.to.is_none_or(|to| least < to.0)
            && self.after.is_none_or(|after| least <= after.start_ms())
    }
}

/// Some sessions, newest start first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub sessions: Vec<Arc<Rows>>,
    /// Whether there may be more behind the last.
    pub has_more: bool,
}
