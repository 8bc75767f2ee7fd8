//! From a data folder to a cell that goes on where the last one ended.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use playhead_log::Position;
use playhead_model::ids::LogPosition;
use playhead_model::time::ReceivedMs;

use super::cutting::Cutting;
use super::journal::LogJournal;
use super::{Cell, CellOptions, LIVE_PLACES_OF_TICK, LOOKS_AT_ONCE, retain};
use crate::ahead::ReadAhead;
use crate::checkpoint;
use crate::clock::Clock;
use crate::core::{ApplyError, Feed};
use crate::intake::Policy;
use crate::live::LiveThread;
use crate::parts::Parts;
use crate::pump::{Place, Pump};
use crate::refused::Refusals;

/// Why a cell cannot be opened. The message names the way out where there is one.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot use the data folder {}", folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error(
        "the data folder {} has format {:?}; this version reads {:?}: take another folder (`--data`), \
         or the version that wrote this one; docs/operations.md says how to keep its log",
        folder.display(), found.trim_end(), known.trim_end()
    )]
    Format {
        folder: PathBuf,
        found: String,
        known: &'static str,
    },
    #[error(transparent)]
    Log(#[from] playhead_log::OpenError),
    #[error("the log cannot be replayed")]
    Replay(#[from] playhead_log::ReadError),
    #[error("the log cannot be replayed")]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Store(#[from] playhead_store::StoreError),
    #[error(
        "the log reaches from {begin} to {end}, but no sound checkpoint lies in between; \
         restore a backup"
    )]
    Gap { begin: u64, end: u64 },
    #[error(
        "the store is gone, though sessions were in it when the checkpoint at {} was made: put it \
         back, or move the folder `checkpoint` away, and all sessions are computed anew from the \
         log if that reaches back to its beginning",
        checkpoint.0
    )]
    NoStore { checkpoint: LogPosition },
    #[error("the log cannot be written")]
    Write(#[from] playhead_log::CommitError),
}

/// What opening found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recovered {
    /// Bytes of a torn tail that were cut.
    pub torn_bytes: u64,
    /// Where the checkpoint stood.
    pub checkpoint: Option<LogPosition>,
    /// Records applied after it.
    pub records: u64,
    /// Sessions that are open.
    pub open_sessions: usize,
}

impl Cell {
    /// Opens the data folder: finds the last checkpoint, replays the log behind it.
    ///
    /// # Errors
    /// If the folder cannot be used or what is in it is damaged.
    pub fn open(
        options: CellOptions,
        policy: Policy,
        clock: Clock,
    ) -> Result<(Self, Recovered), OpenError> {
        Self::open_in(Parts::in_folder(&options)?, options, policy, clock)
    }

    /// Opens a cell of these parts.
    ///
    /// # Errors
    /// As for [`Cell::open`].
    pub fn open_in(
        parts: Parts,
        options: CellOptions,
        policy: Policy,
        clock: Clock,
    ) -> Result<(Self, Recovered), OpenError> {
        let writer = parts.log;
        let log = writer.reader();
        let core = checkpoint::restore(&parts.checkpoints, options.limits, &log)?;
        let checkpoint = core.position();
        if let Some(checkpoint) = checkpoint
            && core.has_gone()
            && parts.store.snapshot().complete_to.is_none()
        {
            return Err(OpenError::NoStore { checkpoint });
        }
        let mut sink = parts.sink;
        sink.replay_behind(checkpoint, core.now())?;
        let place = Place {
            log: log.clone(),
            retention: writer.retention(),
            checkpoints: parts.checkpoints,
            store: parts.store.clone(),
            sink,
        };
        let pump = Pump::start(place, retain(&options), options.ages.clone());
        let pump = pump.map_err(|source| OpenError::Folder {
            folder: options.data.clone(),
            source,
        })?;
        let live = LiveThread::start(log.clone(), clock.now(), options.live.clone());
        let live = live.map_err(|source| OpenError::Folder {
            folder: options.data.clone(),
            source,
        })?;
        let mut cell = Self {
            core,
            journal: LogJournal {
                writer,
                bytes: Vec::new(),
                waiting: Vec::new(),
            },
            log,
            mint: parts.mint,
            clock,
            policy: Arc::new(policy),
            rates: RefCell::default(),
            refusals: Refusals::new(options.refused_samples),
            options,
            pump,
            live,
            live_given: ReceivedMs(0),
            feed: Feed::default(),
            store: parts.store,
            stopped: None,
            is_disk_low: false,
            cutting: Cutting::new(0, ReceivedMs(0)),
            handed_over_to: None,
            commits: Arc::default(),
        };
        let records = cell.replay(checkpoint)?;
        if let Clock::Manual(now) = &mut cell.clock {
            *now = (*now).max(cell.core.now());
        }
        cell.cutting = Cutting::new(cell.options.checkpoint_ms, cell.now());
        let recovered = Recovered {
            torn_bytes: parts.recovery.torn_bytes,
            checkpoint,
            records,
            open_sessions: cell.core.open_sessions(),
        };
        cell.begin_live();
        cell.feed_live(LIVE_PLACES_OF_TICK);
        cell.look_at_disk();
        if cell.core.position().is_some() {
            cell.tick()?;
        }
        Ok((cell, recovered))
    }

    fn replay(&mut self, checkpoint: Option<LogPosition>) -> Result<u64, OpenError> {
        let from = checkpoint.map_or(self.log.begin(), |position| Position::new(position.0));
        let mut ahead = ReadAhead::new(self.log.iter_from(from)?);
        let mut records = 0;
        self.look_at_all_due();
        while ahead.read()? {
            self.core.warm(ahead.records().map(|(_, record)| record));
            for (position, record) in ahead.records() {
                if checkpoint == Some(position) {
                    continue;
                }
                self.core.apply(position, record)?;
                records += 1;
                self.look_at_all_due();
            }
        }
        // Where it has come to, also if nothing has closed.
        self.hand_over_closed();
        Ok(records)
    }

    /// Looks at what is due at a tick before anything behind it, so that all that closes by it does
    /// so at the same position as ever.
    fn look_at_all_due(&mut self) {
        loop {
            let all_due = self.core.run_due(LOOKS_AT_ONCE);
            if self.core.has_closed() {
                self.hand_over_closed();
                self.pump.wait_for_room();
            }
            if all_due {
                break;
            }
        }
    }
}
