//! Handshakes of one listener, on a thread of their own.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::stream::{Moving, Socket, Stream};
use super::{Acceptor, Certificate, Error, HTTP1, HTTP2, Handshakes, Options, Refreshed, acceptor};

/// Connections that are ready and wait to be served.
const READY_MAX: usize = 256;
/// How often the files of the certificate are looked at.
const REFRESH: Duration = Duration::from_secs(2);
/// Failed handshakes that are logged one by one between two looks.
const COMPLAINTS_MAX: u32 = 10;
/// Pause after a failed accept, which usually means too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The first byte of every handshake.
const HANDSHAKE: u8 = 0x16;
/// What a client that speaks plain HTTP is told.
const PLAIN: &str = r#"{"message":"this port speaks https, not plain http"}"#;

/// The connections of a listener whose handshakes are done.
#[derive(Clone, Debug)]
pub struct Incoming {
    ready: Arc<Mutex<mpsc::Receiver<Moving>>>,
    address: SocketAddr,
}

impl Incoming {
    pub(crate) async fn next(&self) -> Option<Moving> {
        self.ready.lock().await.recv().await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Starts the thread that does the handshakes of a listener. More than `connections_max` at once
/// wait to be accepted. The thread ends when nobody takes what comes out.
///
/// # Errors
/// If the thread cannot be started or the listener fails.
pub fn listen(
    name: &'static str,
    listener: TcpListener,
    certificate: Arc<Certificate>,
    options: Options,
    connections_max: usize,
    handshakes: Arc<Handshakes>,
) -> Result<Incoming, ListenError> {
    let acceptor = acceptor(certificate.clone(), &[HTTP2, HTTP1])?;
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (out, ready) = mpsc::channel(READY_MAX);
    let thread = Thread {
        name,
        acceptor,
        certificate,
        timeout: options.handshake_timeout,
        handshakes,
        complaints: AtomicU32::new(0),
        silent: AtomicU64::new(0),
        out,
    };
    let semaphore = |max: usize| Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS)));
    let places = semaphore(connections_max);
    let slots = semaphore(options.handshakes_max);
    thread::Builder::new()
        .name(format!("tls-{name}"))
        .spawn(move || runtime.block_on(Arc::new(thread).run(listener, places, slots)))?;
    Ok(Incoming {
        ready: Arc::new(Mutex::new(ready)),
        address,
    })
}

