//! An HTTP/2 client over TLS in which each frame is the test's own choice.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use http::Request;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::http::{Answer, SILENCE_MAX};
use super::trust::{Trust, host};

/// One connection. It moves only while one of its methods waits.
#[derive(Debug)]
pub struct Http2 {
    runtime: Runtime,
    requests: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
    address: SocketAddr,
}

/// A request that is under way.
#[derive(Debug)]
pub struct Exchange {
    answer: ResponseFuture,
    body: SendStream<Bytes>,
}

impl Exchange {
    /// Sends a part of the body.
    ///
    /// # Panics
    /// If the stream is closed.
    #[track_caller]
    pub fn send(&mut self, part: &[u8], is_last: bool) {
        let part = Bytes::copy_from_slice(part);
        self.body
            .send_data(part, is_last)
            .expect("the stream is open");
    }
}

impl Http2 {
    /// Connects.
    ///
    /// # Panics
    /// If the server does not agree to HTTP/2.
    #[track_caller]
    pub fn connect(address: SocketAddr, trust: &Trust) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let connector = TlsConnector::from(trust.offering(&[b"h2", b"http/1.1"]));
        let connect = async {
            let tcp = TcpStream::connect(address).await?;
            let tls = connector.connect(host(), tcp).await?;
            assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            h2::client::handshake(tls).await.map_err(io::Error::other)
        };
        let (requests, connection) = runtime.block_on(connect).expect("the server speaks HTTP/2");
        let connection = runtime.spawn(connection);
        Self {
            runtime,
            requests,
            connection,
            address,
        }
    }

    /// Sends the head of a request.
    ///
    /// # Errors
    /// If the server takes no more.
    ///
    /// # Panics
    /// If the head is none.
    pub fn begin(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        has_body: bool,
    ) -> Result<Exchange, h2::Error> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("https://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a sound head");
        let ready = async { self.requests.clone().ready().await };
        let (answer, body) = self
            .runtime
            .block_on(ready)?
            .send_request(request, !has_body)?;
        Ok(Exchange { answer, body })
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// If there is none.
    pub fn finish(&mut self, exchange: Exchange) -> Result<Answer, h2::Error> {
        let answer = async {
            let (head, mut body) = exchange.answer.await?.into_parts();
            let mut bytes = Vec::new();
            while let Some(part) = body.data().await {
                let part = part?;
                bytes.extend_from_slice(&part);
                body.flow_control().release_capacity(part.len())?;
            }
            let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
            Ok(Answer {
                status: head.status.as_u16(),
                headers: head
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                    .collect(),
                body: bytes,
            })
        };
        self.runtime.block_on(async {
            let silence = h2::Error::from(Reason::CANCEL);
            tokio::time::timeout(SILENCE_MAX, answer)
                .await
                .unwrap_or(Err(silence))
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let answer = self
            .begin(method, path, headers, !body.is_empty())
            .and_then(|mut exchange| {
                if !body.is_empty() {
                    exchange.send(body, true);
                }
                self.finish(exchange)
            });
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Waits until the server has ended the connection, and tells how.
    ///
    /// # Errors
    /// If it ended it for a fault.
    ///
    /// # Panics
    /// If it does not end it.
    pub fn wait_for_end(self) -> Result<(), h2::Error> {
        let Self {
            runtime,
            requests,
            connection,
            ..
        } = self;
        let ended = runtime.block_on(async { tokio::time::timeout(SILENCE_MAX, connection).await });
        // Without it the client itself would have ended the connection.
        drop(requests);
        ended
            .expect("the connection ends")
            .expect("the client does not panic")
    }
}
