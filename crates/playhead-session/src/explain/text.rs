//! The explanation as text: what `playhead explain` prints.

use std::fmt::Write;

use playhead_model::catalog::Unit;
use playhead_model::outcome::Settled;
use playhead_model::time::PlayerMs;
use serde_json::Value;

use super::event::ExplainedEvent;
use super::facts::use_name;
use super::interval::{ExplainedSpan, Part};
use super::metric::{Exact, ExplainedMetric, Of};
use super::words::{instant, place, playhead, seconds, since_start};
use super::{Closing, Explanation};
use crate::observe::Use;

impl Explanation {
    /// The text form: who, the time line, what the time counted as, and each number.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.put_head(&mut out);
        out.push_str("\nevents (client and server time in seconds from the start)\n");
        put_table(&mut out, "  ", "lrrrlll", &self.time_line());
        if !self.spans.is_empty() {
            out.push_str("\ntime\n");
            let cells = self
                .spans
                .iter()
                .map(|span| span_cells(span, self.started()));
            put_table(&mut out, "  ", "rlrlrll", &cells.collect::<Vec<_>>());
        }
        self.put_metrics(&mut out);
        out
    }

    fn started(&self) -> PlayerMs {
        PlayerMs(self.rows.session.start_ts)
    }

    fn started_at(&self) -> u64 {
        self.rows.session.started_at.unsigned_abs()
    }

    fn put_head(&self, out: &mut String) {
        let row = &self.rows.session;
        put(out, format_args!("session {}\n", row.sid));
        for (title, value) in [
            ("content", row.name.as_deref().unwrap_or("")),
            ("type", &row.content_type),
            ("player", row.player_name.as_deref().unwrap_or("")),
            ("suite", &row.report_suite),
        ] {
            put(out, format_args!("{title:<8}{}\n", printable(value)));
        }
        if let Some(length) = row.length {
            put(out, format_args!("{:<8}{length} s\n", "length"));
        }
        put(
            out,
            format_args!(
                "{:<8}{} by the player's clock, {} by the server's (UTC)\n",
                "start",
                instant(row.start_ts),
                instant(row.started_at)
            ),
        );
        match &self.closing {
            Some(closing) => self.put_closing(out, closing),
            None => out.push_str(
                "state   open: the numbers below are those of a close right now, and may change\n",
            ),
        }
    }

    fn put_closing(&self, out: &mut String, closing: &Closing) {
        let ended = since_start(closing.ts, self.started());
        put(
            out,
            format_args!(
                "close   {}, {ended} s after the start",
                closing.reason.name()
            ),
        );
        if let Some(number) = closing.by {
            put(out, format_args!(", by #{number}"));
        }
        if let Some(at) = closing.at {
            let ms = at.0.saturating_sub(self.started_at());
            put(
                out,
                format_args!(", by the server's clock at +{}", seconds(ms)),
            );
        }
        out.push('\n');
        for change in &closing.closes {
            put(
                out,
                format_args!("        {}\n", printable(&change.to_string())),
            );
        }
    }

    /// The events in the order in which they counted; a retry stands where its time puts it, and
    /// what came after the end stands there.
    fn time_line(&self) -> Vec<Vec<String>> {
        let mut events: Vec<&ExplainedEvent> = self.events.iter().collect();
        let place = |event: &&ExplainedEvent| {
            let is_over = event.settled == Settled::AfterClose;
            let order = event.order.unwrap_or(usize::MAX);
            (
                is_over,
                event.applied.unwrap_or(event.sent),
                order,
                event.number,
            )
        };
        events.sort_by_key(place);
        let head = ["", "client", "server", "playhead", "event", "outcome", ""];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(events.into_iter().map(|event| self.event_cells(event)));
        rows
    }

    fn event_cells(&self, event: &ExplainedEvent) -> Vec<String> {
        let at = event.at.0.saturating_sub(self.started_at());
        let mut words: Vec<String> = event
            .effect
            .iter()
            .map(|change| printable(&change.to_string()))
            .collect();
        if !event.why.is_empty() {
            words.push(format!("{}: {}", event.rule.name(), event.why));
        }
        if event.held {
            let now = event.settled.name();
            words.insert(0, format!("waits its turn; at a close right now: {now}"));
        }
        vec![
            format!("#{}", event.number),
            since_start(event.applied.unwrap_or(event.sent), self.started()),
            format!("+{}", seconds(at)),
            playhead(event.playhead),
            event.event_type.name().to_owned(),
            event.outcome().to_owned(),
            words.join(" · "),
        ]
    }

    /// Metrics with something to tell one by one, then the names of the others.
    fn put_metrics(&self, out: &mut String) {
        let mut nothing = Vec::new();
        let mut part = &Of::Session;
        out.push_str("\nmetrics\n");
        for metric in &self.metrics {
            if metric.of == Of::Session && is_nothing(&metric.reported) {
                nothing.push(metric.name.as_str());
                continue;
            }
            if metric.of != *part {
                part = &metric.of;
                put(out, format_args!("\n{}\n", self.part_title(part)));
            }
            self.put_metric(out, metric);
        }
        if !nothing.is_empty() {
            out.push_str("\nzero, false or absent\n");
            for line in nothing.chunks(4) {
                put(out, format_args!("  {}\n", line.join(", ")));
            }
        }
    }

    fn part_title(&self, part: &Of) -> String {
        let rows = &self.rows;
        match part {
            Of::Session => "session".to_owned(),
            Of::Ad(place) => {
                format!(
                    "ad {}: {}",
                    place + 1,
                    printable(rows.ads[*place].id.as_deref().unwrap_or(""))
                )
            }
            Of::Chapter(place) => {
                let name = rows.chapters[*place].friendly_name.as_deref().unwrap_or("");
                format!("chapter {}: {}", place + 1, printable(name))
            }
            Of::State(name) => format!("state {}", printable(name)),
        }
    }

    fn put_metric(&self, out: &mut String, metric: &ExplainedMetric) {
        let reported = match (&metric.reported, metric.unit) {
            (Value::String(text), _) => text.clone(),
            (Value::Null, _) => "absent".to_owned(),
            (ratio, Unit::Ratio) => format!("{:.6}", ratio.as_f64().unwrap_or(0.0)),
            (other, Unit::Seconds | Unit::Kbps) => format!("{other} {}", metric.unit.name()),
            (other, _) => other.to_string(),
        };
        let (name, value) = (printable(&metric.name), reported);
        let line = format!(
            "  {name:<32} {value:<10} {:<5} {}",
            metric.rule, metric.because
        );
        put(out, format_args!("{}\n", line.trim_end()));
        let start = self.started();
        let rows: Vec<_> = metric
            .parts
            .iter()
            .map(|part| part_cells(part, start))
            .collect();
        let sides = match metric.exact {
            Some(Exact::Us(_)) => "lrlrr",
            _ => "rlrlrl",
        };
        put_table(out, "    ", sides, &rows);
    }
}

