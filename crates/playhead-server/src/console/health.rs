//! Whether the server is alive and ready, and the clock of a test server.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use playhead_model::time::ReceivedMs;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Console;
use super::error::{Answer, Failure};
use crate::door::Phase;

pub(super) async fn live() -> StatusCode {
    StatusCode::OK
}

pub(super) async fn ready(State(console): State<Arc<Console>>) -> (StatusCode, Json<Value>) {
    let mut reasons = Vec::new();
    if *console.phase.borrow() == Phase::Draining {
        reasons.push("the server is shutting down".to_owned());
    }
    match console.cell.ask(|cell| cell.unready()).await {
        Ok(unavailable) => reasons.extend(unavailable),
        Err(ended) => reasons.push(ended.to_string()),
    }
    let is_ready = reasons.is_empty();
    let warnings = console.closing.failures();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({ "ready": is_ready, "reasons": reasons, "warnings": warnings });
    (status, Json(body))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockRequest {
    to_ms: u64,
}

/// Moves the manual clock; answers when everything due by then is done.
pub(super) async fn clock(
    State(console): State<Arc<Console>>,
    request: Result<Json<ClockRequest>, axum::extract::rejection::JsonRejection>,
) -> Answer<Json<Value>> {
    let Json(request) = request.map_err(|rejection| Failure::question(rejection.body_text()))?;
    let to = ReceivedMs(request.to_ms);
    let moved = console.cell.ask(move |cell| cell.set_clock(to)).await?;
    moved.map_err(Failure::question)?;
    Ok(Json(json!({ "now_ms": request.to_ms })))
}
