//! Resident memory of open sessions after an hour of pings.

use playhead_engine::core::{Core, Limits};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::time::ReceivedMs;
use playhead_simulator::Plan;

use crate::clock;
use crate::table::Table;
use crate::traffic::{
    EPOCH_MS, Recorder, VARIANTS, compact, ordinary_plan, start_body, start_variants,
};

const LOOKS: usize = 64;
/// Time between two checkpoints. A server makes them more often; they take their time here.
const CHECKPOINT_MS: u64 = 600_000;

/// What to measure.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct MemoryArgs {
    /// Open sessions
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) sessions: usize,
    /// How long they last before memory is looked at
    #[arg(long, default_value_t = 60)]
    pub(crate) minutes: u64,
}

/// An event of one variant, ready to be sent by every session of it.
struct Scripted {
    at_ms: u64,
    variant: usize,
    body: Vec<u8>,
}

/// The events of all variants in order of time, with the same beginning.
fn script(plan: &Plan, until_ms: u64) -> Vec<Scripted> {
    let mut script = Vec::new();
    for variant in 0..VARIANTS {
        let mut requests = plan.session(variant).requests();
        let begin = requests.next().map_or(0, |start| start.at_ms);
        // Spread over ten seconds, so that pings come evenly.
        let shift = 10_000 * variant as u64 / VARIANTS as u64;
        let due = requests.take_while(|request| request.at_ms - begin < until_ms);
        script.extend(due.map(|request| Scripted {
            at_ms: request.at_ms - begin + shift,
            variant,
            body: compact(&request.body),
        }));
    }
    script.sort_by_key(|event| event.at_ms);
    script
}

/// Makes a checkpoint as a server does, in pieces that nobody keeps.
fn cut_checkpoint(core: &mut Core) {
    core.begin_cut();
    let mut piece = Vec::new();
    while core.is_cutting() {
        core.go_on_with_cut(32 << 10, &mut piece);
        if piece.len() >= 64 << 10 {
            piece = Vec::new();
        }
    }
}

/// Measures, and adds what came out to the table.
pub(crate) fn run(args: MemoryArgs, table: &mut Table) -> anyhow::Result<()> {
    let plan = ordinary_plan();
    let script = script(&plan, args.minutes * 60_000);
    let variants = start_variants(&plan);
    let mut recorder = Recorder::new();
    // A store of ids that the measured part does not have.
    let mut sids: Vec<SessionId> = vec![SessionId::from_bytes([1; 32]); args.sessions];
    let before = clock::resident()?;
    let begin = clock::thread_cpu();

    let mut core = Core::new(Limits::default());
    let mut position = 1;
    let mut apply = |core: &mut Core, record: &[u8]| {
        let at = LogPosition(position);
        position += record.len() as u64 + 8;
        core.apply(at, record)
    };
    apply(&mut core, recorder.rules(ReceivedMs(EPOCH_MS)))?;
    for (session, sid) in sids.iter_mut().enumerate() {
        *sid = recorder.session_id(ReceivedMs(EPOCH_MS));
        let body = start_body(&variants, session);
        apply(&mut core, recorder.start(ReceivedMs(EPOCH_MS), *sid, &body))?;
    }
    let after_starts = clock::resident()?;
    let mut now = EPOCH_MS;
    let mut events = 0_u64;
    let mut peak = after_starts;
    for event in &script {
        let at = ReceivedMs(EPOCH_MS + event.at_ms);
        if at.0 / 1000 != now / 1000 {
            apply(&mut core, recorder.tick(at))?;
            peak = peak.max(clock::resident()?);
        }
        if at.0 / CHECKPOINT_MS != now / CHECKPOINT_MS {
            cut_checkpoint(&mut core);
        }
        now = at.0;
        for sid in sids.iter().skip(event.variant).step_by(VARIANTS) {
            let record = recorder.event(at, *sid, LogPosition(1 << 36), &event.body);
            apply(&mut core, record)?;
            core.run_due(LOOKS);
            events += 1;
        }
    }
    let resident = clock::resident()?;
    let cpu = clock::thread_cpu() - begin;
    anyhow::ensure!(
        core.open_sessions() == args.sessions,
        "all sessions are open"
    );

    let sessions = args.sessions as f64;
    let name = format!("memory, {} open sessions", args.sessions);
    table.add(
        &name,
        "events of each session",
        events as f64 / sessions,
        "",
    );
    table
        .add(
            &name,
            "resident memory a session",
            (resident - before) as f64 / sessions,
            "bytes",
        )
        .bar("at most 1,024");
    table.add(
        &name,
        "of that after the start",
        (after_starts - before) as f64 / sessions,
        "bytes",
    );
    table.add(
        &name,
        "at its peak, with a burst of events in every window",
        (peak - before) as f64 / sessions,
        "bytes",
    );
    table.add(
        &name,
        "of the whole process",
        resident as f64 / sessions,
        "bytes",
    );
    table.add(
        &name,
        "CPU per event, encoding included",
        cpu.as_nanos() as f64 / events as f64,
        "ns",
    );
    Ok(())
}
