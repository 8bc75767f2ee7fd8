//! The owner of the log and of all open sessions: one per server, used by one thread.
//!
//! A request is taken by the intake, which appends records; [`Cell::commit`] makes all that waits
//! durable with one write and one sync, applies it, and only then may it be answered. Whatever is
//! asked about sessions is answered from the state after the last commit.

mod cutting;

use std::cell::RefCell;
use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use playhead_log::{Policy as LogPolicy, Position, Reader, Writer};
use playhead_model::ids::LogPosition;
use playhead_model::outcome::Refusal;
use playhead_model::record::{Record, Sender};
use playhead_model::time::ReceivedMs;

use crate::ahead::ReadAhead;
use crate::checkpoint;
use crate::clock::Clock;
use crate::core::{ApplyError, Core, Feed, Limits, Tag};
use crate::intake::{EdgeRequest, EdgeTaken, Intake, Journal, Policy, Refused, Taken, Target};
use crate::live::{Live, LiveOptions, LiveThread};
use crate::mint::Mint;
use crate::parts::Parts;
use crate::pump::{Closing, Place, Pump, Trail, View};
use crate::rates::Rates;
use crate::reading::{Read, Reading};
use crate::refused::{Refusals, Sample};

use cutting::Cutting;
pub use cutting::TURN_MS;

/// Sessions looked at between two commits, so that a tick makes nobody wait long.
const LOOKS_AT_ONCE: usize = 256;

/// Time between two hand-overs to the live view, ms.
const LIVE_MS: u64 = 250;
/// Places in memory that are walked over for the live view with a hand-over, and with a tick,
/// until it knows all sessions that were open before it.
const LIVE_PLACES: u32 = 2_048;
const LIVE_PLACES_OF_TICK: u32 = 8_192;

/// How a cell works.
#[derive(Clone, Debug)]
pub struct CellOptions {
    pub data: PathBuf,
    pub limits: Limits,
    /// Whether an answer waits for the sync or only for the write.
    pub sync: bool,
    pub segment_bytes: u64,
    pub log_age_max_ms: Option<u64>,
    pub log_bytes_max: Option<u64>,
    /// How long rows of closed sessions are kept.
    pub ages: playhead_store::parts::Retention,
    /// Below this much free disk new events are refused.
    pub free_min_bytes: u64,
    pub refused_samples: usize,
    /// Time between two checkpoints, ms of server time.
    pub checkpoint_ms: u64,
    pub live: LiveOptions,
}

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

/// What is left of what is done between two commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Done,
    /// More, when those who wait have been served.
    More,
    /// More, but the disk has to catch up first.
    Blocked,
}

/// The log and the sessions.
#[derive(Debug)]
pub struct Cell {
    core: Core,
    journal: LogJournal,
    log: Reader,
    mint: Mint,
    clock: Clock,
    policy: Arc<Policy>,
    options: CellOptions,
    /// What each suite has sent lately.
    rates: RefCell<Rates>,
    refusals: Refusals,
    pump: Pump,
    live: LiveThread,
    /// When it was given something last.
    live_given: ReceivedMs,
    /// Room for what it is given.
    feed: Feed,
    store: playhead_store::parts::Reader,
    /// Why nothing is taken, if so.
    stopped: Option<String>,
    is_disk_low: bool,
    cutting: Cutting,
}

/// Appends to the log, and keeps what is appended until it is durable and applied.
#[derive(Debug)]
struct LogJournal {
    writer: Writer,
    bytes: Vec<u8>,
    /// Where each waiting record lies in the log, and where it ends in `bytes`.
    waiting: Vec<(LogPosition, usize)>,
}

impl LogJournal {
    /// The last record of a session that readers of the log can have: `tail`, or one before it
    /// where that waits for the commit.
    fn committed(&self, mut tail: LogPosition) -> LogPosition {
        while let Ok(place) = self.waiting.binary_search_by_key(&tail, |(it, _)| *it) {
            let begin = place
                .checked_sub(1)
                .map_or(0, |before| self.waiting[before].1);
            let bytes = &self.bytes[begin..self.waiting[place].1];
            match Record::decode(bytes) {
                Some(Record::Event { previous, .. } | Record::Repeat { previous, .. }) => {
                    tail = previous;
                }
                _ => break,
            }
        }
        tail
    }
}

