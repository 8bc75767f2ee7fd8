//! One run: requests in, with ticks, commits, checkpoints and interruptions as a seed has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use playhead_engine::cell::{Cell, CellOptions, Work};
use playhead_engine::history;
use playhead_engine::intake::Taken;
use playhead_log::{CommitError, Position};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::keys::EventType;
use playhead_model::outcome::Settled;
use playhead_model::record::{Record, Sender};
use playhead_model::row::Rows;
use playhead_model::time::{PlayerMs, ReceivedMs};

use crate::rng::Rng;
use crate::traffic::{Request, Traffic};
use crate::world::World;

/// Longer than any session lives.
const A_LIFE_MS: u64 = 90_000_000;

/// Of a checkpoint between two commits: hardly more than a session.
const TURN_BYTES: usize = 1;

/// A request that is in the log, perhaps, and not acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) request: Request,
    pub(crate) at: ReceivedMs,
    pub(crate) taken: Taken,
}

/// A cell with its world and its clients.
pub(crate) struct Life {
    pub(crate) world: World,
    pub(crate) options: CellOptions,
    pub(crate) cell: Cell,
    pub(crate) traffic: Traffic,
    pub(crate) pending: Vec<Pending>,
    /// Where the log ended after the last commit.
    acknowledged_to: u64,
    what: String,
}

impl Life {
    pub(crate) fn begin(options: CellOptions, traffic: Traffic, what: &str) -> Self {
        Self::resume(World::new(), options, traffic, ReceivedMs(0), what)
    }

    /// Opens what a world has.
    pub(crate) fn resume(
        mut world: World,
        options: CellOptions,
        traffic: Traffic,
        now: ReceivedMs,
        what: &str,
    ) -> Self {
        playhead_session::check_invariants();
        let opened = world.open(&options, now);
        let (cell, _) = opened.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let acknowledged_to = cell.log().end().get();
        let (pending, what) = (Vec::new(), what.to_owned());
        Self {
            world,
            options,
            cell,
            traffic,
            pending,
            acknowledged_to,
            what,
        }
    }

    /// Sends a request; what is sent is acknowledged by the next commit.
    pub(crate) fn send(&mut self, request: &Request) {
        self.try_to_send(request).unwrap();
    }

    /// Sends a request, after a commit if its sender still waits for an answer.
    pub(crate) fn try_to_send(&mut self, request: &Request) -> Result<(), CommitError> {
        if self
            .pending
            .iter()
            .any(|it| it.request.client == request.client)
        {
            self.try_to_commit()?;
        }
        let now = self.cell.now().max(request.at);
        self.cell.move_clock(now).unwrap();
        let Some(target) = self.traffic.target(request) else {
            return Ok(());
        };
        let request = request.clone();
        match self.cell.take(target, &request.bytes(), Sender::default) {
            Ok(taken) => self.pending.push(Pending {
                request,
                at: now,
                taken,
            }),
            Err(refused) => self.traffic.refuse(&request, now, &refused),
        }
        Ok(())
    }

    /// Commits, and acknowledges what waited.
    pub(crate) fn commit(&mut self) {
        self.try_to_commit().unwrap();
    }

    pub(crate) fn try_to_commit(&mut self) -> Result<(), CommitError> {
        self.cell.commit()?;
        self.acknowledge();
        Ok(())
    }

    pub(crate) fn tick(&mut self) -> Result<(), CommitError> {
        self.cell.tick()?;
        // Without open sessions a tick writes nothing.
        if !self.cell.has_uncommitted() {
            self.acknowledge();
        }
        Ok(())
    }

    /// What was appended is committed: its senders are told.
    fn acknowledge(&mut self) {
        assert!(!self.cell.has_uncommitted());
        for Pending { request, at, taken } in self.pending.drain(..) {
            self.traffic.acknowledge(&request, at, taken);
        }
        self.acknowledged_to = self.cell.log().end().get();
    }

    pub(crate) fn work(&mut self, steps: u64) {
        for _ in 0..steps {
            self.cell.look_at_due();
            self.cell.begin_checkpoint_if_due();
            // The pump is waited for, so that what is done does not depend on its speed.
            if self.cell.go_on_with_checkpoint(TURN_BYTES) == Work::Blocked {
                self.cell.wait_until_stored();
            }
        }
    }

    /// Commits, ticks and works as the seed has it: none of it may change a number.
    pub(crate) fn live_a_little(&mut self, rng: &mut Rng) -> Result<(), CommitError> {
        if rng.percent(60) {
            self.try_to_commit()?;
        }
        if rng.percent(25) {
            self.tick()?;
        }
        match rng.below(6) {
            0 => self.work(rng.below(60)),
            1 => self.work(rng.below(40)),
            2 => self.cell.wait_until_stored(),
            _ => {}
        }
        Ok(())
    }

