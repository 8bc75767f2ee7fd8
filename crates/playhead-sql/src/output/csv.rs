//! CSV (RFC 4180): a line of names, then one for each row. A null is nothing, an empty text `""`;
//! lists and maps are JSON.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::EncoderOptions;

use super::value::Values;
use super::{Encoder, plain_batch, plain_schema};

pub(super) struct Csv {
    schema: SchemaRef,
    bytes: Vec<u8>,
}

impl Csv {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let mut bytes = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            if place > 0 {
                bytes.push(b',');
            }
            quote(field.name(), &mut bytes);
        }
        bytes.extend_from_slice(b"\r\n");
        Self {
            schema: plain_schema(schema),
            bytes,
        }
    }
}

impl Encoder for Csv {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = plain_batch(batch, &self.schema)?;
        let options = EncoderOptions::default();
        let mut values = Values::of(&batch, &self.schema, &options)?;
        let mut value = Vec::new();
        for row in 0..batch.num_rows() {
            for column in 0..values.count() {
                if column > 0 {
                    self.bytes.push(b',');
                }
                value.clear();
                if values.write(column, row, &mut value) {
                    write(&value, &mut self.bytes);
                }
            }
            self.bytes.extend_from_slice(b"\r\n");
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

/// Writes a value that is JSON: a text as it is, all else as JSON.
fn write(value: &[u8], out: &mut Vec<u8>) {
    if value.first() == Some(&b'"')
        && let Ok(text) = serde_json::from_slice::<String>(value)
    {
        return quote(&text, out);
    }
    match std::str::from_utf8(value) {
        Ok(value) => quote(value, out),
        Err(_) => out.extend_from_slice(value),
    }
}

fn quote(text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() && !text.contains(['"', ',', '\r', '\n']) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
