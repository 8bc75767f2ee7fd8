//! Proxies in front: whose address counts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use playhead_testkit::process::{Http, Server};

use crate::support::{home, start_of};

/// A proxy as they all are: it passes requests on, one a connection, and appends whom it got them
/// from.
fn proxy(to: SocketAddr, from: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            pass_on(client.unwrap(), to, from);
        }
    });
    address
}

fn pass_on(mut client: TcpStream, to: SocketAddr, from: &str) {
    let mut request = vec![0; 64 << 10];
    // The clients here send a request as one piece.
    let length = client.read(&mut request).unwrap();
    let request = String::from_utf8(request[..length].to_vec()).unwrap();
    let (line, rest) = request.split_once("\r\n").unwrap();
    let mut server = TcpStream::connect(to).unwrap();
    write!(
        server,
        "{line}\r\nx-forwarded-for: {from}\r\nconnection: close\r\n{rest}"
    )
    .unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).unwrap();
    client.write_all(&answer).unwrap();
}

fn server(trusted: &str) -> Server {
    let settings = format!(
        "[door]\ntrusted_proxies = [{trusted}]\n\
         [rates]\naddress_starts = 1\nburst = \"1s\"\n"
    );
    home().manual_clock().settings(&settings).serve()
}

/// The status of a start that comes through a proxy.
fn start_through(proxy: SocketAddr, viewer: &str, headers: &[(&str, &str)]) -> u16 {
    let body = start_of(viewer).to_string();
    let mut http = Http::new(proxy, None);
    http.request("POST", "/api/v1/sessions", headers, body.as_bytes())
        .status
}

#[test]
fn viewers_behind_a_trusted_proxy_are_told_apart() {
    let server = server("\"127.0.0.1\"");
    let one = proxy(server.door_address(), "203.0.113.7");
    let other = proxy(server.door_address(), "198.51.100.7");
    assert_eq!(start_through(one, "a", &[]), 201);
    assert_eq!(start_through(other, "b", &[]), 201);
    assert_eq!(start_through(one, "c", &[]), 429);
}

#[test]
fn nobody_hides_behind_a_header_of_his_own() {
    let server = server("\"127.0.0.1\"");
    let proxy = proxy(server.door_address(), "203.0.113.7");
    let claims = |address| [("x-forwarded-for", address)];
    assert_eq!(start_through(proxy, "a", &claims("192.0.2.1")), 201);
    assert_eq!(
        start_through(proxy, "b", &claims("192.0.2.2, 192.0.2.3")),
        429
    );
}

#[test]
fn without_trust_the_connection_counts() {
    let server = server("");
    let one = proxy(server.door_address(), "203.0.113.7");
    let other = proxy(server.door_address(), "198.51.100.7");
    assert_eq!(start_through(one, "a", &[]), 201);
    assert_eq!(start_through(other, "b", &[]), 429);
}
