//! One session: its numbers, its events, and why the numbers are what they are.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use playhead_engine::history::{self, Events, HistoryError};
use playhead_model::ids::SessionId;
use playhead_session::explain::{self, Explanation};
use serde_json::{Value, json};

use super::Console;
use super::error::{Answer, Failure};
use super::find::Found;

pub(super) async fn session(
    State(console): State<Arc<Console>>,
    Path(sid): Path<String>,
) -> Answer<Json<Value>> {
    let found = console.find(parse(&sid)?).await?;
    Ok(Json(found.answer(&console)))
}

pub(super) async fn events(
    State(console): State<Arc<Console>>,
    Path(sid): Path<String>,
) -> Answer<Json<Value>> {
    let sid = parse(&sid)?;
    let found = console.find(sid).await?;
    let explanation = explained(&console, sid, &found).await?.to_json();
    Ok(Json(
        json!({ "sid": sid.to_string(), "events": explanation["events"] }),
    ))
}

/// JSON, or text for a terminal if that is what is accepted.
pub(super) async fn explain(
    State(console): State<Arc<Console>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let sid = parse(&sid)?;
    let found = console.find(sid).await?;
    let explanation = explained(&console, sid, &found).await?;
    let wants_text = headers
        .get(ACCEPT)
        .is_some_and(|accept| accept == "text/plain");
    if wants_text {
        let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
        return Ok((plain, explanation.to_text()).into_response());
    }
    Ok(Json(explanation.to_json()).into_response())
}

fn parse(sid: &str) -> Answer<SessionId> {
    sid.parse()
        .map_err(|error: playhead_model::ids::NotASessionId| Failure::question(error.to_string()))
}

/// Runs the machine once more over what the log holds of the session.
async fn explained(console: &Console, sid: SessionId, found: &Found) -> Answer<Explanation> {
    let rules = found.rules(console).await?;
    let records = history::records(&console.log, sid, found.tail(console)?);
    let records = records.map_err(|error| match error {
        HistoryError::Retired | HistoryError::Foreign(_) => Failure::gone(error.to_string()),
        other => Failure::internal(&other),
    })?;
    let Events { received, .. } = Events::of(&records);
    let (start, events) = received
        .split_first()
        .ok_or_else(|| Failure::not_found("the session has no events"))?;
    let input = explain::Input {
        sid,
        rules: &rules,
        start: *start,
        events,
        downloaded: found.is_batch(),
        now: found.now(),
    };
    explain::explain(&input).map_err(|error| Failure::internal(&error))
}
