//! What the console answers when it has no answer.

use axum::Json;
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use playhead_model::report::ReportError;
use serde_json::json;

use super::turns::Busy;
use crate::cell::Ended;

/// A failed question: a status, and what is wrong in words.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
    /// The part of the question that is wrong.
    field: Option<String>,
    /// The limit that strikes.
    limit: Option<&'static str>,
}

pub(super) type Answer<T> = Result<T, Failure>;

impl Failure {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            field: None,
            limit: None,
        }
    }

    /// Names the part of the question that is wrong.
    pub(super) fn at(self, field: Option<String>) -> Self {
        Self { field, ..self }
    }

    /// The body cannot be read, or is too large.
    pub(super) fn body(status: StatusCode, message: String) -> Self {
        Self::new(status, message)
    }

    /// The question is wrong; the message names the part that is.
    pub(super) fn question(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message.into())
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message.into())
    }

    /// The question comes without the token.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message.into())
    }

    /// There are as many of these as there may be.
    pub(super) fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message.into())
    }

    /// There was an answer, but what it is made of is no longer kept.
    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, message.into())
    }

    pub(super) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a question to the console failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<Busy> for Failure {
    fn from(busy: Busy) -> Self {
        Self::too_many(busy.to_string())
    }
}

impl From<Ended> for Failure {
    fn from(ended: Ended) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ended.to_string())
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        let status = match &error {
            ReportError::Invalid { .. } | ReportError::TooLarge { .. } => StatusCode::BAD_REQUEST,
            ReportError::Gone(_) => StatusCode::GONE,
            ReportError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            ReportError::Internal(_) => return Self::internal(&error),
        };
        let failure = Self::new(status, error.to_string());
        match error {
            ReportError::Invalid { field, .. } => failure.at(Some(field)),
            ReportError::TooLarge { limit, .. } => Self {
                limit: Some(limit),
                ..failure
            },
            _ => failure,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<playhead_store::StoreError> for Failure {
    fn from(error: playhead_store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut body = json!({ "message": self.message });
        if let Some(field) = self.field {
            body["field"] = field.into();
        }
        if let Some(limit) = self.limit {
            body["limit"] = limit.into();
        }
        let mut answer = (self.status, Json(body)).into_response();
        let is_for_now = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        if is_for_now.contains(&self.status) {
            let second = HeaderValue::from_static("1");
            answer.headers_mut().insert(RETRY_AFTER, second);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            answer.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        }
        answer
    }
}

/// Gives an answer to a wrong method the body that it lacks.
pub(super) async fn name_methods(response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allowed = response.headers().get(ALLOW).cloned();
    let methods = allowed.as_ref().and_then(|allowed| allowed.to_str().ok());
    let methods = methods.unwrap_or_default().replace(',', ", ");
    let failure = Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("use {methods} here"),
    );
    let mut answer = failure.into_response();
    answer
        .headers_mut()
        .extend(allowed.map(|methods| (ALLOW, methods)));
    answer
}

pub(super) async fn nothing_here() -> Failure {
    Failure::not_found("nothing is served here; docs/console.md lists the paths")
}
