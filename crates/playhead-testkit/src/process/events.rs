//! A stream of server-sent events, read as it comes.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

use super::http::Http;

/// An answer that goes on. Dropping it ends it.
#[derive(Debug)]
pub struct Events {
    http: Http,
    /// What came and is no whole event yet.
    text: String,
}

impl Events {
    /// Begins a stream.
    ///
    /// # Panics
    /// If it is refused.
    #[track_caller]
    pub fn open(mut http: Http, path: &str) -> Self {
        let head = http.begin(path);
        let head = head.unwrap_or_else(|error| panic!("GET {path}: {error}"));
        let status = head.lines().next().unwrap_or_default();
        assert!(status.contains(" 200 "), "GET {path}: {status}");
        let lower = head.to_lowercase();
        assert!(lower.contains("content-type: text/event-stream"), "{head}");
        assert!(lower.contains("transfer-encoding: chunked"), "{head}");
        Self {
            http,
            text: String::new(),
        }
    }

    /// The next event, or nothing if the server has ended the stream.
    ///
    /// # Panics
    /// If it is no event with JSON.
    #[track_caller]
    pub fn next_event(&mut self) -> Option<Value> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.strip_prefix("data: ").expect("an event has data");
                let parsed = serde_json::from_str(data);
                let parsed = parsed.unwrap_or_else(|error| panic!("{error} in {data}"));
                self.text = rest.to_owned();
                return Some(parsed);
            }
            let chunk = self.chunk().expect("the stream goes on, or ends well");
            if chunk.is_empty() {
                return None;
            }
            self.text += &chunk;
        }
    }

    fn chunk(&mut self) -> io::Result<String> {
        let stream = self.http.stream()?;
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let mut bytes = vec![0; size + 2];
        stream.read_exact(&mut bytes)?;
        bytes.truncate(size);
        String::from_utf8(bytes).map_err(io::Error::other)
    }
}

impl Http {
    /// Asks, and reads the head of the answer.
    fn begin(&mut self, path: &str) -> io::Result<String> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let stream = self.stream()?;
        stream.get_mut().write_all(request.as_bytes())?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(head)
    }
}
