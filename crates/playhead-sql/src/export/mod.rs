//! Whole tables into files: read piece by piece, so that a table of any size passes through the
//! limits of queries, and all of it as of one position of the log.

mod file;
mod plan;
mod report;

use std::io::Read;

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;

pub use file::{FileFormat, TableFile};
pub use plan::{Selection, UnknownTable};
pub use report::report_rows;

/// Why a server gives no answer.
pub type AskError = Box<dyn std::error::Error + Send + Sync>;

/// Why an export ends before its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The server has no answer.
    #[error(transparent)]
    Asking(AskError),
    #[error("the answer cannot be read")]
    Reading(#[source] ArrowError),
    #[error("the file cannot be written")]
    Writing(#[source] std::io::Error),
}

/// How far an export has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub rows: u64,
    pub of: u64,
}

/// Writes what is selected into a file; `ask` answers SQL in Arrow's streaming format.
///
/// # Errors
/// If something cannot be asked, read or written.
pub fn export<R: Read>(
    selection: &Selection,
    mut ask: impl FnMut(&str) -> Result<R, AskError>,
    file: &mut TableFile,
    mut progress: impl FnMut(Progress),
) -> Result<u64, ExportError> {
    let mut plan = plan::Plan::new(selection);
    let mut told = Progress::default();
    while let Some(step) = plan.next() {
        let answer = ask(&step.sql()).map_err(ExportError::Asking)?;
        let answer = StreamReader::try_new(answer, None).map_err(ExportError::Reading)?;
        if step.is_count() {
            let mut counts = plan::Counts::default();
            for batch in answer {
                counts.add(&batch.map_err(ExportError::Reading)?);
            }
            plan.counted(&step, counts);
            told.of = plan.rows().max(told.rows);
        } else {
            file.begin(&answer.schema()).map_err(ExportError::Writing)?;
            for batch in answer {
                let batch = batch.map_err(ExportError::Reading)?;
                file.rows(&batch).map_err(ExportError::Writing)?;
                told.rows += batch.num_rows() as u64;
                told.of = told.of.max(told.rows);
                progress(told);
            }
        }
    }
    Ok(told.rows)
}
