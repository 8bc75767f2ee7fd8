//! One connection's share of a plan.

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::SessionLog;
use super::connection::{Answer, Connection};
use crate::histogram::Histogram;
use crate::session::{Kind, Request};

/// A request with the time at which it was due; `None`: as soon as it can be sent.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request: Request,
    pub(super) due: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Lane {
    sessions: HashMap<usize, SessionLog>,
    /// What a broken connection left: first what was under way.
    left: VecDeque<Request>,
    is_broken: bool,
    latency: Histogram,
    acknowledged: u64,
}

impl Lane {
    pub(super) fn sessions(&self) -> impl Iterator<Item = (usize, &SessionLog)> {
        self.sessions.iter().map(|(number, log)| (*number, log))
    }

    pub(super) fn latency(&self) -> &Histogram {
        &self.latency
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Sends what was left and what comes, until nothing comes any more or the connection breaks.
    pub(super) async fn run(
        mut self,
        mut connection: Connection,
        mut jobs: mpsc::Receiver<Job>,
    ) -> Self {
        self.is_broken = false;
        loop {
            let job = match self.left.pop_front() {
                Some(request) => Job { request, due: None },
                None => match jobs.recv().await {
                    Some(job) => job,
                    None => return self,
                },
            };
            if let Err(request) = self.send(&mut connection, job).await {
                self.left.push_front(request);
                self.is_broken = true;
                jobs.close();
                while let Ok(job) = jobs.try_recv() {
                    self.left.push_back(job.request);
                }
                return self;
            }
        }
    }

    /// Gives the request back if the connection broke.
    async fn send(&mut self, connection: &mut Connection, job: Job) -> Result<(), Request> {
        let Job { request, due } = job;
        let log = self.sessions.entry(request.session).or_default();
        let was_unknown = log
            .unknown
            .iter()
            .position(|number| *number == request.number);
        if !matches!(request.kind, Kind::Event | Kind::Stray) {
            log.names_visitor |=
                request.kind != Kind::Start || request.body.contains("marketingCloudUserId");
            log.start_repeated |= was_unknown.is_some();
        }
        let sid = match (&log.sid, request.kind) {
            (Some(sid), _) => sid.as_str(),
            (None, Kind::Event) => {
                // Its start was refused: there is nowhere to send it.
                log.refused.push((request.number, 0));
                return Ok(());
            }
            (None, _) => "",
        };
        let path = request.kind.path(sid);
        let due = due.unwrap_or_else(Instant::now);
        let answer = connection.post(&path, &request.body, request.origin).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(_) => {
                if was_unknown.is_none() {
                    log.unknown.push(request.number);
                }
                return Err(request);
            }
        };
        self.latency.add(due.elapsed());
        if let Some(place) = was_unknown {
            log.unknown.remove(place);
        }
        match taken(request.kind, &answer) {
            Ok(sid) => {
                log.acknowledged.push(request.number);
                self.acknowledged += 1;
                if let Some(sid) = sid {
                    log.sid = Some(sid);
                }
            }
            Err(status) => log.refused.push((request.number, status)),
        }
        Ok(())
    }
}

/// The id of the session, if one was opened; the status if it is not the one that is due.
pub(super) fn taken(kind: Kind, answer: &Answer) -> Result<Option<String>, u16> {
    match (kind, answer.status) {
        (Kind::Event, 204) => Ok(None),
        (Kind::Start | Kind::Batch | Kind::OldBatch, 201) => {
            let location = answer.location.as_deref().ok_or(answer.status)?;
            let sid = location
                .strip_prefix("/api/v1/sessions/")
                .ok_or(answer.status)?;
            Ok(Some(sid.to_owned()))
        }
        (_, status) => Err(status),
    }
}
