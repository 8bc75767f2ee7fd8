//! TLS as a client speaks it that trusts one certificate and no other.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring,
};
use tokio_rustls::{TlsConnector, client};

/// What a client trusts.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts the certificate in a PEM file.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn in_file(file: &Path) -> Self {
        let certificate = CertificateDer::from_pem_file(file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut roots = RootCertStore::empty();
        roots
            .add(certificate)
            .expect("a certificate that can be trusted");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the versions that rustls has")
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Whoever resumes a session is shown no certificate.
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }

    /// The same with protocols of the application to be chosen from.
    pub(super) fn offering(&self, protocols: &[&[u8]]) -> Arc<ClientConfig> {
        let mut config = (*self.0).clone();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Arc::new(config)
    }

    /// Connects to a server that speaks the Postgres protocol.
    ///
    /// # Errors
    /// If it does not answer, or is not the one that is trusted.
    pub(super) async fn connect_to_postgres(&self, address: SocketAddr) -> io::Result<OverTls> {
        let mut tcp = tokio::net::TcpStream::connect(address).await?;
        // The message that asks for TLS.
        tcp.write_all(&[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]).await?;
        if tcp.read_u8().await? != b'S' {
            return Err(io::Error::other("it does not speak TLS"));
        }
        let connector = TlsConnector::from(self.offering(&[b"postgresql"]));
        connector.connect(host(), tcp).await
    }

    /// Connects, to speak one protocol.
    pub(super) fn connect(&self, mut tcp: TcpStream, protocol: &[u8]) -> io::Result<Tls> {
        let config = self.offering(&[protocol]);
        let mut session = ClientConnection::new(config, host()).map_err(io::Error::other)?;
        session.complete_io(&mut tcp)?;
        Ok(StreamOwned::new(session, tcp))
    }
}

/// The name that servers under test have.
pub(super) fn host() -> ServerName<'static> {
    ServerName::IpAddress(Ipv4Addr::LOCALHOST.into())
}

/// A connection over TLS, for asynchronous clients.
pub type OverTls = client::TlsStream<tokio::net::TcpStream>;

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// A connection, as a client sees it.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<Tls>),
}

impl Stream {
    pub(super) fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => &tls.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
