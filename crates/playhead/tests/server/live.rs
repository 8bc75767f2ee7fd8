//! The live view: what is streamed is what was sent, to the second.

use std::collections::{BTreeMap, BTreeSet};

use playhead_simulator::{Kind, Options, Plan};
use playhead_testkit::process::{Events, Server};
use playhead_testkit::reports;
use serde_json::{Value, json};

use crate::support::{Player, event, event_with, home, manual, start_of, start_with};

const NOW: u64 = 1_790_000_000_000;

/// The frame of a full second.
#[track_caller]
fn frame_at(events: &mut Events, at: u64) -> Value {
    loop {
        let frame = events.next_event().expect("the stream goes on");
        let frame_at = frame["at"].as_u64().unwrap();
        assert!(frame_at <= at, "{frame_at} came, and {at} did not");
        if frame_at == at {
            return frame;
        }
    }
}

/// Some members of an object.
fn some(object: &Value, names: &[&str]) -> Value {
    let members = names
        .iter()
        .map(|name| ((*name).into(), object[*name].clone()));
    Value::Object(members.collect())
}

/// The value of a curve in a second.
fn in_second(frame: &Value, name: &str, at: u64) -> Value {
    let from = frame["curve"]["from"].as_u64().unwrap();
    frame["curve"][name][((at - from) / 1000) as usize].clone()
}

#[test]
fn a_frame_tells_what_the_sessions_do() {
    let server = manual();
    server.set_clock(NOW);
    let mut all = server.follow("/v1/live?by=name");
    let first = all.next_event().unwrap();
    assert_eq!(
        some(&first["totals"], &["active", "starts"]),
        json!({"active": 0, "starts": 0})
    );
    assert_eq!(first["complete"], true);

    let film = start_with("media.id", "film-1");
    let mut one = Player::open(&server, &film);
    let mut two = Player::open(&server, &start_of("somebody"));
    let mut show = start_of("somebody");
    show["params"]["media.id"] = "show-1".into();
    let mut three = Player::open(&server, &show);
    one.send_all([&event("play", 0, 100)]);
    two.send_all([&event("bufferStart", 0, 100)]);
    three.send_all([&event("play", 0, 50), &event("bufferStart", 0, 90)]);
    server.set_clock(NOW + 1_000);
    let frame = frame_at(&mut all, NOW + 1_000);
    let wanted = json!({
        "active": 3, "viewers": 2, "starting": 0, "playing": 1, "paused": 0, "buffering": 2,
        "completed": 0, "inBreaks": 0, "rebuffering": 1, "bufferingShare": 2.0 / 3.0,
        "starts": 3, "contentStarts": 2, "startFailures": 0, "playbackFailures": 0,
    });
    assert_eq!(frame["totals"], wanted);
    let groups = frame["groups"].as_array().unwrap();
    let groups: Vec<_> = groups
        .iter()
        .map(|group| some(group, &["value", "active", "viewers", "buffering"]))
        .collect();
    assert_eq!(
        groups,
        [
            json!({"value": "film-1", "active": 2, "viewers": 2, "buffering": 1}),
            json!({"value": "show-1", "active": 1, "viewers": 1, "buffering": 1}),
        ]
    );
    assert_eq!(frame["groupCount"], 2);
    for (name, count) in [
        ("sessions", 3),
        ("viewers", 2),
        ("starts", 3),
        ("contentStarts", 2),
    ] {
        assert_eq!(in_second(&frame, name, NOW), count, "{name}");
    }
    assert_eq!(in_second(&frame, "active", NOW), 3);

    // An end counts at once, though the event waits to be put in order.
    one.send_all([&event("sessionEnd", 1, 1_500)]);
    server.set_clock(NOW + 2_000);
    let frame = frame_at(&mut all, NOW + 2_000);
    assert_eq!(frame["totals"]["active"], 2);
    // Who is not heard of for a minute is not active any more.
    server.set_clock(NOW + 60_000);
    assert_eq!(frame_at(&mut all, NOW + 60_000)["totals"]["active"], 2);
    server.set_clock(NOW + 61_000);
    let frame = frame_at(&mut all, NOW + 61_000);
    let names = ["active", "viewers", "buffering", "bufferingShare", "starts"];
    let nothing =
        json!({"active": 0, "viewers": 0, "buffering": 0, "bufferingShare": null, "starts": 0});
    assert_eq!(some(&frame["totals"], &names), nothing);
    assert_eq!(frame["groups"], json!([]));
}

