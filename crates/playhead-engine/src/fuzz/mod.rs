//! One function that fuzzers and tests share: any bytes become requests and a way to handle them.

mod script;

use std::collections::{BTreeMap, BTreeSet};

use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::record::{Record, RefusedCount, Sender};
use playhead_model::time::ReceivedMs;
use playhead_session::row;

use crate::core::{Core, Limits};
use crate::intake::{Intake, Journal, Policy, Taken, Target};
use crate::mint::Mint;
use crate::offline::{Memory, SessionBodies};
use script::{Step, To};

/// Longer than any session lives.
const A_LIFE_MS: u64 = 90_000_000;
/// Of a checkpoint between two commits: hardly more than a session.
const TURN_BYTES: usize = 1;
/// Sessions looked at after each record of a replay.
const LOOKS_AT_ONCE: usize = 256;

/// Applies a sequence of (delay, session, event) to an engine through its intake, with commits,
/// ticks and a checkpoint in between. Nothing may panic, the ledger must balance at every commit,
/// and neither an engine restored from the checkpoint nor one that replays everything may come to
/// other numbers.
///
/// # Panics
/// If the engine misbehaves.
#[doc(hidden)]
pub fn fuzz_engine(bytes: &[u8]) {
    playhead_session::check_invariants();
    let mut run = Run::default();
    for step in script::steps(bytes) {
        run.take(step);
    }
    run.end();
}

/// A core, and what closed in it.
#[derive(Debug)]
struct Engine {
    core: Core,
    closed: BTreeMap<SessionId, String>,
}

impl Engine {
    fn new(core: Core) -> Self {
        Self {
            core,
            closed: BTreeMap::new(),
        }
    }

    fn take_closed(&mut self, memory: &Memory) {
        for open in self.core.take_closed().collect::<Vec<_>>() {
            let rules = self.core.rules(open.rules);
            let rules = rules.expect("rules were written before");
            let bodies = SessionBodies::new(memory, &open);
            let rows = row::rows(open.identity(), &open.session, rules, &bodies);
            let before = self.closed.insert(open.sid, rows.answer().to_string());
            assert_eq!(before, None, "a session closes once");
        }
        self.core.take_trailing();
    }

    /// Applies what the log has behind this engine's position.
    fn replay(&mut self, memory: &Memory) {
        let from = self.core.position().map_or(0, |position| position.0);
        for (record, position) in memory.records.iter().zip(1..).skip(from as usize) {
            let applied = self.core.apply(LogPosition(position), record);
            applied.expect("what was applied once can be replayed");
            self.core.run_due(LOOKS_AT_ONCE);
            self.take_closed(memory);
        }
        self.core.finish_due();
        self.take_closed(memory);
    }
}

/// A checkpoint, and which sessions were closed by then.
#[derive(Debug, Default)]
struct Checkpoint {
    bytes: Vec<u8>,
    is_complete: bool,
    closed: BTreeSet<SessionId>,
}

#[derive(Debug)]
struct Run {
    engine: Engine,
    memory: Memory,
    mint: Mint,
    policy: Policy,
    now: ReceivedMs,
    applied: usize,
    sids: Vec<SessionId>,
    acknowledged: u64,
    refused: u64,
    uncounted: Vec<RefusedCount>,
    checkpoint: Option<Checkpoint>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            engine: Engine::new(Core::new(limits())),
            memory: Memory::default(),
            mint: Mint::seeded(0),
            policy: Policy::open(),
            now: ReceivedMs(0),
            applied: 0,
            sids: Vec::new(),
            acknowledged: 0,
            refused: 0,
            uncounted: Vec::new(),
            checkpoint: None,
        }
    }
}

fn limits() -> Limits {
    Limits {
        open_max: 12,
        suites_max: 2,
        gone_max: 1_000,
        tags_max: 4,
    }
}

impl Run {
    fn take(&mut self, step: Step) {
        match step {
            Step::Wait(ms) => self.now = self.now.plus(ms),
            Step::Send { to, body, events } => self.send(to, &body, events),
            Step::Commit => self.commit(),
            Step::Tick => self.tick(),
            Step::Look(looks) => {
                self.engine.core.run_due(looks);
                self.engine.take_closed(&self.memory);
            }
            Step::BeginCheckpoint => self.begin_checkpoint(),
            Step::Checkpoint(slots) => self.go_on_with_checkpoint(slots),
        }
    }

