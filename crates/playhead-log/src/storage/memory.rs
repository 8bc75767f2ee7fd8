//! Memory that behaves like a disk, and like a bad one when told to.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sectors::{Content, Random};
use super::{Lock, SegmentFile, Storage};
use crate::segment::file_name;

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// Nothing is written.
    Error,
    /// The first half is written.
    Short,
    /// Some of its sectors are written, chosen by the seed.
    Torn(u64),
    /// Nothing is written, since the disk is full.
    NoSpace,
}

/// How a sync fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncFault {
    /// What was written stays in memory and may be synced later.
    Error,
    /// What was written stays readable, but later syncs do not write it either, as Linux does it.
    Forgotten,
}

/// Keeps segments in memory. Clones share them.
///
/// Faults are counted from the call that sets them: 1 means the next operation of that kind.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    disk: Arc<Mutex<Disk>>,
    is_locked: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Disk {
    files: BTreeMap<u64, Arc<Mutex<Content>>>,
    /// What each unsynced creation or removal replaced, oldest first.
    unsynced_entries: Vec<(u64, Option<Arc<Mutex<Content>>>)>,
    writes: u64,
    syncs: u64,
    creates: u64,
    write_faults: BTreeMap<u64, WriteFault>,
    sync_faults: BTreeMap<u64, SyncFault>,
    create_faults: BTreeMap<u64, io::ErrorKind>,
    free_bytes: Option<u64>,
    salt: u64,
}

#[derive(Debug)]
struct MemoryFile {
    disk: Arc<Mutex<Disk>>,
    content: Arc<Mutex<Content>>,
    is_writable: bool,
}

impl MemoryStorage {
    /// Makes an empty disk; logs created on it have this secret.
    pub fn new(salt: u64) -> Self {
        let storage = Self::default();
        storage.disk().salt = salt;
        storage
    }

    /// Lets the n-th write to a segment fail.
    pub fn fail_write(&self, n: u64, fault: WriteFault) {
        let mut disk = self.disk();
        let at = disk.writes + n;
        disk.write_faults.insert(at, fault);
    }

    /// Lets the n-th sync of a segment or of the folder fail.
    pub fn fail_sync(&self, n: u64, fault: SyncFault) {
        let mut disk = self.disk();
        let at = disk.syncs + n;
        disk.sync_faults.insert(at, fault);
    }

    /// Lets the n-th creation of a segment fail.
    pub fn fail_create(&self, n: u64, kind: io::ErrorKind) {
        let mut disk = self.disk();
        let at = disk.creates + n;
        disk.create_faults.insert(at, kind);
    }

    /// Returns how many writes were attempted.
    pub fn writes(&self) -> u64 {
        self.disk().writes
    }

    /// Returns how many syncs were attempted.
    pub fn syncs(&self) -> u64 {
        self.disk().syncs
    }

    /// Sets what [`Storage::free_bytes`] answers.
    pub fn set_free_bytes(&self, bytes: u64) {
        self.disk().free_bytes = Some(bytes);
    }

    /// Returns the disk as another process finds it after this one was killed: everything
    /// written is there. The original stays as it is.
    pub fn after_kill(&self) -> Self {
        let disk = self.disk();
        let files = disk
            .files
            .iter()
            .map(|(&base, content)| (base, copy(content)))
            .collect();
        Self::with_disk(Disk {
            files,
            unsynced_entries: disk.unsynced_entries.clone(),
            salt: disk.salt,
            ..Disk::default()
        })
    }

    /// Returns the disk as it is found after a power loss: of all sectors, creations and removals
    /// that were not synced, the seed decides which are there. The original stays as it is.
    pub fn after_power_loss(&self, seed: u64) -> Self {
        self.after_loss(&mut |random: &mut Random| random.next() & 1 == 0, seed)
    }

    /// Returns the disk as it is found after a power loss that takes everything unsynced.
    pub fn after_total_loss(&self) -> Self {
        self.after_loss(&mut |_| true, 0)
    }

    fn after_loss(&self, is_lost: &mut dyn FnMut(&mut Random) -> bool, seed: u64) -> Self {
        let disk = self.disk();
        let mut random = Random(seed);
        let mut files = disk.files.clone();
        for (base, before) in disk.unsynced_entries.iter().rev() {
            if is_lost(&mut random) {
                match before {
                    Some(content) => files.insert(*base, Arc::clone(content)),
                    None => files.remove(base),
                };
            }
        }
        for content in files.values_mut() {
            let survivor = lock(content).survivor(&mut || is_lost(&mut random));
            *content = Arc::new(Mutex::new(survivor));
        }
        Self::with_disk(Disk {
            files,
            salt: disk.salt,
            ..Disk::default()
        })
    }

    /// Returns the bytes of a segment.
    pub fn bytes(&self, base: u64) -> Option<Vec<u8>> {
        let content = self.disk().files.get(&base).cloned()?;
        let bytes = lock(&content).bytes.clone();
        Some(bytes)
    }

