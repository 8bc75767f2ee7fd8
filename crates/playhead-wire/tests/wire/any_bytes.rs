//! No bytes make the decoder panic, and what it takes is sound.

use playhead_wire::fuzz_decode;

use crate::{
    bodies::{BROWSER_START, EVENTS, MOBILE_START, mobile_batch},
    random::Random,
};

#[test]
fn decode_any_bytes() {
    let batch = mobile_batch();
    let mut seeds = vec![
        BROWSER_START,
        MOBILE_START,
        &batch,
        "[]",
        "{}",
        "null",
        "-0",
        "[[[[",
    ];
    seeds.extend(EVENTS);
    let pieces: [&[u8]; 14] = [
        b"\"",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"null",
        b"-1.5e3",
        b"\\u0000",
        b"\xFF",
        b"\"ts\":1,",
        b"\"params\":{},",
        b"statesUpdate",
    ];
    let mut random = Random(3);
    for seed in &seeds {
        fuzz_decode(seed.as_bytes());
    }
    for _ in 0..40_000 {
        let mut bytes = random.pick(&seeds).as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() + 1);
            match random.below(5) {
                0 if at < bytes.len() => bytes[at] = random.next() as u8,
                1 => bytes.truncate(at),
                2 => {
                    let end = bytes.len().min(at + random.below(40));
                    bytes.drain(at..end);
                }
                3 => {
                    let other = random.pick(&seeds).as_bytes();
                    let from = random.below(other.len());
                    let to = other.len().min(from + random.below(200));
                    bytes.splice(at..at, other[from..to].iter().copied());
                }
                _ => {
                    let piece = *random.pick(&pieces);
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        fuzz_decode(&bytes);
    }
}
