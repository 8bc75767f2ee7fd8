//! Fails each write and sync in turn, takes the power away, and opens the log again.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::{Frames, Random, SMALL, payload, read_all, share};
use playhead_log::storage::{MemoryStorage, SyncFault, WriteFault};
use playhead_log::{AppendError, CommitError, OpenError, Options, SyncPolicy, Writer, fsck};

const COMMITS: usize = 25;

/// What a writer was told before it failed.
#[derive(Default)]
struct Told {
    /// Frames whose commit succeeded.
    acknowledged: Frames,
    /// Frames that were appended, acknowledged ones included.
    appended: Frames,
}

/// Appends until a fault strikes; answers what would have been told to senders.
fn write(storage: &MemoryStorage, options: Options, told: &mut Told) -> Result<(), CommitError> {
    let Ok((mut writer, _)) = Writer::open(share(storage), options) else {
        return Ok(());
    };
    for commit in 0..COMMITS {
        for n in 0..commit % 4 + 1 {
            let payload = payload(told.appended.len() + n * 3);
            let position = writer.append(&payload).unwrap();
            told.appended.push((position, payload));
        }
        if let Err(error) = writer.commit() {
            assert!(writer.is_poisoned());
            assert_eq!(writer.append(b"more"), Err(AppendError::Poisoned));
            assert!(matches!(writer.commit(), Err(CommitError::Poisoned)));
            assert!(matches!(writer.sync(), Err(CommitError::Poisoned)));
            assert_eq!(
                read_all(&writer.reader()),
                told.acknowledged,
                "readers see no more"
            );
            return Err(error);
        }
        told.acknowledged = told.appended.clone();
    }
    Ok(())
}

/// Opens what is left, and checks that it is the acknowledged frames and perhaps whole further
/// ones in order. Then the log must work on, and keep all of this through another power loss.
fn check_survivor(storage: &MemoryStorage, options: Options, told: &Told, what: &str) {
    let (mut writer, recovery) =
        Writer::open(share(storage), options).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = read_all(&writer.reader());
    assert!(
        found.len() >= told.acknowledged.len(),
        "{what}: an acknowledged frame is lost"
    );
    assert!(
        told.appended.starts_with(&found),
        "{what}: other frames than were written"
    );
    assert_eq!(writer.end(), recovery.end);
    let mut expected = found;
    let position = writer.append(b"after the crash").unwrap();
    writer.commit().unwrap();
    expected.push((position, b"after the crash".to_vec()));
    if options.sync == SyncPolicy::Never {
        writer.sync().unwrap();
    }
    let later = storage.after_total_loss();
    drop(writer);
    let (writer, recovery) = Writer::open(share(&later), options).unwrap();
    assert_eq!(
        read_all(&writer.reader()),
        expected,
        "{what}: recovery did not last"
    );
    assert_eq!(recovery.torn_bytes, 0, "{what}: recovery left a torn tail");
    assert_eq!(fsck(&later, |_| {}).unwrap().damage, [], "{what}");
}

fn check_crash(options: Options, set_fault: impl Fn(&MemoryStorage), what: &str) -> bool {
    let storage = MemoryStorage::new(99);
    set_fault(&storage);
    let mut told = Told::default();
    let has_failed = write(&storage, options, &mut told).is_err();
    check_survivor(
        &storage.after_kill(),
        options,
        &told,
        &format!("{what}, killed"),
    );
    if options.sync == SyncPolicy::Always {
        let total = storage.after_total_loss();
        check_survivor(
            &total,
            options,
            &told,
            &format!("{what}, all unsynced lost"),
        );
        for seed in 0..6 {
            let some = storage.after_power_loss(seed);
            check_survivor(&some, options, &told, &format!("{what}, power loss {seed}"));
        }
    }
    has_failed
}

#[test]
fn each_failed_write_loses_nothing_acknowledged() {
    for sync in [SyncPolicy::Always, SyncPolicy::Never] {
        let options = Options { sync, ..SMALL };
        let mut failures = 0;
        for n in 1..COMMITS as u64 + 10 {
            let torn = (0..6).map(|seed| WriteFault::Torn(seed + n));
            let others = [WriteFault::Error, WriteFault::Short, WriteFault::NoSpace];
            for fault in torn.chain(others) {
                let set = |storage: &MemoryStorage| storage.fail_write(n, fault);
                failures += usize::from(check_crash(options, set, &format!("write {n} {fault:?}")));
            }
        }
        assert!(failures > COMMITS * 8, "the faults struck");
    }
}

