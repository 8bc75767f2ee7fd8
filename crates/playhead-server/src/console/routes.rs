//! Every path of the console's API: who serves it, and what is said about it in `/openapi.json`.

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use serde_json::{Value, json};

use super::guard::Keeper;
use super::{
    Console, catalog, health, list, live, login, metrics, openapi, outcomes, reports, server,
    sessions, sql,
};

/// A path with the one method it takes.
pub(super) struct Route<S> {
    pub(super) path: &'static str,
    method: &'static str,
    pub(super) handlers: MethodRouter<S>,
    about: About,
}

/// What is said about a path.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) access: Access,
    /// Names and descriptions.
    pub(super) path_parameters: &'static [(&'static str, &'static str)],
    pub(super) parameters: &'static [Parameter],
    /// The schema of the request's body.
    pub(super) body: Option<&'static str>,
    pub(super) answers: Answers,
    /// Codes of failures, and when they are given.
    pub(super) failures: &'static [(u16, &'static str)],
    pub(super) tells_readiness: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Anybody,
    /// With the token, where there is one.
    Token,
}

/// What an answer holds, by the name of its schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answers {
    Nothing(u16),
    Json(&'static str),
    JsonOrText(&'static str),
    Text,
    Stream(&'static str),
    /// Rows, in one of several forms.
    Rows(&'static str),
    Document,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) description: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    Count,
    /// As often as needed.
    Texts,
    Word(&'static [&'static str]),
}

impl Kind {
    pub(super) fn schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Count => json!({ "type": "integer", "minimum": 0 }),
            Self::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Self::Word(words) => json!({ "enum": words }),
        }
    }
}

const fn parameter(name: &'static str, kind: Kind, description: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        description,
    }
}

const BAD: (u16, &str) = (
    400,
    "Something in the request is wrong; the message names it.",
);
const NO_SESSION: (u16, &str) = (404, "There is no such session.");
const RETIRED: (u16, &str) = (410, "The log no longer holds all events of the session.");
const NOT_JSON: (u16, &str) = (415, "The body is not JSON.");
const FAULT: (u16, &str) = (500, "Our fault; standard error says more.");
const ENDING: (u16, &str) = (503, "The server is starting or shutting down.");
const REPORT_FAILURES: &[(u16, &str)] = &[
    BAD,
    (410, "What `asOf` stands for is gone; the message says why."),
    (413, "The request is too large."),
    NOT_JSON,
    (429, "Too many reports run and wait; ask again in a moment."),
    FAULT,
    ENDING,
];
const SID: &[(&str, &str)] = &[("sid", "Session id, as the player got it.")];

/// The parameters of a list.
const LIST: &[Parameter] = &[
    parameter("state", Kind::Word(&["open", "closed"]), "Both if absent."),
    parameter("suite", Kind::Text, "Report suite."),
    parameter("player", Kind::Text, "`media.playerName`."),
    parameter(
        "close_reason",
        Kind::Text,
        "Why it closed; leaves out open sessions.",
    ),
    parameter("sid", Kind::Text, "Beginning of the session id."),
    parameter(
        "content",
        Kind::Text,
        "Part of the id or the name of the content, in any case.",
    ),
    parameter("visitor", Kind::Text, "Visitor."),
    parameter("sdk", Kind::Text, "`media.sdkVersion`."),
    parameter(
        "from",
        Kind::Count,
        "Server time of the start, from here on.",
    ),
    parameter("to", Kind::Count, "Server time of the start, before this."),
    parameter(
        "limit",
        Kind::Count,
        "Sessions on a page: 1 to 500, 50 if absent.",
    ),
    parameter("cursor", Kind::Text, "`next` of the page before."),
];

const LIVE: &[Parameter] = &[
    parameter("suite", Kind::Text, "Report suite; all if absent."),
    parameter("by", Kind::Texts, "Dimensions to group by."),
    parameter(
        "top",
        Kind::Count,
        "How many groups, 1 to 1,000, 10 if absent.",
    ),
    parameter("filter", Kind::Texts, "`dimension:value`."),
];

impl About {
    const fn new(id: &'static str, summary: &'static str, answers: Answers) -> Self {
        Self {
            id,
            summary,
            access: Access::Token,
            path_parameters: &[],
            parameters: &[],
            body: None,
            answers,
            failures: &[FAULT, ENDING],
            tells_readiness: false,
        }
    }

    const fn for_anybody(self) -> Self {
        Self {
            access: Access::Anybody,
            ..self
        }
    }

