//! What a log does when nothing goes wrong: appending, reading, rolling, retiring, locking.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use common::{SMALL, open, payload, read_all, read_from, share};
use playhead_log::storage::{MemoryStorage, OsStorage, Storage};
use playhead_log::{
    AppendError, OpenError, Options, Position, Preparation, ReadError, Reader, SyncPolicy, Writer,
    fsck,
};

#[test]
fn an_empty_log_can_be_read_and_waits_for_more() {
    let storage = MemoryStorage::new(1);
    let (mut writer, recovery) = open(&storage).unwrap();
    assert_eq!(
        (recovery.begin, recovery.end),
        (Position::ZERO, Position::ZERO)
    );
    let reader = writer.reader();
    let mut iter = reader.iter_from(Position::ZERO).unwrap();
    assert!(iter.next().is_none());
    assert_eq!(iter.position(), Position::ZERO);
    let position = writer.append(b"first").unwrap();
    assert!(iter.next().is_none(), "not committed");
    assert!(matches!(
        reader.read_at(position, &mut Vec::new()),
        Err(ReadError::NotYet { .. })
    ));
    writer.commit().unwrap();
    assert_eq!(iter.next().unwrap().unwrap().payload, b"first");
    assert!(iter.next().is_none());
    writer.append(b"").unwrap();
    writer.append(b"third").unwrap();
    writer.commit().unwrap();
    assert_eq!(iter.next().unwrap().unwrap().payload, b"");
    assert_eq!(iter.next().unwrap().unwrap().payload, b"third");
    assert!(iter.next().is_none());
    assert_eq!(iter.position(), reader.end());
}

#[test]
fn reading_begins_at_any_frame_and_after_any_frame() {
    let storage = MemoryStorage::new(2);
    let (mut writer, _) = open(&storage).unwrap();
    for n in 0..60 {
        writer.append(&payload(n)).unwrap();
        if n % 7 == 0 {
            writer.commit().unwrap();
        }
    }
    let end = writer.commit().unwrap().end;
    let reader = writer.reader();
    let frames = read_all(&reader);
    assert_eq!(frames.len(), 60);
    assert!(reader.segments().len() > 2, "it rolled");
    let mut iter = reader.iter_from(Position::ZERO).unwrap();
    let mut buffer = Vec::new();
    for (index, (position, content)) in frames.iter().enumerate() {
        assert_eq!(*content, payload(index));
        reader.read_at(*position, &mut buffer).unwrap();
        assert_eq!(buffer, *content);
        assert_eq!(read_from(&reader, *position), frames[index..]);
        iter.next().unwrap().unwrap();
        assert_eq!(read_from(&reader, iter.position()), frames[index + 1..]);
    }
    assert_eq!(read_from(&reader, end), []);
    let beyond = Position::new(end.get() + 1);
    assert!(matches!(
        reader.iter_from(beyond),
        Err(ReadError::NotYet { .. })
    ));
}

#[test]
fn a_frame_above_the_limit_is_refused_and_leaves_no_trace() {
    let (mut writer, _) = open(&MemoryStorage::new(3)).unwrap();
    writer.append(b"before").unwrap();
    let refused = writer.append(&[0; 6001]);
    assert_eq!(
        refused,
        Err(AppendError::FrameTooLarge {
            bytes: 6001,
            max: 6000
        })
    );
    writer.append(&[9; 6000]).unwrap();
    writer.commit().unwrap();
    let frames = read_all(&writer.reader());
    assert_eq!(
        frames
            .iter()
            .map(|(_, payload)| payload.len())
            .collect::<Vec<_>>(),
        [6, 6000]
    );
}

#[test]
fn one_commit_may_fill_several_segments_and_one_frame_may_need_a_longer_one() {
    for preparation in [Preparation::AtRoll, Preparation::Ahead] {
        let storage = MemoryStorage::new(4);
        let options = Options {
            frame_bytes_max: 100_000,
            preparation,
            ..SMALL
        };
        let (mut writer, _) = Writer::open(share(&storage), options).unwrap();
        let mut sizes = vec![50_000, 10, 3000, 3000, 3000, 3000, 90_000, 0, 1];
        for size in &sizes {
            writer.append(&vec![1; *size]).unwrap();
        }
        assert!(writer.buffered() > sizes.iter().sum());
        let committed = writer.commit().unwrap();
        assert_eq!(committed.frames as usize, sizes.len());
        assert_eq!(writer.buffered(), 0);
        writer.append(&[2; 4000]).unwrap();
        writer.commit().unwrap();
        writer.append(&[2; 70_000]).unwrap();
        writer.commit().unwrap();
        sizes.extend([4000, 70_000]);
        let found = read_all(&writer.reader());
        assert_eq!(
            found
                .iter()
                .map(|(_, payload)| payload.len())
                .collect::<Vec<_>>(),
            sizes
        );
        drop(writer);
        assert_eq!(fsck(&storage, |_| {}).unwrap().damage, []);
        let (writer, recovery) = Writer::open(share(&storage), options).unwrap();
        assert_eq!(recovery.torn_bytes, 0);
        assert_eq!(read_all(&writer.reader()), found);
    }
}

