//! Logging in with a browser: the token once, then a cookie.
//!
//! The cookie is a random name for the login and not the token, since browsers send a cookie to
//! every port of a host. Logins are kept in memory: a restart ends them all.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::error::{Answer, Failure};
use super::guard::Keeper;

/// Logins at a time; one more ends the oldest.
const LOGINS_MAX: usize = 256;
const COOKIE_NAME: &str = "playhead";
/// Thirty days.
const COOKIE_SECONDS: u32 = 2_592_000;

/// Who is logged in.
#[derive(Debug, Default)]
pub(super) struct Logins(Mutex<VecDeque<String>>);

impl Logins {
    fn open(&self) -> Result<String, getrandom::Error> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let mut name = String::with_capacity(64);
        for byte in random {
            write!(name, "{byte:02x}").expect("a string takes text");
        }
        let mut logins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logins.len() == LOGINS_MAX {
            logins.pop_front();
        }
        logins.push_back(name.clone());
        Ok(name)
    }

    /// Whether the request comes from somebody who is logged in.
    pub(super) fn has(&self, headers: &HeaderMap) -> bool {
        let Some(shown) = shown(headers) else {
            return false;
        };
        let logins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logins
            .iter()
            .any(|login| super::guard::is_equal(login.as_bytes(), shown.as_bytes()))
    }

    fn close(&self, headers: &HeaderMap) {
        let mut logins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logins.retain(|login| Some(login.as_str()) != shown(headers));
    }
}

/// The login that a request shows.
fn shown(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginRequest {
    token: String,
}

/// Takes the token and gives a cookie.
pub(super) async fn login(
    State(keeper): State<Arc<Keeper>>,
    request: Result<Json<LoginRequest>, axum::extract::rejection::JsonRejection>,
) -> Answer<Response> {
    let Json(request) = request.map_err(|rejection| Failure::question(rejection.body_text()))?;
    if !keeper.guard.is_token(request.token.as_bytes()) {
        return Err(Failure::unauthorized(
            "this is not the token of the console",
        ));
    }
    let login = keeper
        .logins
        .open()
        .map_err(|error| Failure::internal(&error))?;
    Ok(with_cookie(&keeper, &login, COOKIE_SECONDS))
}

/// Ends the login that the cookie names.
pub(super) async fn logout(State(keeper): State<Arc<Keeper>>, headers: HeaderMap) -> Response {
    keeper.logins.close(&headers);
    with_cookie(&keeper, "", 0)
}

fn with_cookie(keeper: &Keeper, value: &str, seconds: u32) -> Response {
    let secure = if keeper.guard.tls { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE_NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    let mut answer = StatusCode::NO_CONTENT.into_response();
    let cookie = HeaderValue::from_str(&cookie).expect("hexadecimal digits");
    answer.headers_mut().insert(SET_COOKIE, cookie);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn a_login_holds_until_it_is_closed_or_pushed_out() {
        let logins = Logins::default();
        let first = with(&format!("other=1; playhead={}", logins.open().unwrap()));
        let second = with(&format!("playhead={}", logins.open().unwrap()));
        assert!(logins.has(&first) && logins.has(&second));
        assert!(!logins.has(&with("playhead=")));
        assert!(!logins.has(&HeaderMap::new()));
        logins.close(&second);
        assert!(logins.has(&first) && !logins.has(&second));
        for _ in 0..LOGINS_MAX {
            logins.open().unwrap();
        }
        assert!(!logins.has(&first));
    }
}
