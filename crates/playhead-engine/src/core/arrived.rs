//! Starts that are appended and not applied yet, as they were read when they arrived: applying them
//! is short then, and reads nothing a second time.

use playhead_model::event::Start;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::time::ReceivedMs;

use super::{Core, StartKey, TagId, TagRef};

/// A start, beside its record in the log.
#[derive(Debug)]
pub struct ArrivedStart {
    pub at: ReceivedMs,
    pub sid: SessionId,
    pub rules: u32,
    pub key: StartKey,
    /// Whether [`Core::note_start`] was told this key.
    pub is_noted: bool,
    /// If it is known already, see [`Core::known_tag`].
    pub tag: Option<TagId>,
    pub start: Start,
}

impl Core {
    /// The tag of a start that brings nothing new, neither suite nor tag. It stays what it is.
    pub fn known_tag(&self, tag: TagRef<'_>) -> Option<TagId> {
        self.ledger
            .find(tag)
            .filter(|_| self.suites.contains(tag.suite))
    }

    /// Remembers what a start says until its record is applied.
    pub fn note_arrived(&mut self, position: LogPosition, arrived: ArrivedStart) {
        self.arrived.push_back((position, arrived));
    }

    /// What was remembered of the record at a position.
    #[inline]
    pub(super) fn take_arrived(&mut self, position: LogPosition) -> Option<ArrivedStart> {
        while let Some((first, _)) = self.arrived.front()
            && *first <= position
        {
            let (at, arrived) = self.arrived.pop_front()?;
            if at == position {
                return Some(arrived);
            }
        }
        None
    }
}
