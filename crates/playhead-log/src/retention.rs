//! Removes whole segments from the old end of the log.

use std::mem;
use std::sync::{Arc, PoisonError};

use crate::error::RetireError;
use crate::position::Position;
use crate::segment::{Segment, SegmentInfo};
use crate::shared::Shared;

/// How much is kept. `None` sets no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// A segment may go when its last stamp is older than this, in the unit of the stamps.
    pub age_max: Option<u64>,
    /// The oldest segments may go while all together are longer than this.
    pub bytes_max: Option<u64>,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Number of files.
    pub segments: usize,
    /// Disk space given back.
    pub bytes: u64,
}

/// Lists which of `segments` (oldest first) would go, always from the oldest on.
///
/// Nothing at or above `needed` goes, and never the active segment.
pub fn plan(
    segments: &[SegmentInfo],
    policy: Policy,
    now_stamp: u64,
    needed: Position,
) -> Vec<SegmentInfo> {
    let mut bytes_kept: u64 = segments.iter().map(|segment| segment.bytes).sum();
    let mut going = Vec::new();
    for segment in segments {
        let age = now_stamp.saturating_sub(segment.last_stamp);
        let is_too_old = policy.age_max.is_some_and(|max| age > max);
        let is_too_much = policy.bytes_max.is_some_and(|max| bytes_kept > max);
        let may_go = !segment.is_active && segment.end <= needed;
        if !may_go || !(is_too_old || is_too_much) {
            break;
        }
        bytes_kept -= segment.bytes;
        going.push(*segment);
    }
    going
}

/// Retires segments from any thread. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Retention {
    shared: Arc<Shared>,
}

impl Retention {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Describes all segments, oldest first.
    pub fn segments(&self) -> Vec<SegmentInfo> {
        self.shared.infos()
    }

    /// Removes each segment whose last frame is below `position`, but never the active one.
    ///
    /// Readers that are inside such a segment go on until they leave it.
    ///
    /// # Errors
    /// A file could not be removed; older ones are gone, younger ones are kept.
    pub fn retire_before(&self, position: Position) -> Result<Retired, RetireError> {
        let _in_order = self
            .shared
            .retiring
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut retired = Retired::default();
        // Oldest first and each made durable, so that a crash leaves no gap.
        while let Some((segment, begin)) = self.take_oldest(position) {
            self.remove(segment, begin)?;
            retired.segments += 1;
            retired.bytes += segment.header.len;
        }
        Ok(retired)
    }

    /// Takes a segment out before its file goes, so that who looks it up learns that it is retired.
    /// Returns where the log began until now, too.
    fn take_oldest(&self, position: Position) -> Option<(Segment, u64)> {
        let mut table = self.shared.table_mut();
        let is_active = table.segments.len() == 1;
        if is_active || table.segments[0].end > position.get() {
            return None;
        }
        let oldest = table.segments.pop_front()?;
        let begin = mem::replace(&mut table.begin, oldest.end);
        Some((oldest, begin))
    }

    fn remove(&self, segment: Segment, begin: u64) -> Result<(), RetireError> {
        let base = segment.header.base;
        self.shared.close(base);
        let storage = &self.shared.storage;
        let failed = |source| RetireError {
            file: storage.path(base),
            source,
        };
        if let Err(error) = storage.remove(base) {
            let mut table = self.shared.table_mut();
            table.begin = begin;
            table.segments.push_front(segment);
            return Err(failed(error));
        }
        storage.sync_directory().map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments() -> Vec<SegmentInfo> {
        let segment = |n: u64| SegmentInfo {
            begin: Position::new(n * 100),
            end: Position::new(n * 100 + 90),
            bytes: 100,
            first_stamp: n * 10,
            last_stamp: n * 10 + 9,
            is_active: n == 3,
        };
        (0..4).map(segment).collect()
    }

    fn going(age_max: Option<u64>, bytes_max: Option<u64>, now: u64, needed: u64) -> usize {
        let policy = Policy { age_max, bytes_max };
        let going = plan(&segments(), policy, now, Position::new(needed));
        assert_eq!(going, segments()[..going.len()], "always the oldest");
        going.len()
    }

    #[test]
    fn plans_by_age_and_size_up_to_what_is_needed() {
        assert_eq!(going(None, None, 1_000, 1_000), 0);
        assert_eq!(
            going(Some(20), None, 29, 1_000),
            0,
            "exactly as old as allowed"
        );
        assert_eq!(going(Some(20), None, 30, 1_000), 1);
        assert_eq!(
            going(Some(0), None, 1_000, 1_000),
            3,
            "never the active one"
        );
        assert_eq!(
            going(Some(0), None, 1_000, 190),
            2,
            "a segment goes when all of it may"
        );
        assert_eq!(going(Some(0), None, 1_000, 189), 1);
        assert_eq!(going(None, Some(400), 0, 1_000), 0);
        assert_eq!(going(None, Some(399), 0, 1_000), 1);
        assert_eq!(going(None, Some(0), 0, 1_000), 3);
        assert_eq!(
            going(Some(20), Some(250), 30, 1_000),
            2,
            "either reason is enough"
        );
    }
}
