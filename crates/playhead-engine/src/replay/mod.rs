//! Sessions computed anew from the log, beside a running server or without one.
//!
//! A replay begins where the log does. Where records of the first sessions are gone, it begins at
//! the oldest checkpoint whose following records are all kept; sessions that were open there go
//! on from it.

mod differences;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use playhead_log::Reader;
use playhead_log::storage::OsStorage;
use playhead_model::ids::LogPosition;
use playhead_model::record::Record;
use playhead_model::row::Rows;
use playhead_model::rules::Change;
use playhead_model::time::ReceivedMs;

use crate::ahead::ReadAhead;
use crate::cell::OpenError;
use crate::checkpoint;
use crate::core::{Core, Limits};
use crate::parts;
use crate::pump::Closing;

pub use differences::{Difference, Value, differences};

/// Sessions that are given at once, about.
const AT_ONCE: usize = 1_024;

/// The log of a data folder on its way through the engine.
#[derive(Debug)]
pub struct Replay {
    core: Core,
    log: Reader,
    records: ReadAhead,
    changes: Vec<Change>,
    checkpoint: Option<LogPosition>,
    applied: u64,
}

/// A session that closed.
#[derive(Debug)]
pub struct Recomputed {
    pub rows: Rows,
    /// Whether it began behind the beginning of the replay.
    pub is_whole: bool,
}

impl Replay {
    /// Opens the log of a data folder, and changes nothing there. The rules that the log names
    /// are changed as `changes` say.
    ///
    /// # Errors
    /// If the folder cannot be read, or what is in it is damaged.
    pub fn open(data: &Path, limits: Limits, changes: Vec<Change>) -> Result<Self, OpenError> {
        let fail = |folder: PathBuf| move |source| OpenError::Folder { folder, source };
        parts::check_known_format(data)?;
        let folder = data.join("log");
        let storage = OsStorage::existing(&folder).map_err(fail(folder))?;
        let log = Reader::open(Arc::new(storage))?;
        let mut core = checkpoint::oldest(&data.join("checkpoint"), limits, &log)?;
        let checkpoint = core.position();
        core.change_rules(|rules| changes.iter().for_each(|change| change.apply(rules)));
        let from = checkpoint.map_or(log.begin(), |at| playhead_log::Position::new(at.0));
        let records = ReadAhead::new(log.iter_from(from)?);
        Ok(Self {
            core,
            log,
            records,
            changes,
            checkpoint,
            applied: 0,
        })
    }

    /// Where the checkpoint stands that it began at, if it did not begin where the log does.
    pub fn checkpoint(&self) -> Option<LogPosition> {
        self.checkpoint
    }

    /// Records replayed so far.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Server time it has come to.
    pub fn now(&self) -> ReceivedMs {
        self.core.now()
    }

    /// Sessions that are open where it has come to.
    pub fn open_sessions(&self) -> usize {
        self.core.open_sessions()
    }

    /// How much of the log is behind it, from 0 to 1.
    pub fn done(&self) -> f64 {
        let begin = self.checkpoint.map_or(self.log.begin().get(), |at| at.0);
        let all = self.log.end().get().saturating_sub(begin);
        let behind = self.records.position().get().saturating_sub(begin);
        if all == 0 {
            1.0
        } else {
            behind as f64 / all as f64
        }
    }

    /// Goes on until some sessions have closed, and gives them; none at the end of the log.
    ///
    /// # Errors
    /// If the log is damaged.
    pub fn go_on(&mut self) -> Result<Vec<Recomputed>, OpenError> {
        let mut closed = Vec::new();
        while closed.len() < AT_ONCE && self.records.read()? {
            self.core
                .warm(self.records.records().map(|(_, record)| record));
            for (position, record) in self.records.records() {
                if self.checkpoint == Some(position) {
                    continue;
                }
                match changed(record, &self.changes) {
                    Some(changed) => self.core.apply(position, &changed)?,
                    None => self.core.apply(position, record)?,
                }
                self.applied += 1;
                while !self.core.run_due(usize::MAX) {}
                if self.core.has_closed() {
                    take_closed(&mut self.core, &self.log, self.checkpoint, &mut closed);
                }
            }
        }
        Ok(closed)
    }
}

/// A record of rules with the changes in it; nothing for others.
fn changed(record: &[u8], changes: &[Change]) -> Option<Vec<u8>> {
    if changes.is_empty() {
        return None;
    }
    let Some(Record::Rules {
        at,
        number,
        mut rules,
    }) = Record::decode(record)
    else {
        return None;
    };
    changes.iter().for_each(|change| change.apply(&mut rules));
    let mut bytes = Vec::new();
    Record::Rules { at, number, rules }.encode(&mut bytes);
    Some(bytes)
}

fn take_closed(
    core: &mut Core,
    log: &Reader,
    checkpoint: Option<LogPosition>,
    closed: &mut Vec<Recomputed>,
) {
    // What came behind the close is of no interest here.
    core.take_trailing();
    let all: Vec<_> = core.take_closed_until().collect();
    for (open, until) in all {
        let is_whole = checkpoint.is_none_or(|checkpoint| open.start > checkpoint);
        let rows = Closing::new(core, (open, until)).all_rows(log);
        closed.push(Recomputed { rows, is_whole });
    }
}
