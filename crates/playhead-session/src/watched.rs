//! Which stretches of the content were watched (R4.5, R9.3).

use playhead_model::limits::WATCHED_INTERVALS;
use playhead_model::time::Playhead;

/// A stretch of content, in µs of unwrapped playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    pub from: Playhead,
    pub to: Playhead,
}

/// Watched stretches in the order of watching; neighbours that touch are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) stretches: Vec<Stretch>,
}

impl Watched {
    /// Adds a stretch; answers whether there was room for it.
    pub(crate) fn add(&mut self, from: Playhead, to: Playhead) -> bool {
        if to <= from {
            return true;
        }
        if let Some(last) = self.stretches.last_mut().filter(|last| last.to == from) {
            last.to = to;
            return true;
        }
        if self.stretches.len() == WATCHED_INTERVALS {
            return false;
        }
        if self.stretches.len() == self.stretches.capacity() {
            self.stretches
                .reserve_exact((self.stretches.len() / 2).max(1));
        }
        self.stretches.push(Stretch { from, to });
        true
    }
}

/// Length of the union of `stretches` in µs: what was watched at least once.
pub fn union_us(stretches: &[Stretch]) -> i64 {
    let mut sorted = stretches.to_vec();
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
        assert_eq!(union_us(&[stretch(0, 60), stretch(30, 90)]), 90);
        assert_eq!(
            union_us(&[stretch(50, 60), stretch(0, 10), stretch(55, 70)]),
            30
        );
        assert_eq!(union_us(&[]), 0);
    }

    #[test]
    fn stretches_that_touch_are_one() {
        let mut watched = Watched::default();
        assert!(watched.add(Playhead(0), Playhead(10)));
        assert!(watched.add(Playhead(10), Playhead(20)));
        assert!(watched.add(Playhead(20), Playhead(20)));
        assert_eq!(watched.stretches, [stretch(0, 20)]);
    }
}
