//! Pages that are made from code. A page is one line in `PAGES`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Where a page lies, and what makes it.
type Page = (&'static str, fn() -> String);

const PAGES: &[Page] = &[
    (
        "docs/reference/configuration.md",
        playhead_config::reference_markdown,
    ),
    ("docs/reference/keys.md", keys),
    (
        "docs/reference/metrics.md",
        playhead_model::catalog::reference_markdown,
    ),
    (
        "docs/reference/tables.md",
        playhead_model::catalog::tables_markdown,
    ),
    (
        "docs/reference/server-metrics.md",
        playhead_server::console::metrics_markdown,
    ),
];

const KEYS_HEAD: &str = "\
<!-- Made from crates/playhead-model/src/keys/table.rs by `cargo xtask docs`. Do not edit. -->

# Keys of both APIs

Every key of an event of the Collection API with its type, the events that may carry it, and those that must, and where its
value stands in the Media Edge API. Lengths and offsets are integers there, and an `error` must carry id and source. The same
table judges the bodies of both and makes the JSON Schemas that are served; how it is applied stands in
[protocol](../protocol.md).

";

fn keys() -> String {
    [KEYS_HEAD, &playhead_wire::docs::keys_table_markdown()].concat()
}

pub(crate) fn write(root: &Path) -> anyhow::Result<()> {
    for (path, make) in out_of_date(root) {
        let file = root.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("can't create {}", folder.display()))?;
        }
        fs::write(&file, make()).with_context(|| format!("can't write {path}"))?;
        println!("written: {path}");
    }
    Ok(())
}

pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let stale: Vec<_> = out_of_date(root).map(|(path, _)| *path).collect();
    if stale.is_empty() {
        return Ok(());
    }
    bail!("out of date, run `cargo xtask docs`: {}", stale.join(", "))
}

fn out_of_date(root: &Path) -> impl Iterator<Item = &'static Page> {
    let is_stale = move |(path, make): &&Page| {
        fs::read_to_string(root.join(path)).ok().as_deref() != Some(make().as_str())
    };
    PAGES.iter().filter(is_stale)
}
