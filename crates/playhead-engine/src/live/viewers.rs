//! Who watches: the visitors of open sessions, each once per suite, and in which seconds of the
//! curve they have been seen.

use hashbrown::{HashMap, HashTable};

/// A visitor of a suite.
pub(super) type Viewer = u32;

#[derive(Debug, Default)]
pub(super) struct Viewers {
    places: HashTable<Viewer>,
    entries: Vec<Entry>,
    free: Vec<Viewer>,
    /// Seconds inside of what is seen of a viewer in which it was not: only those with several
    /// sessions have them.
    gaps: HashMap<Viewer, Vec<Seconds>>,
    /// Those without a session, whose last second may not be over.
    leaving: Vec<Viewer>,
}

/// Seconds from the first to the last, both included.
pub(super) type Seconds = (u32, u32);

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    hash: u64,
    sessions: u32,
    /// From the first to the last second in which it was seen.
    seen: Option<Seconds>,
}

impl Viewers {
    /// A session more of the visitor with this hash.
    pub(super) fn take(&mut self, hash: u64) -> Viewer {
        let entries = &mut self.entries;
        let found = self
            .places
            .find(hash, |viewer| entries[*viewer as usize].hash == hash);
        if let Some(viewer) = found {
            entries[*viewer as usize].sessions += 1;
            return *viewer;
        }
        let entry = Entry {
            hash,
            sessions: 1,
            seen: None,
        };
        let viewer = match self.free.pop() {
            Some(viewer) => {
                entries[viewer as usize] = entry;
                viewer
            }
            None => {
                if entries.len() == entries.capacity() {
                    entries.reserve_exact(entries.len() / 8 + 1024);
                }
                entries.push(entry);
                entries.len() as Viewer - 1
            }
        };
        self.places
            .insert_unique(hash, viewer, |viewer| entries[*viewer as usize].hash);
        viewer
    }

    /// A session less.
    pub(super) fn give_back(&mut self, viewer: Viewer) {
        let entry = &mut self.entries[viewer as usize];
        entry.sessions -= 1;
        if entry.sessions == 0 {
            self.leaving.push(viewer);
        }
    }

    /// Forgets who has no session and was not seen in this second.
    pub(super) fn forget(&mut self, now: u32) {
        let mut leaving = std::mem::take(&mut self.leaving);
        leaving.retain(|&viewer| {
            let Entry {
                hash,
                sessions,
                seen,
            } = self.entries[viewer as usize];
            if sessions > 0 {
                return false;
            }
            if seen.is_some_and(|(_, last)| last >= now) {
                return true;
            }
            if let Ok(found) = self.places.find_entry(hash, |known| *known == viewer) {
                found.remove();
                self.gaps.remove(&viewer);
                self.free.push(viewer);
            }
            false
        });
        self.leaving = leaving;
    }

    pub(super) fn has_one_session(&self, viewer: Viewer) -> bool {
        self.entries[viewer as usize].sessions == 1
    }

    /// A viewer is seen in these seconds; `new` hears those in which it had not been.
    pub(super) fn see(
        &mut self,
        viewer: Viewer,
        (from, to): Seconds,
        mut new: impl FnMut(Seconds),
    ) {
        let entry = &mut self.entries[viewer as usize];
        let Some((first, last)) = entry.seen else {
            entry.seen = Some((from, to));
            return new((from, to));
        };
        entry.seen = Some((first.min(from), last.max(to)));
        if let Some(gaps) = self.gaps.get_mut(&viewer) {
            fill(gaps, (from, to), &mut new);
        }
        let mut gap = |from: u32, to: u32| {
            if from <= to {
                self.gaps.entry(viewer).or_default().push((from, to));
            }
        };
        if to > last {
            new((from.max(last + 1), to));
            gap(last + 1, from.saturating_sub(1));
        }
        if from < first {
            new((from, to.min(first - 1)));
            gap(to + 1, first - 1);
        }
        if self.gaps.get(&viewer).is_some_and(Vec::is_empty) {
            self.gaps.remove(&viewer);
        }
    }

    /// Gaps before a second are of no interest any more.
    pub(super) fn forget_gaps_before(&mut self, second: u32) {
        self.gaps.retain(|_, gaps| {
            gaps.retain(|(_, to)| *to >= second);
            !gaps.is_empty()
        });
    }
}

/// Takes seconds out of the gaps, and tells those that were in one.
fn fill(gaps: &mut Vec<Seconds>, (from, to): Seconds, new: &mut impl FnMut(Seconds)) {
    let mut rest = Vec::with_capacity(gaps.len() + 1);
    for &(begin, end) in gaps.iter() {
        let filled = (begin.max(from), end.min(to));
        if filled.0 > filled.1 {
            rest.push((begin, end));
            continue;
        }
        new(filled);
        if begin < filled.0 {
            rest.push((begin, filled.0 - 1));
        }
        if end > filled.1 {
            rest.push((filled.1 + 1, end));
        }
    }
    *gaps = rest;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_second_is_new_once() {
        // Segments in an order that only chance would choose.
        let mut state = 7_u32;
        let mut next = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..2_000 {
            let mut viewers = Viewers::default();
            let viewer = viewers.take(4);
            let mut seen = BTreeSet::new();
            for _ in 0..next(8) + 1 {
                let from = 100 + next(30);
                let to = from + next(12);
                let mut new = BTreeSet::new();
                viewers.see(viewer, (from, to), |(from, to)| {
                    for second in from..=to {
                        assert!(new.insert(second), "{second} twice");
                    }
                });
                let wanted: BTreeSet<u32> = (from..=to).filter(|it| !seen.contains(it)).collect();
                assert_eq!(new, wanted);
                seen.extend(from..=to);
            }
        }
    }

    #[test]
    fn who_comes_back_in_the_same_second_is_known() {
        let mut viewers = Viewers::default();
        let viewer = viewers.take(9);
        viewers.see(viewer, (5, 10), |_| {});
        viewers.give_back(viewer);
        viewers.forget(10);
        assert_eq!(viewers.take(9), viewer);
        viewers.see(viewer, (10, 10), |_| panic!("seen already"));
        viewers.give_back(viewer);
        viewers.forget(11);
        let again = viewers.take(9);
        let mut new = Vec::new();
        viewers.see(again, (10, 11), |seconds| new.push(seconds));
        assert_eq!(new, [(10, 11)]);
    }
}
