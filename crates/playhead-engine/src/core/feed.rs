//! What a live view hears of the open sessions: each of them once, and every change after that.
//!
//! A change says where the session stands now, not what happened, so that a view can begin at any
//! moment: sessions that are open then are told a few at a time, between the changes.

use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::Standing;

use super::open::Place;
use super::{Core, Open, Origin};

/// Something about the session at a place in memory.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Arrival of its last event.
    pub at: ReceivedMs,
    pub place: u32,
    pub what: What,
    /// Nothing if it stands as before.
    pub standing: Option<Standing>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is open; the next of the openings says more.
    Opened,
    Heard,
    Closed,
}

/// What does not change about a session.
#[derive(Debug)]
pub struct Opening {
    pub sid: SessionId,
    /// Position of its first record.
    pub start: LogPosition,
    pub started_at: ReceivedMs,
    pub origin: Origin,
    /// Length of that record if it is in the feed, else nothing.
    pub(crate) told: u32,
}

/// Bytes of records that a feed keeps at hand. Others are read back from the log.
const TOLD_BYTES_MAX: usize = 16 << 20;
/// Room that a feed keeps when it is used again.
const CHANGES_KEPT: usize = 1 << 15;
const TOLD_BYTES_KEPT: usize = 8 << 20;

/// Changes in their order.
#[derive(Debug, Default)]
pub struct Feed {
    pub changes: Vec<Change>,
    pub openings: Vec<Opening>,
    /// Records of the openings that have one here, in their order.
    pub(crate) told: Vec<u8>,
    /// How much of it has been taken.
    pub(crate) told_taken: usize,
}

/// The feed of a core, while somebody takes it.
#[derive(Debug, Default)]
pub(super) struct Told {
    feed: Feed,
    /// Up to here the sessions that were open at the beginning have been told.
    next_place: Place,
}

impl Feed {
    #[inline]
    fn push(&mut self, place: Place, what: What, open: &Open, standing: Option<Standing>) {
        self.changes.push(Change {
            at: open.session.last_at(),
            place,
            what,
            standing,
        });
    }

    fn push_opened(&mut self, place: Place, open: &Open, standing: Standing, record: &[u8]) {
        self.push(place, What::Opened, open, Some(standing));
        let record = match self.told.len() + record.len() <= TOLD_BYTES_MAX {
            true => record,
            false => &[],
        };
        self.told.extend_from_slice(record);
        self.openings.push(Opening {
            sid: open.sid,
            start: open.start,
            started_at: open.session.started_at(),
            origin: open.origin,
            told: record.len() as u32,
        });
    }

    /// Adds what came after this.
    pub fn append(&mut self, later: &mut Self) {
        if self.changes.is_empty() && self.openings.is_empty() {
            return std::mem::swap(self, later);
        }
        self.changes.append(&mut later.changes);
        if self.told.len() + later.told.len() > TOLD_BYTES_MAX {
            later.openings.iter_mut().for_each(|it| it.told = 0);
            later.told.clear();
        }
        self.openings.append(&mut later.openings);
        self.told.append(&mut later.told);
    }

    /// Forgets everything, and keeps room for the next time.
    pub(crate) fn clear(&mut self) {
        self.changes.clear();
        self.changes.shrink_to(CHANGES_KEPT);
        self.openings.clear();
        self.openings.shrink_to(CHANGES_KEPT);
        self.told.clear();
        self.told.shrink_to(TOLD_BYTES_KEPT);
        self.told_taken = 0;
    }
}

impl Core {
    /// Tells everything from now on, beginning with the sessions that are open.
    pub fn begin_feed(&mut self) {
        self.told = Some(Told::default());
    }

    /// Takes what was told since the last call, after a walk over `places` more of those that were
    /// open at the beginning. Answers whether all of them have been told.
    pub fn take_feed(&mut self, places: u32, feed: &mut Feed) -> bool {
        let Some(told) = &mut self.told else {
            return true;
        };
        let end = self.slots.places();
        let until = told.next_place.saturating_add(places).min(end);
        for place in told.next_place..until {
            if let Some(open) = self.slots.at(place) {
                let rules = &self.rules[open.rules as usize];
                let standing = open.session.standing(rules);
                told.feed.push_opened(place, open, standing, &[]);
            }
        }
        told.next_place = until;
        feed.append(&mut told.feed);
        until == end
    }

    /// Tells of a session that has opened, with the record of its start if that is at hand.
    pub(super) fn tell_opened(&mut self, place: Place, record: &[u8]) {
        let Some(told) = &mut self.told else { return };
        let Some(open) = self.slots.at(place) else {
            return;
        };
        let standing = open.session.standing(&self.rules[open.rules as usize]);
        told.feed.push_opened(place, open, standing, record);
    }

    /// Tells of a session that is about to leave.
    pub(super) fn tell_closed(&mut self, place: Place) {
        let Some(told) = &mut self.told else { return };
        let Some(open) = self.slots.at(place) else {
            return;
        };
        let standing = open.session.standing(&self.rules[open.rules as usize]);
        told.feed.push(place, What::Closed, open, Some(standing));
    }
}

impl Told {
    /// Tells of an event that has arrived.
    #[inline]
    pub(super) fn heard(&mut self, place: Place, open: &Open, rules: &Rules) {
        let is_as_before = open.session.stands_as_before(rules);
        let standing = (!is_as_before).then(|| open.session.standing(rules));
        self.feed.push(place, What::Heard, open, standing);
    }
}