/// Why a listener cannot speak TLS.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(transparent)]
    Tls(#[from] Error),
    #[error("the listener cannot be used")]
    Io(#[from] io::Error),
}

#[derive(Debug)]
enum Failure {
    /// The client speaks plain HTTP, and has not been answered yet.
    Plain(TcpStream),
    TimedOut,
    Failed(io::Error),
}

struct Thread {
    name: &'static str,
    acceptor: Acceptor,
    certificate: Arc<Certificate>,
    timeout: Duration,
    handshakes: Arc<Handshakes>,
    /// Failures logged since the last look at the certificate, and those that were not.
    complaints: AtomicU32,
    silent: AtomicU64,
    out: mpsc::Sender<Moving>,
}

impl Thread {
    async fn run(
        self: Arc<Self>,
        listener: TcpListener,
        places: Arc<Semaphore>,
        slots: Arc<Semaphore>,
    ) {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                return tracing::error!(listener = self.name, error, "the listener cannot be used");
            }
        };
        let mut refresh = tokio::time::interval(REFRESH);
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                accepted = accept(&listener, &places, &slots) => match accepted {
                    Ok((tcp, peer, place, slot)) => {
                        let thread = self.clone();
                        under_way.spawn(async move {
                            thread.take(tcp, peer, place).await;
                            drop(slot);
                        });
                    }
                    Err(error) => {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(listener = self.name, error, "accept");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = under_way.join_next() => if let Err(error) = ended {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(task = "handshake", error, "task panicked");
                },
                _ = refresh.tick() => self.refresh(),
                () = self.out.closed() => return,
            }
        }
    }

    async fn take(&self, tcp: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        let counts = &self.handshakes;
        let shaken = tokio::time::timeout(self.timeout, self.shake(tcp, place)).await;
        match shaken.unwrap_or(Err(Failure::TimedOut)) {
            Ok(stream) => {
                counts.done.fetch_add(1, Ordering::Relaxed);
                if let Ok(moving) = Moving::leave(stream, peer) {
                    // Nobody takes it any more if this fails: the server ends.
                    let _ended = self.out.send(moving).await;
                }
            }
            Err(Failure::Plain(tcp)) => {
                self.complain(&counts.plain, "plain HTTP on a port that speaks https");
                let told = refuse_plain(tcp);
                // Whoever does not listen either is not told.
                let _told = tokio::time::timeout(self.timeout, told).await;
            }
            Err(Failure::TimedOut) => self.complain(&counts.timed_out, "not finished in time"),
            Err(Failure::Failed(error)) => self.complain(&counts.failed, &error.to_string()),
        }
    }

    fn complain(&self, count: &AtomicU64, why: &str) {
        count.fetch_add(1, Ordering::Relaxed);
        if self.complaints.fetch_add(1, Ordering::Relaxed) < COMPLAINTS_MAX {
            tracing::warn!(listener = self.name, why, "tls handshake failed");
        } else {
            self.silent.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn shake(
        &self,
        tcp: TcpStream,
        place: OwnedSemaphorePermit,
    ) -> Result<Box<Stream>, Failure> {
        // An answer is one write; waiting for more of it only delays it.
        let _best_effort = tcp.set_nodelay(true);
        let mut first = [0];
        let seen = tcp.peek(&mut first).await.map_err(Failure::Failed)?;
        if seen == 1 && first[0] != HANDSHAKE && first[0].is_ascii_uppercase() {
            return Err(Failure::Plain(tcp));
        }
        let shaken = self.acceptor.accept(Socket::new(tcp, place)).await;
        shaken.map(Box::new).map_err(Failure::Failed)
    }

    fn refresh(&self) {
        self.complaints.store(0, Ordering::Relaxed);
        let silent = self.silent.swap(0, Ordering::Relaxed);
        if silent > 0 {
            tracing::warn!(
                listener = self.name,
                count = silent,
                "more tls handshakes failed"
            );
        }
        refresh(&self.certificate);
    }
}

/// Looks at the files of the certificate, and says what came of it.
fn refresh(certificate: &Certificate) {
    match certificate.refresh() {
        Ok(Refreshed::Unchanged) => {}
        Ok(Refreshed::Replaced) => {
            let fingerprint = certificate.fingerprints().certificate;
            tracing::info!(fingerprint, "new certificate in use");
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the new certificate is not used, the old one stays");
        }
    }
}

type Accepted = (
    TcpStream,
    SocketAddr,
    OwnedSemaphorePermit,
    OwnedSemaphorePermit,
);

/// Accepts a connection once there is a place for it, and for its handshake.
///
/// # Cancel safety
/// Nothing is lost: a connection is taken in the last step.
async fn accept(
    listener: &tokio::net::TcpListener,
    places: &Arc<Semaphore>,
    slots: &Arc<Semaphore>,
) -> io::Result<Accepted> {
    let place = places.clone().acquire_owned().await;
    let slot = slots.clone().acquire_owned().await;
    let (place, slot) = place
        .and_then(|place| Ok((place, slot?)))
        .map_err(io::Error::other)?;
    let (tcp, peer) = listener.accept().await?;
    Ok((tcp, peer, place, slot))
}

/// Tells a client that speaks plain HTTP so. What it sent is read, or the answer would be lost
/// with the connection.
async fn refuse_plain(mut tcp: TcpStream) -> io::Result<()> {
    let mut sent = [0; 4096];
    let _read = tcp.read(&mut sent).await?;
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{PLAIN}",
        PLAIN.len()
    );
    tcp.write_all(answer.as_bytes()).await?;
    tcp.shutdown().await
}
