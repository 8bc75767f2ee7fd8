//! Rows sorted into folders, and the parts of one folder written.

use std::collections::BTreeMap;
use std::sync::Arc;

use playhead_model::catalog::{Day, EventRow, Row};
use playhead_model::ids::SessionId;
use playhead_model::row::Rows;

use crate::parts::error::StoreError;
use crate::parts::manifest::PartFacts;
use crate::parts::part;
use crate::parts::storage::Storage;

/// Rows of one suite and day.
#[derive(Default)]
pub(crate) struct Folder<'a> {
    sessions: Vec<&'a Rows>,
    late: Vec<&'a EventRow>,
}

/// Sorts rows into the folders that they go to.
pub(crate) fn by_folder<'a>(
    sessions: &'a [Arc<Rows>],
    late: &'a [Arc<EventRow>],
) -> BTreeMap<(&'a str, Day), Folder<'a>> {
    let mut folders: BTreeMap<_, Folder<'_>> = BTreeMap::new();
    for rows in sessions {
        let place = (&*rows.session.report_suite, rows.session.day);
        folders.entry(place).or_default().sessions.push(rows);
    }
    for event in late {
        let place = (&*event.report_suite, event.day);
        folders.entry(place).or_default().late.push(event);
    }
    for folder in folders.values_mut() {
        folder
            .sessions
            .sort_unstable_by_key(|rows| rows.session.sid);
    }
    folders
}

/// Writing the parts of one suite and day.
pub(crate) struct Writing<'a> {
    pub(crate) storage: &'a dyn Storage,
    pub(crate) suite: &'a str,
    pub(crate) day: Day,
    pub(crate) definition_version: i64,
    pub(crate) next_part: &'a mut u64,
    pub(crate) written: &'a mut Vec<PartFacts>,
}

impl Writing<'_> {
    /// Writes a part for each table that has rows.
    pub(crate) fn write_all(&mut self, folder: &Folder<'_>) -> Result<(), StoreError> {
        let sessions = &folder.sessions;
        self.write(sessions.iter().map(|rows| &rows.session))?;
        self.write(sessions.iter().flat_map(|rows| &rows.ads))?;
        self.write(sessions.iter().flat_map(|rows| &rows.chapters))?;
        self.write(sessions.iter().flat_map(|rows| &rows.states))?;
        let events = sessions.iter().flat_map(|rows| &rows.events);
        let mut events: Vec<&EventRow> = events.chain(folder.late.iter().copied()).collect();
        events.sort_by_key(|event| (event.sid, event.position, event.number));
        self.write(events.into_iter())
    }

    /// Writes rows, which are in order, into a part. No rows make none.
    pub(crate) fn write<'a, R: Ranged + 'a>(
        &mut self,
        rows: impl Iterator<Item = &'a R>,
    ) -> Result<(), StoreError> {
        let rows: Vec<&R> = rows.collect();
        if rows.is_empty() {
            return Ok(());
        }
        let mut facts = PartFacts {
            table: R::TABLE,
            suite: self.suite.to_owned(),
            day: self.day,
            number: *self.next_part,
            rows: 0,
            bytes: 0,
            crc32c: 0,
            started: range(rows.iter().map(|row| row.sid().start_ms())),
            client: range(rows.iter().map(|row| row.client().0)),
            positions: range(rows.iter().map(|row| row.close_position())),
            definition_version: self.definition_version,
        };
        facts.client.1 = range(rows.iter().map(|row| row.client().1)).1;
        *self.next_part += 1;
        part::write(self.storage, &mut facts, &rows)?;
        self.written.push(facts);
        Ok(())
    }
}

fn range<T: Ord + Copy + Default>(values: impl Iterator<Item = T> + Clone) -> (T, T) {
    let least = values.clone().min().unwrap_or_default();
    (least, values.max().unwrap_or_default())
}

/// What the manifest says of the rows of a part.
pub(crate) trait Ranged: Row {
    fn sid(&self) -> SessionId;
    fn client(&self) -> (i64, i64);
    fn close_position(&self) -> i64;
}

macro_rules! ranged {
    ($($row:ident: $from:ident to $to:ident;)*) => {
        $(impl Ranged for playhead_model::catalog::$row {
            fn sid(&self) -> SessionId {
                self.sid
            }

            fn client(&self) -> (i64, i64) {
                (self.$from, self.$to)
            }

            fn close_position(&self) -> i64 {
                self.close_position
            }
        })*
    };
}

ranged! {
    SessionRow: start_ts to end_ts;
    AdRow: start_ts to end_ts;
    ChapterRow: start_ts to end_ts;
    StateRow: start_ts to end_ts;
    EventRow: ts to ts;
}
