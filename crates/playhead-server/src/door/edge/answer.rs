//! Answers without a document of their own.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use super::problem::Problem;
use crate::door::response::{Answer, PREFLIGHT_MAX_AGE_S};

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::new()));
    *answer.status_mut() = status;
    answer
}

pub(super) fn with_body(status: StatusCode, media_type: &'static str, body: String) -> Answer {
    let mut answer = empty(status);
    *answer.body_mut() = Full::new(Bytes::from(body));
    let media_type = HeaderValue::from_static(media_type);
    answer
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    answer
}

pub(super) fn no_content() -> Answer {
    empty(StatusCode::NO_CONTENT)
}

pub(super) fn preflight() -> Answer {
    let mut answer = no_content();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "OPTIONS,POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE_S),
    ] {
        let value = HeaderValue::from_static(value);
        answer.headers_mut().insert(name, value);
    }
    answer
}

pub(super) fn nothing_here() -> Answer {
    let detail = "nothing is served here; see the paths of the Media Edge API";
    Problem::plain(StatusCode::NOT_FOUND, "about:blank", "Not Found", detail).write(None)
}

pub(super) fn not_allowed() -> Answer {
    let (status, title) = (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    let mut answer = Problem::plain(status, "about:blank", title, "use POST here").write(None);
    let allow = HeaderValue::from_static("POST, OPTIONS");
    answer.headers_mut().insert(header::ALLOW, allow);
    answer
}
