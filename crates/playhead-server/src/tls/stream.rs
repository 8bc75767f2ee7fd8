//! A TLS stream that moves from the thread of its handshake to the one that serves it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::server::TlsStream;

/// A stream over TLS, in the hands of one runtime.
pub type Stream = TlsStream<Socket>;

/// A socket that can change the runtime: what tells it that there is something to read belongs to
/// the thread that asked, and should be the one that reads.
#[derive(Debug)]
pub struct Socket {
    tcp: Option<TcpStream>,
    /// Its place among the open connections, given back with it.
    _place: OwnedSemaphorePermit,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream, place: OwnedSemaphorePermit) -> Self {
        Self {
            tcp: Some(tcp),
            _place: place,
        }
    }

    fn tcp(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        let tcp = self.get_mut().tcp.as_mut();
        Pin::new(tcp.expect("nobody reads or writes while the stream moves"))
    }
}

/// A stream between two runtimes.
#[derive(Debug)]
pub(crate) struct Moving {
    stream: Box<Stream>,
    tcp: std::net::TcpStream,
    pub(crate) peer: SocketAddr,
}

impl Moving {
    pub(super) fn leave(mut stream: Box<Stream>, peer: SocketAddr) -> io::Result<Self> {
        let tcp = stream.get_mut().0.tcp.take();
        let tcp = tcp.ok_or(io::ErrorKind::NotConnected)?;
        Ok(Self {
            tcp: tcp.into_std()?,
            stream,
            peer,
        })
    }

    /// Arrives at the present runtime.
    pub(crate) fn arrive(self) -> io::Result<Box<Stream>> {
        let Self {
            mut stream, tcp, ..
        } = self;
        stream.get_mut().0.tcp = Some(TcpStream::from_std(tcp)?);
        Ok(stream)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.tcp().poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.tcp().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp().poll_shutdown(context)
    }
}