    fn send(&mut self, to: To, body: &[u8], events: u64) {
        let target = match to {
            To::Sessions => Target::Sessions,
            To::Downloaded => Target::Downloaded,
            To::Session(number) => Target::Events(self.session(number)),
        };
        let now = self.engine.core.stamp(self.now);
        let taken = Intake {
            core: &mut self.engine.core,
            journal: &mut self.memory,
            mint: &self.mint,
            policy: &self.policy,
            rates: None,
            now,
        }
        .take(target, body, Sender::default);
        match taken {
            Ok(taken) => {
                self.acknowledged += events;
                if let Taken::Created(sid) = taken
                    && !self.sids.contains(&sid)
                {
                    self.sids.push(sid);
                }
            }
            Err(refused) => {
                self.refused += 1;
                self.uncounted.push(RefusedCount {
                    suite: refused.tag.suite,
                    player: refused.tag.player,
                    sdk: refused.tag.sdk,
                    reason: refused.reason,
                    count: 1,
                });
            }
        }
    }

    /// An id that was given out, or, once in a while, one that was not.
    fn session(&self, number: usize) -> Option<SessionId> {
        match number % (self.sids.len() + 1) {
            0 if number % 2 == 1 => None,
            0 => self.sids.first().copied(),
            place => self.sids.get(place - 1).copied(),
        }
    }

    fn commit(&mut self) {
        while let Some(record) = self.memory.records.get(self.applied) {
            self.applied += 1;
            let position = LogPosition(self.applied as u64);
            let applied = self.engine.core.apply(position, record);
            applied.expect("the intake writes sound records");
        }
        self.engine.take_closed(&self.memory);
        self.check();
    }

    fn tick(&mut self) {
        let record = Record::Tick {
            at: self.engine.core.stamp(self.now),
            refused: std::mem::take(&mut self.uncounted),
        };
        self.memory
            .append(&record)
            .expect("memory takes every record");
        self.commit();
    }

    /// What holds whenever nothing waits.
    fn check(&self) {
        let core = &self.engine.core;
        let total = core.ledger().total();
        let held: usize = core.sessions().map(|open| open.session.held()).sum();
        assert_eq!(total.acknowledged, self.acknowledged, "acknowledged");
        assert_eq!(
            total.settled() + held as u64,
            total.acknowledged,
            "settled and held"
        );
        let refused: u64 = total.refused.iter().sum();
        assert_eq!(
            refused + self.uncounted.len() as u64,
            self.refused,
            "refused"
        );
        assert!(core.open_sessions() + self.engine.closed.len() <= self.sids.len());
    }

    fn begin_checkpoint(&mut self) {
        self.commit();
        if self.checkpoint.is_some() || self.engine.core.begin_cut().is_none() {
            return;
        }
        self.checkpoint = Some(Checkpoint {
            closed: self.engine.closed.keys().copied().collect(),
            ..Checkpoint::default()
        });
    }

    fn go_on_with_checkpoint(&mut self, turns: usize) {
        let Some(checkpoint) = &mut self.checkpoint else {
            return;
        };
        for _ in 0..turns {
            if checkpoint.is_complete {
                return;
            }
            let bytes = &mut checkpoint.bytes;
            let complete = self.engine.core.go_on_with_cut(TURN_BYTES, bytes);
            checkpoint.is_complete = complete.is_some();
        }
    }

    fn end(mut self) {
        self.tick();
        self.go_on_with_checkpoint(usize::MAX);
        self.now = self.now.plus(A_LIFE_MS);
        self.tick();
        self.engine.core.finish_due();
        self.engine.take_closed(&self.memory);
        self.check();
        assert_eq!(self.engine.core.open_sessions(), 0, "nothing lives longer");

        let mut again = Engine::new(Core::new(limits()));
        again.replay(&self.memory);
        self.check_equal(&again, &BTreeSet::new());
        if let Some(checkpoint) = &self.checkpoint {
            let core = Core::restore(&checkpoint.bytes, limits());
            let mut restored = Engine::new(core.expect("a complete checkpoint is sound"));
            restored.replay(&self.memory);
            self.check_equal(&restored, &checkpoint.closed);
        }
    }

    /// Another engine, which knows nothing of the sessions in `without`, came to the same end.
    fn check_equal(&self, other: &Engine, without: &BTreeSet<SessionId>) {
        let mut wanted = self.engine.closed.clone();
        wanted.retain(|sid, _| !without.contains(sid));
        assert_eq!(other.closed, wanted, "rows");
        let counts = |core: &Core| -> Vec<_> {
            let each = core.ledger().iter();
            each.map(|(tag, counts)| (tag.clone(), counts.clone()))
                .collect()
        };
        assert_eq!(counts(&other.core), counts(&self.engine.core), "ledger");
    }
}
