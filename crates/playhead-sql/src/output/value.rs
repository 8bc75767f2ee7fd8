//! One value as JSON.

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{EncoderOptions, NullableEncoder, make_encoder};

/// The columns of a batch, whose values are asked for one by one.
pub(super) struct Values<'a>(Vec<(&'a ArrayRef, NullableEncoder<'a>)>);

impl<'a> Values<'a> {
    /// The columns of a batch; `schema` has their fields.
    ///
    /// # Errors
    /// If a type has no form in JSON.
    pub(super) fn of(
        batch: &'a RecordBatch,
        schema: &'a SchemaRef,
        options: &'a EncoderOptions,
    ) -> Result<Self, ArrowError> {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(array, field): (&ArrayRef, &FieldRef)| {
            Ok((array, make_encoder(field, array, options)?))
        });
        Ok(Self(columns.collect::<Result<_, ArrowError>>()?))
    }

    /// Writes the value of a column in a row; answers false for null.
    pub(super) fn write(&mut self, column: usize, row: usize, out: &mut Vec<u8>) -> bool {
        let (array, encoder) = &mut self.0[column];
        if encoder.is_null(row) || array.data_type().is_null() {
            return false;
        }
        encoder.encode(row, out);
        true
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}
