//! What can be asked of reports.

use axum::Json;
use playhead_model::catalog::catalog_json;
use serde_json::Value;

pub(super) async fn catalog() -> Json<Value> {
    Json(catalog_json())
}
