//! A small seeded generator (SplitMix64): the same seed gives the same vector on every machine.

#[derive(Debug, Clone)]
pub(crate) struct Rng {
    state: u64,
}

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "an empty range: {low} to {high}");
        let count = low.abs_diff(high) + 1;
        low + (self.next() % count) as i64
    }

    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.between(0, 99) < chance
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.between(0, items.len() as i64 - 1) as usize]
    }

    /// Picks an item with a chance in proportion to its weight.
    pub(crate) fn weighted<T: Copy>(&mut self, items: &[(i64, T)]) -> T {
        let mut left = self.between(1, items.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in items {
            left -= weight;
            if left <= 0 {
                return *item;
            }
        }
        items[items.len() - 1].1
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as i64) as usize);
        }
    }
}
