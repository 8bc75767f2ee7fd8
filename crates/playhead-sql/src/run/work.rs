//! The work of one query, on a runtime of its own: planning and carrying out on its threads, and
//! the one that began it waits for rows, for the time, and for whoever asked to go.

use std::future::Future;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::sql::parser::Statement;
use futures::StreamExt as _;
use playhead_engine::aside;
use playhead_model::report::ReportError;
use playhead_server::console::Outcome;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Limits, Shared, Stopped, Turn, time_is_up, too_many_rows};
use crate::error::told;
use crate::query::{self, Planned};
use crate::stop::Stop;

/// A query to carry out.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) statement: Statement,
    /// Values of `$1` and so on.
    pub(crate) parameters: Vec<ScalarValue>,
}

/// What a query takes and gives.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    /// The types of its parameters, as far as they are known.
    pub(crate) parameters: Vec<Option<DataType>>,
    pub(crate) schema: SchemaRef,
}

/// Takes what a query gives.
pub(super) trait Taker: Send {
    /// The types of the rows that will come.
    ///
    /// # Errors
    /// If there is no way to tell them.
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), ReportError>;

    /// Rows.
    ///
    /// # Errors
    /// If there is no way to tell them.
    fn rows(&mut self, batch: RecordBatch) -> Result<(), ReportError>;

    /// All rows are there.
    ///
    /// # Errors
    /// If the end cannot be told.
    fn end(&mut self) -> Result<(), ReportError>;

    /// Hands on what is ready.
    fn hand_on(&mut self) -> impl Future<Output = Result<(), Stopped>> + Send;

    /// Comes to an end when nobody waits any more.
    fn nobody_waits(&mut self) -> impl Future<Output = ()> + Send;

    /// Tells why there is no more, without waiting.
    fn fail(&mut self, error: ReportError);
}

/// What comes from a plan.
enum Batch {
    /// First of all, the types of what will come.
    Schema(SchemaRef),
    Rows(RecordBatch),
}

impl Turn {
    /// Runs a job on threads of its own, which end before the turn does.
    ///
    /// # Errors
    /// If there is no thread to begin on.
    pub(super) fn run<T: Taker + 'static>(self, job: Job, mut taker: T) -> Result<(), ReportError> {
        let run = move || {
            let limits = (self.shared.limits)();
            let runtime = runtime(&limits);
            let result = match &runtime {
                Ok(runtime) => runtime.block_on(carry_out(&self.shared, job, limits, &mut taker)),
                Err(error) => Err(ReportError::Internal(error.to_string()).into()),
            };
            let result = match result {
                Ok(()) => Some(Ok(())),
                Err(Stopped::Failed(error)) => Some(Err(error)),
                Err(Stopped::Gone) => None,
            };
            let outcome = result.as_ref().map(Outcome::of);
            self.asking.end(outcome.unwrap_or(Outcome::Abandoned));
            if let Some(Err(error)) = result {
                taker.fail(error);
            }
            drop(taker);
            // Waits for what runs still, which ends at its next step.
            drop(runtime);
            drop(self.turn);
        };
        let started = aside::spawn("sql", run);
        started.map_err(|error| ReportError::Internal(error.to_string()))?;
        Ok(())
    }

    /// Plans a statement, on a thread of its own.
    ///
    /// # Errors
    /// If it makes no sense.
    pub(super) async fn describe(self, statement: Statement) -> Result<Described, ReportError> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let run = move || {
            let limits = (self.shared.limits)();
            let described = match runtime(&limits) {
                Err(error) => Err(ReportError::Internal(error.to_string())),
                Ok(runtime) => runtime.block_on(async {
                    let planned = plan(&self.shared, statement, &limits).await?;
                    described(&planned, &limits)
                }),
            };
            self.asking.leave();
            drop(self.turn);
            // Nobody waits any more if this fails.
            drop(answer.send(described));
        };
        let started = aside::spawn("sql", run);
        started.map_err(|error| ReportError::Internal(error.to_string()))?;
        let ended = |_| ReportError::Internal("a query panicked".to_owned());
        answered.await.map_err(ended)?
    }
}

