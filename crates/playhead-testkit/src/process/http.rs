//! A small HTTP/1.1 client that hides nothing: status, headers and bytes as they came, over TLS or
//! plain.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::trust::{Stream, Trust};

/// A server that says nothing for this long has failed the test; nothing is measured by it.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(60);

/// One connection, kept alive; a new one takes its place when the server closes it.
#[derive(Debug)]
pub struct Http {
    address: SocketAddr,
    trust: Option<Trust>,
    protocol: &'static [u8],
    stream: Option<BufReader<Stream>>,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// In the order of the wire, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// The last part of `Location`: the id of the session.
    ///
    /// # Panics
    /// If there is no such header.
    #[track_caller]
    pub fn sid(&self) -> String {
        let location = self.header("location");
        let location = location.unwrap_or_else(|| panic!("{}: no Location", self.text()));
        location.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

impl Http {
    /// A client that speaks TLS if it is given something to trust.
    pub fn new(address: SocketAddr, trust: Option<Trust>) -> Self {
        Self {
            address,
            trust,
            protocol: b"http/1.1",
            stream: None,
        }
    }

    /// A client that says it speaks HTTP/2, and sends and reads bytes as they are.
    pub fn raw_http2(address: SocketAddr, trust: Trust) -> Self {
        Self {
            protocol: b"h2",
            ..Self::new(address, Some(trust))
        }
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// If the server does not answer; the request may or may not have reached it.
    pub fn try_request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() || method == "POST" {
            head += &format!("content-length: {}\r\n", body.len());
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(body);
        self.stream()?;
        // A server may answer and close before it has read everything.
        let sent = self.send(&bytes);
        let answer = self.read_answer(method);
        match (sent, answer) {
            (Err(error), Err(_)) => Err(error),
            (_, answer) => answer,
        }
    }

    /// As [`Self::try_request`], for a server that is there.
    ///
    /// # Panics
    /// If it does not answer.
    #[track_caller]
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let answer = self.try_request(method, path, headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// A GET.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, &[], b"")
    }

    /// A POST of any bytes without a content type.
    #[track_caller]
    pub fn post(&mut self, path: &str, body: &[u8]) -> Answer {
        self.request("POST", path, &[], body)
    }

    /// A POST of JSON.
    #[track_caller]
    pub fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        self.request("POST", path, &json, body.to_string().as_bytes())
    }

    pub(super) fn stream(&mut self) -> io::Result<&mut BufReader<Stream>> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SILENCE_MAX))?;
            stream.set_write_timeout(Some(SILENCE_MAX))?;
            let stream = match &self.trust {
                None => Stream::Plain(stream),
                Some(trust) => Stream::Tls(Box::new(trust.connect(stream, self.protocol)?)),
            };
            self.stream = Some(BufReader::new(stream));
        }
        self.stream
            .as_mut()
            .ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// If the server does not take them.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream()?.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// Says that nothing more will be sent.
    ///
    /// # Errors
    /// If the connection is gone.
    pub fn finish_sending(&mut self) -> io::Result<()> {
        self.stream()?.get_mut().tcp().shutdown(Shutdown::Write)
    }

    /// Reads one answer; the method decides whether it has a body.
    ///
    /// # Errors
    /// If the server closes the connection instead, or what it says is not HTTP.
    pub fn read_answer(&mut self, method: &str) -> io::Result<Answer> {
        let answer = read_answer(self.stream()?, method);
        let closes = |answer: &Answer| answer.header("connection") == Some("close");
        if answer.as_ref().map_or(true, closes) {
            self.stream = None;
        }
        answer
    }

    /// Reads as many bytes as there is room for.
    ///
    /// # Errors
    /// If the connection ends before.
    pub fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.stream()?.read_exact(buffer)
    }

    /// Whether the server has closed the connection without another word; waits for either.
    pub fn is_closed(&mut self) -> bool {
        let Some(stream) = &mut self.stream else {
            return true;
        };
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(count) => count == 0,
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}

fn read_answer(stream: &mut BufReader<Stream>, method: &str) -> io::Result<Answer> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let status_line = read_line(stream)?;
    let status = status_line
        .strip_prefix("HTTP/1.1 ")
        .or(status_line.strip_prefix("HTTP/1.0 "));
    let status = status.and_then(|rest| rest.get(..3)?.parse().ok());
    let status: u16 = status.ok_or_else(|| broken("no status line"))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| broken("no header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if method == "HEAD" || status == 204 || status == 304 || status < 200 {
        return Ok(answer);
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        read_chunks(stream, &mut answer.body)?;
        return Ok(answer);
    }
    let length = answer.header("content-length").map(str::parse::<usize>);
    match length {
        Some(length) => {
            let length = length.map_err(|_| broken("Content-Length is no number"))?;
            answer.body.resize(length, 0);
            stream.read_exact(&mut answer.body)?;
        }
        None => {
            stream.read_to_end(&mut answer.body)?;
        }
    }
    Ok(answer)
}

fn read_chunks(stream: &mut BufReader<Stream>, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let line = read_line(stream)?;
        let size = usize::from_str_radix(line.trim(), 16)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        read_line(stream)?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// A line without its end.
fn read_line(stream: &mut BufReader<Stream>) -> io::Result<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    while line
        .last()
        .is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
    {
        line.pop();
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
