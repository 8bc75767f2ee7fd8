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
    let names = console.names.borrow().clone();
    let mut suites = seen;
    // Data that no player sent here has suites too.
    suites.extend(console.store.suites());
    suites.remove("");
    suites.extend(names.suites.keys().cloned());
    let suites: Vec<Value> = suites
        .iter()
        .map(|suite| json!({ "id": suite, "timeZone": names.time_zone(suite) }))
        .collect();
    Ok(Json(json!({
        "version": console.version,
        "door": about.door,
        "now": now.0,
        "clock": if about.is_clock_manual { "manual" } else { "system" },
        "asksForToken": about.has_token,
        "received": received,
        "timeZone": names.time_zone,
        "suites": suites,
    })))
}
