//! Processes that end at any change of the disk, and disks that lose what was not synced.

use std::path::PathBuf;
use std::sync::Arc;

use playhead_model::ids::LogPosition;
use playhead_model::time::ReceivedMs;
use playhead_store::RowSink;
use playhead_store::parts::storage::{MemoryStorage, OsStorage, Storage};
use playhead_store::parts::{Effect, Store, fsck};

use crate::model::{WHOLE_LOG, check, effects, give, late, open, position};

const END: u64 = 4;

/// Gives all sessions with a sync now and then; ends at the first failure.
fn run(storage: &MemoryStorage) -> Option<()> {
    let mut store = Store::open(Arc::new(storage.clone()), WHOLE_LOG).ok()?;
    for from in (0..END).step_by(2) {
        give(&mut store, from..from + 2);
        store.sync().ok()?;
    }
    Some(())
}

/// The position up to which the store is complete once it has everything.
fn store_end() -> Option<LogPosition> {
    Some(LogPosition(position(END - 1).0 + 9))
}

/// The next process finds all, once each, with what the log gives it again.
fn check_next(storage: &MemoryStorage, what: &str) {
    let mut store = open(storage);
    give(&mut store, 0..END);
    store.sync().unwrap();
    check(&store.reader(), END, what);
    let lost = storage.after_power_loss(u64::MAX);
    assert_eq!(open(&lost).was_complete_to(), store_end(), "{what}");
    let files: Arc<dyn Storage> = Arc::new(storage.clone());
    let report = fsck(&files).unwrap();
    assert!(
        report.damage.is_empty() && report.orphans.is_empty(),
        "{what}: {report:?}"
    );
}

#[test]
fn no_row_is_lost_or_doubled_wherever_the_process_ends() {
    let whole = MemoryStorage::default();
    run(&whole).unwrap();
    for left in 0..=whole.changes() {
        let storage = MemoryStorage::default();
        storage.fail_after(Some(left));
        let has_ended = run(&storage).is_none();
        assert_eq!(has_ended, left < whole.changes());
        check_next(
            &storage.after_kill(),
            &format!("killed after {left} changes"),
        );
        let seed = left.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let lost = storage.after_power_loss(seed);
        check_next(&lost, &format!("power lost after {left} changes"));
    }
}

#[test]
fn what_a_replay_gives_again_is_left_out() {
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    let take = |store: &mut Store, number| {
        let complete_to = LogPosition(position(number).0 + 9);
        store.take(effects(number), complete_to).unwrap();
    };
    for number in 0..=END {
        take(&mut store, number);
        RowSink::sync(&mut store).unwrap();
    }
    for from in 0..=END {
        let mut store = open(&storage.after_kill());
        let checkpoint = from.checked_sub(1).map(position);
        store
            .replay_behind(checkpoint, ReceivedMs(u64::MAX))
            .unwrap();
        (from..=END).for_each(|number| take(&mut store, number));
        RowSink::sync(&mut store).unwrap();
        check(&store.reader(), END + 1, &format!("replayed from {from}"));
    }
}

#[test]
fn a_disk_that_fails_for_a_while_costs_nothing() {
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    give(&mut store, 0..END);
    for left in 0.. {
        storage.fail_after(Some(left));
        if store.sync().is_ok() {
            break;
        }
        check(&store.reader(), END, "in memory");
    }
    check(&store.reader(), END, "in parts");
    check(&open(&storage.after_kill()).reader(), END, "next process");
}

#[test]
fn a_manifest_that_may_be_in_force_keeps_its_parts() {
    let whole = MemoryStorage::default();
    let mut store = open(&whole);
    give(&mut store, 0..END);
    store.sync().unwrap();
    for left in 0..whole.changes() {
        let storage = MemoryStorage::default();
        let mut store = open(&storage);
        give(&mut store, 0..END);
        // The manifest has its name, and it is not known whether it keeps it.
        storage.fail_after(Some(whole.changes() - 1));
        assert!(store.sync().is_err());
        storage.fail_after(Some(left));
        assert!(store.sync().is_err());
        let next = storage.after_kill();
        assert_eq!(open(&next).was_complete_to(), store_end());
        check_next(&next, &format!("then killed after {left} changes"));
    }
}

#[test]
fn a_power_loss_takes_nothing_that_a_start_has_found() {
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    give(&mut store, 0..END);
    store.sync().unwrap();
    let changes = storage.changes();
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    give(&mut store, 0..END);
    storage.fail_after(Some(changes - 1));
    assert!(store.sync().is_err());
    // Renamed, not synced, and taken for good by the next process.
    let next = storage.after_kill();
    assert_eq!(open(&next).was_complete_to(), store_end());
    for seed in 0..16 {
        let lost = open(&next.after_power_loss(u64::MAX / 16 * seed));
        check(&lost.reader(), END, "after the power loss");
    }
}

#[test]
fn rows_that_wait_fill_the_store_until_they_are_written() {
    let mut store = open(&MemoryStorage::default());
    for number in 0..64 {
        assert!(!store.is_full());
        let mut event = late(number, 0);
        event.body = "x".repeat(1 << 20).into();
        store.write(vec![Effect::Late(Box::new(event))]);
    }
    assert!(store.is_full());
    store.complete(position(63));
    store.sync().unwrap();
    assert!(!store.is_full());
}

#[test]
fn what_is_not_complete_stays_in_memory() {
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    give(&mut store, 0..4);
    store.write(effects(4));
    store.sync().unwrap();
    check(&store.reader(), 5, "this process");
    let next = open(&storage.after_kill());
    assert_eq!(next.was_complete_to(), Some(LogPosition(position(3).0 + 9)));
    check(&next.reader(), 4, "next process");
}

#[test]
fn rows_of_records_that_the_log_has_lost_are_taken_out() {
    for end in 0..=END {
        let storage = MemoryStorage::default();
        let mut store = open(&storage);
        give(&mut store, 0..2);
        store.sync().unwrap();
        give(&mut store, 2..END);
        store.sync().unwrap();
        let generation = store.reader().snapshot().generation;
        let log_end = position(end);
        let store = Store::open(Arc::new(storage.clone()), log_end).unwrap();
        let what = format!("log ends before {end}");
        check(&store.reader(), end, &what);
        let now = store.reader().snapshot().generation;
        assert_eq!(now != generation, end < END, "{what}");
        drop(store);
        // The log gives them again, at the same places.
        check_next(&storage, &what);
    }
}

#[test]
fn damage_is_found_and_leftovers_are_told_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let files: Arc<dyn Storage> = Arc::new(OsStorage::new(folder.path()));
    let mut store = Store::open(files.clone(), WHOLE_LOG).unwrap();
    give(&mut store, 0..9);
    store.sync().unwrap();
    check(&store.reader(), 9, "in a folder");
    let sound = fsck(&files).unwrap();
    assert!(sound.damage.is_empty() && sound.parts > 0 && sound.rows > 9);

    let part = store.reader().snapshot().parts[0].facts.path();
    let file = folder.path().join(&part);
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let leftover = PathBuf::from("sessions/suite=films/day=1970-01-01/left.parquet");
    std::fs::write(folder.path().join(&leftover), "").unwrap();
    let report = fsck(&files).unwrap();
    assert_eq!(report.damage.len(), 1);
    assert_eq!(report.damage[0].path, part);
    assert_eq!(report.orphans, std::slice::from_ref(&leftover));

    drop(Store::open(files, WHOLE_LOG).unwrap());
    assert!(!folder.path().join(leftover).exists());
    assert!(file.exists());
}