#[test]
fn failures_count_from_their_second_and_are_taken_back() {
    let server = manual();
    server.set_clock(NOW);
    let mut all = server.follow("/v1/live");
    let mut player = Player::open(&server, &start_of("a"));
    let failures = ["startFailures", "playbackFailures"];
    let error = |after_ms| event_with("error", after_ms, json!({ "media.errorId": "E1" }));
    player.send_all([&error(10)]);
    server.set_clock(NOW + 1_000);
    let frame = frame_at(&mut all, NOW + 1_000);
    let wanted = json!({"startFailures": 1, "playbackFailures": 0});
    assert_eq!(some(&frame["totals"], &failures), wanted);
    assert_eq!(in_second(&frame, "startFailures", NOW), 1);

    // It starts after all: as yet it may be a playback failure.
    player.send_all([&event("play", 0, 1_000)]);
    server.set_clock(NOW + 2_000);
    let frame = frame_at(&mut all, NOW + 2_000);
    let wanted = json!({"startFailures": 0, "playbackFailures": 1});
    assert_eq!(some(&frame["totals"], &failures), wanted);
    assert_eq!(in_second(&frame, "startFailures", NOW), 0);
    assert_eq!(in_second(&frame, "playbackFailures", NOW + 1_000), 1);

    // Ten seconds of content later it is none.
    server.set_clock(NOW + 11_500);
    player.send_all([&event("ping", 10, 11_000)]);
    server.set_clock(NOW + 12_000);
    let frame = frame_at(&mut all, NOW + 12_000);
    let wanted = json!({"startFailures": 0, "playbackFailures": 0});
    assert_eq!(some(&frame["totals"], &failures), wanted);
    assert_eq!(in_second(&frame, "playbackFailures", NOW + 1_000), 0);
    // What the session has in the end.
    let session = &server.session(&player.sid)["session"];
    assert_eq!(session["isPlaybackFailure"], false);
}

