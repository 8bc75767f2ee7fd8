//! Checkpoints on disk: one file each, complete or not there.
//!
//! A file is a magic number with the version, the bytes of the cut, and a CRC32C over both. It is
//! written under another name and renamed when it is durable. The last two are kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use playhead_log::{Position, Reader};
use playhead_model::ids::LogPosition;

use crate::cell::OpenError;
use crate::core::{Core, Limits};

const MAGIC: &[u8; 8] = b"phckpt\x00\x03";
const KEPT: usize = 2;
/// So much is made durable at a time: a commit of the log waits for the same disk, and the less
/// there is before it the less it waits.
const DOSE_BYTES: usize = 256 << 10;
const SUFFIX: &str = "checkpoint";
/// Its name until it is complete.
const UNFINISHED: &str = "unfinished";

/// A checkpoint being written.
#[derive(Debug)]
pub(crate) struct Writer {
    folder: PathBuf,
    position: LogPosition,
    out: File,
    checksum: u32,
    /// Written and not durable yet.
    dose: usize,
    is_finished: bool,
}

impl Writer {
    pub(crate) fn create(folder: &Path, position: LogPosition) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let out = File::create(folder.join(UNFINISHED))?;
        let mut writer = Self {
            folder: folder.to_owned(),
            position,
            out,
            checksum: 0,
            dose: 0,
            is_finished: false,
        };
        writer.write(MAGIC)?;
        Ok(writer)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.checksum = crc32c::crc32c_append(self.checksum, bytes);
        self.out.write_all(bytes)?;
        self.dose += bytes.len();
        if self.dose >= DOSE_BYTES {
            self.out.sync_data()?;
            self.dose = 0;
        }
        Ok(())
    }

    /// Makes the checkpoint durable and removes those before the last two.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&self.checksum.to_le_bytes())?;
        self.out.sync_all()?;
        let name = format!("{:016x}.{SUFFIX}", self.position.0);
        let file = self.folder.join(name);
        fs::rename(self.folder.join(UNFINISHED), &file)?;
        self.is_finished = true;
        sync_folder(&file)?;
        for old in list(&self.folder)?.into_iter().skip(KEPT) {
            fs::remove_file(old)?;
        }
        Ok(())
    }
}

impl Drop for Writer {
    /// Gives back the space that an unfinished checkpoint takes: the disk may be full.
    fn drop(&mut self) {
        if !self.is_finished {
            let removed = fs::remove_file(self.folder.join(UNFINISHED));
            drop(removed); // The next one takes its place in any case.
        }
    }
}

/// The checkpoints of a folder, newest first.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|suffix| suffix == SUFFIX))
        .collect();
    files.sort_unstable();
    files.reverse();
    Ok(files)
}

/// The bytes of the cut in a checkpoint file.
pub(crate) fn read(file: &Path) -> io::Result<Vec<u8>> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the checkpoint is damaged");
    let mut bytes = fs::read(file)?;
    let (content, checksum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
    let is_sound =
        content.starts_with(MAGIC) && crc32c::crc32c(content) == u32::from_le_bytes(*checksum);
    if !is_sound {
        return Err(damaged());
    }
    bytes.truncate(bytes.len() - 4);
    bytes.drain(..MAGIC.len());
    Ok(bytes)
}

/// The state of the newest sound checkpoint whose position is in the log; that of an engine that
/// has seen nothing if there is none and the log has all of its records.
///
/// A checkpoint at or behind the end of the log knows more than the log: after a power loss when
/// answers did not wait for the sync. It is removed, since other records will take the places that
/// it remembers.
pub(crate) fn restore(folder: &Path, limits: Limits, log: &Reader) -> Result<Core, OpenError> {
    let fail = |source| OpenError::Folder {
        folder: folder.to_owned(),
        source,
    };
    let (begin, end) = (log.begin(), log.end());
    let mut ahead = Vec::new();
    let mut found = None;
    for file in list(folder).map_err(fail)? {
        let passed_over = |why: &str| {
            tracing::warn!(file = %file.display(), why, "checkpoint passed over");
        };
        let restored = read(&file)
            .map_err(|error| error.to_string())
            .and_then(|bytes| Core::restore(&bytes, limits).map_err(|error| error.to_string()));
        let core = match restored {
            Ok(core) => core,
            Err(error) => {
                passed_over(&error);
                continue;
            }
        };
        let position = Position::new(core.position().unwrap_or_default().0);
        if position >= end {
            passed_over("the log has lost records that it knows");
            ahead.push(file);
        } else if position < begin {
            passed_over("the log no longer has the records that follow it");
        } else {
            found = Some(core);
            break;
        }
    }
    if found.is_none() && begin > Position::ZERO {
        let (begin, end) = (begin.get(), end.get());
        return Err(OpenError::Gap { begin, end });
    }
    for file in &ahead {
        fs::remove_file(file).map_err(fail)?;
    }
    if let Some(file) = ahead.first() {
        sync_folder(file).map_err(fail)?;
    }
    Ok(found.unwrap_or_else(|| Core::new(limits)))
}

/// The state from which a replay reaches back furthest: that before the first record if the log has
/// all of its records, else that of the oldest sound checkpoint whose following records are kept.
/// Nothing is changed, and another process may be adding checkpoints and removing them.
pub(crate) fn oldest(folder: &Path, limits: Limits, log: &Reader) -> Result<Core, OpenError> {
    let (begin, end) = (log.begin(), log.end());
    if begin == Position::ZERO {
        return Ok(Core::new(limits));
    }
    let files = list(folder).map_err(|source| OpenError::Folder {
        folder: folder.to_owned(),
        source,
    })?;
    let cores = files.iter().rev().filter_map(|file| {
        let bytes = read(file).ok()?;
        Core::restore(&bytes, limits).ok()
    });
    let mut inside = cores.filter(|core| {
        let position = Position::new(core.position().unwrap_or_default().0);
        begin <= position && position < end
    });
    let (begin, end) = (begin.get(), end.get());
    inside.next().ok_or(OpenError::Gap { begin, end })
}

/// Makes the creation, renaming or removal of a file durable.
pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names = entries.map(|entry| name(entry).into_string().unwrap());
        names.collect()
    }

    #[test]
    fn only_what_is_complete_stays() {
        let folder = tempfile::tempdir().unwrap();
        let begin = || Writer::create(folder.path(), LogPosition(7)).unwrap();
        let mut given_up = begin();
        given_up.write(b"some").unwrap();
        drop(given_up);
        assert_eq!(names(folder.path()), [""; 0]);

        let mut complete = begin();
        complete.write(&vec![1; DOSE_BYTES]).unwrap();
        complete.write(b"the rest").unwrap();
        complete.finish().unwrap();
        assert_eq!(names(folder.path()), ["0000000000000007.checkpoint"]);
        let bytes = read(&folder.path().join("0000000000000007.checkpoint")).unwrap();
        assert_eq!(bytes, [&vec![1; DOSE_BYTES][..], b"the rest"].concat());
    }
}
