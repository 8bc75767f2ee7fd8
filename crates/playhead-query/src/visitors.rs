//! Different visitors by group.
//!
//! Exact as long as there are not too many pairs of group and visitor. Beyond that only visitors
//! are kept whose hash begins with so many zero bits that the rest fit, and counts are multiplied
//! accordingly: a uniform sample, the same for every order and number of threads.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::column::Words;

/// 64-bit words of bits by group, if groups and visitors are few enough for them.
const BITS_MAX: usize = 8 << 20;

/// The visitors of each group.
#[derive(Debug)]
pub(crate) struct Visitors {
    words: Arc<Words>,
    /// Words per group of `bits`, 0 if pairs are kept instead.
    width: usize,
    bits: Vec<u64>,
    /// Group in the upper half, visitor in the lower; sorted and unique up to `sorted`.
    pairs: Vec<u64>,
    sorted: usize,
    /// Zero bits that a kept hash begins with.
    level: u32,
    hashes: Vec<u64>,
}

impl Visitors {
    /// For so many groups, if it is known how many.
    pub(crate) fn new(words: Arc<Words>, groups: Option<usize>) -> Self {
        let width = words.len().div_ceil(64);
        let cells = groups.map_or(usize::MAX, |groups| groups.saturating_mul(width));
        let width = if cells <= BITS_MAX { width } else { 0 };
        Self {
            words,
            width,
            bits: vec![0; if width == 0 { 0 } else { cells }],
            pairs: Vec::new(),
            sorted: 0,
            level: 0,
            hashes: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, group: u32, visitor: u32) {
        let word = visitor as usize / 64;
        if word < self.width {
            self.bits[group as usize * self.width + word] |= 1 << (visitor % 64);
        } else if self.level == 0 || self.is_kept(visitor) {
            self.pairs.push(u64::from(group) << 32 | u64::from(visitor));
        }
    }

    fn is_kept(&self, visitor: u32) -> bool {
        let hash = self.hashes.get(visitor as usize).copied();
        hash.is_none_or(|hash| hash.leading_zeros() >= self.level)
    }

    /// Keeps within a number of pairs, by keeping a sample of the visitors.
    pub(crate) fn keep_within(&mut self, limit: usize) {
        // Sorting is worth it only now and then.
        if self.pairs.len() - self.sorted > limit / 4 {
            self.sort();
        }
        while self.pairs.len() > limit {
            self.sort();
            if self.pairs.len() > limit {
                self.sample(self.level + 1);
            }
        }
    }

    fn sample(&mut self, level: u32) {
        if self.hashes.len() < self.words.len() {
            self.hashes = self.words.each(|text| xxh3_64(text.as_bytes()));
        }
        self.level = level;
        let mut pairs = std::mem::take(&mut self.pairs);
        pairs.retain(|pair| self.is_kept(*pair as u32));
        self.pairs = pairs;
        self.sorted = self.pairs.len();
    }

    fn sort(&mut self) {
        self.pairs.sort_unstable();
        self.pairs.dedup();
        self.sorted = self.pairs.len();
    }

    /// Adds what another found, whose groups have these numbers here.
    pub(crate) fn merge(&mut self, other: Self, group: impl Fn(u32) -> u32) {
        for (bits, more) in self.bits.iter_mut().zip(&other.bits) {
            *bits |= more;
        }
        let level = self.level.max(other.level);
        let renamed = other
            .pairs
            .iter()
            .map(|pair| u64::from(group((pair >> 32) as u32)) << 32 | (pair & u64::from(u32::MAX)));
        self.pairs.extend(renamed);
        self.sorted = 0;
        if level > 0 {
            self.sample(level);
        }
        self.sort();
    }

    /// How many visitors each of so many groups has.
    pub(crate) fn counts(&mut self, groups: usize) -> Vec<u64> {
        self.sort();
        let mut counts = vec![0; groups];
        if self.width > 0 {
            for (count, bits) in counts.iter_mut().zip(self.bits.chunks(self.width)) {
                *count = bits.iter().map(|word| u64::from(word.count_ones())).sum();
            }
        }
        for pair in &self.pairs {
            counts[(pair >> 32) as usize] += 1 << self.level;
        }
        counts
    }

    /// How many visitors stand for one that is counted: 1 if counts are exact.
    pub(crate) fn stands_for(&self) -> u64 {
        1 << self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: u32) -> Arc<Words> {
        let words = Words::default();
        for number in 0..count {
            words.code(&format!("visitor {number}"));
        }
        Arc::new(words)
    }

    fn counts(groups: Option<usize>, limit: usize, split: u32) -> (Vec<u64>, u64) {
        let words = words(10_000);
        let mut one = Visitors::new(words.clone(), groups);
        let mut other = Visitors::new(words, groups);
        for round in 0..3 {
            for visitor in 1..=10_000 {
                let all = if (visitor + round) % split == 0 {
                    &mut one
                } else {
                    &mut other
                };
                all.add(0, visitor);
                if visitor % 10 == 0 {
                    all.add(1, visitor);
                }
                all.keep_within(limit);
            }
        }
        one.merge(other, |group| group);
        one.keep_within(limit);
        let stands_for = one.stands_for();
        (one.counts(2), stands_for)
    }

    #[test]
    fn visitors_count_once_by_bits_and_by_pairs() {
        assert_eq!(counts(Some(2), 100, 2), (vec![10_000, 1_000], 1));
        assert_eq!(counts(None, 1_000_000, 2), (vec![10_000, 1_000], 1));
    }

    #[test]
    fn a_sample_is_the_same_however_it_came_about() {
        let (some, stands_for) = counts(None, 2_000, 2);
        assert_eq!(stands_for, 8);
        assert!((9_000..11_000).contains(&some[0]), "{some:?}");
        for split in [1, 3, 7] {
            assert_eq!(counts(None, 2_000, split), (some.clone(), stands_for));
        }
    }
}
