//! Parts put together and taken out again: readers never notice the first, and the second is what
//! was announced.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use playhead_model::catalog::{Day, Table};
use playhead_store::parts::storage::{MemoryStorage, Storage};
use playhead_store::parts::{Ages, Effect, Gone, Retention, Store, fsck, would_go};

use crate::model::{SUITES, check, give, late, open, position};

const END: u64 = 16;
/// A day on which all sessions have closed long ago.
const LATER: Day = Day(40_000);

/// A store of many small parts.
fn scattered(storage: &MemoryStorage) -> Store {
    let mut store = open(storage);
    for number in 0..END {
        give(&mut store, number..number + 1);
        store.sync().unwrap();
    }
    store
}

/// Puts parts together until there is nothing left to do; `None` at the first failure.
fn compact(store: &mut Store, today: Day) -> Option<u64> {
    let mut count = 0;
    while let Some(compaction) = store.next_compaction(today) {
        let compacted = compaction.run(&|| false).ok()??;
        drop(compaction);
        store.install(compacted).ok()?;
        count += 1;
    }
    Some(count)
}

fn files(storage: &MemoryStorage) -> Vec<PathBuf> {
    storage.list().unwrap()
}

fn check_next(storage: &MemoryStorage, what: &str) {
    let mut store = open(storage);
    check(&store.reader(), END, what);
    compact(&mut store, LATER).unwrap();
    check(&store.reader(), END, what);
    drop(store);
    let files: Arc<dyn Storage> = Arc::new(storage.clone());
    let report = fsck(&files).unwrap();
    assert!(
        report.damage.is_empty() && report.orphans.is_empty(),
        "{what}: {report:?}"
    );
}

#[test]
fn a_day_that_is_over_ends_in_one_part_a_table_and_says_the_same() {
    let storage = MemoryStorage::default();
    let mut store = scattered(&storage);
    let reader = store.reader();
    let before = reader.snapshot();
    assert!(compact(&mut store, LATER).unwrap() > 0);
    check(&reader, END, "put together");

    let mut folders: BTreeMap<_, u64> = BTreeMap::new();
    for part in &reader.snapshot().parts {
        let facts = &part.facts;
        let folder = (facts.table as usize, facts.suite.clone(), facts.day.0);
        *folders.entry(folder).or_default() += 1;
    }
    assert!(folders.values().all(|parts| *parts == 1), "{folders:?}");
    assert!(before.parts.len() > folders.len());

    // Who still reads the old ones can.
    for part in &before.parts {
        let rows = part
            .batches()
            .unwrap()
            .map(|batch| batch.unwrap().num_rows() as u64);
        assert_eq!(rows.sum::<u64>(), part.facts.rows);
    }
    drop(before);
    assert_eq!(
        files(&storage).len(),
        folders.len() + 1,
        "with the manifest"
    );
    check_next(&storage.after_kill(), "next process");
}

#[test]
fn while_a_day_goes_on_only_many_of_one_size_are_put_together() {
    let storage = MemoryStorage::default();
    let mut store = open(&storage);
    let number = 3;
    let today = late(number, 0).day;
    for behind in 0..8 {
        assert!(store.next_compaction(today).is_none(), "{behind} parts");
        store.write(vec![Effect::Late(Box::new(late(number, behind)))]);
        store.complete(position(number + behind as u64));
        store.sync().unwrap();
    }
    assert_eq!(compact(&mut store, today), Some(1));
    let snapshot = store.reader().snapshot();
    assert_eq!(snapshot.parts.len(), 1);
    assert_eq!(snapshot.parts[0].facts.table, Table::Events);
    let sid = late(number, 0).sid;
    let wanted: Vec<_> = (0..8).map(|behind| late(number, behind)).collect();
    assert_eq!(store.reader().events(sid).unwrap(), wanted);
}

#[test]
fn wherever_the_process_ends_every_row_is_there_once() {
    let scattered = {
        let storage = MemoryStorage::default();
        drop(scattered(&storage));
        storage
    };
    let whole = scattered.after_kill();
    let before = whole.changes();
    assert!(compact(&mut open(&whole), LATER).unwrap() > 2);
    let changes = whole.changes() - before;
    // Every change of the first two, and some of the rest.
    for left in (0..changes).filter(|left| *left < 16 || left % 31 == 0) {
        let storage = scattered.after_kill();
        let mut store = open(&storage);
        storage.fail_after(Some(left));
        compact(&mut store, LATER);
        let what = format!("killed after {left} changes");
        check(&open(&storage.after_kill()).reader(), END, &what);
        let seed = left.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let lost = open(&storage.after_power_loss(seed));
        let what = format!("power lost after {left} changes");
        check(&lost.reader(), END, &what);
    }
}

#[test]
fn a_compaction_that_is_stopped_leaves_nothing() {
    let storage = MemoryStorage::default();
    let mut store = scattered(&storage);
    let before = files(&storage);
    let compaction = store.next_compaction(LATER).unwrap();
    assert!(compaction.run(&|| true).unwrap().is_none());
    assert_eq!(files(&storage), before);
}

fn kept_for(days: u32) -> Ages {
    Ages::new(|table| (table == Table::Sessions).then_some(days))
}

#[test]
fn what_is_older_than_it_may_be_goes_as_announced() {
    let storage = MemoryStorage::default();
    let mut store = scattered(&storage);
    let rows = |store: &Store| -> u64 {
        let parts = store.reader().snapshot().parts;
        parts.iter().map(|part| part.facts.rows).sum()
    };
    let all = rows(&store);
    let retention = Retention {
        default: kept_for(2),
        suites: BTreeMap::from([(SUITES[1].to_owned(), Ages::default())]),
    };
    // Sessions close every five hours, from the first day on.
    let today = Day(4);
    let announced = would_go(&storage, &retention, today).unwrap();
    assert!(!announced.is_empty());
    assert!(announced.iter().all(|gone| gone.days.1 < Day(2)));
    assert!(announced.iter().all(|gone| gone.suite != SUITES[1]));
    let tables: Vec<Table> = announced.iter().map(|gone| gone.table).collect();
    assert!(tables.contains(&Table::Events), "they go with sessions");
    let sum = |gone: &[Gone]| gone.iter().map(|gone| gone.rows).sum::<u64>();

    let gone = store.cut(&retention, today).unwrap();
    assert_eq!(gone, announced);
    assert_eq!(rows(&store), all - sum(&gone));
    assert_eq!(store.cut(&retention, today).unwrap(), []);
    let cuts = store.reader().snapshot().cuts;
    assert!(cuts.iter().all(|cut| cut.before == Day(2)), "{cuts:?}");
    let left = rows(&store);
    drop(store);
    let next = open(&storage.after_kill());
    assert_eq!(rows(&next), left);
    assert_eq!(next.reader().snapshot().cuts, cuts);
}

#[test]
fn what_retention_took_meanwhile_does_not_come_back() {
    let storage = MemoryStorage::default();
    let mut store = scattered(&storage);
    let compaction = store.next_compaction(LATER).unwrap();
    let compacted = compaction.run(&|| false).unwrap().unwrap();
    drop(compaction);
    let retention = Retention {
        default: kept_for(0),
        ..Retention::default()
    };
    assert!(!store.cut(&retention, LATER).unwrap().is_empty());
    store.install(compacted).unwrap();
    assert_eq!(store.reader().count(), 0);
    assert_eq!(files(&storage).len(), 1, "the manifest");
}
