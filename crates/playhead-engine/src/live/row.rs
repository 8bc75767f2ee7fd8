//! The columns of one session.

use playhead_session::Standing;

use super::profile::KINDS;
use super::viewers::Viewer;

/// Milliseconds of server time, the low bits: enough to tell how long ago something was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment(u32);

impl Moment {
    pub(super) fn of(ms: u64) -> Self {
        Self(ms as u32)
    }

    /// How long before `now`, ms; nothing if it comes after. A moment is less than 24 days away.
    pub(super) fn age(self, now: u64) -> u64 {
        let age = (now as u32).wrapping_sub(self.0) as i32;
        u64::try_from(age).unwrap_or(0)
    }
}

/// A session that the view knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) last: Moment,
    pub(super) started: Moment,
    /// When content started, and when it failed, if so.
    pub(super) content_started: Moment,
    pub(super) failed: Moment,
    pub(super) profiles: [u32; KINDS],
    pub(super) viewer: Viewer,
    /// The curve of its suite.
    pub(super) suite: u16,
    pub(super) standing: Standing,
}

/// Rows of one block: blocks never move.
const BLOCK: usize = 1024;

/// The rows of open sessions, by their place in the engine.
#[derive(Debug, Default)]
pub(super) struct Rows {
    blocks: Vec<Box<[Option<Row>]>>,
}

impl Rows {
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut Row> {
        let place = place as usize;
        self.blocks.get_mut(place / BLOCK)?[place % BLOCK].as_mut()
    }

    pub(super) fn insert(&mut self, place: u32, row: Row) {
        let place = place as usize;
        while self.blocks.len() <= place / BLOCK {
            self.blocks.push(vec![None; BLOCK].into());
        }
        self.blocks[place / BLOCK][place % BLOCK] = Some(row);
    }

    pub(super) fn remove(&mut self, place: u32) -> Option<Row> {
        let place = place as usize;
        self.blocks.get_mut(place / BLOCK)?[place % BLOCK].take()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.blocks.iter().flatten().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_small() {
        assert!(size_of::<Option<Row>>() <= 44);
    }

    #[test]
    fn ages_go_over_the_turn_of_the_bits() {
        let now = 1_u64 << 40;
        assert_eq!(Moment::of(now - 5).age(now), 5);
        assert_eq!(Moment::of(now + 5).age(now), 0);
        assert_eq!(Moment::of(now + 7).age(now + 60_007), 60_000);
    }
}
