//! `interact` and `collect`: events of any type, each for itself.

use serde_json::{Value, json};

use super::{TYPES, body, event, open, post, problem, send_all, start};
use crate::support::{home, manual};
use crate::vectors::new_session;

const INTERACT: &str = "/ee/v1/interact?configId=suite.one&requestId=r-1";

#[test]
fn each_event_stands_for_itself() {
    let server = manual();
    let sid = open(&server, &start());
    let over = open(&server, &start());
    send_all(&server, &[event("sessionEnd", &over, 0, 0)]);
    server.set_clock(5_000);
    let view =
        json!({ "xdm": { "eventType": "web.webpagedetails.pageViews", "timestamp": "never" } });
    let events = [
        event("play", &sid, 0, 0),
        view,
        start(),
        event("play", &sid, "zero", 0),
        event("ping", &"0".repeat(64), 0, 0),
        event("ping", &over, 0, 1),
        event("stateStart", &sid, 0, 0),
        json!({ "xdm": {} }),
        event("ping", &sid, 10, 10_000),
    ];
    let answer = post(&mut server.door(), INTERACT, &events);
    assert_eq!(answer.status, 207, "{}", answer.text());
    let document = answer.json();
    assert_eq!(document["requestId"], "r-1");
    assert_eq!(document["handle"][0]["eventIndex"], 2);
    let opened = new_session(&answer);
    assert_eq!(server.session(&opened)["state"], "open");
    let errors: Vec<(u64, u64, &str)> = document["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["report"]["eventIndex"].as_u64().unwrap(),
                error["status"].as_u64().unwrap(),
                error["type"].as_str().unwrap().strip_prefix(TYPES).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        errors,
        [
            (3, 400, "va-edge-0400-400"),
            (4, 404, "va-edge-0404-404"),
            (5, 410, "va-edge-0410-410"),
            (6, 400, "va-edge-0400-400"),
        ]
    );
    assert_eq!(
        document["errors"][0]["report"]["details"][0]["name"],
        "$.xdm.mediaCollection.playhead"
    );
    server.set_clock(11_000);
    assert_eq!(server.session(&sid)["session"]["timePlayed"], 10);
    let outcomes = server.outcomes();
    let refused = &outcomes["total"]["refused"];
    assert_eq!(refused["invalid"], 2, "{refused}");
    assert_eq!(
        (&refused["unknown_session"], &refused["after_close"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn events_of_other_kinds_are_answered_and_passed_over() {
    let server = manual();
    let events = [
        json!({ "xdm": { "eventType": "commerce.purchases" } }),
        json!({}),
        json!(7),
    ];
    let answer = post(&mut server.door(), INTERACT, &events);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json(), json!({ "requestId": "r-1", "handle": [] }));
    assert_eq!(server.outcomes()["total"]["received"], 0);
}

#[test]
fn collect_takes_the_same_and_answers_nothing() {
    let server = manual();
    let sid = open(&server, &start());
    let headers = [("content-type", "text/plain; charset=UTF-8")];
    let events = [
        event("play", &sid, 0, 0),
        event("play", &sid, "zero", 0),
        event("sessionEnd", &sid, 9, 9_000),
    ];
    let text = body(&events).to_string();
    let answer = server.door().request(
        "POST",
        "/ee/or2/v1/collect?configId=s",
        &headers,
        text.as_bytes(),
    );
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    server.set_clock(5_000);
    let session = server.session(&sid);
    assert_eq!(session["session"]["timePlayed"], 9);
    assert_eq!(session["session"]["closeReason"], "sessionEnd");
    let refused = server.outcomes()["total"]["refused"]["invalid"].clone();
    assert_eq!(refused, 1);
}

#[test]
fn consent_and_questions_of_identity_are_answered() {
    let home = home().settings("[edge]\norganisation = \"ORG@AdobeOrg\"\n");
    let server = home.manual_clock().serve();
    let consent = json!({ "consent": [{
        "standard": "Adobe", "version": "1.0", "value": { "general": "in" },
    }]});
    let path = "/ee/v1/privacy/set-consent?configId=s&requestId=r-1";
    let answer = server.door().post_json(path, &consent);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let document = answer.json();
    assert_eq!(document["requestId"], "r-1");
    assert_eq!(
        document["handle"][0],
        json!({ "type": "state:store", "payload": [{
            "key": "kndctr_ORG_AdobeOrg_consent", "value": "general=in", "maxAge": 15_552_000,
        }]})
    );
    let asked = json!({ "query": { "identity": { "fetch": ["ECID"] } } });
    let answer = server
        .door()
        .post_json("/ee/irl1/v1/identity/acquire?configId=s", &asked);
    assert_eq!(answer.status, 200);
    let kinds: Vec<Value> = answer.json()["handle"]
        .as_array()
        .unwrap()
        .iter()
        .map(|handle| handle["type"].clone())
        .collect();
    assert_eq!(kinds, ["identity:result", "state:store"]);
}

#[test]
fn a_request_that_is_none_is_a_problem() {
    let server = manual();
    let mut door = server.door();
    problem(&door.post(INTERACT, b"{"), 400, "EXEG-0101-400");
    let no_events = door.post(INTERACT, b"{}");
    let body = problem(&no_events, 400, "va-edge-0400-400");
    assert_eq!(
        body["report"]["details"][0],
        json!({ "name": "$.events", "reason": "Missing required field" })
    );
    problem(
        &post(&mut door, "/ee/v1/interact", &[start()]),
        400,
        "EXEG-0002-400",
    );
    let sid = open(&server, &start());
    let answer = post(&mut door, "/ee/v1/interact", &[event("play", &sid, 0, 0)]);
    assert_eq!(answer.status, 200, "{}", answer.text());
}
