//! Durations by size, at less than one part in 64 of error.

use std::time::Duration;

const SUB_BITS: u32 = 6;
const SUBS: u64 = 1 << SUB_BITS;

/// How often which duration occurred.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    largest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; bucket(u64::MAX) + 1],
            total: 0,
            largest: 0,
        }
    }
}

fn bucket(nanos: u64) -> usize {
    if nanos < SUBS {
        return nanos as usize;
    }
    let shift = nanos.ilog2() - SUB_BITS;
    ((u64::from(shift) + 1) * SUBS + (nanos >> shift) - SUBS) as usize
}

/// The smallest duration of a bucket.
fn floor(bucket: usize) -> u64 {
    let (power, sub) = (bucket as u64 / SUBS, bucket as u64 % SUBS);
    if power == 0 {
        sub
    } else {
        (SUBS + sub) << (power - 1)
    }
}

impl Histogram {
    /// Adds one.
    pub fn add(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanos)] += 1;
        self.total += 1;
        self.largest = self.largest.max(nanos);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        for (sum, count) in self.counts.iter_mut().zip(&other.counts) {
            *sum += count;
        }
        self.total += other.total;
        self.largest = self.largest.max(other.largest);
    }

    /// The duration that a part of all do not exceed; zero if there is none.
    pub fn quantile(&self, part: f64) -> Duration {
        let wanted = (part * self.total as f64).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted.max(1) {
                return Duration::from_nanos(floor(bucket));
            }
        }
        Duration::from_nanos(self.largest)
    }

    /// The longest.
    pub fn largest(&self) -> Duration {
        Duration::from_nanos(self.largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_and_are_narrow() {
        for nanos in [0, 1, 63, 64, 65, 127, 128, 1_000, 123_456_789, u64::MAX] {
            let low = floor(bucket(nanos));
            assert!(low <= nanos && nanos - low <= nanos / 64, "{nanos}: {low}");
        }
        assert!((0..=bucket(u64::MAX)).is_sorted_by_key(floor));
    }

    #[test]
    fn quantiles_are_those_of_what_was_added() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), Duration::ZERO);
        for micros in 1..=1000 {
            histogram.add(Duration::from_micros(micros));
        }
        let near = |part, micros: f64| {
            let found = histogram.quantile(part).as_nanos() as f64 / 1000.0;
            assert!(
                (found - micros).abs() <= micros / 50.0,
                "{found} for {micros}"
            );
        };
        near(0.5, 500.0);
        near(0.99, 990.0);
        assert_eq!(histogram.largest(), Duration::from_millis(1));
    }
}
