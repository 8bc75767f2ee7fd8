//! How long commits of the log took.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of the buckets, µs.
const BOUNDS_US: [u64; 12] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
];

/// Counted by the one who commits, read by anyone.
#[derive(Debug, Default)]
pub struct Commits {
    /// By the first bound that is not below; the last one has no bound.
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

/// What was counted by some moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CommitTimes {
    /// How many took at most so long.
    pub at_most: Vec<(Duration, u64)>,
    /// How many there were.
    pub count: u64,
    /// How long all of them took together.
    pub sum: Duration,
}

impl Commits {
    pub(crate) fn note(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < us);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// What was counted so far.
    pub fn times(&self) -> CommitTimes {
        let mut count = 0;
        let mut at_most = Vec::with_capacity(BOUNDS_US.len());
        for (bound, bucket) in BOUNDS_US.iter().zip(&self.counts) {
            count += bucket.load(Relaxed);
            at_most.push((Duration::from_micros(*bound), count));
        }
        count += self.counts[BOUNDS_US.len()].load(Relaxed);
        CommitTimes {
            at_most,
            count,
            sum: Duration::from_micros(self.sum_us.load(Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_counts_in_every_bucket_from_its_own_on() {
        let commits = Commits::default();
        for us in [0, 250, 251, 7_000_000] {
            commits.note(Duration::from_micros(us));
        }
        let times = commits.times();
        assert_eq!(times.at_most[0], (Duration::from_micros(250), 2));
        assert_eq!(times.at_most[1], (Duration::from_micros(500), 3));
        assert_eq!(times.at_most[11], (Duration::from_secs(5), 3));
        assert_eq!(times.count, 4);
        assert_eq!(times.sum, Duration::from_micros(7_000_501));
    }
}
