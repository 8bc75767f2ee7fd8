//! Torn tails are cut, damage is told, and a bad checkpoint is passed over.

use std::fs;
use std::path::{Path, PathBuf};

use playhead_testkit::process::Home;
use serde_json::{Value, json};

use crate::support::{Player, event, event_with, manual, start};
use crate::vectors::AFTERWARDS_MS;

fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let of_suffix = |path: &PathBuf| path.extension().is_some_and(|found| found == suffix);
    let mut found: Vec<PathBuf> = paths.filter(of_suffix).collect();
    found.sort();
    found
}

/// The one segment of a small log.
fn segment(home: &Home) -> PathBuf {
    let holds_frames = |file: &PathBuf| {
        fs::read(file).unwrap()[4096..]
            .iter()
            .any(|byte| *byte != 0)
    };
    let segments = files(&home.data("log"), "seg");
    let mut used: Vec<PathBuf> = segments.into_iter().filter(holds_frames).collect();
    assert_eq!(used.len(), 1, "one segment holds the log: {used:?}");
    used.remove(0)
}

fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
}

/// Where the last byte that is not zero ends.
fn end(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// A killed server with one session of six events, each with a name that is found in the log.
fn killed() -> (Home, String) {
    let server = manual();
    let mut player = Player::open(&server, &start());
    for number in 1..6 {
        let name = json!({ "media.state.name": format!("marker.{number}") });
        player.send_all([&event_with("stateStart", number * 1_000, name)]);
    }
    let sid = player.sid;
    (server.kill(), sid)
}

#[test]
fn a_torn_tail_is_cut_and_counted() {
    let (home, sid) = killed();
    // The last write did not reach the disk as a whole.
    change(&segment(&home), |bytes| {
        let end = end(bytes);
        bytes[end - 3..end].fill(0);
    });
    let fsck = home.run(&["fsck", "--data", "data", "--json"]);
    assert_eq!(fsck.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&fsck.stdout).unwrap();
    assert_eq!(report["damage"][0]["torn"], true, "{report}");

    let server = home.serve();
    assert_eq!(server.events(&sid).len(), 5);
    let recovered = server.home().stderr();
    assert!(recovered.contains("torn_bytes="), "{recovered}");
    assert!(
        !recovered.contains("recovered torn_bytes=0 checkpoint=None records=7"),
        "{recovered}"
    );
    // The session goes on from there, through further kills.
    Player::of(&server, &sid).send_all([&event("ping", 9, 9_000)]);
    let server = server.kill_and_restart();
    assert_eq!(server.events(&sid).len(), 6);
}

#[test]
fn garbage_behind_the_end_is_cut() {
    for garbage in [
        b"\xf0\x9f\x8e\xac".repeat(50),
        vec![0xff; 5_000],
        vec![1; 1],
    ] {
        let (home, sid) = killed();
        change(&segment(&home), |bytes| {
            let end = end(bytes).next_multiple_of(8);
            bytes[end..end + garbage.len()].copy_from_slice(&garbage);
        });
        let server = home.serve();
        assert_eq!(server.events(&sid).len(), 6);
        Player::of(&server, &sid).send_all([&event("ping", 9, 9_000)]);
        let server = server.kill_and_restart();
        assert_eq!(server.events(&sid).len(), 7);
    }
}

#[test]
fn a_flipped_byte_in_durable_data_stops_the_start() {
    let (home, sid) = killed();
    let file = segment(&home);
    let mut at = 0;
    change(&file, |bytes| {
        let marker = b"marker.3";
        at = bytes
            .windows(marker.len())
            .position(|found| found == marker)
            .unwrap();
        bytes[at] ^= 1;
    });
    let refused = home.try_serve().unwrap_err();
    assert_eq!(refused.code, Some(1));
    let name = file.file_name().unwrap().to_str().unwrap();
    for word in [name, "offset", "playhead fsck", "backup"] {
        assert!(
            refused.stderr.contains(word),
            "{word} is missed in {}",
            refused.stderr
        );
    }
    let home = refused.home;
    let fsck = home.run(&["fsck", "--data", "data", "--json"]);
    assert_eq!(
        fsck.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&fsck.stderr)
    );
    let report: Value = serde_json::from_slice(&fsck.stdout).unwrap();
    let damage = &report["damage"][0];
    assert_eq!(damage["torn"], false, "{report}");
    assert!(damage["file"].as_str().unwrap().ends_with(name));
    let offset = usize::try_from(damage["offset"].as_u64().unwrap()).unwrap();
    assert!(
        offset <= at && at < offset + 4_096,
        "{offset} is not near {at}"
    );

    // With the byte put right everything is there again.
    change(&file, |bytes| bytes[at] ^= 1);
    let server = home.serve();
    assert_eq!(server.events(&sid).len(), 6);
}

