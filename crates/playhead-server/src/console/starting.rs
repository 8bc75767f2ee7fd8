//! The console before there is anything to ask: the log is being replayed.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Page, dashboard, listener};
use crate::Listener;

/// Says that the server is alive but not ready, until it has started.
///
/// # Errors
/// If the runtime cannot start or the listener fails.
pub fn run_while_starting(
    listener: Listener,
    page: Page,
    started: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let router = Router::new()
        .route("/livez", get(|| async { StatusCode::OK }))
        .route("/readyz", get(not_yet))
        .route("/metrics", get(not_yet))
        .route("/v1/{*path}", any(not_yet))
        .fallback(move |request: Request| dashboard::serve(page, request));
    runtime.block_on(async move {
        tokio::select! {
            served = listener::serve(listener, router, std::future::pending()) => served,
            // Whether the server has started or given up: this is over.
            _started = started => Ok(()),
        }
    })
}

async fn not_yet() -> (StatusCode, Json<Value>) {
    let body = json!({
        "message": "the server is starting",
        "ready": false,
        "reasons": ["the log is being replayed"],
        "warnings": [],
    });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn status(listener: &TcpListener, path: &str) -> String {
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn a_server_that_starts_is_alive_and_not_ready() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let waiting = Listener::Plain(listener.try_clone().unwrap());
        let (started, has_started) = oneshot::channel();
        let starting = std::thread::spawn(move || run_while_starting(waiting, &[], has_started));
        assert_eq!(status(&listener, "/livez"), "200");
        assert_eq!(status(&listener, "/readyz"), "503");
        assert_eq!(status(&listener, "/v1/sessions"), "503");
        // The page itself is there, and says so.
        assert_eq!(status(&listener, "/health"), "200");
        drop(started);
        starting.join().unwrap().unwrap();
    }
}
