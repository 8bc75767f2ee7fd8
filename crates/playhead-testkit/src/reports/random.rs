//! Random rows and random requests.

use serde_json::{Map, Value, json};

use crate::random::Rng;

/// 1 January 2025: the rows lie in the two years from then, so that clocks change.
const EPOCH: i64 = 1_735_689_600_000;
const DAY: i64 = 86_400_000;

/// Sessions of two suites; the same seed gives the same.
pub fn rows(seed: u64, count: usize) -> Vec<Value> {
    let mut rng = Rng::new(seed);
    (1..=count).map(|number| row(&mut rng, number)).collect()
}

fn row(rng: &mut Rng, number: usize) -> Value {
    let start = EPOCH + rng.between(0, 30) * 24 * DAY / 2 + rng.between(0, 6 * 3_600_000);
    let end = start + rng.pick(&[0, 1, 999, 1_000, 60_000, 61_000, 600_500, 7_200_000]);
    let arrival = start + rng.pick(&[0, 40, 900, -3_600_000, 86_400_000]);
    let length = rng.pick(&[600.0, 600.0, 60.5, 0.0, 3_600.0]);
    let is_live = rng.percent(15);
    let is_open = rng.percent(5);
    let suite = rng.pick(&["main", "main", "main", "other"]);
    let time_played = rng.between(0, 900);
    json!({
        "suite": suite,
        "session": session(rng, start, end, length, time_played),
        "ads": (0..rng.between(0, 3)).map(|_| ad(rng)).collect::<Vec<_>>(),
        "chapters": (0..rng.between(0, 2)).map(|_| chapter(rng)).collect::<Vec<_>>(),
        "states": states(rng),
        "watched": watched(rng, length),
        "isLive": is_live,
        "startedAt": arrival,
        "lastAt": arrival + (end - start) + rng.between(0, 500),
        "position": if is_open { Value::Null } else { number.into() },
    })
}

fn session(rng: &mut Rng, start: i64, end: i64, length: f64, time_played: i64) -> Value {
    let mut session = json!({
        "name": rng.pick(&["a", "b", "c", "d", "e", "Été", "d", "c", ""]),
        "visitor": format!("visitor {}", rng.between(0, 25)),
        "startTs": start,
        "endTs": end,
        "length": length,
        "playerName": rng.pick(&["web", "tv", "phone"]),
        "channel": rng.pick(&["one", "two", "three", "One"]),
        "contentType": rng.pick(&["vod", "VOD", "live", "missing_content_type"]),
        "isBot": rng.percent(10),
        "isDownloaded": rng.percent(20),
        "closeReason": rng.pick(&["sessionEnd", "timeout-no-events"]),
        "isViewed": rng.percent(80),
        "isPlayed": rng.percent(70),
        "isCompleted": rng.percent(30),
        "isDroppedBeforeStart": rng.percent(20),
        "timePlayed": time_played,
        "totalTimePlayed": time_played + rng.between(0, 60),
        "pauseTime": rng.between(0, 40),
        "bufferTime": rng.pick(&[0, 0, 3, 5_000]),
        "bufferCount": rng.between(0, 4),
        "rebufferTime": rng.pick(&[0, 0, 2, 40]),
        "errorCount": rng.pick(&[0, 0, 0, 1, 2]),
        "genreList": rng.pick(&[&[][..], &["Drama"][..], &["Drama", "Crime"][..], &["Crime", "Kids", "Drama"][..]]),
        "playerSdkErrors": rng.pick(&[&[][..], &["e1"][..], &["e1", "e2"][..]]),
        "customMetadata": custom(rng),
    });
    let maybe: [(&str, Value); 8] = [
        ("streamType", json!(rng.pick(&["audio", "video"]))),
        ("country", json!(rng.pick(&["DE", "FR", "IN"]))),
        ("show", json!(rng.pick(&["Show", "Shows", "Übung"]))),
        (
            "timeToStart",
            json!(rng.pick(&[0, 1, 2, 3, 7, 4_095, 4_096, 123_456_789_012_i64])),
        ),
        ("bitrateAverage", json!(rng.pick(&[800, 1_250, 3_999]))),
        ("droppedFrames", json!(rng.pick(&[-1, 0, 5, 1_000_000_007]))),
        ("framesPerSecond", json!(rng.pick(&[24, 25, 60]))),
        (
            "averageMinuteAudience",
            json!(time_played as f64 / length.max(1.0)),
        ),
    ];
    for (name, value) in maybe {
        session[name] = if rng.percent(70) { value } else { Value::Null };
    }
    session
}

fn custom(rng: &mut Rng) -> Value {
    let mut custom = Map::new();
    if rng.percent(60) {
        custom.insert("plan".into(), rng.pick(&["free", "paid"]).into());
    }
    if rng.percent(20) {
        custom.insert("my.key".into(), rng.pick(&["x", ""]).into());
    }
    custom.into()
}

