//! A pretended player: it keeps a clock and a playhead and writes event bodies.

use serde_json::{Map, Value, json};

use super::rng::Rng;

/// 18:00:00 UTC, as in the worked examples.
const BASE_TS: i64 = 1_772_474_400_000;
/// No session lasts longer by its own clock, so that no minute of the clock comes twice.
const LONGEST_MS: i64 = 20 * 3_600_000;

const STATE_NAMES: [&str; 15] = [
    "fullscreen",
    "fullScreen",
    "mute",
    "MUTE",
    "closedCaptioning",
    "pictureInPicture",
    "inFocus",
    "dark",
    "Dark",
    "zoom",
    "night_mode",
    "x.y",
    "theater",
    "cast",
    "boost",
];

#[derive(Debug)]
pub(crate) struct Client<'a> {
    pub(crate) rng: &'a mut Rng,
    pub(crate) ts: i64,
    pub(crate) playhead: f64,
    pub(crate) live: bool,
    pub(crate) length: f64,
    /// Bodies in the order in which the player makes them, `sessionStart` first.
    pub(crate) bodies: Vec<Value>,
    first_ts: i64,
}

impl<'a> Client<'a> {
    /// Makes a player and its `sessionStart`.
    pub(crate) fn start(rng: &'a mut Rng, number: i64) -> Self {
        let ts = BASE_TS + rng.pick(&[0, 0, 1, 59_999, 60_000, 93_500, 3_600_000, 9_000_000]);
        let live = rng.percent(20);
        let lengths = [600.0, 600.0, 60.0, 60.33, 35.5, 1_200.0, 0.0, 7_200.0, 0.1];
        let length = if live {
            rng.pick(&[86_400.0, 3_600.0, 0.0])
        } else {
            rng.pick(&lengths)
        };
        let playhead = match (live, rng.percent(30)) {
            (true, true) => 86_395.0,
            (true, false) => rng.between(0, 86_399) as f64,
            (false, true) => rng.pick(&[100.0, 59.5, 0.333_333_3, 7.25, 299.999_999]),
            (false, false) => 0.0,
        };
        let mut client = Self {
            rng,
            ts,
            playhead,
            live,
            length,
            bodies: Vec::new(),
            first_ts: ts,
        };
        let params = client.start_params(number);
        client.emit_with("sessionStart", params);
        client.maybe_metadata(50);
        client
    }

    fn start_params(&mut self, number: i64) -> Value {
        let rng = &mut *self.rng;
        let content_type = match (self.live, self.length == 86_400.0) {
            (true, true) => rng.pick(&["live", "vod", "LIVE", "linear"]),
            (true, false) => rng.pick(&["Live", "radio", "linear"]),
            (false, _) => rng.pick(&["vod", "VOD", "song", "", "aod"]),
        };
        let mut params = json!({
            "analytics.trackingServer": "metrics.example.com",
            "analytics.reportSuite": "examplersid",
            "visitor.marketingCloudOrgId": "EXAMPLE@AdobeOrg",
            "media.id": rng.pick(&["movie-1", "movie-2", "movie-1", ""]),
            "media.name": format!("Movie {number}"),
            "media.length": json_number(self.length),
            "media.contentType": content_type,
            "media.playerName": "sample-player",
            "media.channel": "sample-channel",
        });
        let optional = [
            (
                "visitor.marketingCloudUserId",
                json!(rng.pick(&["m1", "m2", ""])),
            ),
            ("analytics.visitorId", json!(rng.pick(&["v1", "m1", ""]))),
            ("analytics.aid", json!("a1")),
            ("appInstallationId", json!(rng.pick(&["i1", ""]))),
            ("media.resume", json!(rng.percent(60))),
            (
                "media.genre",
                json!(rng.pick(&["Drama", " Drama,Crime ,, Drama", "", ","])),
            ),
            (
                "media.pass.auth",
                json!(rng.pick(&["TRUE", "true", "false"])),
            ),
            ("media.streamType", json!(rng.pick(&["audio", "video"]))),
            ("media.show", json!("Show")),
            ("media.season", json!("2")),
            ("media.downloaded", json!(false)),
            ("media.sdkVersion", json!("4.5.6")),
            ("media.showType", Value::Null),
            ("media.unheardOf", json!({ "kept": true })),
            (
                "visitor.customerIDs",
                json!({ "crm": { "id": "7", "authState": 1 } }),
            ),
        ];
        for (key, value) in optional {
            if rng.percent(25) {
                params[key] = value;
            }
        }
        params
    }

