//! Kills while players send: nothing acknowledged is lost, and the numbers are the oracle's.

use std::fs;
use std::sync::mpsc::{SyncSender, sync_channel};

use playhead_testkit::process::{Home, Http, Server};
use playhead_testkit::{oracle, random, vector};
use serde_json::{Value, json};

use crate::support::{events_path, home, start};
use crate::vectors::{AFTERWARDS_MS, without_reports};

/// A session that is sent request by request, through any number of servers.
#[derive(Debug)]
struct Script {
    bodies: Vec<Value>,
    /// The next one to send; those before were answered.
    next: usize,
    statuses: Vec<u16>,
    sid: String,
    /// Requests that were sent again because nobody knows whether they had arrived.
    repeats: usize,
    /// The number of a session that has no end: another event follows each that is sent.
    endless: Option<u64>,
}

/// An event in the order of the times, whose effect does not depend on when it arrives.
fn in_order(number: u64, step: u64) -> Value {
    let name = match (step + number) % 7 {
        0 => "pauseStart",
        1 => "play",
        3 => "bufferStart",
        4 => "play",
        _ => "ping",
    };
    let playhead = (number % 3 + 1) * (step + 1);
    crate::support::event(name, playhead, step as i64 * 1_500)
}

impl Script {
    /// The bodies of a random vector with one live session. Its visitor has a name: a repeated
    /// start is recognised by it.
    fn random(seed: u64) -> Option<Self> {
        let vector = random::vector(seed);
        let requests = vector["requests"].as_array()?;
        let is_event = |request: &&Value| request["path"] == "/api/v1/sessions/{sid}/events";
        let bodies: Vec<Value> = requests
            .iter()
            .map(|request| request["body"].clone())
            .collect();
        if requests.iter().filter(is_event).count() + 1 != bodies.len() || !bodies[0].is_object() {
            return None;
        }
        Some(Self::of(seed, bodies))
    }

    /// A session that goes on for as long as somebody sends. Its numbers do not depend on when
    /// its events arrive.
    fn endless(number: u64) -> Self {
        let mut script = Self::of(number, vec![start()]);
        script.endless = Some(number);
        script
    }

    /// Ends a session that has no end, with what may have been sent.
    fn end(&mut self) {
        self.endless = None;
        self.bodies.truncate(self.next + 1);
    }

    fn of(number: u64, mut bodies: Vec<Value>) -> Self {
        bodies[0]["params"]["visitor.marketingCloudUserId"] = format!("visitor-{number}").into();
        Self {
            bodies,
            next: 0,
            statuses: Vec::new(),
            sid: String::new(),
            repeats: 0,
            endless: None,
        }
    }

    fn is_done(&self) -> bool {
        self.next == self.bodies.len() && self.endless.is_none()
    }

    /// Sees to it that there is a next one to send, unless this is the end.
    fn prolong(&mut self) {
        let sent = self.bodies.len() as u64;
        if let Some(number) = self.endless
            && self.next == self.bodies.len()
        {
            self.bodies.push(in_order(number, sent - 1));
        }
    }

    /// Sends on until the end or until the server is gone; every answer is told.
    fn send(&mut self, mut door: Http, answered: &SyncSender<()>) {
        self.prolong();
        while let Some(body) = self.bodies.get(self.next) {
            let path = match self.next {
                0 => "/api/v1/sessions".to_owned(),
                _ => events_path(&self.sid),
            };
            let Ok(answer) = door.try_request("POST", &path, &[], body.to_string().as_bytes())
            else {
                self.repeats += 1;
                return;
            };
            if self.next == 0 {
                self.sid = answer.sid();
            }
            self.statuses.push(answer.status);
            self.next += 1;
            self.prolong();
            if answered.send(()).is_err() {
                return;
            }
        }
    }

    /// The requests as a vector; all arrived when the clock stood at 0.
    fn vector(&self) -> Value {
        let sent = self.bodies[..self.next].iter().enumerate();
        let requests = sent.map(|(number, body)| {
            let path = match number {
                0 => "/api/v1/sessions",
                _ => "/api/v1/sessions/{sid}/events",
            };
            json!({ "at_ms": 0, "path": path, "body": body })
        });
        json!({ "requests": requests.collect::<Vec<_>>() })
    }

    fn acknowledged(&self) -> usize {
        self.statuses.iter().filter(|status| **status < 300).count()
    }
}

/// Lets all scripts send at once, and kills the server when `is_enough` says so after an answer.
fn send_and_kill(
    server: Server,
    scripts: &mut [Script],
    mut is_enough: impl FnMut(&Home) -> bool,
) -> Home {
    let (answered, answers) = sync_channel(0);
    std::thread::scope(|scope| {
        for script in scripts.iter_mut().filter(|script| !script.is_done()) {
            let (door, answered) = (server.door(), answered.clone());
            scope.spawn(move || script.send(door, &answered));
        }
        drop(answered);
        while answers.recv().is_ok() {
            if is_enough(server.home()) {
                break;
            }
        }
        // Those who wait to tell of an answer are let go after the kill, in mid-request.
        let home = server.kill();
        drop(answers);
        home
    })
}

