//! The dependency graph, as `cargo metadata` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// The platform whose dependencies are looked at, so that the answer is the same on every machine.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    pub(crate) is_member: bool,
    /// Ids of packages, each with the kinds of dependency it is.
    pub(crate) dependencies: BTreeMap<String, BTreeSet<Kind>>,
}

/// All packages by their id.
#[derive(Debug, Default)]
pub(crate) struct Graph(pub(crate) BTreeMap<String, Package>);

impl Graph {
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--filter-platform",
                PLATFORM,
            ])
            .current_dir(root)
            .output()
            .context("can't run cargo metadata")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "cargo metadata failed: {}",
            complaint.trim()
        );
        let metadata = serde_json::from_slice(&output.stdout)?;
        Self::from_json(&metadata).context("cargo metadata has another form than expected")
    }

    fn from_json(metadata: &Value) -> Option<Self> {
        let members: BTreeSet<&str> = metadata["workspace_members"]
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut packages = BTreeMap::new();
        for package in metadata["packages"].as_array()? {
            let id = package["id"].as_str()?;
            let package = Package {
                name: package["name"].as_str()?.to_owned(),
                version: package["version"].as_str()?.to_owned(),
                licence: package["license"].as_str().map(str::to_owned),
                is_member: members.contains(id),
                dependencies: BTreeMap::new(),
            };
            packages.insert(id.to_owned(), package);
        }
        let mut used = BTreeSet::new();
        for node in metadata["resolve"]["nodes"].as_array()? {
            let id = node["id"].as_str()?;
            used.insert(id.to_owned());
            for dependency in node["deps"].as_array()? {
                let kinds = dependency["dep_kinds"]
                    .as_array()?
                    .iter()
                    .map(kind)
                    .collect();
                let to = dependency["pkg"].as_str()?.to_owned();
                packages.get_mut(id)?.dependencies.insert(to, kinds);
            }
        }
        packages.retain(|id, _| used.contains(id));
        Some(Self(packages))
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &Package)> {
        let members = self.0.iter().filter(|(_, package)| package.is_member);
        members.map(|(id, package)| (id.as_str(), package))
    }

    /// Gives what a package names itself, by dependencies of the given kinds.
    pub(crate) fn direct(&self, id: &str, kinds: &[Kind]) -> Vec<&str> {
        let dependencies = self.0[id].dependencies.iter();
        let wanted = dependencies.filter(|(_, of)| kinds.iter().any(|kind| of.contains(kind)));
        wanted.map(|(id, _)| id.as_str()).collect()
    }

    /// Gives everything a package needs, itself included, by dependencies of the given kinds.
    pub(crate) fn reachable<'a>(&'a self, id: &'a str, kinds: &[Kind]) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![id];
        while let Some(id) = waiting.pop() {
            if reached.insert(id) {
                waiting.extend(self.direct(id, kinds));
            }
        }
        reached
    }
}

fn kind(dependency: &Value) -> Kind {
    match dependency["kind"].as_str() {
        Some("build") => Kind::Build,
        Some("dev") => Kind::Dev,
        _ => Kind::Normal,
    }
}
