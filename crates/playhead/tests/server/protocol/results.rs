//! Acceptance checks that show in the numbers.

use serde_json::json;

use crate::support::{Player, ad, ad_break, event, event_with, manual, start};

#[test]
fn an_ad_outside_a_break_is_no_ad() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([
        &event("play", 0, 0),
        &ad(10_000),
        &event("adComplete", 10, 20_000),
        &event("sessionEnd", 30, 30_000),
    ]);
    server.set_clock(5_000);
    let session = server.session(&player.sid);
    assert_eq!(session["ads"], json!([]));
    assert_eq!(session["session"]["adCount"], 0);
    assert_eq!(session["session"]["timePlayed"], 30);
    let rules = server.outcomes()["total"]["rules"].clone();
    assert_eq!(rules["R5.2 outside a break"], 2, "{rules}");
}

#[test]
fn a_break_and_its_ad_of_one_moment_are_put_in_order() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    player.send_all([
        &event("play", 0, 10_000),
        &ad(10_000),
        &ad_break(10_000),
        &event("adComplete", 0, 25_000),
        &event("adBreakComplete", 0, 25_000),
        &event("sessionEnd", 5, 30_000),
    ]);
    server.set_clock(5_000);
    let session = server.session(&player.sid);
    assert_eq!(session["session"]["adCount"], 1);
    assert_eq!(session["ads"][0]["timePlayed"], 15);
    assert_eq!(session["ads"][0]["isCompleted"], true);
    // The play of that moment is one inside the ad; content begins when the break is over.
    assert_eq!(session["session"]["timePlayed"], 5);
}

#[test]
fn ten_state_names_are_kept() {
    let server = manual();
    let mut player = Player::open(&server, &start());
    for number in 0..11 {
        let name = json!({ "media.state.name": format!("state.{number:02}") });
        player.send_all([&event_with("stateStart", number * 1_000, name)]);
    }
    player.send_all([&event("sessionEnd", 0, 20_000)]);
    server.set_clock(5_000);
    let states = server.session(&player.sid)["states"].clone();
    let names: Vec<&String> = states.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 10, "{names:?}");
    assert_eq!(states["state.00"]["time"], 20);
    assert_eq!(states["state.09"]["time"], 11);
    assert_eq!(states.get("state.10"), None);
}

#[test]
fn custom_metadata_is_merged_and_overrides_nothing() {
    let server = manual();
    let mut whole = start();
    whole["customMetadata"] = json!({ "league": "first", "a.media.name": "x", "media.id": "y" });
    let mut player = Player::open(&server, &whole);
    let mut ad = ad(0);
    ad["customMetadata"] = json!({ "league": "second", "own": "1" });
    player.send_all([&ad_break(0), &ad, &event("sessionEnd", 0, 1_000)]);
    server.set_clock(5_000);
    let session = server.session(&player.sid);
    let custom = &session["ads"][0]["customMetadata"];
    assert_eq!(custom["league"], "second");
    assert_eq!(custom["own"], "1");
    assert_eq!(
        session["session"]["name"], "film-1",
        "the content id keeps its name"
    );
}
