//! Opens logs made of arbitrary bytes, and of valid ones with a few bytes changed.

use playhead_log::fuzz_open;

/// Xorshift; the seeds are fixed, a failure names its own.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 32) as u8).collect()
    }
}

fn check(mode: u8, seeds: u64, len_max: u64) {
    for seed in 1..=seeds {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let len = random.next() % (len_max + 1);
        let mut bytes = vec![mode];
        bytes.extend(random.bytes(len as usize));
        let outcome = std::panic::catch_unwind(|| fuzz_open(&bytes));
        assert!(outcome.is_ok(), "mode {mode}, seed {seed}");
    }
}

#[test]
fn raw_bytes() {
    fuzz_open(&[]);
    fuzz_open(&[0]);
    fuzz_open(&[&[0][..], &[0; 4096]].concat());
    check(0, 300, 10_000);
}

#[test]
fn bytes_after_valid_segment_headers() {
    check(1, 300, 12_000);
}

#[test]
fn bytes_after_valid_group_headers() {
    check(2, 1_000, 2_000);
}

#[test]
fn a_valid_log_with_changed_bytes() {
    check(3, 1_000, 12);
}
