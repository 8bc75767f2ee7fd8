//! The server's own metrics, in the text format of Prometheus. Each is declared once, in
//! `declared`.

mod declared;
mod process;

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use playhead_engine::columnar::CacheUse;
use playhead_engine::commits::CommitTimes;
use playhead_engine::core::Counts;
use playhead_engine::live::{self, Latest};
use playhead_engine::pump::Upkeep;
use playhead_model::catalog::Table;
use playhead_model::outcome::{Refusal, Settled};
use playhead_store::parts::Size;

use super::error::Answer;
use super::{Console, Names, outcomes};
pub use declared::reference_markdown;
use declared::*;

pub(super) async fn text(State(console): State<Arc<Console>>) -> Answer<impl IntoResponse> {
    let (tags, open, ready) = console
        .cell
        .ask(|cell| {
            let ready = cell.unavailable().is_none();
            (outcomes::counts(cell), cell.core().open_sessions(), ready)
        })
        .await?;
    let mut page = Page::default();
    page.declare(&OUTCOMES);
    let names = console.names.borrow().clone();
    let suites = by_suite(&names, tags);
    for (suite, counts) in &suites {
        for reason in Refusal::ALL {
            let labels = [
                ("suite", *suite),
                ("by", "door"),
                ("outcome", reason.name()),
            ];
            page.value(&OUTCOMES, &labels, counts.refused[reason.index()]);
        }
        for outcome in Settled::ALL {
            let labels = [
                ("suite", *suite),
                ("by", "engine"),
                ("outcome", outcome.name()),
            ];
            page.value(&OUTCOMES, &labels, counts.with_outcome(outcome));
        }
    }
    page.declare(&HELD);
    for (suite, counts) in &suites {
        page.value(&HELD, &[("suite", suite)], counts.held());
    }
    page.live(&by_suite_live(&names, &console.live.latest()));
    let segments = console.log.segments();
    for (metric, value) in [
        (&OPEN, open as u64),
        (&CLOSING, console.closing.waiting() as u64),
        (&STORED, console.store.count()),
        (
            &LOG_BYTES,
            segments.iter().map(|segment| segment.bytes).sum(),
        ),
        (&LOG_SEGMENTS, segments.len() as u64),
        (&LOG_END, console.log.end().get()),
        (&READY, u64::from(ready)),
    ] {
        page.declare(metric);
        page.value(metric, &[], value);
    }
    page.commits(&console.commits.times());
    page.store(&console.store.sizes(), console.closing.upkeep());
    page.declare(&HANDSHAKES);
    for (listener, handshakes) in &*console.handshakes {
        for (result, count) in handshakes.by_result() {
            let labels = [("listener", *listener), ("result", result)];
            page.value(&HANDSHAKES, &labels, count);
        }
    }
    page.declare(&REPORTS);
    for (outcome, count) in console.reports.counts() {
        page.value(&REPORTS, &[("outcome", outcome)], count);
    }
    page.cache(console.sessions.cache().usage());
    page.declare(&QUERIES);
    for (outcome, count) in console.sql.counts() {
        page.value(&QUERIES, &[("outcome", outcome)], count);
    }
    for (metric, figure) in process::figures() {
        page.declare(metric);
        page.value(metric, &[], figure);
    }
    page.declare(&BUILD);
    page.value(&BUILD, &[("version", console.version)], 1);
    Ok((
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        page.0,
    ))
}

/// Sums by configured suite; names from strangers are no labels.
fn by_suite(names: &Names, tags: Vec<(playhead_engine::core::Tag, Counts)>) -> Vec<(&str, Counts)> {
    let mut sums: Vec<(&str, Counts)> = names
        .suites
        .keys()
        .map(|suite| (suite.as_str(), Counts::default()))
        .chain([("other", Counts::default())])
        .collect();
    for (tag, counts) in tags {
        let other = sums.len() - 1;
        let place = sums
            .iter()
            .position(|(suite, _)| *suite == &*tag.suite)
            .unwrap_or(other);
        sums[place].1.add(&counts);
    }
    sums
}

