//! What each metric of the session is made of.

use playhead_model::catalog::{METRICS, Metric, MetricSpec, Unit};
use playhead_model::keys::EventType;
use playhead_model::outcome::CloseReason;
use playhead_model::rules::BitrateUnit;
use playhead_model::time::Playhead;
use serde_json::Value;

use super::change::Change;
use super::facts::Facts;
use super::interval::{Label, Part, sum_ms, sum_us, weigh};
use super::parts;
use super::words::{duration, numbers, place, playhead, seconds};
use crate::observe::Use;

/// Which ad, chapter or state a metric is about; ads and chapters by their place in the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    Session,
    Ad(usize),
    Chapter(usize),
    State(String),
}

/// The exact sum behind a reported value, before rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {
    Ms(u64),
    Us(i64),
    /// Playing time at a known bitrate, and bitrate × time (R8.1).
    Weighted {
        ms: u64,
        sum: i128,
    },
}

/// One metric, what it is made of, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedMetric {
    pub of: Of,
    pub name: String,
    pub title: &'static str,
    /// The clause of `docs/metrics.md`.
    pub rule: &'static str,
    pub unit: Unit,
    /// The value on every surface.
    pub reported: Value,
    /// The sum of `parts`, where there is one.
    pub exact: Option<Exact>,
    pub parts: Vec<Part>,
    /// The events it is made of, by number.
    pub events: Vec<usize>,
    /// The arithmetic or the reason, in words.
    pub because: String,
}

/// What there is to say about a value.
#[derive(Default)]
pub(super) struct Made {
    pub(super) exact: Option<Exact>,
    pub(super) parts: Vec<Part>,
    pub(super) events: Vec<usize>,
    pub(super) because: String,
}

impl Made {
    /// A duration: intervals that add up.
    pub(super) fn of_time(parts: Vec<Part>) -> Self {
        let ms = sum_ms(&parts);
        let because = match parts.len() {
            0 => String::new(),
            1 => format!("{} s, rounded once", seconds(ms)),
            many => format!("{many} intervals, {} s together, rounded once", seconds(ms)),
        };
        Self {
            exact: Some(Exact::Ms(ms)),
            parts,
            because,
            ..Self::default()
        }
    }

    /// A count: the events that count.
    pub(super) fn of_events(events: Vec<usize>) -> Self {
        Self {
            because: numbers(&events),
            events,
            ..Self::default()
        }
    }

    pub(super) fn because(because: impl Into<String>) -> Self {
        Self {
            because: because.into(),
            ..Self::default()
        }
    }

    pub(super) fn with(mut self, events: Vec<usize>) -> Self {
        self.events = events;
        self
    }

    pub(super) fn explained(
        self,
        of: Of,
        spec: (String, &'static str, &'static str, Unit),
        reported: Value,
    ) -> ExplainedMetric {
        let (name, title, rule, unit) = spec;
        let Self {
            exact,
            parts,
            events,
            because,
        } = self;
        ExplainedMetric {
            of,
            name,
            title,
            rule,
            unit,
            reported,
            exact,
            parts,
            events,
            because,
        }
    }
}

/// Explains every metric of the session, then those of its parts.
pub(super) fn explain_all(facts: &Facts<'_>) -> Vec<ExplainedMetric> {
    let session = METRICS.iter().map(|spec: &MetricSpec| {
        let of_it = (spec.name.to_owned(), spec.title, spec.rule, spec.unit);
        made(facts, spec.metric).explained(Of::Session, of_it, facts.reported(spec.name))
    });
    let mut metrics: Vec<_> = session.collect();
    let segment = ("segment".to_owned(), "Content segment", "R4.7", Unit::Text);
    metrics.push(made_segment(facts).explained(Of::Session, segment, facts.reported("segment")));
    metrics.extend(parts::explain_all(facts));
    metrics
}

