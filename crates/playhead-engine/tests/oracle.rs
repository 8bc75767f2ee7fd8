//! The engine against the oracle: two readings of the rules, over random sessions.
//!
//! `PLAYHEAD_TEST_VECTORS` sets how many vectors are tried (a few thousand if it says nothing) and
//! `PLAYHEAD_TEST_SEED` the first seed. A failure prints its seed; `cargo run --release -p
//! playhead-testkit --bin oracle -- --random SEED` prints the vector.

use playhead_testkit::{oracle, random, vector};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

#[test]
fn the_engine_agrees_with_the_oracle_on_random_sessions() {
    playhead_session::check_invariants();
    let first = number("PLAYHEAD_TEST_SEED", 0);
    let count = number("PLAYHEAD_TEST_VECTORS", 3_000);
    let mut failures = Vec::new();
    for seed in first..first + count {
        let vector = random::vector(seed);
        let wanted = oracle::compute(&vector);
        let found = playhead_engine::offline::compute(&vector.to_string()).unwrap();
        let differences = vector::diff(&wanted, &found);
        if !differences.is_empty() {
            failures.push(format!("seed {seed}: {}", differences.join("; ")));
        }
    }
    let shown: Vec<_> = failures.iter().take(10).collect();
    assert!(
        failures.is_empty(),
        "{} of {count} differ, such as {shown:#?}",
        failures.len()
    );
}
