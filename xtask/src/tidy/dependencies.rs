//! Dependencies: each with a sentence, each in one version.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use toml::Table;

use crate::metadata::{Graph, Kind};
use crate::tidy::files::File;

/// Dependencies that may be there in several versions, each with the reason.
const SKIPS: &[(&str, &str)] = &[
    (
        "getrandom",
        "ring stays with 0.2 in its present version; we use 0.4 as everyone else",
    ),
    (
        "syn",
        "cargo lists x509-parser, an option of rcgen that is not built; its derives stay with 2",
    ),
    (
        "num-bigint",
        "bigdecimal, behind datafusion, and fraction, behind jsonschema in tests, stay with 0.4; arrow \
         is at 0.5",
    ),
    (
        "base64",
        "postgres-protocol, behind pgwire, stays with 0.22",
    ),
    ("foldhash", "hashbrown 0.15 has it, see there"),
    (
        "hashbrown",
        "dashmap and petgraph, behind datafusion, stay with 0.14 and 0.15",
    ),
    (
        "itertools",
        "object_store, behind datafusion, stays with 0.14",
    ),
    ("rand", "datafusion stays with 0.9; pgwire is at 0.10"),
    ("rand_core", "datafusion stays with that of rand 0.9"),
    (
        "synstructure",
        "x509-parser, see syn, stays with 0.13; icu, behind datafusion, is at 0.14",
    ),
];

const PAGE: &str = "docs/dependencies.md";

pub(crate) fn check(
    root: &Path,
    graph: &Graph,
    files: &[File],
    findings: &mut Vec<String>,
) -> anyhow::Result<()> {
    check_versions(graph, SKIPS, findings);
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("can't read Cargo.toml")?;
    let page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("can't read {PAGE}"))?;
    let declared = declared(&manifest)?;
    check_use(&declared, graph, findings);
    let of_npm = declared_to_npm(files)?;
    check_sentences(&[declared, of_npm].concat(), &page, findings);
    Ok(())
}

fn check_versions(graph: &Graph, skips: &[(&str, &str)], findings: &mut Vec<String>) {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (member, _) in graph.members() {
        for id in graph.reachable(member, &[Kind::Normal, Kind::Build]) {
            let package = &graph.0[id];
            versions
                .entry(&package.name)
                .or_default()
                .insert(&package.version);
        }
    }
    for (name, versions) in &versions {
        let is_skipped = skips.iter().any(|(skipped, _)| skipped == name);
        if versions.len() > 1 && !is_skipped {
            let versions: Vec<_> = versions.iter().copied().collect();
            findings.push(format!(
                "{name} in several versions: {}",
                versions.join(", ")
            ));
        }
    }
    for (name, _) in skips {
        if versions.get(name).is_none_or(|versions| versions.len() < 2) {
            findings.push(format!(
                "{name} is no longer in several versions: take its skip out"
            ));
        }
    }
}

/// Gives the dependencies of the workspace table that are not our own crates.
fn declared(manifest: &str) -> anyhow::Result<Vec<String>> {
    let manifest: Table = manifest.parse().context("Cargo.toml")?;
    let table = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(|dependencies| dependencies.as_table())
        .context("Cargo.toml has no table of workspace dependencies")?;
    let foreign = table
        .iter()
        .filter(|(_, value)| value.get("path").is_none());
    Ok(foreign.map(|(name, _)| name.clone()).collect())
}

/// Gives the dependencies of each `package.json`.
fn declared_to_npm(files: &[File]) -> anyhow::Result<Vec<String>> {
    let mut declared = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.path.ends_with("package.json"))
    {
        let manifest: Value =
            serde_json::from_str(&file.text).with_context(|| file.path.clone())?;
        for table in ["dependencies", "devDependencies"] {
            let table = manifest[table].as_object();
            declared.extend(table.into_iter().flat_map(|table| table.keys().cloned()));
        }
    }
    Ok(declared)
}

fn check_sentences(declared: &[String], page: &str, findings: &mut Vec<String>) {
    let described: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    for name in declared {
        if !described.contains(name.as_str()) {
            findings.push(format!("{PAGE} says nothing about {name}"));
        }
    }
    for name in described {
        if !declared.iter().any(|declared| declared == name) {
            findings.push(format!("{PAGE} describes {name}, which nothing depends on"));
        }
    }
}

fn check_use(declared: &[String], graph: &Graph, findings: &mut Vec<String>) {
    let mut used = BTreeSet::new();
    for (id, _) in graph.members() {
        let direct = graph.direct(id, &[Kind::Normal, Kind::Build, Kind::Dev]);
        used.extend(direct.into_iter().map(|id| graph.0[id].name.as_str()));
    }
    for name in declared.iter().filter(|name| !used.contains(name.as_str())) {
        findings.push(format!("no crate uses the workspace dependency {name}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Package;

    fn package(name: &str, version: &str, dependencies: &[(&str, Kind)]) -> (String, Package) {
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: None,
            is_member: name == "ours",
            dependencies: dependencies
                .iter()
                .map(|(id, kind)| ((*id).to_owned(), BTreeSet::from([*kind])))
                .collect(),
        };
        (format!("{name} {version}"), package)
    }

    fn graph(second: Kind) -> Graph {
        Graph(BTreeMap::from([
            package("ours", "0", &[("a 1", Kind::Normal), ("b 1", second)]),
            package("a", "1", &[]),
            package("b", "1", &[("a 2", Kind::Normal)]),
            package("a", "2", &[]),
        ]))
    }

    #[test]
    fn a_second_version_is_found_unless_only_tests_need_it() {
        let check = |second, skips: &[(&str, &str)]| {
            let mut findings = Vec::new();
            check_versions(&graph(second), skips, &mut findings);
            findings
        };
        assert_eq!(check(Kind::Normal, &[]), ["a in several versions: 1, 2"]);
        assert_eq!(check(Kind::Build, &[]).len(), 1);
        assert!(check(Kind::Normal, &[("a", "reason")]).is_empty());
        assert!(check(Kind::Dev, &[]).is_empty());
        assert!(check(Kind::Dev, &[("a", "reason")])[0].contains("no longer"));
    }

    #[test]
    fn each_package_file_is_read() {
        let text = r#"{"dependencies": {"a": "1.0.0"}, "devDependencies": {"@b/c": "2.0.0"}}"#;
        let file = |path: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let files = [file("x/package.json"), file("x/other.json")];
        assert_eq!(declared_to_npm(&files).unwrap(), ["a", "@b/c"]);
    }

    #[test]
    fn each_dependency_has_a_sentence() {
        let manifest = "[workspace.dependencies]\na = \"1\"\nb = { version = \"1\" }\n\
                        ours = { path = \"x\" }\n";
        let declared = declared(manifest).unwrap();
        assert_eq!(declared, ["a", "b"]);
        let mut findings = Vec::new();
        check_sentences(&declared, "| `a` | text |\n| `c` | text |\n", &mut findings);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
