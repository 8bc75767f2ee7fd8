//! Reading the rows of a table, piece by piece.

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::common::cast::as_boolean_array;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use playhead_model::catalog::{EventRow, Table};
use playhead_model::report::ReportError;
use playhead_model::row::Rows;
use playhead_store::parts::scan::{self, Scan, Scanned};
use playhead_store::parts::{Footer, Part, StoreError};

use crate::error::carried;
use crate::present::Present;

/// A filter over some columns of a table.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Its columns, by which the expression was made.
    pub(crate) columns: SchemaRef,
    pub(crate) expression: Arc<dyn PhysicalExpr>,
}

impl Filter {
    /// Which rows of a batch of its columns pass.
    fn passing(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let passing = self.expression.evaluate(batch)?;
        let passing = passing.into_array(batch.num_rows())?;
        Ok(as_boolean_array(&passing)?.clone())
    }
}

/// Rows that lie together.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// A row group of a part.
    Group(Arc<Part>, Footer, usize),
    /// Closed sessions that are in no part.
    Rows(Vec<Arc<Rows>>),
    /// Events that came after the close and are in no part.
    Late(Vec<Arc<EventRow>>),
    /// Open sessions.
    Open(RecordBatch),
}

/// The pieces that one thread reads.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    pub(crate) table: Table,
    pub(crate) columns: SchemaRef,
    pub(crate) filter: Option<Filter>,
    pub(crate) pieces: Vec<Piece>,
    /// Holds what the pieces lie in.
    pub(crate) _present: Arc<Present>,
}

impl PartitionStream for Pieces {
    fn schema(&self) -> &SchemaRef {
        &self.columns
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let reading = Reading {
            left: self.pieces.clone().into_iter(),
            pieces: self.clone(),
            group: None,
        };
        let batches = futures::stream::iter(reading);
        Box::pin(RecordBatchStreamAdapter::new(self.columns.clone(), batches))
    }
}

struct Reading {
    pieces: Pieces,
    left: std::vec::IntoIter<Piece>,
    group: Option<Scanned>,
}

impl Iterator for Reading {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.group.as_mut().and_then(Iterator::next) {
                return Some(batch.map_err(failed));
            }
            self.group = None;
            let batch = match self.left.next()? {
                Piece::Group(part, footer, group) => {
                    match self.pieces.open(&part, &footer, group) {
                        Ok(scanned) => self.group = Some(scanned),
                        Err(error) => return Some(Err(error)),
                    }
                    continue;
                }
                Piece::Rows(rows) => self.pieces.of_rows(&rows),
                Piece::Late(events) => self
                    .pieces
                    .kept(|columns| scan::of_rows(events.iter().map(|event| &**event), columns)),
                Piece::Open(batch) => self
                    .pieces
                    .kept(|columns| scan::pick(Table::Sessions, columns, &batch)),
            };
            match batch {
                Ok(batch) if batch.num_rows() == 0 => {}
                batch => return Some(batch),
            }
        }
    }
}

impl Pieces {
    fn open(&self, part: &Arc<Part>, footer: &Footer, group: usize) -> Result<Scanned> {
        let test = self.filter.clone().map(|filter| {
            let columns = filter.columns.clone();
            let test: scan::Test = Box::new(move |batch: RecordBatch| {
                let passing = filter.passing(&batch);
                passing.map_err(|error| ArrowError::ExternalError(Box::new(error)))
            });
            (columns, test)
        });
        let scan = Scan {
            groups: vec![group],
            columns: self.columns.clone(),
            test,
        };
        part.scan(footer, scan).map_err(failed)
    }

    /// The rows of a table that some sessions have.
    fn of_rows(&self, rows: &[Arc<Rows>]) -> Result<RecordBatch> {
        macro_rules! all {
            ($member:ident) => {
                self.kept(|columns| {
                    scan::of_rows(rows.iter().flat_map(|rows| &rows.$member), columns)
                })
            };
        }
        match self.table {
            Table::Sessions => {
                self.kept(|columns| scan::of_rows(rows.iter().map(|rows| &rows.session), columns))
            }
            Table::Ads => all!(ads),
            Table::Chapters => all!(chapters),
            Table::States => all!(states),
            Table::Events => all!(events),
        }
    }

    /// Those of some rows that pass the filter; `make` gives columns of all of them.
    fn kept(&self, make: impl Fn(&SchemaRef) -> RecordBatch) -> Result<RecordBatch> {
        let batch = make(&self.columns);
        let Some(filter) = &self.filter else {
            return Ok(batch);
        };
        let passing = filter.passing(&make(&filter.columns))?;
        Ok(filter_record_batch(&batch, &passing)?)
    }
}

/// What the store says; or what a filter said, which comes out through the store.
fn failed(error: StoreError) -> DataFusionError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(found) = cause {
        if let Some(ArrowError::ExternalError(inner)) = found.downcast_ref::<ArrowError>() {
            return DataFusionError::Execution(inner.to_string());
        }
        cause = found.source();
    }
    carried(of_store(&error))
}

/// What the store says, with its cause.
pub(crate) fn of_store(error: &StoreError) -> ReportError {
    let cause = std::error::Error::source(error);
    let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
    ReportError::Internal(format!("{error}{cause}"))
}
