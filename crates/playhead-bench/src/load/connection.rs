//! One keep-alive connection with its sessions.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};

use super::What;
use crate::clock;
use crate::traffic::{self, EPOCH_MS};

/// What a connection sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    pub(super) what: What,
    /// Sessions of the connection.
    pub(super) sessions: usize,
    /// Number of its first session, and of all connections' sessions together.
    pub(super) first: u64,
    pub(super) stride: u64,
}

/// A request that is written once and changed in place.
#[derive(Clone, Debug)]
struct Session {
    request: Vec<u8>,
    body_at: usize,
    pings: u64,
}

#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    script: Script,
    sessions: Vec<Session>,
    /// The session whose turn it is.
    turn: usize,
    /// Starts sent so far.
    starts: u64,
    answer: Vec<u8>,
    /// When the request under way was due.
    pub(super) due: Instant,
}

/// Time between the pings of a session, by its own clock.
const PING_MS: u64 = 10_000;

impl Connection {
    pub(super) fn open(to: SocketAddr, script: Script) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            script,
            sessions: Vec::new(),
            turn: 0,
            starts: 0,
            answer: Vec::new(),
            due: clock::now(),
        })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Asks for a session.
    pub(super) fn send_opening(&mut self) -> anyhow::Result<()> {
        let number = match self.script.what {
            What::Pings => self.script.first + self.starts,
            What::Starts => self.script.first + self.starts * self.script.stride,
        };
        self.starts += 1;
        let body = traffic::start(EPOCH_MS, number);
        let request = request("/api/v1/sessions", &body);
        self.write(&request)
    }

    /// Takes the session that was answered, and asks for the next if one is wanted; answers
    /// whether it did.
    pub(super) fn next_opening(&mut self) -> anyhow::Result<bool> {
        let location = location(&self.answer).context("an opened session has a Location")?;
        let body = traffic::ping(EPOCH_MS, 0, 0);
        let request = request(&format!("{location}/events"), &body);
        let body_at = request.len() - body.len();
        self.sessions.push(Session {
            request,
            body_at,
            pings: 0,
        });
        if self.sessions.len() == self.script.sessions {
            return Ok(false);
        }
        self.send_opening()?;
        Ok(true)
    }

    /// Sends the next request of the measurement.
    pub(super) fn send_next(&mut self) -> anyhow::Result<()> {
        if self.script.what == What::Starts {
            return self.send_opening();
        }
        self.turn = (self.turn + 1) % self.sessions.len();
        let session = &mut self.sessions[self.turn];
        session.pings += 1;
        let offset = session.pings * PING_MS;
        let body = traffic::ping(EPOCH_MS + offset, offset, session.pings);
        session.request[session.body_at..].copy_from_slice(body.as_bytes());
        send(&mut self.stream, &session.request)
    }

    /// Reads; answers whether the answer is complete.
    pub(super) fn receive(&mut self) -> anyhow::Result<bool> {
        if self.answer.ends_with(b"\r\n\r\n") {
            self.answer.clear();
        }
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => bail!("the server closed a connection"),
            Ok(read) => self.answer.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        // No answer that is wanted has a body.
        if !self.answer.ends_with(b"\r\n\r\n") {
            return Ok(false);
        }
        let status = self.answer.get(..13).unwrap_or_default();
        ensure!(
            status == b"HTTP/1.1 204 " || status == b"HTTP/1.1 201 ",
            "the server answered {:?}",
            String::from_utf8_lossy(&self.answer)
        );
        Ok(true)
    }

    fn write(&mut self, request: &[u8]) -> anyhow::Result<()> {
        send(&mut self.stream, request)
    }
}

/// Requests are far smaller than the buffer of a socket.
fn send(stream: &mut TcpStream, request: &[u8]) -> anyhow::Result<()> {
    stream
        .write_all(request)
        .context("a request does not fit into the buffer of the socket")
}

fn request(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn location(answer: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(answer).ok()?;
    let line = text.lines().find(|line| {
        line.get(..9)
            .is_some_and(|name| name.eq_ignore_ascii_case("location:"))
    })?;
    Some(line[9..].trim().to_owned())
}
