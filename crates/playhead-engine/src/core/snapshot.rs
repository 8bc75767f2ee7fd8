//! Checkpoints: the state of the core at one position, written while the core goes on.
//!
//! A [`Cut`] belongs to a position. It is a row of items, encoded a few at a time: each session
//! when the walk over the memory gets to it, or just before its first change after the cut,
//! whichever comes first; and so it is with what else may be large. So the cut is exact, and no
//! single moment has to pay for it.

use std::iter::Enumerate;
use std::vec::IntoIter;

use playhead_model::codec::{Codec, Cursor};
use playhead_model::ids::LogPosition;
use playhead_model::{codec_enum, codec_struct};

use super::open::{Key, Origin, Place};
use super::{Core, Counts, Limits, Open, TagId};

codec_enum!(Origin { Live = 0, Batch = 1 });
codec_struct!(Open {
    sid,
    tail,
    rules,
    tag,
    epoch,
    origin,
    start,
    session
});

/// What an ordinary session takes in a checkpoint, for plans.
const SESSION_BYTES_EXPECTED: usize = 400;
/// What a recent start or a closed session takes.
const REMEMBERED_BYTES_EXPECTED: usize = 56;
/// Steps of the walk between two commits, whatever they yield.
const STEPS_AT_ONCE: usize = 512;

/// What an item of a checkpoint begins with.
mod item {
    pub(super) const END: u8 = 0;
    pub(super) const SESSION: u8 = 1;
    pub(super) const TAG: u8 = 2;
    pub(super) const START: u8 = 3;
    pub(super) const GONE: u8 = 4;
}

/// A checkpoint in the making.
#[derive(Debug)]
pub struct Cut {
    position: LogPosition,
    /// The ledger at the position, as far as it is not encoded.
    counts: Enumerate<IntoIter<Counts>>,
    /// Where in memory the walk over the sessions stands.
    next_place: Place,
    items: u64,
    /// The oldest record that the checkpoint refers to.
    oldest: LogPosition,
    /// Bytes that have not been taken yet.
    bytes: Vec<u8>,
}

impl Cut {
    /// The position whose state it holds.
    pub fn position(&self) -> LogPosition {
        self.position
    }

    fn add(&mut self, open: &Open) {
        self.oldest = self.oldest.min(open.start);
        self.add_item(item::SESSION, open);
    }

    fn add_item(&mut self, kind: u8, value: &impl Codec) {
        self.items += 1;
        self.bytes.push(kind);
        value.put(&mut self.bytes);
    }
}

/// A session is about to change: if a cut is being made and does not have it yet, it is added as
/// it is now.
#[inline]
pub(super) fn save_first(cut: &mut Option<Cut>, epoch: u32, open: &mut Open) {
    if let Some(cut) = cut
        && open.epoch != epoch
    {
        open.epoch = epoch;
        cut.add(open);
    }
}

