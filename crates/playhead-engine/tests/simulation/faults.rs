//! For every n: the n-th write, sync or creation of a segment fails, and then the power goes.

use std::io;

use playhead_log::CommitError;
use playhead_log::storage::{MemoryStorage, SyncFault, WriteFault};
use playhead_model::outcome::Refusal;
use playhead_model::record::Sender;

use crate::life::Life;
use crate::rng::Rng;
use crate::traffic::{Request, Traffic};
use crate::world::options;

/// Sends until a commit fails; answers how many requests were sent.
fn send(life: &mut Life, requests: &[Request], rng: &mut Rng) -> Result<(), (usize, CommitError)> {
    for (number, request) in requests.iter().enumerate() {
        let lived = life
            .try_to_send(request)
            .and_then(|()| life.live_a_little(rng));
        lived.map_err(|error| (number, error))?;
    }
    life.try_to_commit()
        .map_err(|error| (requests.len() - 1, error))
}

/// After a failed commit nothing is taken and nothing is acknowledged, and it is said why.
fn check_stopped(life: &mut Life, what: &str) {
    let why = life.cell.unavailable();
    let why = why.unwrap_or_else(|| panic!("{what}: it goes on"));
    assert!(
        why.starts_with("the log cannot be written"),
        "{what}: {why}"
    );
    let end = life.cell.log().end();
    let target = playhead_engine::intake::Target::Sessions;
    let refused = life.cell.take(target, b"{}", Sender::default).unwrap_err();
    assert_eq!(refused.reason, Refusal::Unavailable, "{what}");
    assert!(
        life.cell.commit().is_err(),
        "{what}: a later commit goes through"
    );
    life.cell.tick().unwrap();
    assert_eq!(
        life.cell.log().end(),
        end,
        "{what}: readers see what was not committed"
    );
}

/// Runs until the fault strikes, looks at what is left in several ways, and goes on in one of
/// them. Answers whether it struck.
fn check_fault(seed: u64, set: impl Fn(&MemoryStorage), what: &str) -> bool {
    let mut rng = Rng::new(seed);
    let (traffic, requests) = Traffic::new(seed, 3);
    let mut life = Life::begin(options(), traffic, what);
    set(&life.world.storage);
    let Err((number, _)) = send(&mut life, &requests, &mut rng) else {
        return false;
    };
    check_stopped(&mut life, what);
    for loss in 0..2 {
        let (next, _) = life.next_in(life.world.after_power_loss(seed + loss));
        next.end();
    }
    let (mut next, lost) = life.next_in(life.world.after_kill());
    for request in lost.iter().chain(&requests[number + 1..]) {
        next.send(request);
        next.live_a_little(&mut rng).unwrap();
    }
    next.end();
    true
}

/// Tries n = 1, 2, … until the run ends before the fault strikes.
fn check_each(name: &str, set: impl Fn(&MemoryStorage, u64)) {
    for seed in crate::seeds(1) {
        let struck = (1..).find(|n| {
            let what = format!("seed {seed}, {name} {n}");
            !check_fault(seed, |storage| set(storage, *n), &what)
        });
        assert!(
            struck > Some(3),
            "seed {seed}: {name} struck only {struck:?} times"
        );
    }
}

#[test]
fn each_failed_write_loses_nothing_acknowledged() {
    check_each("write", |storage, n| {
        let faults = [
            WriteFault::Error,
            WriteFault::Short,
            WriteFault::Torn(n),
            WriteFault::NoSpace,
        ];
        storage.fail_write(n, faults[n as usize % faults.len()]);
    });
}

#[test]
fn each_failed_sync_loses_nothing_acknowledged() {
    check_each("sync", |storage, n| {
        let faults = [SyncFault::Error, SyncFault::Forgotten];
        storage.fail_sync(n, faults[n as usize % faults.len()]);
    });
}

#[test]
fn each_segment_that_cannot_be_created_loses_nothing_acknowledged() {
    for seed in crate::seeds(4) {
        let set = |storage: &MemoryStorage| storage.fail_create(1, io::ErrorKind::StorageFull);
        check_fault(seed, set, &format!("seed {seed}, creation"));
    }
}
