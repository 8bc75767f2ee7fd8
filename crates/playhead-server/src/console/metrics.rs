//! The server's own metrics, in the text format of Prometheus. Each is declared once, here.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use playhead_engine::core::Counts;
use playhead_engine::live::{self, Latest};
use playhead_engine::pump::Upkeep;
use playhead_model::catalog::Table;
use playhead_model::outcome::{Refusal, Settled};
use playhead_store::parts::Size;

use super::error::Answer;
use super::{Console, Names, outcomes};

/// One metric: its name, type and meaning.
struct Declared {
    name: &'static str,
    kind: &'static str,
    labels: &'static str,
    help: &'static str,
}

const OUTCOMES: Declared = Declared {
    name: "playhead_events_total",
    kind: "counter",
    labels: "suite, by (door, engine), outcome",
    help: "Events received, by what became of them.",
};
const HELD: Declared = Declared {
    name: "playhead_events_held",
    kind: "gauge",
    labels: "suite",
    help: "Acknowledged events that wait to be put in order.",
};
const OPEN: Declared = Declared {
    name: "playhead_sessions_open",
    kind: "gauge",
    labels: "",
    help: "Sessions that are open.",
};
const ACTIVE: Declared = Declared {
    name: "playhead_live_sessions_active",
    kind: "gauge",
    labels: "suite",
    help: "Open sessions that were heard of in the last 60 seconds (setting live.active).",
};
const VIEWERS: Declared = Declared {
    name: "playhead_live_viewers_active",
    kind: "gauge",
    labels: "suite",
    help: "Visitors with such a session.",
};
const PHASES: Declared = Declared {
    name: "playhead_live_sessions",
    kind: "gauge",
    labels: "suite, phase (starting, playing, paused, buffering, completed)",
    help: "Active sessions by the state of their player.",
};
const REBUFFERING: Declared = Declared {
    name: "playhead_live_sessions_rebuffering",
    kind: "gauge",
    labels: "suite",
    help: "Active sessions that buffer in main content after its start.",
};
const STARTS: Declared = Declared {
    name: "playhead_live_starts",
    kind: "gauge",
    labels: "suite",
    help: "Session starts of the last 60 seconds.",
};
const CONTENT_STARTS: Declared = Declared {
    name: "playhead_live_content_starts",
    kind: "gauge",
    labels: "suite",
    help: "Content starts of the last 60 seconds.",
};
const START_FAILURES: Declared = Declared {
    name: "playhead_live_start_failures",
    kind: "gauge",
    labels: "suite",
    help: "Start failures of the last 60 seconds.",
};
const PLAYBACK_FAILURES: Declared = Declared {
    name: "playhead_live_playback_failures",
    kind: "gauge",
    labels: "suite",
    help: "Playback failures of the last 60 seconds.",
};
const CLOSING: Declared = Declared {
    name: "playhead_sessions_closing",
    kind: "gauge",
    labels: "",
    help: "Sessions that are closed and not stored yet.",
};
const STORED: Declared = Declared {
    name: "playhead_sessions_stored",
    kind: "gauge",
    labels: "",
    help: "Closed sessions in the store.",
};
const PARTS: Declared = Declared {
    name: "playhead_store_parts",
    kind: "gauge",
    labels: "table",
    help: "Files of the store.",
};
const ROWS: Declared = Declared {
    name: "playhead_store_rows",
    kind: "gauge",
    labels: "table",
    help: "Rows in them.",
};
const BYTES: Declared = Declared {
    name: "playhead_store_bytes",
    kind: "gauge",
    labels: "table",
    help: "Size of them.",
};
const COMPACTIONS: Declared = Declared {
    name: "playhead_store_compactions_total",
    kind: "counter",
    labels: "result (done, failed)",
    help: "Attempts to make one file of several small ones.",
};
const FAILED_WRITES: Declared = Declared {
    name: "playhead_store_failed_writes_total",
    kind: "counter",
    labels: "",
    help: "Attempts to store closed sessions that failed; each is made again.",
};
const LOG_BYTES: Declared = Declared {
    name: "playhead_log_bytes",
    kind: "gauge",
    labels: "",
    help: "Size of all segments of the log.",
};
const LOG_SEGMENTS: Declared = Declared {
    name: "playhead_log_segments",
    kind: "gauge",
    labels: "",
    help: "Segments of the log.",
};
const LOG_END: Declared = Declared {
    name: "playhead_log_end_bytes",
    kind: "counter",
    labels: "",
    help: "Position of the end of the log: it grows with every byte written.",
};
const HANDSHAKES: Declared = Declared {
    name: "playhead_tls_handshakes_total",
    kind: "counter",
    labels: "listener (door, console), result (done, failed, timed_out, plain)",
    help: "TLS handshakes of the listeners that speak TLS; plain is HTTP where https is spoken.",
};
const REPORTS: Declared = Declared {
    name: "playhead_reports_total",
    kind: "counter",
    labels: "outcome (answered, refused, busy, failed, abandoned)",
    help: "Reports that were asked for, by what became of them.",
};
const QUERIES: Declared = Declared {
    name: "playhead_sql_queries_total",
    kind: "counter",
    labels: "outcome (answered, refused, busy, failed, abandoned)",
    help: "SQL queries that were asked, by what became of them.",
};
const READY: Declared = Declared {
    name: "playhead_ready",
    kind: "gauge",
    labels: "",
    help: "1 if events are taken.",
};
const BUILD: Declared = Declared {
    name: "playhead_build_info",
    kind: "gauge",
    labels: "version",
    help: "Always 1; the label says which version runs.",
};

const ALL: [&Declared; 26] = [
    &OUTCOMES,
    &HELD,
    &OPEN,
    &ACTIVE,
    &VIEWERS,
    &PHASES,
    &REBUFFERING,
    &STARTS,
    &CONTENT_STARTS,
    &START_FAILURES,
    &PLAYBACK_FAILURES,
    &CLOSING,
    &STORED,
    &PARTS,
    &ROWS,
    &BYTES,
    &COMPACTIONS,
    &FAILED_WRITES,
    &LOG_BYTES,
    &LOG_SEGMENTS,
    &LOG_END,
    &HANDSHAKES,
    &REPORTS,
    &QUERIES,
    &READY,
    &BUILD,
];

/// The reference page of the metrics.
pub fn reference_markdown() -> String {
    let mut page = String::from(
        "<!-- Made from crates/playhead-server/src/console/metrics.rs by `cargo xtask docs`. Do not \
         edit. -->\n\n# Metrics of the server\n\n`GET /metrics` on the console, in the text format of \
         Prometheus. The label `suite` is the name of a configured report suite, or `other`.\n\n\
         | Name | Type | Labels | Meaning |\n|---|---|---|---|\n",
    );
    for metric in ALL {
        let Declared {
            name,
            kind,
            labels,
            help,
        } = metric;
        writeln!(page, "| `{name}` | {kind} | {labels} | {help} |").expect("a string takes text");
    }
    page
}

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
    page.declare(&QUERIES);
    for (outcome, count) in console.sql.counts() {
        page.value(&QUERIES, &[("outcome", outcome)], count);
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

    fn value(&mut self, metric: &Declared, labels: &[(&str, &str)], value: u64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", labels.join(","))
        };
        writeln!(self.0, "{}{labels} {value}", metric.name).expect("a string takes text");
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