fn made(facts: &Facts<'_>, metric: Metric) -> Made {
    let totals = &facts.totals;
    let counted = |name| facts.changed_by(|change| *change == Change::Counts(name));
    match metric {
        Metric::IsViewed | Metric::HasResume => {
            let resume = if totals.has_resume {
                "says"
            } else {
                "does not say"
            };
            Made::because(format!("sessionStart {resume} media.resume")).with(vec![0])
        }
        Metric::IsPlayed | Metric::IsDroppedBeforeStart | Metric::HasSegmentView => {
            made_content_start(facts)
        }
        Metric::IsCompleted => Made::of_events(
            facts
                .of_type(EventType::SessionComplete)
                .into_iter()
                .take(1)
                .collect(),
        ),
        Metric::TimePlayed => Made::of_time(facts.intervals_of(Use::Content)),
        Metric::TotalTimePlayed => made_total(facts),
        Metric::UniqueTimePlayed => made_unique(facts),
        Metric::HasProgress10 => made_marker(facts, 10),
        Metric::HasProgress25 => made_marker(facts, 25),
        Metric::HasProgress50 => made_marker(facts, 50),
        Metric::HasProgress75 => made_marker(facts, 75),
        Metric::HasProgress95 => made_marker(facts, 95),
        Metric::AverageMinuteAudience => made_audience(facts),
        Metric::EstimatedStreams => {
            let total = totals.total_time_played();
            Made::because(format!("⌊{total} s ÷ 1800 s⌋ + 1"))
        }
        Metric::PauseCount | Metric::HasPauseImpactedStreams => {
            Made::of_events(counted("pauseCount"))
        }
        Metric::PauseTime => Made::of_time(facts.intervals_of(Use::Paused)),
        Metric::Authorized => Made::because("media.pass.auth of sessionStart").with(vec![0]),
        Metric::IsFederated => Made::because("no sharing rule is configured"),
        Metric::AdCount => {
            Made::of_events(facts.changed_by(|change| matches!(change, Change::AdOpens { .. })))
        }
        Metric::ChapterCount => Made::of_events(
            facts.changed_by(|change| matches!(change, Change::ChapterOpens { .. })),
        ),
        Metric::SecondsSinceLastCall => made_last_call(facts),
        Metric::TimeToStart => made_last_said(facts, "ms", |quality| quality.time_to_start),
        Metric::BufferCount | Metric::HasBufferImpactedStreams => {
            Made::of_events(counted("bufferCount"))
        }
        Metric::BufferTime => Made::of_time(facts.intervals_of(Use::Buffering)),
        Metric::StallCount | Metric::HasStallImpactedStreams | Metric::StallTime => {
            made_stalls(facts, metric)
        }
        Metric::BitrateAverage => made_bitrate(facts),
        Metric::BitrateChangeCount | Metric::HasBitrateChangeImpactedStreams => {
            Made::of_events(counted("bitrateChangeCount"))
        }
        Metric::DroppedFrames | Metric::HasDroppedFrameImpactedStreams => {
            made_last_said(facts, "frames", |quality| quality.dropped_frames)
        }
        Metric::ErrorCount | Metric::HasErrorImpactedStreams => {
            Made::of_events(counted("errorCount"))
        }
        Metric::FramesPerSecond => made_last_said(facts, "frames a second", |quality| {
            quality.frames_per_second
        }),
    }
}

fn made_content_start(facts: &Facts<'_>) -> Made {
    let Some(order) = facts.played_by else {
        return Made::because("no play outside an ad break, and no content time");
    };
    let number = facts.accepted[order].number;
    let because = match facts.sources[number].event_type {
        EventType::Play => format!("#{number} is the first play outside an ad break"),
        _ => format!("#{number} ends the first content time"),
    };
    Made::because(because).with(vec![number])
}

/// M6: content, ads and gaps between ads.
fn made_total(facts: &Facts<'_>) -> Made {
    let parts = facts.intervals(|span| match span.counts_as {
        Use::Content | Use::Ad(_) | Use::Gap => Some(Label {
            counts_as: Some(span.counts_as),
            bitrate: None,
        }),
        _ => None,
    });
    let totals = &facts.totals;
    let mut made = Made::of_time(parts);
    if !made.parts.is_empty() {
        let terms = [totals.content_ms, totals.ad_ms, totals.gap_ms].map(seconds);
        made.because = format!(
            "content {} + ads {} + gaps between ads {} = {} s, rounded once",
            terms[0],
            terms[1],
            terms[2],
            seconds(totals.total_ms())
        );
    }
    made
}

fn made_unique(facts: &Facts<'_>) -> Made {
    let parts = facts.watched_once();
    let us = sum_us(&parts);
    let stretches = match parts.len() {
        0 => String::new(),
        1 => format!("one stretch of content, {} s, rounded once", place(us)),
        many => format!(
            "{many} stretches of content, {} s together, rounded once",
            place(us)
        ),
    };
    Made {
        exact: Some(Exact::Us(us)),
        parts,
        because: stretches,
        ..Made::default()
    }
}

fn made_marker(facts: &Facts<'_>, percent: i64) -> Made {
    let length = facts.start.length;
    if length.0 <= 0 {
        return Made::because("the content has no length");
    }
    let mark = i128::from(percent) * i128::from(length.0);
    let reaches = |place: i64| i128::from(place) * 100 >= mark;
    let mut considered = facts.considered();
    let goal = format!("{percent}% of {} s", playhead(length));
    match considered.find(|accepted| reaches(facts.considered_place(accepted))) {
        Some(accepted) => {
            let at = place(facts.considered_place(accepted));
            let because = format!(
                "#{} at {at} s is the first at or past {goal}",
                accepted.number
            );
            Made::because(because).with(vec![accepted.number])
        }
        None if facts.played_by.is_none() => Made::because("the content did not start"),
        None => Made::because(format!("no playhead reached {goal}")),
    }
}