#[test]
fn a_damaged_checkpoint_is_passed_over() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0)]);
    let mut closed = Player::open(&server, &start());
    closed.send_all([&event("sessionEnd", 0, 1)]);
    server.set_clock(5_000);
    let server = server.restart();
    let mut player = Player::of(&server, &player.sid);
    player.send_all([&event("ping", 10, 10_000)]);
    let server = server.restart();
    let mut player = Player::of(&server, &player.sid);
    player.send_all([&event("ping", 20, 20_000)]);
    let read = |server: &playhead_testkit::process::Server| {
        let total = server.outcomes()["total"].clone();
        json!([
            server.session(&player.sid),
            server.session(&closed.sid),
            total
        ])
    };
    let before = read(&server);
    let mut home = server.kill();
    let newest_first = |home: &Home| {
        let mut checkpoints = files(&home.data("checkpoint"), "checkpoint");
        checkpoints.reverse();
        checkpoints
    };
    assert_eq!(newest_first(&home).len(), 2);
    for damaged in 1..=2 {
        for file in newest_first(&home).iter().take(damaged) {
            change(file, |bytes| {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x40;
            });
        }
        let server = home.serve();
        assert!(server.home().stderr().contains("checkpoint passed over"));
        assert_eq!(read(&server), before, "{damaged} damaged");
        home = server.kill();
        for file in newest_first(&home) {
            change(&file, |bytes| bytes.truncate(bytes.len() / 2));
        }
    }
    for file in newest_first(&home) {
        fs::remove_file(file).unwrap();
    }
    assert_eq!(read(&home.serve()), before, "without any checkpoint");
}

#[test]
fn a_lost_store_is_made_anew() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0), &event("sessionEnd", 60, 60_000)]);
    server.set_clock(5_000);
    let before = server.session(&player.sid);
    let home = server.kill();
    // Only what a checkpoint covers is in the store alone; there is none yet, and perhaps no file.
    if home.data("store").exists() {
        fs::remove_dir_all(home.data("store")).unwrap();
    }
    assert_eq!(home.serve().session(&player.sid), before);
}

#[test]
fn a_folder_of_another_format_is_left_alone() {
    let (home, _) = killed();
    fs::write(home.data("format"), "playhead data 99\n").unwrap();
    let refused = home.try_serve().unwrap_err();
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("playhead data 99"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_store_that_is_gone_stops_the_start_and_is_made_anew_from_the_log() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([&event("play", 0, 0), &event("sessionEnd", 9, 9_000)]);
    server.set_clock(AFTERWARDS_MS);
    let path = format!("/v1/sessions/{}", player.sid);
    let before = server.ask(&path);
    let (home, _) = server.terminate();
    fs::remove_dir_all(home.data("store")).unwrap();
    let refused = home.try_serve().unwrap_err();
    assert_eq!(refused.code, Some(1));
    let why = &refused.stderr;
    assert!(
        why.contains("the store is gone") && why.contains("`checkpoint`"),
        "{why}"
    );
    let home = refused.home;
    fs::rename(home.data("checkpoint"), home.path("away")).unwrap();
    assert_eq!(home.serve().ask(&path), before);
}
