//! What the console answers when it has no answer.

use axum::Json;
use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::cell::Ended;

/// A failed question: a status, and what is wrong in words.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
}

pub(super) type Answer<T> = Result<T, Failure>;

impl Failure {
    /// The question is wrong; the message names the part that is.
    pub(super) fn question(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: message.into(),
        }
    }

    /// The question comes without the token.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: message.into(),
        }
    }

    /// There are as many of these as there may be.
    pub(super) fn too_many(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            message: message.into(),
        }
    }

    /// There was an answer, but what it is made of is no longer kept.
    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::GONE,
            message: message.into(),
        }
    }

    pub(super) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a question to the console failed");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: error.to_string(),
        }
    }
}

impl From<Ended> for Failure {
    fn from(ended: Ended) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: ended.to_string(),
        }
    }
}

impl From<playhead_store::StoreError> for Failure {
    fn from(error: playhead_store::StoreError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut answer = (self.status, Json(json!({ "message": self.message }))).into_response();
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
    let failure = Failure {
        status: StatusCode::METHOD_NOT_ALLOWED,
        message: format!(
            "use {} here",
            methods.unwrap_or_default().replace(',', ", ")
        ),
    };
    let mut answer = failure.into_response();
    answer
        .headers_mut()
        .extend(allowed.map(|methods| (ALLOW, methods)));
    answer
}

pub(super) async fn nothing_here() -> Failure {
    Failure::not_found("nothing is served here; docs/console.md lists the paths")
}
