//! What the door may take: answers that follow from acknowledged records and the time alone.

use playhead_model::ids::SessionId;
use playhead_model::keys::EventType;
use playhead_model::outcome::Refusal;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs};
use playhead_session::Admission;

use super::{Computed, Core, LogPosition, Tag};

/// An event that may go into the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The record of the same session before it.
    pub previous: LogPosition,
}

/// Why the door refuses.
pub type Refused = Refusal;

/// What makes two starts equal (protocol §3.4). `None` if the start names no visitor.
pub type StartKey = Option<u128>;

/// What the door does with a valid session start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAdmission {
    /// A new session.
    New,
    /// A retry: the session it opened the first time.
    Repeat(SessionId),
}

impl Core {
    /// Server time of a record that arrives when the clock says `now`.
    pub fn stamp(&self, now: ReceivedMs) -> ReceivedMs {
        now.max(self.now)
    }

    /// Decides about an event of a session that arrives at `now`.
    ///
    /// # Errors
    /// [`Refusal::UnknownSession`] if the session is not known, [`Refusal::AfterClose`] if it is
    /// over.
    pub fn admit(
        &self,
        now: ReceivedMs,
        sid: SessionId,
        kind: EventType,
        ts: PlayerMs,
    ) -> Result<Admitted, Refused> {
        let (admission, previous) = if let Some(open) = self.slots.get(sid) {
            let rules = self.rules_of(open);
            if super::gone::is_long_over(&open.session, now, rules) {
                return Err(Refusal::UnknownSession);
            }
            (open.session.admit(now, kind, ts, rules), open.tail)
        } else if let Some(gone) = self.gone.find(sid, now) {
            (Admission::of_closed(kind), gone.tail)
        } else {
            return Err(Refusal::UnknownSession);
        };
        match admission {
            Admission::Take => Ok(Admitted { previous }),
            Admission::Gone => Err(Refusal::AfterClose),
        }
    }

    /// Decides about a valid start of a session of `suite`. Suites that are named in the settings
    /// do not count against the limit of those that come into being by themselves.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`] if the suite is new and there are too many,
    /// [`Refusal::Unavailable`] if too many sessions are open.
    pub fn admit_start(
        &self,
        now: ReceivedMs,
        suite: &str,
        key: StartKey,
        is_named: impl Fn(&str) -> bool,
    ) -> Result<StartAdmission, Refused> {
        if let Some(sid) = key.and_then(|key| self.starts.find(key, now)) {
            return Ok(StartAdmission::Repeat(sid));
        }
        if !self.suites.contains(suite) && !is_named(suite) {
            let unnamed = self.suites.iter().filter(|suite| !is_named(suite)).count();
            if unnamed >= self.limits.suites_max {
                return Err(Refusal::NotAllowed);
            }
        }
        if self.is_full() {
            return Err(Refusal::Unavailable);
        }
        Ok(StartAdmission::New)
    }

    /// Whether no more sessions fit.
    pub fn is_full(&self) -> bool {
        self.slots.len() + self.closed.len() + self.waiting >= self.limits.open_max
    }

    /// Remembers a start from its admission on, so that an equal one behind it in the same commit
    /// is recognised. Applying its record again changes nothing.
    pub fn note_start(&mut self, key: StartKey, sid: SessionId, at: ReceivedMs) {
        if let Some(key) = key {
            self.starts.insert(key, sid, at);
        }
    }

    /// Remembers where the last record of a session lies from its admission on, so that the next
    /// one in the same commit can name it.
    pub fn note_tail(&mut self, sid: SessionId, tail: LogPosition) {
        if let Some(open) = self.slots.get_mut(sid) {
            super::snapshot::save_first(&mut self.cut, self.epoch, open);
            open.tail = tail;
        } else {
            self.gone.note(sid, None, tail);
        }
    }

    /// Remembers what a batch comes to from its admission on, so that applying its record is short.
    pub fn note_batch(&mut self, position: LogPosition, computed: Computed) {
        self.computed.insert(position, computed);
    }

    /// Remembers rules from the writing of their record on. Applying it again changes nothing.
    pub fn note_rules(&mut self, number: u32, rules: Rules) {
        if number as usize == self.rules.len() {
            self.rules.push(rules);
        }
    }

    /// The last record of a session, if it is known.
    pub fn tail(&self, sid: SessionId) -> Option<LogPosition> {
        match self.slots.get(sid) {
            Some(open) => Some(open.tail),
            None => self.gone.find(sid, self.now).map(|gone| gone.tail),
        }
    }

    /// Whose session this is, if it is known.
    pub fn tag_of_session(&self, sid: SessionId) -> Option<&Tag> {
        let tag = match self.slots.get(sid) {
            Some(open) => open.tag,
            None => self.gone.find(sid, self.now)?.tag,
        };
        Some(self.ledger.tag(tag))
    }
}
