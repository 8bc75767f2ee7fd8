//! Rows of a part, some at a time and only those that pass a test: what SQL is answered from.
//!
//! Text is read as views into the pages of the file, which costs no copy of each value.

use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::schema::types::SchemaDescriptor;
use playhead_model::catalog::{Row, Table};

use crate::batch;
use crate::parts::columns::Footer;
use crate::parts::error::StoreError;
use crate::parts::part::Part;

/// Rows read at a time.
const BATCH_ROWS: usize = 8_192;

/// The schema of a table with text as views.
pub fn schema(table: Table) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
        let tables = Table::ALL.into_iter().map(|table| {
            let schema = batch::schema(table);
            let fields = schema.fields().iter().map(|field| match field.data_type() {
                DataType::Utf8 => {
                    let text = Field::new(field.name(), DataType::Utf8View, field.is_nullable());
                    Arc::new(text)
                }
                _ => field.clone(),
            });
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        });
        tables.collect()
    });
    SCHEMAS[table as usize].clone()
}

/// Rows in memory as a batch of some columns of their table.
pub fn of_rows<'a, R: Row + 'a>(
    rows: impl IntoIterator<Item = &'a R>,
    columns: &SchemaRef,
) -> RecordBatch {
    pick(R::TABLE, columns, &batch::batch(rows))
}

/// Some columns of a batch, text as views; those that it lacks are empty.
pub fn pick(table: Table, columns: &SchemaRef, batch: &RecordBatch) -> RecordBatch {
    let arrays = columns.fields().iter().map(|field| {
        let found = batch.column_by_name(field.name()).map(viewed);
        match found.filter(|found| found.data_type() == field.data_type()) {
            Some(found) => found,
            None => viewed(&batch::empty(table, field.name(), batch.num_rows())),
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(columns.clone(), arrays.collect(), &options)
        .expect("columns follow the schema")
}

fn viewed(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Utf8 => Arc::new(StringViewArray::from(array.as_string::<i32>())),
        _ => array.clone(),
    }
}

/// Says which rows of a batch pass.
pub type Test = Box<dyn FnMut(RecordBatch) -> Result<BooleanArray, ArrowError> + Send>;

/// What to read of a part.
pub struct Scan {
    pub groups: Vec<usize>,
    /// Columns of the table, of its [`schema`].
    pub columns: SchemaRef,
    /// The rows that are wanted, by some columns: others are read only where these pass.
    pub test: Option<(SchemaRef, Test)>,
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("groups", &self.groups)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// Batches of a part.
pub struct Scanned {
    part: Arc<Part>,
    columns: SchemaRef,
    reader: ParquetRecordBatchReader,
}

impl std::fmt::Debug for Scanned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scanned")
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

impl Iterator for Scanned {
    type Item = Result<RecordBatch, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let table = self.part.facts.table;
        Some(match self.reader.next()? {
            Ok(batch) => Ok(pick(table, &self.columns, &batch)),
            Err(error) => Err(self.part.fail(error.into())),
        })
    }
}

impl Part {
    /// Reads rows. The file stays until the last of them is read, whatever becomes of the part.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn scan(self: &Arc<Self>, footer: &Footer, scan: Scan) -> Result<Scanned, StoreError> {
        let table = self.facts.table;
        let known = schema(table);
        let fields = footer.0.schema().fields().iter();
        let fields = fields.map(|field| match known.field_with_name(field.name()) {
            Ok(known) => Arc::new(known.clone()),
            Err(_) => field.clone(),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_schema(schema);
        let metadata = ArrowReaderMetadata::try_new(footer.0.metadata().clone(), options);
        let metadata = metadata.map_err(|error| self.fail(error))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.open()?, metadata);
        let mask = mask(builder.parquet_schema(), &scan.columns);
        let filter = scan.test.map(|(columns, mut test)| {
            let mask = self::mask(builder.parquet_schema(), &columns);
            let test = move |batch| test(pick(table, &columns, &batch));
            RowFilter::new(vec![Box::new(ArrowPredicateFn::new(mask, test))])
        });
        let mut builder = builder
            .with_batch_size(BATCH_ROWS)
            .with_row_groups(scan.groups)
            .with_projection(mask);
        if let Some(filter) = filter {
            builder = builder.with_row_filter(filter);
        }
        Ok(Scanned {
            part: self.clone(),
            columns: scan.columns,
            reader: builder.build().map_err(|error| self.fail(error))?,
        })
    }
}

/// Some columns of a file, as far as it has them.
fn mask(file: &SchemaDescriptor, columns: &Schema) -> ProjectionMask {
    let fields = file.root_schema().get_fields().iter().enumerate();
    let wanted = fields.filter(|(_, field)| columns.field_with_name(field.name()).is_ok());
    let wanted: Vec<usize> = wanted.map(|(place, _)| place).collect();
    ProjectionMask::roots(file, wanted)
}