#[test]
fn segments_double_up_to_the_limit() {
    let storage = MemoryStorage::new(5);
    let options = Options {
        segment_bytes: 4 << 20,
        ..Options::default()
    };
    let (mut writer, _) = Writer::open(share(&storage), options).unwrap();
    for _ in 0..20 {
        writer.append(&vec![1; 600_000]).unwrap();
        writer.commit().unwrap();
    }
    let sizes: Vec<u64> = writer
        .retention()
        .segments()
        .iter()
        .map(|info| info.bytes)
        .collect();
    assert_eq!(sizes, [1 << 20, 2 << 20, 4 << 20, 4 << 20, 4 << 20]);
    drop(writer);
    let (writer, _) = Writer::open(share(&storage), options).unwrap();
    assert_eq!(read_all(&writer.reader()).len(), 20);
}

#[test]
fn stamps_are_known_again_after_a_restart_and_never_fall() {
    let storage = MemoryStorage::new(6);
    let (mut writer, _) = open(&storage).unwrap();
    for n in 0..40 {
        writer.set_stamp(100 + n);
        writer.append(&[0; 500]).unwrap();
        writer.commit().unwrap();
    }
    writer.set_stamp(3);
    let before = writer.retention().segments();
    assert_eq!(before[0].first_stamp, 100);
    assert_eq!(before.last().unwrap().last_stamp, 139);
    for pair in before.windows(2) {
        assert_eq!(pair[0].last_stamp + 1, pair[1].first_stamp);
        assert!(pair[0].end < pair[1].begin);
    }
    drop(writer);
    let (mut writer, recovery) = open(&storage).unwrap();
    assert_eq!(recovery.last_stamp, 139);
    assert_eq!(writer.retention().segments(), before);
    writer.append(b"later").unwrap();
    writer.commit().unwrap();
    assert_eq!(
        writer.retention().segments().last().unwrap().last_stamp,
        139
    );
}

#[test]
fn retired_segments_are_gone_and_reading_goes_on_from_where_they_ended() {
    let storage = MemoryStorage::new(7);
    let (mut writer, _) = open(&storage).unwrap();
    for n in 0..60 {
        writer.append(&payload(n)).unwrap();
        writer.commit().unwrap();
    }
    let (reader, retention) = (writer.reader(), writer.retention());
    let frames = read_all(&reader);
    let segments = retention.segments();
    let mut inside = reader.iter_from(Position::ZERO).unwrap();
    inside.next().unwrap().unwrap();

    let needed = segments[1].end;
    let one_less = Position::new(needed.get() - 1);
    assert_eq!(retention.retire_before(one_less).unwrap().segments, 1);
    assert_eq!(retention.retire_before(needed).unwrap().segments, 1);
    assert_eq!(reader.begin(), needed);
    assert_eq!(storage.list().unwrap().len(), segments.len() - 2);

    let kept: Vec<_> = frames
        .iter()
        .filter(|(position, _)| *position > needed)
        .cloned()
        .collect();
    assert_eq!(read_from(&reader, needed), kept);
    let retired = reader.read_at(frames[0].0, &mut Vec::new());
    assert!(matches!(retired, Err(ReadError::Retired { begin, .. }) if begin == needed));
    assert!(matches!(
        reader.iter_from(one_less),
        Err(ReadError::Retired { .. })
    ));
    let mut in_first = 1;
    let error = loop {
        match inside.next().unwrap() {
            Ok(_) => in_first += 1,
            Err(error) => break error,
        }
    };
    let expected = frames
        .iter()
        .filter(|(position, _)| *position < segments[0].end)
        .count();
    assert_eq!(
        in_first, expected,
        "an iterator goes on to the end of its segment"
    );
    assert!(matches!(error, ReadError::Retired { .. }));
    assert!(inside.next().is_none());

    drop(writer);
    let (writer, recovery) = open(&storage).unwrap();
    assert_eq!(recovery.begin, needed);
    assert_eq!(read_from(&writer.reader(), needed), kept);
    let everything = Position::new(u64::MAX);
    writer.retention().retire_before(everything).unwrap();
    assert_eq!(
        writer.retention().segments().len(),
        1,
        "never the active one"
    );
    drop(writer);
    let (mut writer, _) = open(&storage).unwrap();
    assert!(writer.append(b"on").unwrap() > frames[59].0);
    writer.commit().unwrap();
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let memory: Arc<dyn Storage> = share(&MemoryStorage::new(8));
    let disk: Arc<dyn Storage> = Arc::new(OsStorage::create(folder.path().join("log")).unwrap());
    for storage in [memory, disk] {
        let open = || Writer::open(Arc::clone(&storage), SMALL);
        let (mut writer, _) = open().unwrap();
        assert!(matches!(open(), Err(OpenError::Locked)));
        writer.append(b"one").unwrap();
        writer.commit().unwrap();
        let reader = Reader::open(Arc::clone(&storage)).unwrap();
        assert_eq!(read_all(&reader), read_all(&writer.reader()));
        writer.append(b"two").unwrap();
        writer.commit().unwrap();
        assert_eq!(
            read_all(&reader).len(),
            1,
            "a reader of its own ends where it was opened"
        );
        drop(writer);
        let (writer, _) = open().unwrap();
        assert_eq!(read_all(&writer.reader()).len(), 2);
    }
}

