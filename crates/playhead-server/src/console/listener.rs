//! Axum on a listener that may speak TLS.

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use axum::Router;

use crate::{Listener, tls};

/// Serves until `end`, and then those who are still asking.
pub(super) async fn serve(
    listener: Listener,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    match listener {
        Listener::Plain(listener) => {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router)
                .with_graceful_shutdown(end)
                .await
        }
        Listener::Tls(incoming) => {
            axum::serve(incoming, router)
                .with_graceful_shutdown(end)
                .await
        }
    }
}

impl axum::serve::Listener for tls::Incoming {
    type Io = tls::Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let Some(moving) = self.next().await else {
                // The thread of the handshakes has failed, and has said so.
                std::future::pending::<()>().await;
                continue;
            };
            let peer = moving.peer;
            match moving.arrive() {
                Ok(stream) => return (*stream, peer),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "accept"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address())
    }
}
