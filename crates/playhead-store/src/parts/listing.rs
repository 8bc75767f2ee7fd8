//! Sessions, newest start first. Parts and their row groups are in the order of ids, which begin
//! with the time of the start: only the newest that may match are read.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use playhead_model::catalog::Table;
use playhead_model::ids::SessionId;
use playhead_model::row::Rows;

use crate::parts::error::StoreError;
use crate::parts::part::Part;
use crate::parts::query::{Page, Query};
use crate::parts::reader::{Reader, Snapshot, of_table, with_parts};

impl Reader {
    /// Lists sessions, newest start first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn list(&self, query: &Query) -> Result<Page, StoreError> {
        let Snapshot { parts, recent, .. } = self.snapshot();
        let mut newest = Newest::new(query.limit + 1);
        for rows in &recent {
            let session = &rows.session;
            let player = session.player_name.as_deref().unwrap_or("");
            let reason = session.close_reason.as_deref();
            if query.matches(session.sid, &session.report_suite, player, reason) {
                newest.add(session.sid, None);
            }
        }
        let mut candidates: Vec<&Arc<Part>> = of_table(&parts, Table::Sessions)
            .filter(|part| query.may_match(&part.facts))
            .collect();
        candidates.sort_by_key(|part| Reverse(part.facts.started.1));
        for part in candidates {
            if newest.is_older(part.facts.started.1) {
                break;
            }
            add_matching_of_part(query, part, &mut newest)?;
        }
        let has_more = newest.places.len() > query.limit;
        let mut places = newest.places;
        while places.len() > query.limit {
            places.pop_first();
        }
        let sessions = read_places(&parts, &recent, &places)?;
        Ok(Page { sessions, has_more })
    }
}

/// The sessions that began last, and the part that each is in.
struct Newest {
    max: usize,
    places: BTreeMap<SessionId, Option<Arc<Part>>>,
}

impl Newest {
    fn new(max: usize) -> Self {
        let places = BTreeMap::new();
        Self { max, places }
    }

    fn add(&mut self, sid: SessionId, part: Option<&Arc<Part>>) {
        self.places.insert(sid, part.cloned());
        if self.places.len() > self.max {
            self.places.pop_first();
        }
    }

    /// Whether it is full of sessions that began after `started_ms`.
    fn is_older(&self, started_ms: u64) -> bool {
        let oldest = self.places.first_key_value();
        self.places.len() == self.max && oldest.is_some_and(|(sid, _)| sid.start_ms() > started_ms)
    }
}

/// Row groups are in the order of ids as well: the newest come last.
fn add_matching_of_part(
    query: &Query,
    part: &Arc<Part>,
    newest: &mut Newest,
) -> Result<(), StoreError> {
    for (group, ids) in part.ids()?.into_iter().enumerate().rev() {
        if let Some((least, most)) = ids {
            if newest.is_older(most.start_ms()) {
                break;
            }
            if !query.may_match_ids(least, most) {
                continue;
            }
        }
        for batch in part.columns_of(group, &["sid", "player_name", "close_reason"])? {
            add_matching(query, part, &batch, newest);
        }
    }
    Ok(())
}

fn add_matching(query: &Query, part: &Arc<Part>, batch: &RecordBatch, newest: &mut Newest) {
    let texts = |name| batch.column_by_name(name).map(|it| it.as_string::<i32>());
    let (Some(sids), Some(players), Some(reasons)) =
        (texts("sid"), texts("player_name"), texts("close_reason"))
    else {
        return;
    };
    for row in 0..batch.num_rows() {
        let Ok(sid) = sids.value(row).parse() else {
            continue;
        };
        let reason = reasons.is_valid(row).then(|| reasons.value(row));
        if query.matches(sid, &part.facts.suite, players.value(row), reason) {
            newest.add(sid, Some(part));
        }
    }
}

/// The rows of some sessions, newest first.
fn read_places(
    parts: &[Arc<Part>],
    recent: &[Arc<Rows>],
    places: &BTreeMap<SessionId, Option<Arc<Part>>>,
) -> Result<Vec<Arc<Rows>>, StoreError> {
    let mut found: BTreeMap<SessionId, Arc<Rows>> = BTreeMap::new();
    for rows in recent
        .iter()
        .filter(|rows| places.contains_key(&rows.session.sid))
    {
        found.insert(rows.session.sid, rows.clone());
    }
    let mut by_part: BTreeMap<u64, (&Arc<Part>, BTreeSet<SessionId>)> = BTreeMap::new();
    for (sid, part) in places {
        if let Some(part) = part {
            let entry = by_part.entry(part.facts.number);
            entry
                .or_insert_with(|| (part, BTreeSet::new()))
                .1
                .insert(*sid);
        }
    }
    for (part, sids) in by_part.values() {
        for rows in with_parts(parts, part.rows_of(sids)?)? {
            found.insert(rows.session.sid, rows);
        }
    }
    Ok(found.into_values().rev().collect())
}
