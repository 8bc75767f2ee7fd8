//! Recorded traffic of a Collection API client, read as a test vector.

use serde_json::{Value, json};

/// Makes a vector of the requests of a capture; session ids become `{sid1}`, `{sid2}`, ...
///
/// Preflights are left out. What a client sent to the Edge API is not a vector: it yields nothing.
pub fn from_capture(capture: &Value) -> Value {
    let mut sids: Vec<String> = Vec::new();
    let mut requests = Vec::new();
    for exchange in posts(capture) {
        let mut path = exchange["path"].as_str().unwrap_or_default().to_owned();
        if let Some(number) = sids.iter().position(|sid| path.contains(sid.as_str())) {
            path = path.replace(&sids[number], &format!("{{sid{}}}", number + 1));
        }
        let location = exchange["responseHeaders"]["location"].as_str();
        sids.extend(
            location
                .and_then(|location| location.rsplit('/').next())
                .map(str::to_owned),
        );
        requests.push(json!({
            "at_ms": exchange["atMs"],
            "path": path,
            "body": exchange["requestJson"],
        }));
    }
    json!({ "name": capture["client"]["name"], "source": "capture", "requests": requests })
}

/// The status of each answer in the capture, in the order of `from_capture`.
pub fn recorded_statuses(capture: &Value) -> Vec<u64> {
    posts(capture)
        .filter_map(|exchange| exchange["status"].as_u64())
        .collect()
}

fn posts(capture: &Value) -> impl Iterator<Item = &Value> {
    let exchanges = capture["exchanges"].as_array().into_iter().flatten();
    exchanges.filter(|exchange| {
        let path = exchange["path"].as_str().unwrap_or_default();
        exchange["method"] == "POST" && path.starts_with("/api/")
    })
}
