//! A disk in memory that fails when told to and forgets what was not synced, for tests.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{Blob, NewFile, Storage};

/// Files in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage(Arc<Mutex<Disk>>);

#[derive(Clone, Debug, Default)]
struct Disk {
    /// What a process sees.
    files: BTreeMap<PathBuf, Bytes>,
    /// What a power loss leaves for certain.
    synced: BTreeMap<PathBuf, Bytes>,
    /// Changes from now on that will work; `None` if all do.
    left: Option<u64>,
    changes: u64,
}

impl Disk {
    fn change(&mut self) -> io::Result<()> {
        self.changes += 1;
        match &mut self.left {
            Some(0) => Err(io::Error::other("injected")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl MemoryStorage {
    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets all changes fail after `left` more.
    pub fn fail_after(&self, left: Option<u64>) {
        self.lock().left = left;
    }

    /// How many changes there were.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// The disk as the next process finds it if this one is killed now.
    pub fn after_kill(&self) -> Self {
        let mut disk = self.lock().clone();
        disk.left = None;
        Self(Arc::new(Mutex::new(disk)))
    }

    /// The disk after a power loss: of what was not synced, the seed decides what is left.
    pub fn after_power_loss(&self, mut seed: u64) -> Self {
        let disk = self.lock();
        let mut left = disk.synced.clone();
        for path in disk.files.keys().chain(disk.synced.keys()) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if seed >> 63 == 1 {
                match disk.files.get(path) {
                    Some(bytes) => left.insert(path.clone(), bytes.clone()),
                    None => left.remove(path),
                };
            }
        }
        let disk = Disk {
            files: left.clone(),
            synced: left,
            ..Disk::default()
        };
        Self(Arc::new(Mutex::new(disk)))
    }
}

struct Written {
    storage: MemoryStorage,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for Written {
    fn finish(self: Box<Self>) -> io::Result<()> {
        let Self {
            storage,
            path,
            bytes,
        } = *self;
        let mut disk = storage.lock();
        if let Err(error) = disk.change() {
            // Half of it may be there.
            let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
            disk.files.insert(path, half);
            return Err(error);
        }
        let bytes = Bytes::from(bytes);
        disk.files.insert(path.clone(), bytes.clone());
        disk.change()?;
        disk.synced.insert(path, bytes);
        Ok(())
    }
}

impl Storage for MemoryStorage {
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let mut disk = self.lock();
        disk.change()?;
        disk.files.insert(path.to_owned(), Bytes::new());
        Ok(Box::new(Written {
            storage: self.clone(),
            path: path.to_owned(),
            bytes: Vec::new(),
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.change()?;
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let bytes = disk.files.remove(from).ok_or_else(missing)?;
        disk.files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.change()?;
        let Disk { files, synced, .. } = &mut *disk;
        let is_inside = |file: &PathBuf| file.parent() == Some(path);
        synced.retain(|file, _| !is_inside(file));
        let inside = files.iter().filter(|(file, _)| is_inside(file));
        synced.extend(inside.map(|(file, bytes)| (file.clone(), bytes.clone())));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.change()?;
        disk.files.remove(path);
        Ok(())
    }

    fn open(&self, path: &Path) -> io::Result<Blob> {
        let disk = self.lock();
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        disk.files
            .get(path)
            .cloned()
            .map(Blob::Bytes)
            .ok_or_else(missing)
    }

    fn list(&self) -> io::Result<Vec<PathBuf>> {
        Ok(self.lock().files.keys().cloned().collect())
    }
}
