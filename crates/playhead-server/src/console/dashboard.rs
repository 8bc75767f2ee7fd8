//! The dashboard: serves the files that `dashboard/` builds into, which the binary holds.
//!
//! Nothing in them is secret, so they need no credential; what they show comes from the API, which
//! does.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};

use super::error;

/// One file of the dashboard.
#[derive(Clone, Copy, Debug)]
pub struct PageFile {
    /// From the root of the site, without the first slash.
    pub name: &'static str,
    pub bytes: &'static [u8],
    /// The same, gzipped.
    pub zipped: Option<&'static [u8]>,
}

/// The files of the dashboard; none if it was not built before the program was.
pub type Page = &'static [PageFile];

/// Scripts, styles and data of our own only, and none of them in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
    <title>playhead</title>\n<h1>The dashboard is not in this program</h1>\n\
    <p>It was built without it. <code>make run</code> builds both; by hand it is \
    <code>npm ci &amp;&amp; npm run build</code> in <code>dashboard/</code>, then \
    <code>cargo build --release</code>.</p>\n<p>The API of the console is served all the same: \
    <a href=\"/v1/sessions\">sessions</a>, <a href=\"/v1/outcomes\">outcomes</a>.</p>\n";

/// Answers for every path that no route has: a file, the page for any other path, and nothing
/// below `/v1/`.
pub(super) async fn serve(page: Page, request: Request) -> Response {
    let path = request.uri().path();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || path == "/v1" || path.starts_with("/v1/") {
        return error::nothing_here().await.into_response();
    }
    let file = |name: &str| page.iter().find(|file| file.name == name);
    if let Some(found) = file(path.trim_start_matches('/')) {
        return found.answer(request.headers());
    }
    if path.starts_with("/assets/") {
        return error::nothing_here().await.into_response();
    }
    match file("index.html") {
        Some(index) => index.answer(request.headers()),
        None => with_headers(Body::from(NOT_BUILT)),
    }
}

impl PageFile {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let takes_zipped = headers
            .get(ACCEPT_ENCODING)
            .and_then(|encodings| encodings.to_str().ok())
            .is_some_and(|encodings| encodings.contains("gzip"));
        let (bytes, is_zipped) = match self.zipped {
            Some(zipped) if takes_zipped => (zipped, true),
            _ => (self.bytes, false),
        };
        let mut answer = with_headers(Body::from(bytes));
        let headers = answer.headers_mut();
        let mut set = |name, value: &'static str| {
            headers.insert(name, axum::http::HeaderValue::from_static(value));
        };
        set(CONTENT_TYPE, content_type(self.name));
        set(VARY, "accept-encoding");
        if is_zipped {
            set(CONTENT_ENCODING, "gzip");
        }
        // The names of assets change with what is in them.
        if self.name.starts_with("assets/") {
            set(CACHE_CONTROL, "public, max-age=31536000, immutable");
        }
        answer
    }
}

/// A page with the headers that all of them have.
fn with_headers(body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_served_as_what_it_is_and_zipped_where_that_is_taken() {
        let file = PageFile {
            name: "assets/app-1f2e.js",
            bytes: b"plain",
            zipped: Some(b"zipped"),
        };
        let mut headers = HeaderMap::new();
        let answer = file.answer(&headers);
        assert_eq!(
            answer.headers()[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            answer.headers()[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert!(!answer.headers().contains_key(CONTENT_ENCODING));
        headers.insert(ACCEPT_ENCODING, "br, gzip".parse().unwrap());
        let answer = file.answer(&headers);
        assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
        let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
        assert_eq!(&body[..], b"zipped");
    }
}
