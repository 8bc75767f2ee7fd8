//! Reads every byte of a log and names all damage.

use std::io;
use std::path::PathBuf;

use crate::error::{Damage, OpenError, Reason};
use crate::recover::io_error;
use crate::scan::Scan;
use crate::segment::Header;
use crate::storage::Storage;

/// Where a check stands, told after each segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The segment just read.
    pub file: PathBuf,
    /// How many are read.
    pub segments: usize,
    /// How many there are.
    pub segments_total: usize,
    /// Bytes of files read.
    pub bytes: u64,
}

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FsckReport {
    /// Segment files, prepared ones included.
    pub segments: usize,
    /// Valid commit groups.
    pub groups: u64,
    /// Frames in them.
    pub frames: u64,
    /// Payload bytes in them.
    pub payload_bytes: u64,
    /// Length of all files.
    pub file_bytes: u64,
    /// Everything that is wrong, oldest first.
    pub damage: Vec<Damage>,
}

/// A segment as far as it could be read.
struct Checked {
    base: u64,
    header: Result<(Header, Scan), Reason>,
}

/// Checks a whole log, also beside a running writer, and changes nothing.
///
/// # Errors
/// [`OpenError::Io`] if a file cannot be read. Damage is not an error but part of the report.
pub fn fsck(
    storage: &dyn Storage,
    mut progress: impl FnMut(Progress),
) -> Result<FsckReport, OpenError> {
    let mut bases = storage
        .list()
        .map_err(io_error(storage, "list the folder of", 0))?;
    bases.sort_unstable();
    let mut report = FsckReport::default();
    let mut checked = Vec::new();
    for (index, &base) in bases.iter().enumerate() {
        if let Some(segment) = check(storage, base, &mut report)? {
            checked.push(segment);
        }
        let file = storage.path(base);
        let (segments, segments_total) = (index + 1, bases.len());
        progress(Progress {
            file,
            segments,
            segments_total,
            bytes: report.file_bytes,
        });
    }
    report.segments = checked.len();
    report.damage = judge(storage, &checked);
    Ok(report)
}

fn check(
    storage: &dyn Storage,
    base: u64,
    report: &mut FsckReport,
) -> Result<Option<Checked>, OpenError> {
    let file = match storage.open_read(base) {
        // Retention took it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(io_error(storage, "open", base))?,
    };
    let read = || io_error(storage, "read", base);
    report.file_bytes += file.size().map_err(read())?;
    let header = match Header::read(&*file, base).map_err(read())? {
        Ok(header) => header,
        Err(reason) => {
            return Ok(Some(Checked {
                base,
                header: Err(reason),
            }));
        }
    };
    let scan = Scan::settled(&*file, &header).map_err(read())?;
    report.groups += scan.groups;
    report.frames += scan.frames;
    report.payload_bytes += scan.payload_bytes;
    Ok(Some(Checked {
        base,
        header: Ok((header, scan)),
    }))
}

/// Goes from the youngest to the oldest segment, since what was durable is known from later groups.
fn judge(storage: &dyn Storage, checked: &[Checked]) -> Vec<Damage> {
    let mut damage = Vec::new();
    // A segment is synced before the next one gets a group, which also says where it ended.
    let mut is_followed = false;
    let mut expected_end = 0;
    let mut after: Option<Header> = None;
    for segment in checked.iter().rev() {
        let at = |base: u64, offset: u64, reason: Reason, is_torn: bool| {
            let file = storage.path(base);
            Damage {
                file,
                offset,
                reason,
                is_torn,
            }
        };
        let (header, scan) = match &segment.header {
            Ok(known) => known,
            Err(reason) => {
                damage.push(at(segment.base, 0, *reason, false));
                (expected_end, after) = (0, None);
                continue;
            }
        };
        if after.is_some_and(|next| !header.precedes(&next)) {
            damage.extend(after.map(|next| at(next.base, 0, Reason::Gap, false)));
        }
        for &(offset, reason) in scan.damage.iter().rev() {
            let is_torn = !is_followed && scan.synced_to <= header.base + offset;
            damage.push(at(header.base, offset, reason, is_torn));
        }
        if scan.damage.is_empty() && header.base + scan.run_end < expected_end {
            damage.push(at(header.base, scan.run_end, Reason::Missing, false));
        }
        is_followed |= scan.groups > 0;
        expected_end = scan.run.map_or(0, |(first, _)| first.end_before);
        after = Some(*header);
    }
    damage.reverse();
    damage
}
