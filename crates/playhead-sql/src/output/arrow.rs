//! Arrow's streaming format.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;

use super::{Encoder, plain_batch, plain_schema};

pub(super) struct Arrow {
    schema: SchemaRef,
    writer: StreamWriter<Vec<u8>>,
}

impl Arrow {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let schema = plain_schema(schema);
        let writer = StreamWriter::try_new(Vec::new(), &schema)?;
        Ok(Self { schema, writer })
    }
}

impl Encoder for Arrow {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.writer.write(&plain_batch(batch, &self.schema)?)
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        self.writer.finish()
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.writer.get_mut())
    }

    fn len(&self) -> usize {
        self.writer.get_ref().len()
    }
}
