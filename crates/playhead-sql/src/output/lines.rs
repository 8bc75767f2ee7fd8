//! JSON Lines: an object for each row, without the columns that it has no value in.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::EncoderOptions;
use serde_json::Value;

use super::value::Values;
use super::{Encoder, plain_batch, plain_schema};

pub(crate) struct Lines {
    schema: SchemaRef,
    /// The names, quoted.
    names: Vec<String>,
    bytes: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(schema: &SchemaRef) -> Self {
        let names = schema.fields().iter();
        let names = names.map(|field| Value::from(field.name().as_str()).to_string());
        Self {
            schema: plain_schema(schema),
            names: names.collect(),
            bytes: Vec::new(),
        }
    }
}

impl Encoder for Lines {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = plain_batch(batch, &self.schema)?;
        let options = EncoderOptions::default();
        let mut values = Values::of(&batch, &self.schema, &options)?;
        let mut value = Vec::new();
        for row in 0..batch.num_rows() {
            self.bytes.push(b'{');
            let mut is_first = true;
            for (column, name) in self.names.iter().enumerate() {
                value.clear();
                if !values.write(column, row, &mut value) {
                    continue;
                }
                if !is_first {
                    self.bytes.push(b',');
                }
                is_first = false;
                self.bytes.extend_from_slice(name.as_bytes());
                self.bytes.push(b':');
                self.bytes.extend_from_slice(&value);
            }
            self.bytes.extend_from_slice(b"}\n");
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        Ok(())
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }
}
