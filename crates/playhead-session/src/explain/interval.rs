//! Spans of the client's clock, joined where they touch: what sums are made of.

use playhead_model::time::{PlayerMs, Playhead};

use super::facts::Facts;
use crate::observe::{Span, Use};
use crate::watched::Stretch;

/// What tells the intervals of one metric apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// What it counts as, where a metric has several.
    pub counts_as: Option<Use>,
    /// The bitrate in force, where it weighs.
    pub bitrate: Option<i64>,
}

/// An interval between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub from: PlayerMs,
    pub to: PlayerMs,
    /// The events at its ends, by number.
    pub from_event: usize,
    pub to_event: usize,
    pub label: Label,
}

impl Interval {
    /// Its length.
    pub fn ms(&self) -> u64 {
        self.to.since(self.from)
    }
}

/// One summand of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A stretch of time.
    Time(Interval),
    /// A stretch of the content.
    Content(Stretch),
}

/// A span of time with all that is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExplainedSpan {
    pub span: Span,
    pub from_event: usize,
    pub to_event: usize,
}

impl Facts<'_> {
    /// The intervals to which `label` gives a label: without empty ones, and joined with their
    /// neighbour where they touch and have the same label.
    pub(super) fn intervals(&self, label: impl Fn(&Span) -> Option<Label>) -> Vec<Part> {
        self.intervals_after(|_, span| label(span))
    }

    /// The same, where the event before the span decides too, by its order.
    fn intervals_after(&self, label: impl Fn(usize, &Span) -> Option<Label>) -> Vec<Part> {
        let mut joined: Vec<Interval> = Vec::new();
        for (order, span) in self.spans.iter().enumerate() {
            let Some(label) = label(order, span).filter(|_| span.to > span.from) else {
                continue;
            };
            let next = self.interval(order, order + 1, label);
            match joined.last_mut() {
                Some(last) if last.to == next.from && last.label == label => {
                    last.to = next.to;
                    last.to_event = next.to_event;
                }
                _ => joined.push(next),
            }
        }
        joined.into_iter().map(Part::Time).collect()
    }

    /// The intervals that count as `counts_as`.
    pub(super) fn intervals_of(&self, counts_as: Use) -> Vec<Part> {
        self.intervals(|span| (span.counts_as == counts_as).then(Label::default))
    }

    /// Buffering in main content after its start (R4.9).
    pub(super) fn rebuffering(&self) -> Vec<Part> {
        self.intervals_after(|order, span| {
            let is_main = self.accepted[order].after.brk.is_none();
            let is_started = self.played_by.is_some_and(|played| order >= played);
            (span.counts_as == Use::Buffering && is_main && is_started).then(Label::default)
        })
    }

    /// Content after an event, by order.
    pub(super) fn content_after(&self, event: usize) -> Vec<Part> {
        self.intervals_after(|order, span| {
            (span.counts_as == Use::Content && order >= event).then(Label::default)
        })
    }

    /// The stalls, one by one: a stall is a row of spans with nothing else in between.
    pub(super) fn stalls(&self) -> Vec<Part> {
        let mut stalls: Vec<Interval> = Vec::new();
        let mut was_stall = false;
        for (order, span) in self.spans.iter().enumerate() {
            let is_stall = span.counts_as == Use::Stall;
            let next = self.interval(order, order + 1, Label::default());
            match stalls.last_mut().filter(|_| was_stall && is_stall) {
                Some(last) => {
                    last.to = next.to;
                    last.to_event = next.to_event;
                }
                None if is_stall => stalls.push(next),
                None => {}
            }
            was_stall = is_stall;
        }
        stalls.into_iter().map(Part::Time).collect()
    }

    /// From one accepted event to another, both by order.
    pub(super) fn interval(&self, from: usize, to: usize, label: Label) -> Interval {
        let (from, to) = (&self.accepted[from], &self.accepted[to]);
        Interval {
            from: from.ts,
            to: to.ts,
            from_event: from.number,
            to_event: to.number,
            label,
        }
    }

    /// What was watched, each place once (R4.5).
    pub(super) fn watched_once(&self) -> Vec<Part> {
        let mut sorted = self.totals.watched.clone();
        sorted.sort_unstable();
        let mut union: Vec<Stretch> = Vec::new();
        for stretch in sorted {
            match union.last_mut() {
                Some(last) if stretch.from <= last.to => last.to = last.to.max(stretch.to),
                _ => union.push(stretch),
            }
        }
        union.into_iter().map(Part::Content).collect()
    }
}

/// All spans in order, without empty ones, joined where nothing about them differs.
pub(super) fn spans(facts: &Facts<'_>) -> Vec<ExplainedSpan> {
    let mut joined: Vec<ExplainedSpan> = Vec::new();
    for (order, &span) in facts.spans.iter().enumerate() {
        if span.to == span.from {
            continue;
        }
        let to_event = facts.accepted[order + 1].number;
        match joined
            .last_mut()
            .and_then(|last| Some((join(&last.span, &span)?, last)))
        {
            Some((whole, last)) => {
                last.span = whole;
                last.to_event = to_event;
            }
            None => {
                let from_event = facts.accepted[order].number;
                joined.push(ExplainedSpan {
                    span,
                    from_event,
                    to_event,
                });
            }
        }
    }
    joined
}

fn join(first: &Span, second: &Span) -> Option<Span> {
    let watched = match (first.watched, second.watched) {
        (None, None) => None,
        (Some((from, middle)), Some((again, to))) if middle == again => Some((from, to)),
        _ => return None,
    };
    let bare = |span: &Span| (span.counts_as, span.chapter, span.bitrate);
    let same = first.to == second.from && bare(first) == bare(second);
    same.then_some(Span {
        to: second.to,
        watched,
        ..*first
    })
}

/// The sum of the intervals, ms.
pub(super) fn sum_ms(parts: &[Part]) -> u64 {
    parts
        .iter()
        .map(|part| {
            if let Part::Time(interval) = part {
                interval.ms()
            } else {
                0
            }
        })
        .sum()
}

/// The sum of the stretches of content, µs.
pub(super) fn sum_us(parts: &[Part]) -> i64 {
    let length = |from: Playhead, to: Playhead| to.0 - from.0;
    let lengths = parts.iter().map(|part| match part {
        Part::Content(stretch) => length(stretch.from, stretch.to),
        Part::Time(_) => 0,
    });
    lengths.sum()
}

/// The weighted sum of R8.1: ms, and bitrate times ms.
pub(super) fn weigh(parts: &[Part]) -> (u64, i128) {
    parts.iter().fold((0, 0), |(ms, sum), part| match part {
        Part::Time(interval) => {
            let bitrate = i128::from(interval.label.bitrate.unwrap_or(0));
            (
                ms + interval.ms(),
                sum + bitrate * i128::from(interval.ms()),
            )
        }
        Part::Content(_) => (ms, sum),
    })
}
