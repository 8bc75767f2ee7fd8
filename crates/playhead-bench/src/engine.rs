//! The engine alone: from frames of the log to the state of open sessions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use playhead_engine::ahead::ReadAhead;
use playhead_engine::core::{Core, Feed, Limits};
use playhead_log::storage::OsStorage;
use playhead_log::{Options, Position, Reader, SyncPolicy, Writer};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::time::ReceivedMs;
use playhead_simulator::Random;

use crate::table::Table;
use crate::traffic::{
    EPOCH_MS, Recorder, compact, ordinary_plan, ping, plain_ping, start_body, start_variants,
};
use crate::{clock, latency};

/// Seconds between the pings of a session.
const PING_S: u64 = 10;
/// Looks at due sessions after each record, as a replay does.
const LOOKS: usize = 64;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct EngineArgs {
    /// Open sessions
    #[arg(long, default_value_t = 100_000)]
    pub(crate) sessions: usize,
    /// Pings of each session before the measurement
    #[arg(long, default_value_t = 35)]
    pub(crate) warm: u64,
    /// Pings of each session in one round
    #[arg(long, default_value_t = 10)]
    pub(crate) pings: u64,
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: u64,
    /// Pings without quality values, as libraries send them while nothing changes
    #[arg(long)]
    pub(crate) plain: bool,
    /// With a live view that is told every change
    #[arg(long)]
    pub(crate) live: bool,
}

/// Writes the log of a run.
pub(crate) struct Scribe {
    pub(crate) writer: Writer,
    recorder: Recorder,
    sids: Vec<SessionId>,
    tails: Vec<LogPosition>,
    order: Vec<u32>,
    random: Random,
    now: u64,
    plain: bool,
}

impl Scribe {
    pub(crate) fn open(folder: &Path, plain: bool) -> anyhow::Result<Self> {
        let storage = Arc::new(OsStorage::create(folder)?);
        let options = Options {
            sync: SyncPolicy::Never,
            ..Options::default()
        };
        let (writer, _) = Writer::open(storage, options)?;
        Ok(Self {
            writer,
            recorder: Recorder::new(),
            sids: Vec::new(),
            tails: Vec::new(),
            order: Vec::new(),
            random: Random::new(1, 1),
            now: EPOCH_MS,
            plain,
        })
    }

    /// Opens all sessions, within the time between two pings.
    pub(crate) fn start(&mut self, sessions: usize) -> anyhow::Result<()> {
        let variants = start_variants(&ordinary_plan());
        let at = ReceivedMs(self.now);
        self.writer.append(self.recorder.rules(at))?;
        for session in 0..sessions {
            self.now = EPOCH_MS + session as u64 * PING_S * 1000 / sessions as u64;
            let at = ReceivedMs(self.now);
            let sid = self.recorder.session_id(at);
            let record = self
                .recorder
                .start(at, sid, &start_body(&variants, session));
            let position = self.writer.append(record)?;
            self.sids.push(sid);
            self.tails.push(LogPosition(position.get()));
            self.order.push(session as u32);
            if session % 4096 == 0 {
                self.writer.commit()?;
            }
        }
        self.writer.commit()?;
        Ok(())
    }

    /// One ping of each session, in another order each time, with a tick each second.
    fn pings(&mut self, number: u64) -> anyhow::Result<()> {
        let count = self.order.len();
        for place in (1..count).rev() {
            self.order
                .swap(place, self.random.below(place as u64 + 1) as usize);
        }
        let begin = self.now.next_multiple_of(1000);
        for place in 0..count {
            let session = self.order[place] as usize;
            let at = begin + place as u64 * PING_S * 1000 / count as u64;
            if at / 1000 != self.now / 1000 {
                self.writer.append(self.recorder.tick(ReceivedMs(at)))?;
                self.writer.commit()?;
            }
            self.now = at;
            let offset = at - EPOCH_MS;
            let ts = at + 10_000;
            let body = compact(&match self.plain {
                true => plain_ping(ts, offset),
                false => ping(ts, offset, number),
            });
            let (sid, tail) = (self.sids[session], self.tails[session]);
            let record = self.recorder.event(ReceivedMs(at), sid, tail, &body);
            let position = self.writer.append(record)?;
            self.tails[session] = LogPosition(position.get());
            if place % 256 == 0 {
                self.writer.commit()?;
            }
        }
        self.now = begin + PING_S * 1000 - 1;
        self.writer.commit()?;
        Ok(())
    }
}

/// Applies everything behind `from`; answers how many records, and from where to go on.
#[inline(never)]
pub(crate) fn apply(
    core: &mut Core,
    log: &Reader,
    from: Position,
) -> anyhow::Result<(u64, Position)> {
    let mut ahead = ReadAhead::new(log.iter_from(from)?);
    let mut records = 0;
    while ahead.read()? {
        core.warm(ahead.records().map(|(_, record)| record));
        for (position, record) in ahead.records() {
            core.apply(position, record)?;
            core.run_due(LOOKS);
            records += 1;
        }
        // Handed over some at a time, as the cell does; nothing if no view is told.
        let mut feed = Feed::default();
        core.take_feed(u32::MAX, &mut feed);
        std::hint::black_box(feed);
    }
    Ok((records, ahead.position()))
}

