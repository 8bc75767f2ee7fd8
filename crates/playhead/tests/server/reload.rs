//! Settings read anew while the server runs.

use std::fs;
use std::process::Output;

use playhead_testkit::process::{Home, Server};
use serde_json::json;

use crate::support::{Player, event, home, manual, refused, start, start_with};

fn write(home: &Home, settings: &str) {
    fs::write(home.path("playhead.toml"), settings).unwrap();
}

#[track_caller]
fn reload(server: &Server) -> Output {
    server.home().run(&["config", "reload", "--data", "data"])
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn new_settings_hold_for_what_comes_next() {
    let server = home().settings("").manual_clock().serve();
    let mut before = Player::open(&server, &start());
    let changed = "[door]\nsuites = [\"suite.two\"]\nbody_event_max = \"4 KiB\"\n\
                   [suites.\"suite.two\"]\nprofile = \"strict\"\n\
                   time_zone = \"Asia/Kolkata\"\n\
                   [console]\nhosts = [\"stats.example\"]\n";
    write(server.home(), changed);
    let output = reload(&server);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for key in [
        "door.suites",
        "door.body_event_max",
        "console.hosts",
        "suites.\"suite.two\".profile",
    ] {
        assert!(
            told(&output).contains(&format!("changed: {key}\n")),
            "{output:?}"
        );
    }
    assert!(!told(&output).contains("restart"), "{output:?}");

    before.send_all([&event("play", 0, 0)]);
    let mut door = server.door();
    refused(&door.post_json("/api/v1/sessions", &start()), 400);
    let mut two = start_with("analytics.reportSuite", "suite.two");
    assert_eq!(door.post_json("/api/v1/sessions", &two).status, 201);
    two["params"]["unknown"] = 1.into();
    refused(&door.post_json("/api/v1/sessions", &two), 400);
    refused(&door.post("/api/v1/sessions", &vec![b' '; 5_000]), 413);
    let host = [("host", "stats.example")];
    assert_eq!(
        server
            .console()
            .request("GET", "/v1/outcomes", &host, b"")
            .status,
        200
    );
    let metrics = server.console().get("/metrics").text();
    assert!(metrics.contains("suite=\"suite.two\""), "{metrics}");
    let about = server.console().get("/v1/server").json();
    let two = json!({ "id": "suite.two", "timeZone": "Asia/Kolkata" });
    assert!(
        about["suites"].as_array().unwrap().contains(&two),
        "{about}"
    );

    let output = reload(&server);
    assert_eq!(
        (told(&output).as_str(), output.status.code()),
        ("nothing has changed\n", Some(0))
    );
}

#[test]
fn sessions_keep_the_rules_they_began_with() {
    let server = home().settings("").manual_clock().serve();
    let mut before = Player::open(&server, &start());
    write(
        server.home(),
        "[suites.\"suite.one\"]\nbitrate_unit = \"bps\"\n",
    );
    assert_eq!(reload(&server).status.code(), Some(0));
    let mut after = Player::open(
        &server,
        &start_with("visitor.marketingCloudUserId", "after"),
    );
    for player in [&mut before, &mut after] {
        let mut change = event("bitrateChange", 0, 1_000);
        change["qoeData"] = json!({ "media.qoe.bitrate": 3_000_000 });
        let end = event("sessionEnd", 9, 10_000);
        player.send_all([&event("play", 0, 0), &change, &end]);
    }
    server.set_clock(60_000);
    let bitrate =
        |player: &Player| server.session(&player.sid)["session"]["bitrateAverage"].clone();
    assert_eq!(bitrate(&before), 3_000_000, "in kbps");
    assert_eq!(bitrate(&after), 3_000, "in bps");
}

#[test]
fn mistakes_change_nothing_and_are_all_told() {
    let server = home().settings("").manual_clock().serve();
    write(
        server.home(),
        "[door]\nprofile = \"lax\"\nsuites = [\"suite.two\"]\nbody_size = 1\n",
    );
    let output = reload(&server);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = told(&output);
    assert!(
        told.contains("door.profile") && told.contains("door.body_size"),
        "{told}"
    );
    let log = server.home().stderr();
    assert!(
        log.contains("settings not taken") && log.contains("door.profile"),
        "{log}"
    );
    Player::open(&server, &start());
}

#[test]
fn what_waits_for_a_restart_is_named() {
    let server = home().settings("").manual_clock().serve();
    write(
        server.home(),
        "[door]\nconnections_max = 5\nprofile = \"strict\"\n[log]\nack = \"written\"\n\
         [tls]\nself_signed = true\n",
    );
    for _ in 0..2 {
        let told = told(&reload(&server));
        for key in ["door.connections_max", "log.ack", "tls.self_signed"] {
            assert!(
                told.contains(&format!("needs a restart: {key}\n")),
                "{told}"
            );
        }
    }
    let json = server
        .home()
        .run(&["config", "reload", "--data", "data", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["needs_restart"].as_array().unwrap().len(), 3, "{json}");
}

#[test]
fn a_signal_does_the_same() {
    let server = home().settings("").manual_clock().serve();
    write(server.home(), "[door]\nsuites = [\"suite.two\"]\n");
    server.send_sighup();
    let mut door = server.door();
    // The signal takes its time, and nothing tells when it has arrived but its effect.
    let allowed = start_with("visitor.marketingCloudUserId", "asks");
    while door.post_json("/api/v1/sessions", &allowed).status == 201 {}
}

#[test]
fn the_socket_is_for_the_owner_and_only_there_while_the_server_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = manual();
    let socket = fs::metadata(server.home().data("admin.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    let server = server.kill_and_restart();
    assert_eq!(
        reload(&server).status.code(),
        Some(0),
        "a socket left behind is in nobody's way"
    );
    let (home, _) = server.terminate();
    let output = home.run(&["config", "reload", "--data", "data"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("no server answers"), "{error}");
}
