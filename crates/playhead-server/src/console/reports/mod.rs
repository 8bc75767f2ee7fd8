//! Reports and searches: `POST /v1/reports` and `POST /v1/sessions/search`. Each runs on a thread beside
//! the console's and those that it starts, a few at a time.

mod live;
mod sessions;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use playhead_model::report::{self, Backend, ReportError, Request, SearchRequest};
use tokio::sync::oneshot;

use super::Console;
use super::error::{Answer, Failure};
use super::request;
use super::turns::{Outcome, Turn, TurnLimits, Turns};
pub use live::Engine;
pub use sessions::{OwnReports, SessionReports};

/// Largest request of a report, bytes.
pub(super) const REQUEST_BYTES_MAX: usize = 256 << 10;

/// Runs reports.
pub struct Reports {
    backend: Arc<dyn Backend>,
    turns: Turns,
    /// How long one may run.
    time_max: Box<dyn Fn() -> Duration + Send + Sync>,
}

impl std::fmt::Debug for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports")
            .field("turns", &self.turns)
            .finish_non_exhaustive()
    }
}

pub(super) async fn report(
    State(console): State<Arc<Console>>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<report::Answer>> {
    let body =
        body.map_err(|rejection| Failure::body(rejection.status(), rejection.body_text()))?;
    let request = request::read(&body)?;
    console.reports.report(request).await.map(Json)
}

pub(super) async fn search(
    State(console): State<Arc<Console>>,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Json<report::SearchAnswer>> {
    let body =
        body.map_err(|rejection| Failure::body(rejection.status(), rejection.body_text()))?;
    let request = request::read(&body)?;
    console.reports.search(request).await.map(Json)
}

impl Reports {
    /// Has reports answered by `backend`.
    pub fn new(
        backend: Arc<dyn Backend>,
        limits: TurnLimits,
        time_max: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self {
            backend,
            turns: Turns::new("reports", "reports", limits),
            time_max: Box::new(time_max),
        }
    }

    /// How many reports had each outcome.
    pub(super) fn counts(&self) -> Vec<(&'static str, u64)> {
        self.turns.counts()
    }

    async fn report(&self, request: Request) -> Answer<report::Answer> {
        self.run(move |backend, stop| backend.report(&request, stop))
            .await
    }

    async fn search(&self, request: SearchRequest) -> Answer<report::SearchAnswer> {
        self.run(move |backend, stop| backend.search(&request, stop))
            .await
    }

    async fn run<T: Send + 'static>(&self, work: impl Work<T>) -> Answer<T> {
        let (turn, asking) = self.turns.take().await?;
        let waiting = Waiting::default();
        let answered = self.start(work, waiting.0.clone(), turn);
        let time_max = (self.time_max)();
        let result = tokio::select! {
            answered = answered => answered.unwrap_or_else(|_| {
                Err(ReportError::Internal("a report panicked".to_owned()))
            }),
            () = tokio::time::sleep(time_max) => {
                waiting.0.set(Stop::TIME);
                Err(time_is_up(time_max))
            }
        };
        asking.end(Outcome::of(&result));
        result.map_err(Failure::from)
    }

    /// Computes a report on a thread that waits for such work; the report keeps its place until it
    /// has ended. A new thread would first be given its share before those that were there.
    fn start<T: Send + 'static>(
        &self,
        work: impl Work<T>,
        stop: Arc<Stop>,
        turn: Turn,
    ) -> oneshot::Receiver<Result<T, ReportError>> {
        let (answer, answered) = oneshot::channel();
        let backend = self.backend.clone();
        let run = move || {
            let result = work(&*backend, &|| stop.reason());
            drop(turn);
            // Nobody waits any more if this fails.
            drop(answer.send(result));
        };
        tokio::task::spawn_blocking(run);
        answered
    }
}

