//! Rows in memory as a chunk: a copy of them in columns, which several readings may share.

use std::borrow::Borrow;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;
use playhead_model::catalog::Row;
use playhead_model::row::Rows;
use playhead_query::{Chunk, Column, Ints, SourceError, Table, Times, Words};
use playhead_store::batch;

use super::decode::{What, custom_keys};
use super::names;
use super::scope::Scope;

/// The columns of some sessions and their parts. Text is coded by words of the copy's own.
#[derive(Debug)]
pub(super) struct Copy {
    rows: [usize; 4],
    columns: [HashMap<String, Arc<Column>>; 4],
    /// Starts, ends, arrivals of both, positions.
    times: [Times; 5],
}

impl Copy {
    /// Copies sessions, but those and the ads that reports leave out (metrics D1).
    pub(super) fn of<R: Borrow<Rows>>(all: &[R]) -> Self {
        let all = all.iter().map(Borrow::borrow);
        let reported: Vec<&Rows> = all.filter(|rows| rows.session.is_reported).collect();
        let mut copy = Self {
            rows: [0; 4],
            columns: Default::default(),
            times: [NEVER; 5],
        };
        copy.add(Table::Sessions, reported.iter().map(|rows| &rows.session));
        let mut ads = Vec::new();
        let mut ads_of = Vec::new();
        for (rows, session) in reported.iter().zip(0..) {
            let named = |ad: &&_| has_id(ad);
            ads.extend(rows.ads.iter().filter(named));
            ads_of.resize(ads.len(), Some(session));
        }
        copy.add_children(Table::Ads, &ads, &ads_of);
        macro_rules! children {
            ($table:ident, $field:ident) => {
                let mut parts = Vec::new();
                let mut parents = Vec::new();
                for (rows, session) in reported.iter().zip(0..) {
                    parts.extend(&rows.$field);
                    parents.resize(parts.len(), Some(session));
                }
                copy.add_children(Table::$table, &parts, &parents);
            };
        }
        children!(Chapters, chapters);
        children!(States, states);
        copy.times =
            ["startTs", "endTs", "startedAt", "lastAt", "position"].map(|name| copy.times_of(name));
        copy
    }

    /// Whether reports leave out all of it.
    pub(super) fn is_empty(&self) -> bool {
        self.rows[Table::Sessions as usize] == 0
    }

    fn add<'a, R: Row + 'a>(&mut self, table: Table, rows: impl Iterator<Item = &'a R>) {
        let batch = batch::batch(rows);
        let place = table as usize;
        self.rows[place] = batch.num_rows();
        if batch.num_rows() == 0 {
            return;
        }
        let batches = [batch];
        let words = || Arc::new(Words::default());
        for (name, column) in names::columns(table) {
            let column = What::Column(column).decode(&batches, &words());
            self.put(table, name.to_owned(), column);
        }
        for key in custom_keys(&batches) {
            let column = What::Custom(&key).decode(&batches, &words());
            self.put(table, format!("custom.{key}"), column);
        }
    }

    fn add_children<R: Row>(&mut self, table: Table, rows: &[&R], parents: &[Option<i64>]) {
        self.add(table, rows.iter().copied());
        let parents = Column::Ints(Ints::new(parents.iter().copied()));
        self.put(table, "parent".to_owned(), parents);
    }

    fn put(&mut self, table: Table, name: String, column: Column) {
        if !matches!(column, Column::Absent) {
            self.columns[table as usize].insert(name, Arc::new(column));
        }
    }

    fn times_of(&self, name: &str) -> Times {
        let Some(column) = self.columns[Table::Sessions as usize].get(name) else {
            return NEVER;
        };
        let values = (0..self.rows[Table::Sessions as usize]).filter_map(|row| column.number(row));
        values.fold(NEVER, |times, value| Times {
            least: times.least.min(value),
            greatest: times.greatest.max(value),
        })
    }
}

fn has_id(ad: &playhead_model::catalog::AdRow) -> bool {
    ad.id.as_deref().is_some_and(|id| !id.is_empty())
}

const NEVER: Times = Times {
    least: i64::MAX,
    greatest: i64::MIN,
};

/// A copy in one reading: its text in the words that all chunks share.
#[derive(Debug)]
pub(super) struct CopyChunk {
    scope: Arc<Scope>,
    copy: Arc<Copy>,
    is_open: bool,
    coded: Mutex<HashMap<(Table, String), Arc<Column>>>,
}

impl CopyChunk {
    pub(super) fn new(scope: Arc<Scope>, copy: Arc<Copy>, is_open: bool) -> Self {
        Self {
            scope,
            copy,
            is_open,
            coded: Mutex::default(),
        }
    }

    fn get(&self, table: Table, name: &str) -> Result<Arc<Column>, SourceError> {
        let Some(column) = self.copy.columns[table as usize].get(name) else {
            return Ok(Arc::new(Column::Absent));
        };
        if column.words().is_none() {
            return Ok(column.clone());
        }
        let mut coded = self.coded.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (table, name.to_owned());
        if let Some(column) = coded.get(&key) {
            return Ok(column.clone());
        }
        let words = self.scope.words(&self.scope.family(table, name));
        let column = Arc::new(column.in_words(&words));
        coded.insert(key, column.clone());
        drop(coded);
        self.scope.check()?;
        Ok(column)
    }
}

impl Chunk for CopyChunk {
    fn rows(&self, table: Table) -> Result<usize, SourceError> {
        Ok(self.copy.rows[table as usize])
    }

    fn column(&self, table: Table, name: &str) -> Result<Arc<Column>, SourceError> {
        self.get(table, name)
    }

    fn custom(&self, table: Table, key: &str) -> Result<Arc<Column>, SourceError> {
        self.get(table, &format!("custom.{key}"))
    }

    fn ids(&self, rows: &[u32]) -> Result<Vec<String>, SourceError> {
        let ids = self.copy.columns[Table::Sessions as usize].get("ID");
        let Some(Column::Text(ids)) = ids.map(|ids| &**ids) else {
            return Err(SourceError::Failed("sessions have no ids".to_owned()));
        };
        let id = |row: &u32| ids.words.text(ids.codes[*row as usize]).unwrap_or_default();
        Ok(rows.iter().map(id).collect())
    }

    fn started(&self) -> Times {
        self.copy.times[0]
    }

    fn ended(&self) -> Times {
        self.copy.times[1]
    }

    fn started_at(&self) -> Times {
        self.copy.times[2]
    }

    fn last_at(&self) -> Times {
        self.copy.times[3]
    }

    fn position(&self) -> i64 {
        self.copy.times[4].greatest
    }

    fn is_open(&self) -> bool {
        self.is_open
    }
}
