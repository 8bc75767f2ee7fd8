//! Instructions an event takes in the engine, counted by callgrind: exact where time is noisy.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::table::Table;

const SESSIONS: u64 = 2_000;
const PINGS: u64 = 10;

/// Counts, and adds what came out to the table. Without valgrind there is nothing to add.
pub(crate) fn run(folder: &Path, table: &mut Table) -> anyhow::Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("valgrind is missing: instructions are not counted");
        return Ok(());
    }
    // The difference of two runs is what the pings alone take.
    let (few, many) = (count(folder, 1)?, count(folder, 1 + PINGS)?);
    let each = (many - few) as f64 / (SESSIONS * PINGS) as f64;
    table.add("engine", "instructions an event, log to state", each, "");
    Ok(())
}

fn count(folder: &Path, pings: u64) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--collect-atstart=no",
            "--callgrind-out-file=/dev/null",
        ])
        .arg("--toggle-collect=playhead_bench::engine::apply")
        .arg(std::env::current_exe()?)
        .arg("--folder")
        .arg(folder)
        .args(["apply-only", "--warm=12"])
        .arg(format!("--sessions={SESSIONS}"))
        .arg(format!("--pings={pings}"))
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "valgrind failed: {}", said.trim());
    let line = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, number) = line.context("callgrind tells no count")?;
    Ok(number.trim().parse()?)
}
