//! The store in one redb file: rows by id, and ids by time of start.

use std::path::Path;
use std::sync::Arc;

use playhead_model::codec::{Codec, Cursor};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::time::ReceivedMs;
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};

use crate::RowSink;
use crate::error::StoreError;
use crate::row::{ClosedSession, Page, Query};

const FORMAT: u64 = 1;
const ROWS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("rows");
const BY_START: TableDefinition<'_, (u64, &[u8; 32]), ()> = TableDefinition::new("by_start");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// How many rows one listing looks at before it answers with what it has.
const LOOKED_AT_MAX: usize = 100_000;

/// Writes closed sessions. There is one at a time.
#[derive(Debug)]
pub struct Store {
    database: Arc<Database>,
}

/// Reads closed sessions, from any thread.
#[derive(Clone, Debug)]
pub struct Reader {
    database: Arc<Database>,
}

impl Store {
    /// Opens the store, or begins one.
    ///
    /// # Errors
    /// If the file cannot be opened, or is of another format.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        let database = Database::create(file).map_err(|error| StoreError::Open {
            file: file.to_owned(),
            source: Box::new(error.into()),
        })?;
        let begin = database.begin_write()?;
        {
            begin.open_table(ROWS)?;
            begin.open_table(BY_START)?;
            let mut meta = begin.open_table(META)?;
            let found = meta.get("format")?.map(|format| format.value());
            match found {
                None => {
                    meta.insert("format", FORMAT)?;
                }
                Some(FORMAT) => {}
                Some(found) => {
                    return Err(StoreError::Format {
                        found,
                        known: FORMAT,
                    });
                }
            }
        }
        begin.commit()?;
        Ok(Self {
            database: Arc::new(database),
        })
    }

    /// A reader of what is stored.
    pub fn reader(&self) -> Reader {
        Reader {
            database: self.database.clone(),
        }
    }
}

impl RowSink for Store {
    fn write(
        &mut self,
        rows: &[ClosedSession],
        complete_to: LogPosition,
    ) -> Result<(), StoreError> {
        let mut write = self.database.begin_write()?;
        // The log can give the rows again, so a power loss may take the last of them.
        write.set_durability(Durability::None)?;
        {
            let mut by_id = write.open_table(ROWS)?;
            let mut by_start = write.open_table(BY_START)?;
            let mut bytes = Vec::new();
            for row in rows {
                bytes.clear();
                row.put(&mut bytes);
                by_id.insert(row.sid.as_bytes(), &*bytes)?;
                by_start.insert((row.started_at.0, row.sid.as_bytes()), ())?;
            }
            write
                .open_table(META)?
                .insert("complete_to", complete_to.0)?;
        }
        write.commit()?;
        Ok(())
    }

    fn move_tail(&mut self, sid: SessionId, tail: LogPosition) -> Result<(), StoreError> {
        let Some(mut row) = self.reader().get(sid)? else {
            return Ok(());
        };
        row.tail = row.tail.max(tail);
        let mut bytes = Vec::new();
        row.put(&mut bytes);
        let mut write = self.database.begin_write()?;
        write.set_durability(Durability::None)?;
        write.open_table(ROWS)?.insert(sid.as_bytes(), &*bytes)?;
        write.commit()?;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.database.begin_write()?.commit()?;
        Ok(())
    }
}

