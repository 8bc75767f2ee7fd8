//! Problems: why a request, or an event of one, is refused.

use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use playhead_engine::intake::{EdgeTaken, Refused};
use playhead_model::outcome::Refusal;
use playhead_wire::Faults;
use serde_json::{Value, json};

use super::answer::with_body;
use super::query::Query;
use crate::door::response::{Answer, RETRY_AFTER_S};

/// What every type of a problem begins with; clients compare types as a whole.
const TYPES: &str = "https://ns.adobe.com/aep/errors/";
/// Faults told of one request.
const FAULTS_MAX: usize = 1_000;

/// Last part of the type, and title.
type Kind = (&'static str, &'static str);

const BAD_EVENT: Kind = ("va-edge-0400-400", "Bad Request");
const NO_JSON: Kind = ("EXEG-0101-400", "Invalid request body");
const OVERLOAD: Kind = ("EXEG-0000-503", "Service unavailable");
const TOO_LARGE: Kind = ("EXEG-0112-413", "Payload too large");
const UNKNOWN_DATASTREAM: Kind = ("EXEG-0003-400", "Invalid datastream ID");

/// An answer of the transport, which knows no API, in the form of this one.
pub(super) fn of_transport(mut plain: Answer) -> Answer {
    let status = plain.status();
    let problem = match status {
        StatusCode::PAYLOAD_TOO_LARGE => TOO_LARGE,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => OVERLOAD,
        StatusCode::INTERNAL_SERVER_ERROR => ("EXEG-0001-500", "Internal error"),
        StatusCode::BAD_REQUEST => NO_JSON,
        _ => ("", status.canonical_reason().unwrap_or_default()),
    };
    let mut answer = match problem {
        ("", title) => Problem::plain(status, "about:blank", title, title),
        (code, title) => Problem::coded(status, code, title, title),
    }
    .write(None);
    for name in [header::RETRY_AFTER, header::CONNECTION] {
        if let Some(value) = plain.headers_mut().remove(&name) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// The type of a problem by its last part.
pub(super) fn type_of(code: &str) -> String {
    [TYPES, code].concat()
}

/// How a refusal is told: status, last part of the type, and title.
pub(super) fn told_as(reason: Refusal) -> (StatusCode, &'static str, &'static str) {
    let (status, (code, title)) = match reason {
        Refusal::Invalid => (StatusCode::BAD_REQUEST, BAD_EVENT),
        Refusal::NotAllowed => (StatusCode::BAD_REQUEST, UNKNOWN_DATASTREAM),
        Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
        Refusal::UnknownSession => (StatusCode::NOT_FOUND, ("va-edge-0404-404", "Not Found")),
        Refusal::AfterClose => (StatusCode::GONE, ("va-edge-0410-410", "Gone")),
        Refusal::RateLimited => (StatusCode::TOO_MANY_REQUESTS, OVERLOAD),
        Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, OVERLOAD),
    };
    (status, code, title)
}

/// Why a whole request is refused.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    kind: String,
    title: &'static str,
    pub(super) detail: String,
    /// What is known beyond: a list of faults, or a text.
    details: Option<Value>,
}

