//! Which column of a part has the values that a report asks for by name.

use std::sync::LazyLock;

use hashbrown::HashMap;
use playhead_model::catalog::{self, Answer, Column};
use playhead_query::Table;

/// Names of columns that are no dimension or metric.
const OTHERS: [(&str, &str); 7] = [
    ("watched", "watched"),
    ("lengthUs", LENGTH_US),
    ("isLive", "is_live"),
    ("startedAt", "started_at"),
    ("lastAt", "last_at"),
    ("position", "close_position"),
    ("startPosition", "start_position"),
];
/// The id of a session.
pub(super) const SID: &str = "sid";
/// It is 0 where [`LENGTH`] is null.
pub(super) const LENGTH_US: &str = "length_us";
pub(super) const LENGTH: &str = "length";
pub(super) const CUSTOM: &str = "custom_metadata";

/// The table of the store.
pub(super) fn stored(table: Table) -> catalog::Table {
    match table {
        Table::Sessions => catalog::Table::Sessions,
        Table::Ads => catalog::Table::Ads,
        Table::Chapters => catalog::Table::Chapters,
        Table::States => catalog::Table::States,
    }
}

type Names = HashMap<&'static str, &'static Column>;

fn names(table: Table) -> Names {
    let columns = stored(table).columns();
    let mut names = Names::new();
    for column in columns {
        match column.about.answer {
            Answer::Always(name) | Answer::IfSet(name) => names.insert(name, column),
            Answer::No => None,
        };
    }
    let find = |wanted: &str| columns.iter().find(|column| column.name == wanted);
    match table {
        Table::Sessions => names.extend(
            OTHERS
                .iter()
                .filter_map(|(name, column)| Some((*name, find(column)?))),
        ),
        Table::States => names.extend(find("name").map(|column| ("name", column))),
        Table::Ads | Table::Chapters => {}
    }
    names
}

fn all(table: Table) -> &'static Names {
    static ALL: LazyLock<[Names; 4]> = LazyLock::new(|| Table::ALL.map(names));
    &ALL[table as usize]
}

/// The column that a report knows by a name.
pub(super) fn column(table: Table, name: &str) -> Option<&'static Column> {
    all(table).get(name).copied()
}

/// Every name of a table with its column.
pub(super) fn columns(table: Table) -> impl Iterator<Item = (&'static str, &'static Column)> {
    all(table).iter().map(|(name, column)| (*name, *column))
}

#[cfg(test)]
mod tests {
    use playhead_model::catalog::{Origin, Scope, attributes, measures};

    use super::*;

    fn table(scope: Scope) -> Table {
        match scope {
            Scope::Session => Table::Sessions,
            Scope::Ad => Table::Ads,
            Scope::Chapter => Table::Chapters,
            Scope::State => Table::States,
        }
    }

    #[test]
    fn everything_that_can_be_asked_for_has_a_column() {
        for attribute in attributes() {
            if let Origin::Column(name) = &attribute.source {
                assert!(column(table(attribute.scope), name).is_some(), "{name}");
            }
        }
        for measure in measures().iter().filter(|it| !it.column.is_empty()) {
            let name = measure.column;
            assert!(column(table(measure.scope), name).is_some(), "{name}");
        }
        for name in [
            "startTs", "endTs", "isBot", "visitor", "watched", "position",
        ] {
            assert!(column(Table::Sessions, name).is_some(), "{name}");
        }
    }
}
