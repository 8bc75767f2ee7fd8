//! Links in Markdown that point at files have to hit one.

use std::path::Path;

use crate::tidy::files::File;

pub(crate) fn check(root: &Path, files: &[File], findings: &mut Vec<String>) {
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        let own_path = root.join(&file.path);
        let folder = own_path.parent().unwrap_or(root);
        for (line, target) in targets(&file.text) {
            let path = target.split_once('#').map_or(target, |(path, _)| path);
            let from = path.strip_prefix('/').map_or(folder, |_| root);
            if !path.is_empty() && !from.join(path.trim_start_matches('/')).exists() {
                findings.push(format!("{}:{line}: there is no {target}", file.path));
            }
        }
    }
}

/// Gives the target of each inline link that does not lead out of the repository, with its line.
/// What stands in code is no link.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut targets = Vec::new();
    let mut in_fence = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if in_fence {
            continue;
        }
        let outside_code = line.split('`').step_by(2);
        // A link text may be code, so `](` can be the very start of a part.
        for part in outside_code {
            for after in part.split("](").skip(1) {
                let target = after.split([')', ' ']).next().unwrap_or_default();
                if !target.contains(':') {
                    targets.push((number + 1, target));
                }
            }
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_code() {
        let text = "[a](b.md) and [c](d/e.md#f), [`g`](h.md)\n`[i](j.md)` [k](https://example.com)\n\
                    ```\n[l](m.md)\n```\n[n](#o) [p](q.md \"title\")\n";
        assert_eq!(
            targets(text),
            [
                (1, "b.md"),
                (1, "d/e.md#f"),
                (1, "h.md"),
                (6, "#o"),
                (6, "q.md")
            ]
        );
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = String::from("[a](../Cargo.toml) [b](../src/none.rs) [c](/src/main.rs) [d](#e)");
        let file = File {
            path: String::from("src/page.md"),
            text,
        };
        let mut findings = Vec::new();
        check(root, &[file], &mut findings);
        assert_eq!(findings, ["src/page.md:1: there is no ../src/none.rs"]);
    }
}
