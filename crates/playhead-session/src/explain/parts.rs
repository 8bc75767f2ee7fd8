//! What the metrics of ads, chapters and player states are made of.

use playhead_model::catalog::{Row as _, StateRow, Unit};
use playhead_model::event::StateName;
use serde_json::{Map, Value};

use super::change::Change;
use super::facts::Facts;
use super::interval::{Interval, Label, Part};
use super::metric::{ExplainedMetric, Made, Of};
use crate::observe::Use;
use crate::state::PlayerState;

/// Explains all of them, in the order of the row.
pub(super) fn explain_all(facts: &Facts<'_>) -> Vec<ExplainedMetric> {
    let mut metrics = Vec::new();
    for place in 0..facts.session.ads().len() {
        explain_ad(facts, place, &mut metrics);
    }
    for place in 0..facts.session.chapters().len() {
        explain_chapter(facts, place, &mut metrics);
    }
    for state in facts.session.states() {
        explain_state(facts, state, &mut metrics);
    }
    metrics
}

fn explain_ad(facts: &Facts<'_>, place: usize, metrics: &mut Vec<ExplainedMetric>) {
    let listed = u32::try_from(place).ok();
    let opened = facts.changed_by(|change| *change == Change::AdOpens { number: listed });
    let closed = facts.changed_by(
        |change| matches!(change, Change::AdCloses { number, .. } if *number == listed),
    );
    let time = facts.intervals_of(Use::Ad(listed));
    let row = facts.rows.ads[place].json();
    let mut add = |made: Made, name: &str, title, rule, unit| {
        let spec = (format!("ad.{name}"), title, rule, unit);
        metrics.push(made.explained(Of::Ad(place), spec, value(&row, name)));
    };
    add(
        Made::of_events(opened),
        "isStarted",
        "Ad starts",
        "R5.2",
        Unit::Flag,
    );
    add(
        made_close(closed),
        "isCompleted",
        "Ad completes",
        "R5.4",
        Unit::Flag,
    );
    add(
        Made::of_time(time),
        "timePlayed",
        "Ad time spent",
        "R5.3",
        Unit::Seconds,
    );
}

fn explain_chapter(facts: &Facts<'_>, place: usize, metrics: &mut Vec<ExplainedMetric>) {
    let listed = u32::try_from(place).ok();
    let opened = facts.changed_by(|change| *change == Change::ChapterOpens { number: listed });
    let closed = facts.changed_by(
        |change| matches!(change, Change::ChapterCloses { number, .. } if *number == listed),
    );
    let time = facts.intervals(|span| {
        (span.counts_as == Use::Content && span.chapter == listed).then(Label::default)
    });
    let row = facts.rows.chapters[place].json();
    let mut add = |made: Made, name: &str, title, unit| {
        let spec = (format!("chapter.{name}"), title, "R6", unit);
        metrics.push(made.explained(Of::Chapter(place), spec, value(&row, name)));
    };
    add(
        Made::of_events(opened),
        "isStarted",
        "Chapter starts",
        Unit::Flag,
    );
    add(
        made_close(closed),
        "isCompleted",
        "Chapter completes",
        Unit::Flag,
    );
    add(
        Made::of_time(time),
        "timePlayed",
        "Chapter time spent",
        Unit::Seconds,
    );
}

fn explain_state(facts: &Facts<'_>, state: &PlayerState, metrics: &mut Vec<ExplainedMetric>) {
    let name = state.name.as_str();
    let started = facts.changed_by(|change| *change == Change::StateOn(state.name.clone()));
    let mut rows = facts.rows.states.iter();
    let row = rows.find(|row| *row.name == *name).map(StateRow::json);
    let mut add = |made: Made, metric: &str, title, unit| {
        let spec = (format!("state.{name}.{metric}"), title, "R7", unit);
        let reported = row
            .as_ref()
            .and_then(|row| row.get(metric))
            .cloned()
            .unwrap_or_default();
        metrics.push(made.explained(Of::State(name.to_owned()), spec, reported));
    };
    let first = started.first().copied().into_iter().collect();
    add(
        Made::of_events(first),
        "isSet",
        "Streams impacted by the state",
        Unit::Flag,
    );
    add(
        Made::of_events(started),
        "count",
        "Count of the state",
        Unit::Count,
    );
    let time = Made::of_time(state_intervals(facts, &state.name));
    add(time, "time", "Total duration of the state", Unit::Seconds);
}

/// From each event that turned the state on to the one that turned it off, or to the end.
fn state_intervals(facts: &Facts<'_>, name: &StateName) -> Vec<Part> {
    let mut intervals: Vec<Interval> = Vec::new();
    let mut since = None;
    for (order, accepted) in facts.accepted.iter().enumerate() {
        for change in &accepted.changes {
            match change {
                Change::StateOn(on) if on == name => since = Some(order),
                Change::StateOff(off) if off == name => {
                    let from = since.take();
                    intervals.extend(from.map(|f| facts.interval(f, order, Label::default())));
                }
                _ => {}
            }
        }
    }
    let last = facts.accepted.len() - 1;
    intervals.extend(since.map(|from| facts.interval(from, last, Label::default())));
    intervals
        .into_iter()
        .filter(|interval| interval.ms() > 0)
        .map(Part::Time)
        .collect()
}

fn made_close(closed: Vec<usize>) -> Made {
    match closed.first() {
        Some(number) => Made::because(format!("closed by #{number}")).with(closed),
        None => Made::because("still open when the session closed"),
    }
}

fn value(row: &Map<String, Value>, name: &str) -> Value {
    row.get(name).cloned().unwrap_or_default()
}
