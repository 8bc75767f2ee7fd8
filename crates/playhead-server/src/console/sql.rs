//! SQL: `POST /v1/sql`. Whoever answers it is behind [`Sql`]: this crate knows no query engine.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use playhead_model::report::ReportError;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};

use super::Console;
use super::error::{Answer, Failure};
use super::request;
use super::turns::Busy;
use crate::door::Phase;

/// Largest request, bytes.
pub(super) const REQUEST_BYTES_MAX: usize = 256 << 10;

/// A form in which rows are answered.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Json,
    Csv,
    /// Arrow's streaming format.
    Arrow,
    Parquet,
}

impl Format {
    const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Arrow, Self::Parquet];

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// A query.
#[derive(Clone, Debug)]
pub struct Question {
    pub sql: String,
    pub format: Format,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    #[error(transparent)]
    Busy(#[from] Busy),
    #[error(transparent)]
    Failed(#[from] ReportError),
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Busy(busy) => busy.into(),
            SqlError::Failed(error) => error.into(),
        }
    }
}

/// Pieces of an answer, and nothing behind the last: without that the answer has broken off. The
/// query ends when this is dropped.
pub type Pieces = mpsc::Receiver<Option<Bytes>>;

/// An answer that is on its way.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Result<Pieces, SqlError>> + Send + 'a>>;

/// Answers SQL.
pub trait Sql: Send + Sync {
    /// Runs a query. It answers when the first piece is there, or none will be; the query ends
    /// when the answer is dropped, before or after.
    fn ask(&self, question: Question) -> Asked<'_>;

    /// How many queries had each outcome.
    fn counts(&self) -> Vec<(&'static str, u64)>;
}

/// What is asked, as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    sql: String,
    format: Option<Format>,
}

pub(super) async fn sql(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<Response> {
    let body =
        body.map_err(|rejection| Failure::body(rejection.status(), rejection.body_text()))?;
    let request: Request = request::read(&body)?;
    let format = request.format.unwrap_or_else(|| accepted(&headers));
    let question = Question {
        sql: request.sql,
        format,
    };
    let mut end = Box::pin(drained(console.phase.clone()));
    let pieces = tokio::select! {
        pieces = console.sql.ask(question) => pieces?,
        () = &mut end => {
            let message = "the server is stopping; ask again when it is back";
            return Err(ReportError::Unavailable(message.to_owned()).into());
        }
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::new(Stream { pieces, end })).into_response())
}

/// The first format that is named among those that are accepted.
fn accepted(headers: &HeaderMap) -> Format {
    let accepted = headers.get_all(ACCEPT).iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    let mut types = accepted
        .flat_map(|value| value.split(','))
        .map(|it| it.split(';').next().unwrap_or_default().trim());
    let format = |name: &str| {
        let mut all = Format::ALL.into_iter();
        all.find(|format| format.media_type().eq_ignore_ascii_case(name))
    };
    types.find_map(format).unwrap_or_default()
}

async fn drained(mut phase: watch::Receiver<Phase>) {
    // The sender is gone only when the server is.
    let _ended = phase.wait_for(|phase| *phase == Phase::Draining).await;
}

/// The rest of an answer. A failure breaks it off, so that nobody takes a part for the whole.
struct Stream {
    pieces: Pieces,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Poll::Ready(piece) = self.pieces.poll_recv(context) {
            let broken = || Err(io::Error::other("the query was ended"));
            return Poll::Ready(match piece {
                Some(piece) => piece.map(|piece| Ok(Frame::data(piece))),
                None => Some(broken()),
            });
        }
        let stopped = || io::Error::other("the server is stopping");
        self.end
            .as_mut()
            .poll(context)
            .map(|()| Some(Err(stopped())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_type_decides() {
        for (accept, format) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("text/html, Text/CSV;q=0.5", Format::Csv),
            ("application/vnd.apache.parquet, text/csv", Format::Parquet),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(accepted(&headers), format, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new()), Format::Json);
    }

    #[test]
    fn a_misspelt_format_is_named_with_the_nearest() {
        let wrong = br#"{"sql": "SELECT 1", "format": "parket"}"#;
        let failure = request::read::<Request>(wrong).unwrap_err().to_string();
        assert!(failure.contains("parquet"), "{failure}");
    }
}
