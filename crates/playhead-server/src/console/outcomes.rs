//! The ledger: what became of every event received.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use playhead_engine::cell::Cell;
use playhead_engine::core::{Counts, Tag};
use playhead_engine::refused::Sample;
use playhead_model::outcome::{Refusal, Rule, Settled};
use serde_json::{Map, Value, json};

use super::Console;
use super::error::Answer;

pub(super) async fn outcomes(State(console): State<Arc<Console>>) -> Answer<Json<Value>> {
    let (tags, samples) = console
        .cell
        .ask(|cell| (counts(cell), samples(cell)))
        .await?;
    let total = tags.iter().fold(Counts::default(), |mut sum, (_, counts)| {
        sum.add(counts);
        sum
    });
    let by_tag: Vec<Value> = tags
        .iter()
        .map(|(tag, counts)| {
            let mut row = in_words(counts);
            row["suite"] = (*tag.suite).into();
            row["player"] = (*tag.player).into();
            row["sdkVersion"] = (*tag.sdk).into();
            row
        })
        .collect();
    Ok(Json(json!({
        "total": in_words(&total),
        "byPlayer": by_tag,
        "refusedSamples": samples.iter().map(sample).collect::<Vec<_>>(),
    })))
}

/// The counts of each tag at one moment, refusals since the last tick included.
pub(super) fn counts(cell: &Cell) -> Vec<(Tag, Counts)> {
    let ledger = cell.core().ledger();
    let mut tags: Vec<(Tag, Counts)> = ledger
        .iter()
        .map(|(tag, counts)| (tag.clone(), counts.clone()))
        .collect();
    for (tag, reason, count) in cell.pending_refusals() {
        let known = tags.iter().position(|(known, _)| known == tag);
        let place = known.unwrap_or_else(|| {
            tags.push((tag.clone(), Counts::default()));
            tags.len() - 1
        });
        tags[place].1.refused[reason.index()] += count;
    }
    tags.retain(|(_, counts)| counts.received() > 0);
    tags
}

fn samples(cell: &Cell) -> Vec<Sample> {
    let mut samples: Vec<Sample> = cell.refused_samples().cloned().collect();
    samples.sort_by_key(|sample| std::cmp::Reverse(sample.at));
    samples
}

fn in_words(counts: &Counts) -> Value {
    let refused: Map<String, Value> = Refusal::ALL
        .iter()
        .map(|reason| {
            (
                reason.name().to_owned(),
                counts.refused[reason.index()].into(),
            )
        })
        .collect();
    let mut settled: Map<String, Value> = Map::new();
    for outcome in Settled::ALL {
        settled.insert(
            outcome.name().to_owned(),
            counts.with_outcome(outcome).into(),
        );
    }
    let rules: Map<String, Value> = Rule::ALL
        .iter()
        .filter(|rule| **rule != Rule::None && counts.settled[rule.index()] > 0)
        .map(|rule| (rule.name().to_owned(), counts.settled[rule.index()].into()))
        .collect();
    json!({
        "received": counts.received(),
        "refused": refused,
        "acknowledged": counts.acknowledged,
        "settled": settled,
        "held": counts.held(),
        "rules": rules,
    })
}

fn sample(sample: &Sample) -> Value {
    json!({
        "at": sample.at.0,
        "suite": &*sample.tag.suite,
        "player": &*sample.tag.player,
        "sdkVersion": &*sample.tag.sdk,
        "outcome": sample.reason.name(),
        "message": sample.message,
        "body": String::from_utf8_lossy(&sample.body),
        "bodyBytes": sample.body_bytes,
    })
}
