//! Connections: accepted up to a limit, watched for standing still, closed at the end.
//!
//! A clock per connection would cost a timer per request. Instead each notes the phase it is in,
//! and once a second all are looked at.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use hashbrown::HashMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::task::AbortHandle;

use super::{Door, request};
use crate::task::spawn_local;

/// Longest head of a request.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// Most headers of a request.
const HEADERS_MAX: usize = 100;
/// A connection on which nothing is asked for this long is closed; players ask every 10 to 50 s.
const IDLE_MAX: Duration = Duration::from_secs(120);
/// Pause after a failed accept, which usually means too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where a connection is in its present request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Idle,
    Head,
    Body,
    Answer,
}

/// What the sweep sees of a connection.
#[derive(Debug)]
pub(super) struct Progress {
    stage: Cell<Stage>,
    /// Sweep at which the stage began.
    since: Cell<u64>,
    sweeps: Rc<Cell<u64>>,
    pub(super) peer: IpAddr,
}

impl Progress {
    pub(super) fn enter(&self, stage: Stage) {
        self.stage.set(stage);
        self.since.set(self.sweeps.get());
    }
}

/// All open connections.
#[derive(Debug)]
pub(super) struct Connections {
    places: Rc<Semaphore>,
    open: RefCell<HashMap<u64, (Rc<Progress>, AbortHandle)>>,
    next: Cell<u64>,
    sweeps: Rc<Cell<u64>>,
    changed: Notify,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        Self {
            places: Rc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))),
            open: RefCell::default(),
            next: Cell::new(0),
            sweeps: Rc::new(Cell::new(0)),
            changed: Notify::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.open.borrow().len()
    }

    /// Closes connections that stand still; called once a second.
    pub(super) fn sweep(&self, header_timeout: Duration, body_timeout: Duration) {
        self.sweeps.set(self.sweeps.get() + 1);
        let now = self.sweeps.get();
        for (progress, abort) in self.open.borrow().values() {
            let patience = match progress.stage.get() {
                Stage::Idle => IDLE_MAX,
                Stage::Head => header_timeout,
                Stage::Body => body_timeout,
                Stage::Answer => continue,
            };
            if now - progress.since.get() > patience.as_secs().max(1) {
                abort.abort();
            }
        }
    }

    /// Waits until no connection is in the middle of a request.
    pub(super) async fn drained(&self) {
        loop {
            let changed = self.changed.notified();
            let is_idle =
                |(progress, _): &(Rc<Progress>, AbortHandle)| progress.stage.get() == Stage::Idle;
            if self.open.borrow().values().all(is_idle) {
                return;
            }
            changed.await;
        }
    }

    /// Sends those away who ask nothing; whoever is in a request is told with the answer.
    pub(super) fn abort_idle(&self) {
        for (progress, abort) in self.open.borrow().values() {
            if progress.stage.get() == Stage::Idle {
                abort.abort();
            }
        }
    }

    pub(super) fn abort_all(&self) {
        for (_, abort) in self.open.borrow().values() {
            abort.abort();
        }
    }
}

pub(super) async fn accept_for_ever(listener: TcpListener, door: Rc<Door>) {
    loop {
        let Ok(place) = door.connections.places.acquire().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                place.forget();
                open(stream, peer.ip(), door.clone());
            }
            Err(error) => {
                drop(place);
                tracing::warn!(error = &error as &dyn std::error::Error, "accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn open(stream: TcpStream, peer: IpAddr, door: Rc<Door>) {
    // An answer is one write; waiting for more of it only delays it.
    let _best_effort = stream.set_nodelay(true);
    let connections = &door.connections;
    let progress = Rc::new(Progress {
        stage: Cell::new(Stage::Idle),
        since: Cell::new(connections.sweeps.get()),
        sweeps: connections.sweeps.clone(),
        peer,
    });
    let number = connections.next.get();
    connections.next.set(number + 1);
    let leave = Leave {
        door: door.clone(),
        number,
    };
    let task = spawn_local("connection", serve(stream, progress.clone(), leave));
    connections
        .open
        .borrow_mut()
        .insert(number, (progress, task.abort_handle()));
}

/// Gives the place of a connection back, however it ends.
struct Leave {
    door: Rc<Door>,
    number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let connections = &self.door.connections;
        connections.open.borrow_mut().remove(&self.number);
        connections.places.add_permits(1);
        connections.changed.notify_waiters();
    }
}

async fn serve(stream: TcpStream, progress: Rc<Progress>, leave: Leave) {
    let door = &leave.door;
    let stream = TokioIo::new(Watched {
        stream,
        progress: progress.clone(),
    });
    let service = service_fn(|request| {
        let progress = &progress;
        async move { Ok::<_, Infallible>(request::answer(door, request, progress).await) }
    });
    let connection = http1::Builder::new()
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .writev(false)
        .serve_connection(stream, service);
    // A client that goes away, or sends what is no HTTP, has been told by the status or knows.
    let _ended = connection.await;
}

/// A stream that notes when a request begins.
struct Watched {
    stream: TcpStream,
    progress: Rc<Progress>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before && self.progress.stage.get() == Stage::Idle {
            self.progress.enter(Stage::Head);
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
