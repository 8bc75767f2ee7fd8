//! The files of the store: what is checked of them, and what goes at its age.

use std::fs;
use std::path::{Path, PathBuf};

use playhead_testkit::process::Home;
use serde_json::{Value, json};

use crate::support::{Player, event, home, start};

/// A server that has ended, with one closed session of three events in its store.
fn with_a_session(home: Home) -> Home {
    let server = home.manual_clock().serve();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 1_000), &event("sessionEnd", 9, 10_000)]);
    server.set_clock(60_000);
    let (home, code) = server.terminate();
    assert_eq!(code, Some(0), "{}", home.stderr());
    home
}

fn json_of(home: &Home, arguments: &[&str], code: i32) -> Value {
    let output = home.run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn parts_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(parts_below(&path)),
            false => found.push(path),
        }
    }
    found.retain(|path| path.extension().is_some_and(|it| it == "parquet"));
    found
}

#[test]
fn a_damaged_file_is_named() {
    let home = with_a_session(home());
    let fsck = ["fsck", "--data", "data", "--json"];
    let sound = json_of(&home, &fsck, 0);
    assert_eq!(
        sound["store"]["rows"], 4,
        "a session and its events: {sound}"
    );
    assert_eq!(sound["store"]["damage"], json!([]));

    let part = parts_below(&home.data("store/sessions")).remove(0);
    let mut bytes = fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&part, bytes).unwrap();
    let found = json_of(&home, &fsck, 2);
    let file = found["store"]["damage"][0]["file"].as_str().unwrap();
    assert!(part.ends_with(file), "{found}");
}

#[test]
fn a_dry_run_says_what_would_go_and_takes_nothing() {
    let settings =
        "[store]\nsessions_max_age = \"2d\"\n[suites.\"suite.two\"]\nsessions_max_age = \"3d\"\n";
    let home = with_a_session(home().settings(settings));
    let mut arguments = vec!["retention", "--dry-run", "--data", "data", "--json"];
    let kept = json_of(&home, &arguments, 0);
    assert_eq!(kept, json!({ "tables": [] }), "no age is said");

    arguments.extend(["--config", "playhead.toml"]);
    let would_go = json_of(&home, &arguments, 0);
    let tables = would_go["tables"].as_array().unwrap();
    let rows = tables
        .iter()
        .map(|it| (&it["suite"], &it["table"], &it["rows"]));
    let (suite, sessions, events) = (json!("suite.one"), json!("sessions"), json!("events"));
    let wanted = [(&suite, &sessions, &json!(1)), (&suite, &events, &json!(3))];
    assert_eq!(rows.collect::<Vec<_>>(), wanted);
    for table in tables {
        assert!(table["bytes"].as_u64() > Some(0), "{table}");
        assert_eq!(table["firstDay"], "1970-01-01");
    }
    assert_eq!(
        parts_below(&home.data("store")).len(),
        2,
        "nothing has gone"
    );
    let refused = home.run(&["retention", "--data", "data"]);
    assert_eq!(
        refused.status.code(),
        Some(64),
        "it says that it changes nothing"
    );
}
