//! Datastreams, and what holds for suites.

use playhead_testkit::process::Answer;

use super::{event, event_with, one_error, post, problem, send, start, start_of};
use crate::support::home;
use crate::vectors::new_session;

const START: &str = "/ee/va/v1/sessionStart";

#[test]
fn a_datastream_names_suite_and_organisation() {
    let settings = "[edge]\norganisation = \"ALL@AdobeOrg\"\n\n\
         [datastreams.web]\nsuite = \"shop\"\norganisation = \"OWN@AdobeOrg\"\n\n\
         [datastreams.plain]\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut door = server.door();
    for (query, suite, organisation) in [
        ("configId=web", "shop", "OWN"),
        ("configId=plain", "plain", "ALL"),
        ("datastreamId=plain", "plain", "ALL"),
        ("configId=web&datastreamId=plain", "shop", "OWN"),
    ] {
        let answer = post(&mut door, &format!("{START}?{query}"), &[start()]);
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let session = server.session(&new_session(&answer));
        assert_eq!(session["session"]["reportSuite"], suite, "{query}");
        let key = format!("kndctr_{organisation}_AdobeOrg_identity");
        assert_eq!(answer.json()["handle"][1]["payload"][0]["key"], key);
    }
    for path in [START, "/ee/v1/interact", "/ee/va/v1/play", "/ee/v1/collect"] {
        let answer = post(&mut door, &format!("{path}?configId=other"), &[start()]);
        let body = problem(&answer, 400, "EXEG-0003-400");
        assert_eq!(body["title"], "Invalid datastream ID");
    }
    problem(&post(&mut door, START, &[start()]), 400, "EXEG-0002-400");
    problem(
        &post(&mut door, "/ee/va/v1/downloaded?configId=", &[start()]),
        400,
        "EXEG-0002-400",
    );
}

#[test]
fn suites_have_their_lists_and_profiles() {
    let settings = "[door]\nsuites = [\"strict\", \"easy\"]\n\n\
         [suites.strict]\nprofile = \"strict\"\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut door = server.door();
    let at = |suite: &str| format!("{START}?configId={suite}");
    problem(
        &post(&mut door, &at("other"), &[start()]),
        400,
        "EXEG-0003-400",
    );
    assert_eq!(server.outcomes()["total"]["refused"]["not_allowed"], 1);

    let mut fractional = start();
    fractional["xdm"]["mediaCollection"]["playhead"] = 0.5.into();
    let error = one_error(&post(&mut door, &at("strict"), &[fractional.clone()]));
    assert_eq!(
        error["report"]["details"][0]["name"],
        "$.xdm.mediaCollection.playhead"
    );
    assert_eq!(post(&mut door, &at("easy"), &[fractional]).status, 200);

    // The session's own suite decides about its events, whatever the address says.
    let sid = new_session(&post(&mut door, &at("strict"), &[start()]));
    let ping = event_with("ping", &sid, 0, serde_json::json!({ "playhead": 0.5 }));
    problem(&send(&mut door, &ping), 400, "va-edge-0400-400");
}

#[test]
fn a_full_server_asks_to_come_back() {
    let server = home()
        .settings("[sessions]\nopen_max = 1\n")
        .manual_clock()
        .serve();
    let mut door = server.door();
    assert_eq!(
        post(&mut door, "/ee/v1/interact?configId=s", &[start()]).status,
        200
    );
    for path in [START, "/ee/v1/interact", "/ee/v1/collect"] {
        let answer = post(&mut door, &format!("{path}?configId=s"), &[start()]);
        problem(&answer, 503, "EXEG-0000-503");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
}

#[test]
fn limits_of_suites_and_addresses_hold_here_too() {
    let settings = "[rates]\naddress_events = 4\nburst = \"1s\"\n\
                    [suites.busy]\nstarts_per_second = 1\n";
    let server = home().settings(settings).manual_clock().serve();
    let mut door = server.door();
    let at = |suite: &str| format!("{START}?configId={suite}");
    let sid = new_session(&post(&mut door, &at("busy"), &[start()]));
    let too_many = |answer: &Answer| {
        problem(answer, 429, "EXEG-0000-503");
        assert_eq!(answer.header("retry-after"), Some("1"));
    };
    too_many(&post(&mut door, &at("busy"), &[start_of("another viewer")]));
    assert_eq!(post(&mut door, &at("quiet"), &[start()]).status, 200);
    for number in 0..4 {
        let ping = event("ping", &sid, number, number * 1_000);
        assert_eq!(send(&mut door, &ping).status, 204);
    }
    too_many(&send(&mut door, &event("ping", &sid, 4, 4_000)));
    let outcomes = server.outcomes();
    assert_eq!(
        outcomes["total"]["refused"]["rate_limited"], 2,
        "{outcomes}"
    );
    server.set_clock(1_000);
    assert_eq!(send(&mut door, &event("ping", &sid, 4, 4_000)).status, 204);
}