    const fn body(self, body: &'static str) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    const fn parameters(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    const fn failures(self, failures: &'static [(u16, &'static str)]) -> Self {
        Self { failures, ..self }
    }

    const fn of_session(self) -> Self {
        Self {
            path_parameters: SID,
            failures: &[BAD, NO_SESSION, RETIRED, FAULT, ENDING],
            ..self
        }
    }

    const fn tells_readiness(self) -> Self {
        Self {
            tells_readiness: true,
            failures: &[(503, "Events are not taken; `reasons` say why.")],
            ..self
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Route<S> {
    /// Takes bodies up to another size than axum's.
    fn body_bytes_max(self, bytes: usize) -> Self {
        Self {
            handlers: self.handlers.layer(DefaultBodyLimit::max(bytes)),
            ..self
        }
    }

    fn get<T: 'static>(path: &'static str, handler: impl Handler<T, S>, about: About) -> Self {
        Self {
            path,
            method: "get",
            handlers: get(handler),
            about,
        }
    }

    fn post<T: 'static>(path: &'static str, handler: impl Handler<T, S>, about: About) -> Self {
        Self {
            path,
            method: "post",
            handlers: post(handler),
            about,
        }
    }
}

/// What needs the token, where there is one.
pub(super) fn api() -> Vec<Route<Arc<Console>>> {
    vec![
        Route::get(
            "/metrics",
            metrics::text,
            About::new("metrics", "Metrics for Prometheus.", Answers::Text),
        ),
        Route::get(
            "/v1/server",
            server::server,
            About::new("server", "What the server is.", Answers::Json("Server")),
        ),
        Route::get(
            "/v1/sessions",
            list::sessions,
            About::new(
                "sessions",
                "Sessions, newest first.",
                Answers::Json("SessionPage"),
            )
            .parameters(LIST)
            .failures(&[BAD, FAULT, ENDING]),
        ),
        Route::post(
            "/v1/sessions/search",
            reports::search,
            About::new(
                "searchSessions",
                "The sessions that a report counts.",
                Answers::Json("SearchAnswer"),
            )
            .body("SearchRequest")
            .failures(REPORT_FAILURES),
        )
        .body_bytes_max(reports::REQUEST_BYTES_MAX),
        Route::get(
            "/v1/sessions/{sid}",
            sessions::session,
            About::new(
                "session",
                "One session, open or closed.",
                Answers::Json("Session"),
            )
            .of_session(),
        ),
        Route::get(
            "/v1/sessions/{sid}/events",
            sessions::events,
            About::new(
                "events",
                "The events of a session.",
                Answers::Json("SessionEvents"),
            )
            .of_session(),
        ),
        Route::get(
            "/v1/sessions/{sid}/explain",
            sessions::explain,
            About::new(
                "explain",
                "Why the numbers of a session are what they are.",
                Answers::JsonOrText("Explanation"),
            )
            .of_session(),
        ),
        Route::get(
            "/v1/outcomes",
            outcomes::outcomes,
            About::new(
                "outcomes",
                "What became of every event.",
                Answers::Json("Outcomes"),
            ),
        ),
        Route::get(
            "/v1/live",
            live::live,
            About::new(
                "live",
                "What the open sessions do.",
                Answers::Stream("LiveFrame"),
            )
            .parameters(LIVE)
            .failures(&[BAD, (429, "Too many streams are open."), FAULT, ENDING]),
        ),
        Route::get(
            "/v1/catalog",
            catalog::catalog,
            About::new(
                "catalog",
                "What reports can be asked for.",
                Answers::Json("Catalog"),
            ),
        ),
        Route::post(
            "/v1/reports",
            reports::report,
            About::new("report", "A report.", Answers::Json("ReportAnswer"))
                .body("ReportRequest")
                .failures(REPORT_FAILURES),
        )
        .body_bytes_max(reports::REQUEST_BYTES_MAX),
        Route::post(
            "/v1/sql",
            sql::sql,
            About::new("sql", "Rows of a query in SQL.", Answers::Rows("SqlAnswer"))
                .body("SqlRequest")
                .failures(&[
                    BAD,
                    (413, "The request is too large."),
                    NOT_JSON,
                    (429, "Too many queries run and wait; ask again in a moment."),
                    FAULT,
                    ENDING,
                ]),
        )
        .body_bytes_max(sql::REQUEST_BYTES_MAX),
        Route::post(
            "/v1/clock",
            health::clock,
            About::new(
                "clock",
                "Moves the clock of a test server.",
                Answers::Json("ClockAnswer"),
            )
            .body("ClockRequest")
            .failures(&[BAD, NOT_JSON, ENDING]),
        ),
        Route::get(
            "/openapi.json",
            openapi::document,
            About::new("openapi", "This document.", Answers::Document),
        ),
    ]
}

/// What tells nothing of anybody.
pub(super) fn health() -> Vec<Route<Arc<Console>>> {
    vec![
        Route::get(
            "/livez",
            health::live,
            About::new("livez", "Whether the process lives.", Answers::Nothing(200))
                .for_anybody()
                .failures(&[]),
        ),
        Route::get(
            "/readyz",
            health::ready,
            About::new(
                "readyz",
                "Whether events are taken.",
                Answers::Json("Readiness"),
            )
            .for_anybody()
            .tells_readiness(),
        ),
    ]
}

/// Where a browser gets its cookie, and where it loses it.
pub(super) fn logins() -> Vec<Route<Arc<Keeper>>> {
    vec![
        Route::post(
            "/v1/login",
            login::login,
            About::new("login", "A cookie for the token.", Answers::Nothing(204))
                .for_anybody()
                .body("LoginRequest")
                .failures(&[BAD, (401, "It is not the token."), NOT_JSON]),
        ),
        Route::post(
            "/v1/logout",
            login::logout,
            About::new("logout", "The end of a login.", Answers::Nothing(204))
                .for_anybody()
                .body("LogoutRequest")
                .failures(&[NOT_JSON]),
        ),
    ]
}

/// Every path with its method and what is said about it.
pub(super) fn described() -> Vec<(String, &'static str, About)> {
    fn of<S>(routes: Vec<Route<S>>) -> impl Iterator<Item = (String, &'static str, About)> {
        let routes = routes.into_iter();
        routes.map(|route| (route.path.to_owned(), route.method, route.about))
    }
    of(api()).chain(of(health())).chain(of(logins())).collect()
}
