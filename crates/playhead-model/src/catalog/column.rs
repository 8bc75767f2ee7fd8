//! What a column is, and how a typed row is taken apart into its cells and put together again.

use std::borrow::Cow;

use serde_json::Value;

use super::{DIMENSIONS, METRICS, Metric, Scope, Unit};
use crate::ids::SessionId;
use crate::keys::{KeyId, Kind};

/// Text that a row owns.
pub type Text = Box<str>;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: ColumnKind,
    pub is_nullable: bool,
    pub about: About,
}

/// What a column means.
#[derive(Clone, Copy, Debug)]
pub struct About {
    pub title: &'static str,
    pub unit: Unit,
    pub source: Source,
    pub answer: Answer,
}

/// How the cells of a column are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Flag,
    Int,
    Float,
    Text,
    /// Days since 1970-01-01.
    Day,
    Texts,
    /// Text by text.
    Pairs,
    Stretches,
}

impl ColumnKind {
    /// The name in the reference.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flag => "bool",
            Self::Int => "int64",
            Self::Float => "double",
            Self::Text => "text",
            Self::Day => "date",
            Self::Texts => "list of text",
            Self::Pairs => "map of text",
            Self::Stretches => "list of {from_us, to_us}",
        }
    }
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A clause of `docs/metrics.md`.
    Rule(&'static str),
    /// Sent by the client, unchanged.
    Key(KeyId),
    /// Found out by the door.
    Door,
    /// Known to the engine: places in the log, times of the server.
    Engine,
}

/// The place of a column in the JSON answer about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// None: tables only.
    No,
    /// Under this name, `null` included.
    Always(&'static str),
    /// Under this name, left out while it is null or false.
    IfSet(&'static str),
}

/// The column of a metric of the session.
pub(super) const fn metric(metric: Metric) -> About {
    let spec = METRICS[metric as usize];
    About {
        title: spec.title,
        unit: spec.unit,
        source: Source::Rule(spec.rule),
        answer: Answer::Always(spec.name),
    }
}

/// The column of a dimension that is sent.
pub(super) const fn sent(scope: Scope, key: KeyId) -> About {
    let mut place = 0;
    // A key that is no dimension of the scope ends in an index out of bounds, when compiling.
    while DIMENSIONS[place].key.number() != key.number()
        || DIMENSIONS[place].scope as u8 != scope as u8
    {
        place += 1;
    }
    let spec = DIMENSIONS[place];
    let unit = match key.spec().kind {
        Kind::Integer | Kind::Number | Kind::NonNegative => Unit::Number,
        _ => Unit::Text,
    };
    About {
        title: spec.title,
        unit,
        source: Source::Key(key),
        answer: Answer::IfSet(spec.name),
    }
}

/// A column that is neither.
pub(super) const fn own(answer: Answer, unit: Unit, source: Source, title: &'static str) -> About {
    About {
        title,
        unit,
        source,
        answer,
    }
}

/// A stretch of content that was watched, µs of unwrapped playhead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WatchedStretch {
    pub from_us: i64,
    pub to_us: i64,
}

/// A day, counted from 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

/// `YYYY-MM-DD`.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Days since 0000-03-01, in eras of 400 years.
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, next) = if month < 10 {
            (month + 3, 0)
        } else {
            (month - 9, 1)
        };
        write!(f, "{:04}-{month:02}-{day:02}", era * 400 + year + next)
    }
}

/// One cell on its way into a column or out of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Null,
    Flag(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Day(Day),
    Texts(Cow<'a, [Text]>),
    Pairs(Cow<'a, [(Text, Text)]>),
    Stretches(Cow<'a, [WatchedStretch]>),
}

/// The type of a field of a row.
pub trait Field: Sized {
    const KIND: ColumnKind;
    const IS_NULLABLE: bool = false;

    fn cell(&self) -> Cell<'_>;

    /// The value of a cell. Where a column is null or missing, because the part was written by an
    /// older version, it is the field's empty value.
    fn of(cell: Cell<'_>) -> Self;

    fn json(&self) -> Value;

    /// Whether it is null or false.
    fn is_unset(&self) -> bool {
        false
    }
}

macro_rules! field {
    ($type:ty, $kind:ident, |$value:ident| $cell:expr, $found:pat => $read:expr, else $empty:expr, $json:expr) => {
        impl Field for $type {
            const KIND: ColumnKind = ColumnKind::$kind;

            fn cell(&self) -> Cell<'_> {
                let $value = self;
                $cell
            }

            fn of(cell: Cell<'_>) -> Self {
                match cell {
                    $found => $read,
                    _ => $empty,
                }
            }

            fn json(&self) -> Value {
                let $value = self;
                $json
            }
        }
    };
}

field!(i64, Int, |it| Cell::Int(*it), Cell::Int(it) => it, else 0, (*it).into());
field!(f64, Float, |it| Cell::Float(*it), Cell::Float(it) => it, else 0.0, number(*it));
field!(Text, Text, |it| Cell::Text(Cow::Borrowed(it)), Cell::Text(it) => it.into(),
    else "".into(), (**it).into());
field!(Day, Day, |it| Cell::Day(*it), Cell::Day(it) => it, else Day(0), it.0.into());
field!(SessionId, Text, |it| Cell::Text(it.to_string().into()),
    Cell::Text(it) => it.parse().unwrap_or(SessionId::from_bytes([0; 32])),
    else SessionId::from_bytes([0; 32]), it.to_string().into());
field!(Vec<Text>, Texts, |it| Cell::Texts(Cow::Borrowed(it)),
    Cell::Texts(it) => it.into_owned(), else Vec::new(), it.iter().map(|it| &**it).collect());
field!(Vec<(Text, Text)>, Pairs, |it| Cell::Pairs(Cow::Borrowed(it)),
    Cell::Pairs(it) => it.into_owned(), else Vec::new(),
    Value::Object(it.iter().map(|(key, value)| (key.to_string(), (**value).into())).collect()));
field!(Vec<WatchedStretch>, Stretches, |it| Cell::Stretches(Cow::Borrowed(it)),
    Cell::Stretches(it) => it.into_owned(), else Vec::new(),
    it.iter().map(|it| Value::from(vec![it.from_us, it.to_us])).collect());

impl Field for bool {
    const KIND: ColumnKind = ColumnKind::Flag;

    fn cell(&self) -> Cell<'_> {
        Cell::Flag(*self)
    }

    fn of(cell: Cell<'_>) -> Self {
        cell == Cell::Flag(true)
    }

    fn json(&self) -> Value {
        (*self).into()
    }

    fn is_unset(&self) -> bool {
        !self
    }
}

impl<T: Field> Field for Option<T> {
    const KIND: ColumnKind = T::KIND;
    const IS_NULLABLE: bool = true;

    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, T::cell)
    }

    fn of(cell: Cell<'_>) -> Self {
        (cell != Cell::Null).then(|| T::of(cell))
    }

    fn json(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::json)
    }

    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

/// A number as clients send it: without a fraction where it has none.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        (value as i64).into()
    } else {
        value.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        for (day, wanted) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_783, "2026-11-26"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Day(day).to_string(), wanted);
        }
    }
}