#[test]
fn there_is_nothing_to_read_in_an_empty_folder() {
    let opened = Reader::open(share(&MemoryStorage::new(9)));
    assert!(matches!(opened, Err(OpenError::Io { .. })));
}

#[test]
fn half_created_files_are_cleared_away_and_others_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(OsStorage::create(folder.path()).unwrap());
    let unfinished = folder.path().join("0000000000002000.seg.new");
    std::fs::write(&unfinished, b"half").unwrap();
    std::fs::write(folder.path().join("notes.txt"), b"mine").unwrap();
    let (mut writer, _) = Writer::open(storage, SMALL).unwrap();
    assert!(!unfinished.exists());
    assert!(folder.path().join("notes.txt").exists());
    assert!(writer.free_bytes().unwrap() > 0);
    writer.append(b"one").unwrap();
    writer.commit().unwrap();
}

#[test]
fn the_reported_free_space_is_the_storages() {
    let storage = MemoryStorage::new(10);
    let (writer, _) = open(&storage).unwrap();
    storage.set_free_bytes(12_345);
    assert_eq!(writer.free_bytes().unwrap(), 12_345);
}

#[test]
fn a_commit_costs_one_write_and_one_sync() {
    for (policy, syncs) in [(SyncPolicy::Always, 10), (SyncPolicy::Never, 0)] {
        let storage = MemoryStorage::new(11);
        let options = Options {
            sync: policy,
            ..Options::default()
        };
        let (mut writer, _) = Writer::open(share(&storage), options).unwrap();
        writer
            .append(b"the first commit of a segment always syncs")
            .unwrap();
        writer.commit().unwrap();
        let before = (storage.writes(), storage.syncs());
        for n in 0..10 {
            for _ in 0..n + 1 {
                writer.append(&payload(n)).unwrap();
            }
            writer.commit().unwrap();
            writer.commit().unwrap();
        }
        let after = (storage.writes(), storage.syncs());
        assert_eq!((after.0 - before.0, after.1 - before.1), (10, syncs));
        let committed = writer.sync().unwrap();
        assert_eq!(committed.synced_to, committed.end);
    }
}

#[test]
fn readers_follow_the_writer_through_rolls_and_retirement() {
    const FRAMES: u64 = 20_000;
    let storage = MemoryStorage::new(12);
    let options = Options {
        segment_bytes: 64 << 10,
        preparation: Preparation::Ahead,
        ..SMALL
    };
    let (mut writer, _) = Writer::open(share(&storage), options).unwrap();
    let follow = |reader: Reader| {
        move || {
            let mut iter = reader.iter_from(Position::ZERO).unwrap();
            let (mut expected, mut copy) = (0, Vec::new());
            while expected < FRAMES {
                let Some(frame) = iter.next() else {
                    thread::yield_now();
                    continue;
                };
                let frame = frame.unwrap();
                assert_eq!(frame.payload[..8], expected.to_le_bytes());
                if expected % 64 == 0 {
                    reader.read_at(frame.position, &mut copy).unwrap();
                    assert_eq!(copy, frame.payload);
                }
                expected += 1;
            }
            iter.position()
        }
    };
    let followers: Vec<_> = (0..2)
        .map(|_| thread::spawn(follow(writer.reader())))
        .collect();
    let beside = share(&storage);
    let opener = thread::spawn(move || {
        for _ in 0..50 {
            let reader = Reader::open(Arc::clone(&beside)).unwrap();
            let frames = read_all(&reader);
            for (n, (_, payload)) in frames.iter().enumerate() {
                assert_eq!(payload[..8], (n as u64).to_le_bytes());
            }
        }
        fsck(&*beside, |_| {})
            .unwrap()
            .damage
            .iter()
            .filter(|damage| !damage.is_torn)
            .count()
    });
    for n in 0..FRAMES {
        let mut payload = payload(n as usize % 50);
        payload.splice(..0, n.to_le_bytes());
        writer.append(&payload).unwrap();
        if n % 9 == 0 {
            writer.commit().unwrap();
        }
    }
    let end = writer.commit().unwrap().end;
    for follower in followers {
        assert_eq!(follower.join().unwrap(), end);
    }
    assert_eq!(opener.join().unwrap(), 0);
    writer.retention().retire_before(end).unwrap();
    assert_eq!(writer.retention().segments().len(), 1);
}

