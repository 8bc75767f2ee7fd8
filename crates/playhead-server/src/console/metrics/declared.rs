//! The metrics that there are.

use std::fmt::Write as _;

/// One metric: its name, type and meaning.
pub(super) struct Declared {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    labels: &'static str,
    pub(super) help: &'static str,
}

pub(super) const OUTCOMES: Declared = Declared {
    name: "playhead_events_total",
    kind: "counter",
    labels: "suite, by (door, engine), outcome",
    help: "Events received, by what became of them.",
};
pub(super) const HELD: Declared = Declared {
    name: "playhead_events_held",
    kind: "gauge",
    labels: "suite",
    help: "Acknowledged events that wait to be put in order.",
};
pub(super) const OPEN: Declared = Declared {
    name: "playhead_sessions_open",
    kind: "gauge",
    labels: "",
    help: "Sessions that are open.",
};
pub(super) const ACTIVE: Declared = Declared {
    name: "playhead_live_sessions_active",
    kind: "gauge",
    labels: "suite",
    help: "Open sessions that were heard of in the last 60 seconds (setting live.active).",
};
pub(super) const VIEWERS: Declared = Declared {
    name: "playhead_live_viewers_active",
    kind: "gauge",
    labels: "suite",
    help: "Visitors with such a session.",
};
pub(super) const PHASES: Declared = Declared {
    name: "playhead_live_sessions",
    kind: "gauge",
    labels: "suite, phase (starting, playing, paused, buffering, completed)",
    help: "Active sessions by the state of their player.",
};
pub(super) const REBUFFERING: Declared = Declared {
    name: "playhead_live_sessions_rebuffering",
    kind: "gauge",
    labels: "suite",
    help: "Active sessions that buffer in main content after its start.",
};
pub(super) const STARTS: Declared = Declared {
    name: "playhead_live_starts",
    kind: "gauge",
    labels: "suite",
    help: "Session starts of the last 60 seconds.",
};
pub(super) const CONTENT_STARTS: Declared = Declared {
    name: "playhead_live_content_starts",
    kind: "gauge",
    labels: "suite",
    help: "Content starts of the last 60 seconds.",
};
pub(super) const START_FAILURES: Declared = Declared {
    name: "playhead_live_start_failures",
    kind: "gauge",
    labels: "suite",
    help: "Start failures of the last 60 seconds.",
};
pub(super) const PLAYBACK_FAILURES: Declared = Declared {
    name: "playhead_live_playback_failures",
    kind: "gauge",
    labels: "suite",
    help: "Playback failures of the last 60 seconds.",
};
pub(super) const CLOSING: Declared = Declared {
    name: "playhead_sessions_closing",
    kind: "gauge",
    labels: "",
    help: "Sessions that are closed and not stored yet.",
};
pub(super) const STORED: Declared = Declared {
    name: "playhead_sessions_stored",
    kind: "gauge",
    labels: "",
    help: "Closed sessions in the store.",
};
pub(super) const PARTS: Declared = Declared {
    name: "playhead_store_parts",
    kind: "gauge",
    labels: "table",
    help: "Files of the store.",
};
pub(super) const ROWS: Declared = Declared {
    name: "playhead_store_rows",
    kind: "gauge",
    labels: "table",
    help: "Rows in them.",
};
pub(super) const BYTES: Declared = Declared {
    name: "playhead_store_bytes",
    kind: "gauge",
    labels: "table",
    help: "Size of them.",
};
pub(super) const COMPACTIONS: Declared = Declared {
    name: "playhead_store_compactions_total",
    kind: "counter",
    labels: "result (done, failed)",
    help: "Attempts to make one file of several small ones.",
};
pub(super) const FAILED_WRITES: Declared = Declared {
    name: "playhead_store_failed_writes_total",
    kind: "counter",
    labels: "",
    help: "Attempts to store closed sessions that failed; each is made again.",
};
pub(super) const LOG_BYTES: Declared = Declared {
    name: "playhead_log_bytes",
    kind: "gauge",
    labels: "",
    help: "Size of all segments of the log.",
};
pub(super) const LOG_SEGMENTS: Declared = Declared {
    name: "playhead_log_segments",
    kind: "gauge",
    labels: "",
    help: "Segments of the log.",
};
pub(super) const LOG_END: Declared = Declared {
    name: "playhead_log_end_bytes",
    kind: "counter",
    labels: "",
    help: "Position of the end of the log: it grows with every byte written.",
};
pub(super) const COMMITS: Declared = Declared {
    name: "playhead_log_commit_seconds",
    kind: "histogram",
    labels: "le",
    help: "Time that a commit of the log took, its sync included: what every answer waits for.",
};
pub(super) const HANDSHAKES: Declared = Declared {
    name: "playhead_tls_handshakes_total",
    kind: "counter",
    labels: "listener (door, console), result (done, failed, timed_out, plain)",
    help: "TLS handshakes of the listeners that speak TLS; plain is HTTP where https is spoken.",
};
pub(super) const REPORTS: Declared = Declared {
    name: "playhead_reports_total",
    kind: "counter",
    labels: "outcome (answered, refused, busy, failed, abandoned)",
    help: "Reports that were asked for, by what became of them.",
};
pub(super) const CACHE_BYTES: Declared = Declared {
    name: "playhead_reports_cache_bytes",
    kind: "gauge",
    labels: "",
    help: "Columns of the store that reports keep in memory (at most setting reports.cache_max).",
};
pub(super) const CACHE_LOOKUPS: Declared = Declared {
    name: "playhead_reports_cache_lookups_total",
    kind: "counter",
    labels: "result (found, missed)",
    help: "Looks for a column there; what is missed is read from a file.",
};
pub(super) const QUERIES: Declared = Declared {
    name: "playhead_sql_queries_total",
    kind: "counter",
    labels: "outcome (answered, refused, busy, failed, abandoned)",
    help: "SQL queries that were asked, by what became of them.",
};
pub(super) const PROCESS_CPU: Declared = Declared {
    name: "process_cpu_seconds_total",
    kind: "counter",
    labels: "",
    help: "CPU time that the server used, user and system.",
};
pub(super) const PROCESS_RESIDENT: Declared = Declared {
    name: "process_resident_memory_bytes",
    kind: "gauge",
    labels: "",
    help: "Memory of the server that is resident.",
};
pub(super) const PROCESS_FILES: Declared = Declared {
    name: "process_open_fds",
    kind: "gauge",
    labels: "",
    help: "Files and connections that the server has open.",
};
pub(super) const PROCESS_FILES_MAX: Declared = Declared {
    name: "process_max_fds",
    kind: "gauge",
    labels: "",
    help: "How many it may have open.",
};
pub(super) const PROCESS_START: Declared = Declared {
    name: "process_start_time_seconds",
    kind: "gauge",
    labels: "",
    help: "When the server began, seconds since 1970.",
};
pub(super) const READY: Declared = Declared {
    name: "playhead_ready",
    kind: "gauge",
    labels: "",
    help: "1 if events are taken.",
};
pub(super) const BUILD: Declared = Declared {
    name: "playhead_build_info",
    kind: "gauge",
    labels: "version",
    help: "Always 1; the label says which version runs.",
};

const ALL: [&Declared; 34] = [
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
    &COMMITS,
    &HANDSHAKES,
    &REPORTS,
    &CACHE_BYTES,
    &CACHE_LOOKUPS,
    &QUERIES,
    &PROCESS_CPU,
    &PROCESS_RESIDENT,
    &PROCESS_FILES,
    &PROCESS_FILES_MAX,
    &PROCESS_START,
    &READY,
    &BUILD,
];

/// The reference page of the metrics.
pub fn reference_markdown() -> String {
    let mut page = String::from(
        "<!-- Made from crates/playhead-server/src/console/metrics/declared.rs by `cargo xtask docs`. Do not \
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
