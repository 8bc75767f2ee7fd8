//! Keys: which are needed, what type each has, what becomes of unknown ones.

use playhead_testkit::process::{Answer, Http, Server};
use serde_json::{Value, json};

use crate::support::{
    Player, TS, ad, ad_break, event, event_with, events_path, faulty, home, manual, refused, start,
};

fn chapter() -> Value {
    let params = json!({
        "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 30,
    });
    event_with("chapterStart", 0, params)
}

fn state(name: &str) -> Value {
    event_with(name, 0, json!({ "media.state.name": "mute" }))
}

/// An event that is complete, and the keys of `params` that it needs.
fn complete() -> Vec<(Value, &'static [&'static str])> {
    vec![
        (
            start(),
            &[
                "analytics.trackingServer",
                "analytics.reportSuite",
                "visitor.marketingCloudOrgId",
                "media.id",
                "media.length",
                "media.contentType",
                "media.playerName",
                "media.channel",
            ],
        ),
        (ad_break(0), &["media.ad.podIndex", "media.ad.podSecond"]),
        (
            ad(0),
            &[
                "media.ad.id",
                "media.ad.length",
                "media.ad.podPosition",
                "media.ad.playerName",
            ],
        ),
        (
            chapter(),
            &[
                "media.chapter.index",
                "media.chapter.offset",
                "media.chapter.length",
            ],
        ),
        (state("stateStart"), &["media.state.name"]),
        (state("stateEnd"), &["media.state.name"]),
    ]
}

/// Sends bodies to where their type belongs.
struct Sender {
    door: Http,
    events: String,
}

impl Sender {
    fn new(server: &Server) -> Self {
        let events = events_path(&Player::open(server, &start()).sid);
        Self {
            door: server.door(),
            events,
        }
    }

    #[track_caller]
    fn send(&mut self, body: &Value, is_start: bool) -> Answer {
        let path = if is_start {
            "/api/v1/sessions"
        } else {
            &self.events
        };
        self.door.post_json(path, body)
    }
}

fn is_start(body: &Value) -> bool {
    body["eventType"] == "sessionStart"
}

#[test]
fn each_required_key_is_missed_by_name() {
    let server = manual();
    let mut sender = Sender::new(&server);
    for (whole, keys) in complete() {
        let taken = sender.send(&whole, is_start(&whole)).status;
        assert_eq!(taken, if is_start(&whole) { 201 } else { 204 }, "{whole}");
        for key in keys {
            let mut body = whole.clone();
            body["params"]
                .as_object_mut()
                .unwrap()
                .remove(*key)
                .unwrap();
            faulty(
                &sender.send(&body, is_start(&whole)),
                &format!("params.{key}"),
            );
        }
        for member in ["eventType", "playerTime", "params"] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().remove(member).unwrap();
            faulty(&sender.send(&body, is_start(&whole)), member);
        }
        for member in ["playhead", "ts"] {
            let mut body = whole.clone();
            body["playerTime"].as_object_mut().unwrap().remove(member);
            let path = format!("playerTime.{member}");
            faulty(&sender.send(&body, is_start(&whole)), &path);
        }
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let server = manual();
    let body = json!({
        "eventType": "adStart",
        "playerTime": { "playhead": "12", "ts": TS },
        "params": { "media.ad.id": "ad-1", "media.ad.length": 15, "media.ad.podPosition": 1 },
    });
    let answer = Player::open(&server, &start()).post(&body);
    faulty(&answer, "playerTime.playhead");
    faulty(&answer, "params.media.ad.playerName");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
}

/// Typed keys of the three kinds that documentation gives: string, number, integer, boolean, object.
const TYPED: &[(&str, &str)] = &[
    (
        "s",
        "analytics.trackingServer analytics.reportSuite visitor.marketingCloudOrgId media.id \
           media.contentType media.playerName media.channel analytics.visitorId analytics.aid \
           visitor.marketingCloudUserId appInstallationId media.name media.sdkVersion \
           media.streamType media.libraryVersion media.publisher media.streamFormat media.show \
           media.season media.episode media.assetId media.genre media.firstAirDate \
           media.firstDigitalDate media.rating media.originator media.network media.showType \
           media.adLoad media.pass.mvpd media.pass.auth media.dayPart media.feed media.artist \
           media.album media.label media.author media.station",
    ),
    ("n", "media.length"),
    ("i", "visitor.aamLocationHint"),
    (
        "b",
        "analytics.enableSSL analytics.optOutServerSideForwarding analytics.optOutShare \
           media.resume media.downloaded",
    ),
    ("o", "visitor.customerIDs"),
    (
        "s",
        "media.ad.podFriendlyName media.ad.id media.ad.playerName media.ad.name \
           media.ad.advertiser media.ad.campaignId media.ad.creativeId media.ad.siteId \
           media.ad.creativeURL media.ad.placementId",
    ),
    ("i", "media.ad.podIndex media.ad.podPosition"),
    ("n", "media.ad.podSecond media.ad.length"),
    ("s", "media.chapter.friendlyName media.state.name"),
    ("i", "media.chapter.index"),
    ("n", "media.chapter.offset media.chapter.length"),
];

