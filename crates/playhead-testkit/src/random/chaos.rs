//! Sessions no player would make: any event at any time, at the limits of the rules.

use super::client::Client;

const GAPS: &[(i64, i64)] = &[
    (20, 0),
    (10, 1),
    (6, 499),
    (6, 500),
    (6, 501),
    (6, 999),
    (6, 1_000),
    (6, 1_001),
    (10, 5_000),
    (20, 10_000),
    (6, 61_000),
    (1, 599_999),
    (1, 600_000),
];

/// Emits `count` random events.
pub(crate) fn wander(client: &mut Client<'_>, count: i64) {
    for _ in 0..count {
        if client.is_over() {
            return;
        }
        let gap = client.rng.weighted(GAPS);
        move_playhead(client, gap);
        // A `ts` of the past now and then: it is late wherever it lands.
        let back = if client.rng.percent(4) {
            client.rng.between(1, 20_000)
        } else {
            0
        };
        client.ts -= back;
        any_event(client);
        client.ts += back;
    }
}

fn move_playhead(client: &mut Client<'_>, gap: i64) {
    match client.rng.between(0, 9) {
        0..=4 => client.wait(gap),
        5..=7 => client.run(gap),
        8 => {
            client.wait(gap);
            let step = client.rng.between(-100, 200) as f64 / 4.0;
            client.jump_to(client.playhead + step);
        }
        _ => {
            client.wait(gap);
            let far: f64 = client
                .rng
                .pick(&[0.0, 43_200.0, 50_000.0, 86_399.5, 300.0, 600.0, 599.999_9]);
            let far = if client.live {
                far
            } else {
                far.min(client.length + 5.0)
            };
            client.jump_to(far);
        }
    }
}

pub(crate) fn any_event(client: &mut Client<'_>) {
    let kinds = [
        (12, "ping"),
        (14, "play"),
        (7, "pauseStart"),
        (6, "bufferStart"),
        (8, "adBreakStart"),
        (10, "adStart"),
        (5, "adComplete"),
        (3, "adSkip"),
        (6, "adBreakComplete"),
        (5, "chapterStart"),
        (3, "chapterComplete"),
        (2, "chapterSkip"),
        (9, "state"),
        (4, "bitrateChange"),
        (3, "error"),
        (2, "sessionComplete"),
        (1, "sessionEnd"),
        (1, "manyStates"),
    ];
    let kind = client.rng.weighted(&kinds);
    match kind {
        "adBreakStart" => {
            let index = client.rng.between(0, 2);
            client.break_start(index);
        }
        "adStart" => {
            let position = client.rng.between(0, 2);
            client.ad_start(position);
        }
        "chapterStart" => client.chapter_start(),
        "state" => client.state_event(),
        "manyStates" => client.many_states(),
        "bitrateChange" => client.bitrate_change(),
        "error" => client.error(),
        other => client.emit(other),
    }
}

/// R2.5: enough events to reach the age of 24 h and 10 min by arrival; their `ts` hardly move.
pub(crate) fn grow_old(client: &mut Client<'_>) {
    client.emit("play");
    for _ in 0..client.rng.between(145, 155) {
        client.run(3_000);
        client.emit("ping");
    }
}
