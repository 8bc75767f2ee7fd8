//! How long the machine's memory takes to answer: what work on a million sessions waits for.

use std::hint::black_box;
use std::time::Duration;

use playhead_simulator::Random;

use crate::clock;

/// Far more than caches hold.
const LINES: usize = 1 << 20;
const READS: usize = 1 << 20;
const ROUNDS: usize = 5;

/// A line of a cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line(usize);

/// Times of one read from memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    /// Each read says where the next one is.
    pub(crate) in_turn: Duration,
    /// All places are known before.
    pub(crate) at_once: Duration,
}

/// Measures, the least of some rounds.
pub(crate) fn measure() -> Latency {
    let mut order: Vec<usize> = (0..LINES).collect();
    let mut random = Random::new(1, 1);
    for place in (1..LINES).rev() {
        order.swap(place, random.below(place as u64 + 1) as usize);
    }
    let mut lines = vec![Line(0); LINES];
    for (here, next) in order.iter().zip(order.iter().cycle().skip(1)) {
        lines[*here] = Line(*next);
    }
    let least = |read: &dyn Fn() -> usize| {
        let rounds = (0..ROUNDS).map(|_| {
            let begin = clock::thread_cpu();
            black_box(read());
            clock::thread_cpu() - begin
        });
        rounds.min().unwrap_or_default() / READS as u32
    };
    Latency {
        in_turn: least(&|| (0..READS).fold(0, |at, _| lines[at].0)),
        at_once: least(&|| order.iter().fold(0, |sum, at| sum ^ lines[*at].0)),
    }
}