#[test]
fn a_clean_close_leaves_a_mark_and_nothing_to_cut() {
    let storage = MemoryStorage::new(13);
    for n in 0..20 {
        let (mut writer, recovery) = open(&storage).unwrap();
        assert_eq!(recovery.torn_bytes, 0);
        assert_eq!(read_all(&writer.reader()).len(), n);
        writer.append(&payload(n)).unwrap();
        let end = writer.close().unwrap().end;
        assert_eq!(Reader::open(share(&storage)).unwrap().end(), end);
    }
    assert_eq!(fsck(&storage, |_| {}).unwrap().damage, []);
}

#[test]
fn an_encoder_that_panics_leaves_no_trace() {
    let storage = MemoryStorage::new(14);
    let (mut writer, _) = open(&storage).unwrap();
    writer.append(b"one").unwrap();
    for _ in 0..2 {
        let encode = AssertUnwindSafe(|| {
            writer.append_with(|buffer| {
                buffer.extend_from_slice(b"half");
                panic!("on purpose");
            })
        });
        catch_unwind(encode).unwrap_err();
        writer.commit().unwrap();
    }
    writer.append(b"two").unwrap();
    writer.commit().unwrap();
    let payloads: Vec<_> = read_all(&writer.reader())
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(payloads, [b"one", b"two"]);
}

#[test]
fn a_prepared_segment_that_is_in_the_way_is_removed() {
    let ahead = Options {
        preparation: Preparation::Ahead,
        frame_bytes_max: 20_000,
        ..SMALL
    };
    let other = MemoryStorage::new(15);
    let (mut writer, _) = Writer::open(share(&other), ahead).unwrap();
    writer.append(&[1; 3000]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let prepared = other.bytes(8192).unwrap();

    let storage = MemoryStorage::new(15);
    drop(open(&storage).unwrap());
    storage.set_bytes(8192, prepared);
    let (mut writer, _) = Writer::open(share(&storage), ahead).unwrap();
    writer.append(&[2; 20_000]).unwrap();
    writer.commit().unwrap();
    assert_eq!(storage.list().unwrap()[..1], [0]);
    writer.append(&[3; 20_000]).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let (writer, _) = Writer::open(share(&storage), ahead).unwrap();
    assert_eq!(read_all(&writer.reader()).len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn the_room_of_a_retired_segment_that_was_read_is_free_again() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(OsStorage::create(folder.path()).unwrap());
    let (mut writer, _) = Writer::open(storage, SMALL).unwrap();
    for n in 0..60 {
        writer.append(&payload(n)).unwrap();
        writer.commit().unwrap();
    }
    let (reader, retention) = (writer.reader(), writer.retention());
    let held = || {
        let links = std::fs::read_dir("/proc/self/fd").unwrap();
        let files = links.filter_map(|link| std::fs::read_link(link.unwrap().path()).ok());
        let files = files.filter(|file| file.starts_with(folder.path()));
        files.collect::<Vec<_>>()
    };
    let mut read = Vec::new();
    let segments = retention.segments();
    let frames = read_all(&reader).into_iter();
    for (position, _) in frames.filter(|(position, _)| *position < segments[1].end) {
        reader.read_at(position, &mut read).unwrap();
    }
    assert!(held().len() >= 2, "the active segment and another");
    retention.retire_before(segments[1].end).unwrap();
    for file in held() {
        let is_deleted = file.to_string_lossy().ends_with("(deleted)");
        assert!(!is_deleted, "{}", file.display());
    }
}
