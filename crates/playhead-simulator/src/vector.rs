//! Plans as files in the test-vector format: what `playhead compute` reads.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::plan::Plan;
use crate::session::{Kind, Request};

/// Writes requests as JSON Lines of `{at_ms, path, body}`, with `{sidN}` for the session of the
/// n-th session request.
#[derive(Debug)]
pub struct Vectors<W> {
    out: W,
    session_requests: usize,
    /// Which session request opened a session.
    opened: HashMap<usize, usize>,
}

impl<W: Write> Vectors<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            session_requests: 0,
            opened: HashMap::new(),
        }
    }

    /// Writes one request.
    ///
    /// # Errors
    /// As those of the writer.
    pub fn write(&mut self, request: &Request) -> io::Result<()> {
        let opened = match request.kind {
            Kind::Stray => 0,
            Kind::Event => self.opened.get(&request.session).copied().unwrap_or(0),
            Kind::Start | Kind::Batch | Kind::OldBatch => {
                self.session_requests += 1;
                *self
                    .opened
                    .entry(request.session)
                    .or_insert(self.session_requests)
            }
        };
        let path = request.kind.path(&format!("{{sid{opened}}}"));
        let Request { at_ms, body, .. } = request;
        writeln!(
            self.out,
            "{{\"at_ms\":{at_ms},\"path\":\"{path}\",\"body\":{body}}}"
        )
    }

    /// Gives the writer back.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl Plan {
    /// Writes all requests of the plan as JSON Lines.
    ///
    /// # Errors
    /// As those of the writer.
    pub fn write_vectors(&self, out: impl Write) -> io::Result<()> {
        let mut vectors = Vectors::new(out);
        self.requests()
            .try_for_each(|request| vectors.write(&request))
    }
}
