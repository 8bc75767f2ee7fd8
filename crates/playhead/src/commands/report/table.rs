//! An answer as a table: a line for each row, or for each unit of time where there are no rows.

use playhead_model::report::{Answer, Cell, HeadingKind};

use crate::output;

/// What is told of a line that belongs to no row.
const REST: &str = "(everything else)";
const TOTAL: &str = "(total)";

/// Names, and lines of as many cells.
struct Table {
    names: Vec<String>,
    lines: Vec<Vec<String>>,
    /// The columns of numbers.
    first_number: usize,
}

/// Columns side by side, for people.
pub(super) fn text(answer: &Answer) -> String {
    let mut table = table(answer);
    let keys = table.first_number;
    let mut line = |name: &str, cells: &[Cell]| {
        if !cells.is_empty() && cells.len() + keys == table.names.len() {
            let mut key = vec![String::new(); keys];
            if let Some(first) = key.first_mut() {
                name.clone_into(first);
            }
            table
                .lines
                .push(key.into_iter().chain(cells.iter().map(shown)).collect());
        }
    };
    line(REST, answer.everything_else.as_deref().unwrap_or_default());
    if answer.buckets.is_empty() || !answer.rows.is_empty() {
        line(TOTAL, &answer.totals);
    }
    let first_number = table.first_number;
    let lines: Vec<Vec<String>> = std::iter::once(table.names).chain(table.lines).collect();
    let mut page = output::aligned(&lines, |place| place >= first_number);
    for note in &answer.notes {
        page += &format!("{note}\n");
    }
    if let Some(next) = &answer.next {
        page += &format!(
            "{} rows; the next are behind cursor {next:?}\n",
            answer.row_count
        );
    }
    page
}

/// RFC 4180.
pub(super) fn csv(answer: &Answer) -> String {
    let table = table(answer);
    let mut page = String::new();
    for line in [&table.names].into_iter().chain(&table.lines) {
        let cells: Vec<String> = line.iter().map(|cell| quoted(cell)).collect();
        page += &cells.join(",");
        page += "\r\n";
    }
    page
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn table(answer: &Answer) -> Table {
    let headings = answer.headings.iter();
    let names: Vec<String> = headings.map(|heading| heading.name.clone()).collect();
    let is_dimension = |kind: HeadingKind| kind == HeadingKind::Dimension;
    let keys = answer
        .headings
        .iter()
        .filter(|it| is_dimension(it.kind))
        .count();
    // Numbers over time: of a panel, or of a table without dimensions.
    if answer.rows.iter().all(|row| row.key.is_empty()) && !answer.buckets.is_empty() {
        let has_time = keys > 0;
        let time = (!has_time).then(|| "time".to_owned());
        let lines = answer.buckets.iter().enumerate().map(|(place, start)| {
            let numbers = answer
                .total_series
                .iter()
                .map(|series| shown(&series[place]));
            std::iter::once(start.to_string()).chain(numbers).collect()
        });
        return Table {
            lines: lines.collect(),
            names: time.into_iter().chain(names).collect(),
            first_number: 1,
        };
    }
    let lines = answer.rows.iter().map(|row| {
        let key = row
            .key
            .iter()
            .map(|value| value.clone().unwrap_or_default());
        key.chain(row.values.iter().map(shown)).collect()
    });
    Table {
        lines: lines.collect(),
        names,
        first_number: keys,
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Empty => String::new(),
    }
}
