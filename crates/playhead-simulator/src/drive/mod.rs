//! Sends a plan to a server over keep-alive HTTP/1.1, and remembers what became of each request.
//!
//! Requests of one session go over one connection, one at a time and in order. When the server
//! goes away, what was under way is *unknown*; the drive can go on with the server that comes
//! back, and sends the unknown again as clients do. Since a repeated event changes nothing, the
//! truth of every session still holds then; only a start that names no visitor may have opened a
//! session twice ([`SessionLog::may_be_twofold`]).

mod connection;
mod lane;
mod past;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::lane::{Job, Lane};
use crate::histogram::Histogram;
use crate::plan::Plan;
use crate::session::Request;

pub use self::past::send_past;

/// How fast requests go out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// As fast as the answers come.
    AsFastAsPossible,
    /// So many a second, whatever becomes of the answers.
    PerSecond(f64),
    /// At the plan's own times, so many times faster.
    Timed(f64),
}

/// Requests that may wait for one connection.
const QUEUE: usize = 16;

/// What became of one session's requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLog {
    /// The id in the answer to its start.
    pub sid: Option<String>,
    /// Numbers of the requests that were answered as they should be.
    pub acknowledged: Vec<u32>,
    /// Numbers of requests that were sent and never answered.
    pub unknown: Vec<u32>,
    /// Numbers of requests that were answered otherwise, with the status.
    pub refused: Vec<(u32, u16)>,
    /// Whether its start was sent again after an unknown one.
    pub start_repeated: bool,
    /// Whether that start names a visitor, so that the server can tell a repeat.
    pub names_visitor: bool,
}

impl SessionLog {
    /// Whether there may be another session of the same start.
    pub fn may_be_twofold(&self) -> bool {
        self.start_repeated && !self.names_visitor
    }
}

/// Requests on their way to a server.
pub struct Drive {
    traffic: Box<dyn Iterator<Item = Request>>,
    /// The first request that no lane has, if it was taken out already.
    next: Option<Request>,
    lanes: Vec<Lane>,
}

impl Drive {
    /// Prepares to send a plan over so many connections.
    ///
    /// # Panics
    /// If there is no connection.
    pub fn new(plan: &Plan, connections: usize) -> Self {
        Self::of(plan.requests(), connections)
    }

    /// Prepares to send requests, given in the order of time.
    ///
    /// # Panics
    /// If there is no connection.
    pub fn of(requests: impl Iterator<Item = Request> + 'static, connections: usize) -> Self {
        assert!(connections > 0, "requests go over a connection");
        let lanes = (0..connections).map(|_| Lane::default()).collect();
        Self {
            traffic: Box::new(requests),
            next: None,
            lanes,
        }
    }

    /// Sends what is left to the server at `to`. Answers whether all is sent: if not, a connection
    /// broke, and another call goes on from there.
    ///
    /// # Errors
    /// If no connection can be made.
    pub fn run(&mut self, to: SocketAddr, pace: Pace) -> io::Result<bool> {
        self.run_some(to, pace, u64::MAX)
    }

    /// The same, for at most so many requests.
    ///
    /// # Errors
    /// If no connection can be made.
    pub fn run_some(&mut self, to: SocketAddr, pace: Pace, requests: u64) -> io::Result<bool> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.send(to, pace, requests))
    }

    /// What became of each session that was begun, by its number in the plan.
    pub fn sessions(&self) -> BTreeMap<usize, &SessionLog> {
        self.lanes.iter().flat_map(Lane::sessions).collect()
    }

    /// Times from when a request was due to its answer.
    pub fn latency(&self) -> Histogram {
        let mut all = Histogram::default();
        for lane in &self.lanes {
            all.merge(lane.latency());
        }
        all
    }

    /// Requests that were answered as they should be.
    pub fn acknowledged(&self) -> u64 {
        self.lanes.iter().map(Lane::acknowledged).sum()
    }

    async fn send(&mut self, to: SocketAddr, pace: Pace, requests: u64) -> io::Result<bool> {
        let mut running = JoinSet::new();
        let mut queues = Vec::with_capacity(self.lanes.len());
        for number in 0..self.lanes.len() {
            let connection = connection::Connection::open(to).await?;
            let (queue, jobs) = mpsc::channel(QUEUE);
            queues.push(queue);
            let lane = std::mem::take(&mut self.lanes[number]);
            running.spawn(async move { (number, lane.run(connection, jobs).await) });
        }
        self.feed(&queues, pace, requests).await;
        drop(queues);
        let mut is_whole = true;
        while let Some(ended) = running.join_next().await {
            let (number, lane) = ended.map_err(io::Error::other)?;
            is_whole &= !lane.is_broken();
            self.lanes[number] = lane;
        }
        if self.next.is_none() {
            self.next = self.traffic.next();
        }
        Ok(is_whole && self.next.is_none())
    }

    /// Hands requests to the lanes until one of them is broken.
    async fn feed(&mut self, queues: &[mpsc::Sender<Job>], pace: Pace, requests: u64) {
        let begin = Instant::now();
        let mut first_at = None;
        for sent in 0..requests {
            let Some(request) = self.next.take().or_else(|| self.traffic.next()) else {
                return;
            };
            let due = match pace {
                Pace::AsFastAsPossible => None,
                Pace::PerSecond(rate) => Some(begin + Duration::from_secs_f64(sent as f64 / rate)),
                Pace::Timed(speed) => {
                    let since = request.at_ms - *first_at.get_or_insert(request.at_ms);
                    Some(begin + Duration::from_secs_f64(since as f64 / 1e3 / speed))
                }
            };
            if let Some(due) = due {
                sleep_until(due).await;
            }
            let queue = &queues[request.session % queues.len()];
            if let Err(unsent) = queue.send(Job { request, due }).await {
                self.next = Some(unsent.0.request);
                return;
            }
        }
    }
}

impl std::fmt::Debug for Drive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Drive")
            .field("lanes", &self.lanes)
            .finish_non_exhaustive()
    }
}
