//! A stored session, and questions for several.

use playhead_model::codec_struct;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::outcome::CloseReason;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;

/// A closed session.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedSession {
    pub sid: SessionId,
    pub suite: Box<str>,
    pub player: Box<str>,
    pub started_at: ReceivedMs,
    pub last_at: ReceivedMs,
    pub close_reason: Option<CloseReason>,
    /// Its first and its last record in the log.
    pub start: LogPosition,
    pub tail: LogPosition,
    /// The rules it was computed under.
    pub rules: Rules,
    /// Whether it came as one batch.
    pub is_batch: bool,
    /// What is answered about it, JSON.
    pub answer: String,
}

codec_struct!(ClosedSession {
    sid,
    suite,
    player,
    started_at,
    last_at,
    close_reason,
    start,
    tail,
    rules,
    is_batch,
    answer,
});

/// Which sessions to list, newest start first.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub suite: Option<String>,
    pub player: Option<String>,
    pub close_reason: Option<CloseReason>,
    /// Server time of the start, from and up to (not including).
    pub from: Option<ReceivedMs>,
    pub to: Option<ReceivedMs>,
    /// Go on behind this session, which a page named as its last.
    pub after: Option<(ReceivedMs, SessionId)>,
    pub limit: usize,
}

impl Query {
    /// Whether a session with these facts is asked for. Time and place are looked at as well.
    pub fn matches(
        &self,
        sid: SessionId,
        started_at: ReceivedMs,
        suite: &str,
        player: &str,
        close_reason: Option<CloseReason>,
    ) -> bool {
        self.suite.as_deref().is_none_or(|wanted| wanted == suite)
            && self.player.as_deref().is_none_or(|wanted| wanted == player)
            && self
                .close_reason
                .is_none_or(|wanted| close_reason == Some(wanted))
            && self.from.is_none_or(|from| started_at >= from)
            && self.to.is_none_or(|to| started_at < to)
            && self.after.is_none_or(|after| (started_at, sid) < after)
    }
}

/// Some sessions, newest start first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub sessions: Vec<ClosedSession>,
    /// Whether there may be more behind the last.
    pub has_more: bool,
}
