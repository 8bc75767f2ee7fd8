//! TLS on both listeners: certificates, handshakes, HTTP/2.

mod certificates;
mod handshakes;
mod http2;

use playhead_testkit::process::{Home, Server};

use crate::support::home;

/// A server with a certificate of its own making, whose clock stands at 0.
#[track_caller]
fn self_signed() -> Server {
    self_signed_home().serve()
}

fn self_signed_home() -> Home {
    home().manual_clock().flag("--tls-self-signed")
}