#[test]
fn each_failed_sync_loses_nothing_acknowledged() {
    for sync in [SyncPolicy::Always, SyncPolicy::Never] {
        let options = Options { sync, ..SMALL };
        for n in 1..COMMITS as u64 * 2 {
            for fault in [SyncFault::Error, SyncFault::Forgotten] {
                let set = |storage: &MemoryStorage| storage.fail_sync(n, fault);
                check_crash(options, set, &format!("sync {n} {fault:?}"));
            }
        }
    }
}

#[test]
fn a_segment_that_cannot_be_created_poisons() {
    for n in 1..6 {
        let set = |storage: &MemoryStorage| storage.fail_create(n, std::io::ErrorKind::StorageFull);
        check_crash(SMALL, set, &format!("creation {n}"));
    }
}

/// Under [`SyncPolicy::Never`] power loss may take what was written, but what is left is a
/// beginning of it, without a hole, and no reason not to start.
#[test]
fn written_but_never_synced_leaves_a_prefix() {
    let options = Options {
        sync: SyncPolicy::Never,
        ..SMALL
    };
    for seed in 0..300 {
        let storage = MemoryStorage::new(seed);
        let mut told = Told::default();
        write(&storage, options, &mut told).unwrap();
        let lost = storage.after_power_loss(seed);
        check_survivor(
            &lost,
            options,
            &Told {
                acknowledged: Vec::new(),
                ..told
            },
            "power loss",
        );
    }
}

#[test]
fn what_was_synced_under_never_survives() {
    let options = Options {
        sync: SyncPolicy::Never,
        ..SMALL
    };
    for seed in 0..100 {
        let storage = MemoryStorage::new(seed);
        let (mut writer, _) = Writer::open(share(&storage), options).unwrap();
        let mut synced = Vec::new();
        let mut random = Random(seed);
        for n in 0..40 {
            writer.append(&payload(n)).unwrap();
            writer.commit().unwrap();
            if random.below(8) == 0 {
                writer.sync().unwrap();
                synced = read_all(&writer.reader());
            }
        }
        let lost = storage.after_power_loss(seed);
        let (writer, _) = Writer::open(share(&lost), options).unwrap();
        assert!(
            read_all(&writer.reader()).starts_with(&synced),
            "seed {seed}"
        );
    }
}

/// The system says a sync failed, keeps the pages, and never writes them: a start that trusted
/// what it reads would build on sand.
#[test]
fn pages_forgotten_by_a_failed_sync_are_written_again_at_the_start() {
    let storage = MemoryStorage::new(1);
    let (mut writer, _) = Writer::open(share(&storage), SMALL).unwrap();
    writer.append(b"one").unwrap();
    writer.commit().unwrap();
    storage.fail_sync(1, SyncFault::Forgotten);
    // Longer than a sector: the next commit writes to the first of them anyway.
    writer.append(&[2; 3000]).unwrap();
    writer.commit().unwrap_err();
    drop(writer);
    let (mut writer, _) = Writer::open(share(&storage), SMALL).unwrap();
    writer.append(b"three").unwrap();
    writer.commit().unwrap();
    let expected = read_all(&writer.reader());
    assert_eq!(expected.len(), 3);
    let (writer, _) = Writer::open(share(&storage.after_total_loss()), SMALL).unwrap();
    assert_eq!(read_all(&writer.reader()), expected);
}

/// Recovery itself may be interrupted at each of its own writes and syncs.
#[test]
fn a_crash_during_recovery_is_recovered_from() {
    for seed in 0..20 {
        let storage = MemoryStorage::new(seed);
        storage.fail_write(17, WriteFault::Torn(seed));
        let mut told = Told::default();
        write(&storage, SMALL, &mut told).unwrap_err();
        let crashed = storage.after_power_loss(seed);
        for n in 1..4 {
            for fault in [
                WriteFault::Error,
                WriteFault::Torn(seed + n),
                WriteFault::Short,
            ] {
                let again = crashed.after_kill();
                again.fail_write(n, fault);
                drop(Writer::open(share(&again), SMALL).map(drop));
                check_survivor(&again.after_power_loss(seed + n), SMALL, &told, "again");
                let again = crashed.after_kill();
                again.fail_sync(n, SyncFault::Forgotten);
                drop(Writer::open(share(&again), SMALL).map(drop));
                check_survivor(&again.after_power_loss(seed + n), SMALL, &told, "again");
            }
        }
    }
}

