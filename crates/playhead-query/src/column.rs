//! Columns in memory: numbers, text by code, lists, and stretches of content.

use std::sync::{Arc, RwLock};

use hashbrown::HashMap;

/// The code of "no value".
pub const NULL: u32 = 0;

/// The different texts of a column of a source: a code each, the same in all its chunks.
#[derive(Debug, Default)]
pub struct Words {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    codes: HashMap<Arc<str>, u32>,
    /// Text of the codes from 1.
    texts: Vec<Arc<str>>,
}

impl Words {
    /// The code of a text, which gets one if it has none.
    pub fn code(&self, text: &str) -> u32 {
        if let Some(code) = self.find(text) {
            return code;
        }
        let mut inner = self.inner.write().unwrap_or_else(|it| it.into_inner());
        if let Some(code) = inner.codes.get(text) {
            return *code;
        }
        let text: Arc<str> = text.into();
        inner.texts.push(text.clone());
        let code = u32::try_from(inner.texts.len()).expect("codes fit in 32 bits");
        inner.codes.insert(text, code);
        code
    }

    /// The code of a text, if it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.read().codes.get(text).copied()
    }

    /// How many codes there are, that of "no value" included.
    pub fn len(&self) -> usize {
        self.read().texts.len() + 1
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> Option<Arc<str>> {
        let place = usize::try_from(code).ok()?.checked_sub(1)?;
        self.read().texts.get(place).cloned()
    }

    /// Says of each code whether `matches` holds for its text; "no value" is never asked.
    pub(crate) fn matching(&self, matches: impl Fn(&str) -> bool) -> Vec<bool> {
        let inner = self.read();
        std::iter::once(false)
            .chain(inner.texts.iter().map(|text| matches(text)))
            .collect()
    }

    /// Something of each code, by code; of "no value" that of the empty text.
    pub(crate) fn each<T>(&self, of: impl Fn(&str) -> T) -> Vec<T> {
        let inner = self.read();
        std::iter::once(of(""))
            .chain(inner.texts.iter().map(|text| of(text)))
            .collect()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(|it| it.into_inner())
    }
}

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
    /// The number of a row, if the column has numbers and the row has one.
    #[inline]
    pub(crate) fn number(&self, row: usize) -> Option<i64> {
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
    fn a_text_has_one_code() {
        let words = Words::default();
        let code = words.code("a");
        assert_eq!((words.code("b"), words.code("a")), (code + 1, code));
        assert_eq!(words.text(code).as_deref(), Some("a"));
        assert_eq!(words.text(NULL), None);
        assert_eq!(words.find("c"), None);
    }
}
