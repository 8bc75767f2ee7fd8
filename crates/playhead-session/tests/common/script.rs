//! Sessions written down to be read aloud.
//!
//! A script is a few lines of steps and a line of answers:
//!
//! ```text
//! # a title
//! 0s start vod 60s · 1s play @0 · 11s ping @10 · 15s buffer @14 · 18s play @14
//! → timePlayed 24s, bufferCount 1, bufferTime 3s, isPlayed, not isCompleted
//! ```
//!
//! A step is a time by the player's clock, an event, and what it needs; `@` is the playhead, which
//! else stays where it was. `arrives 12s` says when it comes in, if not at its time or with the
//! step before. `look` is when one looks at the open session; else the clock runs on until the
//! session is closed. Steps are numbered from 0, the start, without `look` and `again`.

use serde_json::{Map, Value, json};

use super::{Recording, Request, ZERO};

/// One script of a file.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) title: String,
    pub(crate) recording: Recording,
    /// What it answers, in words.
    pub(crate) answers: Vec<String>,
}

/// Reads the scripts of a file: they are parted by empty lines.
pub(crate) fn read(text: &str) -> Vec<Script> {
    text.split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(read_one)
        .collect()
}

fn read_one(text: &str) -> Script {
    let is_title = |line: &&str| line.starts_with('#');
    let title: Vec<_> = text
        .lines()
        .filter(is_title)
        .map(|line| line[1..].trim())
        .collect();
    let body: Vec<_> = text.lines().filter(|line| !is_title(line)).collect();
    let body = body.join(" · ");
    let (steps, answers) = body.split_once('→').expect("a script has an answer");
    let mut writer = Writer::default();
    for step in steps
        .split('·')
        .map(str::trim)
        .filter(|step| !step.is_empty())
    {
        writer.step(step);
    }
    let answers = answers.replace(['→', '·'], ",");
    Script {
        title: title.join(" "),
        recording: writer.recording.expect("a script has a start"),
        answers: answers
            .split(',')
            .map(|a| a.trim().to_owned())
            .filter(|a| !a.is_empty())
            .collect(),
    }
}

#[derive(Default)]
struct Writer {
    recording: Option<Recording>,
    at: u64,
    playhead: f64,
}

impl Writer {
    fn step(&mut self, step: &str) {
        let mut words: Vec<&str> = step.split_whitespace().collect();
        let time = ms_of(words.remove(0)).unwrap_or_else(|| panic!("no time: {step}"));
        let kind = words.remove(0);
        let arrives = take_after(&mut words, "arrives").and_then(ms_of);
        if kind == "look" {
            self.recording.as_mut().expect("a start comes first").look = Some(time);
            return;
        }
        self.at = arrives.unwrap_or(time.max(self.at));
        if kind == "again" {
            let number: usize = words[0].trim_start_matches('#').parse().expect("a number");
            let recording = self.recording.as_mut().expect("a start comes first");
            let body = recording.requests[number].body.clone();
            return recording.requests.push(Request { at: self.at, body });
        }
        if let Some(place) = words.iter().position(|word| word.starts_with('@')) {
            self.playhead = words.remove(place)[1..].parse().expect("a playhead");
        }
        let quality = take_quality(&mut words);
        let (event_type, params) = event(kind, &words);
        let request = Request::new(
            self.at,
            &json!({
                "eventType": event_type,
                "playerTime": { "ts": ZERO + time, "playhead": self.playhead },
                "params": params,
                "qoeData": quality,
            }),
        );
        match &mut self.recording {
            Some(recording) => recording.requests.push(request),
            None => {
                let mut recording = Recording::new(vec![request]);
                recording.downloaded = kind == "batch";
                self.recording = Some(recording);
            }
        }
    }
}

/// The type and the parameters of an event, from our short names.
fn event(kind: &str, words: &[&str]) -> (&'static str, Value) {
    let word = |place: usize| words.get(place).copied().unwrap_or("");
    let number = |place: usize| word(place).parse::<f64>().unwrap_or(0.0);
    let none = json!({});
    match kind {
        "start" | "batch" | "resume" => (
            "sessionStart",
            json!({
                "media.id": "movie-1",
                "media.name": "Movie One",
                "media.contentType": word(0),
                "media.length": ms_of(word(1)).expect("a length") as f64 / 1000.0,
                "media.playerName": "sample-player",
                "media.resume": kind == "resume",
                "analytics.reportSuite": "examplersid",
            }),
        ),
        "play" => ("play", none),
        "ping" => ("ping", none),
        "pause" => ("pauseStart", none),
        "buffer" => ("bufferStart", none),
        "complete" => ("sessionComplete", none),
        "end" => ("sessionEnd", none),
        "bitrate" => ("bitrateChange", none),
        "error" => (
            "error",
            json!({
                "media.errorId": word(0),
                "media.errorSource": if word(1).is_empty() { "player" } else { word(1) },
            }),
        ),
        "break" => {
            let pod = json!({ "media.ad.podIndex": number(0), "media.ad.podSecond": number(1) });
            ("adBreakStart", pod)
        }
        "break-end" => ("adBreakComplete", none),
        "ad" => (
            "adStart",
            json!({ "media.ad.id": word(0), "media.ad.podPosition": 1 }),
        ),
        "ad-end" => ("adComplete", none),
        "ad-skip" => ("adSkip", none),
        "chapter" => (
            "chapterStart",
            json!({
                "media.chapter.index": number(0),
                "media.chapter.friendlyName": word(0),
            }),
        ),
        "chapter-end" => ("chapterComplete", none),
        "chapter-skip" => ("chapterSkip", none),
        "on" => ("stateStart", json!({ "media.state.name": word(0) })),
        "off" => ("stateEnd", json!({ "media.state.name": word(0) })),
        "states" => (
            "statesUpdate",
            json!({
                "statesStart": signed(words, '+'),
                "statesEnd": signed(words, '-'),
            }),
        ),
        other => panic!("no such event: {other}"),
    }
}

fn signed(words: &[&str], sign: char) -> Vec<Value> {
    let names = words.iter().filter_map(|word| word.strip_prefix(sign));
    names
        .map(|name| json!({ "media.state.name": name }))
        .collect()
}

/// `kbps=3000`, `dropped=4`, `fps=25`, `toStart=1200`.
fn take_quality(words: &mut Vec<&str>) -> Value {
    let mut quality = Map::new();
    words.retain(|word| {
        let Some((name, value)) = word.split_once('=') else {
            return true;
        };
        let name = match name {
            "kbps" => "media.qoe.bitrate",
            "dropped" => "media.qoe.droppedFrames",
            "fps" => "media.qoe.framesPerSecond",
            "toStart" => "media.qoe.timeToStart",
            other => panic!("no such quality: {other}"),
        };
        quality.insert(name.into(), value.parse::<i64>().expect("a number").into());
        false
    });
    quality.into()
}

fn take_after<'a>(words: &mut Vec<&'a str>, name: &str) -> Option<&'a str> {
    let place = words.iter().position(|word| *word == name)?;
    words.remove(place);
    Some(words.remove(place))
}

/// `10m31s`, `1.5s`, `24h` in ms.
fn ms_of(text: &str) -> Option<u64> {
    let mut total = 0.0;
    let mut number = String::new();
    for c in text.chars() {
        let unit = match c {
            'h' => 3_600_000.0,
            'm' => 60_000.0,
            's' => 1000.0,
            digit => {
                number.push(digit);
                continue;
            }
        };
        total += number.parse::<f64>().ok()? * unit;
        number.clear();
    }
    (number.is_empty() && !text.is_empty()).then_some(total.round() as u64)
}