/// R4.7: the lowest and the highest considered playhead.
fn made_segment(facts: &Facts<'_>) -> Made {
    let place_of = |accepted: &&_| facts.considered_place(accepted);
    let lowest = facts.considered().min_by_key(place_of);
    // Of equals the first, as for the lowest.
    let highest = facts.considered().rev_max(place_of);
    let (Some(lowest), Some(highest)) = (lowest, highest) else {
        return Made::because("the content did not start");
    };
    let because = format!(
        "playheads from {} s (#{}) to {} s (#{}), widened to five minutes",
        place(facts.considered_place(lowest)),
        lowest.number,
        place(facts.considered_place(highest)),
        highest.number
    );
    Made::because(because).with(vec![lowest.number, highest.number])
}

/// `max_by_key` with the first of equals.
trait FirstMax: Iterator + Sized {
    fn rev_max<K: Ord>(self, key: impl Fn(&Self::Item) -> K) -> Option<Self::Item> {
        self.reduce(|best, next| if key(&next) > key(&best) { next } else { best })
    }
}

impl<I: Iterator> FirstMax for I {}

fn made_audience(facts: &Facts<'_>) -> Made {
    match facts
        .row
        .session
        .get("length")
        .and_then(Value::as_f64)
        .filter(|length| *length > 0.0)
    {
        Some(length) => Made::because(format!("{} s ÷ {length} s", facts.totals.time_played())),
        None => Made::because("the content has no length"),
    }
}

/// M23.
fn made_last_call(facts: &Facts<'_>) -> Made {
    let exact = Some(Exact::Ms(facts.totals.since_last_call_ms));
    let Some(last) = facts.accepted.last() else {
        return Made::default();
    };
    let made = match facts.totals.close_reason {
        Some(CloseReason::SessionEnd) => {
            let orders = facts.accepted.len();
            let before = facts.interval(orders.saturating_sub(2), orders - 1, Label::default());
            Made {
                parts: vec![Part::Time(before)],
                ..Made::because(format!("from #{} to sessionEnd", before.from_event))
            }
        }
        Some(CloseReason::NoPlayheadChange) => Made::because(format!(
            "the playhead last moved {} s before the last accepted event; the session ended {} after that",
            seconds(last.ts.since(last.after.moved)),
            duration(facts.rules.still_ms)
        )),
        Some(CloseReason::NoEvents) if facts.downloaded => {
            Made::because("0 for a batch without sessionEnd")
        }
        Some(CloseReason::NoEvents) => Made::because(format!(
            "{} for timeout-no-events",
            duration(facts.rules.idle_ms)
        )),
        Some(CloseReason::SessionAge) => Made::because("0 for a session that grew too old"),
        None => Made::because("0 while the session is open"),
    };
    Made {
        exact,
        events: vec![last.number],
        ..made
    }
}

fn made_stalls(facts: &Facts<'_>, metric: Metric) -> Made {
    let stalls = facts.stalls();
    match metric {
        Metric::StallTime => Made::of_time(stalls),
        _ => {
            let because = match stalls.len() {
                0 => String::new(),
                _ => format!(
                    "playing content while the playhead stood still for {} or more plays and pings over at least {}",
                    facts.rules.stall_samples,
                    duration(facts.rules.stall_ms)
                ),
            };
            Made {
                parts: stalls,
                because,
                ..Made::default()
            }
        }
    }
}

/// R8.1: playing in content and ads, by the bitrate in force.
fn made_bitrate(facts: &Facts<'_>) -> Made {
    let parts = facts.intervals(|span| {
        let plays = matches!(span.counts_as, Use::Content | Use::Ad(_));
        (plays && span.bitrate > 0).then_some(Label {
            counts_as: None,
            bitrate: Some(span.bitrate),
        })
    });
    let (ms, sum) = weigh(&parts);
    if ms == 0 {
        return Made::because("nothing played at a known bitrate");
    }
    let unit = match facts.rules.bitrate_unit {
        BitrateUnit::Kbps => "",
        BitrateUnit::Bps => " ÷ 1000 (the suite sends bps)",
    };
    let because = format!(
        "bitrate × seconds {} ÷ {} s{unit}",
        thousandths(sum),
        seconds(ms)
    );
    Made {
        exact: Some(Exact::Weighted { ms, sum }),
        parts,
        because,
        ..Made::default()
    }
}

/// A sum of values times ms, as one of values times seconds.
fn thousandths(sum: i128) -> String {
    format!("{}.{:03}", sum / 1000, sum % 1000)
}

fn made_last_said(
    facts: &Facts<'_>,
    unit: &str,
    value: impl Fn(&playhead_model::event::Quality) -> Option<i64>,
) -> Made {
    match facts.last_said(value) {
        Some((number, value)) => {
            Made::because(format!("#{number} said {value} {unit} last")).with(vec![number])
        }
        None => Made::because("no event said it"),
    }
}

/// A stretch in words, for those who show parts.
pub(super) fn stretch_words(from: Playhead, to: Playhead) -> String {
    format!("{} – {}", playhead(from), playhead(to))
}