    /// A life that goes on in a world which this one became by an accident. Of the requests that
    /// were not acknowledged those that are in its log count as if they had been; the others are
    /// given back.
    pub(crate) fn next_in(&self, world: World) -> (Self, Vec<Request>) {
        let (options, traffic) = (self.options.clone(), self.traffic.clone());
        let mut next = Self::resume(world, options, traffic, self.cell.now(), &self.what);
        let survived = next.requests_after(self.acknowledged_to);
        assert!(
            survived <= self.pending.len(),
            "{}: more than was sent",
            self.what
        );
        let (survivors, lost) = self.pending.split_at(survived);
        for Pending { request, at, taken } in survivors {
            next.traffic.acknowledge(request, *at, *taken);
        }
        next.traffic.refused = self.refusals_after(&next);
        (next, lost.iter().map(|it| it.request.clone()).collect())
    }

    /// Refusals that no tick has counted go with the process, and no other.
    fn refusals_after(&self, next: &Self) -> u64 {
        let counted = next.cell.core().ledger().total().refused.iter().sum();
        assert!(counted <= self.traffic.refused, "{}: refusals", self.what);
        if self.cell.unavailable().is_none() {
            let uncounted: u64 = self
                .cell
                .pending_refusals()
                .map(|(_, _, count)| count)
                .sum();
            assert_eq!(
                counted + uncounted,
                self.traffic.refused,
                "{}: refusals",
                self.what
            );
        }
        counted
    }

    /// How many requests the log has behind a position.
    pub(crate) fn requests_after(&self, position: u64) -> usize {
        let mut frames = self.cell.log().iter_from(Position::new(position)).unwrap();
        let mut count = 0;
        while let Some(frame) = frames.next() {
            let record = Record::decode(frame.unwrap().payload).unwrap();
            count += usize::from(record.sid().is_some());
        }
        count
    }

    /// What is true at every moment without uncommitted records.
    pub(crate) fn check_now(&self) {
        let core = self.cell.core();
        let total = core.ledger().total();
        let held: usize = core.sessions().map(|open| open.session.held()).sum();
        assert_eq!(total.held(), held as u64, "{}: held", self.what);
        assert_eq!(
            total.acknowledged, self.traffic.acknowledged_events,
            "{}",
            self.what
        );
        let refused: u64 = total.refused.iter().sum();
        let uncounted: u64 = self
            .cell
            .pending_refusals()
            .map(|(_, _, count)| count)
            .sum();
        assert_eq!(
            refused + uncounted,
            self.traffic.refused,
            "{}: refused",
            self.what
        );
        for open in core.sessions() {
            let records = history::records(self.cell.log(), open.sid, open.tail).unwrap();
            assert_eq!(records[0].position, open.start, "{}", self.what);
            let sids = records.iter().map(|stored| stored.record().unwrap().sid());
            assert!(
                sids.into_iter().all(|sid| sid == Some(open.sid)),
                "{}",
                self.what
            );
        }
    }

    /// What the door would say to each session now, with the record before it.
    pub(crate) fn door(&self) -> Vec<(SessionId, Vec<Result<LogPosition, String>>)> {
        let (core, now) = (self.cell.core(), self.cell.now());
        let kinds = [EventType::Ping, EventType::SessionEnd];
        let answers = |sid| {
            let times = [i64::MIN, 1_772_474_400_000, i64::MAX];
            let each = times
                .iter()
                .flat_map(|ts| kinds.map(|kind| (kind, PlayerMs(*ts))));
            let answer = |(kind, ts)| match core.admit(now, sid, kind, ts) {
                Ok(admitted) => Ok(admitted.previous),
                Err(refusal) => Err(refusal.name().to_owned()),
            };
            each.map(answer).collect()
        };
        let sids = self.traffic.sessions().into_iter();
        sids.map(|sid| (sid, answers(sid))).collect()
    }

    /// Lets every session end, and compares all of them, and the sums, with the oracle.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.commit();
        let rows = self.closed_rows();
        let wanted = self.traffic.check(&rows, &self.what);
        self.check_now();
        let total = self.cell.core().ledger().total();
        assert_eq!(total.held(), 0, "{}: nothing waits", self.what);
        let found: BTreeMap<String, u64> = Settled::ALL
            .iter()
            .map(|outcome| (outcome.name().to_owned(), total.with_outcome(*outcome)))
            .filter(|(_, count)| *count > 0)
            .collect();
        assert_eq!(found, wanted, "{}: outcomes", self.what);
        let stored = self.world.sink.outcomes();
        assert_eq!(stored, wanted, "{}: events that are stored", self.what);
        self.world.sink.check();
        self.traffic.answers(&rows)
    }

    /// The rows once everything is closed.
    pub(crate) fn closed_rows(&mut self) -> BTreeMap<SessionId, Arc<Rows>> {
        let end = self.cell.now().plus(A_LIFE_MS);
        self.cell.set_clock(end).unwrap();
        self.cell.wait_until_stored();
        assert_eq!(self.cell.closing().failure(), None, "{}", self.what);
        assert_eq!(self.cell.core().open_sessions(), 0, "{}", self.what);
        self.world.sink.rows()
    }
}
