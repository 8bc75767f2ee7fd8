//! Sending what happened before: to a server whose clock is moved along.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;

use tokio::runtime;

use super::connection::Connection;
use super::lane::taken;
use crate::origin::Origin;
use crate::session::{Kind, Request};

/// How far the clock moves at least, ms: arrivals in between are taken to be at once.
const STEP_MS: u64 = 1_000;

/// Sends requests one after the other, and moves the manual clock of the server to the time of each.
/// `epoch_ms` is server time at the start of the requests. Answers how many were sent.
///
/// # Errors
/// If a connection breaks, or the server has no clock that could be moved.
pub fn send_past(
    requests: impl Iterator<Item = Request>,
    door: SocketAddr,
    console: SocketAddr,
    epoch_ms: u64,
) -> io::Result<u64> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let mut door = Connection::open(door).await?;
        let mut clock = Clock {
            console: Connection::open(console).await?,
            moved_to: 0,
        };
        let mut sids: HashMap<usize, String> = HashMap::new();
        let mut sent = 0;
        for request in requests {
            clock.move_to(epoch_ms + request.at_ms).await?;
            let sid = sids.get(&request.session).map_or("", String::as_str);
            if sid.is_empty() && request.kind == Kind::Event {
                // Its start was refused: there is nowhere to send it.
                continue;
            }
            let path = request.kind.path(sid);
            let answer = door.post(&path, &request.body, request.origin).await?;
            sent += 1;
            if let Ok(Some(sid)) = taken(request.kind, &answer) {
                sids.insert(request.session, sid);
            }
        }
        Ok(sent)
    })
}

struct Clock {
    console: Connection,
    moved_to: u64,
}

impl Clock {
    async fn move_to(&mut self, to_ms: u64) -> io::Result<()> {
        if to_ms < self.moved_to + STEP_MS {
            return Ok(());
        }
        self.moved_to = to_ms;
        let body = format!("{{\"to_ms\":{to_ms}}}");
        let answer = self
            .console
            .post("/v1/clock", &body, Origin::default())
            .await?;
        match answer.status {
            200 => Ok(()),
            status => Err(io::Error::other(format!(
                "the clock of the server cannot be moved ({status}): it takes `--clock manual` and no token"
            ))),
        }
    }
}
