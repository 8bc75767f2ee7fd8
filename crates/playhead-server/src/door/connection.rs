//! Connections: accepted up to a limit, served, and given up when their client stands still.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::progress::{End, Progress, Told};
use super::watched::Watched;
use super::{Door, http2, quiet, request, response};
use crate::task::spawn_local;
use crate::tls;

/// Longest head of a request.
pub(super) const HEAD_BYTES_MAX: usize = 32 << 10;
/// Pause after a failed accept, which usually means too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn accept_for_ever(listener: TcpListener, door: Rc<Door>) {
    let places = door.options.connections_max.min(Semaphore::MAX_PERMITS);
    let places = Arc::new(Semaphore::new(places));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // An answer is one write; waiting for more of it only delays it.
                let _best_effort = stream.set_nodelay(true);
                open(&door, peer.ip(), End::Cut, |progress, leave| {
                    serve(stream, progress, leave, Some(place))
                });
            }
            Err(error) => {
                drop(place);
                tracing::warn!(error = &error as &dyn std::error::Error, "accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Takes what has shown its handshake on another thread.
pub(super) async fn take_for_ever(incoming: tls::Incoming, door: Rc<Door>) {
    while let Some(moving) = incoming.next().await {
        let peer = moving.peer.ip();
        match moving.arrive() {
            Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(tls::HTTP2) => {
                open(&door, peer, End::Farewell, |progress, leave| {
                    http2::serve(stream, progress, leave)
                });
            }
            Ok(stream) => open(&door, peer, End::Cut, |progress, leave| {
                serve(stream, progress, leave, None)
            }),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "accept"),
        }
    }
}

/// Serves a connection in a task of its own, which is watched.
fn open<F: Future<Output = ()> + 'static>(
    door: &Rc<Door>,
    peer: IpAddr,
    end: impl Fn(AbortHandle) -> End,
    serve: impl FnOnce(Rc<Progress>, Leave) -> F,
) {
    let connections = &door.connections;
    let progress = connections.progress(peer);
    let leave = Leave {
        door: door.clone(),
        number: connections.number(),
    };
    let number = leave.number;
    let task = spawn_local("connection", serve(progress.clone(), leave));
    connections.watch(number, progress, end(task.abort_handle()));
}

/// Takes a connection or a stream out of those that are watched, however it ends.
pub(super) struct Leave {
    pub(super) door: Rc<Door>,
    pub(super) number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.door.connections.forget(self.number);
    }
}

/// Speaks HTTP/1.1 until one of both has enough.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    progress: Rc<Progress>,
    leave: Leave,
    _place: Option<OwnedSemaphorePermit>,
) {
    let door = &leave.door;
    let stream = TokioIo::new(Watched {
        stream,
        progress: progress.clone(),
    });
    let service = service_fn(|request| {
        let progress = &progress;
        async move { Ok::<_, Infallible>(request::answer(door, request, progress).await) }
    });
    // It takes up to 100 headers; saying so would make it reserve them anew for each request.
    let mut connection = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .writev(false)
        // Nothing is read while an answer is on its way: that takes a second buffer for each request.
        // Whoever has said all they want to say is answered, too.
        .half_close(true)
        .serve_connection(stream, service);
    let mut waker = None;
    let is_slow = std::future::poll_fn(|context| {
        if progress.told(context) == Told::SlowHead {
            return Poll::Ready(true);
        }
        // A connection stays in the task it began in.
        let waker = waker.get_or_insert_with(|| quiet::waker(context.waker()));
        let context = &mut Context::from_waker(waker);
        // A client that goes away, or sends what is no HTTP, has been told by the status or knows.
        Pin::new(&mut connection).poll(context).map(|_ended| false)
    });
    if is_slow.await {
        let mut stream = connection.into_parts().io.into_inner();
        // Whoever sends so slowly may not read either: the sweep ends this then.
        let _told = stream.write_all(response::slow_head().as_bytes()).await;
        let _closed = stream.shutdown().await;
    }
}