/// A checkpoint that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("checkpoint cannot be read: {0}")]
pub struct SnapshotError(&'static str);

impl Core {
    /// Begins a checkpoint at the position of the last applied record; answers that position. One
    /// that is in the making is given up.
    pub fn begin_cut(&mut self) -> Option<LogPosition> {
        let position = self.position?;
        self.epoch = self.epoch.wrapping_add(1);
        let mut bytes = Vec::new();
        position.put(&mut bytes);
        self.now.put(&mut bytes);
        self.epoch.put(&mut bytes);
        self.rules.put(&mut bytes);
        let suites: Vec<Box<str>> = self.suites.iter().cloned().collect();
        suites.put(&mut bytes);
        self.starts.begin_walk();
        self.gone.begin_walk();
        self.cut = Some(Cut {
            position,
            counts: self.ledger.counts().into_iter().enumerate(),
            next_place: 0,
            items: 0,
            oldest: position,
            bytes,
        });
        Some(position)
    }

    /// Whether a checkpoint is in the making.
    pub fn is_cutting(&self) -> bool {
        self.cut.is_some()
    }

    /// About how many bytes a checkpoint would have now.
    pub fn cut_bytes_expected(&self) -> usize {
        let remembered = self.starts.len() + self.gone.len();
        self.slots.len() * SESSION_BYTES_EXPECTED + remembered * REMEMBERED_BYTES_EXPECTED
    }

    /// Goes on with the checkpoint until there are about `bytes` more of it, and moves them to
    /// `out`. Once the checkpoint is complete, answers the oldest position that it refers to.
    pub fn go_on_with_cut(&mut self, bytes: usize, out: &mut Vec<u8>) -> Option<LogPosition> {
        let mut cut = self.cut.take()?;
        let mut steps = 0;
        let mut is_complete = false;
        while !is_complete && steps < STEPS_AT_ONCE && (steps == 0 || cut.bytes.len() < bytes) {
            is_complete = !self.step(&mut cut);
            steps += 1;
        }
        if is_complete {
            cut.bytes.push(item::END);
            cut.items.put(&mut cut.bytes);
        }
        out.append(&mut cut.bytes);
        let oldest = cut.oldest;
        if is_complete {
            return Some(oldest);
        }
        self.cut = Some(cut);
        None
    }

    /// Encodes the next item, or looks for it. Answers whether there may be more.
    fn step(&mut self, cut: &mut Cut) -> bool {
        if let Some((number, counts)) = cut.counts.next() {
            let tag = self.ledger.tag(TagId(number as u32)).clone();
            cut.add_item(item::TAG, &(tag, counts));
        } else if let Some(start) = self.starts.walk() {
            cut.add_item(item::START, &start);
        } else if let Some(tombstone) = self.gone.walk() {
            cut.add_item(item::GONE, &tombstone);
        } else if cut.next_place < self.slots.places() {
            let open = self.slots.at_mut(cut.next_place);
            if let Some(open) = open.filter(|open| open.epoch != self.epoch) {
                open.epoch = self.epoch;
                cut.add(open);
            }
            cut.next_place += 1;
        } else {
            return false;
        }
        true
    }

    /// Bytes of the checkpoint in the making that have not been taken: sessions that changed.
    pub fn cut_bytes_waiting(&self) -> usize {
        self.cut.as_ref().map_or(0, |cut| cut.bytes.len())
    }

    /// Gives up the checkpoint in the making.
    pub fn abandon_cut(&mut self) {
        self.cut = None;
        self.starts.end_walk();
        self.gone.end_walk();
    }

    /// Reads a complete checkpoint back.
    ///
    /// # Errors
    /// If the bytes are not a complete checkpoint.
    pub fn restore(bytes: &[u8], limits: Limits) -> Result<Self, SnapshotError> {
        let cursor = &mut Cursor::new(bytes);
        let mut core = Self::new(limits);
        core.restore_head(cursor)
            .ok_or(SnapshotError("its head is damaged"))?;
        let mut items = 0u64;
        loop {
            let kind = cursor.byte().ok_or(SnapshotError("it ends too early"))?;
            if kind == item::END {
                break;
            }
            core.restore_item(kind, cursor)
                .ok_or(SnapshotError("an item is damaged"))?;
            items += 1;
        }
        if u64::get(cursor) != Some(items) || !cursor.is_empty() {
            return Err(SnapshotError("its count of items is wrong"));
        }
        if core.wheel.is_due(core.ticked) {
            core.unsettled_behind = Some(None);
        }
        Ok(core)
    }

    fn restore_head(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        self.position = Some(Codec::get(cursor)?);
        self.now = Codec::get(cursor)?;
        // A checkpoint stands at a tick.
        self.ticked = self.now;
        self.epoch = Codec::get(cursor)?;
        self.rules = Codec::get(cursor)?;
        self.suites = Vec::<Box<str>>::get(cursor)?.into_iter().collect();
        Some(())
    }

    fn restore_item(&mut self, kind: u8, cursor: &mut Cursor<'_>) -> Option<()> {
        match kind {
            item::TAG => {
                let (tag, counts) = Codec::get(cursor)?;
                self.ledger.restore(tag, counts);
            }
            item::START => self.starts.restore(Codec::get(cursor)?),
            item::GONE => self.gone.restore(Codec::get(cursor)?),
            item::SESSION => self.restore_session(Codec::get(cursor)?)?,
            _ => return None,
        }
        Some(())
    }

    fn restore_session(&mut self, open: Open) -> Option<()> {
        let rules = self.rules.get(open.rules as usize)?;
        let (sid, by_clock) = (open.sid, open.session.end_by_clock(rules));
        let by_event = open.session.end_by_event(rules);
        let key = Key::new(self.slots.insert(open), sid);
        self.wheel.arm(key, by_clock);
        if let Some(due) = by_event {
            self.wheel.arm(key, due);
        }
        Some(())
    }
}
