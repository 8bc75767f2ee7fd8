//! Everything a query sees, as it is when the query begins.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use playhead_engine::columnar::{Moment, Sessions};
use playhead_model::catalog::Table;
use playhead_model::report::ReportError;
use playhead_query::SourceError;
use playhead_store::parts::scan;

use crate::error::told;
use crate::footers::Footers;

/// Columns of a session that only its close gives.
const OF_THE_CLOSE: [&str; 4] = ["close_reason", "closed_at", "close_position", "day"];

/// One moment of the store and of the open sessions.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) moment: Moment,
    /// The open sessions, if they were asked for.
    pub(crate) open: Vec<RecordBatch>,
    pub(crate) footers: Arc<Footers>,
    /// What the open sessions take of the memory of the query.
    _reserved: MemoryReservation,
}

/// The schema of the open sessions.
pub(crate) fn open_schema() -> SchemaRef {
    let schema = scan::schema(Table::Sessions);
    let fields = schema.fields().iter();
    let fields = fields.filter(|field| !OF_THE_CLOSE.contains(&field.name().as_str()));
    Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
}

impl Present {
    /// Takes it. The memory of open sessions counts as that of the query.
    ///
    /// # Errors
    /// If the engine has ended, something cannot be read, or there are too many open sessions.
    pub(crate) fn take(
        sessions: &Sessions,
        footers: Arc<Footers>,
        with_open: bool,
        pool: &Arc<dyn MemoryPool>,
        memory_max: usize,
    ) -> Result<Self, ReportError> {
        let reserved = MemoryConsumer::new("open_sessions").register(pool);
        let mut open = Vec::new();
        let schema = open_schema();
        let mut take = |rows: Vec<playhead_model::row::Rows>| {
            if rows.is_empty() {
                return Ok(());
            }
            let batch = scan::of_rows(rows.iter().map(|rows| &rows.session), &schema);
            let grown = reserved.try_grow(batch.get_array_memory_size());
            grown.map_err(|error| SourceError::Stopped(told(&error, memory_max)))?;
            open.push(batch);
            Ok(())
        };
        let moment = sessions.moment(if with_open { Some(&mut take) } else { None });
        Ok(Self {
            moment: moment.map_err(of_source)?,
            open,
            footers,
            _reserved: reserved,
        })
    }
}

fn of_source(error: SourceError) -> ReportError {
    match error {
        SourceError::Stopped(error) => error,
        SourceError::TooLarge { limit, message } => ReportError::TooLarge { limit, message },
        SourceError::Unavailable(message) => ReportError::Unavailable(message),
        SourceError::Gone(message) | SourceError::NotOpen(message) => ReportError::Gone(message),
        other => ReportError::Internal(other.to_string()),
    }
}
