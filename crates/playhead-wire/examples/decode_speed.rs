//! Prints what it costs to decode, encode and walk a ping and a session start of about 1 kB.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use playhead_model::body::{Members, Value, encode_json, fingerprint, read, typed::Event};
use playhead_wire::{Clock, Profile, StartFacts, event, session_start};

const PING: &str = r#"{"playerTime":{"playhead":125.4,"ts":1735732800123},"eventType":"ping","params":{},"qoeData":{"media.qoe.bitrate":3200,"media.qoe.droppedFrames":2}}"#;

const BARE: &str = r#"{"eventType":"ping","playerTime":{"playhead":125,"ts":1735732800123}}"#;

const START: &str = r#"{"playerTime":{"playhead":0,"ts":1735732800000},"eventType":"sessionStart",
"params":{"analytics.trackingServer":"metrics.example.com","analytics.reportSuite":"examplersid",
"analytics.enableSSL":true,"visitor.marketingCloudOrgId":"0123456789ABCDEF01234567@AdobeOrg",
"visitor.marketingCloudUserId":"52305719012435209815423459183450239841","media.id":"movie-0123456789",
"media.name":"A movie with a name of some length","media.length":5400.5,"media.contentType":"vod",
"media.playerName":"sample-html5-player","media.channel":"sample-channel","media.resume":false,
"media.sdkVersion":"3.2.1","media.libraryVersion":"js-3.1.0","media.streamType":"video",
"media.show":"The Show","media.season":"2","media.episode":"7","media.genre":"Drama,Crime",
"media.firstAirDate":"2016-01-25","media.rating":"TVPG","media.originator":"Example Studios",
"media.network":"Example Network","media.pass.mvpd":"example","media.pass.auth":"TRUE"},
"customMetadata":{"site.section":"movies","player.skin":"dark"},"qoeData":{"media.qoe.bitrate":1200}}"#;

const CLOCK: Clock = Clock::ReceivedMs(1_735_732_800_500);

fn main() {
    println!("ping: {} bytes of JSON, start: {}", PING.len(), START.len());
    let ping = event(PING.as_bytes(), Profile::Lenient, CLOCK)
        .expect("a sound ping")
        .body;
    let start = session_start(START.as_bytes(), Profile::Lenient, CLOCK)
        .expect("a sound start")
        .body;
    println!("stored: {} and {} bytes", ping.len(), start.len());

    for profile in [Profile::Lenient, Profile::Strict] {
        show(&format!("bare ping, decode ({profile:?})"), || {
            event(black_box(BARE.as_bytes()), profile, CLOCK).is_ok()
        });
        show(&format!("ping, decode ({profile:?})"), || {
            event(black_box(PING.as_bytes()), profile, CLOCK).is_ok()
        });
        show(&format!("start, decode ({profile:?})"), || {
            session_start(black_box(START.as_bytes()), profile, CLOCK).is_ok()
        });
    }
    show("ping, serde_json::Value", || {
        serde_json::from_str::<serde_json::Value>(black_box(PING)).is_ok()
    });
    show("start, serde_json::Value", || {
        serde_json::from_str::<serde_json::Value>(black_box(START)).is_ok()
    });
    for (name, body) in [("ping", &ping), ("start", &start)] {
        show(&format!("{name}, walk all"), || walk(black_box(body)));
        show(&format!("{name}, open event"), || {
            Event::open(black_box(body)).map(|e| e.ts)
        });
        show(&format!("{name}, fingerprint"), || {
            fingerprint(black_box(body))
        });
        let json = playhead_model::body::to_json(body).expect("a sound body");
        let mut out = Vec::with_capacity(2048);
        show(&format!("{name}, Value to body"), || {
            out.clear();
            encode_json(black_box(&json), &mut out);
            out.len()
        });
    }
    show("start, facts", || {
        StartFacts::read(black_box(&start)).map(|facts| facts.report_suite.len())
    });
}

fn walk(body: &[u8]) -> usize {
    fn members(members: Members<'_>) -> usize {
        members.flatten().map(|(_, value)| of(value)).sum()
    }
    fn of(value: Value<'_>) -> usize {
        match value {
            Value::Object(inner) => 1 + members(inner),
            Value::Array(items) => 1 + items.flatten().map(of).sum::<usize>(),
            _ => 1,
        }
    }
    read(body).map_or(0, of)
}

/// Prints the best of several rounds: what disturbs a round only ever makes it longer.
#[expect(
    clippy::disallowed_methods,
    reason = "an example may look at the clock"
)]
fn show<T>(what: &str, mut work: impl FnMut() -> T) {
    const ROUND: u32 = 50_000;
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let begin = Instant::now();
        for _ in 0..ROUND {
            black_box(work());
        }
        best = best.min(begin.elapsed());
    }
    println!(
        "{what:32} {:8.1} ns",
        best.as_nanos() as f64 / f64::from(ROUND)
    );
}
