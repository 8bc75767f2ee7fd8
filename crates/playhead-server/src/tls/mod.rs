//! TLS on the listeners: a certificate that can be changed while the server runs, and handshakes
//! on a thread of their own.
//!
//! In come TCP connections, out go streams whose handshake is done. The thread that serves them
//! sees neither the slow arithmetic of a handshake nor those who never finish one.

mod certificate;
mod handshake;
mod self_signed;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_rustls::rustls;
use tokio_rustls::rustls::crypto::ring::{Ticketer, default_provider};

pub use certificate::{Certificate, Fingerprints, Refreshed};
pub use handshake::{Incoming, listen};
pub use self_signed::keep as keep_self_signed;
pub use stream::Stream;
pub use tokio_rustls::TlsAcceptor as Acceptor;
pub use tokio_rustls::server::TlsStream as Accepted;

/// The protocol of HTTP/2 as it is negotiated.
pub(crate) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// Where certificate and key lie, as PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate and those that vouch for it, the server's own first.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read {}", file.display())]
    Read {
        file: PathBuf,
        source: std::io::Error,
    },
    #[error("{} holds no {what} in PEM form", file.display())]
    Missing { file: PathBuf, what: &'static str },
    #[error("certificate and key cannot be used")]
    Unusable(#[from] rustls::Error),
    #[error("a self-signed certificate cannot be made")]
    Make(#[from] rcgen::Error),
    #[error("a self-signed certificate cannot be kept in {}", folder.display())]
    Keep {
        folder: PathBuf,
        source: std::io::Error,
    },
}

/// How handshakes are done.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// From the connection to the end of the handshake.
    pub handshake_timeout: Duration,
    /// Handshakes under way at once, on each listener; further connections wait to be accepted.
    pub handshakes_max: usize,
}

/// What became of the handshakes of one listener.
#[derive(Debug, Default)]
pub struct Handshakes {
    done: AtomicU64,
    failed: AtomicU64,
    timed_out: AtomicU64,
    plain: AtomicU64,
}

impl Handshakes {
    /// The counts, each with its name as a label.
    pub(crate) fn by_result(&self) -> [(&'static str, u64); 4] {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("done", of(&self.done)),
            ("failed", of(&self.failed)),
            ("timed_out", of(&self.timed_out)),
            ("plain", of(&self.plain)),
        ]
    }
}

/// The cryptography of all of this, for clients of the same program too.
pub fn crypto() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(default_provider())
}

/// Does handshakes with those who speak one of these protocols, the best first. TLS has version 1.3
/// and 1.2, which old televisions need.
///
/// # Errors
/// If the certificate cannot be used.
pub fn acceptor(certificate: Arc<Certificate>, protocols: &[&[u8]]) -> Result<Acceptor, Error> {
    let mut config = rustls::ServerConfig::builder_with_provider(crypto())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    // Whoever comes back shows a ticket, so that nothing is remembered here.
    config.ticketer = Ticketer::new()?;
    Ok(Acceptor::from(Arc::new(config)))
}
