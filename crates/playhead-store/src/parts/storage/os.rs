//! A folder of the file system.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{Blob, NewFile, Storage};

/// Files below a folder.
#[derive(Clone, Debug)]
pub struct OsStorage {
    folder: PathBuf,
}

impl OsStorage {
    /// Files below `folder`, which may come into being later.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

struct Written {
    out: BufWriter<File>,
    /// The folders on the way to it, from the innermost to the one that has the store.
    folders: Vec<PathBuf>,
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl NewFile for Written {
    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        // All of them: one that is there may be new since an attempt that failed.
        let mut folders = self.folders.iter();
        folders.try_for_each(|folder| File::open(folder)?.sync_all())
    }
}

impl Storage for OsStorage {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let path = self.folder.join(path);
        let outermost = self.folder.parent().unwrap_or(&self.folder);
        let folders = path.ancestors().skip(1);
        let folders = folders.take_while(|folder| folder.starts_with(outermost));
        let folders: Vec<PathBuf> = folders.map(or_here).collect();
        fs::create_dir_all(&folders[0])?;
        let out = BufWriter::with_capacity(1 << 16, File::create(&path)?);
        Ok(Box::new(Written { out, folders }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(self.folder.join(path))?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let path = self.folder.join(path);
        absent_is_fine(fs::remove_file(&path))?;
        // A day or a suite that has no files left needs no folder: those that are not empty stay.
        let empty = path.ancestors().skip(1).take_while(|it| *it != self.folder);
        for folder in empty {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    fn open(&self, path: &Path) -> io::Result<Blob> {
        File::open(self.folder.join(path)).map(Blob::File)
    }

    fn list(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else if let Ok(path) = entry.path().strip_prefix(&self.folder) {
                    files.push(path.to_owned());
                }
            }
        }
        Ok(files)
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The path, in a form that can be opened: a relative path ends in an empty one.
fn or_here(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    folder.to_owned()
}