/// What is asked of the backend.
trait Work<T>:
    FnOnce(&dyn Backend, report::Stop<'_>) -> Result<T, ReportError> + Send + 'static
{
}

impl<T, F> Work<T> for F where
    F: FnOnce(&dyn Backend, report::Stop<'_>) -> Result<T, ReportError> + Send + 'static
{
}

fn time_is_up(time_max: Duration) -> ReportError {
    ReportError::TooLarge {
        limit: "time of a report, reports.time_max",
        message: format!(
            "it has run for {} s; take a shorter range, fewer dimensions, or a filter",
            time_max.as_secs()
        ),
    }
}

/// Someone who waits for a report. When they go, it stops.
#[derive(Default)]
struct Waiting(Arc<Stop>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.set(Stop::GONE);
    }
}

/// Whether a report should end before it has an answer.
#[derive(Debug, Default)]
struct Stop(AtomicU8);

impl Stop {
    const TIME: u8 = 1;
    const GONE: u8 = 2;

    /// The first reason stays.
    fn set(&self, why: u8) {
        let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
        let _known = self.0.compare_exchange(0, why, success, failure);
    }

    /// What nobody will hear.
    fn reason(&self) -> Option<ReportError> {
        let message = match self.0.load(Ordering::Relaxed) {
            Self::TIME => "the time of the report is up",
            Self::GONE => "nobody waits for the report",
            _ => return None,
        };
        Some(ReportError::Unavailable(message.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// Reports that run until they are told to stop; each says so when it begins and when it ends.
    struct Endless {
        begun: Mutex<mpsc::SyncSender<()>>,
        ended: Mutex<mpsc::SyncSender<String>>,
    }

    impl Backend for Endless {
        fn report(
            &self,
            _: &Request,
            stop: report::Stop<'_>,
        ) -> Result<report::Answer, ReportError> {
            let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            begun.send(()).unwrap();
            drop(begun);
            loop {
                if let Some(why) = stop() {
                    let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
                    ended.send(why.to_string()).unwrap();
                    return Err(why);
                }
                std::thread::yield_now();
            }
        }

        fn search(
            &self,
            _: &SearchRequest,
            _: report::Stop<'_>,
        ) -> Result<report::SearchAnswer, ReportError> {
            unreachable!("only reports are asked for")
        }
    }

    type Signals = (mpsc::Receiver<()>, mpsc::Receiver<String>);

    fn endless(running_max: usize, waiting_max: usize, time_max: Duration) -> (Reports, Signals) {
        let (begun, has_begun) = mpsc::sync_channel(10);
        let (ended, has_ended) = mpsc::sync_channel(10);
        let backend = Endless {
            begun: begun.into(),
            ended: ended.into(),
        };
        let limits = TurnLimits {
            running_max,
            waiting_max,
        };
        let reports = Reports::new(Arc::new(backend), limits, move || time_max);
        (reports, (has_begun, has_ended))
    }

    const LONG: Duration = Duration::from_secs(1_000);

    fn counts(reports: &Reports) -> Vec<(&'static str, u64)> {
        let counts = reports.counts().into_iter();
        counts.filter(|(_, count)| *count > 0).collect()
    }

    #[tokio::test]
    async fn a_report_that_takes_too_long_is_given_up() {
        let (reports, (begun, ended)) = endless(1, 0, Duration::ZERO);
        let failure = reports.report(Request::default()).await.unwrap_err();
        assert!(
            failure.to_string().contains("reports.time_max"),
            "{failure}"
        );
        begun.recv().unwrap();
        assert!(ended.recv().unwrap().contains("time"));
        assert_eq!(counts(&reports), [("refused", 1)]);
    }

    #[tokio::test]
    async fn more_than_may_run_and_wait_are_sent_away() {
        let (reports, (begun, ended)) = endless(1, 1, LONG);
        let mut running = Box::pin(reports.report(Request::default()));
        let mut waiting = Box::pin(reports.report(Request::default()));
        assert!(first_look(&mut running).await.is_none());
        begun.recv().unwrap();
        assert!(first_look(&mut waiting).await.is_none());
        let failure = reports.report(Request::default()).await.unwrap_err();
        assert!(
            failure.to_string().contains("reports.waiting_max"),
            "{failure}"
        );
        // Whoever goes makes room: for the one that waits, and for another that may wait.
        drop(running);
        assert!(ended.recv().unwrap().contains("nobody"));
        let next = tokio::select! {
            _ = &mut waiting => None,
            begun = tokio::task::spawn_blocking(move || begun.recv()) => Some(begun),
        };
        assert!(next.is_some());
        drop(waiting);
        assert!(ended.recv().unwrap().contains("nobody"));
        assert_eq!(counts(&reports), [("busy", 1), ("abandoned", 2)]);
    }

    /// What is there after a first look.
    async fn first_look<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = tokio::task::yield_now() => None,
        }
    }
}