    /// Whether the session has lasted long enough.
    pub(crate) fn is_over(&self) -> bool {
        self.ts - self.first_ts > LONGEST_MS
    }

    /// Lets time pass with the playhead standing still.
    pub(crate) fn wait(&mut self, ms: i64) {
        self.ts += ms;
    }

    /// Lets time pass with the playhead moving along.
    pub(crate) fn run(&mut self, ms: i64) {
        self.ts += ms;
        self.jump_to(self.playhead + ms as f64 / 1_000.0);
    }

    /// Sets the playhead; that of live content stays in the day.
    pub(crate) fn jump_to(&mut self, playhead: f64) {
        self.playhead = if self.live {
            playhead.rem_euclid(86_400.0)
        } else {
            playhead.max(0.0)
        };
    }

    pub(crate) fn emit(&mut self, kind: &str) {
        self.emit_with(kind, Value::Null);
    }

    /// Writes an event; `Null` stands for no `params`.
    pub(crate) fn emit_with(&mut self, kind: &str, params: Value) {
        let mut body = json!({
            "eventType": kind,
            "playerTime": { "playhead": json_number(self.playhead), "ts": self.ts },
        });
        if !params.is_null() {
            body["params"] = params;
        } else if self.rng.percent(5) {
            body["params"] = json!({});
        }
        self.bodies.push(body);
        if self.rng.percent(8) {
            self.add_quality();
        }
    }

    fn last_body(&mut self) -> &mut Value {
        self.bodies
            .last_mut()
            .expect("a client begins with sessionStart")
    }

    /// Adds custom metadata to the last event, with that chance.
    pub(crate) fn maybe_metadata(&mut self, percent: i64) {
        if !self.rng.percent(percent) {
            return;
        }
        let mut map = Map::new();
        for _ in 0..self.rng.between(0, 3) {
            let key = self.rng.pick(&["tier", "league", "creative", "a.b_c"]);
            map.insert(
                key.to_owned(),
                json!(self.rng.pick(&["gold", "blue", "trial", ""])),
            );
        }
        self.last_body()["customMetadata"] = Value::Object(map);
    }

    /// Adds quality values to the last event, in one of the three places.
    pub(crate) fn add_quality(&mut self) {
        let place = self.rng.between(0, 2);
        for _ in 0..self.rng.between(1, 3) {
            let (name, value) = self.quality_value();
            let kind = self.last_body()["eventType"].clone();
            let body = self.last_body();
            match place {
                0 => body["qoeData"][format!("media.qoe.{name}")] = value,
                1 => body["qoeData"][name] = value,
                // `params` of a ping are ignored by one page and read by another.
                _ if kind != "ping" => {
                    if !body["params"].is_object() {
                        body["params"] = json!({});
                    }
                    body["params"][format!("media.qoe.{name}")] = value;
                }
                _ => {}
            }
        }
    }

    fn quality_value(&mut self) -> (&'static str, Value) {
        let rng = &mut *self.rng;
        match rng.between(0, 3) {
            0 => (
                "bitrate",
                json!(rng.pick(&[0, -1, 400, 799, 800, 3_200, 1_000_000])),
            ),
            1 => ("droppedFrames", json!(rng.pick(&[0, 0, 3, 12, 7]))),
            2 => ("framesPerSecond", json!(rng.pick(&[0, 24, 30, 60]))),
            _ => (
                "timeToStart",
                json!(rng.pick(&[0, 2, 499, 500, 1_499, 1_500, 2_501])),
            ),
        }
    }

