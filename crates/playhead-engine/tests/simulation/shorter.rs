//! A log that is shorter than it was: answers did not wait for the sync, and the power went.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use playhead_engine::cell::{CellOptions, OpenError};
use playhead_log::Reader;
use playhead_log::storage::Storage;
use playhead_model::time::ReceivedMs;

use crate::life::Life;
use crate::rng::Rng;
use crate::traffic::Traffic;
use crate::world::{World, options};

/// The position in the name of a checkpoint.
fn position(checkpoint: &Path) -> u64 {
    u64::from_str_radix(checkpoint.file_stem().unwrap().to_str().unwrap(), 16).unwrap()
}

fn unsynced() -> CellOptions {
    CellOptions {
        sync: false,
        ..options()
    }
}

/// Runs the traffic of a seed without any sync, with a checkpoint at its end.
fn lived(seed: u64) -> Life {
    let mut rng = Rng::new(seed);
    let (traffic, requests) = Traffic::new(seed, 3);
    let mut life = Life::begin(unsynced(), traffic, &format!("seed {seed}, without sync"));
    for request in &requests {
        life.send(request);
        life.live_a_little(&mut rng).unwrap();
    }
    life.commit();
    life.work(20_000);
    life.cell.wait_until_stored();
    life
}

#[test]
fn a_checkpoint_ahead_of_the_log_is_passed_over_and_what_is_left_counts() {
    let mut passed_over = 0;
    for seed in crate::seeds(30) {
        let life = lived(seed);
        let world = life.world.after_power_loss(seed);
        let end = Reader::open(Arc::new(world.storage.clone())).map_or(0, |log| log.end().get());
        let before = world.checkpoints();
        let is_ahead = |file: &&PathBuf| position(file) >= end;
        let ahead = before.iter().filter(is_ahead).count();
        let now = life.cell.now();
        let what = format!("seed {seed}, after the loss");
        let options = CellOptions {
            checkpoint_ms: u64::MAX,
            ..unsynced()
        };
        let mut next = Life::resume(world, options.clone(), life.traffic.clone(), now, &what);
        passed_over += ahead;
        let left = next.requests_after(0);
        next.traffic.forget_after(left);

        // What was passed over must not come back once the log has grown past it.
        let lost = next.traffic.clone();
        let (traffic, requests) = Traffic::new(seed + 1_000, 3);
        next.traffic = traffic;
        for request in &requests {
            next.send(request);
            next.commit();
        }
        let (again, now) = (next.world.after_kill(), next.cell.now());
        let mut last = Life::resume(again, options, next.traffic.clone(), now, &what);
        let rows = last.closed_rows();
        lost.check(&rows, &what);
        last.traffic.check(&rows, &what);
    }
    assert!(
        passed_over > 0,
        "a checkpoint was ahead of the log in some run"
    );
}

#[test]
fn a_log_that_neither_reaches_back_nor_has_a_checkpoint_is_not_replayed() {
    let seed = 1;
    let small = CellOptions {
        segment_bytes: 8 << 10,
        log_bytes_max: Some(16 << 10),
        ..options()
    };
    let (traffic, requests) = Traffic::new(seed, 12);
    let mut life = Life::begin(small.clone(), traffic, "retired");
    for request in &requests {
        life.send(request);
        life.commit();
        life.tick().unwrap();
        life.work(5_000);
        // A checkpoint begins only when the pump has done with the last one.
        life.cell.wait_until_stored();
    }
    let begin = life.cell.log().begin().get();
    assert!(
        begin > 0 && life.world.storage.list().unwrap()[0] > 0,
        "segments are gone"
    );
    let mut bare = World::new();
    bare.storage = life.world.storage.after_kill();
    match bare.open(&small, ReceivedMs(0)) {
        Err(OpenError::Gap { begin: found, .. }) => assert_eq!(found, begin),
        other => panic!("opened: {other:?}"),
    }
}
