//! The words of one reading: every chunk codes the text of a column by the same ones.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use playhead_query::{SourceError, Table, Words};

use super::cache::{Cache, Family};

/// What the chunks of one reading share. It holds on to the words that were used, so that they
/// stay the same whatever leaves the cache meanwhile.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) suite: Arc<str>,
    pub(super) cache: Arc<Cache>,
    /// Bytes that the words of one reading may take.
    words_max: usize,
    words: Mutex<HashMap<Family, Arc<Words>>>,
}

impl Scope {
    pub(super) fn new(suite: &str, cache: Arc<Cache>, words_max: usize) -> Arc<Self> {
        Arc::new(Self {
            suite: suite.into(),
            cache,
            words_max,
            words: Mutex::default(),
        })
    }

    pub(super) fn family(&self, table: Table, name: &str) -> Family {
        Family {
            suite: self.suite.clone(),
            table,
            name: name.into(),
        }
    }

    /// The words of a column.
    pub(super) fn words(&self, family: &Family) -> Arc<Words> {
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(words) = words.get(family) {
            return words.clone();
        }
        let found = self.cache.words(family);
        words.insert(family.clone(), found.clone());
        found
    }

    /// # Errors
    /// If the words of this reading take more than they may.
    pub(super) fn check(&self) -> Result<(), SourceError> {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: usize = words.values().map(|words| words.bytes()).sum();
        if bytes <= self.words_max {
            return Ok(());
        }
        let largest = words.iter().max_by_key(|(_, words)| words.bytes());
        let name = largest.map_or("", |(family, _)| &*family.name);
        Err(SourceError::TooLarge {
            limit: "text of a report, reports.memory_max",
            message: format!(
                "the different texts of the columns take {bytes} bytes, most of them those of \
                 {name:?}, and {} are allowed; take a shorter range, or leave {name:?} out",
                self.words_max
            ),
        })
    }
}
