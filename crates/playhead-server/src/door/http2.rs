//! HTTP/2, over TLS only: many requests at once on one connection, each counted as any other.

use std::cell::Cell;
use std::convert::Infallible;
use std::pin::pin;
use std::rc::Rc;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::connection::{HEAD_BYTES_MAX, Leave};
use super::progress::{End, Progress, Stage, Told};
use super::request;
use crate::task::spawn_local;
use crate::tls;

/// Requests under way on one connection.
const STREAMS_MAX: u32 = 100;
/// Bytes that a client may send ahead on a stream, and on all of a connection together.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// Streams that a client has reset and nobody has looked at; with more the connection ends. So
/// nobody makes work by opening streams and taking them back at once.
const RESETS_MAX: usize = 20;
/// Faulty streams that we reset, before the connection ends.
const FAULTS_MAX: usize = 100;

pub(super) async fn serve(stream: Box<tls::Stream>, progress: Rc<Progress>, leave: Leave) {
    let streams = Streams {
        connection: progress.clone(),
        open: Rc::default(),
    };
    let door = leave.door.clone();
    let service = service_fn(move |request| {
        let stream = streams.begin(&door);
        async move {
            let door = &stream.leave.door;
            Ok::<_, Infallible>(request::answer(door, request, &stream.progress).await)
        }
    });
    let mut connection = pin!(
        http2::Builder::new(Executor)
            .max_concurrent_streams(STREAMS_MAX)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(HEAD_BYTES_MAX as u32)
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_local_error_reset_streams(FAULTS_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut is_leaving = false;
    let ended = std::future::poll_fn(|context| {
        if !is_leaving && progress.told(context) == Told::Leave {
            is_leaving = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(context)
    });
    // A client that goes away, or breaks the protocol, has been told by the code or knows.
    let _ended = ended.await;
}

/// The streams of a connection, which is idle while there are none.
struct Streams {
    connection: Rc<Progress>,
    open: Rc<Cell<usize>>,
}

impl Streams {
    fn begin(&self, door: &Rc<super::Door>) -> Stream {
        self.open.set(self.open.get() + 1);
        self.connection.enter(Stage::Answer);
        let progress = door.connections.progress(self.connection.peer);
        let number = door.connections.number();
        door.connections
            .watch(number, progress.clone(), End::Stream);
        Stream {
            progress,
            leave: Leave {
                door: door.clone(),
                number,
            },
            connection: self.connection.clone(),
            open: self.open.clone(),
        }
    }
}

struct Stream {
    progress: Rc<Progress>,
    leave: Leave,
    connection: Rc<Progress>,
    open: Rc<Cell<usize>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.open.set(self.open.get() - 1);
        if self.open.get() == 0 {
            let is_leaving = self.connection.is_leaving();
            let stage = if is_leaving {
                Stage::Leaving
            } else {
                Stage::Idle
            };
            self.connection.enter(stage);
        }
    }
}

/// Runs streams on the thread of the door.
#[derive(Clone, Copy)]
struct Executor;

impl<F: Future<Output = ()> + 'static> hyper::rt::Executor<F> for Executor {
    fn execute(&self, stream: F) {
        spawn_local("stream", stream);
    }
}
