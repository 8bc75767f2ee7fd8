//! `playhead fsck`: checks the stored data for damage.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use playhead_config::Sources;
use playhead_log::storage::{OsStorage, Storage};
use serde_json::json;

use crate::cli::FsckArgs;
use crate::{exit, output};

pub(crate) fn run(args: FsckArgs) -> anyhow::Result<ExitCode> {
    let mut sources = Sources::of_process(None);
    sources
        .flags
        .extend(args.data.map(|data| ("data".to_owned(), data)));
    let folder = playhead_config::load(&sources)?.config.data.join("log");
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
    let is_corrupt = report.damage.iter().any(|damage| !damage.is_torn);
    if args.json {
        output::print_json(&json!({
            "segments": report.segments,
            "groups": report.groups,
            "frames": report.frames,
            "bytes": report.payload_bytes,
            "damage": damage,
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
        text += if is_corrupt {
            "damage found: restore this log from a backup\n"
        } else {
            "no damage\n"
        };
        output::print(&text)?;
    }
    Ok(ExitCode::from(if is_corrupt { exit::FOUND } else { 0 }))
}
