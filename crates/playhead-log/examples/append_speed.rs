//! Prints what appending, committing and reading cost on this machine.
//!
//! `cargo run --release -p playhead-log --example append_speed [FOLDER]`; without a folder a
//! temporary one is used. Trust the ratios more than the figures.

#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use playhead_log::storage::OsStorage;
use playhead_log::{Options, SyncPolicy, Writer};

const FRAMES: u64 = 4_000_000;
const PAYLOAD: [u8; 200] = [7; 200];

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let root = std::env::args()
        .nth(1)
        .map_or(temporary.path().to_owned(), Into::into);
    for (sync, batch) in [
        (SyncPolicy::Never, 5_000),
        (SyncPolicy::Always, 20_000),
        (SyncPolicy::Always, 5_000),
        (SyncPolicy::Always, 34),
    ] {
        let folder = root.join(format!("{sync:?}-{batch}"));
        measure(Arc::new(OsStorage::create(folder)?), sync, batch)?;
    }
    Ok(())
}

fn measure(storage: Arc<OsStorage>, sync: SyncPolicy, batch: u64) -> Result<(), Box<dyn Error>> {
    let (mut writer, _) = Writer::open(
        storage,
        Options {
            sync,
            ..Options::default()
        },
    )?;
    let frames = FRAMES.min(batch * 2_000);
    let mut appending = std::time::Duration::ZERO;
    let mut slowest = std::time::Duration::ZERO;
    let begin = Instant::now();
    for _ in 0..frames / batch {
        let at = Instant::now();
        for _ in 0..batch {
            writer.append(&PAYLOAD)?;
        }
        appending += at.elapsed();
        let at = Instant::now();
        writer.commit()?;
        slowest = slowest.max(at.elapsed());
    }
    let total = begin.elapsed();
    let commits = frames / batch;
    println!(
        "{sync:?}, {batch} frames a commit: {:.1} ns an append, {:.1} us a commit (slowest {:.1} \
         ms), {:.2} M frames/s",
        appending.as_nanos() as f64 / frames as f64,
        (total - appending).as_micros() as f64 / commits as f64,
        slowest.as_secs_f64() * 1e3,
        frames as f64 / total.as_secs_f64() / 1e6,
    );
    let begin = Instant::now();
    let mut iter = writer.reader().iter_from(writer.reader().begin())?;
    let mut read = 0_u64;
    while let Some(frame) = iter.next() {
        read += u64::from(frame?.payload[0] == 7);
    }
    assert_eq!(read, frames, "everything committed is read");
    println!(
        "  iterate: {:.2} M frames/s",
        read as f64 / begin.elapsed().as_secs_f64() / 1e6
    );
    Ok(())
}
