//! Parquet, with a row group for each so many rows.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Encoder, plain_batch, plain_schema};

/// Rows that are held until their group is complete.
const GROUP_ROWS: usize = 65_536;

pub(super) struct Parquet {
    schema: SchemaRef,
    /// Nothing once it has ended.
    writer: Option<ArrowWriter<Vec<u8>>>,
    ended: Vec<u8>,
}

impl Parquet {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, ArrowError> {
        let schema = plain_schema(schema);
        let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties()))?;
        Ok(Self {
            schema,
            writer: Some(writer),
            ended: Vec::new(),
        })
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by(concat!("playhead ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build()
}

impl Encoder for Parquet {
    fn rows(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let batch = plain_batch(batch, &self.schema)?;
        match &mut self.writer {
            Some(writer) => Ok(writer.write(&batch)?),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ArrowError> {
        if let Some(writer) = self.writer.take() {
            self.ended = writer.into_inner()?;
        }
        Ok(())
    }

    fn take(&mut self) -> Vec<u8> {
        match &mut self.writer {
            Some(writer) => std::mem::take(writer.inner_mut()),
            None => std::mem::take(&mut self.ended),
        }
    }

    fn len(&self) -> usize {
        let writer = self.writer.as_ref();
        writer.map_or(self.ended.len(), |writer| writer.inner().len())
    }
}
