//! Runs a fuzz target over its corpus and over seeded changes of it: what a fuzzer would do, in an
//! ordinary test. Tests of the crates that own the targets include this file.
//!
//! `PLAYHEAD_TEST_MUTATIONS` sets how many changes are tried.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

/// Bytes that tend to mean something.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"null",
    b"-1.5e3",
    b"1e308",
    b"\\u0000",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\"ts\":1,",
    b"\"params\":{},",
];

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % bound.max(1)
    }
}

/// Runs `target` over `fuzz/corpus/<name>` and `mutations` changes of it.
pub(crate) fn run(name: &str, mutations: u64, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the corpus is part of the repository")
        .map(|entry| entry.expect("a folder can be listed").path())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "the corpus of {name} is missing");
    let read = |file| fs::read(file).expect("a listed file can be read");
    let seeds: Vec<Vec<u8>> = files.iter().map(read).collect();
    for (file, seed) in files.iter().zip(&seeds) {
        let outcome = catch_unwind(|| target(seed));
        assert!(outcome.is_ok(), "{}", file.display());
    }
    let text = std::env::var("PLAYHEAD_TEST_MUTATIONS").ok();
    let mutations = text.and_then(|text| text.parse().ok()).unwrap_or(mutations);
    for number in 1..=mutations {
        let bytes = changed(&seeds, number);
        let outcome = catch_unwind(|| target(&bytes));
        assert!(
            outcome.is_ok(),
            "mutation {number} of {name}: {:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

fn changed(seeds: &[Vec<u8>], number: u64) -> Vec<u8> {
    let random = &mut Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    // The first numbers of a generator just seeded are alike.
    random.below(1);
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 | 1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            3 => {
                let end = bytes.len().min(at + random.below(40));
                bytes.drain(at..end);
            }
            4 => {
                let piece = PIECES[random.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let to = other.len().min(from + random.below(200));
                bytes.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    bytes
}
