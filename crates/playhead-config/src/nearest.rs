//! The key that was probably meant.

use crate::keys::{FAMILIES, KEYS};

/// Finds the key nearest to an unknown one. There always is one: a poor guess costs less than
/// none.
pub(crate) fn nearest(unknown: &str) -> String {
    let mut best = (f64::NEG_INFINITY, String::new());
    let candidates = KEYS
        .iter()
        .map(|key| key.name.to_owned())
        .chain(family_candidates(unknown));
    for candidate in candidates {
        let likeness = likeness(unknown, &candidate);
        if likeness > best.0 {
            best = (likeness, candidate);
        }
    }
    best.1
}

/// Gives the keys of each family under the id that was typed, if three names were typed.
fn family_candidates(unknown: &str) -> Vec<String> {
    let id = unknown
        .split_once('.')
        .and_then(|(_, rest)| rest.rsplit_once('.'));
    let Some((id, _)) = id else { return Vec::new() };
    let of = |family: &'static crate::keys::Family| {
        let keys = family.keys.iter();
        keys.map(move |key| format!("{}.{id}.{}", family.name, key.name))
    };
    FAMILIES.into_iter().flat_map(of).collect()
}

/// Compares the whole, and what follows the last dot: the name is often right and only the section
/// forgotten.
fn likeness(unknown: &str, candidate: &str) -> f64 {
    let whole = strsim::normalized_damerau_levenshtein(unknown, candidate);
    let last = strsim::normalized_damerau_levenshtein(last(unknown), last(candidate));
    whole.max(0.9 * last)
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_the_one_that_was_meant() {
        let cases = [
            ("log.max_agee", "log.max_age"),
            ("log_max_age", "log.max_age"),
            ("max_age", "log.max_age"),
            ("lisen", "listen"),
            ("dor.suite_max", "door.suites_max"),
            ("console.tokenfile", "console.token_file"),
            ("suite.shop.profil", "suites.shop.profile"),
            ("suites.shop.timezone", "suites.shop.time_zone"),
            ("datastreams.web.suit", "datastreams.web.suite"),
        ];
        for (unknown, meant) in cases {
            assert_eq!(nearest(unknown), meant, "{unknown}");
        }
    }
}
