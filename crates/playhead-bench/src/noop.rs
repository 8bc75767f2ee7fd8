//! The baseline: a hyper server that reads the body and answers, and does nothing else.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// An id of the form of a session's.
const SESSION: &str =
    "/api/v1/sessions/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Serves until it is killed. The first line on standard output has the address.
pub(crate) fn run() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        println!("listening on http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            #[expect(
                clippy::disallowed_methods,
                reason = "a baseline has no tasks to look after"
            )]
            tokio::spawn(async move {
                let connection = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(answer));
                // A generator that goes away is how a measurement ends.
                connection.await.ok();
            });
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let opens = request.uri().path() == "/api/v1/sessions";
    let read = request.into_body().collect().await;
    let mut response = Response::new(Empty::new());
    *response.status_mut() = match (read, opens) {
        (Err(_), _) => StatusCode::BAD_REQUEST,
        (Ok(_), false) => StatusCode::NO_CONTENT,
        (Ok(_), true) => {
            let headers = response.headers_mut();
            headers.insert(
                LOCATION,
                SESSION.parse().expect("hex digits are a header value"),
            );
            headers.insert(CONTENT_LENGTH, 0.into());
            StatusCode::CREATED
        }
    };
    Ok(response)
}
