//! What a start does about a crash before it: leftovers, and records that the log has lost.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use playhead_model::catalog::{AdRow, ChapterRow, EventRow, SessionRow, StateRow, Table};
use playhead_model::ids::LogPosition;
use playhead_model::row::of;

use crate::parts::error::StoreError;
use crate::parts::manifest::{Contents, PartFacts};
use crate::parts::part::Part;
use crate::parts::storage::Storage;
use crate::parts::writing::Writing;

/// The manifest that is in force from now on; files that it does not name are gone.
pub(crate) fn recover(
    storage: &Arc<dyn Storage>,
    log_end: LogPosition,
) -> Result<Contents, StoreError> {
    let mut contents = Contents::load(&**storage)?;
    if contents != Contents::default() {
        // The process before may have ended between renaming it and making that last.
        let root = Path::new("");
        storage.sync_folder(root).map_err(fail(root))?;
    }
    remove_leftovers(&**storage, &contents)?;
    if contents.complete_to.is_some_and(|it| it >= log_end) {
        tracing::warn!("the log has lost records whose sessions are stored; they are taken out");
        forget_behind(storage, &mut contents, log_end)?;
        remove_leftovers(&**storage, &contents)?;
    }
    Ok(contents)
}

fn fail(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

fn remove_leftovers(storage: &dyn Storage, contents: &Contents) -> Result<(), StoreError> {
    let known: HashSet<PathBuf> = contents.files().collect();
    let files = storage.list().map_err(fail(Path::new("")))?;
    for leftover in files.into_iter().filter(|file| !known.contains(file)) {
        storage.remove(&leftover).map_err(fail(&leftover))?;
    }
    Ok(())
}

/// Takes out the rows whose close the log no longer has.
fn forget_behind(
    storage: &Arc<dyn Storage>,
    contents: &mut Contents,
    log_end: LogPosition,
) -> Result<(), StoreError> {
    let limit = of(log_end);
    let is_behind = |facts: &PartFacts| facts.positions.1 >= limit;
    let (behind, mut left): (Vec<_>, Vec<_>) = contents.parts.drain(..).partition(is_behind);
    for facts in behind {
        let old = Part::new(facts, storage.clone());
        left.extend(rewrite_below(
            &**storage,
            &old,
            &mut contents.next_part,
            limit,
        )?);
    }
    contents.parts = left;
    contents.complete_to = log_end.0.checked_sub(1).map(LogPosition);
    contents.generation += 1;
    contents.save(&**storage)
}

/// The part that takes the place of another, if any of its rows stay.
fn rewrite_below(
    storage: &dyn Storage,
    old: &Part,
    next_part: &mut u64,
    limit: i64,
) -> Result<Option<PartFacts>, StoreError> {
    let mut written = Vec::new();
    let mut writing = Writing {
        storage,
        suite: &old.facts.suite,
        day: old.facts.day,
        definition_version: old.facts.definition_version,
        next_part,
        written: &mut written,
    };
    macro_rules! rewrite {
        ($row:ty) => {{
            let rows: Vec<$row> = old.rows()?;
            let below = rows.iter().filter(|row| row.close_position < limit);
            writing.write(below)?;
        }};
    }
    match old.facts.table {
        Table::Sessions => rewrite!(SessionRow),
        Table::Ads => rewrite!(AdRow),
        Table::Chapters => rewrite!(ChapterRow),
        Table::States => rewrite!(StateRow),
        Table::Events => rewrite!(EventRow),
    }
    Ok(written.pop())
}
