//! SQL in the Postgres protocol, for psql, Grafana and other tools: the same queries under the
//! same limits as at the console, with the console's token as the password.

mod cancel;
mod catalogue;
mod door;
mod error;
mod handlers;
mod prepared;
mod secure;
mod statement;
mod titles;
mod types;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::datatypes::DataType;
use pgwire::tokio::process_socket;
use playhead_server::tls::Acceptor;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::run::Queries;
use handlers::Handlers;
use secure::Secure;

/// The id of the type that stands for a type of ours.
pub(crate) fn type_oid(kind: &DataType) -> u32 {
    types::of(kind).oid()
}

/// The value of a parameter that clients ask for.
pub(crate) fn setting(name: &str) -> Option<&'static str> {
    statement::parameter(name)
}

/// What the Postgres protocol is served with.
pub struct Postgres {
    pub queries: Arc<Queries>,
    /// The password, if one is asked for.
    pub token: Option<String>,
    /// Does handshakes, each of which may take so long; with it nobody comes in without TLS.
    pub tls: Option<(Acceptor, Duration)>,
    pub connections_max: usize,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres")
            .field("connections_max", &self.connections_max)
            .finish_non_exhaustive()
    }
}

/// The protocol as TLS knows it.
pub const TLS_PROTOCOL: &[u8] = b"postgresql";

impl Postgres {
    /// Serves on the present thread until `end` is true.
    ///
    /// # Errors
    /// If the runtime cannot start or the listener fails.
    pub fn run(self, listener: TcpListener, mut end: watch::Receiver<bool>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let places = Arc::new(Semaphore::new(self.connections_max));
            let handlers = Arc::new(Handlers::new(self.queries, self.token));
            let secure = self.tls.map(|(acceptor, timeout)| {
                Arc::new(Secure {
                    acceptor,
                    timeout,
                    inside: handlers.clone(),
                    outside: Arc::new(handlers.outside()),
                })
            });
            // They end with this, in the middle of what they do: nothing is written here.
            let mut connections = JoinSet::new();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    _ = end.wait_for(|end| *end) => return Ok(()),
                    Some(done) = connections.join_next() => {
                        if let Err(error) = done {
                            let error = &error as &dyn std::error::Error;
                            tracing::error!(error, "a connection in the Postgres protocol failed");
                        }
                        continue;
                    }
                };
                let socket = match accepted {
                    Ok((socket, _)) => socket,
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "accept");
                        continue;
                    }
                };
                // One too many finds its connection closed.
                let Ok(place) = places.clone().try_acquire_owned() else {
                    tracing::warn!("as many connections as postgres.connections_max are open");
                    continue;
                };
                let (handlers, secure) = (handlers.clone(), secure.clone());
                connections.spawn(async move {
                    let served = match secure {
                        Some(secure) => secure.serve(socket).await,
                        None => process_socket(socket, None, handlers).await,
                    };
                    if let Err(error) = served {
                        tracing::debug!(error = &error as &dyn std::error::Error, "connection");
                    }
                    drop(place);
                });
            }
        })
    }
}
