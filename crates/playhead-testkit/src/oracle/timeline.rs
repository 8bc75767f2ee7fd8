//! The finished list of intervals of one session, with its stalls and its watched playheads.

use serde_json::Value;

use super::event::Event;
use super::json::{integer, member, microseconds};
use super::player::{Context, Player, Register, walk};

/// R3.4: a day of live content, in microseconds.
pub(crate) const DAY_US: i128 = 86_400_000_000;

/// What the rules need to know of the content.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) id: String,
    /// Seconds as sent.
    pub(crate) length: f64,
    pub(crate) length_us: i128,
    pub(crate) live: bool,
}

impl Media {
    pub(crate) fn of(start: &Event) -> Self {
        let length = start.param("media.length").and_then(Value::as_f64);
        let length = length.expect("a valid sessionStart has a length");
        let content_type = start
            .text("media.contentType")
            .unwrap_or_default()
            .to_lowercase();
        Self {
            id: start.text("media.id").unwrap_or_default().to_owned(),
            length,
            length_us: microseconds(length),
            // R3.4
            live: ["live", "linear", "radio"].contains(&content_type.as_str())
                || length == 86_400.0,
        }
    }

    pub(crate) fn has_length(&self) -> bool {
        self.length > 0.0
    }
}

/// The time from one accepted event to the next: it belongs to the state after the first (R3.1).
#[derive(Debug, Clone)]
pub(crate) struct Interval {
    /// Index of the event that ends it.
    pub(crate) ended_by: usize,
    pub(crate) start_ts: i128,
    pub(crate) end_ts: i128,
    /// Unwrapped playheads at both ends.
    pub(crate) from_playhead: i128,
    pub(crate) to_playhead: i128,
    pub(crate) register: Register,
    pub(crate) context: Context,
    pub(crate) ad: Option<usize>,
    pub(crate) chapter: Option<usize>,
    pub(crate) states: Vec<String>,
    /// R8.1: the bitrate current in it.
    pub(crate) bitrate: Option<i128>,
    /// R4.4: part of a stall.
    pub(crate) stalled: bool,
}

impl Interval {
    pub(crate) fn ms(&self) -> i128 {
        self.end_ts - self.start_ts
    }

    /// Playing by any clock: stalls are taken out of media time too (R4.4).
    pub(crate) fn is_playing(&self) -> bool {
        self.register == Register::Playing && !self.stalled
    }

    /// R4.1
    pub(crate) fn is_content(&self) -> bool {
        self.is_playing() && self.context == Context::Main
    }

    /// R5.3
    pub(crate) fn is_ad(&self) -> bool {
        self.is_playing() && self.context == Context::Ad
    }

    /// R5.7
    pub(crate) fn is_gap(&self) -> bool {
        self.is_playing() && self.context == Context::Break
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    pub(crate) player: Player,
    pub(crate) playheads: Vec<i128>,
    pub(crate) intervals: Vec<Interval>,
    /// First and last event of each stall.
    pub(crate) stalls: Vec<(usize, usize)>,
    /// The playhead intervals of R4.5, in the order they were watched.
    pub(crate) watched: Vec<(i128, i128)>,
}

impl Timeline {
    pub(crate) fn of(events: &[Event], media: &Media) -> Self {
        let playheads = unwrapped(events, media.live);
        let player = walk(events, &playheads);
        let stalls = stalls(events, &playheads, &player);
        let bitrates = bitrates(events);
        let mut intervals = Vec::new();
        for index in 1..events.len() {
            let from = index - 1;
            let after = &player.after[from];
            intervals.push(Interval {
                ended_by: index,
                start_ts: events[from].ts,
                end_ts: events[index].ts,
                from_playhead: playheads[from],
                to_playhead: playheads[index],
                register: after.register,
                context: after.context,
                ad: after.ad,
                chapter: after.chapter,
                states: after.states.clone(),
                bitrate: bitrates[from],
                stalled: stalls
                    .iter()
                    .any(|(first, last)| (*first..*last).contains(&from)),
            });
        }
        let content = intervals.iter().filter(|interval| interval.is_content());
        let watched = content
            .map(|interval| watched_in(interval, media))
            .collect();
        Self {
            player,
            playheads,
            intervals,
            stalls,
            watched,
        }
    }

    /// The total of the intervals that pass, in ms.
    pub(crate) fn total_ms(&self, passes: impl Fn(&Interval) -> bool) -> i128 {
        self.intervals
            .iter()
            .filter(|interval| passes(interval))
            .map(Interval::ms)
            .sum()
    }
}

/// R3.4: live playheads without the wraps of the day; recorded ones as they are.
pub(crate) fn unwrapped(events: &[Event], live: bool) -> Vec<i128> {
    let mut offset = 0;
    let mut playheads = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if live && index > 0 {
            let step = event.raw_playhead - events[index - 1].raw_playhead;
            if step < -DAY_US / 2 {
                offset += DAY_US;
            } else if step > DAY_US / 2 {
                offset -= DAY_US;
            }
        }
        playheads.push(event.raw_playhead + offset);
    }
    playheads
}

/// R4.4, literally: the runs of the list, then those that are stalls.
fn stalls(events: &[Event], playheads: &[i128], player: &Player) -> Vec<(usize, usize)> {
    let plays_main = |index: usize| {
        let after = &player.after[index];
        after.register == Register::Playing && after.context == Context::Main
    };
    let mut runs = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for index in 0..events.len() {
        // State and context held up to this event: otherwise the run would have ended before.
        let extends = open.is_some_and(|(first, _)| playheads[index] == playheads[first]);
        if let Some((first, _)) = open
            && extends
        {
            open = Some((first, index));
            if !plays_main(index) {
                runs.extend(open.take());
            }
        } else {
            runs.extend(open.take());
            open = plays_main(index).then_some((index, index));
        }
    }
    runs.extend(open);

    let is_sample = |event: &&Event| event.is("play") || event.is("ping");
    runs.retain(|&(first, last)| {
        let samples = events[first..=last].iter().filter(is_sample).count();
        samples >= 3 && events[last].ts - events[first].ts >= 1_000
    });
    runs
}

/// R4.5: the playhead interval a content interval adds.
fn watched_in(interval: &Interval, media: &Media) -> (i128, i128) {
    let (p, q) = (interval.from_playhead, interval.to_playhead);
    let d = interval.ms() * 1_000;
    let x = if (0..=d).contains(&(q - p)) { q - p } else { d };
    if !media.live && media.has_length() {
        (p.min(media.length_us), (p + x).min(media.length_us))
    } else {
        (p, p + x)
    }
}

/// R8.1: the bitrate known after each event; one that is not above 0 means unknown again.
fn bitrates(events: &[Event]) -> Vec<Option<i128>> {
    let mut current = None;
    let mut bitrates = Vec::new();
    for event in events {
        if let Some(sent) = quality_value(event, "bitrate") {
            current = Some(sent).filter(|rate| *rate > 0);
        }
        bitrates.push(current);
    }
    bitrates
}

/// Section 8: the three places of a quality value, in order of preference.
pub(crate) fn quality_value(event: &Event, name: &str) -> Option<i128> {
    let full = format!("media.qoe.{name}");
    let quality = member(&event.body, "qoeData");
    let params = member(&event.body, "params");
    let places = [
        quality.and_then(|values| member(values, &full)),
        quality.and_then(|values| member(values, name)),
        params.and_then(|values| member(values, &full)),
    ];
    places.into_iter().flatten().find_map(integer)
}