fn ad(rng: &mut Rng) -> Value {
    let mut ad = json!({
        "id": rng.pick(&["ad1", "ad2", "ad3", ""]),
        "podIndex": rng.between(0, 2),
        "length": rng.pick(&[15.0, 30.5]),
        "isStarted": true,
        "isCompleted": rng.percent(60),
        "timePlayed": rng.between(0, 30),
        "customMetadata": custom(rng),
    });
    if rng.percent(70) {
        ad["advertiser"] = rng.pick(&["acme", "bolt"]).into();
    }
    ad
}

fn chapter(rng: &mut Rng) -> Value {
    json!({
        "id": rng.pick(&["c1", "c2"]),
        "friendlyName": rng.pick(&["Intro", "Outro"]),
        "index": rng.between(1, 3),
        "isStarted": true,
        "isCompleted": rng.percent(50),
        "timePlayed": rng.between(0, 300),
        "customMetadata": {},
    })
}

fn states(rng: &mut Rng) -> Value {
    let mut states = Map::new();
    for name in ["fullscreen", "mute", "theatre"] {
        if rng.percent(30) {
            let state =
                json!({ "isSet": true, "count": rng.between(1, 4), "time": rng.between(0, 99) });
            states.insert(name.into(), state);
        }
    }
    states.into()
}

fn watched(rng: &mut Rng, length: f64) -> Value {
    let end = if length > 0.0 {
        (length * 1e6) as i64
    } else {
        100_000_000_000
    };
    let stretch = |rng: &mut Rng| {
        let from = rng.between(0, end);
        let long = rng.pick(&[1, 400_000, 1_000_000, 30_000_000, 600_000_000]);
        json!([from, (from + long).min(end)])
    };
    let count = rng.between(0, 4);
    (0..count)
        .map(|_| stretch(rng))
        .filter(|stretch| stretch[0] != stretch[1])
        .collect::<Vec<_>>()
        .into()
}

const SESSION_DIMENSIONS: &[&str] = &[
    "name",
    "channel",
    "playerName",
    "contentType",
    "streamType",
    "country",
    "show",
    "genreList",
    "playerSdkErrors",
    "custom.plan",
    "custom.my.key",
    "closeReason",
    "isBot",
    "isDownloaded",
    "bufferCount",
    "timeToStart",
    "droppedFrames",
    "length",
    "hourOfDay",
    "amPm",
    "dayOfWeek",
    "dayOfMonth",
    "month",
    "quarter",
    "year",
    "weekdayWeekend",
    "isLive",
    "isPlayed",
    "visitor",
];
const SESSION_METRICS: &[&str] = &[
    "sessions",
    "visitors",
    "isViewed",
    "isPlayed",
    "timePlayed",
    "totalTimePlayed",
    "bufferTime",
    "errorCount",
    "timeToStart",
    "droppedFrames",
    "bitrateAverage",
    "averageMinuteAudience",
    "contentLength",
    "mediaCompletionRate",
    "pauseDurationRate",
    "dropBeforeStartRate",
    "averageAudienceOfContent",
    "averageAudienceOfPeriod",
    "p50(timeToStart)",
    "p95(timePlayed)",
    "median(bufferTime)",
    "p99(droppedFrames)",
    "mean(timePlayed)",
    "min(timeToStart)",
    "max(droppedFrames)",
    "count(timeToStart)",
    "same(contentLength)",
    "sum(bitrateAverage)",
];
const PART_DIMENSIONS: &[(&str, &[&str])] = &[
    (
        "ad",
        &[
            "ad.id",
            "ad.advertiser",
            "ad.podIndex",
            "ad.length",
            "ad.custom.plan",
        ],
    ),
    (
        "chapter",
        &["chapter.id", "chapter.friendlyName", "chapter.index"],
    ),
    ("state", &["state.name"]),
];
const PART_METRICS: &[(&str, &[&str])] = &[
    (
        "ad",
        &[
            "ad.isStarted",
            "ad.isCompleted",
            "ad.timePlayed",
            "adCompletionRate",
            "p90(ad.timePlayed)",
        ],
    ),
    (
        "chapter",
        &[
            "chapter.isStarted",
            "chapter.timePlayed",
            "chapterCompletionRate",
        ],
    ),
    (
        "state",
        &[
            "state.isSet",
            "state.time",
            "state.mute.count",
            "state.theatre.time",
            "max(state.time)",
        ],
    ),
];
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
];

/// A request that makes sense; the same seed gives the same.
pub fn request(seed: u64) -> Value {
    let mut rng = Rng::new(seed ^ 0x5eed);
    let rng = &mut rng;
    let mut request = json!({
        "suite": rng.pick(&["main", "main", "other"]),
        "zone": rng.pick(ZONES),
        "range": range(rng),
    });
    if rng.percent(25) {
        request["clock"] = "server".into();
    }
    if rng.percent(30) {
        request["bots"] = rng.pick(&["exclude", "only"]).into();
    }
    if rng.percent(30) {
        request["includeOpen"] = true.into();
    }
    if rng.percent(10) {
        request["asOf"] = format!("p-{}", rng.between(0, 400)).into();
    }
    let filters = rng.weighted(&[(50, 0), (30, 1), (20, 3)]);
    let filters: Vec<Value> = (0..filters).map(|_| filter(rng)).collect();
    if !filters.is_empty() {
        request["filters"] = filters.into();
    }
    let report = rng.weighted(&[
        (70, "table"),
        (8, "concurrency"),
        (6, "timeSpent"),
        (8, "retention"),
        (4, "segments"),
        (4, "tenths"),
    ]);
    request["report"] = report.into();
    if report == "table" {
        table(rng, &mut request);
    }
    request
}

