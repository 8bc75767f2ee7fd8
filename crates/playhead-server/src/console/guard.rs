//! Who may ask: those with the token if there is one, and no web page that a user happens to visit.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::sync::watch;

use super::Names;

use super::error::Failure;
use super::login::Logins;

/// What a request to the console has to show.
#[derive(Clone)]
pub struct Guard {
    /// `Authorization: Bearer …`, if it is asked for.
    pub token: Option<String>,
    /// With the hosts taken besides those of the loopback.
    pub names: watch::Receiver<Names>,
    /// Whether the console itself speaks TLS: its own pages come by https then.
    pub tls: bool,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

/// The guard with those it has let in.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) guard: Guard,
    pub(super) logins: Logins,
}

/// Keeps out what comes from another page; asked of every request.
pub(super) async fn check_origin(
    State(keeper): State<Arc<Keeper>>,
    request: Request,
    next: Next,
) -> Response {
    match keeper.guard.refusal(&request) {
        None => next.run(request).await,
        Some((status, message)) => (status, Json(json!({ "message": message }))).into_response(),
    }
}

/// Keeps out those without the token; asked where something is to be read.
pub(super) async fn check_token(
    State(keeper): State<Arc<Keeper>>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    if keeper.guard.has_token(headers) || keeper.logins.has(headers) {
        return next.run(request).await;
    }
    Failure::unauthorized("a token is asked for").into_response()
}

impl Guard {
    fn refusal(&self, request: &Request) -> Option<(StatusCode, &'static str)> {
        let headers = request.headers();
        let authority = authority(request);
        if !authority.is_some_and(|authority| self.is_ours(authority)) {
            return Some((
                StatusCode::FORBIDDEN,
                "this Host is not one of console.hosts",
            ));
        }
        if !self.knows_origin(headers, authority) {
            return Some((
                StatusCode::FORBIDDEN,
                "this Origin is not the console's own",
            ));
        }
        if request.method() == Method::POST && !is_json(headers) {
            let message = "POST takes Content-Type: application/json only";
            return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        None
    }

    /// Pages send an Origin; programs do not.
    fn knows_origin(&self, headers: &HeaderMap, authority: Option<&str>) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        let origin = origin.to_str().unwrap_or("");
        let from = match origin.strip_prefix("https://") {
            Some(from) => Some(from),
            // A proxy before us may speak TLS for us.
            None => origin.strip_prefix("http://").filter(|_| !self.tls),
        };
        from.is_some() && from == authority
    }

    fn is_ours(&self, authority: &str) -> bool {
        let name = host_name(authority);
        let is_loopback = name.eq_ignore_ascii_case("localhost")
            || name
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        is_loopback
            || self
                .names
                .borrow()
                .hosts
                .iter()
                .any(|host| host.eq_ignore_ascii_case(name))
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let shown = headers
            .get(AUTHORIZATION)
            .map_or(&b""[..], |value| value.as_bytes());
        self.is_token(shown.strip_prefix(b"Bearer ").unwrap_or(b""))
    }

    /// Whether this is the token; anything is where none is asked for.
    pub(super) fn is_token(&self, shown: &[u8]) -> bool {
        self.token
            .as_ref()
            .is_none_or(|token| is_equal(shown, token.as_bytes()))
    }
}

/// Whom a request is addressed to: by `Host`, or in HTTP/2 by `:authority`. Of two that differ
/// neither counts.
fn authority(request: &Request) -> Option<&str> {
    let host = request.headers().get(HOST);
    let target = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    match (host, target) {
        (Some(host), None) => host.to_str().ok(),
        (None, target) => target,
        (Some(host), Some(target)) => (host == target).then_some(target),
    }
}

/// The name in `name:port` or `[address]:port`.
fn host_name(authority: &str) -> &str {
    if let Some((address, _)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        return address;
    }
    authority.split(':').next().unwrap_or("")
}

/// Compares without saying by its time where the difference is.
pub(super) fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    value
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn refusal(guard: &Guard, method: &str, headers: &[(&str, &str)]) -> Option<StatusCode> {
        let mut request = Request::builder().method(method).uri("/v1/sessions");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        guard
            .refusal(&request.body(Body::empty()).unwrap())
            .map(|(status, _)| status)
    }

    fn names(hosts: &[&str]) -> watch::Receiver<Names> {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let names = Names {
            hosts,
            ..Names::default()
        };
        watch::channel(names).1
    }

    #[test]
    fn a_page_elsewhere_is_kept_out() {
        let guard = Guard {
            token: None,
            names: names(&["stats.example"]),
            tls: false,
        };
        assert_eq!(refusal(&guard, "GET", &[("host", "127.0.0.1:8090")]), None);
        assert_eq!(refusal(&guard, "GET", &[("host", "[::1]:8090")]), None);
        assert_eq!(refusal(&guard, "GET", &[("host", "stats.example")]), None);
        let rebound = refusal(&guard, "GET", &[("host", "evil.example")]);
        assert_eq!(rebound, Some(StatusCode::FORBIDDEN));
        let foreign = [
            ("host", "localhost:8090"),
            ("origin", "https://evil.example"),
        ];
        assert_eq!(
            refusal(&guard, "GET", &foreign),
            Some(StatusCode::FORBIDDEN)
        );
        let own = [
            ("host", "localhost:8090"),
            ("origin", "http://localhost:8090"),
        ];
        assert_eq!(refusal(&guard, "GET", &own), None);
        let form = [("host", "localhost"), ("content-type", "text/plain")];
        assert_eq!(
            refusal(&guard, "POST", &form),
            Some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        );
    }

    #[test]
    fn a_token_is_asked_for_where_there_is_one() {
        let guard = Guard {
            token: Some("secret".into()),
            names: names(&[]),
            tls: false,
        };
        let mut headers = HeaderMap::new();
        assert!(!guard.has_token(&headers));
        headers.insert(AUTHORIZATION, "Bearer secreT".parse().unwrap());
        assert!(!guard.has_token(&headers));
        headers.insert(AUTHORIZATION, "Bearer secret".parse().unwrap());
        assert!(guard.has_token(&headers));
        let guard = Guard {
            token: None,
            names: names(&[]),
            tls: false,
        };
        assert!(guard.has_token(&HeaderMap::new()));
    }
}
