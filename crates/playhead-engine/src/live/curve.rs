//! The last minutes by the second, on the server's clock.

/// Full seconds that are kept.
pub const CURVE_SECONDS: u64 = 1_200;
/// The same with the one that goes on.
const KEPT: u64 = CURVE_SECONDS + 1;

/// What happened in one second, and what stood at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Second {
    /// Sessions, and visitors, with an active span that meets the second (R9.1).
    pub sessions: i32,
    pub viewers: i32,
    pub starts: i32,
    pub content_starts: i32,
    pub start_failures: i32,
    pub playback_failures: i32,
    /// Sessions and visitors that are active at its end, if it was looked at.
    pub active: Option<(u32, u32)>,
    /// Those of the active sessions that buffer.
    pub buffering: u32,
}

/// A ring of seconds.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    ring: Box<[Second]>,
    /// The newest second of the ring.
    newest: u64,
}

impl Curve {
    pub(super) fn new(newest: u64) -> Self {
        Self {
            ring: vec![Second::default(); KEPT as usize].into(),
            newest,
        }
    }

    fn oldest(&self) -> u64 {
        (self.newest + 1).saturating_sub(KEPT)
    }

    /// Makes room up to a second.
    pub(super) fn reach(&mut self, second: u64) {
        if second <= self.newest {
            return;
        }
        let new = (second - self.newest).min(KEPT);
        for second in second + 1 - new..=second {
            self.ring[(second % KEPT) as usize] = Second::default();
        }
        self.newest = second;
    }

    /// Forgets what happened.
    pub(super) fn clear(&mut self) {
        self.ring.fill(Second::default());
    }

    /// A second that is kept.
    pub(super) fn at(&mut self, second: u64) -> Option<&mut Second> {
        (self.oldest()..=self.newest)
            .contains(&second)
            .then(|| &mut self.ring[(second % KEPT) as usize])
    }

    /// Those of some seconds that are kept.
    pub(super) fn each(&mut self, from: u64, to: u64, change: impl Fn(&mut Second)) {
        for second in from.max(self.oldest())..=to.min(self.newest) {
            change(&mut self.ring[(second % KEPT) as usize]);
        }
    }

    /// The seconds from one up to another, not including it, with the number of the first.
    pub(super) fn cut(&self, from: u64, until: u64) -> (u64, Vec<Second>) {
        let from = from.max(self.oldest());
        let seconds = from..until.min(self.newest + 1);
        let seconds = seconds.map(|second| self.ring[(second % KEPT) as usize]);
        (from, seconds.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_that_are_too_old_make_room() {
        let mut curve = Curve::new(5_000);
        curve.each(4_990, 5_010, |second| second.sessions += 1);
        curve.reach(5_002);
        curve.each(5_001, 5_001, |second| second.sessions += 7);
        let sessions = |(from, seconds): (u64, Vec<Second>)| {
            (
                from,
                seconds.iter().map(|it| it.sessions).collect::<Vec<_>>(),
            )
        };
        assert_eq!(sessions(curve.cut(4_999, 6_000)), (4_999, vec![1, 1, 7, 0]));
        curve.reach(5_000 + KEPT);
        assert_eq!(curve.at(5_000), None);
        assert_eq!(curve.at(5_001).map(|it| it.sessions), Some(7));
        curve.reach(90_000);
        assert_eq!(curve.cut(0, 90_001).1.len() as u64, KEPT);
        assert!(curve.cut(0, 90_001).1.iter().all(|it| it.sessions == 0));
    }
}
