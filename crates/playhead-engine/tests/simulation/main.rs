//! The engine on a fake disk, a fake sink and a clock moved by hand, under traffic from a seed:
//! writes that fail, power that goes, processes that are killed with a checkpoint in the making.
//!
//! Whatever happens, each session must come out as the oracle computes it from the requests that
//! were acknowledged. `PLAYHEAD_TEST_SEED` sets the first seed and `PLAYHEAD_TEST_RUNS` the number
//! of runs; a failure names its seed. The pump has a thread of its own, so how far it is when a
//! process is killed may differ from one run of a seed to the next.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod faults;
mod kills;
mod life;
mod pressure;
mod rng;
mod shorter;
mod tokens;
mod traffic;
mod upkeep;
mod world;

/// The seeds to run: `default` of them if the environment says nothing.
fn seeds(default: u64) -> std::ops::Range<u64> {
    let number = |variable: &str, default: u64| {
        let text = std::env::var(variable).ok();
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let first = number("PLAYHEAD_TEST_SEED", 0);
    first..first + number("PLAYHEAD_TEST_RUNS", default)
}
