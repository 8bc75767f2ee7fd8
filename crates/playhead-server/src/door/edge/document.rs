//! Documents: what became of events, with handles for the client to act on.

use hyper::StatusCode;
use playhead_engine::intake::{EdgeTaken, Refused};
use playhead_model::outcome::Refusal;
use playhead_wire::edge::Request;
use serde_json::{Value, json};

use super::answer::with_body;
use super::datastream::Found;
use super::identity::{Identity, KEPT_S, cookie_name, cookie_value};
use super::problem::{listed, told_as, type_of};
use super::query::Query;
use crate::door::response::Answer;

/// How long a client keeps what the viewer agreed to, in seconds: half a year.
const CONSENT_KEPT_S: u64 = 15_552_000;

/// Writes documents in the form that a client asks for.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    request: &'a Request<'a>,
    query: &'a Query,
    datastream: &'a Found<'a>,
    identity: &'a Identity,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        request: &'a Request<'a>,
        query: &'a Query,
        datastream: &'a Found<'a>,
        identity: &'a Identity,
    ) -> Self {
        Self {
            request,
            query,
            datastream,
            identity,
        }
    }

    /// What became of events.
    pub(super) fn events(&self, taken: &EdgeTaken) -> Answer {
        let sessions = taken.opened.iter().map(|(at, sid)| {
            json!({
                "type": "media-analytics:new-session",
                "eventIndex": at,
                "payload": [{ "sessionId": sid.to_string() }],
            })
        });
        let mut errors: Vec<Value> = taken
            .refused
            .iter()
            .map(|(at, refused)| error(*at, refused))
            .collect();
        if taken.untold > 0 {
            let (_, code, title) = told_as(Refusal::Invalid);
            errors.push(json!({
                "type": type_of(code),
                "status": 400,
                "title": title,
                "report": { "details": format!("{} events more were refused", taken.untold) },
            }));
        }
        self.document(sessions.collect(), errors)
    }

    /// What the viewer agreed to, for the client to keep.
    pub(super) fn consent(&self) -> Answer {
        let organisation = self.datastream.organisation;
        let kept = organisation.zip(self.request.consent());
        let handle = kept.map(|(organisation, consent)| {
            let key = cookie_name(organisation, "consent");
            store(key, format!("general={consent}"), CONSENT_KEPT_S)
        });
        self.document(handle.into_iter().collect(), Vec::new())
    }

    /// Nothing but the handles that every document has.
    pub(super) fn nothing(&self) -> Answer {
        self.document(Vec::new(), Vec::new())
    }

    fn document(&self, mut handle: Vec<Value>, errors: Vec<Value>) -> Answer {
        handle.extend(self.identity_handles());
        let mut document = json!({ "requestId": self.query.request_id, "handle": handle });
        let mut status = StatusCode::OK;
        if !errors.is_empty() {
            document["errors"] = errors.into();
            status = StatusCode::MULTI_STATUS;
        }
        let document = document.to_string();
        let body = match self.request.streaming() {
            Some((before, behind)) => [before, &document, behind].concat(),
            None => document,
        };
        with_body(status, "application/json", body)
    }

    fn identity_handles(&self) -> Vec<Value> {
        let mut handles = Vec::new();
        let Some(ecid) = self.identity.ecid().filter(|_| self.identity.is_told) else {
            return handles;
        };
        if self.identity.is_asked {
            handles.push(json!({
                "type": "identity:result",
                "payload": [{ "id": ecid, "namespace": { "code": "ECID" } }],
            }));
        }
        if let Some(organisation) = self.datastream.organisation {
            let key = cookie_name(organisation, "identity");
            handles.push(store(key, cookie_value(ecid), KEPT_S));
        }
        handles
    }
}

/// Asks the client to keep something and to bring it along.
fn store(key: String, value: String, kept_s: u64) -> Value {
    json!({
        "type": "state:store",
        "payload": [{ "key": key, "value": value, "maxAge": kept_s }],
    })
}

fn error(at: usize, refused: &Refused) -> Value {
    let (status, code, title) = told_as(refused.reason);
    let title = match refused.reason {
        Refusal::Invalid => "Invalid request",
        _ => title,
    };
    let details = match &refused.faults {
        Some(faults) => listed(faults),
        None => refused.message.as_str().into(),
    };
    json!({
        "type": type_of(code),
        "status": status.as_u16(),
        "title": title,
        "report": { "eventIndex": at, "details": details },
    })
}
