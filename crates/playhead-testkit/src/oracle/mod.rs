//! A slow, obvious reading of the metric rules, apart from the engine.
//!
//! It keeps everything: each session's complete list of arrivals becomes a list of accepted events
//! (`arrival`), that list is walked from its beginning (`player`), becomes a list of intervals
//! (`timeline`), and each metric is a plain sum over it (`metrics`, `reports`). Nothing is carried
//! forward that can be computed again. Numbers like R2.3 name the rules of the metric definition.

mod arrival;
mod door;
mod event;
mod json;
mod metrics;
mod player;
mod reports;
mod timeline;
mod validate;

#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use arrival::Session;
use door::{Answer, Door};
use event::Place;
use timeline::Timeline;

pub(crate) use json::same;

/// Computes the answer to a test vector: sessions in order of their starts, and the reports.
pub fn compute(vector: &Value) -> Value {
    let door = Door::play(vector);
    let sessions: Vec<Value> = door.sessions.iter().map(metrics::row).collect();
    json!({ "sessions": sessions, "reports": reports::reports(&door.sessions) })
}

/// Tells for each request the status and, if it was acknowledged, the outcomes of its events.
///
/// One object per request: `status`; `session`, the number of the session among `compute`'s from 0;
/// `outcomes`, one word of R2.8 for each event of the body.
pub fn outcomes(vector: &Value) -> Vec<Value> {
    let door = Door::play(vector);
    let answers = door.answers.iter().enumerate();
    answers
        .map(|(request, answer)| outcome_of_request(&door, request, answer))
        .collect()
}

fn outcome_of_request(door: &Door, request: usize, answer: &Answer) -> Value {
    let Some(place) = answer.session else {
        return json!({ "status": answer.status });
    };
    let session = &door.sessions[place];
    let outcomes: Vec<&str> = (0..answer.events)
        .map(|element| match answer.repeated_start {
            true => "duplicate",
            false => outcome_of_event(session, Place { request, element }),
        })
        .collect();
    json!({ "status": answer.status, "session": place, "outcomes": outcomes })
}

/// R2.8: the first that fits.
fn outcome_of_event(session: &Session, place: Place) -> &'static str {
    if session.duplicates.contains(&place) {
        return "duplicate";
    }
    if session.after_close.contains(&place) {
        return "after_close";
    }
    let accepted = session
        .accepted
        .iter()
        .position(|event| event.place == place);
    let index = accepted.expect("an acknowledged event is dropped or accepted");
    if session.accepted[index].late {
        return "late";
    }
    let timeline = Timeline::of(&session.accepted, &session.media);
    if timeline.player.after[index].ignored {
        "ignored"
    } else {
        "accepted"
    }
}
