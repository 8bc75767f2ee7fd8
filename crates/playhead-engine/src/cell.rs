//! The owner of the log and of all open sessions: one per server, used by one thread.
//!
//! A request is taken by the intake, which appends records; [`Cell::commit`] makes all that waits
//! durable with one write and one sync, applies it, and only then may it be answered. Whatever is
//! asked about sessions is answered from the state after the last commit.

mod cutting;
mod journal;
mod opening;
mod taking;

use std::cell::RefCell;
use std::error::Error as _;
use std::path::PathBuf;
use std::sync::Arc;

use playhead_log::{Policy as LogPolicy, Reader};
use playhead_model::ids::LogPosition;
use playhead_model::outcome::Refusal;
use playhead_model::record::Record;
use playhead_model::time::ReceivedMs;

use crate::clock::{Clock, monotonic};
use crate::commits::Commits;
use crate::core::{Core, Feed, Limits, Tag};
use crate::intake::{Journal, Policy};
use crate::live::{Live, LiveOptions, LiveThread};
use crate::mint::Mint;
use crate::pump::{Closing, Pump, Trail, View};
use crate::rates::Rates;
use crate::refused::{Refusals, Sample};

pub use cutting::TURN_MS;
pub use opening::{OpenError, Recovered};

use cutting::Cutting;
use journal::LogJournal;

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
    /// The position up to which the pump has all that closed.
    handed_over_to: Option<LogPosition>,
    commits: Arc<Commits>,
}

impl Cell {
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

    /// How long commits of the log took.
    pub fn commits(&self) -> &Arc<Commits> {
        &self.commits
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
        let begin = monotonic();
        let committed = journal.writer.commit();
        self.commits.note(begin.elapsed());
        if let Err(error) = committed {
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
        if self.core.has_closed() || (all_due && self.handed_over_to < self.core.settled()) {
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
        self.handed_over_to = self.core.settled();
        let complete_to = self.handed_over_to.unwrap_or_default();
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
