//! What a replay found.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use playhead_engine::replay::{Difference, Recomputed, Replay, Value, differences};
use playhead_model::catalog::Table;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::row::{DEFINITION_VERSION, Rows};
use playhead_store::parts::{Cut, Snapshot};
use serde_json::{Value as Json, json};

use super::stored::{Stored, is_aged};

/// Sessions by what became of them, and where they differ.
pub(super) struct Tally {
    /// The store has all sessions that closed below this.
    complete_to: Option<i64>,
    /// What retention has taken out of it.
    cuts: Vec<Cut>,
    has_other_rules: bool,
    /// Differences that are told one by one.
    limit: usize,
    seen: HashSet<SessionId>,
    equal: u64,
    different: u64,
    /// Of them those that were stored under other definitions.
    other_definition: u64,
    began_before: u64,
    not_stored: u64,
    not_in_files_yet: u64,
    aged: u64,
    not_computed: u64,
    columns: BTreeMap<(&'static str, &'static str), OfColumn>,
    told: Vec<(SessionId, Difference)>,
    records: u64,
    from: Option<LogPosition>,
    open: usize,
}

/// Differences in one column.
#[derive(Default)]
struct OfColumn {
    sessions: u64,
    last: Option<SessionId>,
    cells: u64,
    /// Of the cells that are numbers on both sides.
    stored: f64,
    computed: f64,
}

impl Tally {
    pub(super) fn new(snapshot: &Snapshot, has_other_rules: bool, limit: usize) -> Self {
        Self {
            complete_to: snapshot.complete_to.map(playhead_model::row::of),
            cuts: snapshot.cuts.clone(),
            has_other_rules,
            limit,
            seen: HashSet::new(),
            equal: 0,
            different: 0,
            other_definition: 0,
            began_before: 0,
            not_stored: 0,
            not_in_files_yet: 0,
            aged: 0,
            not_computed: 0,
            columns: BTreeMap::new(),
            told: Vec::new(),
            records: 0,
            from: None,
            open: 0,
        }
    }

    /// Takes a session in; answers whether its new rows may stand for it.
    pub(super) fn add(&mut self, session: &Recomputed, stored: Option<&Rows>) -> bool {
        let row = &session.rows.session;
        self.seen.insert(row.sid);
        // Under other rules all of its events count, and only some were replayed.
        if !session.is_whole {
            self.began_before += 1;
            if self.has_other_rules {
                return false;
            }
        }
        let Some(stored) = stored else {
            if is_aged(row, Table::Sessions, &self.cuts) {
                self.aged += 1;
                return false;
            }
            let is_behind = Some(row.close_position) >= self.complete_to;
            match is_behind {
                true => self.not_in_files_yet += 1,
                false => self.not_stored += 1,
            }
            return !is_behind;
        };
        let mut found = differences(stored, &session.rows);
        found.retain(|it| !is_aged(&stored.session, it.table, &self.cuts));
        if found.is_empty() {
            self.equal += 1;
            return true;
        }
        self.different += 1;
        if stored.session.definition_version != DEFINITION_VERSION {
            self.other_definition += 1;
        }
        for difference in found {
            self.note(row.sid, difference);
        }
        true
    }

    fn note(&mut self, sid: SessionId, difference: Difference) {
        let place = (difference.table.name(), difference.column);
        let column = self.columns.entry(place).or_default();
        column.sessions += u64::from(column.last.replace(sid) != Some(sid));
        column.cells += 1;
        if let (Value::Number(stored), Value::Number(computed)) =
            (&difference.stored, &difference.computed)
        {
            column.stored += stored;
            column.computed += computed;
        }
        if self.told.len() < self.limit {
            self.told.push((sid, difference));
        }
    }

