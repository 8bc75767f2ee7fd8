//! The values of one dimension, each kept once for as long as an open session has it.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A value of a dimension.
pub(super) type Word = u32;

/// No value.
pub(super) const NONE: Word = 0;
/// A value that there was no room for.
pub(super) const BEYOND: Word = 1;

/// Values of one dimension.
pub(super) const WORDS_MAX: usize = 65_536;
/// Bytes of all values of all dimensions.
pub(super) const WORD_BYTES_MAX: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Words {
    places: HashTable<Word>,
    entries: Vec<Entry>,
    free: Vec<Word>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Default)]
struct Entry {
    text: Box<str>,
    uses: u32,
}

impl Words {
    /// The word of a text, used once more.
    pub(super) fn take(&mut self, text: &str, bytes: &mut usize) -> Word {
        let hash = self.hasher.hash_one(text);
        let (entries, hasher) = (&mut self.entries, &self.hasher);
        let found = self
            .places
            .find(hash, |word| *at(entries, *word).text == *text);
        if let Some(word) = found {
            entry(entries, *word).uses += 1;
            return *word;
        }
        if self.places.len() >= WORDS_MAX || *bytes + text.len() > WORD_BYTES_MAX {
            return BEYOND;
        }
        *bytes += text.len();
        let new = Entry {
            text: text.into(),
            uses: 1,
        };
        let word = match self.free.pop() {
            Some(word) => {
                *entry(entries, word) = new;
                word
            }
            None => {
                entries.push(new);
                entries.len() as Word + BEYOND
            }
        };
        self.places.insert_unique(hash, word, |word| {
            hasher.hash_one(&*at(entries, *word).text)
        });
        word
    }

    /// A word is used once less.
    pub(super) fn give_back(&mut self, word: Word, bytes: &mut usize) {
        if word <= BEYOND {
            return;
        }
        let entry = entry(&mut self.entries, word);
        entry.uses -= 1;
        if entry.uses > 0 {
            return;
        }
        let text = std::mem::take(&mut entry.text);
        *bytes -= text.len();
        let hash = self.hasher.hash_one(&*text);
        if let Ok(found) = self.places.find_entry(hash, |known| *known == word) {
            found.remove();
        }
        self.free.push(word);
    }

    /// The text of a word; nothing stands for no value and for one that there was no room for.
    pub(super) fn text(&self, word: Word) -> Option<&str> {
        let place = word.checked_sub(BEYOND + 1)?;
        Some(&self.entries.get(place as usize)?.text)
    }

    /// The word of a text, if a session has it.
    pub(super) fn find(&self, text: &str) -> Option<Word> {
        let is_it = |word: &Word| *at(&self.entries, *word).text == *text;
        self.places.find(self.hasher.hash_one(text), is_it).copied()
    }

    /// Every word lies below this.
    pub(super) fn end(&self) -> usize {
        self.entries.len() + BEYOND as usize + 1
    }
}

fn at(entries: &[Entry], word: Word) -> &Entry {
    &entries[(word - BEYOND - 1) as usize]
}

fn entry(entries: &mut [Entry], word: Word) -> &mut Entry {
    &mut entries[(word - BEYOND - 1) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_while_it_is_used() {
        let (mut words, mut bytes) = (Words::default(), 0);
        let film = words.take("film", &mut bytes);
        assert_eq!(words.take("film", &mut bytes), film);
        assert_ne!(words.take("show", &mut bytes), film);
        assert_eq!(bytes, 8);
        words.give_back(film, &mut bytes);
        assert_eq!(words.find("film"), Some(film));
        words.give_back(film, &mut bytes);
        assert_eq!((words.find("film"), bytes), (None, 4));
        assert_eq!(words.take("news", &mut bytes), film);
        assert_eq!(words.text(film), Some("news"));
    }

    #[test]
    fn beyond_the_limit_there_is_one_word_for_all() {
        let (mut words, mut bytes) = (Words::default(), 0);
        for number in 0..WORDS_MAX {
            assert!(words.take(&number.to_string(), &mut bytes) > BEYOND);
        }
        assert_eq!(words.take("one more", &mut bytes), BEYOND);
        assert!(words.take("7", &mut bytes) > BEYOND);
        words.give_back(BEYOND, &mut bytes);
        assert_eq!(words.text(BEYOND), None);
        let (mut words, mut bytes) = (Words::default(), WORD_BYTES_MAX - 3);
        assert_eq!(words.take("four", &mut bytes), BEYOND);
    }
}
