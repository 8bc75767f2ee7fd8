//! The live view: what its columns take, and what a second of it costs.

use std::path::Path;
use std::sync::mpsc;

use playhead_engine::core::{Core, Feed, Limits};
use playhead_engine::live::{LiveOptions, LiveThread, Question};
use playhead_model::time::ReceivedMs;

use crate::clock;
use crate::engine::{Scribe, apply};
use crate::table::Table;

/// Places in memory that are handed over at once.
const PLACES: u32 = 65_536;
const SECONDS: u64 = 10;
/// More than are ever sent at once.
const FRAMES_MAX: usize = 64;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct LiveArgs {
    /// Open sessions
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) sessions: usize,
}

/// Measures, and adds what came out to the table.
pub(crate) fn run(args: LiveArgs, folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    let mut scribe = Scribe::open(folder, false)?;
    scribe.start(args.sessions)?;
    let log = scribe.writer.reader();
    let mut core = Core::new(Limits::default());
    apply(&mut core, &log, log.begin())?;
    let mut now = core.now();

    let before = clock::resident()?;
    let others = || Ok::<_, anyhow::Error>(clock::own_cpu() - clock::thread_cpu());
    let begin = others()?;
    let live = LiveThread::start(log, now, LiveOptions::default())?;
    let (send, frames) = mpsc::sync_channel(FRAMES_MAX);
    let question = Question {
        top: 10,
        ..Question::default()
    };
    let follower = move |frame: &std::sync::Arc<playhead_engine::live::Frame>| {
        send.send(frame.clone()).is_ok()
    };
    live.live().follow(question.clone(), Box::new(follower))?;
    frames.recv()?;
    core.begin_feed();
    let mut is_complete = false;
    while !is_complete {
        let mut feed = Feed::default();
        is_complete = core.take_feed(PLACES, &mut feed);
        now = ReceivedMs(now.0 + 1_000);
        anyhow::ensure!(live.give(&mut feed, now, is_complete), "the view keeps up");
        while frames.recv()?.at / 1000 < now.0 / 1000 {}
    }
    let sessions = args.sessions as f64;
    let name = format!("live view, {} open sessions", args.sessions);
    let opened = others()? - begin;
    table.add(
        &name,
        "CPU of taking a session in",
        opened.as_nanos() as f64 / sessions,
        "ns",
    );
    let resident = clock::resident()?.saturating_sub(before);
    table.add(
        &name,
        "resident memory a session",
        resident as f64 / sessions,
        "bytes",
    );
    let mut second = |by: Option<&str>| {
        let begin = others()?;
        let (send, frames) = mpsc::sync_channel(FRAMES_MAX);
        let question = Question {
            by: by.into_iter().map(str::to_owned).collect(),
            ..question.clone()
        };
        let follower =
            move |frame: &std::sync::Arc<playhead_engine::live::Frame>| send.send(frame.at).is_ok();
        if by.is_some() {
            live.live().follow(question, Box::new(follower))?;
            frames.recv()?;
        }
        for _ in 0..SECONDS {
            now = ReceivedMs(now.0 + 1_000);
            live.give(&mut Feed::default(), now, true);
            if by.is_some() {
                while frames.recv()? / 1000 < now.0 / 1000 {}
            }
        }
        let spent = others()? - begin;
        Ok::<_, anyhow::Error>(spent.as_secs_f64() * 1e3 / SECONDS as f64)
    };
    let by_name = second(Some("name"))?;
    let by_player = second(Some("playerName"))?;
    table.add(
        &name,
        "CPU of a second, one stream by content",
        by_name,
        "ms",
    );
    table.add(
        &name,
        "CPU of a second, one more by player",
        by_player,
        "ms",
    );
    Ok(())
}
