//! The rows of one session against those that are stored.

use playhead_model::catalog::{Cell, Row, Table};
use playhead_model::row::Rows;

/// Columns that say when the server came to know of a close. A replay comes to know at other
/// moments, and no number follows from them.
const OF_THE_MOMENT: [&str; 3] = ["closed_at", "close_position", "day"];

/// A cell that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub table: Table,
    /// Which of the ads, chapters or states of the session, from 1; nothing for the session itself.
    pub number: Option<usize>,
    /// The column; `rows` if there are more or fewer of them.
    pub column: &'static str,
    pub stored: Value,
    pub computed: Value,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    Other(String),
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Int(number) => Self::Number(number as f64),
            Cell::Float(number) => Self::Number(number),
            Cell::Null => Self::Other("nothing".to_owned()),
            Cell::Flag(flag) => Self::Other(flag.to_string()),
            Cell::Text(text) => Self::Other(text.into_owned()),
            Cell::Day(day) => Self::Number(day.0.into()),
            Cell::Texts(texts) => Self::Other(texts.join(", ")),
            Cell::Pairs(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| format!("{key}={value}"));
                Self::Other(pairs.collect::<Vec<_>>().join(", "))
            }
            Cell::Stretches(stretches) => {
                let texts = stretches.iter().map(|it| {
                    let seconds = |us: i64| us as f64 / 1e6;
                    format!("{}-{} s", seconds(it.from_us), seconds(it.to_us))
                });
                Self::Other(texts.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Every cell of the session, its ads, chapters and states that differs.
pub fn differences(stored: &Rows, computed: &Rows) -> Vec<Difference> {
    let mut found = Vec::new();
    of_row(None, &stored.session, &computed.session, &mut found);
    of_rows(&stored.ads, &computed.ads, &mut found);
    of_rows(&stored.chapters, &computed.chapters, &mut found);
    of_rows(&stored.states, &computed.states, &mut found);
    found
}

fn of_rows<R: Row>(stored: &[R], computed: &[R], found: &mut Vec<Difference>) {
    if stored.len() != computed.len() {
        found.push(Difference {
            table: R::TABLE,
            number: None,
            column: "rows",
            stored: Value::Number(stored.len() as f64),
            computed: Value::Number(computed.len() as f64),
        });
    }
    for (place, (stored, computed)) in stored.iter().zip(computed).enumerate() {
        of_row(Some(place + 1), stored, computed, found);
    }
}

fn of_row<R: Row>(number: Option<usize>, stored: &R, computed: &R, found: &mut Vec<Difference>) {
    let mut cells = Vec::with_capacity(R::COLUMNS.len());
    stored.cells(&mut |cell| cells.push(cell));
    let mut stored = R::COLUMNS.iter().zip(cells);
    computed.cells(&mut |cell| {
        let Some((column, stored)) = stored.next() else {
            return;
        };
        if stored != cell && !OF_THE_MOMENT.contains(&column.name) {
            found.push(Difference {
                table: R::TABLE,
                number,
                column: column.name,
                stored: stored.into(),
                computed: cell.into(),
            });
        }
    });
}
