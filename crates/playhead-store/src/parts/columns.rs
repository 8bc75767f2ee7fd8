//! Columns of a part, read one by one: what reports are made of.

use std::sync::{Arc, LazyLock};

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use playhead_model::catalog::Table;

use crate::batch;
use crate::parts::error::StoreError;
use crate::parts::part::{self, GROUP_ROWS, Part};

/// Text that nearly always differs from row to row: no dictionary is made of it.
const DIFFERENT: [&str; 2] = ["sid", "visitor"];

/// What the end of a part says: where its columns lie, and what values each row group has.
#[derive(Clone, Debug)]
pub struct Footer(pub(super) ArrowReaderMetadata);

impl Footer {
    /// How many bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.0.metadata().memory_size()
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.0.metadata().num_row_groups()
    }

    /// The smallest and the largest number of a column in a row group, if it is known.
    pub fn range(&self, group: usize, column: &str) -> Option<(i64, i64)> {
        let Statistics::Int64(values) = statistics(self.group(group)?, column)? else {
            return None;
        };
        Some((*values.min_opt()?, *values.max_opt()?))
    }

    /// The smallest and the largest id in a row group, if it is known.
    pub fn ids(&self, group: usize) -> Option<(&[u8], &[u8])> {
        let Statistics::ByteArray(values) = statistics(self.group(group)?, "sid")? else {
            return None;
        };
        Some((values.min_opt()?.data(), values.max_opt()?.data()))
    }

    /// Bounds of the texts of a column in a row group, if they are known.
    pub fn texts(&self, group: usize, column: &str) -> Option<(&str, &str)> {
        let Statistics::ByteArray(values) = statistics(self.group(group)?, column)? else {
            return None;
        };
        let (least, most) = (values.min_opt()?, values.max_opt()?);
        Some((least.as_utf8().ok()?, most.as_utf8().ok()?))
    }

    fn group(&self, group: usize) -> Option<&RowGroupMetaData> {
        self.0.metadata().row_groups().get(group)
    }
}

pub(crate) fn statistics<'a>(group: &'a RowGroupMetaData, column: &str) -> Option<&'a Statistics> {
    let mut columns = group.columns().iter();
    let found = columns.find(|it| it.column_path().parts() == [column])?;
    found.statistics()
}

/// The schema of a table with dictionaries for text that repeats.
fn schema(table: Table) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
        let tables = Table::ALL.into_iter().map(|table| {
            let schema = batch::schema(table);
            let fields = schema.fields().iter().map(|field| {
                let repeats = !DIFFERENT.contains(&field.name().as_str());
                if *field.data_type() == DataType::Utf8 && repeats {
                    let (keys, values) = (DataType::Int32, DataType::Utf8);
                    let coded = DataType::Dictionary(Box::new(keys), Box::new(values));
                    return Arc::new(Field::new(field.name(), coded, field.is_nullable()));
                }
                field.clone()
            });
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        });
        tables.collect()
    });
    SCHEMAS[table as usize].clone()
}

impl Part {
    /// How many row groups it has.
    pub fn groups(&self) -> usize {
        let rows = usize::try_from(self.facts.rows).unwrap_or(usize::MAX);
        rows.div_ceil(GROUP_ROWS)
    }

    /// How many rows a row group has.
    pub fn rows_of_group(&self, group: usize) -> usize {
        let rows = usize::try_from(self.facts.rows).unwrap_or(usize::MAX);
        rows.saturating_sub(group * GROUP_ROWS).min(GROUP_ROWS)
    }

    /// Reads its end.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn footer(&self) -> Result<Footer, StoreError> {
        let footer = part::metadata(&self.open()?, &schema(self.facts.table));
        footer.map(Footer).map_err(|error| self.fail(error))
    }

    /// Some columns of some row groups, and nothing else of the file.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn read_columns(
        &self,
        footer: &Footer,
        groups: Vec<usize>,
        names: &[&str],
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let blob = self.open()?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(blob, footer.0.clone());
        let fields = builder.parquet_schema().root_schema().get_fields().iter();
        let wanted = fields
            .enumerate()
            .filter(|(_, field)| names.contains(&field.name()));
        let wanted: Vec<usize> = wanted.map(|(place, _)| place).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let builder = builder
            .with_batch_size(GROUP_ROWS)
            .with_row_groups(groups)
            .with_projection(mask);
        self.read(builder.build())
    }
}
