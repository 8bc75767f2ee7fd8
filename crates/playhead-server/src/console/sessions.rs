//! One session: its numbers, its events, and why the numbers are what they are.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use playhead_engine::history::{self, HistoryError};
use playhead_model::ids::{EventRef, SessionId};
use playhead_model::record::Record;
use playhead_session::explain::{self, Explanation, Received, Way};
use serde_json::{Value, json};

use super::Console;
use super::error::{Answer, Failure};
use super::find::Found;

pub(super) async fn session(
    State(console): State<Arc<Console>>,
    Path(sid): Path<String>,
) -> Answer<Json<Value>> {
    let found = console.find(parse(&sid)?).await?;
    found.answer(&console).map(Json)
}

pub(super) async fn events(
    State(console): State<Arc<Console>>,
    Path(sid): Path<String>,
) -> Answer<Json<Value>> {
    let sid = parse(&sid)?;
    let found = console.find(sid).await?;
    let explanation = explained(&console, sid, &found)?.to_json();
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
    let explanation = explained(&console, sid, &found)?;
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
fn explained(console: &Console, sid: SessionId, found: &Found) -> Answer<Explanation> {
    let stored =
        history::records(&console.log, sid, found.tail()).map_err(|error| match error {
            HistoryError::Retired | HistoryError::Foreign(_) => Failure::gone(error.to_string()),
            other => Failure::internal(&other),
        })?;
    let mut received = Vec::with_capacity(stored.len());
    for record in &stored {
        let event_ref = EventRef(record.position.0);
        match record.record() {
            Some(Record::Start { at, body, .. }) => received.push(Received {
                event_ref,
                at,
                body,
                way: Way::Alone,
            }),
            Some(Record::Event { at, body, .. }) => received.push(Received {
                event_ref,
                at,
                body: body.bytes(),
                way: Way::Alone,
            }),
            Some(Record::Batch { at, bodies, .. }) => {
                received.extend(bodies.into_iter().zip(0..).map(|(body, number)| Received {
                    event_ref: EventRef(number),
                    at,
                    body,
                    way: Way::InBatch,
                }));
            }
            // It has the bodies of what it repeats, which comes first.
            Some(Record::Repeat { at, events, .. }) => {
                for number in 0..events as usize {
                    let Some(&first) = received.get(number) else {
                        break;
                    };
                    received.push(Received {
                        event_ref,
                        at,
                        way: Way::Repeated,
                        ..first
                    });
                }
            }
            _ => {}
        }
    }
    let (start, events) = received
        .split_first()
        .ok_or_else(|| Failure::not_found("the session has no events"))?;
    let input = explain::Input {
        sid,
        rules: found.rules(),
        start: *start,
        events,
        downloaded: found.is_batch(),
        now: found.now(),
    };
    explain::explain(&input).map_err(|error| Failure::internal(&error))
}
