//! The reference page of metrics and dimensions, made from the catalogue.

use std::fmt::Write as _;

use super::{
    Answer, Attribute, CALCULATED, Column, Measure, Origin, Scope, Source, Table, attributes,
    dimensions_of, measures, ready_made,
};

const HEAD: &str = "\
<!-- Made from crates/playhead-model/src/catalog by `cargo xtask docs`. Do not edit. -->

# Metrics and dimensions by name

Metrics and dimensions as they are called in JSON. What they mean stands in [metrics](../metrics.md), keys stand in
[keys](keys.md), and how to ask for them in [reports](../reports.md).

## Metrics

A metric of a session or of a part of one. `state.<name>.isSet`, `.count` and `.time` exist for every other player state too.

| Name | Title | Unit | Rule |
|---|---|---|---|
";

const CALCULATED_HEAD: &str = "
## Calculated metrics

Computed from the sums of a row ([R9.8](../metrics.md#R9.8)); empty where there is nothing to divide by.

| Name | Title | Unit | Formula |
|---|---|---|---|
";

const COMPUTED_HEAD: &str = "
## Dimensions that are computed

Every metric of a session is a dimension as well, by its value. `custom.<key>`, `ad.custom.<key>` and `chapter.custom.<key>` are the
values of custom metadata.

| Name | Title |
|---|---|
";

const TABLES_HEAD: &str = "\
<!-- Made from crates/playhead-model/src/catalog/table.rs by `cargo xtask docs`. Do not edit. -->

# Tables and their columns

What is told of closed sessions in columns, one row a session, ad, chapter, player state or event. Whole seconds are rounded once, at the close; the columns that end in `_ms` and `_us` are
exact. Times are milliseconds since 1970: those of a client by its own clock, which may be wrong by years, those of the
server by its clock. A column that a row lacks is null. `start_position` is the same in all tables, and different for every session.
";

/// Gives the whole text of `docs/reference/tables.md`.
pub fn tables_markdown() -> String {
    let mut page = String::from(TABLES_HEAD);
    for table in Table::ALL {
        line(&mut page, &format!("\n## {}\n", table.name()));
        line(
            &mut page,
            "| Column | Type | Unit | Meaning | In JSON | From |",
        );
        line(&mut page, "|---|---|---|---|---|---|");
        for column in table.columns() {
            line(&mut page, &column_line(column));
        }
    }
    page
}

fn column_line(column: &Column) -> String {
    let (name, kind, about) = (column.name, column.kind.name(), column.about);
    let null = if column.is_nullable { ", null" } else { "" };
    let answer = match about.answer {
        Answer::No => String::new(),
        Answer::Always(name) | Answer::IfSet(name) => format!("`{name}`"),
    };
    let source = match about.source {
        Source::Rule(rule) => format!("[{rule}](../metrics.md#{rule})"),
        Source::Key(key) => format!("`{}`", key.name()),
        Source::Door => "the door".to_owned(),
        Source::Engine => "the engine".to_owned(),
    };
    let (title, unit) = (about.title, about.unit.name());
    format!("| `{name}` | {kind}{null} | {unit} | {title} | {answer} | {source} |")
}

/// Gives the whole text of `docs/reference/metrics.md`.
pub fn reference_markdown() -> String {
    let mut page = String::from(HEAD);
    for measure in measures() {
        line(&mut page, &metric(&measure));
    }
    page.push_str(CALCULATED_HEAD);
    for it in CALCULATED {
        let (name, title, unit, formula) = (it.name, it.title, it.unit.name(), it.formula);
        line(
            &mut page,
            &format!("| `{name}` | {title} | {unit} | `{formula}` |"),
        );
    }
    for (scope, title) in [
        (Scope::Session, "Dimensions of a session"),
        (Scope::Ad, "Dimensions of an ad"),
        (Scope::Chapter, "Dimensions of a chapter"),
    ] {
        line(&mut page, &format!("\n## {title}\n"));
        line(&mut page, "| Name | Title | Key |\n|---|---|---|");
        for spec in dimensions_of(scope) {
            let name = match scope {
                Scope::Session => spec.name.to_owned(),
                _ => format!("{}.{}", scope.name(), spec.name),
            };
            let (title, key) = (spec.title, spec.key.name());
            line(&mut page, &format!("| `{name}` | {title} | `{key}` |"));
        }
    }
    page.push_str(COMPUTED_HEAD);
    for attribute in attributes().iter().filter(|it| is_computed(it)) {
        let list = if attribute.is_list { ", a list" } else { "" };
        line(
            &mut page,
            &format!("| `{}` | {}{list} |", attribute.name, attribute.title),
        );
    }
    line(&mut page, "\n## Segments\n\n| Name | Title |\n|---|---|");
    for segment in ready_made() {
        line(
            &mut page,
            &format!("| `{}` | {} |", segment.name, segment.title),
        );
    }
    page
}

/// Neither sent as it is nor the value of a metric.
fn is_computed(attribute: &Attribute) -> bool {
    let is_sent = |scope| {
        dimensions_of(scope).any(|spec| {
            attribute.source == Origin::Column(spec.name.into()) && attribute.scope == scope
        })
    };
    let is_metric = measures().iter().any(|it| it.name == attribute.name);
    !is_sent(attribute.scope) && !is_metric
}

fn metric(measure: &Measure) -> String {
    let (name, title) = (&measure.name, &measure.title);
    let (unit, rule) = (measure.unit.name(), measure.rule);
    format!("| `{name}` | {title} | {unit} | [{rule}](../metrics.md#{rule}) |")
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes all writes");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::METRICS;

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

    #[test]
    fn every_rule_of_a_column_is_defined() {
        let definitions = include_str!("../../../../docs/metrics.md");
        for column in Table::ALL.iter().flat_map(|table| table.columns()) {
            if let Source::Rule(rule) = column.about.source {
                let anchor = format!("<a id=\"{rule}\"></a>");
                assert!(definitions.contains(&anchor), "{}: {rule}", column.name);
            }
        }
    }

    #[test]
    fn every_rule_of_a_report_is_defined() {
        let definitions = include_str!("../../../../docs/metrics.md");
        let rules = measures().into_iter().map(|it| it.rule);
        for rule in rules.chain(CALCULATED.iter().map(|it| it.rule)) {
            assert!(
                definitions.contains(&format!("<a id=\"{rule}\"></a>")),
                "{rule}"
            );
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