fn closed_log() -> (MemoryStorage, Frames) {
    let storage = MemoryStorage::new(7);
    let mut told = Told::default();
    write(&storage, SMALL, &mut told).unwrap();
    Writer::open(share(&storage), SMALL)
        .unwrap()
        .0
        .close()
        .unwrap();
    (storage, told.acknowledged)
}

/// After a clean close everything was durable, so a changed byte is corruption, wherever it is
/// noticed: by the start, by a reader, or by `fsck` only if nothing depends on it.
#[test]
fn each_changed_byte_of_a_closed_log_is_noticed_and_never_read() {
    let (storage, frames) = closed_log();
    let bases = playhead_log::storage::Storage::list(&storage).unwrap();
    assert!(bases.len() > 2);
    let end = Writer::open(share(&storage.after_kill()), SMALL)
        .unwrap()
        .1
        .end
        .get();
    for base in bases {
        let clean = storage.bytes(base).unwrap();
        // Zeros far behind the end all behave alike.
        for at in (0..clean.len()).filter(|at| at % 97 == 0 || clean[*at] != 0 || *at % 4096 < 64) {
            let mut bytes = clean.clone();
            bytes[at] ^= 1 << (at % 8);
            let damaged = storage.after_kill();
            damaged.set_bytes(base, bytes);
            let report = fsck(&damaged, |_| {}).unwrap();
            assert!(!report.damage.is_empty(), "{base:x} {at}: fsck");
            let is_data = base + (at as u64) < end;
            match Writer::open(share(&damaged), SMALL) {
                Err(OpenError::Corrupt { .. }) => {
                    assert!(
                        report.damage.iter().any(|damage| !damage.is_torn),
                        "{base:x} {at}"
                    );
                }
                Err(other) => panic!("{base:x} {at}: {other}"),
                Ok((writer, recovery)) => {
                    check_read(&writer, &frames, &format!("{base:x} {at}"));
                    let in_mark = base + at as u64 >= end - 56;
                    let is_cut = recovery.torn_bytes > 0;
                    assert!(
                        !is_cut || in_mark || !is_data,
                        "{base:x} {at}: cut durable data"
                    );
                }
            }
        }
    }
}

/// Either all frames are read, or an error comes instead of the damaged one.
fn check_read(writer: &Writer, frames: &Frames, what: &str) {
    let reader = writer.reader();
    let mut iter = reader.iter_from(reader.begin()).unwrap();
    let mut expected = frames.iter();
    while let Some(Ok(frame)) = iter.next() {
        let (position, payload) = expected.next().unwrap();
        assert_eq!(
            (frame.position, frame.payload),
            (*position, &payload[..]),
            "{what}"
        );
    }
}

#[test]
fn a_missing_segment_stops_the_start() {
    let (storage, _) = closed_log();
    let bases = playhead_log::storage::Storage::list(&storage).unwrap();
    playhead_log::storage::Storage::remove(&storage, bases[1]).unwrap();
    let error = Writer::open(share(&storage), SMALL).unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{message}");
    assert!(
        message.contains(&format!("{:016x}.seg", bases[2])),
        "{message}"
    );
    assert!(
        message.contains("offset 0") && message.contains("playhead fsck"),
        "{message}"
    );
}

#[test]
fn an_event_that_imitates_a_group_is_no_evidence() {
    let storage = MemoryStorage::new(3);
    let (mut writer, _) = Writer::open(share(&storage), SMALL).unwrap();
    writer.append(b"one").unwrap();
    writer.commit().unwrap();
    let clean = storage.bytes(0).unwrap();
    // A group as it could stand there, made without the secret of this log.
    let other = MemoryStorage::new(4);
    let (mut forger, _) = Writer::open(share(&other), SMALL).unwrap();
    for _ in 0..8 {
        forger.append(&[1; 40]).unwrap();
        forger.commit().unwrap();
    }
    let forged = other.bytes(0).unwrap()[4096 + 72..5000].to_vec();
    storage.fail_write(1, WriteFault::Torn(2));
    writer.append(&forged).unwrap();
    writer.commit().unwrap_err();
    let mut bytes = clean;
    bytes[4096 + 72..5000].copy_from_slice(&forged);
    storage.set_bytes(0, bytes);
    drop(writer);
    let (writer, recovery) = Writer::open(share(&storage), SMALL).unwrap();
    assert_eq!(read_all(&writer.reader()).len(), 1);
    assert!(recovery.torn_bytes > 0);
}
