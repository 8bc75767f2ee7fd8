//! TLS before the Postgres protocol: the client asks for it in its first message, or begins with
//! the handshake. What is said inside goes to the protocol through a pair of local sockets.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use pgwire::tokio::process_socket_unix;
use playhead_server::tls::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpStream, UnixStream};

use super::handlers::Handlers;

/// The first message of one who asks for TLS, and of one who asks for what Kerberos has.
const TLS_WANTED: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const GSS_WANTED: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];
/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;

/// Lets in who speaks TLS.
pub(super) struct Secure {
    pub(super) acceptor: Acceptor,
    /// From the connection to the end of the handshake.
    pub(super) timeout: Duration,
    /// For those who come by TLS.
    pub(super) inside: Arc<Handlers>,
    /// For those who do not: they can cancel, as old clients do in plain text, and nothing else.
    pub(super) outside: Arc<Handlers>,
}

impl Secure {
    pub(super) async fn serve(&self, tcp: TcpStream) -> io::Result<()> {
        let first = tokio::time::timeout(self.timeout, self.first(tcp)).await;
        match first.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? {
            First::Secure(stream) => pass(*stream, &[], self.inside.clone()).await,
            First::Plain(tcp, said) => pass(tcp, &said, self.outside.clone()).await,
        }
    }

    async fn first(&self, mut tcp: TcpStream) -> io::Result<First> {
        let mut start = [0];
        if tcp.peek(&mut start).await? == 1 && start[0] == HANDSHAKE {
            return Ok(First::Secure(Box::new(self.acceptor.accept(tcp).await?)));
        }
        let mut said = [0; 8];
        tcp.read_exact(&mut said).await?;
        if said == GSS_WANTED {
            tcp.write_all(b"N").await?;
            tcp.read_exact(&mut said).await?;
        }
        if said != TLS_WANTED {
            return Ok(First::Plain(tcp, said));
        }
        tcp.write_all(b"S").await?;
        Ok(First::Secure(Box::new(self.acceptor.accept(tcp).await?)))
    }
}

/// What a client began with.
enum First {
    Secure(Box<Stream>),
    Plain(TcpStream, [u8; 8]),
}

type Stream = playhead_server::tls::Accepted<TcpStream>;

/// Has a stream served, of which `said` was read already.
async fn pass<S>(mut stream: S, said: &[u8], handlers: Arc<Handlers>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut near, far) = UnixStream::pair()?;
    near.write_all(said).await?;
    let copied = async {
        let copied = copy_bidirectional(&mut stream, &mut near).await;
        drop(near);
        copied
    };
    let (served, copied) = tokio::join!(process_socket_unix(far, handlers), copied);
    served.and(copied.map(|_| ()))
}
