//! The reference page of metrics and dimensions, made from the catalogue.

use std::fmt::Write as _;

use super::{METRICS, MetricSpec, Scope, dimensions_of};

const HEAD: &str = "\
<!-- Made from crates/playhead-model/src/catalog.rs by `cargo xtask docs`. Do not edit. -->

# Metrics and dimensions by name

The metrics of a session and the dimensions that clients send, as they are called in JSON. What they mean, and the metrics of
ads, chapters and player states, stand in [metrics](../metrics.md); keys stand in [keys](keys.md).

## Metrics of a session

| Name | Title | Unit | Rule |
|---|---|---|---|
";

/// Gives the whole text of `docs/reference/metrics.md`.
pub fn reference_markdown() -> String {
    let mut page = String::from(HEAD);
    for spec in METRICS {
        line(&mut page, &metric(spec));
    }
    for (scope, title) in [
        (Scope::Session, "Dimensions of a session"),
        (Scope::Ad, "Dimensions of an ad"),
        (Scope::Chapter, "Dimensions of a chapter"),
    ] {
        line(&mut page, &format!("\n## {title}\n"));
        line(&mut page, "| Name | Title | Key |\n|---|---|---|");
        for spec in dimensions_of(scope) {
            let (name, title, key) = (spec.name, spec.title, spec.key.name());
            line(&mut page, &format!("| `{name}` | {title} | `{key}` |"));
        }
    }
    page
}

fn metric(spec: &MetricSpec) -> String {
    let (name, title, unit, rule) = (spec.name, spec.title, spec.unit.name(), spec.rule);
    format!("| `{name}` | {title} | {unit} | [{rule}](../metrics.md#{rule}) |")
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes all writes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_catalogue_is_defined() {
        let definitions = include_str!("../../../../docs/metrics.md");
        for spec in METRICS {
            let anchor = format!("<a id=\"{}\"></a>", spec.rule);
            assert!(
                definitions.contains(&anchor),
                "{}: {}",
                spec.name,
                spec.rule
            );
            assert!(definitions.contains(&format!("`{}`", spec.name)) || is_marker(spec.name));
        }
    }

    /// The middle ones of `hasProgress10` … `hasProgress95` stand there as dots.
    fn is_marker(name: &str) -> bool {
        name.starts_with("hasProgress")
    }

    #[test]
    fn every_rule_of_an_outcome_is_defined() {
        let definitions = include_str!("../../../../docs/metrics.md");
        for rule in crate::outcome::Rule::ALL {
            let clause = rule.name().split(' ').next().unwrap_or_default();
            let anchor = format!("<a id=\"{clause}\"></a>");
            assert!(
                !clause.starts_with('R') || definitions.contains(&anchor),
                "{clause}"
            );
        }
    }
}
