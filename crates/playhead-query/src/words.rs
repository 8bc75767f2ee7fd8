//! The different texts of a column: a code each, the same in all chunks that share them.

use std::cmp::Ordering;
use std::sync::RwLock;

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::column::NULL;

/// Texts by code, and codes by text. Codes are given from 1 and never taken back.
#[derive(Debug, Default)]
pub struct Words {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// All texts, one behind the other.
    text: String,
    /// Where the text of each code ends, from code 1.
    ends: Vec<usize>,
    table: HashTable<Entry>,
}

/// A code, with as much of the hash of its text as tells it from nearly all others.
#[derive(Clone, Copy, Debug)]
struct Entry {
    bits: u32,
    code: u32,
}

/// Another hash, made of the bits alone: growing the table reads no text.
fn hash(bits: u32) -> u64 {
    u64::from(bits).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn bits(text: &str) -> u32 {
    (xxh3_64(text.as_bytes()) >> 32) as u32
}

impl Inner {
    fn get(&self, code: u32) -> Option<&str> {
        let place = usize::try_from(code).ok()?.checked_sub(1)?;
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..end)
    }

    fn find(&self, bits: u32, text: &str) -> Option<u32> {
        let is_it = |entry: &Entry| entry.bits == bits && self.get(entry.code) == Some(text);
        self.table.find(hash(bits), is_it).map(|entry| entry.code)
    }

    fn code(&mut self, text: &str) -> u32 {
        let bits = bits(text);
        if let Some(code) = self.find(bits, text) {
            return code;
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let code = u32::try_from(self.ends.len()).expect("codes fit in 32 bits");
        let entry = Entry { bits, code };
        self.table
            .insert_unique(hash(bits), entry, |entry| hash(entry.bits));
        code
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        (1..=self.ends.len() as u32).filter_map(|code| self.get(code))
    }
}

impl Words {
    /// The code of a text, which gets one if it has none.
    pub fn code(&self, text: &str) -> u32 {
        self.find(text).unwrap_or_else(|| self.write().code(text))
    }

    /// The codes of many texts, [`NULL`] for none.
    pub fn codes<'a>(&self, texts: impl Iterator<Item = Option<&'a str>>) -> Vec<u32> {
        let mut inner = self.write();
        let mut last = (None, NULL);
        let codes = texts.map(|text| {
            if text != last.0 {
                last = (text, text.map_or(NULL, |text| inner.code(text)));
            }
            last.1
        });
        codes.collect()
    }

    /// The code of a text, if it has one.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.read().find(bits(text), text)
    }

    /// How many codes there are, that of "no value" included.
    pub fn len(&self) -> usize {
        self.read().ends.len() + 1
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 1
    }

    /// How many bytes they take.
    pub fn bytes(&self) -> usize {
        let inner = self.read();
        inner.text.capacity()
            + inner.ends.capacity() * size_of::<usize>()
            + inner.table.allocation_size()
    }

    /// The text of a code.
    pub fn text(&self, code: u32) -> Option<String> {
        self.read().get(code).map(str::to_owned)
    }

    /// Compares the texts of two codes.
    pub(crate) fn compare(&self, one: u32, other: u32) -> Ordering {
        let inner = self.read();
        inner.get(one).cmp(&inner.get(other))
    }

    /// Says of each code whether `matches` holds for its text; "no value" is never asked.
    pub(crate) fn matching(&self, matches: impl Fn(&str) -> bool) -> Vec<bool> {
        let inner = self.read();
        std::iter::once(false)
            .chain(inner.texts().map(matches))
            .collect()
    }

    /// Something of each code, by code; of "no value" that of the empty text.
    pub(crate) fn each<T>(&self, of: impl Fn(&str) -> T) -> Vec<T> {
        let inner = self.read();
        std::iter::once(of(""))
            .chain(inner.texts().map(&of))
            .collect()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(|it| it.into_inner())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(|it| it.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_code() {
        let words = Words::default();
        let code = words.code("a");
        assert_eq!((words.code("b"), words.code("a")), (code + 1, code));
        assert_eq!(words.text(code).as_deref(), Some("a"));
        assert_eq!(words.text(NULL), None);
        assert_eq!(words.find("c"), None);
    }

    #[test]
    fn many_texts_have_the_codes_of_each() {
        let words = Words::default();
        let texts: Vec<String> = (0..5_000)
            .map(|number| (number % 700).to_string())
            .collect();
        let some = |text: &'_ String| Some(text.clone());
        let with_gaps: Vec<Option<String>> = texts
            .iter()
            .map(|text| some(text).filter(|text| text != "3"))
            .collect();
        let codes = words.codes(with_gaps.iter().map(Option::as_deref));
        for (code, text) in codes.iter().zip(&with_gaps) {
            assert_eq!(words.text(*code), *text);
        }
        assert_eq!(words.len(), 700);
    }
}
