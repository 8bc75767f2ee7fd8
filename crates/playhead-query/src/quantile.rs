//! How often each value occurs in each group, and percentiles of that.
//!
//! Exact as long as there are not too many different values; beyond that the values keep seven
//! significant bits, so that one is at most 1/128 too low. Which of the two it is depends on the
//! values alone, not on the order or the threads in which they came.

use hashbrown::HashMap;
use playhead_model::report::ReportError;

/// Values below this are counted in an array, if groups are few.
const SMALL: usize = 4_096;
/// Cells of that array.
const ARRAY_MAX: usize = 4 << 20;
/// Significant bits of values that are not exact.
const BITS: u32 = 7;

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Values {
    small: Vec<u32>,
    counts: HashMap<(u32, i64), u64>,
    is_coarse: bool,
}

impl Values {
    /// For so many groups, if it is known how many.
    pub(crate) fn new(groups: Option<usize>) -> Self {
        let cells = groups.map_or(usize::MAX, |groups| groups.saturating_mul(SMALL));
        Self {
            small: vec![0; if cells <= ARRAY_MAX { cells } else { 0 }],
            ..Self::default()
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, group: u32, value: i64) {
        if (0..SMALL as i64).contains(&value)
            && let Some(count) = self.small.get_mut(group as usize * SMALL + value as usize)
        {
            *count += 1;
            return;
        }
        let value = if self.is_coarse { coarse(value) } else { value };
        *self.counts.entry((group, value)).or_default() += 1;
    }

    /// Keeps within a number of counts, by giving up exact values.
    ///
    /// # Errors
    /// If even that is not enough.
    pub(crate) fn keep_within(&mut self, limit: usize) -> Result<(), ReportError> {
        if self.counts.len() <= limit {
            return Ok(());
        }
        self.make_coarse();
        if self.counts.len() <= limit {
            return Ok(());
        }
        Err(ReportError::TooLarge {
            limit: "values of percentiles",
            message: format!(
                "metrics: percentiles by so many groups need more than {limit} counts; take fewer \
                 dimensions, or filter"
            ),
        })
    }

    fn make_coarse(&mut self) {
        self.is_coarse = true;
        for ((group, value), count) in std::mem::take(&mut self.counts) {
            *self.counts.entry((group, coarse(value))).or_default() += count;
        }
    }

    /// Adds what another counted, whose groups have these numbers here.
    pub(crate) fn merge(&mut self, other: Self, group: impl Fn(u32) -> u32) {
        if other.is_coarse && !self.is_coarse {
            self.make_coarse();
        }
        for (place, count) in other
            .small
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            self.small[place] += count;
        }
        for ((from, value), count) in other.counts {
            let value = if self.is_coarse { coarse(value) } else { value };
            *self.counts.entry((group(from), value)).or_default() += count;
        }
    }

    pub(crate) fn is_exact(&self) -> bool {
        !self.is_coarse
    }

    /// All values with their counts, by group and in order.
    pub(crate) fn sorted(&self) -> Vec<(u32, i64, u64)> {
        let small = self
            .small
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let small = small.map(|(place, count)| {
            (
                (place / SMALL) as u32,
                (place % SMALL) as i64,
                u64::from(*count),
            )
        });
        let others = self
            .counts
            .iter()
            .map(|((group, value), count)| (*group, *value, *count));
        let mut all: Vec<_> = small.chain(others).collect();
        all.sort_unstable();
        all
    }
}

/// The least value with the same sign and the same leading bits.
fn coarse(value: i64) -> i64 {
    let size = value.unsigned_abs();
    let drop = (u64::BITS - size.leading_zeros()).saturating_sub(BITS + 1);
    let kept = (size >> drop) << drop;
    i64::try_from(kept).map_or(i64::MAX, |kept| kept * value.signum())
}

/// The values at some hundredths: each the least that so many hundredths of all do not exceed.
pub(crate) fn percentiles(counts: &[(u32, i64, u64)], percents: &[u8]) -> Vec<(u8, i64)> {
    let total: u64 = counts.iter().map(|(.., count)| count).sum();
    let at = |percent: u8| {
        let rank = (u128::from(total) * u128::from(percent))
            .div_ceil(100)
            .max(1) as u64;
        let mut seen = 0;
        let found = counts.iter().find(|(.., count)| {
            seen += count;
            seen >= rank
        });
        found.map(|(_, value, _)| (percent, *value))
    };
    percents.iter().filter_map(|percent| at(*percent)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occur() {
        let mut values = Values::new(Some(1));
        for value in [5, 1, 9_999, 7, 3] {
            values.add(0, value);
        }
        let found = percentiles(&values.sorted(), &[0, 20, 21, 50, 90, 100]);
        assert_eq!(
            found,
            [(0, 1), (20, 1), (21, 3), (50, 5), (90, 9_999), (100, 9_999)]
        );
        assert!(percentiles(&[], &[50]).is_empty());
    }

    #[test]
    fn what_is_not_exact_is_hardly_too_low_and_independent_of_order() {
        let mut one = Values::new(None);
        let mut other = Values::new(None);
        for value in 0..50_000_i64 {
            let value = value * 7_919 % 1_000_003;
            if value % 3 == 0 { &mut one } else { &mut other }.add(0, value);
        }
        other.keep_within(5_000).unwrap();
        one.merge(other, |group| group);
        one.keep_within(5_000).unwrap();
        assert!(!one.is_exact());
        let all = one.sorted();
        assert_eq!(all.iter().map(|(.., count)| count).sum::<u64>(), 50_000);
        for value in [1, 127, 128, 129, 1_000_003, i64::MAX, -1_000] {
            let kept = coarse(value);
            assert!((value - kept).abs() <= value.abs() / 128, "{value}: {kept}");
        }
        assert!(one.keep_within(10).is_err());
    }
}