    /// Looks at what is stored and did not come up.
    pub(super) fn end(&mut self, replay: &Replay, stored: &Stored) -> anyhow::Result<()> {
        self.records = replay.applied();
        self.from = replay.checkpoint();
        self.open = replay.open_sessions();
        let behind = stored.closed_behind(self.from)?;
        let missing = behind.iter().filter(|sid| !self.seen.contains(sid));
        self.not_computed = missing.count() as u64;
        Ok(())
    }

    /// Whether anything differs that should not.
    pub(super) fn has_differences(&self) -> bool {
        self.different > self.other_definition || self.not_stored > 0 || self.not_computed > 0
    }

    pub(super) fn json(&self, generation: Option<u64>) -> Json {
        let columns = self.columns.iter().map(|((table, column), it)| {
            json!({
                "table": table, "column": column, "sessions": it.sessions, "cells": it.cells,
                "stored": it.stored, "computed": it.computed,
            })
        });
        let told = self.told.iter().map(|(sid, it)| {
            json!({
                "sid": sid.to_string(), "table": it.table.name(), "number": it.number,
                "column": it.column, "stored": of(&it.stored), "computed": of(&it.computed),
            })
        });
        json!({
            "records": self.records,
            "from": self.from.map(|it| it.0),
            "definitionVersion": DEFINITION_VERSION,
            "sessions": {
                "computed": self.seen.len(),
                "equal": self.equal,
                "different": self.different,
                "storedUnderOtherDefinitions": self.other_definition,
                "begunBefore": self.began_before,
                "notStored": self.not_stored,
                "notInFilesYet": self.not_in_files_yet,
                "takenOutByAge": self.aged,
                "notComputed": self.not_computed,
                "open": self.open,
            },
            "columns": columns.collect::<Vec<_>>(),
            "differences": told.collect::<Vec<_>>(),
            "generation": generation,
        })
    }

    pub(super) fn text(&self, generation: Option<u64>) -> String {
        let from = match self.from {
            Some(position) => format!("the checkpoint at {}", position.0),
            None => "the beginning of the log".to_owned(),
        };
        let mut text = format!(
            "replayed: {} records from {from}\nsessions: {} closed, {} open at the end\n",
            self.records,
            self.seen.len(),
            self.open
        );
        let mut line = |count: u64, what: &str| {
            if count > 0 {
                // Writing to a string cannot fail.
                let _written = writeln!(text, "{count:>10}  {what}");
            }
        };
        line(self.equal, "as stored");
        line(self.different, "differ");
        line(
            self.other_definition,
            "of them stored under other definitions",
        );
        line(self.not_stored, "missing in the store");
        line(self.not_in_files_yet, "in no file of the store yet");
        line(self.aged, "taken out of the store by their age");
        line(
            self.not_computed,
            "stored, and not closed by what was replayed",
        );
        let before = match self.has_other_rules {
            true => "began before, and are left as they are",
            false => "began before, and went on from the checkpoint",
        };
        line(self.began_before, before);
        if !self.columns.is_empty() {
            text += "\ncolumns that differ:  sessions, sum stored -> computed\n";
        }
        for ((table, column), it) in &self.columns {
            let name = format!("{table}.{column}");
            let _written = writeln!(
                text,
                "  {name:<40} {:>8}  {} -> {}",
                it.sessions, it.stored, it.computed
            );
        }
        if !self.told.is_empty() {
            text += "\nthe first of them:\n";
        }
        for (sid, it) in &self.told {
            let place = match it.number {
                Some(number) => format!("{} {number}", it.table.name()),
                None => Table::Sessions.name().to_owned(),
            };
            let _written = writeln!(
                text,
                "  {sid}  {place}.{}  {} -> {}",
                it.column, it.stored, it.computed
            );
        }
        if let Some(generation) = generation {
            let _written = writeln!(
                text,
                "\nwritten: generation {generation} of the store; tokens of earlier reports are refused from now on"
            );
        }
        text
    }
}

fn of(value: &Value) -> Json {
    match value {
        Value::Number(number) => json!(number),
        Value::Other(text) => json!(text),
    }
}