    /// Puts a durable segment of these bytes in place.
    pub fn set_bytes(&self, base: u64, bytes: Vec<u8>) {
        let content = Content::new(bytes);
        self.disk()
            .files
            .insert(base, Arc::new(Mutex::new(content)));
    }

    fn with_disk(disk: Disk) -> Self {
        Self {
            disk: Arc::new(Mutex::new(disk)),
            is_locked: Arc::default(),
        }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }

    fn open(&self, base: u64, is_writable: bool) -> io::Result<Arc<dyn SegmentFile>> {
        let content = self
            .disk()
            .files
            .get(&base)
            .cloned()
            .ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(MemoryFile {
            disk: Arc::clone(&self.disk),
            content,
            is_writable,
        }))
    }
}

impl Storage for MemoryStorage {
    fn lock(&self) -> io::Result<Lock> {
        struct Unlock(Arc<AtomicBool>);
        impl Drop for Unlock {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        if self.is_locked.swap(true, Ordering::Acquire) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Lock::new(Unlock(Arc::clone(&self.is_locked))))
    }

    fn list(&self) -> io::Result<Vec<u64>> {
        Ok(self.disk().files.keys().copied().collect())
    }

    fn create(&self, base: u64, bytes: u64, head: &[u8]) -> io::Result<Arc<dyn SegmentFile>> {
        let mut disk = self.disk();
        disk.creates += 1;
        let n = disk.creates;
        if let Some(kind) = disk.create_faults.remove(&n) {
            return Err(kind.into());
        }
        let mut content = Content::new(vec![0; bytes as usize]);
        content.bytes[..head.len()].copy_from_slice(head);
        let content = Arc::new(Mutex::new(content));
        let before = disk.files.insert(base, Arc::clone(&content));
        disk.unsynced_entries.push((base, before));
        Ok(Arc::new(MemoryFile {
            disk: Arc::clone(&self.disk),
            content,
            is_writable: true,
        }))
    }

    fn open_read(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>> {
        self.open(base, false)
    }

    fn open_write(&self, base: u64) -> io::Result<Arc<dyn SegmentFile>> {
        self.open(base, true)
    }

    fn remove(&self, base: u64) -> io::Result<()> {
        let mut disk = self.disk();
        let before = disk.files.remove(&base).ok_or(io::ErrorKind::NotFound)?;
        disk.unsynced_entries.push((base, Some(before)));
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.count_sync().is_some() {
            return Err(io::Error::other("injected: sync of the folder failed"));
        }
        disk.unsynced_entries.clear();
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.disk().free_bytes.unwrap_or(u64::MAX))
    }

    fn random(&self) -> u64 {
        self.disk().salt
    }

    fn path(&self, base: u64) -> PathBuf {
        PathBuf::from("memory").join(file_name(base))
    }
}

impl SegmentFile for MemoryFile {
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        let content = lock(&self.content);
        let from = content
            .bytes
            .get(offset as usize..)
            .and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        assert!(self.is_writable, "written through a handle for reading");
        let fault = lock(&self.disk).count_write();
        let mut content = lock(&self.content);
        let offset = offset as usize;
        assert!(
            offset + bytes.len() <= content.bytes.len(),
            "a segment file never grows"
        );
        match fault {
            None => {
                content.write(bytes, offset);
                return Ok(());
            }
            Some(WriteFault::Error) => {}
            Some(WriteFault::NoSpace) => return Err(io::ErrorKind::StorageFull.into()),
            Some(WriteFault::Short) => content.write(&bytes[..bytes.len() / 2], offset),
            Some(WriteFault::Torn(seed)) => content.write_torn(bytes, offset, seed),
        }
        Err(io::Error::other("injected: write failed"))
    }

    fn sync_data(&self) -> io::Result<()> {
        let fault = lock(&self.disk).count_sync();
        let mut content = lock(&self.content);
        match fault {
            None => {
                content.sync();
                return Ok(());
            }
            Some(SyncFault::Error) => {}
            Some(SyncFault::Forgotten) => content.forget(),
        }
        Err(io::Error::other("injected: sync failed"))
    }

    fn size(&self) -> io::Result<u64> {
        Ok(lock(&self.content).bytes.len() as u64)
    }
}

impl Disk {
    fn count_write(&mut self) -> Option<WriteFault> {
        self.writes += 1;
        self.write_faults.remove(&self.writes)
    }

    fn count_sync(&mut self) -> Option<SyncFault> {
        self.syncs += 1;
        self.sync_faults.remove(&self.syncs)
    }
}

fn copy(content: &Arc<Mutex<Content>>) -> Arc<Mutex<Content>> {
    Arc::new(Mutex::new(lock(content).clone()))
}

/// A test that panicked elsewhere leaves plain bytes behind: they are as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