impl Journal for LogJournal {
    fn append(&mut self, record: &Record<'_>) -> Result<LogPosition, String> {
        let start = self.bytes.len();
        record.encode(&mut self.bytes);
        match self.writer.append(&self.bytes[start..]) {
            Ok(position) => {
                let position = LogPosition(position.get());
                self.waiting.push((position, self.bytes.len()));
                Ok(position)
            }
            Err(error) => {
                self.bytes.truncate(start);
                Err(error.to_string())
            }
        }
    }
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
        while ahead.read()? {
            self.core.warm(ahead.records().map(|(_, record)| record));
            for (position, record) in ahead.records() {
                if checkpoint == Some(position) {
                    continue;
                }
                self.core.apply(position, record)?;
                records += 1;
                self.core.run_due(LOOKS_AT_ONCE);
                if self.core.has_closed() {
                    self.hand_over_closed();
                    self.pump.wait_for_room();
                }
            }
        }
        // Where it has come to, also if nothing has closed.
        self.hand_over_closed();
        Ok(records)
    }

    /// Server time now.
    pub fn now(&self) -> ReceivedMs {
        self.core.stamp(self.clock.now())
    }

    /// The state of all sessions, as of the last commit.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// A reader of the log.
    pub fn log(&self) -> &Reader {
        &self.log
    }

    /// A reader of closed sessions that are stored.
    pub fn store(&self) -> &playhead_store::parts::Reader {
        &self.store
    }

    /// A view of closed sessions that are not stored yet.
    pub fn closing(&self) -> View {
        self.pump.view()
    }

    /// Asks the view of the present.
    pub fn live(&self) -> Live {
        self.live.live()
    }

    /// Who may send what.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Works on with what may change of these options, and with this policy. Sessions that are open
    /// keep the rules they began with.
    pub fn reconfigure(&mut self, options: CellOptions, policy: Policy) {
        self.core.set_suites_max(options.limits.suites_max);
        self.pump.retain(retain(&options), options.ages.clone());
        self.live.set_options(options.live);
        self.options.free_min_bytes = options.free_min_bytes;
        self.policy = Arc::new(policy);
    }

    /// Why nothing is taken at the moment, if so.
    pub fn unavailable(&self) -> Option<String> {
        if let Some(why) = &self.stopped {
            return Some(why.clone());
        }
        self.is_disk_low
            .then(|| "the disk is almost full".to_owned())
    }

    /// Why no more sessions are taken, if so and if it is more than many viewers: closed sessions
    /// cannot be stored, and those that wait take all of the room.
    fn stuck(&self) -> Option<String> {
        let failure = self.core.is_full().then(|| self.pump.view().failure())??;
        Some(format!(
            "no room for more sessions, since closed ones cannot be stored: {failure}"
        ))
    }

    /// Why requests had better go elsewhere, if so.
    pub fn unready(&self) -> Option<String> {
        self.unavailable().or_else(|| self.stuck())
    }

    /// Decides about a request. What is taken may be answered after the next [`Cell::commit`].
    ///
    /// # Errors
    /// The refusal, which is counted and may be answered at once.
    pub fn take(
        &mut self,
        target: Target,
        body: &[u8],
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        self.take_by(body, |intake| intake.take(target, body, sender))
    }

    /// What reading a body needs to know, for those who read it elsewhere.
    pub fn reading(&mut self, target: Target) -> Reading {
        self.intake().reading(target)
    }

    /// As [`Cell::take`], with a body that was read elsewhere.
    ///
    /// # Errors
    /// As for [`Cell::take`].
    pub fn take_read(
        &mut self,
        read: Result<Read, Refused>,
        body: &[u8],
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        self.take_by(body, |intake| intake.take_read(read?, sender))
    }

    fn intake(&mut self) -> Intake<'_, LogJournal> {
        let now = self.now();
        Intake {
            core: &mut self.core,
            journal: &mut self.journal,
            mint: &self.mint,
            policy: &self.policy,
            rates: Some(&self.rates),
            now,
        }
    }

    fn take_by(
        &mut self,
        body: &[u8],
        take: impl FnOnce(&mut Intake<'_, LogJournal>) -> Result<Taken, Refused>,
    ) -> Result<Taken, Refused> {
        let taken = match self.unavailable() {
            Some(message) => Err(Refused {
                reason: Refusal::Unavailable,
                message,
                faults: None,
                tag: Tag::default(),
            }),
            None => take(&mut self.intake()),
        };
        let taken = taken.map_err(|mut refused| {
            if refused.reason == Refusal::Unavailable
                && let Some(why) = self.stuck()
            {
                refused.message = why;
            }
            refused
        });
        if let Err(refused) = &taken {
            self.note_refused(refused, body);
        }
        taken
    }

    /// As [`Cell::take`], for a request of the Media Edge API; `body` is what was sent.
    pub fn take_edge(
        &mut self,
        request: &EdgeRequest<'_>,
        body: &[u8],
        sender: impl Fn() -> Sender,
    ) -> EdgeTaken {
        let taken = match self.unavailable() {
            Some(message) => EdgeTaken::unavailable(request, &message),
            None => self.intake().take_edge(request, sender),
        };
        for (_, refused) in &taken.refused {
            self.note_refused(refused, body);
        }
        for ((tag, reason), events) in &taken.refused_besides {
            self.refusals.count(tag.clone(), *reason, *events);
        }
        taken
    }

    /// Counts a request that is refused.
    pub fn note_refused(&mut self, refused: &Refused, body: &[u8]) {
        let tag = refused.tag.clone();
        self.refusals
            .note(self.now(), tag, refused.reason, &refused.message, body);
    }

    /// Counts a request that was refused before anyone looked at it.
    pub fn note_refusal(&mut self, reason: Refusal, message: &str, body: &[u8]) {
        self.refusals
            .note(self.now(), Tag::default(), reason, message, body);
    }

    /// Whether records wait for a commit.
    pub fn has_uncommitted(&self) -> bool {
        !self.journal.waiting.is_empty()
    }

    /// Makes all records that wait durable, and applies them.
    ///
    /// # Errors
    /// None of what waits may be acknowledged, and nothing will be taken any more.
    pub fn commit(&mut self) -> Result<(), playhead_log::CommitError> {
        let journal = &mut self.journal;
        journal
            .writer
            .set_stamp(self.core.stamp(self.clock.now()).0);
        if let Err(error) = journal.writer.commit() {
            self.stopped.get_or_insert_with(|| why_not_written(&error));
            return Err(error);
        }
        let mut start = 0;
        for (position, end) in journal.waiting.drain(..) {
            let applied = self.core.apply(position, &journal.bytes[start..end]);
            applied.expect("the intake writes records that can be applied");
            start = end;
        }
        journal.bytes.clear();
        if self.core.has_closed() {
            self.hand_over_closed();
        }
        if self.now().0 >= self.live_given.0 + LIVE_MS {
            self.feed_live(LIVE_PLACES);
        }
        Ok(())
    }

    /// The live view begins anew, with the sessions that are open.
    fn begin_live(&mut self) {
        self.core.begin_feed();
        self.live.begin(self.now());
    }

    /// Hands over to the live view what it has not been told.
    fn feed_live(&mut self, places: u32) {
        let now = self.now();
        let is_complete = self.core.take_feed(places, &mut self.feed);
        if !self.live.give(&mut self.feed, now, is_complete) {
            self.begin_live();
        }
        self.live_given = now;
    }

    fn look_at_disk(&mut self) {
        let free = self.journal.writer.free_bytes();
        self.is_disk_low = free.is_ok_and(|free| free < self.options.free_min_bytes);
    }

    /// Lets time pass: a tick record if it can change anything or if refusals are to be counted.
    /// Called about once a second.
    ///
    /// # Errors
    /// As for [`Cell::commit`].
    pub fn tick(&mut self) -> Result<(), playhead_log::CommitError> {
        self.clock.follow();
        self.core.note_waiting(self.pump.view().waiting());
        self.look_at_disk();
        self.pump.tick(self.now(), self.is_disk_low);
        let nothing_to_say = !self.core.needs_ticks() && self.refusals.is_empty();
        if self.stopped.is_some() || nothing_to_say {
            self.feed_live(LIVE_PLACES_OF_TICK);
            return Ok(());
        }
        let record = Record::Tick {
            at: self.now(),
            refused: self.refusals.take(),
        };
        if let Err(message) = self.journal.append(&record) {
            self.stopped = Some(message);
        }
        self.commit()?;
        self.feed_live(LIVE_PLACES_OF_TICK);
        Ok(())
    }

    /// Looks at a few of the sessions that are due: those who wait need not know.
    pub fn look_at_due(&mut self) -> Work {
        let all_due = self.core.run_due(LOOKS_AT_ONCE);
        if self.core.has_closed() {
            self.hand_over_closed();
        }
        if all_due { Work::Done } else { Work::More }
    }

    /// Moves the manual clock, and does everything due by then.
    ///
    /// # Errors
    /// If the clock is not manual, or would go back, or the log cannot be written.
    pub fn set_clock(&mut self, to: ReceivedMs) -> Result<(), String> {
        self.move_clock(to)?;
        self.tick().map_err(|error| error.to_string())?;
        self.core.finish_due();
        self.hand_over_closed();
        self.feed_live(u32::MAX);
        Ok(())
    }

    /// Moves the manual clock, and does nothing else: what is due waits for the next tick.
    ///
    /// # Errors
    /// If the clock is not manual, or would go back.
    pub fn move_clock(&mut self, to: ReceivedMs) -> Result<(), String> {
        let Clock::Manual(now) = &mut self.clock else {
            return Err("the clock of this server is not manual".to_owned());
        };
        if to < *now {
            return Err(format!(
                "to_ms is {}, but the clock stands at {}",
                to.0, now.0
            ));
        }
        *now = to;
        Ok(())
    }

    /// Waits until what was handed to the pump is on disk, or a piece of it has failed.
    pub fn wait_until_stored(&self) {
        self.pump.wait_until_idle();
    }

    /// Waits until the store has no parts that should be put together, or something has failed.
    pub fn wait_for_upkeep(&self) {
        self.pump.wait_until_idle();
        self.pump.wait_for_upkeep();
    }

    /// Events that were refused and are not in a tick record yet.
    pub fn pending_refusals(&self) -> impl Iterator<Item = (&Tag, Refusal, u64)> {
        self.refusals.pending()
    }

    /// Samples of what was refused.
    pub fn refused_samples(&self) -> impl Iterator<Item = &Sample> {
        self.refusals.samples()
    }

    /// Writes a last checkpoint and waits until everything is stored. Open sessions stay open.
    ///
    /// # Errors
    /// As for [`Cell::commit`].
    pub fn shut_down(mut self) -> Result<(), playhead_log::CommitError> {
        self.tick()?;
        self.commit()?;
        self.write_last_checkpoint();
        self.pump.wait_until_idle();
        self.journal.writer.close()?;
        Ok(())
    }

    fn hand_over_closed(&mut self) {
        let complete_to = self.core.position().unwrap_or_default();
        let trailing = self.core.take_trailing();
        let mut closed: Vec<_> = self.core.take_closed_until().collect();
        for (open, _) in &mut closed {
            open.tail = self.journal.committed(open.tail);
        }
        let core = &self.core;
        let trailing = trailing.into_iter().map(|trailing| Trail {
            suite: core.ledger().tag(trailing.tag).suite.clone(),
            trailing,
        });
        let closing = closed.into_iter().map(|closed| Closing::new(core, closed));
        self.pump.hand_over(trailing, closing, complete_to);
        self.core.note_waiting(self.pump.view().waiting());
    }
}

/// The first failure of a commit in words, with its cause: those after it say only that it was.
fn why_not_written(error: &playhead_log::CommitError) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    format!(
        "the log cannot be written: {error}{}",
        cause.unwrap_or_default()
    )
}

fn retain(options: &CellOptions) -> LogPolicy {
    LogPolicy {
        age_max: options.log_age_max_ms,
        bytes_max: options.log_bytes_max,
    }
}