fn wrong(kind: &str) -> Vec<Value> {
    match kind {
        "s" => vec![json!(1), json!(true), json!({}), json!(["text"])],
        "n" | "i" => vec![json!("60"), json!(true), json!({}), json!([60])],
        "b" => vec![json!("true"), json!(1), json!({})],
        _ => vec![json!("text"), json!(1), json!([])],
    }
}

#[test]
fn a_wrong_type_is_refused_for_each_typed_key() {
    let server = manual();
    let mut sender = Sender::new(&server);
    let wholes = complete();
    for (kind, keys) in TYPED {
        for key in keys.split_whitespace() {
            let names = |body: &Value| match key {
                key if key.starts_with("media.chapter.") => body["eventType"] == "chapterStart",
                key if key.starts_with("media.state.") => body["eventType"] == "stateStart",
                key if key.starts_with("media.ad.podSecond") => body["eventType"] == "adBreakStart",
                key if key.starts_with("media.ad.podIndex") => body["eventType"] == "adBreakStart",
                key if key.starts_with("media.ad.") => body["eventType"] == "adStart",
                _ => is_start(body),
            };
            let (whole, _) = wholes.iter().find(|(body, _)| names(body)).unwrap();
            for value in wrong(kind) {
                let mut body = whole.clone();
                body["params"][key] = value;
                faulty(
                    &sender.send(&body, is_start(whole)),
                    &format!("params.{key}"),
                );
            }
        }
    }
}

#[test]
fn the_envelope_and_quality_have_types_too() {
    let server = manual();
    let mut sender = Sender::new(&server);
    let ping = event("ping", 1, 0);
    for (path, value) in [
        ("eventType", json!(1)),
        ("eventType", json!("seekStart")),
        ("playerTime", json!([])),
        ("playerTime.playhead", json!("1")),
        ("playerTime.ts", json!("1790000000000")),
        ("qoeData", json!("none")),
        ("qoeData.media.qoe.bitrate", json!("1200")),
        ("qoeData.media.qoe.droppedFrames", json!(true)),
        ("qoeData.media.qoe.framesPerSecond", json!("30")),
        ("qoeData.media.qoe.timeToStart", json!({})),
        ("qoeData.media.qoe.errorID", json!(true)),
        ("qoeData.media.qoe.errorSource", json!(1)),
        ("customMetadata", json!("none")),
        ("customMetadata.key", json!(1)),
    ] {
        let mut body = ping.clone();
        match path.split_once('.') {
            None => body[path] = value,
            Some((member, key)) => body[member][key] = value,
        }
        faulty(&sender.send(&body, false), path);
    }
    for name in ["has space", "slash/", "", "ünïcode"] {
        let mut body = ping.clone();
        body["customMetadata"] = json!({ name: "value" });
        refused(&sender.send(&body, false), 400);
    }
    for name in ["", "two words", &"x".repeat(65)] {
        let body = event_with("stateStart", 0, json!({ "media.state.name": name }));
        faulty(&sender.send(&body, false), "params.media.state.name");
    }
}

#[test]
fn an_unknown_key_is_kept_by_the_lenient_and_refused_by_the_strict_profile() {
    let settings = "[suites.\"suite.strict\"]\nprofile = \"strict\"\n";
    let server = home().settings(settings).manual_clock().serve();
    for (suite, status) in [("suite.one", 204), ("suite.strict", 400)] {
        let mut whole = start();
        whole["params"]["analytics.reportSuite"] = suite.into();
        let mut player = Player::open(&server, &whole);
        let mut door = server.door();
        let mut check = |path: &str, is_start: bool, value: Value| {
            let mut body = if is_start {
                whole.clone()
            } else {
                event("ping", 1, 0)
            };
            match path.split_once('.') {
                None => body[path] = value,
                Some((member, key)) => body[member][key] = value,
            }
            let answer = match is_start {
                true => door.post_json("/api/v1/sessions", &body),
                false => player.post(&body),
            };
            match status {
                400 => faulty(&answer, path),
                _ => assert!(
                    matches!(answer.status, 201 | 204),
                    "{path}: {}",
                    answer.text()
                ),
            }
        };
        check("params.media.unheardOf", true, json!("x"));
        check("unheardOf", true, json!({}));
        check("playerTime.unheardOf", true, json!(1));
        check("qoeData.media.qoe.unheardOf", false, json!(1));
        check("unheardOf", false, json!(1));
        check("params.media.name", true, Value::Null);
        check("playerTime.playhead", false, json!(-1));
        check("qoeData.media.qoe.bitrate", false, json!(1200.5));
        check("qoeData.media.qoe.errorID", false, json!(17));
        check("qoeData.media.qoe.errorSource", false, json!("network"));
    }
}
