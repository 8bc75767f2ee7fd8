//! The engine without its machinery: all open sessions, and what else the door's answers follow
//! from, as a pure function of the records of the log.
//!
//! [`Core::apply`] takes the next record; [`Core::admit`] and its kin answer what the door may take
//! at an instant without changing anything. The two never disagree, because both look at the same
//! state. There is no clock, no I/O and no randomness here.

mod admission;
mod apply;
mod arrived;
mod computed;
mod due;
mod feed;
mod gone;
mod index;
mod introduction;
mod ledger;
mod open;
mod queue;
mod snapshot;
mod starts;
mod walk;
mod wheel;

use std::collections::VecDeque;

use hashbrown::{HashMap, HashSet};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::outcome::Rule;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;

pub use admission::{Admitted, Refused, StartAdmission, StartKey};
pub use apply::{ApplyError, WARMED_AT_ONCE};
pub use arrived::ArrivedStart;
pub use computed::Computed;
pub use feed::{Change, Feed, Opening, What};
pub use introduction::Introduction;
pub use ledger::{Counts, Ledger, Tag, TagId, TagRef};
pub use open::{Open, Origin};
pub use snapshot::{Cut, SnapshotError};

use apply::Warmed;
use feed::Told;
use gone::Gone;
use open::Slots;
use starts::Starts;
use wheel::Wheel;

/// What a core may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sessions open at one time.
    pub open_max: usize,
    /// Report suites that come into being because a session names them.
    pub suites_max: usize,
    /// Closed sessions whose ids are answered with 410 rather than 404.
    pub gone_max: usize,
    /// Combinations of suite, player and SDK version that are counted apart.
    pub tags_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            open_max: 4_000_000,
            suites_max: 1_000,
            gone_max: 2_000_000,
            tags_max: 10_000,
        }
    }
}

/// A record that came for a session which had closed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailing {
    pub sid: SessionId,
    pub position: LogPosition,
    /// Of the session, if that is remembered.
    pub tag: TagId,
    /// What decided about its events.
    pub rule: Rule,
}

/// The state of the engine at a position of the log.
#[derive(Debug)]
pub struct Core {
    limits: Limits,
    /// Server time of the last record.
    now: ReceivedMs,
    /// Position of the last record that was applied.
    position: Option<LogPosition>,
    /// Server time of the last tick: what the clock closes is closed by ticks.
    ticked: ReceivedMs,
    ticked_at: Option<LogPosition>,
    /// The position before a tick whose due sessions have not all been looked at.
    unsettled_behind: Option<Option<LogPosition>>,
    slots: Slots,
    warmed: Warmed,
    wheel: Wheel,
    starts: Starts,
    gone: Gone,
    ledger: Ledger,
    rules: Vec<Rules>,
    suites: HashSet<Box<str>>,
    /// Sessions that closed and have not been taken yet, and the last record that may be one of
    /// theirs: later ones came behind the close, though their tails know of these already.
    closed: VecDeque<(Box<Open>, LogPosition)>,
    /// Sessions that were taken and are not stored yet.
    waiting: usize,
    /// Records of sessions that were closed before, not taken yet.
    trailing: Vec<Trailing>,
    /// Batches that are appended and not applied yet, if they were computed before.
    computed: HashMap<LogPosition, Computed>,
    /// Starts that are appended and not applied yet, in their order: at most those of one commit.
    arrived: VecDeque<(LogPosition, ArrivedStart)>,
    cut: Option<Cut>,
    /// What a live view has not taken yet, if there is one.
    told: Option<Told>,
    /// Number of the last cut; sessions know which one they are part of.
    epoch: u32,
}

impl Core {
    /// An engine that has seen nothing.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            now: ReceivedMs(0),
            position: None,
            ticked: ReceivedMs(0),
            ticked_at: None,
            unsettled_behind: None,
            slots: Slots::default(),
            warmed: Warmed::default(),
            wheel: Wheel::default(),
            starts: Starts::default(),
            gone: Gone::new(limits.gone_max),
            ledger: Ledger::new(limits.tags_max),
            rules: Vec::new(),
            suites: HashSet::new(),
            closed: VecDeque::new(),
            waiting: 0,
            trailing: Vec::new(),
            computed: HashMap::new(),
            arrived: VecDeque::new(),
            cut: None,
            told: None,
            epoch: 0,
        }
    }

    /// Server time of the last record. Time never goes back in a log: a record to come is stamped
    /// with this if the clock says less.
    pub fn now(&self) -> ReceivedMs {
        self.now
    }

    /// Position of the last record that was applied.
    pub fn position(&self) -> Option<LogPosition> {
        self.position
    }

    /// Sessions that are open.
    pub fn open_sessions(&self) -> usize {
        self.slots.len()
    }

    /// An open session.
    pub fn session(&self, sid: SessionId) -> Option<&Open> {
        self.slots.get(sid)
    }

    /// Every open session, in no particular order.
    pub fn sessions(&self) -> impl Iterator<Item = &Open> {
        self.slots.iter()
    }

    /// The open sessions of some slots.
    pub fn sessions_of(&self, slots: std::ops::Range<u16>) -> impl Iterator<Item = &Open> {
        self.slots.of_slots(slots)
    }

    /// The counts of outcomes.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The rules with a number that a record gave them.
    pub fn rules(&self, number: u32) -> Option<&Rules> {
        self.rules.get(number as usize)
    }

    /// Changes all rules that are known so far.
    pub(crate) fn change_rules(&mut self, change: impl Fn(&mut Rules)) {
        self.rules.iter_mut().for_each(change);
    }

    /// The number under which these rules stand in the log, or that the next rules record takes.
    pub fn rules_number(&self, rules: &Rules) -> Result<u32, u32> {
        let known = self.rules.iter().position(|known| known == rules);
        known
            .map(|number| number as u32)
            .ok_or(self.rules.len() as u32)
    }

    /// Every suite that there ever was a session of.
    pub fn suites(&self) -> impl Iterator<Item = &str> {
        self.suites.iter().map(|suite| &**suite)
    }

    /// Changes how many suites may come into being by themselves.
    pub fn set_suites_max(&mut self, max: usize) {
        self.limits.suites_max = max;
    }

    /// Whether sessions have closed that still answer 410.
    pub(crate) fn has_gone(&self) -> bool {
        self.gone.len() > 0
    }

    /// Whether time passing can change anything: while this is false no tick is needed.
    pub fn needs_ticks(&self) -> bool {
        !self.slots.is_empty()
    }

    /// Whether there is something to take: closed sessions, or records that came behind them.
    pub fn has_closed(&self) -> bool {
        !self.closed.is_empty() || !self.trailing.is_empty()
    }

    /// Says how many closed sessions are still in memory: they count for the limit of open ones.
    pub fn note_waiting(&mut self, waiting: usize) {
        self.waiting = waiting;
    }

    /// Takes the records that came for closed sessions since the last call.
    pub fn take_trailing(&mut self) -> Vec<Trailing> {
        std::mem::take(&mut self.trailing)
    }

    /// Takes the sessions that closed since the last call, in the order of their closing.
    pub fn take_closed(&mut self) -> impl Iterator<Item = Box<Open>> + '_ {
        self.take_closed_until().map(|(open, _)| open)
    }

    /// The same, with the position behind which no record is part of the session.
    pub fn take_closed_until(&mut self) -> impl Iterator<Item = (Box<Open>, LogPosition)> + '_ {
        self.closed.drain(..)
    }

    /// The oldest position that an open session still refers to.
    pub fn oldest_start(&self) -> Option<LogPosition> {
        self.slots.iter().map(|open| open.start).min()
    }
}
