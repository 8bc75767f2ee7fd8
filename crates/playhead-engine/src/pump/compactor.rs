//! Small parts are put together on a thread of their own: closing sessions never wait for it.

use std::io;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use playhead_store::parts::{Compacted, Compaction};

use super::Shared;
use crate::aside;

/// How far the one compaction is that there may be at a time.
#[derive(Debug, Default)]
pub(super) enum Compacting {
    #[default]
    Idle,
    Given(Compaction),
    Running,
    Done(Result<Option<Compacted>, String>),
}

/// Starts the thread; it ends when the pump stops, in the middle of a part too.
pub(super) fn start(shared: Arc<Shared>) -> io::Result<JoinHandle<()>> {
    aside::spawn("compaction", move || run(&shared))
}

fn run(shared: &Shared) {
    while let Some(compaction) = next(shared) {
        let done = compaction.run(&|| shared.lock().stop);
        let done = done.map_err(|error| super::told(&error));
        shared.lock().compacting = Compacting::Done(done);
        shared.changed.notify_all();
    }
}

fn next(shared: &Shared) -> Option<Compaction> {
    let mut state = shared.lock();
    loop {
        if state.stop {
            return None;
        }
        if let Compacting::Given(_) = state.compacting {
            let given = std::mem::replace(&mut state.compacting, Compacting::Running);
            if let Compacting::Given(compaction) = given {
                return Some(compaction);
            }
        }
        let waited = shared.changed.wait(state);
        state = waited.unwrap_or_else(PoisonError::into_inner);
    }
}
