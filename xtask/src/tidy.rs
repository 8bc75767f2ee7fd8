//! What the compiler does not check.

mod dependencies;
mod files;
mod layers;
mod licences;
mod links;
mod sources;

use std::path::Path;

use anyhow::bail;

use crate::metadata::Graph;

/// Runs every check and tells all findings at once.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let graph = Graph::read(root)?;
    let files = files::read(root)?;
    let mut findings = Vec::new();
    layers::check(&graph, &mut findings);
    dependencies::check(root, &graph, &files, &mut findings)?;
    licences::check(&graph, &mut findings);
    sources::check(&files, &mut findings);
    links::check(root, &files, &mut findings);
    if findings.is_empty() {
        return Ok(());
    }
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    bail!("{} to tidy", findings.len())
}
