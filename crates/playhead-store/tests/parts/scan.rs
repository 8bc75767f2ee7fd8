//! Rows of parts, read some at a time.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use playhead_model::catalog::{Cell, Row, SessionRow, StateRow, Table};
use playhead_store::batch;
use playhead_store::parts::Part;
use playhead_store::parts::scan::{Scan, Test, of_rows, pick, schema};
use playhead_store::parts::storage::MemoryStorage;

use crate::model::{give, open};

/// A part of sessions, and the storage that has it.
fn stored() -> Arc<Part> {
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    give(&mut store, 1..40);
    store.sync().unwrap();
    let parts = store.reader().snapshot().parts;
    let sessions = parts
        .into_iter()
        .filter(|part| part.facts.table == Table::Sessions);
    sessions.max_by_key(|part| part.facts.rows).unwrap()
}

fn columns(names: &[&str]) -> SchemaRef {
    let schema = schema(Table::Sessions);
    let fields = names
        .iter()
        .map(|name| schema.field_with_name(name).unwrap().clone());
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn read(part: &Arc<Part>, columns: SchemaRef, test: Option<(SchemaRef, Test)>) -> Vec<RecordBatch> {
    let scan = Scan {
        groups: vec![0],
        columns,
        test,
    };
    let footer = part.footer().unwrap();
    let batches = part.scan(&footer, scan).unwrap();
    batches.map(Result::unwrap).collect()
}

fn rows(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|batch| batch.num_rows() as u64).sum()
}

#[test]
fn only_rows_that_pass_are_read_and_text_comes_as_views() {
    let part = stored();
    let middle = part.facts.positions.1;
    let test: Test = Box::new(move |batch| {
        let positions = batch.column(0).as_primitive::<Int64Type>().values();
        Ok(positions.iter().map(|it| Some(*it < middle)).collect())
    });
    let tested = Some((columns(&["close_position"]), test));
    let batches = read(&part, columns(&["report_suite", "sid"]), tested);
    assert_eq!(rows(&batches), part.facts.rows - 1);
    let suites = batches[0].column_by_name("report_suite").unwrap();
    assert_eq!(suites.as_string_view().value(0), &*part.facts.suite);
}

#[test]
fn rows_are_counted_without_a_column() {
    let part = stored();
    assert!(part.facts.rows > 1);
    assert_eq!(rows(&read(&part, columns(&[]), None)), part.facts.rows);
}

#[test]
fn what_a_batch_lacks_is_empty() {
    let nothing = [SessionRow::of(&mut |_| Cell::Null)];
    let older = batch::batch(&nothing).project(&[0]).unwrap();
    let wanted = columns(&["is_viewed", "country", "sid"]);
    let picked = pick(Table::Sessions, &wanted, &older);
    assert!(!picked.column(0).as_boolean().value(0));
    assert!(picked.column(1).is_null(0));
    let states: [StateRow; 0] = [];
    assert_eq!(of_rows(&states, &schema(Table::States)).num_rows(), 0);
}
