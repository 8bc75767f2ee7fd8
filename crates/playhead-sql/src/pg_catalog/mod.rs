//! The catalogue of Postgres, as far as clients look into it: which tables and columns there are.
//!
//! psql, drivers and dashboards ask it in SQL. What playhead has nothing of (indexes, rules,
//! extensions, …) are tables without rows, so that joins with them find nothing.

mod columns;
mod functions;
mod tables;

pub(crate) use functions::functions;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;

use crate::catalog::Tables;

pub(crate) const SCHEMA: &str = "pg_catalog";

/// Object ids, which hold for as long as the order of tables does.
const SCHEMA_OF_CATALOG: i64 = 11;
const SCHEMA_OF_TABLES: i64 = 2_200;
const DATABASE: i64 = 16_000;
const FIRST_TABLE: i64 = 16_384;
const OWNER: i64 = 10;
const TABLESPACE: i64 = 1_663;

/// A value of a row.
#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Int(i64),
    Flag(bool),
    Null,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// The tables of the catalogue.
#[derive(Debug)]
pub(crate) struct PgCatalog {
    tables: Arc<Tables>,
}

impl PgCatalog {
    pub(crate) fn new(tables: Arc<Tables>) -> Self {
        Self { tables }
    }

    /// A table of the catalogue over some tables.
    ///
    /// # Errors
    /// If its rows do not fit its columns.
    pub(crate) fn find(of: &Tables, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some((columns, rows)) = tables::table(name, of) else {
            return Ok(None);
        };
        let batch = batch(&columns, &rows)?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
        Ok(Some(Arc::new(table)))
    }
}

#[async_trait]
impl SchemaProvider for PgCatalog {
    fn table_names(&self) -> Vec<String> {
        columns::names().map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Self::find(&self.tables, name)
    }

    fn table_exist(&self, name: &str) -> bool {
        columns::names().any(|known| known == name)
    }
}

/// Whether a name without a schema is one of these: Postgres looks here first.
pub(crate) fn has(name: &str) -> bool {
    columns::names().any(|known| known == name)
}

/// The id of a table by its name, as people write it.
fn table_id(name: &str) -> Option<i64> {
    let name = name.replace('"', "");
    let name = name.strip_prefix("public.").unwrap_or(&name);
    let mut ids = (FIRST_TABLE..).zip(crate::catalog::names());
    ids.find(|(_, known)| *known == name).map(|(id, _)| id)
}

/// Whether a table of the catalogue never has rows here.
pub(crate) fn is_empty(name: &str) -> bool {
    has(name) && !columns::FILLED.contains(&name)
}

/// Columns `name` of text, `name:i` of integers, `name:b` of flags.
fn schema(columns: &[&str]) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let (name, kind) = column.split_once(':').unwrap_or((column, ""));
        let kind = match kind {
            "i" => DataType::Int64,
            "b" => DataType::Boolean,
            _ => DataType::Utf8,
        };
        Field::new(name, kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn batch(columns: &[&str], rows: &[Vec<Value>]) -> Result<RecordBatch> {
    let schema = schema(columns);
    let arrays = schema.fields().iter().enumerate().map(|(place, field)| {
        let values = rows
            .iter()
            .map(|row| row.get(place).unwrap_or(&Value::Null));
        let array: ArrayRef = match field.data_type() {
            DataType::Int64 => Arc::new(Int64Array::from_iter(values.map(|value| match value {
                Value::Int(number) => Some(*number),
                _ => None,
            }))),
            DataType::Boolean => Arc::new(BooleanArray::from_iter(values.map(|it| match it {
                Value::Flag(flag) => Some(*flag),
                _ => None,
            }))),
            _ => Arc::new(StringArray::from_iter(values.map(|value| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            }))),
        };
        array
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let arrays = arrays.collect();
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}