/// The same without the engine: frames and their checksums.
#[inline(never)]
fn read(log: &Reader, from: Position) -> anyhow::Result<(u64, u64)> {
    let mut frames = log.iter_from(from)?;
    let (mut records, mut bytes) = (0, 0);
    while let Some(frame) = frames.next() {
        bytes += frame?.payload.len() as u64;
        records += 1;
    }
    Ok((records, bytes))
}

/// What one round cost.
struct Round {
    events: u64,
    records: u64,
    bytes: u64,
    reading: Duration,
    applying: Duration,
    wall: Duration,
}

fn round(
    scribe: &mut Scribe,
    core: &mut Core,
    from: Position,
    args: EngineArgs,
    round: u64,
) -> anyhow::Result<(Round, Position)> {
    for number in 0..args.pings {
        scribe.pings(args.warm + round * args.pings + number)?;
    }
    let log = scribe.writer.reader();
    // Once to have it in the cache of the system, once to measure.
    read(&log, from)?;
    let begin = clock::thread_cpu();
    let (records, bytes) = read(&log, from)?;
    let reading = clock::thread_cpu() - begin;
    let (begin, wall) = (clock::thread_cpu(), clock::now());
    let (applied, end) = apply(core, &log, from)?;
    let applying = clock::thread_cpu() - begin;
    anyhow::ensure!(applied == records, "applied {applied} of {records} records");
    let events = args.pings * args.sessions as u64;
    Ok((
        Round {
            events,
            records,
            bytes,
            reading,
            applying,
            wall: wall.elapsed(),
        },
        end,
    ))
}

/// Measures, and adds what came out to the table.
pub(crate) fn run(args: EngineArgs, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let data = tempfile::tempdir_in(folder)?;
    let mut scribe = Scribe::open(data.path(), args.plain)?;
    scribe.start(args.sessions)?;
    let mut core = Core::new(Limits::default());
    let log = scribe.writer.reader();
    let (_, mut from) = apply(&mut core, &log, log.begin())?;
    for number in 0..args.warm {
        scribe.pings(number)?;
        (_, from) = apply(&mut core, &log, from)?;
    }
    if args.live {
        core.begin_feed();
    }
    let mut rounds = Vec::new();
    for number in 0..args.rounds {
        let (done, end) = round(&mut scribe, &mut core, from, args, number)?;
        rounds.push(done);
        from = end;
    }
    anyhow::ensure!(
        core.open_sessions() == args.sessions,
        "{} of {} sessions are open, closed: {:?}",
        core.open_sessions(),
        args.sessions,
        core.take_closed().next().map(|open| open.session.closed()),
    );
    let counts = core.ledger().total();
    let pings = (args.warm + args.rounds * args.pings) * args.sessions as u64;
    anyhow::ensure!(
        counts.acknowledged == pings + args.sessions as u64,
        "every ping is applied"
    );
    report(args, &rounds, table).context("no rounds")
}

/// Writes a log and applies it, without looking at a clock: for tools that count instructions,
/// under which reading clocks may fail.
pub(crate) fn apply_only(args: EngineArgs, folder: &Path) -> anyhow::Result<()> {
    let mut scribe = Scribe::open(folder, args.plain)?;
    scribe.start(args.sessions)?;
    for number in 0..args.warm + args.pings {
        scribe.pings(number)?;
    }
    let log = scribe.writer.reader();
    let mut core = Core::new(Limits::default());
    if args.live {
        core.begin_feed();
    }
    let (records, _) = apply(&mut core, &log, log.begin())?;
    anyhow::ensure!(
        records > args.pings * args.sessions as u64,
        "everything is applied"
    );
    Ok(())
}

fn report(args: EngineArgs, rounds: &[Round], table: &mut Table) -> Option<()> {
    let per_event = |time: fn(&Round) -> Duration| {
        let mut all: Vec<f64> = rounds
            .iter()
            .map(|round| time(round).as_nanos() as f64 / round.events as f64)
            .collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    };
    let (applying, reading) = (
        per_event(|round| round.applying)?,
        per_event(|round| round.reading)?,
    );
    let wall = per_event(|round| round.wall)?;
    let kind = match (args.plain, args.live) {
        (false, false) => "pings",
        (true, false) => "plain pings",
        (false, true) => "pings, with a live view",
        (true, true) => "plain pings, with a live view",
    };
    let name = format!("engine, {} open sessions, {kind}", args.sessions);
    let bytes = rounds.iter().map(|round| round.bytes).sum::<u64>()
        / rounds.iter().map(|round| round.records).sum::<u64>();
    table
        .add(&name, "events per CPU second", 1e9 / applying, "/s")
        .bar("at least 2,000,000 at 100,000 sessions");
    table.add(&name, "CPU per event", applying, "ns");
    table.add(&name, "of which frames and checksums", reading, "ns");
    table.add(&name, "wall time per event", wall, "ns");
    table.add(&name, "record", bytes as f64, "bytes");
    let memory = latency::measure();
    let ns = |time: Duration| time.as_secs_f64() * 1e9;
    table.add(&name, "a line of memory, in turn", ns(memory.in_turn), "ns");
    table.add(
        &name,
        "a line of memory, many at once",
        ns(memory.at_once),
        "ns",
    );
    Some(())
}
