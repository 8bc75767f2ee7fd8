//! What can be asked of reports.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use playhead_engine::live::dimensions;
use playhead_model::catalog::catalog_json;
use serde_json::{Value, json};

use super::Console;

/// What everyone has, and what the settings add.
pub(super) async fn catalog(State(console): State<Arc<Console>>) -> Json<Value> {
    let mut catalog = catalog_json();
    let live: Vec<_> = dimensions().map(|it| it.name).collect();
    for dimension in catalog["dimensions"].as_array_mut().into_iter().flatten() {
        dimension["live"] = live.iter().any(|name| dimension["name"] == **name).into();
    }
    let own = console.own.borrow();
    let mut add = |to: &str, more: Vec<Value>| {
        if let Some(list) = catalog[to].as_array_mut() {
            list.extend(more);
        }
    };
    let formulas = own.formulas.iter().map(
        |it| json!({ "name": it.name, "title": it.title, "unit": "number", "formula": it.formula }),
    );
    add("calculatedMetrics", formulas.collect());
    let segments = own.segments.iter();
    let segments =
        segments.map(|it| json!({ "name": it.name, "title": it.title, "filters": it.filters }));
    add("segments", segments.collect());
    Json(catalog)
}
