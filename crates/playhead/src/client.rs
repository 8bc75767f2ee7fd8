//! Asking a running console, over plain HTTP or TLS.

use std::fs;
use std::path::{Path, PathBuf};

use playhead_config::{Config, TlsCertificate};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// Where systems keep the certificates they trust.
const SYSTEM: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// A client that trusts what the system trusts, and the certificate of the server with these
/// settings: one that vouches for itself is trusted by nobody else.
pub(crate) fn agent(config: &Config) -> ureq::Agent {
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
