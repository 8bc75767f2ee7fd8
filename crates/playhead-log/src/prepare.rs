//! Creates the next segment while the current one still has room.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::segment::Header;
use crate::storage::{SegmentFile, Storage};

/// Creates a segment that is durable, name and all.
pub(crate) fn create(storage: &dyn Storage, header: &Header) -> io::Result<Arc<dyn SegmentFile>> {
    let file = storage.create(header.base, header.len, &header.encode())?;
    storage.sync_directory()?;
    Ok(file)
}

type Created = io::Result<Arc<dyn SegmentFile>>;

/// A thread that zero-fills segments ahead of need. At most one request is under way.
#[derive(Debug)]
pub(crate) struct Preparer {
    requests: Option<SyncSender<Header>>,
    created: Receiver<Created>,
    thread: Option<JoinHandle<()>>,
}

impl Preparer {
    pub(crate) fn spawn(storage: Arc<dyn Storage>) -> io::Result<Self> {
        let (requests, requested) = sync_channel::<Header>(1);
        let (done, created) = sync_channel(1);
        let work = move || {
            for header in requested {
                if done.send(create(&*storage, &header)).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("log-prepare".to_owned())
            .spawn(work)?;
        Ok(Self {
            requests: Some(requests),
            created,
            thread: Some(thread),
        })
    }

    /// Asks for a segment; answers whether the thread took the request.
    pub(crate) fn request(&self, header: Header) -> bool {
        self.requests
            .as_ref()
            .is_some_and(|requests| requests.send(header).is_ok())
    }

    /// Waits for what was asked for. `None` if it failed: the caller tries itself.
    pub(crate) fn wait(&self) -> Option<Arc<dyn SegmentFile>> {
        self.created.recv().ok()?.ok()
    }
}

impl Drop for Preparer {
    /// Waits for the thread, so that nothing is created after the lock of the log is given back.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic there concerns only a file that is not in use yet.
            drop(thread.join());
        }
    }
}