fn span_cells(explained: &ExplainedSpan, start: PlayerMs) -> Vec<String> {
    let span = &explained.span;
    let mut notes = Vec::new();
    if let Some((from, to)) = span.watched {
        notes.push(format!("playhead {} – {}", playhead(from), playhead(to)));
    }
    if let Some(number) = span.chapter {
        notes.push(format!("chapter {}", number + 1));
    }
    if span.bitrate > 0 {
        notes.push(format!("bitrate {}", span.bitrate));
    }
    vec![
        since_start(span.from, start),
        "–".to_owned(),
        since_start(span.to, start),
        format!("#{}–#{}", explained.from_event, explained.to_event),
        format!("{} s", seconds(span.to.since(span.from))),
        use_words(span.counts_as),
        notes.join(" · "),
    ]
}

fn part_cells(part: &Part, start: PlayerMs) -> Vec<String> {
    match part {
        Part::Time(interval) => {
            let mut note = interval.label.counts_as.map(use_words).unwrap_or_default();
            if let Some(bitrate) = interval.label.bitrate {
                put(&mut note, format_args!("× {bitrate}"));
            }
            vec![
                since_start(interval.from, start),
                "–".to_owned(),
                since_start(interval.to, start),
                format!("#{}–#{}", interval.from_event, interval.to_event),
                format!("{} s", seconds(interval.ms())),
                note,
            ]
        }
        Part::Content(stretch) => vec![
            "playhead".to_owned(),
            playhead(stretch.from),
            "–".to_owned(),
            playhead(stretch.to),
            format!("{} s", place(stretch.to.0 - stretch.from.0)),
        ],
    }
}

fn use_words(counts_as: Use) -> String {
    match counts_as {
        Use::Ad(Some(number)) => format!("ad {}", number + 1),
        other => use_name(other).to_owned(),
    }
}

/// Whether a value says no more than that there was nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// What a client sent, without characters that would move the cursor of a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Lines up cells, one letter of `sides` a column: `l` to the left, `r` to the right.
fn put_table(out: &mut String, indent: &str, sides: &str, rows: &[Vec<String>]) {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let columns: Vec<_> = sides
        .chars()
        .enumerate()
        .map(|(column, side)| (side, width(column).unwrap_or(0)))
        .collect();
    for row in rows {
        let mut line = indent.to_owned();
        for (cell, &(side, width)) in row.iter().zip(&columns) {
            match side {
                'r' => put(&mut line, format_args!("{cell:>width$}  ")),
                _ => put(&mut line, format_args!("{cell:<width$}  ")),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Appends to a text, which cannot fail.
fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("a string takes all text");
}
