//! Reports over generated sessions in memory: what the executor takes, without reading files.

mod rows;

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use playhead_model::report::{Answer, Request};
use playhead_query::{Source, Surroundings};
use serde_json::{Value, json};

use self::rows::{DAYS, FIRST_DAY_MS, Generated};
use crate::clock;
use crate::table::Table;

#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct ReportArgs {
    /// Sessions, over 30 days
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) sessions: usize,
    /// How often each report is run
    #[arg(long, default_value_t = 9)]
    pub(crate) rounds: usize,
}

/// One report, and the number of rows or units that show that it found something.
struct Case {
    name: &'static str,
    request: Value,
}

pub(crate) fn run(args: ReportArgs, table: &mut Table) -> anyhow::Result<()> {
    let begun = clock::now();
    let source = Generated::new(args.sessions);
    let subject = format!("reports over {} sessions", args.sessions);
    let made = begun.elapsed().as_secs_f64();
    table.add(&subject, "made in", made, "s");
    for case in cases() {
        let request: Request = serde_json::from_value(case.request)
            .with_context(|| format!("the request {}", case.name))?;
        let mut cpu = Vec::new();
        let mut wall = Vec::new();
        for _ in 0..args.rounds.max(1) {
            let (before, begun) = (clock::own_cpu(), clock::now());
            let answer = ask(&source, &request).with_context(|| case.name.to_owned())?;
            wall.push(begun.elapsed());
            cpu.push(clock::own_cpu().saturating_sub(before));
            if answer.rows.is_empty() && answer.total_series.is_empty() {
                bail!("{} found nothing", case.name);
            }
        }
        table.add(&subject, &format!("{}, CPU", case.name), median(cpu), "ms");
        table.add(
            &subject,
            &format!("{}, wall", case.name),
            median(wall),
            "ms",
        );
    }
    Ok(())
}

fn ask(source: &dyn Source, request: &Request) -> anyhow::Result<Answer> {
    let answer = playhead_query::run(source, request, &Surroundings::default(), &|| None)?;
    Ok(answer)
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}

fn cases() -> Vec<Case> {
    let all = json!({ "from": FIRST_DAY_MS, "to": FIRST_DAY_MS + DAYS * 86_400_000 });
    let day = FIRST_DAY_MS + 14 * 86_400_000;
    let one_day = json!({ "from": day, "to": day + 86_400_000 });
    let evening = day + 20 * 3_600_000;
    let hour = json!({ "from": evening, "to": evening + 3_600_000 });
    let case = |name, range: &Value, rest: Value| {
        let mut request = json!({ "suite": "bench", "range": range });
        for (field, value) in rest.as_object().into_iter().flatten() {
            request[field] = value.clone();
        }
        Case { name, request }
    };
    let top = json!({ "metrics": ["isPlayed", "timePlayed"], "dimensions": ["name"], "limit": 20 });
    vec![
        case("top 20 content, a day", &one_day, top.clone()),
        case("top 20 content, 30 days", &all, top),
        case(
            "concurrency by the minute, a day",
            &one_day,
            json!({ "report": "concurrency", "granularity": "minute" }),
        ),
        case(
            "concurrency by the second, an hour",
            &hour,
            json!({ "report": "concurrency", "granularity": "second" }),
        ),
        case(
            "p50 and p95 of time to start by player",
            &all,
            json!({ "metrics": ["p50(timeToStart)", "p95(timeToStart)"], "dimensions": ["playerName"] }),
        ),
        case(
            "visitors by channel",
            &all,
            json!({ "metrics": ["visitors"], "dimensions": ["channel"] }),
        ),
        case(
            "retention of one title",
            &all,
            json!({ "report": "retention", "filters": [{ "dimension": "name", "value": "content 7" }] }),
        ),
        case(
            "error rate by player version",
            &all,
            json!({
                "metrics": [{ "name": "errorRate", "formula": "hasErrorImpactedStreams / isViewed" }],
                "dimensions": ["playerName", "appVersion"],
            }),
        ),
        case(
            "filter on custom metadata",
            &all,
            json!({
                "metrics": ["sessions", "timePlayed"],
                "filters": [{ "dimension": "custom.plan", "value": "plan 3" }],
            }),
        ),
        case(
            "country by device",
            &all,
            json!({ "metrics": ["sessions", "timePlayed"], "dimensions": ["country", "device"] }),
        ),
    ]
}
