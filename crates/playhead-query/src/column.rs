//! Columns in memory: numbers, text by code, lists, and stretches of content.

use std::sync::Arc;

pub use crate::words::Words;

/// The code of "no value".
pub const NULL: u32 = 0;

/// Numbers as narrow as they fit. The least value of each width means "no value".
#[derive(Clone, Debug)]
pub enum Ints {
    I8(Vec<i8>),
    I32(Vec<i32>),
    I64(Vec<i64>),
}

impl Ints {
    /// Numbers in the narrowest form.
    pub fn new(values: impl Iterator<Item = Option<i64>> + Clone) -> Self {
        let fits = |least: i64, most: i64| {
            let mut present = values.clone().flatten();
            present.all(|value| value > least && value <= most)
        };
        if fits(i8::MIN.into(), i8::MAX.into()) {
            let narrow = |value: Option<i64>| value.map_or(i8::MIN, |value| value as i8);
            return Self::I8(values.map(narrow).collect());
        }
        if fits(i32::MIN.into(), i32::MAX.into()) {
            let narrow = |value: Option<i64>| value.map_or(i32::MIN, |value| value as i32);
            return Self::I32(values.map(narrow).collect());
        }
        Self::I64(
            values
                .map(|value| value.map_or(i64::MIN, |value| value.max(i64::MIN + 1)))
                .collect(),
        )
    }

    /// The number of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::I8(values) => values[row].number(),
            Self::I32(values) => values[row].number(),
            Self::I64(values) => values[row].number(),
        }
    }
}

/// One width of [`Ints`].
pub(crate) trait Lane: Copy + Send + Sync {
    fn number(self) -> Option<i64>;
}

macro_rules! lanes {
    ($($lane:ty),*) => {
        $(impl Lane for $lane {
            #[inline]
            fn number(self) -> Option<i64> {
                (self != <$lane>::MIN).then_some(self as i64)
            }
        })*
    };
}
lanes!(i8, i32, i64);

/// Runs `$body` with `$values` as a slice of the width that the numbers have.
macro_rules! with_lane {
    ($ints:expr, $values:ident => $body:expr) => {
        match $ints {
            $crate::column::Ints::I8($values) => $body,
            $crate::column::Ints::I32($values) => $body,
            $crate::column::Ints::I64($values) => $body,
        }
    };
}
pub(crate) use with_lane;

/// Text by code.
#[derive(Clone, Debug)]
pub struct TextColumn {
    pub codes: Vec<u32>,
    pub words: Arc<Words>,
}

/// Several texts a row.
#[derive(Clone, Debug)]
pub struct ListColumn {
    /// Where the codes of each row begin, and the end of the last.
    pub starts: Vec<u32>,
    pub codes: Vec<u32>,
    pub words: Arc<Words>,
}