    pub(crate) fn bitrate_change(&mut self) {
        let rate = self.rng.pick(&[0.0, -5.0, 400.0, 850.0, 1_600.5, 3_200.0]);
        self.emit("bitrateChange");
        self.last_body()["qoeData"]["media.qoe.bitrate"] = json_number(rate);
    }

    pub(crate) fn error(&mut self) {
        self.emit("error");
        let id = self.rng.pick(&["E1", "E2", "E3"]);
        let source = self.rng.pick(&["player", "external", "elsewhere"]);
        let form = self.rng.between(0, 4);
        let body = self.last_body();
        if form == 0 || form == 1 {
            body["qoeData"]["media.qoe.errorID"] = json!(id);
            body["qoeData"]["media.qoe.errorSource"] = json!(source);
        }
        if form == 1 || form == 2 {
            body["params"] = json!({ "media.errorId": "P1", "media.errorSource": source });
        }
        if form == 3 {
            body["qoeData"]["media.qoe.errorID"] = json!(17);
        }
    }

    pub(crate) fn break_start(&mut self, index: i64) {
        let second = self.rng.pick(&[0.0, 0.0, 0.0, 12.5]);
        let params = json!({
            "media.ad.podFriendlyName": format!("pod {index}"),
            "media.ad.podIndex": index,
            "media.ad.podSecond": json_number(second),
        });
        self.emit_with("adBreakStart", params);
        self.maybe_metadata(5);
    }

    pub(crate) fn ad_start(&mut self, position: i64) {
        let params = json!({
            "media.ad.id": self.rng.pick(&["a1", "a2", "a3", ""]),
            "media.ad.length": json_number(self.rng.pick(&[5.0, 15.0, 7.5])),
            "media.ad.podPosition": position,
            "media.ad.playerName": "sample-player",
            "media.ad.advertiser": "Acme",
        });
        self.emit_with("adStart", params);
        self.maybe_metadata(30);
    }

    pub(crate) fn chapter_start(&mut self) {
        let params = json!({
            "media.chapter.index": self.rng.between(1, 3),
            "media.chapter.offset": json_number(self.rng.pick(&[0.0, 30.0, 60.25])),
            "media.chapter.length": json_number(self.rng.pick(&[30.0, 44.4])),
            "media.chapter.friendlyName": "Chapter",
        });
        self.emit_with("chapterStart", params);
        self.maybe_metadata(30);
    }

    /// One event about player states, of any of the three kinds.
    pub(crate) fn state_event(&mut self) {
        let kind = self
            .rng
            .weighted(&[(5, "stateStart"), (4, "stateEnd"), (2, "statesUpdate")]);
        if kind != "statesUpdate" {
            let name = self.rng.pick(&STATE_NAMES);
            self.emit_with(kind, json!({ "media.state.name": name }));
            return;
        }
        let mut params = json!({});
        for list in ["statesEnd", "statesStart"] {
            let count = self.rng.between(0, 3);
            let names =
                (0..count).map(|_| json!({ "media.state.name": self.rng.pick(&STATE_NAMES) }));
            params[list] = names.collect();
        }
        if params["statesEnd"] == json!([]) && params["statesStart"] == json!([]) {
            params["statesStart"] = json!([{ "media.state.name": "mute" }]);
        }
        self.emit_with(kind, params);
    }
}

impl Client<'_> {
    /// R7: more names than the ten a session may have, some of them ended and started again.
    pub(crate) fn many_states(&mut self) {
        let mut names = STATE_NAMES;
        self.rng.shuffle(&mut names);
        for name in names {
            let kind = self
                .rng
                .pick(&["stateStart", "stateStart", "stateStart", "stateEnd"]);
            self.emit_with(kind, json!({ "media.state.name": name }));
            let after = self.rng.pick(&[1, 500, 2_000]);
            self.run(after);
        }
    }
}

/// Writes a whole number without a fraction, as most players do.
pub(crate) fn json_number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}
