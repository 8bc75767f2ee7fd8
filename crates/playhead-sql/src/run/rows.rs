//! Answers as rows, which are taken batch by batch.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::sql::parser::Statement;
use playhead_model::report::ReportError;
use playhead_server::console::SqlError;
use tokio::sync::{mpsc, oneshot};

use super::work::{Described, Job, Taker};
use super::{Queries, Stopped};

/// Rows; nothing behind the last; or why there are no more. Where neither of these two comes, the
/// query was ended.
type Given = Result<Option<RecordBatch>, ReportError>;

/// Rows that are on their way. The query ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) schema: SchemaRef,
    batches: mpsc::Receiver<Given>,
    has_ended: bool,
}

impl Rows {
    /// The next rows; nothing behind the last.
    pub(crate) async fn next(&mut self) -> Option<Result<RecordBatch, ReportError>> {
        if self.has_ended {
            return None;
        }
        let given = self
            .batches
            .recv()
            .await
            .unwrap_or_else(|| Err(ReportError::Unavailable("the query was ended".to_owned())));
        self.has_ended = !matches!(given, Ok(Some(_)));
        given.transpose()
    }
}

impl Queries {
    /// Runs a query; answers when it is known what rows will come.
    pub(crate) async fn rows(&self, job: Job) -> Result<Rows, SqlError> {
        let turn = self.turn().await?;
        let (begun, has_begun) = oneshot::channel();
        let (given, batches) = mpsc::channel(1);
        let giving = Giving {
            begun: Some(begun),
            given,
            next: None,
            has_ended: false,
        };
        turn.run(job, giving)?;
        match has_begun.await {
            Ok(Ok(schema)) => Ok(Rows {
                schema,
                batches,
                has_ended: false,
            }),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(ReportError::Internal("a query panicked".to_owned()).into()),
        }
    }

    /// Says what a query takes and gives, without running it.
    pub(crate) async fn describe(&self, statement: Statement) -> Result<Described, SqlError> {
        Ok(self.turn().await?.describe(statement).await?)
    }
}

struct Giving {
    begun: Option<oneshot::Sender<Result<SchemaRef, ReportError>>>,
    given: mpsc::Sender<Given>,
    next: Option<RecordBatch>,
    has_ended: bool,
}

impl Taker for Giving {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), ReportError> {
        if let Some(begun) = self.begun.take() {
            // That nobody waits any more is seen at the next step.
            drop(begun.send(Ok(schema.clone())));
        }
        Ok(())
    }

    fn rows(&mut self, batch: RecordBatch) -> Result<(), ReportError> {
        self.next = Some(batch);
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReportError> {
        self.has_ended = true;
        Ok(())
    }

    async fn hand_on(&mut self) -> Result<(), Stopped> {
        let next = self.next.take();
        if next.is_none() && !self.has_ended {
            return Ok(());
        }
        self.given.send(Ok(next)).await.map_err(|_| Stopped::Gone)
    }

    async fn nobody_waits(&mut self) {
        match &mut self.begun {
            Some(begun) => begun.closed().await,
            None => self.given.closed().await,
        }
    }

    fn fail(&mut self, error: ReportError) {
        match self.begun.take() {
            // Nobody waits any more if this fails.
            Some(begun) => drop(begun.send(Err(error))),
            // One who takes rows too slowly to take this finds that the query was ended.
            None => drop(self.given.try_send(Err(error))),
        }
    }
}
