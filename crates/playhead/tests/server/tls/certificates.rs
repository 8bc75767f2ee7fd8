//! Which certificate is shown, and to whom.

use std::fs;
use std::path::Path;

use playhead_engine::clock::Clock;
use playhead_server::tls::{Files, keep_self_signed};
use playhead_testkit::process::{Home, Http, Server, Trust};

use super::{self_signed, self_signed_home};
use crate::support::{Player, event, home, start};

fn new_pair(folder: &Path) -> Files {
    let now_s = Clock::system().now().0 / 1000;
    keep_self_signed(folder, &[], now_s).unwrap()
}

/// Puts a new pair where the settings of [`with_files`] say.
fn put_new_pair(home: &Home) {
    let folder = tempfile::tempdir().unwrap();
    let files = new_pair(folder.path());
    fs::copy(files.key, home.path("tls.key")).unwrap();
    fs::copy(files.certificate, home.path("tls.pem")).unwrap();
}

fn with_files() -> Home {
    let home = home().settings("[tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n");
    put_new_pair(&home);
    home.manual_clock()
}

#[test]
fn both_listeners_speak_https_with_a_certificate_of_their_own_making() {
    let server = self_signed();
    assert!(server.console_url().starts_with("https://127.0.0.1:"));
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0)]);
    assert_eq!(server.events(&player.sid).len(), 2);
    let log = server.home().stderr();
    assert!(log.contains("certificate in use"), "{log}");
    assert!(log.contains("key_sha256_base64="), "{log}");

    let explained = server.home().run(&[
        "explain",
        &player.sid,
        "--data",
        "data",
        "--console",
        &server.console_url(),
    ]);
    assert!(explained.status.success(), "{explained:?}");
    let without_trust =
        server
            .home()
            .run(&["explain", &player.sid, "--console", &server.console_url()]);
    assert_eq!(without_trust.status.code(), Some(1), "{without_trust:?}");

    let first = fs::read(server.home().certificate()).unwrap();
    let server = server.restart();
    assert_eq!(fs::read(server.home().certificate()).unwrap(), first);
    assert_eq!(server.events(&player.sid).len(), 2);
}

#[cfg(unix)]
#[test]
fn the_key_of_a_certificate_made_here_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = self_signed();
    let key = fs::metadata(server.home().data("tls/self-signed.key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_listener_may_stay_plain() {
    let home = self_signed_home().settings("[tls]\nlisteners = \"door\"\n");
    let server = home.serve();
    assert!(server.console_url().starts_with("http://"));
    let sid = Player::open(&server, &start()).sid;
    assert_eq!(server.events(&sid).len(), 1);
}

#[test]
fn a_console_with_tls_still_asks_who_asks() {
    let home = self_signed_home().settings("[console]\ntoken_file = \"token\"\n");
    fs::write(home.path("token"), "a-secret-of-some-length\n").unwrap();
    let server = home.serve();
    let token = ("authorization", "Bearer a-secret-of-some-length");
    let ask = |headers: &[(&str, &str)]| {
        let mut console = server.console();
        console.request("GET", "/v1/outcomes", headers, b"").status
    };
    assert_eq!(ask(&[]), 401);
    assert_eq!(ask(&[token]), 200);
    assert_eq!(ask(&[token, ("host", "evil.example")]), 403);
    let from = |origin| [token, ("host", "localhost:8090"), ("origin", origin)];
    assert_eq!(ask(&from("https://localhost:8090")), 200);
    assert_eq!(
        ask(&from("http://localhost:8090")),
        403,
        "a plain page is another"
    );
    assert_eq!(ask(&from("https://evil.example")), 403);

    let mut http2 = server.console_http2();
    let mut ask =
        |headers: &[(&str, &str)]| http2.request("GET", "/v1/outcomes", headers, b"").status;
    assert_eq!(ask(&[]), 401);
    assert_eq!(ask(&[token]), 200, "the authority is the host");
    assert_eq!(ask(&[token, ("host", "evil.example")]), 403);
    assert_eq!(ask(&[token, ("origin", "https://evil.example")]), 403);
    assert_eq!(ask(&[token, ("origin", &server.console_url())]), 200);
}

/// A new connection of a client that trusts one certificate, and whether it is shown.
fn is_shown(server: &Server, trust: &Trust) -> bool {
    let mut door = Http::new(server.door_address(), Some(trust.clone()));
    door.try_request("GET", "/readyz", &[], b"").is_ok()
}

/// Asks until the server is as it should be; the test itself has a limit.
fn wait_until(is_so: impl Fn() -> bool) {
    while !is_so() {
        std::thread::yield_now();
    }
}

fn trust(file: &Path) -> Trust {
    Trust::in_file(file)
}

#[test]
fn a_new_pair_is_noticed_and_a_broken_one_is_not_used() {
    let server = with_files().serve();
    let first = trust(&server.home().certificate());
    let mut before = server.door();
    assert_eq!(before.get("/readyz").status, 200);

    fs::write(server.home().path("tls.key"), "no key").unwrap();
    wait_until(|| server.home().stderr().contains("the old one stays"));
    assert!(is_shown(&server, &first));

    put_new_pair(server.home());
    let second = trust(&server.home().certificate());
    assert!(is_shown(&server, &first) || is_shown(&server, &second));
    wait_until(|| is_shown(&server, &second));
    assert!(!is_shown(&server, &first));
    assert_eq!(before.get("/readyz").status, 200, "open connections go on");
}

#[test]
fn a_pair_that_cannot_be_used_stops_the_start() {
    let home = with_files();
    let folder = tempfile::tempdir().unwrap();
    let other = new_pair(folder.path());
    fs::copy(other.key, home.path("tls.key")).unwrap();
    let refused = home.try_serve().unwrap_err();
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("https cannot be served"),
        "{}",
        refused.stderr
    );

    fs::remove_file(refused.home.path("tls.key")).unwrap();
    let refused = refused.home.try_serve().unwrap_err();
    assert_eq!(refused.code, Some(64));
    assert!(refused.stderr.contains("tls.key"), "{}", refused.stderr);
}
