//! What must not, and what must, stand in our files.

use crate::tidy::files::File;

/// What must not stand in a file, by the end of its name ("" for all). The texts are cut in two so
/// that this file does not find itself.
const BANNED: &[(&str, &str, &str)] = &[
    ("", concat!("/wo", "rk/"), "a path of one machine"),
    ("", concat!("/ro", "ot/"), "a path of one machine"),
    (".rs", concat!("to", "do!("), "unfinished"),
    (".rs", concat!("unimple", "mented!("), "unfinished"),
    (
        ".rs",
        concat!("#[ig", "nore"),
        "a test that is switched off",
    ),
];

pub(crate) fn check(files: &[File], findings: &mut Vec<String>) {
    for file in files {
        check_banned(file, findings);
        if is_crate_root(&file.path) && !file.text.starts_with("//!") {
            findings.push(format!(
                "{} does not begin with a paragraph on its crate",
                file.path
            ));
        }
        if is_manifest_of_crate(&file.path) && !file.text.contains("[lints]\nworkspace = true") {
            findings.push(format!(
                "{} does not take the lints of the workspace",
                file.path
            ));
        }
    }
}

fn check_banned(file: &File, findings: &mut Vec<String>) {
    for (number, line) in file.text.lines().enumerate() {
        for (ending, banned, reason) in BANNED {
            if file.path.ends_with(ending) && line.contains(banned) {
                findings.push(format!("{}:{}: {reason}: {banned}", file.path, number + 1));
            }
        }
    }
}

fn is_crate_root(path: &str) -> bool {
    let is_ours = path.starts_with("crates/") || path.starts_with("xtask/");
    is_ours && (path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs"))
}

fn is_manifest_of_crate(path: &str) -> bool {
    path == "xtask/Cargo.toml" || (path.starts_with("crates/") && path.ends_with("/Cargo.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let mut findings = Vec::new();
        check(&[file], &mut findings);
        findings
    }

    #[test]
    fn banned_text_is_found_with_its_line() {
        let path = ["/ro", "ot/.cache"].concat();
        assert_eq!(
            findings("README.md", &format!("one\ntwo {path}"))[0]
                .split(": ")
                .next(),
            Some("README.md:2")
        );
        let unfinished = ["to", "do!()"].concat();
        assert_eq!(findings("crates/a/src/b.rs", &unfinished).len(), 1);
        assert!(findings("docs/a.md", &unfinished).is_empty());
    }

    #[test]
    fn crates_begin_with_a_paragraph_and_share_the_lints() {
        assert_eq!(findings("crates/a/src/lib.rs", "mod b;").len(), 1);
        assert!(findings("crates/a/src/lib.rs", "//! A crate.").is_empty());
        assert_eq!(findings("crates/a/Cargo.toml", "[package]").len(), 1);
        assert!(findings("Cargo.toml", "[workspace]").is_empty());
    }
}
