//! Checkpoints: the state of the core at one position, written while the core goes on.
//!
//! A [`Cut`] belongs to a position. What is small is encoded at once; each session is encoded when
//! the walk over the slots gets to it, or just before its first change after the cut, whichever
//! comes first. So the cut is exact, and no single moment has to pay for it.

use playhead_model::codec::{Codec, Cursor};
use playhead_model::ids::LogPosition;
use playhead_model::{codec_enum, codec_struct};

use super::gone::Gone;
use super::open::Origin;
use super::{Core, Ledger, Limits, Open};

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

/// A checkpoint in the making.
#[derive(Debug)]
pub struct Cut {
    position: LogPosition,
    next_block: usize,
    sessions: u64,
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
        self.sessions += 1;
        self.oldest = self.oldest.min(open.start);
        self.bytes.push(1);
        open.put(&mut self.bytes);
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
    /// Begins a checkpoint at the position of the last applied record; answers that position.
    pub fn begin_cut(&mut self) -> Option<LogPosition> {
        let position = self.position?;
        self.epoch = self.epoch.wrapping_add(1);
        let mut bytes = Vec::new();
        position.put(&mut bytes);
        self.now.put(&mut bytes);
        self.epoch.put(&mut bytes);
        self.rules.put(&mut bytes);
        self.ledger.put(&mut bytes);
        let suites: Vec<Box<str>> = self.suites.iter().cloned().collect();
        suites.put(&mut bytes);
        self.starts.put(&mut bytes);
        self.gone.put(&mut bytes);
        self.cut = Some(Cut {
            position,
            next_block: 0,
            sessions: 0,
            oldest: position,
            bytes,
        });
        Some(position)
    }

    /// Whether a checkpoint is in the making.
    pub fn is_cutting(&self) -> bool {
        self.cut.is_some()
    }

    /// Goes on with the checkpoint by one block of sessions: moves what has been encoded to `out`. Once the
    /// checkpoint is complete, answers the oldest position that it refers to.
    pub fn go_on_with_cut(&mut self, out: &mut Vec<u8>) -> Option<LogPosition> {
        let cut = self.cut.as_mut()?;
        for open in self.slots.block_mut(cut.next_block) {
            if open.epoch != self.epoch {
                open.epoch = self.epoch;
                cut.add(open);
            }
        }
        cut.next_block += 1;
        let complete = cut.next_block >= self.slots.blocks();
        if complete {
            cut.bytes.push(0);
            let sessions = cut.sessions;
            sessions.put(&mut cut.bytes);
        }
        out.append(&mut cut.bytes);
        let oldest = cut.oldest;
        complete.then(|| {
            self.cut = None;
            oldest
        })
    }

    /// Gives up the checkpoint in the making.
    pub fn abandon_cut(&mut self) {
        self.cut = None;
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
        let mut sessions = 0u64;
        loop {
            match cursor.byte() {
                Some(1) => {}
                Some(0) => break,
                _ => return Err(SnapshotError("it ends too early")),
            }
            let open = Open::get(cursor).ok_or(SnapshotError("a session is damaged"))?;
            core.restore_session(open)
                .ok_or(SnapshotError("a session has unknown rules"))?;
            sessions += 1;
        }
        if u64::get(cursor) != Some(sessions) || !cursor.is_empty() {
            return Err(SnapshotError("its count of sessions is wrong"));
        }
        Ok(core)
    }

    fn restore_head(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        self.position = Some(Codec::get(cursor)?);
        self.now = Codec::get(cursor)?;
        self.epoch = Codec::get(cursor)?;
        self.rules = Codec::get(cursor)?;
        self.ledger = Ledger::get(cursor, self.limits.tags_max)?;
        self.suites = Vec::<Box<str>>::get(cursor)?.into_iter().collect();
        self.starts = Codec::get(cursor)?;
        self.gone = Gone::get(cursor, self.limits.gone_max)?;
        Some(())
    }

    fn restore_session(&mut self, open: Open) -> Option<()> {
        let rules = self.rules.get(open.rules as usize)?;
        self.wheel.arm(open.sid, open.session.end_by_clock(rules));
        if let Some(due) = open.session.end_by_event(rules) {
            self.wheel.arm(open.sid, due);
        }
        self.slots.insert(open);
        Some(())
    }
}
