//! The listeners: bound first, then with TLS if there is a certificate.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use playhead_config::{Config, TlsCertificate};
use playhead_server::Listener;
use playhead_server::tls::{self, Certificate, Files, Handshakes};

use super::options;
use crate::output;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4_096;
/// Connections to the console at once, where it speaks TLS.
const CONSOLE_CONNECTIONS_MAX: usize = 1_000;

/// Both listeners, and what they share.
pub(super) struct Listeners {
    pub(super) door: Listener,
    pub(super) console: Listener,
    pub(super) certificate: Option<Arc<Certificate>>,
    /// Of the listeners that speak TLS.
    pub(super) handshakes: Arc<[(&'static str, Arc<Handshakes>)]>,
    pub(super) door_url: String,
    console_url: String,
    /// SQL in the Postgres protocol, with TLS if the console has it.
    pub(super) postgres: Option<TcpListener>,
    pub(super) postgres_tls: Option<(tls::Acceptor, Duration)>,
}

impl Listeners {
    /// Binds both, and starts what speaks TLS. `now_s` is the wall clock in seconds.
    pub(super) fn open(config: &Config, now_s: u64) -> anyhow::Result<Self> {
        let door = bind(config.listen).context("the public door cannot be opened")?;
        let console = bind(config.console.listen).context("the console cannot be opened")?;
        let postgres = config.postgres.listen.map(bind).transpose();
        let postgres = postgres.context("the Postgres listener cannot be opened")?;
        let door_url = url(config.tls.on_door(), door.local_addr()?);
        let console_url = url(config.tls.on_console(), console.local_addr()?);
        let certificate = certificate(config, now_s).context("https cannot be served")?;
        let postgres_tls = match &certificate {
            Some(certificate) if config.tls.on_console() && postgres.is_some() => {
                let acceptor = tls::acceptor(certificate.clone(), &[playhead_sql::TLS_PROTOCOL])?;
                Some((acceptor, config.tls.handshake_timeout))
            }
            _ => None,
        };
        let mut handshakes = Vec::new();
        let mut with_tls = |name, listener, on, connections_max| match &certificate {
            Some(certificate) if on => {
                let counts = Arc::new(Handshakes::default());
                handshakes.push((name, counts.clone()));
                let certificate = certificate.clone();
                let options = options::handshakes(config);
                tls::listen(
                    name,
                    listener,
                    certificate,
                    options,
                    connections_max,
                    counts,
                )
                .map(Listener::Tls)
            }
            _ => Ok(Listener::Plain(listener)),
        };
        Ok(Self {
            door: with_tls(
                "door",
                door,
                config.tls.on_door(),
                config.door.connections_max,
            )?,
            console: with_tls(
                "console",
                console,
                config.tls.on_console(),
                CONSOLE_CONNECTIONS_MAX,
            )?,
            certificate,
            handshakes: handshakes.into(),
            door_url,
            console_url,
            postgres,
            postgres_tls,
        })
    }

    /// The first line on standard output: the addresses in use, for whoever asked for free ports.
    pub(super) fn announce(&self) -> anyhow::Result<()> {
        let (door, console) = (&self.door_url, &self.console_url);
        let mut line = format!("listening on {door} console {console}");
        if let Some(postgres) = &self.postgres {
            line += &format!(" postgres {}", postgres.local_addr()?);
        }
        output::print(&format!("{line}\n"))
    }
}

fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    use socket2::{Domain, Socket, Type};
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok::<_, std::io::Error>(socket.into())
    };
    bind().with_context(|| format!("cannot listen on {address}"))
}

fn url(is_tls: bool, address: SocketAddr) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// Reads the certificate, or makes one, and says by what it can be known.
fn certificate(config: &Config, now_s: u64) -> anyhow::Result<Option<Arc<Certificate>>> {
    let files = match &config.tls.certificate {
        None => return Ok(None),
        Some(TlsCertificate::Files { certificate, key }) => Files {
            certificate: certificate.clone(),
            key: key.clone(),
        },
        Some(TlsCertificate::SelfSigned { names }) => {
            tls::keep_self_signed(&config.data.join("tls"), names, now_s)?
        }
    };
    let file = files.certificate.display().to_string();
    let certificate = Certificate::load(files)?;
    let fingerprints = certificate.fingerprints();
    tracing::info!(
        file,
        sha256 = fingerprints.certificate,
        key_sha256_base64 = fingerprints.key,
        "certificate in use"
    );
    Ok(Some(Arc::new(certificate)))
}
