//! Random operations, with reopening, against a list of payloads.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::sync::Arc;

use common::{Frames, read_all, read_from};
use playhead_log::storage::{MemoryStorage, OsStorage, Storage};
use playhead_log::{Options, Position, Preparation, Reader, SyncPolicy, Writer, fsck};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Operation {
    Append { size: usize, byte: u8 },
    Commit,
    Sync,
    Stamp(u64),
    Reopen { cleanly: bool },
    RetireBefore(prop::sample::Index),
    ReadFrom(prop::sample::Index),
}

fn operation() -> impl Strategy<Value = Operation> {
    let size = prop_oneof![8 => 0..300_usize, 2 => 300..3000_usize, 1 => 3000..20_000_usize];
    prop_oneof![
        10 => (size, any::<u8>()).prop_map(|(size, byte)| Operation::Append { size, byte }),
        5 => Just(Operation::Commit),
        1 => Just(Operation::Sync),
        1 => (0..1_000_u64).prop_map(Operation::Stamp),
        1 => any::<bool>().prop_map(|cleanly| Operation::Reopen { cleanly }),
        1 => any::<prop::sample::Index>().prop_map(Operation::RetireBefore),
        2 => any::<prop::sample::Index>().prop_map(Operation::ReadFrom),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let sync = prop_oneof![Just(SyncPolicy::Always), Just(SyncPolicy::Never)];
    let preparation = prop_oneof![Just(Preparation::Ahead), Just(Preparation::AtRoll)];
    (sync, preparation, 8192..40_000_u64).prop_map(|(sync, preparation, segment_bytes)| Options {
        segment_bytes,
        sync,
        preparation,
        frame_bytes_max: 30_000,
    })
}

/// The real log and what should be in it.
struct Pair {
    storage: Arc<dyn Storage>,
    options: Options,
    writer: Option<Writer>,
    committed: Frames,
    buffered: Frames,
}

impl Pair {
    fn new(storage: Arc<dyn Storage>, options: Options) -> Self {
        let writer = Some(Writer::open(Arc::clone(&storage), options).unwrap().0);
        Self {
            storage,
            options,
            writer,
            committed: Vec::new(),
            buffered: Vec::new(),
        }
    }

    fn apply(&mut self, operation: &Operation) {
        let writer = self.writer.as_mut().unwrap();
        match operation {
            Operation::Append { size, byte } => {
                let payload = vec![*byte; *size];
                let position = writer.append(&payload).unwrap();
                let last = self.buffered.last().or(self.committed.last());
                assert!(
                    last.is_none_or(|(last, _)| *last < position),
                    "positions grow"
                );
                self.buffered.push((position, payload));
            }
            Operation::Commit => {
                let committed = writer.commit().unwrap();
                assert_eq!(committed.frames as usize, self.buffered.len());
                self.committed.append(&mut self.buffered);
            }
            Operation::Sync => {
                let committed = writer.sync().unwrap();
                assert_eq!(committed.synced_to, committed.end);
                self.committed.append(&mut self.buffered);
            }
            Operation::Stamp(stamp) => writer.set_stamp(*stamp),
            Operation::Reopen { cleanly } => self.reopen(*cleanly),
            Operation::RetireBefore(index) => self.retire(index),
            Operation::ReadFrom(index) => {
                let reader = self.writer.as_ref().unwrap().reader();
                if !self.committed.is_empty() {
                    let at = index.index(self.committed.len());
                    assert_eq!(
                        read_from(&reader, self.committed[at].0),
                        self.committed[at..]
                    );
                }
            }
        }
    }

    fn reopen(&mut self, cleanly: bool) {
        let writer = self.writer.take().unwrap();
        let segments = writer.retention().segments();
        if cleanly {
            writer.close().unwrap();
            self.committed.append(&mut self.buffered);
        } else {
            drop(writer);
            self.buffered.clear();
        }
        let beside = Reader::open(Arc::clone(&self.storage)).unwrap();
        assert_eq!(read_all(&beside), self.committed);
        let (writer, recovery) = Writer::open(Arc::clone(&self.storage), self.options).unwrap();
        assert_eq!((recovery.torn_bytes, recovery.end), (0, beside.end()));
        assert_eq!(read_all(&writer.reader()), self.committed);
        if !cleanly {
            assert_eq!(writer.retention().segments(), segments);
        }
        self.writer = Some(writer);
    }

    fn retire(&mut self, index: &prop::sample::Index) {
        let retention = self.writer.as_ref().unwrap().retention();
        let segments = retention.segments();
        let needed = segments[index.index(segments.len())].end;
        let retired = retention.retire_before(needed).unwrap();
        let begin = segments[..retired.segments].last().map(|last| last.end);
        self.committed
            .retain(|(position, _)| *position >= begin.unwrap_or(Position::ZERO));
    }
}

fn check(storage: Arc<dyn Storage>, options: Options, operations: &[Operation]) {
    let mut pair = Pair::new(storage, options);
    for operation in operations {
        pair.apply(operation);
    }
    pair.reopen(true);
    assert_eq!(fsck(&*pair.storage, |_| {}).unwrap().damage, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn in_memory(options in options(), operations in prop::collection::vec(operation(), 0..120)) {
        check(Arc::new(MemoryStorage::new(1)), options, &operations);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn on_disk(options in options(), operations in prop::collection::vec(operation(), 0..60)) {
        let folder = tempfile::tempdir().unwrap();
        let storage = Arc::new(OsStorage::create(folder.path()).unwrap());
        check(storage, options, &operations);
    }
}
