//! The public door: the two media APIs and a bare readiness answer, on the thread of the cell.
//! HTTP/1.1, and over TLS HTTP/2 as well.

mod connection;
mod edge;
mod http2;
mod progress;
mod quiet;
mod rates;
mod reader;
mod reload;
mod request;
mod response;
mod watched;

use std::cell::{Cell as StdCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use playhead_engine::cell::{Cell, TURN_MS, Work};
use playhead_engine::rates::{Rate, Rates};
use playhead_sender::Lookup;
use tokio::sync::watch;

use crate::Listener;
use crate::cell::{Questions, SharedCell};
use crate::task::spawn_local;
pub use edge::{Datastream, Datastreams};
use progress::Connections;
use reader::Reader;
pub use reload::{Change, Changer, Changes, changes};

/// Time between two ticks of the engine.
const TICK: Duration = Duration::from_secs(1);
/// Pause when the disk cannot follow a checkpoint.
const BREATH: Duration = Duration::from_millis(5);

/// What the door lets in.
#[derive(Clone, Debug)]
pub struct Options {
    pub connections_max: usize,
    pub limits: Limits,
    /// From the first byte of a request to the end of its head.
    pub header_timeout: Duration,
    /// From the head of a request to the end of its body.
    pub body_timeout: Duration,
    pub in_flight_bytes_max: usize,
    /// Whose sessions come by the Media Edge API.
    pub datastreams: Datastreams,
    /// How long open requests may take at the end.
    pub shutdown_deadline: Duration,
    /// Whether the engine's time passes by itself.
    pub ticks: bool,
}

/// Limits of a request, which may change while the door is open.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub body_event_max: usize,
    pub body_array_max: usize,
    /// What may come from one address.
    pub address_rate: Rate,
}

/// Why the server ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Running,
    /// Not ready any more; whoever is connected is still served.
    Draining,
}

pub(crate) struct Door {
    cell: SharedCell,
    options: Options,
    limits: StdCell<Limits>,
    datastreams: RefCell<Rc<Datastreams>>,
    lookup: RefCell<Lookup>,
    /// What each address has sent lately.
    addresses: RefCell<Rates>,
    in_flight_bytes: StdCell<usize>,
    connections: Connections,
    reader: Reader,
    phase: watch::Receiver<Phase>,
}

/// Runs the door and the cell behind it on the present thread until the phase says to drain.
///
/// # Errors
/// If the runtime cannot start, or the log cannot be written at the end.
pub fn run(
    cell: Cell,
    listener: Listener,
    options: Options,
    lookup: Lookup,
    questions: Questions,
    changes: Changes,
    mut phase: watch::Receiver<Phase>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())?;
    let cell = runtime.block_on(async move {
        let cell = SharedCell::new(cell);
        let deadline = options.shutdown_deadline;
        let ticks = options.ticks;
        let door = Rc::new(Door {
            cell: cell.clone(),
            connections: Connections::default(),
            limits: StdCell::new(options.limits),
            datastreams: RefCell::new(Rc::new(options.datastreams.clone())),
            options,
            lookup: lookup.into(),
            addresses: RefCell::default(),
            in_flight_bytes: StdCell::new(0),
            reader: Reader::start()?,
            phase: phase.clone(),
        });
        let committer = spawn_local("commit", cell.clone().commit_for_ever());
        let answerer = spawn_local("answer", questions.answer(cell.clone()));
        let changer = spawn_local("change", changes.take_for_ever(door.clone()));
        let ticker = spawn_local("tick", tick_for_ever(door.clone(), ticks));
        let cutter = spawn_local("checkpoint", cut_for_ever(cell.clone()));
        let acceptor = match listener {
            Listener::Plain(listener) => {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let accept = connection::accept_for_ever(listener, door.clone());
                spawn_local("accept", accept)
            }
            Listener::Tls(incoming) => {
                spawn_local("accept", connection::take_for_ever(incoming, door.clone()))
            }
        };

        let drained = phase
            .wait_for(|phase| *phase == Phase::Draining)
            .await
            .is_ok();
        tracing::info!(drained, "draining: no new connections");
        acceptor.abort();
        door.connections.send_away();
        if tokio::time::timeout(deadline, door.connections.drained())
            .await
            .is_err()
        {
            let pending = door.connections.len();
            tracing::warn!(pending, "connections still open at the deadline");
        }
        door.connections.abort_all();
        for task in [acceptor, cutter, ticker, changer, answerer, committer] {
            task.abort();
            // An aborted task has nothing to say.
            let _aborted = task.await;
        }
        drop(door);
        Ok::<_, std::io::Error>(cell)
    })?;
    drop(runtime);
    match cell.into_cell() {
        Ok(cell) => cell.shut_down().map_err(Into::into),
        Err(_) => Err("a task still holds the cell".into()),
    }
}

/// Lets time pass, and does what is due between the commits.
async fn tick_for_ever(door: Rc<Door>, ticks: bool) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        door.connections
            .sweep(door.options.header_timeout, door.options.body_timeout);
        if ticks {
            tick(&door.cell).await;
        }
    }
}

async fn tick(cell: &SharedCell) {
    // What others have appended and not committed goes along; they are told by their own commit.
    if cell.get().has_uncommitted() {
        let _not_durable = cell.durable().await;
    }
    let ticked = cell.get_mut().tick();
    if let Err(error) = ticked {
        tracing::error!(error = &error as &dyn std::error::Error, "tick");
        return;
    }
    // Now nothing waits to be committed, which under load is not often so.
    cell.get_mut().begin_checkpoint_if_due();
    while cell.get_mut().look_at_due() == Work::More {
        tokio::task::yield_now().await;
    }
}

/// Goes on with the checkpoint that is in the making, if there is one.
async fn cut_for_ever(cell: SharedCell) {
    loop {
        let pause = match turn(&mut cell.get_mut()) {
            Work::Done => TICK,
            Work::More => Duration::from_millis(TURN_MS),
            Work::Blocked => BREATH,
        };
        tokio::time::sleep(pause).await;
    }
}

fn turn(cell: &mut Cell) -> Work {
    let bytes = cell.checkpoint_turn_bytes();
    cell.go_on_with_checkpoint(bytes)
}