fn range(rng: &mut Rng) -> Value {
    let long = rng.pick(&[40, 400, 1_200]);
    let from = EPOCH + rng.between(-10, 340) * DAY + rng.pick(&[0, 1, 3_600_000, 5_400_123]);
    json!({ "from": from, "to": from + long * DAY / rng.pick(&[1, 1, 7]) })
}

fn table(rng: &mut Rng, request: &mut Value) {
    let part = rng.pick(&[None, None, None, Some("ad"), Some("chapter"), Some("state")]);
    let own = |list: &[(&str, &'static [&'static str])], part: &str| -> &'static [&'static str] {
        list.iter().find(|(scope, _)| *scope == part).unwrap().1
    };
    let mut dimensions: Vec<&str> = Vec::new();
    for _ in 0..rng.pick(&[0, 1, 1, 2, 3]) {
        let from = match part {
            Some(part) if rng.percent(60) => own(PART_DIMENSIONS, part),
            _ => SESSION_DIMENSIONS,
        };
        let dimension = rng.pick(from);
        if !dimensions.contains(&dimension) {
            dimensions.push(dimension);
        }
    }
    let mut metrics: Vec<Value> = Vec::new();
    for _ in 0..rng.between(1, 4) {
        let metric = match part {
            Some(part) if rng.percent(50) => rng.pick(own(PART_METRICS, part)),
            _ => rng.pick(SESSION_METRICS),
        };
        metrics.push(metric.into());
    }
    if rng.percent(15) {
        let formula = "100 * (isPlayed - errorCount) / max(timeToStart)";
        metrics.push(json!({ "name": "own", "formula": formula }));
    }
    metrics.dedup();
    if rng.percent(30) {
        let by = if dimensions.is_empty() || rng.percent(60) {
            let metric = metrics[0].as_str().unwrap_or("own");
            metric.to_owned()
        } else {
            rng.pick(&dimensions).to_owned()
        };
        let direction = rng.pick(&["ascending", "descending"]);
        request["order"] = json!({ "by": by, "direction": direction });
    }
    if rng.percent(40) {
        request["granularity"] = rng
            .pick(&["hour", "day", "week", "month", "quarter", "year"])
            .into();
        if rng.percent(30) {
            // Small units of a short range.
            request["granularity"] = rng
                .pick(&["minute", "5minutes", "15minutes", "30minutes"])
                .into();
            let from = request["range"]["from"].as_i64().unwrap();
            request["range"]["to"] = (from + rng.between(1, 3 * DAY)).into();
        }
    }
    request["limit"] = rng.pick(&[1, 3, 10_000, 10_000]).into();
    request["everythingElse"] = rng.percent(40).into();
    request["dimensions"] = dimensions.into();
    request["metrics"] = metrics.into();
}

fn filter(rng: &mut Rng) -> Value {
    let mut filter = match rng.between(0, 11) {
        0 => json!({ "dimension": "name", "op": "=", "value": rng.pick(&["a", "Été", "nothing"]) }),
        1 => json!({ "dimension": "channel", "op": "in", "value": ["one", "two", null] }),
        2 => json!({ "dimension": "show", "op": "contains", "value": "how" }),
        3 => json!({ "dimension": "custom.plan", "op": "startsWith", "value": "fr" }),
        4 => json!({ "dimension": "contentType", "op": "regex", "value": "(?i)^vod$" }),
        5 => {
            json!({ "dimension": rng.pick(&["country", "streamType", "genreList", "timeToStart"]), "op": "null" })
        }
        6 => json!({ "dimension": "genreList", "op": "=", "value": "Crime" }),
        7 => {
            json!({ "metric": "timePlayed", "op": rng.pick(&["<", "<=", ">", ">=", "="]), "value": rng.between(0, 900) })
        }
        8 => json!({ "metric": "timeToStart", "op": "in", "value": [1, 2, 3] }),
        9 => {
            json!({ "dimension": rng.pick(&["ad.advertiser", "ad.custom.plan"]), "op": "in", "value": ["acme", "free", null] })
        }
        10 => json!({ "metric": "ad.timePlayed", "op": ">", "value": 10 }),
        _ => {
            json!({ "dimension": rng.pick(&["hourOfDay", "bufferCount", "state.name", "chapter.id"]), "op": rng.pick(&["=", ">="]), "value": 2 })
        }
    };
    filter["not"] = rng.percent(30).into();
    if rng.percent(20) {
        filter["scope"] = "visitor".into();
    }
    filter
}
