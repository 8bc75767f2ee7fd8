//! JSON: the columns with their types, then each row as a list of values in that order.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::EncoderOptions;
use playhead_model::report::ReportError;
use serde_json::json;

use super::value::Values;
use super::{Encoder, plain_batch, plain_schema};

pub(super) struct Json {
    schema: SchemaRef,
    bytes: Vec<u8>,
    rows: u64,
}

impl Json {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let columns = schema
            .fields()
            .iter()
            .map(|field| json!({ "name": field.name(), "type": type_name(field.data_type()) }));
        let columns = serde_json::Value::from_iter(columns);
        Self {
            schema: plain_schema(schema),
            bytes: format!("{{\"columns\":{columns},\"rows\":[").into_bytes(),
            rows: 0,
        }
    }
}

impl Encoder for Json {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = plain_batch(batch, &self.schema)?;
        let options = EncoderOptions::default();
        let mut values = Values::of(&batch, &self.schema, &options)?;
        for row in 0..batch.num_rows() {
            if self.rows > 0 {
                self.bytes.push(b',');
            }
            self.rows += 1;
            self.bytes.push(b'[');
            for column in 0..values.count() {
                if column > 0 {
                    self.bytes.push(b',');
                }
                if !values.write(column, row, &mut self.bytes) {
                    self.bytes.extend_from_slice(b"null");
                }
            }
            self.bytes.push(b']');
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        let end = format!("],\"rowCount\":{}}}", self.rows);
        self.bytes.extend_from_slice(end.as_bytes());
        Ok(())
    }

    fn fail(&mut self, error: &ReportError) -> bool {
        let mut told = json!({ "message": error.to_string() });
        if let ReportError::TooLarge { limit, .. } = error {
            told["limit"] = (*limit).into();
        }
        let end = format!("],\"error\":{told}}}");
        self.bytes.extend_from_slice(end.as_bytes());
        true
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// The name of a type, as the page of the tables has it.
pub(super) fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "bool".to_owned(),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => "double".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(_, None) => "timestamp".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone".to_owned(),
        DataType::Dictionary(_, value) => type_name(value),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
            format!("list of {}", type_name(item.data_type()))
        }
        DataType::Map(..) => "map of text".to_owned(),
        DataType::Struct(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
            format!("{{{}}}", names.join(", "))
        }
        other => other.to_string().to_lowercase(),
    }
}
