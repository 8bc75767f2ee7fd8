//! What the server says about itself: what a page needs before it can ask for anything else.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Console;
use super::error::Answer;

/// What stands fixed while the server runs.
#[derive(Clone, Debug)]
pub struct About {
    /// Where players send to, as a URL.
    pub door: String,
    /// Whether server time is moved by hand.
    pub is_clock_manual: bool,
    /// Whether a token is asked for.
    pub has_token: bool,
    /// Time zones of the configured suites.
    pub time_zones: Vec<(String, String)>,
    /// The time zone of all other suites.
    pub default_time_zone: String,
}

pub(super) async fn server(State(console): State<Arc<Console>>) -> Answer<Json<Value>> {
    let (now, seen, received) = console
        .cell
        .ask(|cell| {
            let counts = super::outcomes::counts(cell);
            let received: u64 = counts.iter().map(|(_, counts)| counts.received()).sum();
            let seen: BTreeSet<String> = counts
                .into_iter()
                .map(|(tag, _)| tag.suite.into())
                .collect();
            (cell.now(), seen, received)
        })
        .await?;
    let about = &console.about;
    let mut suites = seen;
    suites.remove("");
    suites.extend(about.time_zones.iter().map(|(suite, _)| suite.clone()));
    let suites: Vec<Value> = suites
        .iter()
        .map(|suite| json!({ "id": suite, "timeZone": about.time_zone(suite) }))
        .collect();
    Ok(Json(json!({
        "version": console.version,
        "door": about.door,
        "now": now.0,
        "clock": if about.is_clock_manual { "manual" } else { "system" },
        "asksForToken": about.has_token,
        "received": received,
        "timeZone": about.default_time_zone,
        "suites": suites,
    })))
}

impl About {
    fn time_zone(&self, suite: &str) -> &str {
        let configured = self.time_zones.iter().find(|(id, _)| id == suite);
        configured.map_or(&self.default_time_zone, |(_, zone)| zone)
    }
}