#[test]
fn a_question_is_of_a_suite_and_of_values() {
    let configured = "[suites.\"suite.one\"]\ntime_zone = \"UTC\"\n";
    let server = home().settings(configured).manual_clock().serve();
    server.set_clock(NOW);
    let of_suite = |suite: &str, visitor: &str| {
        let mut start = start_of(visitor);
        start["params"]["analytics.reportSuite"] = suite.into();
        start["params"]["media.genre"] = "Drama,Crime".into();
        start["customMetadata"] = json!({ "plan": suite });
        Player::open(&server, &start)
    };
    let _players: Vec<Player> = [("suite.one", "a"), ("suite.one", "b"), ("suite.two", "a")]
        .map(|(suite, visitor)| of_suite(suite, visitor))
        .into();
    server.set_clock(NOW + 1_000);
    let active = |query: &str| {
        let frame = server.follow(&format!("/v1/live?{query}")).next_event();
        let frame = frame.unwrap();
        let groups = frame["groups"].as_array().cloned().unwrap_or_default();
        let groups: Vec<Value> = groups
            .iter()
            .map(|group| json!([group["value"], group["active"]]))
            .collect();
        (
            frame["totals"]["active"].as_u64().unwrap(),
            Value::from(groups),
        )
    };
    assert_eq!(active("suite=suite.one").0, 2);
    assert_eq!(active("suite=none").0, 0);
    let by_suite = json!([["suite.one", 2], ["suite.two", 1]]);
    assert_eq!(active("by=reportSuite"), (3, by_suite));
    assert_eq!(active("by=reportSuite&top=1").1, json!([["suite.one", 2]]));
    // A list counts with each of its values, and no value is one too.
    assert_eq!(
        active("by=genreList").1,
        json!([["Crime", 3], ["Drama", 3]])
    );
    assert_eq!(active("by=country").1, json!([[null, 3]]));
    assert_eq!(
        active("by=custom.plan&filter=custom.plan:suite.two").1,
        json!([["suite.two", 1]])
    );
    assert_eq!(active("filter=playerName:player&filter=device:").0, 3);
    assert_eq!(active("filter=playerName:other").0, 0);
    // Several dimensions come in one stream.
    let several = "/v1/live?by=reportSuite&by=genreList&by=custom.plan&top=1";
    let frame = server.follow(several).next_event().unwrap();
    assert_eq!(frame["groups"][0]["value"], "suite.one");
    assert_eq!(frame["groupCount"], 2);
    let splits = frame["splits"].as_array().unwrap().iter();
    let splits: Vec<Value> = splits
        .map(|it| json!([it["by"], it["groups"][0]["value"], it["groupCount"]]))
        .collect();
    assert_eq!(
        Value::from(splits),
        json!([["genreList", "Crime", 2], ["custom.plan", "suite.one", 2]])
    );

    for (query, said) in [
        ("by=nothing", "no dimension of the live view"),
        ("by=timePlayed", "no dimension of the live view"),
        ("by=name&by=nothing", "no dimension of the live view"),
        (
            "by=name&by=show&by=season&by=api&by=device",
            "at most 4 times",
        ),
        ("top=0", "top is a number from 1"),
        ("filter=country", "a colon"),
        ("suites=x", "there is no parameter"),
    ] {
        let answer = server.console().get(&format!("/v1/live?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains(said), "{}", answer.text());
    }

    let metrics = server.console().get("/metrics").text();
    for line in [
        "playhead_live_sessions_active{suite=\"suite.one\"} 2",
        "playhead_live_sessions_active{suite=\"other\"} 1",
        "playhead_live_viewers_active{suite=\"suite.one\"} 2",
        "playhead_live_sessions{suite=\"suite.one\",phase=\"starting\"} 2",
        "playhead_live_starts{suite=\"suite.one\"} 2",
    ] {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
}

#[test]
fn streams_are_bounded_and_end_with_the_server() {
    let server = manual();
    let mut streams: Vec<Events> = (0..64).map(|_| server.follow("/v1/live")).collect();
    let answer = server.console().get("/v1/live");
    assert_eq!(answer.status, 429, "{}", answer.text());
    server.send_sigterm();
    for stream in &mut streams {
        while stream.next_event().is_some() {}
    }
    let (_, code) = server.wait();
    assert_eq!(code, Some(0));
}

#[test]
fn after_a_kill_the_open_sessions_are_there_again() {
    let server = manual();
    server.set_clock(NOW);
    let mut players: Vec<Player> = (0..5)
        .map(|viewer| Player::open(&server, &start_of(&format!("viewer {viewer}"))))
        .collect();
    for player in &mut players {
        player.send_all([&event("play", 0, 100)]);
    }
    players[4].send_all([&event("pauseStart", 0, 300)]);
    server.set_clock(NOW + 1_000);
    let before = server
        .follow("/v1/live?by=friendlyName")
        .next_event()
        .unwrap();
    let server = server.kill_and_restart();
    server.set_clock(NOW + 2_000);
    let mut stream = server.follow("/v1/live?by=friendlyName");
    server.set_clock(NOW + 3_000);
    let after = frame_at(&mut stream, NOW + 3_000);
    assert_eq!(after["complete"], true);
    let names = ["active", "viewers", "playing", "paused", "starts"];
    assert_eq!(
        some(&after["totals"], &names),
        some(&before["totals"], &names)
    );
    assert_eq!(after["totals"]["playing"], 4);
    // What was before the restart is not known, and not told.
    assert!(after["curve"]["from"].as_u64() >= Some(NOW + 1_000));
}

/// Simulated traffic, and what a look at every session says of it.
struct Traffic {
    server: Server,
    sids: BTreeMap<usize, String>,
    /// Sessions whose end was taken.
    ended: BTreeSet<String>,
    now: u64,
}

impl Traffic {
    /// Sends everything up to an instant of the plan.
    fn run(&mut self, requests: &mut std::iter::Peekable<playhead_simulator::Traffic>, to: u64) {
        let (mut door, mut console) = (self.server.door(), self.server.console());
        while let Some(request) = requests.next_if(|request| request.at_ms < to) {
            if NOW + request.at_ms > self.now {
                self.now = NOW + request.at_ms;
                playhead_testkit::process::move_clock(&mut console, self.now);
            }
            let unknown = String::new();
            let sid = self.sids.get(&request.session).unwrap_or(&unknown);
            let answer = door.post(&request.kind.path(sid), request.body.as_bytes());
            match request.kind {
                Kind::Event if answer.status == 204 && request.body.contains("\"sessionEnd\"") => {
                    self.ended.insert(sid.clone());
                }
                Kind::Start | Kind::Batch | Kind::OldBatch => {
                    assert_eq!(answer.status, 201, "{}", answer.text());
                    self.sids.insert(request.session, answer.sid());
                }
                _ => {}
            }
        }
        self.now = NOW + to;
        self.server.set_clock(self.now);
    }

    /// All sessions as the console lists them.
    fn sessions(&self) -> Vec<Value> {
        let mut sessions = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.server.ask(&format!("/v1/sessions?limit=500{cursor}"));
            sessions.extend(page["sessions"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return sessions,
            }
        }
    }

    /// Compares a frame with the sessions that are open.
    fn check(&self, frame: &Value) {
        let at = frame["at"].as_u64().unwrap();
        let mut by_player: BTreeMap<String, (u64, BTreeSet<String>)> = BTreeMap::new();
        let (mut active, mut viewers, mut starts) = (0, BTreeSet::new(), 0);
        for answer in self.sessions() {
            let session = &answer["session"];
            starts += u64::from(answer["startedAt"].as_u64() >= Some(at - 60_000));
            let is_over =
                answer["state"] == "closed" || self.ended.contains(answer["sid"].as_str().unwrap());
            if is_over || answer["lastAt"].as_u64() < Some(at - 60_000) {
                continue;
            }
            let viewer = format!("{} {}", session["reportSuite"], session["visitor"]);
            active += 1;
            viewers.insert(viewer.clone());
            let group = by_player.entry(session["playerName"].to_string());
            let (count, group_viewers) = group.or_default();
            *count += 1;
            group_viewers.insert(viewer);
        }
        let totals = &frame["totals"];
        let found = some(totals, &["active", "viewers", "starts"]);
        let wanted = json!({"active": active, "viewers": viewers.len(), "starts": starts});
        assert_eq!(found, wanted, "at {}", at - NOW);
        let phases = ["starting", "playing", "paused", "buffering", "completed"];
        let in_phases: u64 = phases
            .iter()
            .map(|name| totals[*name].as_u64().unwrap())
            .sum();
        assert_eq!(in_phases, active);
        for group in frame["groups"].as_array().unwrap() {
            if group["active"] == 0 {
                continue;
            }
            let key = group["value"].to_string();
            let (count, viewers) = by_player.remove(&key).unwrap_or_default();
            assert_eq!(
                (&group["active"], &group["viewers"]),
                (&count.into(), &viewers.len().into())
            );
        }
        assert!(by_player.is_empty(), "{by_player:?} are missing");
    }
}

#[test]
fn a_live_curve_is_what_a_look_at_every_session_gives() {
    let server = manual();
    server.set_clock(NOW);
    let plan = Plan::new(
        7,
        Options {
            sessions: 150,
            starts_per_minute: 30,
            mean_duration_ms: 150_000,
            viewers: 25,
            suites: 1,
            titles: 12,
            epoch_ms: NOW,
            ..Options::default()
        },
    );
    let mut stream = server.follow("/v1/live?by=playerName&top=100");
    let mut requests = plan.requests().peekable();
    let mut traffic = Traffic {
        server,
        sids: BTreeMap::new(),
        ended: BTreeSet::new(),
        now: NOW,
    };
    for minute in 1..=11 {
        traffic.run(&mut requests, minute * 60_000);
        traffic.check(&frame_at(&mut stream, NOW + minute * 60_000));
    }
    let end = NOW + 1_200_000;
    traffic.server.set_clock(end);
    // A page that opens gets all seconds at once.
    let frame = traffic.server.follow("/v1/live").next_event().unwrap();
    assert_eq!(frame["at"], end);
    let curve = &frame["curve"];
    let first = curve["from"].as_u64().unwrap();
    let settled = curve["provisionalFrom"].as_u64().unwrap();
    assert_eq!((first, settled), (NOW, end - 600_000));

    let mut rows = traffic.sessions();
    let suite = rows[0]["session"]["reportSuite"].clone();
    for (number, row) in (0..).zip(&mut rows) {
        row["suite"] = row["session"]["reportSuite"].clone();
        row["position"] = json!(number);
    }
    let request = json!({
        "suite": suite, "clock": "server", "range": { "from": first, "to": settled },
    });
    let seconds: Vec<(i64, i64)> = (first..settled)
        .step_by(1_000)
        .map(|from| (from as i64, from as i64 + 1_000))
        .collect();
    let wanted = reports::concurrency(&rows, &request, &seconds, 1_000);
    assert!(
        wanted
            .iter()
            .any(|(viewers, sessions)| *viewers > 5 && sessions > viewers)
    );
    for (place, (viewers, sessions)) in wanted.into_iter().enumerate() {
        let found = (&curve["viewers"][place], &curve["sessions"][place]);
        assert_eq!(found, (&viewers.into(), &sessions.into()), "second {place}");
    }
    let sum = |name: &str| -> u64 {
        let values = curve[name].as_array().unwrap().iter();
        values.map(|value| value.as_u64().unwrap()).sum()
    };
    let count = |name: &str| {
        rows.iter()
            .filter(|row| row["session"][name] == true)
            .count() as u64
    };
    assert_eq!(sum("starts"), rows.len() as u64);
    assert_eq!(sum("contentStarts"), count("isPlayed"));
    assert_eq!(sum("startFailures"), count("isStartFailure"));
    assert_eq!(sum("playbackFailures"), count("isPlaybackFailure"));
    assert!(sum("playbackFailures") > 0);
}
