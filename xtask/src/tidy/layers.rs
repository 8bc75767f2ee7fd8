//! Who may depend on whom (ARCHITECTURE.md, invariants).

use crate::metadata::{Graph, Kind, Package};

/// Crates of ours, and those of ours that each may name. Tests may name any, and crates that are
/// not listed here (the binary, the bench, xtask, tools for tests) too.
const MAY_USE: &[(&str, &[&str])] = &[
    ("playhead-model", &[]),
    ("playhead-config", &[]),
    ("playhead-log", &[]),
    ("playhead-wire", &["playhead-model"]),
    ("playhead-session", &["playhead-model"]),
    ("playhead-store", &["playhead-model"]),
    ("playhead-query", &["playhead-model"]),
    ("playhead-sender", &["playhead-config", "playhead-model"]),
    ("playhead-simulator", &["playhead-model"]),
    (
        "playhead-engine",
        &[
            "playhead-model",
            "playhead-log",
            "playhead-query",
            "playhead-session",
            "playhead-store",
            "playhead-wire",
        ],
    ),
    (
        "playhead-server",
        &[
            "playhead-model",
            "playhead-wire",
            "playhead-log",
            "playhead-query",
            "playhead-session",
            "playhead-sender",
            "playhead-store",
            "playhead-engine",
        ],
    ),
    (
        "playhead-sql",
        &[
            "playhead-model",
            "playhead-query",
            "playhead-store",
            "playhead-engine",
            "playhead-server",
        ],
    ),
];

/// Crates that read no clock, draw no randomness and do no I/O.
const PURE: &[&str] = &[
    "playhead-model",
    "playhead-wire",
    "playhead-session",
    "playhead-query",
];

/// What a pure crate must not reach, however indirectly.
const IMPURE: &[&str] = &[
    "axum",
    "datafusion",
    "fastrand",
    "getrandom",
    "hyper",
    "hyper-util",
    "maxminddb",
    "mio",
    "rand",
    "rand_core",
    "rustix",
    "socket2",
    "tempfile",
    "tokio",
    "tracing-subscriber",
];

/// Dependencies that one crate alone may name.
const ALONE: &[(&str, &str)] = &[
    ("axum", "playhead-server"),
    ("datafusion", "playhead-sql"),
    ("pgwire", "playhead-sql"),
];

pub(crate) fn check(graph: &Graph, findings: &mut Vec<String>) {
    for (id, member) in graph.members() {
        check_neighbours(graph, id, member, findings);
        if PURE.contains(&member.name.as_str()) {
            check_purity(graph, id, member, findings);
        }
    }
}

fn check_neighbours(graph: &Graph, id: &str, member: &Package, findings: &mut Vec<String>) {
    let allowed = MAY_USE
        .iter()
        .find(|(name, _)| *name == member.name)
        .map(|(_, allowed)| *allowed);
    for dependency in graph.direct(id, &[Kind::Normal, Kind::Build]) {
        let dependency = &graph.0[dependency];
        let name = dependency.name.as_str();
        if dependency.is_member && allowed.is_some_and(|allowed| !allowed.contains(&name)) {
            findings.push(format!(
                "{} must not depend on {name} (xtask/src/tidy/layers.rs)",
                member.name
            ));
        }
        let owner = ALONE.iter().find(|(alone, _)| *alone == name);
        if let Some((_, owner)) = owner.filter(|(_, owner)| *owner != member.name) {
            findings.push(format!(
                "{} depends on {name}, which only {owner} may",
                member.name
            ));
        }
    }
}

fn check_purity(graph: &Graph, id: &str, member: &Package, findings: &mut Vec<String>) {
    for reached in graph.reachable(id, &[Kind::Normal]) {
        let name = graph.0[reached].name.as_str();
        if IMPURE.contains(&name) {
            findings.push(format!("{} is pure and must not reach {name}", member.name));
        }
    }
}
