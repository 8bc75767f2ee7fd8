//! Licences of all dependencies, those of tests included.

use crate::metadata::Graph;

/// Licences that ask for no more than a notice.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub(crate) fn check(graph: &Graph, findings: &mut Vec<String>) {
    for package in graph.0.values() {
        let name = format!("{} {}", package.name, package.version);
        match &package.licence {
            None => findings.push(format!("{name} names no licence")),
            Some(licence) if !is_allowed(licence) => {
                findings.push(format!(
                    "{name} has a licence that is not allowed: {licence}"
                ));
            }
            Some(_) => {}
        }
    }
}

/// Says whether an SPDX expression can be met by allowed licences. `/` is the old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest) && rest.is_empty()
}

fn either(words: &mut &[&str]) -> bool {
    let mut allowed = both(words);
    while let ["OR", after @ ..] = words {
        *words = after;
        allowed |= both(words);
    }
    allowed
}

fn both(words: &mut &[&str]) -> bool {
    let mut allowed = one(words);
    while let ["AND", after @ ..] = words {
        *words = after;
        allowed &= one(words);
    }
    allowed
}

fn one(words: &mut &[&str]) -> bool {
    match *words {
        ["(", after @ ..] => {
            *words = after;
            let allowed = either(words);
            let closes = words.first() == Some(&")");
            *words = words.get(1..).unwrap_or_default();
            allowed && closes
        }
        [licence, "WITH", exception, after @ ..] => {
            *words = after;
            ALLOWED.contains(&format!("{licence} WITH {exception}").as_str())
        }
        [licence, after @ ..] => {
            *words = after;
            ALLOWED.contains(licence)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_met_by_allowed_licences() {
        for yes in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
            "((MIT))",
        ] {
            assert!(is_allowed(yes), "{yes}");
        }
        for no in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR Apache-2.0) AND GPL-3.0",
            "(MIT",
            "MIT MIT",
            "MIT WITH some-exception",
            "OR",
        ] {
            assert!(!is_allowed(no), "{no}");
        }
    }
}
