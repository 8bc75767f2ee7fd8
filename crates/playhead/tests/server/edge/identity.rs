//! Who watches: handed out once, and read back.

use playhead_testkit::process::{Answer, Server};
use serde_json::{Value, json};

use super::{event, post, start, start_of};
use crate::support::{home, manual};
use crate::vectors::new_session;

const PATH: &str = "/ee/v1/interact?configId=suite.one";

fn with_organisation() -> Server {
    let settings = "[edge]\norganisation = \"0A1B2C@AdobeOrg\"\n";
    home().settings(settings).manual_clock().serve()
}

/// A start as the Web SDK sends it.
fn asking(event: Value) -> Value {
    json!({ "events": [event], "query": { "identity": { "fetch": ["ECID"] } } })
}

/// The handle of a type.
#[track_caller]
fn handle(answer: &Answer, kind: &str) -> Option<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let document = answer.json();
    let mut handles = document["handle"].as_array().unwrap().iter();
    handles.find(|handle| handle["type"] == kind).cloned()
}

#[track_caller]
fn told(answer: &Answer) -> String {
    let result = handle(answer, "identity:result").unwrap();
    assert_eq!(result["payload"][0]["namespace"]["code"], "ECID");
    result["payload"][0]["id"].as_str().unwrap().to_owned()
}

/// The viewer that a session is filed under.
fn viewer(server: &Server, answer: &Answer) -> Value {
    server.session(&new_session(answer))["session"]["visitor"].clone()
}

#[test]
fn a_new_viewer_gets_an_id_and_brings_it_back() {
    let server = with_organisation();
    let mut door = server.door();
    let answer = door.post_json(PATH, &asking(start()));
    let ecid = told(&answer);
    assert!(
        ecid.len() == 38 && ecid.bytes().all(|byte| byte.is_ascii_digit()),
        "{ecid}"
    );
    assert_eq!(viewer(&server, &answer), ecid);
    let kept = handle(&answer, "state:store").unwrap()["payload"][0].clone();
    assert_eq!(kept["key"], "kndctr_0A1B2C_AdobeOrg_identity");
    assert_eq!(kept["maxAge"], 34_128_000);

    let mut by_body = asking(start());
    by_body["meta"] = json!({ "state": { "entries": [
        { "key": "kndctr_0A1B2C_AdobeOrg_cluster", "value": "or2" },
        { "key": kept["key"], "value": kept["value"] },
    ]}});
    let answer = door.post_json(PATH, &by_body);
    assert_eq!(told(&answer), ecid);
    assert_eq!(viewer(&server, &answer), ecid);

    let cookie = format!(
        "a=b; {}={}; c=d",
        kept["key"].as_str().unwrap(),
        kept["value"].as_str().unwrap()
    );
    let text = asking(start()).to_string();
    let answer = door.request("POST", PATH, &[("cookie", &cookie)], text.as_bytes());
    assert_eq!(told(&answer), ecid);
    assert_eq!(viewer(&server, &answer), ecid);

    // What is no id of ours is none.
    let cookie = "kndctr_0A1B2C_AdobeOrg_identity=Z2FyYmFnZQ";
    let answer = door.request("POST", PATH, &[("cookie", cookie)], text.as_bytes());
    assert_ne!(told(&answer), ecid);
}

#[test]
fn an_id_in_the_body_counts_first() {
    let server = with_organisation();
    let mut door = server.door();
    let answer = door.post_json(PATH, &asking(start_of("mine")));
    assert_eq!(told(&answer), "mine");
    assert_eq!(viewer(&server, &answer), "mine");
    let mut shared = asking(start());
    shared["xdm"] = json!({ "identityMap": { "ECID": [{ "id": "shared" }] } });
    let answer = door.post_json(PATH, &shared);
    assert_eq!(told(&answer), "shared");
    assert_eq!(viewer(&server, &answer), "shared");
}

#[test]
fn without_an_organisation_there_is_no_cookie() {
    let server = manual();
    let mut door = server.door();
    let answer = door.post_json(PATH, &asking(start()));
    assert_eq!(viewer(&server, &answer), told(&answer));
    assert_eq!(handle(&answer, "state:store"), None);
    // One of an earlier server is honoured all the same.
    let kept = "CiY1MzQ1MDYwOTQ2NTEzODMxODQwNTg4NTQ2NTE5NDE5ODU4NjA4Mg==";
    let mut returning = asking(start());
    returning["meta"] = json!({ "state": { "entries": [
        { "key": "kndctr_0A1B2C_AdobeOrg_identity", "value": kept },
    ]}});
    let answer = door.post_json(PATH, &returning);
    assert_eq!(told(&answer), "53450609465138318405885465194198586082");
    // Who does not ask and could not bring it back gets none.
    let answer = post(&mut door, PATH, &[start()]);
    assert_eq!(handle(&answer, "identity:result"), None);
    assert_eq!(viewer(&server, &answer), new_session(&answer));
}

#[test]
fn a_device_id_always_leads_to_the_same_viewer() {
    let server = with_organisation();
    let mut door = server.door();
    let mut of_device = start();
    of_device["xdm"]["identityMap"] = json!({
        "FPID": [{ "id": "device-7" }],
        "email": [{ "id": "a@example.com", "authenticatedState": "authenticated" }],
    });
    let first = door.post_json(PATH, &asking(of_device.clone()));
    let ecid = told(&first);
    of_device["xdm"]["timestamp"] = "2026-09-21T15:00:00Z".into();
    let second = door.post_json(
        "/ee/va/v1/sessionStart?configId=suite.one",
        &asking(of_device),
    );
    assert_eq!(told(&second), ecid);
    assert_eq!(viewer(&server, &first), ecid);
    assert_eq!(viewer(&server, &second), ecid);
}

#[test]
fn events_hand_nothing_out() {
    let server = with_organisation();
    let mut door = server.door();
    let sid = new_session(&door.post_json(PATH, &asking(start())));
    let answer = door.post_json(
        "/ee/va/v1/play?configId=s",
        &asking(event("play", &sid, 0, 0)),
    );
    assert_eq!((answer.status, answer.body.len()), (204, 0));
}