impl Problem {
    pub(super) fn plain(status: StatusCode, kind: &str, title: &'static str, detail: &str) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            title,
            detail: detail.to_owned(),
            details: None,
        }
    }

    fn coded(status: StatusCode, code: &str, title: &'static str, detail: &str) -> Self {
        Self::plain(status, &type_of(code), title, detail)
    }

    pub(super) fn not_json(faults: &Faults) -> Self {
        let (code, title) = NO_JSON;
        Self::coded(StatusCode::BAD_REQUEST, code, title, &faults.message())
    }

    pub(super) fn no_datastream() -> Self {
        let (code, title) = ("EXEG-0002-400", "Missing datastream ID");
        let detail = "a request that opens a session names its datastream in configId";
        Self::coded(StatusCode::BAD_REQUEST, code, title, detail)
    }

    pub(super) fn unknown_datastream() -> Self {
        let (code, title) = UNKNOWN_DATASTREAM;
        let detail = "the datastream in configId is not known here";
        Self::coded(StatusCode::BAD_REQUEST, code, title, detail)
    }

    pub(super) fn unavailable(why: &str) -> Self {
        let (code, title) = OVERLOAD;
        Self::coded(StatusCode::SERVICE_UNAVAILABLE, code, title, why)
    }

    /// Faults of the request itself.
    pub(super) fn faulty(faults: &Faults) -> Self {
        Self::bad_event(listed(faults))
    }

    fn bad_event(details: Value) -> Self {
        let (code, title) = BAD_EVENT;
        let detail = "Invalid request. Please check your input and try again.";
        let mut problem = Self::coded(StatusCode::BAD_REQUEST, code, title, detail);
        problem.details = Some(details);
        problem
    }

    /// The refusal of all events for one reason.
    pub(super) fn of_events(taken: &EdgeTaken, reason: Refusal) -> Self {
        let mut told = taken.refused.iter().map(|(_, refused)| refused);
        let first = told.clone().find(|refused| refused.reason == reason);
        let message = first.map_or("", |refused| &refused.message);
        if reason != Refusal::Invalid {
            let (status, code, title) = told_as(reason);
            let mut problem = Self::coded(status, code, title, message);
            problem.details = Some(message.into());
            return problem;
        }
        // Where path and type differ, nothing else can be said.
        let differs = |refused: &&Refused| refused.reason == reason && refused.faults.is_none();
        if let Some(differing) = told.clone().find(differs) {
            return Self::bad_event(differing.message.as_str().into());
        }
        let faults = told.by_ref().filter_map(|refused| refused.faults.as_ref());
        let details = faults.flat_map(|faults| match listed(faults) {
            Value::Array(faults) => faults,
            _ => Vec::new(),
        });
        Self::bad_event(details.take(FAULTS_MAX).collect())
    }

    /// Why an event endpoint takes nothing, if so.
    pub(super) fn of_event(taken: &EdgeTaken) -> Option<Self> {
        let reasons = [
            Refusal::Invalid,
            Refusal::UnknownSession,
            Refusal::AfterClose,
            Refusal::Unavailable,
        ];
        let reason = reasons
            .into_iter()
            .find(|reason| taken.has_refused(*reason))?;
        Some(Self::of_events(taken, reason))
    }

    /// Why a request for sessions is refused as a whole, if so. Faults of media fields are none: they
    /// are told in a document.
    pub(super) fn of_start(taken: &EdgeTaken) -> Option<Self> {
        if taken.has_refused(Refusal::NotAllowed) {
            return Some(Self::of_events(taken, Refusal::NotAllowed));
        }
        let is_misnamed = |(_, refused): &(usize, Refused)| {
            refused.reason == Refusal::Invalid && refused.faults.is_none()
        };
        let is_misnamed = taken.refused.iter().any(is_misnamed);
        is_misnamed.then(|| Self::of_events(taken, Refusal::Invalid))
    }

    pub(super) fn answer(self, query: &Query) -> Answer {
        self.write(Some(&query.request_id))
    }

    pub(super) fn write(self, request_id: Option<&str>) -> Answer {
        let mut problem = json!({
            "type": self.kind,
            "status": self.status.as_u16(),
            "title": self.title,
            "detail": self.detail,
            "report": {},
        });
        if let Some(details) = self.details {
            problem["report"]["details"] = details;
        }
        if let Some(request_id) = request_id {
            problem["report"]["requestId"] = request_id.into();
        }
        let body = problem.to_string();
        let mut answer = with_body(self.status, "application/problem+json", body);
        let is_passing = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        if is_passing.contains(&self.status) {
            let later = HeaderValue::from_static(RETRY_AFTER_S);
            answer.headers_mut().insert(header::RETRY_AFTER, later);
        }
        answer
    }
}

/// Faults as clients read them.
pub(super) fn listed(faults: &Faults) -> Value {
    let mut listed: Vec<Value> = faults
        .listed()
        .iter()
        .map(|fault| match fault.path.as_str() {
            "" => json!({ "name": "$", "reason": fault.reason }),
            path => json!({ "name": path, "reason": fault.reason }),
        })
        .collect();
    if faults.unlisted() > 0 {
        let reason = format!("and {} faults more", faults.unlisted());
        listed.push(json!({ "name": "$", "reason": reason }));
    }
    listed.into()
}
