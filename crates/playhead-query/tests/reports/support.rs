//! Rows in memory, and questions about them.

use playhead_model::report::{Answer, ReportError, Request, SearchAnswer, SearchRequest};
use playhead_query::{Limits, Memory, SessionRow, Surroundings};
use serde_json::{Map, Value};

pub(crate) fn memory(rows: &[Value]) -> Memory {
    filled(Memory::default(), rows)
}

pub(crate) fn filled(mut memory: Memory, rows: &[Value]) -> Memory {
    let empty = Map::new();
    for row in rows {
        let objects = |name: &str| -> Vec<Map<String, Value>> {
            let list = row[name].as_array().unwrap().iter();
            list.map(|part| part.as_object().unwrap().clone()).collect()
        };
        let watched = row["watched"].as_array().unwrap().iter();
        let watched: Vec<(i64, i64)> = watched
            .map(|pair| (pair[0].as_i64().unwrap(), pair[1].as_i64().unwrap()))
            .collect();
        memory.add(&SessionRow {
            suite: row["suite"].as_str().unwrap(),
            session: row["session"].as_object().unwrap(),
            ads: &objects("ads"),
            chapters: &objects("chapters"),
            states: row["states"].as_object().unwrap_or(&empty),
            watched: &watched,
            is_live: row["isLive"] == true,
            started_at: row["startedAt"].as_i64().unwrap(),
            last_at: row["lastAt"].as_i64().unwrap(),
            position: row["position"].as_i64(),
        });
    }
    memory.finish();
    memory
}

pub(crate) fn ask(memory: &Memory, request: &Value) -> Result<Answer, ReportError> {
    ask_within(memory, request, Limits::default())
}

pub(crate) fn find(memory: &Memory, request: &Value) -> Result<SearchAnswer, ReportError> {
    let request: SearchRequest = serde_json::from_value(request.clone()).unwrap();
    playhead_query::search(memory, &request, &Surroundings::default(), &|| None)
}

pub(crate) fn ask_within(
    memory: &Memory,
    request: &Value,
    limits: Limits,
) -> Result<Answer, ReportError> {
    let request: Request = serde_json::from_value(request.clone()).unwrap();
    let surroundings = Surroundings {
        limits,
        ..Surroundings::default()
    };
    playhead_query::run(memory, &request, &surroundings, &|| None)
}
