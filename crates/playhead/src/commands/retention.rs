//! `playhead retention --dry-run`: what would go from the store today. It reads beside a running server.

use std::process::ExitCode;

use playhead_engine::clock::Clock;
use playhead_model::row::day_of;
use playhead_store::parts::storage::OsStorage;
use playhead_store::parts::{Gone, would_go};
use serde_json::{Value, json};

use crate::cli::RetentionArgs;
use crate::{output, settings};

pub(crate) fn run(args: RetentionArgs) -> anyhow::Result<ExitCode> {
    let sources = settings::sources(args.config, args.data);
    let config = settings::load(&sources)?.config;
    let storage = OsStorage::new(config.data.join("store"));
    let today = day_of(Clock::system().now());
    let gone = would_go(&storage, &settings::ages(&config), today)?;
    if args.json {
        let tables: Vec<Value> = gone.iter().map(as_json).collect();
        output::print_json(&json!({ "tables": tables }))?;
    } else {
        output::print(&as_text(&gone))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(gone: &Gone) -> Value {
    json!({
        "suite": gone.suite,
        "table": gone.table.name(),
        "files": gone.parts,
        "rows": gone.rows,
        "bytes": gone.bytes,
        "firstDay": gone.days.0.to_string(),
        "lastDay": gone.days.1.to_string(),
    })
}

fn as_text(gone: &[Gone]) -> String {
    if gone.is_empty() {
        return "nothing has reached its age\n".to_owned();
    }
    let mut text = String::new();
    for gone in gone {
        text += &format!(
            "{} of {:?}: {} rows, {} bytes in {} files, of the days {} to {}\n",
            gone.table.name(),
            gone.suite,
            gone.rows,
            gone.bytes,
            gone.parts,
            gone.days.0,
            gone.days.1
        );
    }
    let rows: u64 = gone.iter().map(|it| it.rows).sum();
    let bytes: u64 = gone.iter().map(|it| it.bytes).sum();
    text += &format!("together: {rows} rows, {bytes} bytes\n");
    text
}
