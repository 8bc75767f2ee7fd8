//! Going over a queue in pieces, as it was when that began.
//!
//! The queue goes on meanwhile: what comes in at its end is not part of the walk, and what leaves
//! at its front before its turn is kept until then.

use std::collections::VecDeque;

/// Where a walk over a queue stands. The default is one that has ended.
#[derive(Debug)]
pub(super) struct Walk<T> {
    /// Entries at the front of the queue that it has passed.
    passed: usize,
    /// Entries behind them that it has still to pass.
    ahead: usize,
    /// Entries that left the queue before their turn.
    saved: VecDeque<T>,
}

impl<T> Default for Walk<T> {
    fn default() -> Self {
        Self::over(0)
    }
}

impl<T> Walk<T> {
    /// A walk over a queue that has `len` entries now.
    pub(super) fn over(len: usize) -> Self {
        Self {
            passed: 0,
            ahead: len,
            saved: VecDeque::new(),
        }
    }

    /// Whether the walk has still to pass the entry at this place of the queue.
    pub(super) fn is_ahead(&self, place: usize) -> bool {
        (self.passed..self.passed + self.ahead).contains(&place)
    }

    /// The first entry of the queue leaves it.
    pub(super) fn save_first(&mut self, entry: impl FnOnce() -> T) {
        if self.passed > 0 {
            self.passed -= 1;
        } else if self.ahead > 0 {
            self.ahead -= 1;
            self.saved.push_back(entry());
        }
    }

    /// The next entry: one that was saved, or what `entry` finds at a place of the queue.
    pub(super) fn next(&mut self, entry: impl FnOnce(usize) -> T) -> Option<T> {
        if let Some(saved) = self.saved.pop_front() {
            return Some(saved);
        }
        self.ahead = self.ahead.checked_sub(1)?;
        self.passed += 1;
        Some(entry(self.passed - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_comes_and_goes_the_walk_gives_what_was_there() {
        // Every way to interleave six steps of the walk with six departures and arrivals.
        for order in 0..1_u32 << 12 {
            let mut queue: VecDeque<u32> = (0..5).collect();
            let mut walk = Walk::over(queue.len());
            let mut seen = Vec::new();
            for step in 0..12 {
                if order & 1 << step == 0 {
                    seen.extend(walk.next(|place| queue[place]));
                } else if let Some(first) = queue.pop_front() {
                    walk.save_first(|| first);
                    queue.push_back(100);
                }
            }
            while let Some(entry) = walk.next(|place| queue[place]) {
                seen.push(entry);
            }
            assert_eq!(seen, [0, 1, 2, 3, 4], "order {order:b}");
        }
    }
}
