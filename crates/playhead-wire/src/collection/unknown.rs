//! What to say about a key or an event type that is not in the table.

use playhead_model::{
    body::NodeKey,
    keys::{EventType, Place, keys_of},
};

use super::check::Check;
use crate::faults::{Path, shown};

/// Longest name for which a near one is looked for.
const NAME_BYTES_MAX: usize = 64;
/// Unknown keys of one request for which a near one is looked for.
const SUGGESTED_MAX: usize = 10;

/// Adds the fault of an unknown key.
#[cold]
pub(super) fn fault(
    check: &mut Check,
    path: &Path<'_>,
    key: &NodeKey<'_>,
    place: Place,
    event: Option<EventType>,
) {
    let name = key.name();
    let elsewhere = misplaced(key, place, event);
    let near = match elsewhere {
        None if check.suggested < SUGGESTED_MAX => {
            check.suggested += 1;
            // The envelope and playerTime have the same keys on every event.
            let event = event.unwrap_or(EventType::SessionStart);
            nearest(name, keys_of(event, place).map(|spec| spec.name))
        }
        _ => None,
    };
    check.add(&path.key(name), || match (elsewhere, near) {
        (Some(elsewhere), _) => elsewhere,
        (None, Some(near)) => format!("is not a known key; did you mean {near}?"),
        (None, None) => "is not a known key".to_owned(),
    });
}

/// Says where a key of the table belongs, if not here.
fn misplaced(key: &NodeKey<'_>, place: Place, event: Option<EventType>) -> Option<String> {
    let NodeKey::Known(known) = key else {
        return None;
    };
    let spec = known.spec();
    let container = match spec.place {
        Place::Envelope => "the event itself",
        Place::PlayerTime => "playerTime",
        Place::Params => "params",
        Place::Qoe => "qoeData",
        Place::CustomerId | Place::Edge | Place::Alias => return None,
    };
    if spec.place != place {
        return Some(format!("belongs in {container}"));
    }
    let owners: Vec<_> = spec.events.iter().map(EventType::name).collect();
    Some(format!(
        "is a key of {}, not of {}",
        owners.join(" and "),
        event.map_or("this event", EventType::name)
    ))
}

/// Says that a name is no event type.
#[cold]
pub(super) fn event_type(name: &str) -> String {
    match nearest(name, EventType::PUBLISHED.iter().map(|event| event.name())) {
        Some(near) => format!("\"{}\" is no event type; did you mean {near}?", shown(name)),
        None => format!("\"{}\" is no event type", shown(name)),
    }
}

/// The known name that was most likely meant: the same but for case or the words before it, or a
/// few letters off.
fn nearest(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return None;
    }
    let plain = name.to_ascii_lowercase();
    let last_words = format!(".{plain}");
    let distance = |known: &str| {
        let known = known.to_ascii_lowercase();
        if known.ends_with(&last_words) {
            0
        } else {
            strsim::damerau_levenshtein(&plain, &known)
        }
    };
    let allowed = 1 + name.len() / 6;
    known
        .map(|known| (distance(known), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, known)| known)
}
