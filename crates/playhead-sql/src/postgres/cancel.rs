//! Queries that a client takes back. pgwire has this too, and heeds it only until the first row is on
//! its way: here it is heeded until the last is sent.

use std::sync::Arc;

use futures::channel::oneshot;
use pgwire::api::{ClientInfo, ConnectionGuard, ConnectionHandle};

/// What a client can have cancelled: what its connection is asked at the time.
#[derive(Debug)]
pub(super) struct Connection {
    handle: Arc<ConnectionHandle>,
    /// It is known for as long as this is kept.
    _guard: ConnectionGuard,
}

impl Connection {
    pub(super) fn new(handle: Arc<ConnectionHandle>, guard: ConnectionGuard) -> Self {
        Self {
            handle,
            _guard: guard,
        }
    }
}

/// A query from here on.
#[derive(Debug)]
pub(super) struct Running(Option<oneshot::Receiver<()>>);

impl Running {
    /// Begins the next query of a client.
    pub(super) async fn begin(client: &impl ClientInfo) -> Self {
        Self(match client.session_extensions().get::<Connection>() {
            Some(connection) => Some(connection.handle.start_query().await),
            None => None,
        })
    }

    /// Comes to an end when the query is cancelled.
    pub(super) async fn cancelled(self) {
        let is_cancelled = match self.0 {
            Some(order) => order.await.is_ok(),
            None => false,
        };
        if !is_cancelled {
            std::future::pending::<()>().await;
        }
    }
}
