//! Which stretches of the content were watched (R4.5, R9.3).

use playhead_model::codec::{Codec, Cursor};
use playhead_model::limits::WATCHED_INTERVALS;
use playhead_model::time::Playhead;

/// A stretch of content, in µs of unwrapped playhead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    pub from: Playhead,
    pub to: Playhead,
}

impl Stretch {
    fn is_empty(self) -> bool {
        self.to <= self.from
    }
}

/// Watched stretches in the order of watching; neighbours that touch are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Watched {
    earlier: Vec<Stretch>,
    /// The one that grows; empty only before the first.
    last: Stretch,
}

impl Watched {
    /// Adds a stretch; answers whether there was room for it.
    pub(crate) fn add(&mut self, from: Playhead, to: Playhead) -> bool {
        if to <= from {
            return true;
        }
        if self.last.is_empty() {
            self.last = Stretch { from, to };
            return true;
        }
        if self.last.to == from {
            self.last.to = to;
            return true;
        }
        if self.earlier.len() + 1 == WATCHED_INTERVALS {
            return false;
        }
        if self.earlier.len() == self.earlier.capacity() {
            self.earlier.reserve_exact((self.earlier.len() / 2).max(2));
        }
        self.earlier.push(self.last);
        self.last = Stretch { from, to };
        true
    }

    pub(crate) fn stretches(&self) -> impl Iterator<Item = Stretch> {
        let last = (!self.last.is_empty()).then_some(self.last);
        self.earlier.iter().copied().chain(last)
    }
}

impl Codec for Watched {
    fn put(&self, out: &mut Vec<u8>) {
        self.earlier.put(out);
        self.last.put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut earlier: Vec<Stretch> = Codec::get(cursor)?;
        earlier.shrink_to_fit();
        let last = Codec::get(cursor)?;
        Some(Self { earlier, last })
    }
}

/// Length of the union of `stretches` in µs: what was watched at least once.
pub fn union_us(stretches: impl IntoIterator<Item = Stretch>) -> i64 {
    let mut sorted: Vec<Stretch> = stretches.into_iter().collect();
    sorted.sort_unstable();
    let mut total = 0;
    let mut reach = i64::MIN;
    for stretch in sorted {
        let from = stretch.from.0.max(reach);
        if stretch.to.0 > from {
            total += stretch.to.0 - from;
            reach = stretch.to.0;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(from: i64, to: i64) -> Stretch {
        Stretch {
            from: Playhead(from),
            to: Playhead(to),
        }
    }

    #[test]
    fn what_was_watched_twice_counts_once() {
        assert_eq!(union_us([stretch(0, 60), stretch(30, 90)]), 90);
        assert_eq!(
            union_us([stretch(50, 60), stretch(0, 10), stretch(55, 70)]),
            30
        );
        assert_eq!(union_us([]), 0);
    }

    #[test]
    fn stretches_that_touch_are_one() {
        let mut watched = Watched::default();
        assert!(watched.add(Playhead(0), Playhead(10)));
        assert!(watched.add(Playhead(10), Playhead(20)));
        assert!(watched.add(Playhead(20), Playhead(20)));
        assert!(watched.add(Playhead(5), Playhead(25)));
        let stretches: Vec<Stretch> = watched.stretches().collect();
        assert_eq!(stretches, [stretch(0, 20), stretch(5, 25)]);
    }
}