impl Reader {
    /// A closed session by its id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn get(&self, sid: SessionId) -> Result<Option<ClosedSession>, StoreError> {
        let read = self.database.begin_read()?;
        let rows = read.open_table(ROWS)?;
        let Some(row) = rows.get(sid.as_bytes())? else {
            return Ok(None);
        };
        decode(sid, row.value()).map(Some)
    }

    /// The log position up to which all closed sessions are stored.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn complete_to(&self) -> Result<Option<LogPosition>, StoreError> {
        let meta = self.database.begin_read()?.open_table(META)?;
        Ok(meta
            .get("complete_to")?
            .map(|position| LogPosition(position.value())))
    }

    /// How many sessions are stored.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn count(&self) -> Result<u64, StoreError> {
        use redb::ReadableTableMetadata;
        Ok(self.database.begin_read()?.open_table(ROWS)?.len()?)
    }

    /// Lists sessions, newest start first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn list(&self, query: &Query) -> Result<Page, StoreError> {
        let read = self.database.begin_read()?;
        let rows = read.open_table(ROWS)?;
        let by_start = read.open_table(BY_START)?;
        let from = (query.from.map_or(0, |from| from.0), &[0; 32]);
        let to = query.to.map_or(u64::MAX, |to| to.0);
        let to = query
            .after
            .map_or(to, |(started_at, _)| to.min(started_at.0.saturating_add(1)));
        let mut page = Page::default();
        for (looked_at, entry) in by_start.range(from..(to, &[0; 32]))?.rev().enumerate() {
            if page.sessions.len() == query.limit || looked_at == LOOKED_AT_MAX {
                page.has_more = true;
                break;
            }
            let (key, _) = entry?;
            let (started_at, sid) = key.value();
            let sid = SessionId::from_bytes(*sid);
            let started_at = ReceivedMs(started_at);
            if query.after.is_some_and(|after| (started_at, sid) >= after) {
                continue;
            }
            let Some(bytes) = rows.get(sid.as_bytes())? else {
                continue;
            };
            let row = decode(sid, bytes.value())?;
            if query.matches(sid, started_at, &row.suite, &row.player, row.close_reason) {
                page.sessions.push(row);
            }
        }
        Ok(page)
    }
}

fn decode(sid: SessionId, bytes: &[u8]) -> Result<ClosedSession, StoreError> {
    ClosedSession::get(&mut Cursor::new(bytes)).ok_or_else(|| StoreError::Damaged(sid.to_string()))
}

#[cfg(test)]
mod tests {
    use playhead_model::ids::SlotId;
    use playhead_model::outcome::CloseReason;
    use playhead_model::rules::Rules;

    use super::*;

    fn row(number: u8, suite: &str) -> ClosedSession {
        let started_at = ReceivedMs(u64::from(number) * 10);
        ClosedSession {
            sid: SessionId::mint(started_at.0, SlotId::new(0), [number; 16], |_| 0),
            suite: suite.into(),
            player: "web".into(),
            started_at,
            last_at: started_at,
            close_reason: Some(CloseReason::SessionEnd),
            start: LogPosition(1),
            tail: LogPosition(2),
            rules: Rules::default(),
            is_batch: false,
            answer: "{}".into(),
        }
    }

    #[test]
    fn rows_are_found_by_id_and_listed_newest_first_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("closed.redb");
        let rows = [row(1, "a"), row(2, "b"), row(3, "a")];
        {
            let mut store = Store::open(&file).unwrap();
            store.write(&rows, LogPosition(7)).unwrap();
            store.write(&rows[..1], LogPosition(8)).unwrap();
            store.sync().unwrap();
        }
        let reader = Store::open(&file).unwrap().reader();
        assert_eq!(reader.get(rows[1].sid).unwrap().as_ref(), Some(&rows[1]));
        assert_eq!(reader.complete_to().unwrap(), Some(LogPosition(8)));
        assert_eq!(reader.count().unwrap(), 3);

        let all = reader
            .list(&Query {
                limit: 2,
                ..Query::default()
            })
            .unwrap();
        assert_eq!(all.sessions, [rows[2].clone(), rows[1].clone()]);
        assert!(all.has_more);
        let after = Some((rows[1].started_at, rows[1].sid));
        let rest = reader
            .list(&Query {
                limit: 2,
                after,
                ..Query::default()
            })
            .unwrap();
        assert_eq!(rest.sessions, [rows[0].clone()]);
        assert!(!rest.has_more);
        let suite = Some("a".to_owned());
        let of_suite = reader
            .list(&Query {
                suite,
                limit: 9,
                ..Query::default()
            })
            .unwrap();
        assert_eq!(of_suite.sessions.len(), 2);
    }
}
