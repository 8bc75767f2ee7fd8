//! The answers of the Collection API, to the letter (docs/protocol.md).

use std::fmt::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use playhead_engine::intake::{Refused, Taken};
use playhead_model::ids::SessionId;
use playhead_model::outcome::Refusal;
use serde_json::{Value, json};

pub(super) type Answer = Response<Full<Bytes>>;

/// What a client may try again after this many seconds.
pub(super) const RETRY_AFTER_S: &str = "1";
pub(super) const PREFLIGHT_MAX_AGE_S: &str = "86400";

const CORS: [(HeaderName, HeaderValue); 4] = [
    (
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    ),
    (
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("OPTIONS,POST,PUT"),
    ),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type"),
    ),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Location"),
    ),
];

/// The same, to be copied at once.
static CORS_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| CORS.into_iter().collect());

/// Those of a session that was opened, but for where it is.
static CREATED_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let binary = HeaderValue::from_static("application/octet-stream");
    let own = [
        (header::LOCATION, HeaderValue::from_static("")),
        (header::CONTENT_TYPE, binary),
    ];
    CORS.into_iter().chain(own).collect()
});

/// An answer without a body; every answer of the API carries the CORS headers, errors too.
fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    answer.headers_mut().clone_from(&CORS_HEADERS);
    answer
}

fn with_json(status: StatusCode, value: &Value) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = Full::new(Bytes::from(value.to_string()));
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}

pub(super) fn message(status: StatusCode, message: &str) -> Answer {
    with_json(status, &json!({ "message": message }))
}

pub(super) fn taken(taken: Taken) -> Answer {
    match taken {
        Taken::NoContent => empty(StatusCode::NO_CONTENT),
        Taken::Created(sid) => created(sid),
    }
}

fn created(sid: SessionId) -> Answer {
    const PREFIX: &[u8] = b"/api/v1/sessions/";
    let mut location = [0; PREFIX.len() + 64];
    location[..PREFIX.len()].copy_from_slice(PREFIX);
    location[PREFIX.len()..].copy_from_slice(&sid.hex());
    let location = HeaderValue::from_bytes(&location).expect("hex digits and slashes are sound");
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = StatusCode::CREATED;
    let headers = answer.headers_mut();
    headers.clone_from(&CREATED_HEADERS);
    headers.insert(header::LOCATION, location);
    answer
}

pub(super) fn refused(refused: &Refused) -> Answer {
    let status = match refused.reason {
        Refusal::Invalid | Refusal::NotAllowed => StatusCode::BAD_REQUEST,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::UnknownSession => StatusCode::NOT_FOUND,
        Refusal::AfterClose => StatusCode::GONE,
        Refusal::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut body = json!({ "message": refused.message });
    if let Some(faults) = &refused.faults {
        let listed = faults.listed().iter();
        body["errors"] = listed
            .map(|fault| json!({ "path": fault.path, "reason": fault.reason }))
            .collect::<Vec<_>>()
            .into();
    }
    let mut answer = with_json(status, &body);
    if matches!(refused.reason, Refusal::RateLimited | Refusal::Unavailable) {
        let later = HeaderValue::from_static(RETRY_AFTER_S);
        answer.headers_mut().insert(header::RETRY_AFTER, later);
    }
    answer
}

pub(super) fn unavailable(why: &str) -> Answer {
    let mut answer = message(StatusCode::SERVICE_UNAVAILABLE, why);
    let later = HeaderValue::from_static(RETRY_AFTER_S);
    answer.headers_mut().insert(header::RETRY_AFTER, later);
    answer
}

/// What a client is told whose request did not come to an end in time.
const SLOW: &str = "the request took too long to arrive";

pub(super) fn slow_body() -> Answer {
    message(StatusCode::REQUEST_TIMEOUT, SLOW)
}

/// As [`slow_body`], for a connection on which no request was recognised yet: as it is sent.
pub(super) fn slow_head() -> String {
    let body = json!({ "message": SLOW }).to_string();
    let mut answer = String::from("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n");
    for (name, value) in &CORS {
        let value = value.to_str().expect("the headers are plain text");
        write!(answer, "{name}: {value}\r\n").expect("a string takes text");
    }
    let length = body.len();
    let json = "content-type: application/json";
    write!(answer, "{json}\r\ncontent-length: {length}\r\n\r\n{body}")
        .expect("a string takes text");
    answer
}

pub(super) fn preflight() -> Answer {
    let mut answer = empty(StatusCode::NO_CONTENT);
    let age = HeaderValue::from_static(PREFLIGHT_MAX_AGE_S);
    answer
        .headers_mut()
        .insert(header::ACCESS_CONTROL_MAX_AGE, age);
    answer
}

pub(super) fn not_allowed(allow: &'static str) -> Answer {
    let mut answer = message(StatusCode::METHOD_NOT_ALLOWED, &format!("use {allow} here"));
    answer
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(allow));
    answer
}

pub(super) fn schema(schema: Option<Value>) -> Answer {
    match schema {
        Some(schema) => with_json(StatusCode::OK, &schema),
        None => message(StatusCode::NOT_FOUND, "there is no event type of this name"),
    }
}

pub(super) fn readiness(is_ready: bool) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    if !is_ready {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    answer
}