/// Asserts that each event that was acknowledged is there, and beside these only those that were
/// sent again after a kill.
#[track_caller]
fn assert_events(server: &Server, script: &Script) {
    let key = |name: &Value, ts: &Value| format!("{name} {}", ts.as_f64().unwrap());
    let listed = server.events(&script.sid);
    let mut listed: Vec<String> = listed
        .iter()
        .map(|event| key(&event["type"], &event["clientTime"]))
        .collect();
    for (body, status) in script.bodies.iter().zip(&script.statuses) {
        if *status < 300 {
            let key = key(&body["eventType"], &body["playerTime"]["ts"]);
            let place = listed.iter().position(|listed| *listed == key);
            let place = place.unwrap_or_else(|| panic!("{key} was acknowledged and is lost"));
            listed.remove(place);
        }
    }
    assert!(listed.len() <= script.repeats, "nobody sent {listed:?}");
}

#[test]
fn random_sessions_survive_kills_at_random_moments() {
    let mut scripts: Vec<Script> = (5_000..).filter_map(Script::random).take(12).collect();
    let all: usize = scripts.iter().map(|script| script.bodies.len()).sum();
    let mut home = home().manual_clock();
    let mut moment = 7_u64;
    let mut lives = 0;
    while scripts.iter().any(|script| !script.is_done()) {
        moment = moment
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let mut answers = (moment >> 33) % (all as u64 / 6);
        home = send_and_kill(home.serve(), &mut scripts, |_| {
            answers = answers.saturating_sub(1);
            answers == 0
        });
        lives += 1;
    }
    assert!(lives > 3, "{lives} lives");

    let server = home.serve();
    server.set_clock(AFTERWARDS_MS);
    for script in &scripts {
        let vector = script.vector();
        let outcomes = oracle::outcomes(&vector);
        let statuses = outcomes.iter().map(|outcome| outcome["status"].as_u64());
        let found = script
            .statuses
            .iter()
            .map(|status| Some(u64::from(*status)));
        assert!(statuses.eq(found), "{:?}", script.statuses);
        let answer = json!({ "sessions": [server.session(&script.sid)], "reports": {} });
        let truth = without_reports(oracle::compute(&vector));
        let differences = vector::diff(&answer, &truth);
        assert!(differences.is_empty(), "{differences:#?}");
        assert_events(&server, script);
    }
    let total = server.outcomes()["total"].clone();
    let acknowledged: usize = scripts.iter().map(Script::acknowledged).sum();
    let repeats: usize = scripts.iter().map(|script| script.repeats).sum();
    let counted = usize::try_from(total["acknowledged"].as_u64().unwrap()).unwrap();
    assert!(
        (acknowledged..=acknowledged + repeats).contains(&counted),
        "{total}"
    );
    assert_eq!(total["held"], 0);
}

#[test]
fn sessions_survive_kills_around_checkpoints() {
    let mut scripts: Vec<Script> = (0..8).map(Script::endless).collect();
    let mut home = home().settings("[checkpoint]\ninterval = \"1s\"\n");
    let newest = |home: &Home| {
        let files = fs::read_dir(home.data("checkpoint")).into_iter().flatten();
        let names = files.map(|file| file.unwrap().file_name());
        names.filter(|name| name != "unfinished").max()
    };
    for _ in 0..2 {
        let before = newest(&home);
        let mut afterwards = 100;
        home = send_and_kill(home.serve(), &mut scripts, |home| {
            if newest(home) > before {
                afterwards -= 1;
            }
            afterwards == 0
        });
        assert!(
            newest(&home) > before && afterwards == 0,
            "there was no checkpoint"
        );
    }
    let server = home.serve();
    let (answered, _answers) = sync_channel(scripts.len());
    for script in &mut scripts {
        // What was not answered is sent once more: then it has certainly arrived.
        script.end();
        script.send(server.door(), &answered);
        assert!(script.is_done());
        assert_events(&server, script);
        let mut session = server.session(&script.sid);
        let mut truth = without_reports(oracle::compute(&script.vector()));
        for session in [&mut session, &mut truth["sessions"][0]] {
            let members = session["session"].as_object_mut().unwrap();
            members.retain(|name, _| name != "closeReason" && name != "secondsSinceLastCall");
        }
        let answer = json!({ "sessions": [session], "reports": {} });
        let differences = vector::diff(&answer, &truth);
        assert!(differences.is_empty(), "{differences:#?}");
    }
}
