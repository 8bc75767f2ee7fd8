//! Where requests come from: plain, or over TLS.

use std::io;
use std::net::TcpListener;

use crate::tls;

/// A listener that is bound.
#[derive(Debug)]
pub enum Listener {
    Plain(TcpListener),
    Tls(tls::Incoming),
}

impl Listener {
    /// A second one of the same connections: each goes to one of both.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Plain(listener) => listener.try_clone().map(Self::Plain),
            Self::Tls(incoming) => Ok(Self::Tls(incoming.clone())),
        }
    }
}
