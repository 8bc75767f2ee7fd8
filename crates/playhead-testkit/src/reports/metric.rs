//! Numbers of metrics over lists of rows.

use playhead_model::catalog::CALCULATED;
use playhead_model::report::{Formula, Statistic, Term};
use serde_json::Value;

use super::dimension::scope;

/// A session, and the part of it that is looked at: null for the session itself.
pub(super) type Counted<'a> = (&'a Value, Value);

/// The number that one session or part has of a metric, and what it is to be divided by.
pub(super) fn of_one(row: &Value, part: &Value, name: &str) -> Option<(i128, f64)> {
    let whole = |value: &Value| {
        let flag = value.as_bool().map(i64::from);
        value
            .as_i64()
            .or(flag)
            .map(|number| (i128::from(number), 1.0))
    };
    match (scope(name), name) {
        ("session", "averageMinuteAudience") => {
            // Design: summed in fixed point.
            let ratio = row["session"][name].as_f64()?;
            Some(((ratio * 1e9 + 0.5).floor() as i128, 1e9))
        }
        ("session", "contentLength") => {
            let seconds = row["session"]["length"].as_f64()?;
            Some(((seconds * 1e6 + 0.5).floor() as i128, 1e6))
        }
        ("session", name) => whole(&row["session"][name]),
        ("state", name) => {
            let (state, last) = name["state.".len()..]
                .rsplit_once('.')
                .unwrap_or(("", &name["state.".len()..]));
            let is_meant = state.is_empty() || part["name"] == state;
            is_meant.then(|| whole(&part[last])).flatten()
        }
        (scope, name) => whole(&part[&name[scope.len() + 1..]]),
    }
}

/// The formula of a metric as it is asked for.
pub(super) fn formula(request: &Value) -> Formula {
    let (name, text) = match request {
        Value::String(name) => (name.as_str(), name.as_str()),
        other => ("", other["formula"].as_str().unwrap()),
    };
    let calculated = CALCULATED.iter().find(|it| it.name == name);
    Formula::parse(calculated.map_or(text, |it| it.formula)).unwrap()
}

/// The scopes of the metrics in a formula.
pub(super) fn scopes(formula: &Formula) -> Vec<&'static str> {
    let terms = formula.terms().into_iter();
    terms
        .filter(|term| term.metric != "periodSeconds")
        .map(|term| scope(&term.metric))
        .collect()
}

/// Computes a formula; `counted` gives the rows of a scope.
pub(super) fn number<'a>(
    formula: &Formula,
    counted: &impl Fn(&str) -> Vec<Counted<'a>>,
    period_seconds: f64,
) -> Option<f64> {
    formula.value(&|term| match term.metric.as_str() {
        "periodSeconds" => Some(period_seconds),
        name => term_value(term, &counted(scope(name))),
    })
}

fn term_value(term: &Term, counted: &[Counted<'_>]) -> Option<f64> {
    match term.metric.as_str() {
        "sessions" => return Some(counted.len() as f64),
        "visitors" => {
            let mut visitors: Vec<&str> = counted
                .iter()
                .map(|(row, _)| row["session"]["visitor"].as_str().unwrap())
                .collect();
            visitors.sort_unstable();
            visitors.dedup();
            return Some(visitors.len() as f64);
        }
        _ => {}
    }
    let mut numbers = Vec::new();
    let mut scale = 1.0;
    for (row, part) in counted {
        if let Some((number, of)) = of_one(row, part, &term.metric) {
            numbers.push(number);
            scale = of;
        }
    }
    numbers.sort_unstable();
    let sum = numbers.iter().sum::<i128>() as f64 / scale;
    let mean = (!numbers.is_empty()).then(|| sum / numbers.len() as f64);
    let scaled = |number: Option<&i128>| number.map(|number| *number as f64 / scale);
    match term.statistic {
        None if matches!(term.metric.as_str(), "bitrateAverage" | "framesPerSecond") => mean,
        None | Some(Statistic::Sum) => Some(sum),
        Some(Statistic::Mean) => mean,
        Some(Statistic::Count) => Some(numbers.len() as f64),
        Some(Statistic::Minimum) => scaled(numbers.first()),
        Some(Statistic::Maximum) => scaled(numbers.last()),
        Some(Statistic::Same) => scaled(
            numbers
                .first()
                .filter(|first| Some(*first) == numbers.last()),
        ),
        Some(Statistic::Percentile(percent)) => {
            let rank = (numbers.len() * usize::from(percent)).div_ceil(100).max(1);
            scaled(numbers.get(rank - 1))
        }
    }
}
