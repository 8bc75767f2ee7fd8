//! Asking a running console, over plain HTTP or TLS.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use playhead_config::{Config, TlsCertificate};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::cli::ConsoleArgs;
use crate::settings;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// Where systems keep the certificates they trust.
const SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A console to ask.
pub(crate) struct Console {
    config: Config,
    url: String,
}

impl Console {
    /// The console at a URL, or that of the settings; its self-signed certificate lies in the data
    /// folder.
    pub(crate) fn find(args: ConsoleArgs) -> anyhow::Result<Self> {
        let sources = settings::sources(None, args.data);
        let config = playhead_config::load(&sources)?.config;
        let url = args.url.unwrap_or_else(|| {
            let is_tls = config.tls.on_console();
            let scheme = if is_tls { "https" } else { "http" };
            format!("{scheme}://{}", config.console.listen)
        });
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self { config, url })
    }

    /// Gets what is at a path, in a form that is accepted.
    pub(crate) fn get(&self, path: &str, accept: &str) -> anyhow::Result<String> {
        let url = format!("{}{path}", self.url);
        let mut request = agent(&self.config).get(&url).header("accept", accept);
        if let Some(token) = self.token() {
            request = request.header("authorization", token);
        }
        self.read(request.call())
    }

    /// Posts JSON to a path.
    pub(crate) fn post(&self, path: &str, body: &str) -> anyhow::Result<String> {
        self.read(self.send(path, body))
    }

    /// Posts JSON to a path, and gives the answer as it comes.
    pub(crate) fn post_for_stream(
        &self,
        path: &str,
        body: &str,
    ) -> anyhow::Result<impl Read + use<>> {
        let answer = self.send(path, body);
        let answer = answer.with_context(|| format!("{} does not answer", self.url))?;
        if !answer.status().is_success() {
            self.read(Ok(answer))?;
            bail!("{} has no answer", self.url);
        }
        Ok(answer.into_body().into_reader())
    }

    /// Posts JSON to a path, and copies the answer.
    pub(crate) fn post_to(
        &self,
        path: &str,
        body: &str,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let mut answer = self.post_for_stream(path, body)?;
        std::io::copy(&mut answer, out).context("the answer broke off")?;
        Ok(())
    }

    fn send(
        &self,
        path: &str,
        body: &str,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let url = format!("{}{path}", self.url);
        let mut request = agent(&self.config)
            .post(&url)
            .header("content-type", "application/json");
        if let Some(token) = self.token() {
            request = request.header("authorization", token);
        }
        request.send(body)
    }

    fn token(&self) -> Option<String> {
        let token = self.config.console.token.as_ref();
        token.map(|token| format!("Bearer {}", token.expose()))
    }

    fn read(
        &self,
        answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> anyhow::Result<String> {
        let mut answer = answer.with_context(|| format!("{} does not answer", self.url))?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES_MAX)
            .read_to_string()
            .context("the answer cannot be read")?;
        if !answer.status().is_success() {
            let message = serde_json::from_str::<serde_json::Value>(&text)
                .ok()
                .and_then(|body| body["message"].as_str().map(str::to_owned));
            bail!("{}: {}", answer.status(), message.unwrap_or(text));
        }
        Ok(text)
    }
}

/// A client that trusts what the system trusts, and the certificate of the server with these
/// settings: one that vouches for itself is trusted by nobody else.
fn agent(config: &Config) -> ureq::Agent {
    let own = match &config.tls.certificate {
        Some(TlsCertificate::Files { certificate, .. }) => certificate.clone(),
        _ => config.data.join("tls/self-signed.pem"),
    };
    let system = SYSTEM.iter().map(PathBuf::from).find(|file| file.exists());
    let files = system.into_iter().chain([own]);
    let trusted: Vec<_> = files.flat_map(|file| certificates(&file)).collect();
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(playhead_server::tls::crypto())
        .root_certs(RootCerts::new_with_certs(&trusted))
        .build();
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .tls_config(tls)
        .build()
        .into()
}

/// The certificates in a file; what cannot be read is not trusted.
fn certificates(file: &Path) -> Vec<ureq::tls::Certificate<'static>> {
    let pem = fs::read(file).unwrap_or_default();
    parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect()
}
