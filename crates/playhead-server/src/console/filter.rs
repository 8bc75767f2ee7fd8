//! Filters of the list of sessions that the store knows nothing of.
//!
//! A session is looked at as it would be answered, so these filters cost time with each session that
//! does not match; a question looks at a bounded number of them and says where to go on.

use playhead_store::parts::Query;
use serde_json::Value;

/// Sessions looked at in one question.
pub(super) const LOOKED_AT_MAX: usize = 5_000;
/// Sessions looked at between two glances at whether it is enough.
const STEP: usize = 500;

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Beginning of the session id.
    pub(super) sid: Option<String>,
    /// Part of the id or the name of the content, in any case.
    pub(super) content: Option<String>,
    pub(super) visitor: Option<String>,
    pub(super) sdk: Option<String>,
}

impl Filter {
    fn is_empty(&self) -> bool {
        let Self {
            sid,
            content,
            visitor,
            sdk,
        } = self;
        [sid, content, visitor, sdk]
            .iter()
            .all(|wanted| wanted.is_none())
    }

    /// How many sessions to look at before the next glance.
    pub(super) fn step(&self, query: &Query) -> usize {
        if self.is_empty() { query.limit } else { STEP }
    }

    /// Whether a session is asked for, by its answer.
    pub(super) fn takes(&self, answer: &Value) -> bool {
        let session = &answer["session"];
        let is = |value: &Value, wanted: &Option<String>| {
            wanted.as_deref().is_none_or(|wanted| value == wanted)
        };
        let has = |value: &Value, wanted: &str| {
            value
                .as_str()
                .is_some_and(|text| text.to_lowercase().contains(wanted))
        };
        let sid = answer["sid"].as_str().unwrap_or("");
        self.sid
            .as_deref()
            .is_none_or(|wanted| sid.starts_with(wanted))
            && is(&session["visitor"], &self.visitor)
            && is(&session["appVersion"], &self.sdk)
            && self.content.as_deref().is_none_or(|wanted| {
                let wanted = wanted.to_lowercase();
                has(&session["name"], &wanted) || has(&session["friendlyName"], &wanted)
            })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_part_of_a_filter_has_to_fit() {
        let answer = json!({
            "sid": "0198ab",
            "session": {"name": "film-1", "friendlyName": "The Big Film", "visitor": "v1", "appVersion": "2.0"},
        });
        let some = |text: &str| Some(text.to_owned());
        let takes = |filter: Filter| filter.takes(&answer);
        assert!(takes(Filter::default()));
        assert!(takes(Filter {
            content: some("big"),
            sid: some("0198"),
            ..Filter::default()
        }));
        assert!(takes(Filter {
            content: some("FILM-1"),
            visitor: some("v1"),
            ..Filter::default()
        }));
        assert!(!takes(Filter {
            content: some("big"),
            visitor: some("v2"),
            ..Filter::default()
        }));
        assert!(!takes(Filter {
            sid: some("98ab"),
            ..Filter::default()
        }));
        assert!(!takes(Filter {
            sdk: some("2"),
            ..Filter::default()
        }));
    }
}
