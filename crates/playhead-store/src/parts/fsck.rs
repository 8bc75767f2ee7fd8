//! Every part against its checksum, and the folder against the manifest. It only reads, and may
//! run beside a writer.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::parts::error::StoreError;
use crate::parts::manifest::Contents;
use crate::parts::part::Part;
use crate::parts::storage::Storage;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub parts: u64,
    pub rows: u64,
    pub bytes: u64,
    pub damage: Vec<Damage>,
    /// Files that the manifest does not name: leftovers of a crash, which the next start removes,
    /// or what a flush is about to name.
    pub orphans: Vec<PathBuf>,
}

/// A part that is not what was written.
#[derive(Clone, Debug)]
pub struct Damage {
    pub path: PathBuf,
    pub reason: String,
}

/// Reads the whole store.
///
/// # Errors
/// If the manifest is damaged or the folder cannot be listed.
pub fn fsck(storage: &Arc<dyn Storage>) -> Result<Report, StoreError> {
    let contents = Contents::load(&**storage)?;
    let mut report = Report::default();
    for facts in &contents.parts {
        report.parts += 1;
        report.rows += facts.rows;
        report.bytes += facts.bytes;
        let part = Part::new(facts.clone(), storage.clone());
        if let Err(reason) = check(&part) {
            report.damage.push(Damage {
                path: facts.path(),
                reason,
            });
        }
    }
    let known: HashSet<PathBuf> = contents.files().collect();
    let files = storage.list().map_err(|source| StoreError::Io {
        path: PathBuf::new(),
        source,
    })?;
    report.orphans = files
        .into_iter()
        .filter(|file| !known.contains(file))
        .collect();
    Ok(report)
}

fn check(part: &Part) -> Result<(), String> {
    let blob = part.open().map_err(|error| told(&error))?;
    let bytes = blob.read_all().map_err(|error| error.to_string())?;
    if bytes.len() as u64 != part.facts.bytes {
        return Err(format!(
            "{} bytes instead of {}",
            bytes.len(),
            part.facts.bytes
        ));
    }
    if crc32c::crc32c(&bytes) != part.facts.crc32c {
        return Err("its checksum is wrong".to_owned());
    }
    let batches = part.batches().map_err(|error| told(&error))?;
    let mut rows = 0;
    for batch in batches {
        rows += batch.map_err(|error| error.to_string())?.num_rows() as u64;
    }
    if rows != part.facts.rows {
        return Err(format!("{rows} rows instead of {}", part.facts.rows));
    }
    Ok(())
}

fn told(error: &StoreError) -> String {
    use std::error::Error as _;
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
