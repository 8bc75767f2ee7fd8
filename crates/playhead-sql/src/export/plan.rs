//! Which queries an export asks: how many rows there are, then some of them at a time.
//!
//! All tables have the place of the session's first record in the log, which grows with time: a
//! range of places is a piece that the server finds by what its files say of themselves. What
//! closes while the export runs lies behind the position of its beginning, and is left out.

use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use playhead_model::catalog::Table;
use playhead_model::report::did_you_mean;

use crate::catalog::OPEN_SESSIONS;

/// Rows of one query, about: well below what an answer may have.
const ROWS_AT_ONCE: u64 = 250_000;

/// What goes into the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    table: &'static str,
    conditions: Vec<String>,
}

/// There is no such table.
#[derive(Debug, thiserror::Error)]
#[error("there is no table {name:?}{hint}")]
pub struct UnknownTable {
    name: String,
    hint: String,
}

fn tables() -> impl Iterator<Item = &'static str> {
    Table::ALL
        .into_iter()
        .map(Table::name)
        .chain([OPEN_SESSIONS])
}

impl Selection {
    /// Rows of a table, by the suite and the client's time: from an instant, up to another.
    ///
    /// # Errors
    /// If there is no such table.
    pub fn new(
        table: &str,
        suite: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Self, UnknownTable> {
        let found = tables().find(|known| *known == table);
        let table = found.ok_or_else(|| UnknownTable {
            name: table.to_owned(),
            hint: did_you_mean(table, tables()),
        })?;
        let time = if table == Table::Events.name() {
            "ts"
        } else {
            "start_ts"
        };
        let at = |instant: &str| format!("CAST(to_timestamp_millis({}) AS BIGINT)", text(instant));
        let conditions = [
            suite.map(|suite| format!("report_suite = {}", text(suite))),
            from.map(|from| format!("{time} >= {}", at(from))),
            to.map(|to| format!("{time} < {}", at(to))),
        ];
        Ok(Self {
            table,
            conditions: conditions.into_iter().flatten().collect(),
        })
    }

    /// The table.
    pub fn table(&self) -> &'static str {
        self.table
    }

    fn is_open(&self) -> bool {
        self.table == OPEN_SESSIONS
    }
}

/// A text as SQL has it.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    what: What,
    sql: String,
    /// Places of first records, both ends included.
    range: (i64, i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Count,
    Rows,
}

impl Step {
    pub(super) fn sql(&self) -> String {
        self.sql.clone()
    }

    pub(super) fn is_count(&self) -> bool {
        self.what == What::Count
    }
}

/// What a count answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    rows: u64,
    range: Option<(i64, i64)>,
    /// The last close.
    position: Option<i64>,
}

impl Counts {
    pub(super) fn add(&mut self, batch: &RecordBatch) {
        let number = |column: usize| {
            let values = batch
                .columns()
                .get(column)?
                .as_primitive_opt::<Int64Type>()?;
            (!values.is_empty() && values.is_valid(0)).then(|| values.value(0))
        };
        self.rows += number(0).and_then(|it| u64::try_from(it).ok()).unwrap_or(0);
        self.range = number(1).zip(number(2));
        self.position = number(3);
    }
}

/// The queries that are left.
pub(super) struct Plan<'a> {
    selection: &'a Selection,
    /// The next is the last of these.
    left: Vec<Step>,
    rows: Option<u64>,
    position: Option<i64>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(selection: &'a Selection) -> Self {
        let mut plan = Self {
            selection,
            left: Vec::new(),
            rows: None,
            position: None,
        };
        let all = (i64::MIN, i64::MAX);
        let first = if selection.is_open() {
            plan.step(What::Rows, all)
        } else {
            plan.step(What::Count, all)
        };
        plan.left.push(first);
        plan
    }

    pub(super) fn next(&mut self) -> Option<Step> {
        self.left.pop()
    }

    /// How many rows there are, as far as it is known.
    pub(super) fn rows(&self) -> u64 {
        self.rows.unwrap_or(0)
    }

    /// Goes on with what a count answered.
    pub(super) fn counted(&mut self, step: &Step, counts: Counts) {
        let is_first = self.rows.is_none();
        if is_first {
            self.rows = Some(counts.rows);
            self.position = counts.position;
        }
        let Some((least, most)) = counts.range else {
            if is_first {
                // A file without rows has columns all the same.
                let nothing = self.step(What::Rows, step.range);
                self.left.push(nothing);
            }
            return;
        };
        if counts.rows <= ROWS_AT_ONCE || least == most {
            let rows = self.step(What::Rows, (least, most));
            self.left.push(rows);
            return;
        }
        let middle = least + (most - least) / 2;
        let later = self.step(What::Count, (middle + 1, most));
        let earlier = self.step(What::Count, (least, middle));
        self.left.extend([later, earlier]);
    }

    fn step(&self, what: What, range: (i64, i64)) -> Step {
        let mut conditions = self.selection.conditions.clone();
        if range != (i64::MIN, i64::MAX) {
            conditions.push(format!(
                "start_position BETWEEN {} AND {}",
                range.0, range.1
            ));
        }
        if let Some(position) = self.position {
            conditions.push(format!("close_position <= {position}"));
        }
        let columns = match what {
            What::Rows => "*",
            What::Count => {
                "count(*), min(start_position), max(start_position), max(close_position)"
            }
        };
        let mut sql = format!("SELECT {columns} FROM {}", self.selection.table);
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", conditions.join(" AND "));
        }
        Step { what, sql, range }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: u64, least: i64, most: i64) -> Counts {
        Counts {
            rows,
            range: Some((least, most)),
            position: Some(900),
        }
    }

    #[test]
    fn a_large_table_comes_in_pieces_as_of_one_position() {
        let selection = Selection::new("ads", Some("it's"), None, Some("2026-01-01")).unwrap();
        let mut plan = Plan::new(&selection);
        let first = plan.next().unwrap();
        assert!(first.is_count() && first.sql().contains("report_suite = 'it''s'"));
        plan.counted(&first, counts(400_000, 10, 20));
        let mut fetched = Vec::new();
        while let Some(step) = plan.next() {
            assert!(
                step.sql().contains("close_position <= 900"),
                "{}",
                step.sql()
            );
            if step.is_count() {
                plan.counted(&step, counts(200_000, step.range.0, step.range.1));
            } else {
                fetched.push(step.range);
            }
        }
        assert_eq!(fetched, [(10, 15), (16, 20)]);
        assert_eq!(plan.rows(), 400_000);
    }

    #[test]
    fn an_empty_table_has_columns() {
        let selection = Selection::new("states", None, None, None).unwrap();
        let mut plan = Plan::new(&selection);
        let first = plan.next().unwrap();
        plan.counted(&first, Counts::default());
        assert_eq!(plan.next().unwrap().sql(), "SELECT * FROM states");
        assert!(plan.next().is_none());
    }

    #[test]
    fn a_misspelt_table_is_named_with_the_nearest() {
        let error = Selection::new("sesions", None, None, None).unwrap_err();
        assert!(error.to_string().contains("\"sessions\""), "{error}");
    }
}
