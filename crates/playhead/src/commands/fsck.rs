//! `playhead fsck`: checks the stored data for damage.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use playhead_log::storage::{OsStorage, Storage};
use playhead_store::parts;
use serde_json::json;

use crate::cli::FsckArgs;
use crate::{exit, output, settings};

pub(crate) fn run(args: FsckArgs) -> anyhow::Result<ExitCode> {
    let sources = settings::sources(None, args.data);
    let data = playhead_config::load(&sources)?.config.data;
    let folder = data.join("log");
    let storage: Arc<dyn Storage> = Arc::new(
        OsStorage::existing(&folder)
            .with_context(|| format!("there is no log in {}", folder.display()))?,
    );
    let report = playhead_log::fsck(&*storage, |_| {})?;
    let damage: Vec<_> = report
        .damage
        .iter()
        .map(|damage| {
            json!({
                "file": damage.file.display().to_string(),
                "offset": damage.offset,
                "reason": damage.reason.to_string(),
                "torn": damage.is_torn,
            })
        })
        .collect();
    let files: Arc<dyn parts::storage::Storage> =
        Arc::new(parts::storage::OsStorage::new(data.join("store")));
    let store = parts::fsck(&files)?;
    let damaged_parts: Vec<_> = store
        .damage
        .iter()
        .map(|damage| json!({ "file": damage.path.display().to_string(), "reason": damage.reason }))
        .collect();
    let is_log_corrupt = report.damage.iter().any(|damage| !damage.is_torn);
    let is_corrupt = is_log_corrupt || !store.damage.is_empty();
    if args.json {
        output::print_json(&json!({
            "segments": report.segments,
            "groups": report.groups,
            "frames": report.frames,
            "bytes": report.payload_bytes,
            "damage": damage,
            "store": {
                "parts": store.parts,
                "rows": store.rows,
                "bytes": store.bytes,
                "damage": damaged_parts,
                "orphans": store.orphans.len(),
            },
        }))?;
    } else {
        let mut text = format!(
            "log: {} segments, {} commits, {} records, {} bytes\n",
            report.segments, report.groups, report.frames, report.payload_bytes
        );
        for damage in &report.damage {
            let kind = if damage.is_torn {
                "torn tail"
            } else {
                "damaged"
            };
            text += &format!(
                "{kind}: {} at offset {}: {}\n",
                damage.file.display(),
                damage.offset,
                damage.reason
            );
        }
        text += &format!(
            "store: {} files, {} rows, {} bytes\n",
            store.parts, store.rows, store.bytes
        );
        for damage in &store.damage {
            text += &format!("damaged: {}: {}\n", damage.path.display(), damage.reason);
        }
        if !store.orphans.is_empty() {
            let orphans = store.orphans.len();
            text += &format!(
                "{orphans} files of the store that nothing names: the next start removes them\n"
            );
        }
        text += match (is_log_corrupt, is_corrupt) {
            (true, _) => "damage found: restore this log from a backup\n",
            (false, true) => "damage found: restore the store from a backup\n",
            (false, false) => "no damage\n",
        };
        output::print(&text)?;
    }
    Ok(ExitCode::from(if is_corrupt { exit::FOUND } else { 0 }))
}
