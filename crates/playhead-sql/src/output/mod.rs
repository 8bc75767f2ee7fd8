//! Rows as bytes, in the form that was asked for.

mod arrow;
mod csv;
mod json;
pub(crate) mod lines;
mod parquet;
mod plain;
mod value;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use playhead_model::report::ReportError;
use playhead_server::console::Format;

pub(crate) use plain::{plain_batch, plain_schema};

/// Writes rows one batch after the other; what is written collects until it is taken.
pub(crate) trait Encoder: Send {
    /// # Errors
    /// If the form has no way to tell these rows.
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), ArrowError>;

    /// All rows are written.
    ///
    /// # Errors
    /// If the end cannot be written.
    fn end(&mut self) -> Result<(), ArrowError>;

    /// Ends in the middle, if the form can say why; answers whether it can.
    fn fail(&mut self, _error: &ReportError) -> bool {
        false
    }

    /// What was written since.
    fn take(&mut self) -> Vec<u8>;

    /// How much was written since.
    fn len(&self) -> usize;
}

/// Begins an answer whose rows have a schema.
///
/// # Errors
/// If the form has no way to tell a type of it.
pub(crate) fn encoder(format: Format, schema: &SchemaRef) -> Result<Box<dyn Encoder>, ArrowError> {
    Ok(match format {
        Format::Json => Box::new(json::Json::new(schema)),
        Format::Csv => Box::new(csv::Csv::new(schema)),
        Format::Arrow => Box::new(arrow::Arrow::new(schema)?),
        Format::Parquet => Box::new(parquet::Parquet::new(schema)?),
    })
}
