//! The explanation as JSON: `docs/explain.md` lists the members. Instants are milliseconds since
//! 1970, playheads seconds.

use playhead_model::time::Playhead;
use serde_json::{Map, Value, json};

use super::event::ExplainedEvent;
use super::facts::use_name;
use super::interval::{ExplainedSpan, Interval, Part};
use super::metric::{Exact, ExplainedMetric, Of};
use super::{Closing, Explanation};
use crate::observe::Use;

impl Explanation {
    /// The JSON form.
    pub fn to_json(&self) -> Value {
        let row = &self.rows.session;
        json!({
            "sid": row.sid.to_string(),
            "state": if self.is_provisional() { "open" } else { "closed" },
            "provisional": self.is_provisional(),
            "started": row.start_ts,
            "ended": row.end_ts,
            "closing": self.closing.as_ref().map(closing),
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "spans": self.spans.iter().map(span).collect::<Vec<_>>(),
            "metrics": self.metrics.iter().map(metric).collect::<Vec<_>>(),
        })
    }
}

fn closing(closing: &Closing) -> Value {
    json!({
        "reason": closing.reason.name(),
        "clientTime": closing.ts.0,
        "event": closing.by,
        "serverTime": closing.at.map(|at| at.0),
        "closes": closing.closes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn event(event: &ExplainedEvent) -> Value {
    let mut members = object(json!({
        "number": event.number,
        "position": event.event_ref.0,
        "type": event.event_type.name(),
        "clientTime": event.sent.0,
        "appliedTime": event.applied.map(|ts| ts.0),
        "order": event.order,
        "serverTime": event.at.0,
        "playhead": seconds(event.playhead),
        "outcome": event.outcome(),
        "rule": event.rule.name(),
        "why": event.why,
        "effect": event.effect.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "after": event.after.map(|after| json!({
            "player": after.phase.name(),
            "context": after.context,
            "inChapter": after.in_chapter,
            "playhead": seconds(after.playhead),
        })),
    }));
    if event.held {
        members.insert("outcomeIfClosedNow".into(), event.settled.name().into());
    }
    members.into()
}

fn span(explained: &ExplainedSpan) -> Value {
    let span = &explained.span;
    let mut members = object(json!({
        "from": span.from.0,
        "to": span.to.0,
        "ms": span.to.since(span.from),
        "fromEvent": explained.from_event,
        "toEvent": explained.to_event,
    }));
    put_use(&mut members, span.counts_as);
    if let Some(number) = span.chapter {
        members.insert("chapter".into(), number.into());
    }
    if span.bitrate > 0 {
        members.insert("bitrate".into(), span.bitrate.into());
    }
    if let Some((from, to)) = span.watched {
        members.insert(
            "watched".into(),
            json!({ "from": seconds(from), "to": seconds(to) }),
        );
    }
    members.into()
}

fn put_use(members: &mut Map<String, Value>, counts_as: Use) {
    members.insert("countsAs".into(), use_name(counts_as).into());
    if let Use::Ad(Some(number)) = counts_as {
        members.insert("ad".into(), number.into());
    }
}

fn metric(metric: &ExplainedMetric) -> Value {
    let mut members = object(json!({
        "name": metric.name,
        "title": metric.title,
        "rule": metric.rule,
        "unit": metric.unit.name(),
        "reported": metric.reported,
        "because": metric.because,
        "events": metric.events,
        "parts": metric.parts.iter().map(part).collect::<Vec<_>>(),
    }));
    match &metric.of {
        Of::Session => {}
        Of::Ad(place) => drop(members.insert("ad".into(), (*place).into())),
        Of::Chapter(place) => drop(members.insert("chapter".into(), (*place).into())),
        Of::State(name) => drop(members.insert("state".into(), name.as_str().into())),
    }
    let exact = match metric.exact {
        None => return members.into(),
        Some(Exact::Ms(ms)) => json!({ "ms": ms }),
        Some(Exact::Us(us)) => json!({ "us": us }),
        // As text: the product may exceed what a JSON reader takes exactly.
        Some(Exact::Weighted { ms, sum }) => json!({ "ms": ms, "bitrateMs": sum.to_string() }),
    };
    members.insert("exact".into(), exact);
    members.into()
}

fn part(part: &Part) -> Value {
    match part {
        Part::Time(interval) => time(interval),
        Part::Content(stretch) => json!({
            "fromPlayhead": seconds(stretch.from),
            "toPlayhead": seconds(stretch.to),
            "us": stretch.to.0 - stretch.from.0,
        }),
    }
}

fn time(interval: &Interval) -> Value {
    let mut members = object(json!({
        "from": interval.from.0,
        "to": interval.to.0,
        "ms": interval.ms(),
        "fromEvent": interval.from_event,
        "toEvent": interval.to_event,
    }));
    if let Some(counts_as) = interval.label.counts_as {
        put_use(&mut members, counts_as);
    }
    if let Some(bitrate) = interval.label.bitrate {
        members.insert("bitrate".into(), bitrate.into());
    }
    members.into()
}

fn seconds(playhead: Playhead) -> Value {
    playhead.seconds().into()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
