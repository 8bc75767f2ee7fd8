//! Sessions with other numbers in the place of those that are stored: a new generation.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use playhead_model::catalog::{AdRow, ChapterRow, EventRow, Row, SessionRow, StateRow, Table};
use playhead_model::ids::SessionId;
use playhead_model::row::{DEFINITION_VERSION, Rows};

use crate::batch;
use crate::parts::error::StoreError;
use crate::parts::manifest::PartFacts;
use crate::parts::part::{Part, Writing};
use crate::parts::storage::Storage;
use crate::parts::store::Store;
use crate::parts::writing::{self, by_folder};

/// Rows that take the place of those of the same sessions, all at once at the end.
#[derive(Debug)]
pub struct Rewrite<'a> {
    store: &'a mut Store,
    written: Vec<PartFacts>,
    /// What is replaced, with the position of the last event that the new rows have.
    replaced: HashMap<SessionId, Option<i64>>,
}

impl<'a> Rewrite<'a> {
    pub(crate) fn new(store: &'a mut Store) -> Self {
        Self {
            store,
            written: Vec::new(),
            replaced: HashMap::new(),
        }
    }

    /// Takes the new rows of some sessions. They are in files then, which are leftovers until the
    /// end.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn put(&mut self, sessions: &[Arc<Rows>]) -> Result<(), StoreError> {
        for rows in sessions {
            let last = rows.events.iter().map(|event| event.position).max();
            self.replaced.insert(rows.session.sid, last);
        }
        for ((suite, day), folder) in by_folder(sessions, &[]) {
            let storage = self.store.storage().clone();
            let mut writing = writing::Writing {
                storage: &*storage,
                suite,
                day,
                definition_version: DEFINITION_VERSION,
                next_part: self.store.next_part(),
                written: &mut self.written,
            };
            writing.write_all(&folder)?;
        }
        Ok(())
    }

    /// Puts the new rows in force, and takes the old ones of the same sessions out. Answers with
    /// the number of the new generation.
    ///
    /// # Errors
    /// If the old ones may still be in force. A part of both never is.
    pub fn finish(mut self) -> Result<u64, StoreError> {
        let (old, mut contents) = self.store.in_force();
        let mut gone = Vec::new();
        for part in &old {
            if let Some(left) = self.without_replaced(part)? {
                gone.push(part.facts.number);
                self.written.extend(left);
            }
        }
        contents.generation += 1;
        let generation = contents.generation;
        contents.parts.retain(|facts| !gone.contains(&facts.number));
        contents.parts.extend(self.written.iter().cloned());
        let storage = self.store.storage().clone();
        let parts = self.written.into_iter();
        let parts = parts.map(|facts| Part::new(facts, storage.clone()));
        self.store.exchange(contents, parts, &gone)?;
        Ok(generation)
    }

    /// What takes the place of a part, if it has rows that are replaced.
    fn without_replaced(&mut self, part: &Part) -> Result<Option<Vec<PartFacts>>, StoreError> {
        if !self.has_replaced(part)? {
            return Ok(None);
        }
        let storage = self.store.storage().clone();
        let number = *self.store.next_part();
        *self.store.next_part() += 1;
        let replaced = &self.replaced;
        let left = Left {
            part,
            number,
            storage: &*storage,
        };
        macro_rules! others {
            ($row:ty) => {
                left.write(|row: &$row| !replaced.contains_key(&row.sid))
            };
        }
        let left = match part.facts.table {
            Table::Sessions => others!(SessionRow),
            Table::Ads => others!(AdRow),
            Table::Chapters => others!(ChapterRow),
            Table::States => others!(StateRow),
            // What came behind the end of a session is not among its new rows.
            Table::Events => left.write(|row: &EventRow| {
                let last = replaced.get(&row.sid).copied().flatten();
                last.is_none_or(|last| last < row.position)
            }),
        };
        left.map(|left| Some(left.into_iter().collect()))
    }

    fn has_replaced(&self, part: &Part) -> Result<bool, StoreError> {
        let is_replaced = |sid: Option<&str>| {
            let sid = sid.and_then(|sid| sid.parse().ok());
            sid.is_some_and(|sid| self.replaced.contains_key(&sid))
        };
        let batches = part.columns_from(&[("close_position", i64::MIN)], &["sid"])?;
        let mut columns = batches
            .iter()
            .map(|batch| batch.column(0).as_string::<i32>());
        Ok(columns.any(|sids| sids.iter().any(is_replaced)))
    }
}

/// The rows of a part that stay, on their way into another.
struct Left<'a> {
    part: &'a Part,
    number: u64,
    storage: &'a dyn Storage,
}

impl Left<'_> {
    /// Writes them; none may be left.
    fn write<R: Row>(&self, stays: impl Fn(&R) -> bool) -> Result<Option<PartFacts>, StoreError> {
        let mut facts = self.part.facts.clone();
        facts.number = self.number;
        let mut writing = Writing::new(self.storage, &facts)?;
        facts.rows = 0;
        for batch in self.part.batches()? {
            let batch = batch.map_err(|error| self.part.fail(error.into()))?;
            let mut rows: Vec<R> = batch::rows(&batch);
            rows.retain(&stays);
            facts.rows += rows.len() as u64;
            writing.write(&batch::batch(rows.iter()))?;
        }
        writing.finish(&mut facts)?;
        if facts.rows > 0 {
            return Ok(Some(facts));
        }
        let path = facts.path();
        match self.storage.remove(&path) {
            Ok(()) => Ok(None),
            Err(source) => Err(StoreError::Io { path, source }),
        }
    }
}
