//! What each metric of the session is made of.

use playhead_model::catalog::{METRICS, Metric, MetricSpec, Unit};
use playhead_model::event::QualityKey;
use playhead_model::keys::EventType;
use serde_json::Value;

use super::change::Change;
use super::facts::Facts;
use super::interval::{Part, sum_ms};
use super::made::{
    made_audience, made_bitrate, made_content_start, made_first_play, made_impacted,
    made_last_call, made_last_said, made_marker, made_not_started, made_playback_failure,
    made_segment, made_stall_count, made_total, made_unique,
};
use super::parts;
use super::words::{numbers, seconds};
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
        Metric::PauseCount => Made::of_events(counted("pauseCount")),
        Metric::HasPauseImpactedStreams => made_impacted(facts, "pauseCount"),
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
        Metric::TimeToStart => made_last_said(facts, "ms", QualityKey::TimeToStart),
        Metric::BufferCount => Made::of_events(counted("bufferCount")),
        Metric::HasBufferImpactedStreams => made_impacted(facts, "bufferCount"),
        Metric::BufferTime => Made::of_time(facts.intervals_of(Use::Buffering)),
        Metric::StallCount => made_stall_count(facts),
        Metric::HasStallImpactedStreams => {
            Made::because(format!("stallCount is {}", totals.stall_count))
        }
        Metric::StallTime => Made::of_time(facts.stalls()),
        Metric::BitrateAverage => made_bitrate(facts),
        Metric::BitrateChangeCount => Made::of_events(counted("bitrateChangeCount")),
        Metric::HasBitrateChangeImpactedStreams => made_impacted(facts, "bitrateChangeCount"),
        Metric::DroppedFrames | Metric::HasDroppedFrameImpactedStreams => {
            made_last_said(facts, "frames", QualityKey::DroppedFrames)
        }
        Metric::ErrorCount => Made::of_events(counted("errorCount")),
        Metric::HasErrorImpactedStreams => made_impacted(facts, "errorCount"),
        Metric::FramesPerSecond => {
            made_last_said(facts, "frames a second", QualityKey::FramesPerSecond)
        }
        Metric::RebufferCount => Made::of_events(counted("rebufferCount")),
        Metric::RebufferTime => Made::of_time(facts.rebuffering()),
        Metric::TimeToFirstPlay => made_first_play(facts),
        Metric::IsStartFailure | Metric::IsExitBeforeStart => made_not_started(facts),
        Metric::IsPlaybackFailure => made_playback_failure(facts),
    }
}
