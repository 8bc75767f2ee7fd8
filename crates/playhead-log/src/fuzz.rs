//! One function that fuzzers and tests share.

use std::sync::Arc;

use crate::frame::{GROUP_HEADER, GroupHeader};
use crate::options::{Options, Preparation, SyncPolicy};
use crate::position::Position;
use crate::reader::Reader;
use crate::segment::{Header, SEGMENT_HEADER};
use crate::storage::{MemoryStorage, Storage};
use crate::writer::Writer;

const SEGMENT_BYTES: u64 = 8192;
const SALT: u64 = 0x5EED;
const OPTIONS: Options = Options {
    segment_bytes: SEGMENT_BYTES,
    frame_bytes_max: 2048,
    sync: SyncPolicy::Always,
    preparation: Preparation::AtRoll,
};

/// Opens a log made of arbitrary bytes and uses it. Nothing may panic, and a log that opened must
/// take frames, close and open again.
///
/// The first byte chooses how the rest becomes a log, so that a fuzzer also gets past checksums.
///
/// # Panics
/// If the log misbehaves.
#[doc(hidden)]
pub fn fuzz_open(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else {
        return;
    };
    let storage = match mode % 4 {
        0 => raw(rest),
        1 => with_header(rest),
        2 => with_groups(rest),
        _ => patched(rest),
    };
    use_log(&storage);
}

/// A file of just these bytes.
fn raw(rest: &[u8]) -> MemoryStorage {
    let storage = MemoryStorage::new(SALT);
    storage.set_bytes(0, rest.to_vec());
    storage
}

fn segment(base: u64) -> Vec<u8> {
    let mut bytes = vec![0; SEGMENT_BYTES as usize];
    let header = Header {
        base,
        len: SEGMENT_BYTES,
        salt: SALT,
    }
    .encode();
    bytes[..header.len()].copy_from_slice(&header);
    bytes
}

/// Valid segment headers, the bytes after them.
fn with_header(rest: &[u8]) -> MemoryStorage {
    let storage = MemoryStorage::new(SALT);
    let body = (SEGMENT_BYTES - SEGMENT_HEADER) as usize;
    for (index, chunk) in rest.chunks(body).take(3).enumerate() {
        let base = index as u64 * SEGMENT_BYTES;
        let mut bytes = segment(base);
        bytes[SEGMENT_HEADER as usize..][..chunk.len()].copy_from_slice(chunk);
        storage.set_bytes(base, bytes);
    }
    storage
}

/// Valid group headers with arbitrary fields, the bytes between them.
fn with_groups(rest: &[u8]) -> MemoryStorage {
    let storage = with_header(&[0, 0]);
    let mut bytes = segment(0);
    let mut at = SEGMENT_HEADER as usize;
    for chunk in rest.chunks(48) {
        let mut field = chunk.chunks(2).map(|pair| {
            u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or_default()) << 8
        });
        let mut next = || field.next().unwrap_or_default();
        let group = GroupHeader {
            body: next() as u32,
            frames: next() as u32,
            stamp: next(),
            synced_to: next(),
            stamp_before: next(),
            end_before: if at as u64 == SEGMENT_HEADER {
                0
            } else {
                at as u64
            },
        };
        if at + GROUP_HEADER + chunk.len() > bytes.len() {
            break;
        }
        group.encode(&mut bytes[at..], SALT, at as u64);
        at += GROUP_HEADER;
        bytes[at..at + chunk.len()].copy_from_slice(chunk);
        at += (group.body as usize % 64).next_multiple_of(8);
    }
    storage.set_bytes(0, bytes);
    storage
}

/// A valid log of three segments in which bytes are changed, three bytes of input for each.
fn patched(rest: &[u8]) -> MemoryStorage {
    let storage = MemoryStorage::new(SALT);
    let shared: Arc<dyn Storage> = Arc::new(storage.clone());
    let (mut writer, _) = Writer::open(shared, OPTIONS).expect("an empty storage opens");
    for size in [0, 10, 500, 1500, 2000, 3, 2000, 1000, 40, 41, 1800] {
        writer.append(&vec![b'x'; size]).expect("below the limit");
        writer.commit().expect("no faults are set");
    }
    let bases = storage.list().expect("no faults are set");
    for patch in rest.chunks_exact(3) {
        let at = usize::from(patch[0]) << 8 | usize::from(patch[1]);
        let base = bases[at / SEGMENT_BYTES as usize % bases.len()];
        let mut bytes = storage.bytes(base).expect("just listed");
        bytes[at % SEGMENT_BYTES as usize] ^= patch[2];
        storage.set_bytes(base, bytes);
    }
    storage.after_kill()
}

fn use_log(storage: &MemoryStorage) {
    let shared: Arc<dyn Storage> = Arc::new(storage.clone());
    let report = crate::fsck(storage, |_| {}).expect("memory does not fail");
    if let Ok(reader) = Reader::open(Arc::clone(&shared)) {
        read_all(&reader);
    }
    let Ok((mut writer, recovery)) = Writer::open(Arc::clone(&shared), OPTIONS) else {
        assert!(!report.damage.is_empty(), "what does not open has damage");
        return;
    };
    read_all(&writer.reader());
    let position = writer.append(b"more").expect("below the limit");
    let committed = writer.commit().expect("no faults are set");
    assert!(
        position >= recovery.end && committed.end > position,
        "positions grow"
    );
    drop(writer);
    let (writer, again) = Writer::open(shared, OPTIONS).expect("a log that was repaired opens");
    assert_eq!((again.end, again.torn_bytes), (committed.end, 0));
    let mut payload = Vec::new();
    writer
        .reader()
        .read_at(position, &mut payload)
        .expect("it was committed");
    assert_eq!(payload, b"more");
}

fn read_all(reader: &Reader) {
    let mut positions = Vec::new();
    let mut iter = reader
        .iter_from(reader.begin())
        .expect("the beginning can be read");
    while let Some(Ok(frame)) = iter.next() {
        positions.push(frame.position);
    }
    let mut payload = Vec::new();
    for position in positions {
        reader
            .read_at(position, &mut payload)
            .expect("what was iterated can be read");
    }
    for raw in (0..reader.end().get().saturating_add(2))
        .step_by(97)
        .take(1_000)
    {
        drop(reader.read_at(Position::new(raw), &mut payload));
        if let Ok(mut iter) = reader.iter_from(Position::new(raw)) {
            for _ in 0..3 {
                drop(iter.next());
            }
        }
    }
}
