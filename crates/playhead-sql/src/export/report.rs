//! The rows of a report as columns.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::error::ArrowError;
use playhead_model::report::{Answer, Cell, HeadingKind};

/// The rows of all pages of an answer: a column for each dimension and metric, by its name. Numbers
/// over time, of a panel or of a report without dimensions, have the start of their unit in front.
///
/// # Errors
/// If pages do not belong together.
pub fn report_rows(pages: &[Answer]) -> Result<RecordBatch, ArrowError> {
    let headings = pages.first().map_or(&[][..], |page| &page.headings);
    let (keys, metrics): (Vec<_>, Vec<_>) = headings
        .iter()
        .partition(|heading| heading.kind == HeadingKind::Dimension);
    let is_over_time = pages
        .iter()
        .all(|page| !page.buckets.is_empty() && page.rows.iter().all(|row| row.key.is_empty()));
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    if is_over_time {
        let starts = pages.iter().flat_map(|page| page.buckets.iter().copied());
        fields.push(Field::new("time", DataType::Int64, false));
        columns.push(Arc::new(Int64Array::from_iter_values(starts)));
    } else {
        for (place, key) in keys.iter().enumerate() {
            let rows = pages.iter().flat_map(|page| &page.rows);
            let values = rows.map(|row| row.key.get(place).and_then(Option::as_deref));
            fields.push(Field::new(&key.name, DataType::Utf8, true));
            columns.push(Arc::new(values.collect::<StringArray>()));
        }
    }
    for (place, metric) in metrics.iter().enumerate() {
        let cells: Vec<Cell> = if is_over_time {
            let series = pages.iter().filter_map(|page| page.total_series.get(place));
            series.flatten().copied().collect()
        } else {
            let rows = pages.iter().flat_map(|page| &page.rows);
            rows.map(|row| row.values.get(place).copied().unwrap_or(Cell::Empty))
                .collect()
        };
        let (kind, column) = numbers(&cells);
        fields.push(Field::new(&metric.name, kind, true));
        columns.push(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Integers if all of them are.
fn numbers(cells: &[Cell]) -> (DataType, ArrayRef) {
    if cells.iter().any(|cell| matches!(cell, Cell::Float(_))) {
        let values = cells.iter().map(|cell| cell.number());
        return (
            DataType::Float64,
            Arc::new(values.collect::<Float64Array>()),
        );
    }
    let values = cells.iter().map(|cell| match cell {
        Cell::Int(number) => Some(*number),
        _ => None,
    });
    (DataType::Int64, Arc::new(values.collect::<Int64Array>()))
}
