//! The table of keys for the reference pages.

use std::fmt::Write as _;

use playhead_model::keys::{EventSet, EventType, KEYS, KeySpec, Kind, Place};

/// Renders the table of keys in Markdown, one section for each object.
pub fn keys_table_markdown() -> String {
    let sections = [
        (Place::Envelope, "The event"),
        (Place::PlayerTime, "`playerTime`"),
        (Place::Params, "`params`"),
        (Place::Qoe, "`qoeData`"),
        (Place::CustomerId, "An entry of `visitor.customerIDs`"),
        (Place::Edge, "The event, on Edge alone"),
        (
            Place::Alias,
            "Other spellings in `qoeData`, lenient profile",
        ),
    ];
    let mut page = String::new();
    for (place, title) in sections {
        line(&mut page, &format!("## {title}\n"));
        line(
            &mut page,
            "| Key | Type | Events | Required | On Edge, below `xdm` | Meaning |",
        );
        line(&mut page, "|---|---|---|---|---|---|");
        for spec in KEYS.iter().filter(|spec| spec.place == place) {
            line(&mut page, &row(spec));
        }
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn line(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes all writes");
}

fn row(spec: &KeySpec) -> String {
    let required = match spec.required {
        set if set.is_empty() => "no".to_owned(),
        set if set == spec.events => "yes".to_owned(),
        set => events(set),
    };
    let (name, about) = (spec.name, spec.about);
    let edge = match spec.edge {
        Some(edge) => format!("`{}`", edge.path),
        None => "–".to_owned(),
    };
    format!(
        "| `{name}` | {} | {} | {required} | {edge} | {about} |",
        kind(spec.kind),
        events(spec.events)
    )
}

fn events(set: EventSet) -> String {
    if set.is_empty() || set == EventSet::ALL {
        return "all".to_owned();
    }
    set.iter()
        .map(EventType::name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::ErrorId | Kind::StateName | Kind::EventType => "string",
        Kind::Number => "number",
        Kind::NonNegative => "number, not negative",
        Kind::Integer => "integer",
        Kind::Boolean => "boolean",
        Kind::PlayerTime | Kind::Params | Kind::QoeData => "object",
        Kind::CustomMetadata => "object of strings",
        Kind::CustomerIds => "object of objects",
        Kind::AuthState => "0, 1 or 2",
        Kind::ErrorSource => "`player` or `external`",
        Kind::StateList => "array of objects",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_key() {
        let page = keys_table_markdown();
        for spec in KEYS {
            assert!(
                page.contains(&format!("| `{}` |", spec.name)),
                "{}",
                spec.name
            );
        }
        assert!(page.contains(
            "| `media.ad.podIndex` | integer | adBreakStart | yes | \
             `mediaCollection.advertisingPodDetails.index` | Place of the break among the \
             breaks of the content, from 0 or 1. |\n"
        ));
        assert!(page.ends_with("|\n") && !page.ends_with("\n\n"));
    }
}