impl ListColumn {
    pub(crate) fn of(&self, row: usize) -> &[u32] {
        &self.codes[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

/// Stretches of content a row, in µs of the playhead.
#[derive(Clone, Debug)]
pub struct Spans {
    /// Where the stretches of each row begin, and the end of the last.
    pub starts: Vec<u32>,
    pub spans: Vec<(i64, i64)>,
}

impl Spans {
    pub(crate) fn of(&self, row: usize) -> &[(i64, i64)] {
        &self.spans[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

/// A column.
#[derive(Clone, Debug)]
pub enum Column {
    /// No row has a value.
    Absent,
    Ints(Ints),
    Text(TextColumn),
    List(ListColumn),
    Spans(Spans),
}

impl Column {
    /// How many bytes it takes, words not included.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Absent => 0,
            Self::Ints(Ints::I8(values)) => values.len(),
            Self::Ints(Ints::I32(values)) => 4 * values.len(),
            Self::Ints(Ints::I64(values)) => 8 * values.len(),
            Self::Text(text) => 4 * text.codes.len(),
            Self::List(list) => 4 * (list.starts.len() + list.codes.len()),
            Self::Spans(spans) => 4 * spans.starts.len() + 16 * spans.spans.len(),
        }
    }

    /// The words of its text, if it has any.
    pub fn words(&self) -> Option<&Arc<Words>> {
        match self {
            Self::Text(text) => Some(&text.words),
            Self::List(list) => Some(&list.words),
            Self::Absent | Self::Ints(_) | Self::Spans(_) => None,
        }
    }

    /// Some of its rows, in the order in which they are named.
    #[must_use]
    pub fn pick(&self, rows: &[u32]) -> Self {
        fn each<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
            rows.iter().map(|row| values[*row as usize]).collect()
        }
        fn ranges<T: Copy>(starts: &[u32], values: &[T], rows: &[u32]) -> (Vec<u32>, Vec<T>) {
            let (mut places, mut picked) = (vec![0], Vec::new());
            for row in rows {
                let row = *row as usize;
                picked.extend_from_slice(&values[starts[row] as usize..starts[row + 1] as usize]);
                places.push(picked.len() as u32);
            }
            (places, picked)
        }
        match self {
            Self::Absent => Self::Absent,
            Self::Ints(Ints::I8(values)) => Self::Ints(Ints::I8(each(values, rows))),
            Self::Ints(Ints::I32(values)) => Self::Ints(Ints::I32(each(values, rows))),
            Self::Ints(Ints::I64(values)) => Self::Ints(Ints::I64(each(values, rows))),
            Self::Text(text) => Self::Text(TextColumn {
                codes: each(&text.codes, rows),
                words: text.words.clone(),
            }),
            Self::List(list) => {
                let (starts, codes) = ranges(&list.starts, &list.codes, rows);
                let words = list.words.clone();
                Self::List(ListColumn {
                    starts,
                    codes,
                    words,
                })
            }
            Self::Spans(spans) => {
                let (starts, spans) = ranges(&spans.starts, &spans.spans, rows);
                Self::Spans(Spans { starts, spans })
            }
        }
    }

    /// The same values, coded by other words.
    #[must_use]
    pub fn in_words(&self, words: &Arc<Words>) -> Self {
        let own = self.words();
        if own.is_none_or(|own| Arc::ptr_eq(own, words)) {
            return self.clone();
        }
        let codes = |codes: &[u32], own: &Words| {
            let mut known = vec![None; own.len()];
            let code = |code: &u32| {
                *known[*code as usize]
                    .get_or_insert_with(|| own.text(*code).map_or(NULL, |text| words.code(&text)))
            };
            codes.iter().map(code).collect()
        };
        match self {
            Self::Text(text) => Self::Text(TextColumn {
                codes: codes(&text.codes, &text.words),
                words: words.clone(),
            }),
            Self::List(list) => Self::List(ListColumn {
                starts: list.starts.clone(),
                codes: codes(&list.codes, &list.words),
                words: words.clone(),
            }),
            Self::Absent | Self::Ints(_) | Self::Spans(_) => self.clone(),
        }
    }

    /// The number of a row, if the column has numbers and the row has one.
    #[inline]
    pub fn number(&self, row: usize) -> Option<i64> {
        match self {
            Self::Ints(ints) => ints.get(row),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_value_in_every_width() {
        for most in [1_i64, 127, 128, 1 << 31, i64::MAX] {
            let values = [Some(0), None, Some(most), Some(-most)];
            let ints = Ints::new(values.into_iter());
            for (row, value) in values.into_iter().enumerate() {
                assert_eq!(ints.get(row), value, "{most}");
            }
        }
    }

    #[test]
    fn rows_that_are_picked_keep_what_they_have() {
        let words = Arc::new(Words::default());
        let list = Column::List(ListColumn {
            starts: vec![0, 2, 2, 3],
            codes: vec![5, 6, 7],
            words: words.clone(),
        });
        let Column::List(picked) = list.pick(&[2, 0]) else {
            panic!("a list stays a list");
        };
        assert_eq!((picked.of(0), picked.of(1)), (&[7][..], &[5, 6][..]));
        let numbers = Column::Ints(Ints::new([Some(3), None, Some(900)].into_iter()));
        let picked = numbers.pick(&[2, 1]);
        assert_eq!((picked.number(0), picked.number(1)), (Some(900), None));
    }

    #[test]
    fn text_in_other_words_says_the_same() {
        let (words, others) = (Arc::new(Words::default()), Arc::new(Words::default()));
        others.code("unrelated");
        let codes = ["b", "a", "b"].map(|text| words.code(text)).to_vec();
        let column = Column::Text(TextColumn { codes, words });
        let Column::Text(other) = column.in_words(&others) else {
            panic!("text stays text");
        };
        let texts: Vec<_> = other.codes.iter().map(|code| others.text(*code)).collect();
        assert_eq!(texts, ["b", "a", "b"].map(|text| Some(text.to_owned())));
    }
}
