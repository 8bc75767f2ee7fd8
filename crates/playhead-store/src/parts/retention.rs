//! How long rows are kept: whole days of a table and a suite go, and the manifest says what went.

use std::collections::BTreeMap;

use playhead_model::catalog::{Day, Table};
use playhead_model::ids::LogPosition;

use crate::parts::error::StoreError;
use crate::parts::manifest::{Contents, PartFacts};
use crate::parts::storage::Storage;

/// How many days the rows of each table are kept after the day on which the server closed their
/// session; for ever if it is not said. No table is kept for longer than that of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages([Option<u32>; Table::ALL.len()]);

impl Ages {
    /// The ages of all tables.
    pub fn new(age: impl Fn(Table) -> Option<u32>) -> Self {
        let sessions = age(Table::Sessions);
        Self(Table::ALL.map(|table| [age(table), sessions].into_iter().flatten().min()))
    }

    fn of(&self, table: Table) -> Option<u32> {
        self.0[table as usize]
    }
}

/// The ages of all suites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Those of suites that are not named.
    pub default: Ages,
    pub suites: BTreeMap<String, Ages>,
}

impl Retention {
    /// The first day that is kept.
    fn first_day(&self, suite: &str, table: Table, today: Day) -> Option<Day> {
        let ages = self.suites.get(suite).unwrap_or(&self.default);
        let days = i32::try_from(ages.of(table)?).unwrap_or(i32::MAX);
        Some(Day(today.0.saturating_sub(days)))
    }

    fn is_over(&self, facts: &PartFacts, today: Day) -> bool {
        let first = self.first_day(&facts.suite, facts.table, today);
        first.is_some_and(|first| facts.day < first)
    }
}

/// Rows that went, or would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    pub suite: String,
    pub table: Table,
    /// The first and the last day of them.
    pub days: (Day, Day),
    pub parts: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// What was taken out of a table of a suite until now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    pub suite: String,
    pub table: Table,
    /// The first day that is there still.
    pub before: Day,
    /// The greatest client time of what went.
    pub client_to: i64,
    /// The store was complete to here when something went last.
    pub at: Option<LogPosition>,
}

/// What would go today.
///
/// # Errors
/// If the manifest cannot be read.
pub fn would_go(
    storage: &dyn Storage,
    retention: &Retention,
    today: Day,
) -> Result<Vec<Gone>, StoreError> {
    let contents = Contents::load(storage)?;
    let over = contents
        .parts
        .iter()
        .filter(|facts| retention.is_over(facts, today));
    Ok(summed(over))
}

/// Takes out of a manifest what is over; gives the numbers of the parts, and what they were.
pub(crate) fn cut(
    contents: &mut Contents,
    retention: &Retention,
    today: Day,
) -> (Vec<u64>, Vec<Gone>) {
    let parts = std::mem::take(&mut contents.parts).into_iter();
    let (over, kept): (Vec<_>, Vec<_>) = parts.partition(|facts| retention.is_over(facts, today));
    contents.parts = kept;
    for facts in &over {
        let Some(before) = retention.first_day(&facts.suite, facts.table, today) else {
            continue;
        };
        let is_same = |cut: &&mut Cut| cut.suite == facts.suite && cut.table == facts.table;
        match contents.cuts.iter_mut().find(is_same) {
            Some(cut) => {
                cut.before = cut.before.max(before);
                cut.client_to = cut.client_to.max(facts.client.1);
                cut.at = contents.complete_to;
            }
            None => contents.cuts.push(Cut {
                suite: facts.suite.clone(),
                table: facts.table,
                before,
                client_to: facts.client.1,
                at: contents.complete_to,
            }),
        }
    }
    let numbers = over.iter().map(|facts| facts.number).collect();
    (numbers, summed(over.iter()))
}

fn summed<'a>(parts: impl Iterator<Item = &'a PartFacts>) -> Vec<Gone> {
    let mut sums: BTreeMap<(&str, usize), Gone> = BTreeMap::new();
    for facts in parts {
        let place = (&*facts.suite, facts.table as usize);
        let sum = sums.entry(place).or_insert_with(|| Gone {
            suite: facts.suite.clone(),
            table: facts.table,
            days: (facts.day, facts.day),
            parts: 0,
            rows: 0,
            bytes: 0,
        });
        sum.days = (sum.days.0.min(facts.day), sum.days.1.max(facts.day));
        sum.parts += 1;
        sum.rows += facts.rows;
        sum.bytes += facts.bytes;
    }
    sums.into_values().collect()
}
