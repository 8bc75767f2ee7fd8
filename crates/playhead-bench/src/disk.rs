//! What the disk does by itself: small writes into a prepared file, each with its `fdatasync`.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use playhead_simulator::Histogram;

use crate::clock;

const BLOCK: [u8; 4096] = [1; 4096];
const FILE_BYTES: usize = 16 << 20;

/// Writes and syncs for so long; answers the durations.
pub(crate) fn measure(folder: &Path, time: Duration) -> anyhow::Result<Histogram> {
    let path = folder.join("fdatasync");
    let file = File::create(&path)?;
    for block in 0..FILE_BYTES / BLOCK.len() {
        file.write_all_at(&[0; BLOCK.len()], (block * BLOCK.len()) as u64)?;
    }
    file.sync_all()?;
    let mut histogram = Histogram::default();
    let begin = clock::now();
    let mut offset = 0;
    while begin.elapsed() < time {
        let at = clock::now();
        file.write_all_at(&BLOCK, offset)?;
        file.sync_data()?;
        histogram.add(at.elapsed());
        offset = (offset + BLOCK.len() as u64) % FILE_BYTES as u64;
    }
    drop(file);
    std::fs::remove_file(path)?;
    Ok(histogram)
}
