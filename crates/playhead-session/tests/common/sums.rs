//! What holds of every explanation: what it lists adds up to what is reported.

use playhead_model::rules::Rules;
use playhead_model::time::PlayerMs;
use playhead_session::Session;
use playhead_session::explain::{Exact, ExplainedMetric, Explanation, Of, Part};

/// Panics unless the explanation agrees with the session it explains, closed if need be.
pub(crate) fn check(explanation: &Explanation, session: &Session) {
    let totals = session.totals(&Rules::default());
    let metric = |name: &str| {
        let is_it = |metric: &&ExplainedMetric| metric.name == name && metric.of == Of::Session;
        explanation
            .metrics
            .iter()
            .find(is_it)
            .expect("every metric is explained")
    };
    for (name, ms) in [
        ("timePlayed", totals.content_ms),
        ("totalTimePlayed", totals.total_ms()),
        ("pauseTime", totals.pause_ms),
        ("bufferTime", totals.buffer_ms),
        ("stallTime", totals.stall_ms),
        ("rebufferTime", totals.rebuffer_ms),
    ] {
        assert_eq!(sum_ms(metric(name)), ms, "{name}");
        assert_eq!(metric(name).exact, Some(Exact::Ms(ms)), "{name}");
    }
    for (name, count) in [
        ("pauseCount", totals.pause_count),
        ("bufferCount", totals.buffer_count),
        ("adCount", totals.ad_count),
        ("chapterCount", totals.chapter_count),
        ("bitrateChangeCount", totals.bitrate_change_count),
        ("errorCount", totals.error_count),
        ("rebufferCount", totals.rebuffer_count),
    ] {
        assert_eq!(metric(name).events.len(), count as usize, "{name}");
    }
    assert_eq!(
        metric("stallCount").parts.len(),
        totals.stall_count as usize
    );
    let unique: i64 = metric("uniqueTimePlayed").parts.iter().map(length_us).sum();
    assert_eq!(unique, totals.unique_us);
    assert_eq!(metric("isPlayed").events.is_empty(), !totals.is_played);
    assert_eq!(
        metric("isCompleted").events.is_empty(),
        !totals.is_completed
    );
    for (name, is_set) in ["10", "25", "50", "75", "95"].iter().zip(totals.progress) {
        assert_eq!(
            metric(&format!("hasProgress{name}")).events.is_empty(),
            !is_set,
            "{name}%"
        );
    }
    for (name, value) in [
        ("timeToStart", totals.time_to_start_ms),
        ("droppedFrames", totals.dropped_frames),
        ("framesPerSecond", totals.frames_per_second),
    ] {
        assert_eq!(metric(name).events.is_empty(), value.is_none(), "{name}");
        let said = value.map_or("no event".to_owned(), |value| format!("said {value} "));
        assert!(
            metric(name).because.contains(&said),
            "{name}: {}",
            metric(name).because
        );
    }
    for (name, ms) in [
        ("timeToFirstPlay", totals.first_play_ms),
        ("isPlaybackFailure", totals.content_after_error_ms),
    ] {
        assert_eq!(metric(name).exact, ms.map(Exact::Ms), "{name}");
        assert_eq!(sum_ms(metric(name)), ms.unwrap_or(0), "{name}");
    }
    check_last_call(metric("secondsSinceLastCall"), totals.since_last_call_ms);
    check_bitrate(metric("bitrateAverage"), totals.bitrate_average);
    check_segment(explanation, totals.segment, totals.is_live);
    check_parts(explanation, session);
    check_spans(explanation, session);
}

fn check_last_call(metric: &ExplainedMetric, ms: u64) {
    assert_eq!(metric.exact, Some(Exact::Ms(ms)));
    assert!(
        metric.parts.is_empty() || sum_ms(metric) == ms,
        "since the last call"
    );
}

fn check_bitrate(metric: &ExplainedMetric, average: Option<i64>) {
    let (mut ms, mut sum) = (0, 0);
    for part in &metric.parts {
        let Part::Time(interval) = part else {
            panic!("bitrate weighs time")
        };
        ms += i128::from(interval.ms());
        sum += i128::from(interval.ms()) * i128::from(interval.label.bitrate.expect("a weight"));
    }
    let mean = (ms > 0).then(|| (2 * sum + ms).div_euclid(2 * ms));
    assert_eq!(mean, average.map(i128::from), "average bitrate");
}

fn check_segment(explanation: &Explanation, segment: Option<(i64, i64)>, live: bool) {
    let find = |name| {
        explanation
            .metrics
            .iter()
            .find(|metric| metric.name == name)
    };
    let events = &find("segment").expect("explained").events;
    let Some((from, to)) = segment else {
        return assert!(events.is_empty());
    };
    let place = |number: usize| {
        explanation.events[number]
            .after
            .expect("applied")
            .playhead
            .0
    };
    let first = find("isPlayed").expect("explained").events[0];
    let origin = if live { place(first) } else { 0 };
    let (lowest, highest) = (place(events[0]) - origin, place(events[1]) - origin);
    let five_minutes = 300_000_000;
    assert_eq!(from, 5 * lowest.div_euclid(five_minutes));
    assert_eq!(to, (from + 5).max(-5 * (-highest).div_euclid(five_minutes)));
}

fn check_parts(explanation: &Explanation, session: &Session) {
    let time = |of: Of, name: &str| {
        let is_it = |metric: &&ExplainedMetric| metric.of == of && metric.name.ends_with(name);
        sum_ms(
            explanation
                .metrics
                .iter()
                .find(is_it)
                .expect("every part is explained"),
        )
    };
    for (place, ad) in session.ads().iter().enumerate() {
        assert_eq!(time(Of::Ad(place), ".timePlayed"), ad.time_ms, "ad {place}");
    }
    for (place, chapter) in session.chapters().iter().enumerate() {
        assert_eq!(
            time(Of::Chapter(place), ".timePlayed"),
            chapter.time_ms,
            "chapter {place}"
        );
    }
    for state in session.states() {
        let of = || Of::State(state.name.as_str().to_owned());
        assert_eq!(
            time(of(), ".time"),
            state.time_ms,
            "state {}",
            state.name.as_str()
        );
        let is_count =
            |metric: &&ExplainedMetric| metric.of == of() && metric.name.ends_with(".count");
        let count = explanation
            .metrics
            .iter()
            .find(is_count)
            .expect("explained");
        assert_eq!(
            count.events.len(),
            state.count as usize,
            "state {}",
            state.name.as_str()
        );
    }
}

/// Every millisecond from the start to the last accepted event is in exactly one span.
fn check_spans(explanation: &Explanation, session: &Session) {
    let (start, end) = session.client_span();
    let mut reach: PlayerMs = start;
    for explained in &explanation.spans {
        assert_eq!(
            explained.span.from, reach,
            "spans leave no gap and do not overlap"
        );
        reach = explained.span.to;
    }
    assert_eq!(reach, end);
}

fn sum_ms(metric: &ExplainedMetric) -> u64 {
    metric
        .parts
        .iter()
        .map(|part| if let Part::Time(i) = part { i.ms() } else { 0 })
        .sum()
}

fn length_us(part: &Part) -> i64 {
    if let Part::Content(stretch) = part {
        stretch.to.0 - stretch.from.0
    } else {
        0
    }
}
