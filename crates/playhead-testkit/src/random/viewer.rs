//! Sessions as real players make them, with the corners of the rules met on purpose.

use super::client::Client;

/// Plays a whole session of about `steps` steps.
pub(crate) fn watch(client: &mut Client<'_>, steps: i64) {
    if client.rng.percent(40) {
        ad_break(client, 1);
    }
    if client.rng.percent(20) {
        client.emit("bufferStart");
        let startup = client.rng.between(200, 4_000);
        client.wait(startup);
    }
    if client.rng.percent(92) {
        client.emit("play");
    }
    for _ in 0..steps {
        if client.is_over() {
            break;
        }
        step(client);
    }
    leave(client);
}

fn step(client: &mut Client<'_>) {
    type Step = fn(&mut Client<'_>);
    let steps: [(i64, Step); 15] = [
        (40, heartbeat),
        (8, pause),
        (6, seek),
        (5, buffer),
        (6, |client| {
            let index = client.rng.between(1, 3);
            ad_break(client, index);
        }),
        (5, chapter),
        (8, |client| client.state_event()),
        (4, |client| client.bitrate_change()),
        (3, |client| client.error()),
        (8, freeze),
        (3, |client| {
            client.run(1_000);
            client.emit("play");
        }),
        (1, |client| client.many_states()),
        (2, still_for_long),
        (1, gap),
        (2, |client| client.run(1)),
    ];
    client.rng.weighted(&steps)(client);
}

fn heartbeat(client: &mut Client<'_>) {
    let every = client
        .rng
        .pick(&[10_000, 10_000, 10_000, 1_000, 9_999, 10_250, 50_000, 333]);
    client.run(every);
    client.emit("ping");
}

fn pause(client: &mut Client<'_>) {
    let before = client.rng.between(0, 5_000);
    client.run(before);
    client.emit("pauseStart");
    for _ in 0..client.rng.between(0, 3) {
        let rest = client.rng.between(1, 20_000);
        client.wait(rest);
        let kind = client
            .rng
            .pick(&["ping", "ping", "pauseStart", "bufferStart"]);
        client.emit(kind);
    }
    if client.rng.percent(15) {
        ad_break(client, 4);
    }
    let rest = client.rng.between(1, 20_000);
    client.wait(rest);
    client.emit("play");
}

fn seek(client: &mut Client<'_>) {
    client.emit("pauseStart");
    let scrubbing = client.rng.between(1, 2_000);
    client.wait(scrubbing);
    let reach = if client.live {
        86_399
    } else {
        (client.length as i64 + 20).max(1)
    };
    let target = client.rng.between(0, reach) as f64;
    client.jump_to(target);
    client.emit("play");
}

fn buffer(client: &mut Client<'_>) {
    let before = client.rng.between(0, 3_000);
    client.run(before);
    client.emit("bufferStart");
    let rest = client.rng.between(1, 8_000);
    client.wait(rest);
    let next = client.rng.pick(&["play", "play", "play", "pauseStart"]);
    client.emit(next);
}

fn chapter(client: &mut Client<'_>) {
    let kind = client
        .rng
        .weighted(&[(5, "start"), (4, "chapterComplete"), (2, "chapterSkip")]);
    match kind {
        "start" => client.chapter_start(),
        end => client.emit(end),
    }
}

/// R4.4: samples with a playhead that stands still, about the limits of three and of one second.
fn freeze(client: &mut Client<'_>) {
    let every = client
        .rng
        .pick(&[333, 499, 500, 501, 999, 1_000, 1_001, 10_000]);
    for _ in 0..client.rng.between(1, 4) {
        client.wait(every);
        let kinds = [(8, "ping"), (2, "play"), (1, "bitrateChange"), (1, "error")];
        let kind = client.rng.weighted(&kinds);
        client.emit(kind);
    }
    if client.rng.percent(20) {
        client.wait(every);
        client.emit("pauseStart");
        client.wait(100);
        client.emit("play");
    }
}

/// R2.5: about 1,800,000 ms without a change of the playhead.
fn still_for_long(client: &mut Client<'_>) {
    if client.rng.percent(50) {
        client.emit("pauseStart");
    }
    let last = client.rng.pick(&[299_998, 299_999, 300_000, 300_001]);
    for every in [500_000, 500_000, 500_000, last] {
        client.wait(every);
        if client.rng.percent(8) {
            client.ad_start(1);
        } else if client.rng.percent(8) {
            client.jump_to(client.playhead + 1.0);
        }
        client.emit("ping");
    }
    client.emit("play");
}

/// R2.5: about 600,000 ms without an event.
fn gap(client: &mut Client<'_>) {
    let ms = client
        .rng
        .pick(&[590_000, 599_999, 599_999, 600_000, 600_001]);
    client.run(ms);
    client.emit("ping");
}

/// Ads as the libraries send them: ties, the state repeated after each start, forgotten ends.
pub(crate) fn ad_break(client: &mut Client<'_>, index: i64) {
    let tie = client.rng.pick(&[0, 0, 1]);
    if client.rng.percent(95) {
        client.break_start(index);
    }
    if client.rng.percent(10) {
        client.wait(1);
        client.break_start(index);
    }
    client.wait(tie);
    for position in 1..=client.rng.between(0, 3) {
        client.ad_start(position);
        repeat_state(client);
        ad_time(client);
        let kinds = [(7, "adComplete"), (2, "adSkip"), (2, "")];
        let end = client.rng.weighted(&kinds);
        if !end.is_empty() {
            client.emit(end);
        }
        client.wait(tie);
        between_ads(client);
    }
    if client.rng.percent(80) {
        client.emit("adBreakComplete");
        client.wait(tie);
    }
    if client.rng.percent(50) {
        client.emit("play");
    }
}

/// R5.3: libraries repeat the current state right behind `adStart`.
fn repeat_state(client: &mut Client<'_>) {
    let after = client.rng.pick(&[0, 0, 1, 500, 999, 1_000, 1_001]);
    client.wait(after);
    let kinds = [
        (4, "play"),
        (2, "pauseStart"),
        (2, "bufferStart"),
        (1, "ping"),
        (6, ""),
    ];
    let kind = client.rng.weighted(&kinds);
    if !kind.is_empty() {
        client.emit(kind);
    }
}

fn ad_time(client: &mut Client<'_>) {
    let every = client.rng.pick(&[1_000, 5_000, 10_000]);
    for _ in 0..client.rng.between(0, 4) {
        client.wait(every);
        let kinds = [
            (10, "ping"),
            (1, "pauseStart"),
            (1, "bufferStart"),
            (2, "play"),
        ];
        let kind = client.rng.weighted(&kinds);
        client.emit(kind);
    }
    let rest = client.rng.between(1, 4_000);
    client.wait(rest);
}

/// R5.6: a `play` between two ads, with the playhead of the next one or another.
fn between_ads(client: &mut Client<'_>) {
    if !client.rng.percent(20) {
        return;
    }
    client.emit("play");
    if client.rng.percent(40) {
        client.run(3_000);
    } else {
        client.wait(3_000);
    }
    if client.rng.percent(20) {
        client.emit("pauseStart");
        client.wait(1);
    }
}

fn leave(client: &mut Client<'_>) {
    let rest = client.rng.between(0, 5_000);
    client.run(rest);
    if client.rng.percent(50) {
        if client.rng.percent(30) {
            client.emit("chapterComplete");
        }
        client.emit("sessionComplete");
        for _ in 0..client.rng.between(0, 3) {
            client.wait(1_000);
            let kind = client
                .rng
                .pick(&["ping", "pauseStart", "bufferStart", "ping"]);
            client.emit(kind);
        }
        if client.rng.percent(25) {
            ad_break(client, 9);
        }
        if client.rng.percent(25) {
            client.jump_to(0.0);
            client.emit("play");
            heartbeat(client);
        }
    }
    if client.rng.percent(65) {
        let rest = client.rng.pick(&[0, 1, 499, 500, 3_000]);
        client.wait(rest);
        client.emit("sessionEnd");
        stragglers(client);
    }
}

/// Events about and after the end: of the same time, before and behind it, and repeated ends.
fn stragglers(client: &mut Client<'_>) {
    for _ in 0..client.rng.between(0, 3) {
        let step = client.rng.pick(&[0, 0, -1, 1, -700, 2_000]);
        client.wait(step);
        let kinds = [
            "chapterSkip",
            "ping",
            "adSkip",
            "sessionEnd",
            "sessionComplete",
            "play",
        ];
        let kind = client.rng.pick(&kinds);
        client.emit(kind);
    }
}
