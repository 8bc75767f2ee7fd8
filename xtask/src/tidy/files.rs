//! The text files of the work tree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// Folders that hold no sources of ours.
const FOREIGN: &[&str] = &[".git", "dist", "node_modules", "playhead-data", "target"];

#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with `/` between the names.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Reads what git tracks or would track; without git, every file outside the foreign folders.
/// What is not UTF-8 is left out.
pub(crate) fn read(root: &Path) -> anyhow::Result<Vec<File>> {
    let paths = match listed_by_git(root) {
        Some(paths) => paths,
        None => {
            let mut paths = Vec::new();
            walk(root, root, &mut paths)?;
            paths
        }
    };
    let read = |path: String| {
        let text = fs::read_to_string(root.join(&path)).ok()?;
        Some(File { path, text })
    };
    Ok(paths.into_iter().filter_map(read).collect())
}

fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let list = String::from_utf8(output.stdout).ok()?;
    Some(
        list.split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

fn walk(root: &Path, folder: &Path, paths: &mut Vec<String>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        let is_foreign = FOREIGN.iter().any(|name| path.ends_with(name));
        if path.is_dir() && !is_foreign {
            walk(root, &path, paths)?;
        } else if path.is_file()
            && let Ok(relative) = path.strip_prefix(root)
        {
            paths.push(relative.display().to_string());
        }
    }
    Ok(())
}
