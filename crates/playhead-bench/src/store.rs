//! A data folder with many closed sessions of thirty days, written and put together by the code
//! that the server writes its store with.

mod rows;
mod sketch;
mod watched;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;
use playhead_engine::mint::Mint;
use playhead_log::storage::OsStorage as LogStorage;
use playhead_log::{Options, SyncPolicy, Writer};
use playhead_model::catalog::Day;
use playhead_model::ids::LogPosition;
use playhead_model::time::ReceivedMs;
use playhead_store::parts::storage::OsStorage;
use playhead_store::parts::{Effect, Store};

use self::sketch::Sketch;
use self::world::World;
use crate::clock;
use crate::server::Server;
use crate::table::Table;
use crate::traffic::Recorder;

/// 1 March 2026.
pub(crate) const FIRST_DAY_MS: u64 = 1_772_323_200_000;
pub(crate) const DAYS: u64 = 30;
pub(crate) const DAY_MS: u64 = 86_400_000;
/// When the last day is over: the server's time, if its clock is manual.
pub(crate) const END_MS: u64 = FIRST_DAY_MS + DAYS * DAY_MS;
/// Sessions that are written at a time.
const BLOCK: usize = 32_768;
/// Positions in the log that a session takes.
const POSITIONS: u64 = 4;
/// The key that a seeded mint makes ids with.
const KEY: &str = "00000000000000000000000000000000\n";

#[derive(Args, Clone, Debug)]
pub(crate) struct StoreArgs {
    /// Sessions that begin in the thirty days; the few that are open at their end are left out
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) sessions: u64,
    /// Another seed, other sessions
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The data folder to be made; it must not be there, or be empty
    #[arg(value_name = "DATA")]
    pub(crate) data: PathBuf,
}

/// Makes the folder, and adds what it takes to the table.
pub(crate) fn run(args: &StoreArgs, table: &mut Table) -> anyhow::Result<()> {
    let begun = clock::own_cpu();
    let written = make(args)?;
    let cpu = (clock::own_cpu() - begun).as_secs_f64();
    let subject = format!("store of {written} sessions");
    let bytes = size_of_folder(&args.data.join("store/sessions"))?;
    table.add(&subject, "CPU of making it", cpu, "s");
    let each = bytes as f64 / written as f64;
    table.add(&subject, "size of a session row", each, "bytes");
    let all = size_of_folder(&args.data.join("store"))? as f64 / 1e6;
    table.add(&subject, "size of all tables", all, "MB");
    Ok(())
}

/// Makes the folder; says how many sessions it has.
pub(crate) fn make(args: &StoreArgs) -> anyhow::Result<u64> {
    let data = &args.data;
    let is_empty = !data.exists() || fs::read_dir(data)?.next().is_none();
    ensure!(
        is_empty,
        "{} is not empty: name a folder that is not there",
        data.display()
    );
    ensure!(args.sessions > 0, "--sessions is at least 1");
    fs::create_dir_all(data)?;
    fs::write(data.join("id.keys"), KEY)?;
    let end = write_log(data, (args.sessions + 1) * POSITIONS)?;
    // Its checkpoint lets the next start read the end of the log only.
    Server::playhead_at_rest(data)?.stop()?;
    write_store(args, end)
}

/// A log that reaches far enough for the positions of all sessions, and has nothing but the time.
fn write_log(data: &Path, positions: u64) -> anyhow::Result<LogPosition> {
    let options = Options {
        sync: SyncPolicy::Never,
        ..Options::default()
    };
    let storage = LogStorage::create(data.join("log"))?;
    let (mut writer, _) = Writer::open(Arc::new(storage), options)?;
    let mut recorder = Recorder::new();
    let mut place = writer
        .append(recorder.rules(ReceivedMs(FIRST_DAY_MS)))?
        .get();
    while place <= positions {
        let passed = u128::from(END_MS - FIRST_DAY_MS) * u128::from(place) / u128::from(positions);
        let at = ReceivedMs(FIRST_DAY_MS + passed as u64);
        for _ in 0..256 {
            place = writer.append(recorder.tick(at))?.get();
        }
        writer.commit()?;
    }
    let last = writer.append(recorder.tick(ReceivedMs(END_MS)))?;
    writer.commit()?;
    Ok(LogPosition(last.get() + 1))
}

fn write_store(args: &StoreArgs, log_end: LogPosition) -> anyhow::Result<u64> {
    let storage = Arc::new(OsStorage::new(args.data.join("store")));
    let mut store = Store::open(storage, log_end)?;
    let world = World::new(args.seed, args.sessions);
    let mint = Mint::seeded(args.seed);
    let (mut begun, mut written) = (0, 0);
    let mut open: Vec<Sketch> = Vec::new();
    for day in 0..DAYS {
        let begin = FIRST_DAY_MS + day * DAY_MS;
        let count = args.sessions * (day + 1) / DAYS - begun;
        let starts = sketch::starts(args.seed, day, begin, count);
        let new = starts.iter().zip(begun..);
        open.extend(new.map(|(at, number)| Sketch::new(&world, args.seed, number, *at)));
        let over = begin + DAY_MS;
        let (mut closed, left): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|it| it.closed_at() < over);
        open = left;
        closed.sort_unstable_by_key(|it| (it.closed_at(), it.number));
        // A session is stored behind whatever began before it closed.
        let close = |sketch: &Sketch| {
            let before = starts.partition_point(|at| *at <= sketch.closed_at());
            (begun + before as u64) * POSITIONS + 3
        };
        for block in closed.chunks(BLOCK) {
            let effects = block.iter().map(|sketch| {
                let sid = mint.session_id(ReceivedMs(sketch.started_at));
                let stamp = rows::stamp(sketch, sketch.number * POSITIONS, close(sketch));
                let rows = rows::rows(&world, args.seed, sketch, sid, &stamp);
                Effect::Session(Box::new(rows))
            });
            store.write(effects.collect());
            if let Some(last) = block.last() {
                store.complete(LogPosition(close(last)));
            }
            store.sync()?;
        }
        begun += count;
        written += closed.len() as u64;
        put_together(&mut store, day)?;
        eprintln!("day {} of {DAYS}: {written} sessions", day + 1);
    }
    Ok(written)
}

/// As the server does once a day is over.
fn put_together(store: &mut Store, day: u64) -> anyhow::Result<()> {
    let next = FIRST_DAY_MS / DAY_MS + day + 1;
    while let Some(compaction) = store.next_compaction(Day(i32::try_from(next)?)) {
        let compacted = compaction.run(&|| false)?;
        store.install(compacted.context("nothing stops it")?)?;
    }
    Ok(())
}

fn size_of_folder(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => size_of_folder(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}
