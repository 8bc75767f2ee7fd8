//! The least of HTTP/1.1 that a client of the Collection API needs.

use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::origin::Origin;

/// Longest head and body of an answer.
const ANSWER_MAX: usize = 1 << 20;

/// What a request was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: Option<String>,
    body_len: usize,
}

/// A keep-alive connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    host: SocketAddr,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    pub(super) async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: to,
            request: Vec::new(),
            answer: Vec::new(),
        })
    }

    pub(super) async fn post(
        &mut self,
        path: &str,
        body: &str,
        origin: Origin,
    ) -> io::Result<Answer> {
        self.request.clear();
        let agent = header("User-Agent", origin.agent);
        let address = header("X-Forwarded-For", origin.address);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{agent}{address}\
             Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(body.as_bytes());
        self.stream.write_all(&self.request).await?;
        self.answer.clear();
        loop {
            if let Some(end) = end_of_head(&self.answer) {
                let answer = read_head(&self.answer[..end])
                    .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "no HTTP answer"))?;
                if self.answer.len() >= end + answer.body_len {
                    return Ok(answer);
                }
            }
            if self.answer.len() > ANSWER_MAX {
                return Err(io::Error::new(
                    ErrorKind::InvalidData,
                    "the answer is too long",
                ));
            }
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn header(name: &str, value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| format!("{name}: {value}\r\n"))
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
}

fn read_head(head: &[u8]) -> Option<Answer> {
    let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
    let status = lines
        .next()?
        .strip_prefix("HTTP/1.1 ")?
        .get(..3)?
        .parse()
        .ok()?;
    let mut answer = Answer {
        status,
        location: None,
        body_len: 0,
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("location") {
            answer.location = Some(value.trim().to_owned());
        } else if name.eq_ignore_ascii_case("content-length") {
            answer.body_len = value.trim().parse().ok()?;
        }
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let head =
            b"HTTP/1.1 201 Created\r\nlocation: /api/v1/sessions/a\r\nContent-Length: 3\r\n\r\n";
        assert_eq!(end_of_head(head), Some(head.len()));
        let answer = read_head(head).unwrap();
        assert_eq!((answer.status, answer.body_len), (201, 3));
        assert_eq!(answer.location.as_deref(), Some("/api/v1/sessions/a"));
        assert_eq!(read_head(b"SSH-2.0\r\n\r\n"), None);
    }
}