fn runtime(limits: &Limits) -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(limits.threads)
        .thread_name("sql")
        .enable_time()
        .build()
}

async fn plan(
    shared: &Shared,
    statement: Statement,
    limits: &Limits,
) -> Result<Planned, ReportError> {
    let pool: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(limits.memory_max));
    query::plan(
        statement,
        &shared.sessions,
        shared.footers.clone(),
        pool,
        limits,
    )
    .await
}

fn described(planned: &Planned, limits: &Limits) -> Result<Described, ReportError> {
    let types = planned.plan.get_parameter_types();
    let types = types.map_err(|error| told(&error, limits.memory_max))?;
    let mut parameters = Vec::new();
    for (name, kind) in types {
        let place: Option<usize> = name.strip_prefix('$').and_then(|it| it.parse().ok());
        let place = place.and_then(|place| place.checked_sub(1));
        if let Some(place) = place.filter(|place| *place < usize::from(u16::MAX)) {
            parameters.resize(parameters.len().max(place + 1), None);
            parameters[place] = kind;
        }
    }
    Ok(Described {
        parameters,
        schema: planned.plan.schema().inner().clone(),
    })
}

async fn carry_out(
    shared: &Arc<Shared>,
    job: Job,
    limits: Limits,
    taker: &mut impl Taker,
) -> Result<(), Stopped> {
    let (rows, mut batches) = mpsc::channel(1);
    // It ends when this is dropped.
    let mut work = JoinSet::new();
    let stop = Stop::default();
    let _stop_at_end = stop.at_end();
    let own = shared.clone();
    work.spawn(async move {
        let planned = plan(&own, job.statement, &limits).await?;
        send(planned, job.parameters, &limits, &stop, rows).await
    });
    let end = tokio::time::sleep(limits.time_max);
    let mut end = std::pin::pin!(end);
    let mut count = 0;
    loop {
        let batch = tokio::select! {
            biased;
            () = taker.nobody_waits() => return Err(Stopped::Gone),
            () = &mut end => return Err(time_is_up(limits.time_max).into()),
            batch = batches.recv() => batch,
        };
        match batch {
            None => break,
            Some(Batch::Schema(schema)) => taker.begin(&schema)?,
            Some(Batch::Rows(batch)) => {
                count += batch.num_rows();
                if count > limits.rows_max {
                    return Err(too_many_rows(limits.rows_max).into());
                }
                taker.rows(batch)?;
            }
        }
        tokio::select! {
            handed_on = taker.hand_on() => handed_on?,
            () = &mut end => return Err(time_is_up(limits.time_max).into()),
        }
    }
    match work.join_next().await {
        Some(Err(error)) => return Err(ReportError::Internal(error.to_string()).into()),
        Some(Ok(done)) => done?,
        None => {}
    }
    taker.end()?;
    tokio::select! {
        handed_on = taker.hand_on() => handed_on,
        () = &mut end => Err(time_is_up(limits.time_max).into()),
    }
}

/// Carries a plan out; gives its rows to whoever takes them.
async fn send(
    planned: Planned,
    parameters: Vec<ScalarValue>,
    limits: &Limits,
    stop: &Stop,
    rows: mpsc::Sender<Batch>,
) -> Result<(), ReportError> {
    let told = |error| told(&error, limits.memory_max);
    let Planned { state, mut plan } = planned;
    if !parameters.is_empty() {
        let values = ParamValues::from(parameters);
        plan = plan.replace_params_with_values(&values).map_err(told)?;
    }
    let plan = state.create_physical_plan(&plan).await.map_err(told)?;
    let plan = stop.heeded_by(plan).map_err(told)?;
    let stream = datafusion::physical_plan::execute_stream(plan, state.task_ctx());
    let mut stream = stream.map_err(told)?;
    // Nobody takes rows any more where this fails.
    if rows.send(Batch::Schema(stream.schema())).await.is_err() {
        return Ok(());
    }
    while let Some(batch) = stream.next().await {
        if rows.send(Batch::Rows(batch.map_err(told)?)).await.is_err() {
            break;
        }
    }
    Ok(())
}