/// The figures of the last full second by configured suite.
fn by_suite_live<'n>(names: &'n Names, latest: &Latest) -> Vec<(&'n str, live::Counts)> {
    let suites = names.suites.keys().map(String::as_str).chain(["other"]);
    let mut sums: Vec<_> = suites.map(|it| (it, live::Counts::default())).collect();
    let other = sums.len() - 1;
    for (value, counts) in &latest.suites {
        let place = match value {
            live::Value::Text(suite) => sums.iter().position(|(it, _)| **it == **suite),
            _ => None,
        };
        sums[place.unwrap_or(other)].1.add(counts);
    }
    sums
}

/// A metric of a table.
type Figure = (&'static Declared, fn(&Size) -> u64);

#[derive(Default)]
struct Page(String);

impl Page {
    fn live(&mut self, suites: &[(&str, live::Counts)]) {
        self.each(&ACTIVE, suites, |it| it.active);
        self.each(&VIEWERS, suites, |it| it.viewers);
        self.each(&REBUFFERING, suites, |it| it.rebuffering);
        self.each(&STARTS, suites, |it| it.starts);
        self.each(&CONTENT_STARTS, suites, |it| it.content_starts);
        self.each(&START_FAILURES, suites, |it| it.start_failures);
        self.each(&PLAYBACK_FAILURES, suites, |it| it.playback_failures);
        self.declare(&PHASES);
        for (suite, it) in suites {
            for (phase, count) in [
                ("starting", it.starting),
                ("playing", it.playing),
                ("paused", it.paused),
                ("buffering", it.buffering),
                ("completed", it.completed),
            ] {
                self.value(&PHASES, &[("suite", suite), ("phase", phase)], count);
            }
        }
    }

    fn store(&mut self, sizes: &[(Table, Size)], upkeep: Upkeep) {
        let figures: [Figure; 3] = [
            (&PARTS, |size| size.parts),
            (&ROWS, |size| size.rows),
            (&BYTES, |size| size.bytes),
        ];
        for (metric, of) in figures {
            self.declare(metric);
            for (table, size) in sizes {
                self.value(metric, &[("table", table.name())], of(size));
            }
        }
        self.declare(&COMPACTIONS);
        let (done, failed) = (upkeep.compactions, upkeep.failed_compactions);
        for (result, count) in [("done", done), ("failed", failed)] {
            self.value(&COMPACTIONS, &[("result", result)], count);
        }
        self.declare(&FAILED_WRITES);
        self.value(&FAILED_WRITES, &[], upkeep.failed_writes);
    }

    fn commits(&mut self, times: &CommitTimes) {
        self.declare(&COMMITS);
        let name = COMMITS.name;
        let bounds = times.at_most.iter();
        let bounds = bounds.map(|(bound, count)| (bound.as_secs_f64().to_string(), *count));
        for (bound, count) in bounds.chain([("+Inf".to_owned(), times.count)]) {
            self.line(&format!("{name}_bucket"), &[("le", &bound)], count);
        }
        self.line(&format!("{name}_sum"), &[], times.sum.as_secs_f64());
        self.line(&format!("{name}_count"), &[], times.count);
    }

    fn cache(&mut self, usage: CacheUse) {
        self.declare(&CACHE_BYTES);
        self.value(&CACHE_BYTES, &[], usage.bytes);
        self.declare(&CACHE_LOOKUPS);
        for (result, count) in [("found", usage.found), ("missed", usage.missed)] {
            self.value(&CACHE_LOOKUPS, &[("result", result)], count);
        }
    }

    /// A figure of each suite.
    fn each(
        &mut self,
        metric: &Declared,
        suites: &[(&str, live::Counts)],
        of: fn(&live::Counts) -> u64,
    ) {
        self.declare(metric);
        for (suite, counts) in suites {
            self.value(metric, &[("suite", suite)], of(counts));
        }
    }

    fn declare(&mut self, metric: &Declared) {
        let Declared {
            name, kind, help, ..
        } = metric;
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}")
            .expect("a string takes text");
    }

    fn value(&mut self, metric: &Declared, labels: &[(&str, &str)], value: impl Display) {
        self.line(metric.name, labels, value);
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", labels.join(","))
        };
        writeln!(self.0, "{name}{labels} {value}").expect("a string takes text");
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
