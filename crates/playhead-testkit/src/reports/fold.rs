//! Tables: metrics by dimensions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use playhead_model::report::Formula;
use serde_json::Value;

use super::dimension::{meets, parts, scope, values};
use super::metric::{Counted, formula, number, scopes};
use super::time;

/// A value of each dimension.
pub type Key = Vec<Option<String>>;
/// A number of each metric, or nothing.
pub type Numbers = Vec<Option<f64>>;

/// A request over rows.
#[derive(Debug)]
pub struct Fold<'a> {
    request: &'a Value,
    zone: TimeZone,
    rows: Vec<&'a Value>,
    formulas: Vec<Formula>,
    range: (i64, i64),
}

/// Which columns hold the first and the last time.
pub(super) fn span_of(row: &Value, request: &Value) -> (i64, i64) {
    let (from, to) = if request["clock"] == "server" {
        (&row["startedAt"], &row["lastAt"])
    } else {
        (&row["session"]["startTs"], &row["session"]["endTs"])
    };
    (from.as_i64().unwrap(), to.as_i64().unwrap())
}

/// The rows that take part in a report; `in_range` decides about their time.
pub(super) fn select<'a>(
    rows: &'a [Value],
    request: &Value,
    in_range: impl Fn(&Value) -> bool,
) -> Vec<&'a Value> {
    let zone = time::zone(request["zone"].as_str().unwrap_or("UTC"));
    let position = request["asOf"]
        .as_str()
        .map(|token| token[2..].parse::<i64>().unwrap());
    let takes_part = |row: &&Value| {
        let is_open = row["position"].is_null();
        let is_bot = row["session"]["isBot"] == true;
        row["suite"] == request["suite"]
            && row["session"]["name"]
                .as_str()
                .is_some_and(|name| !name.is_empty())
            && in_range(row)
            && (!is_open || request["includeOpen"] == true)
            && (is_open
                || position.is_none_or(|position| row["position"].as_i64() <= Some(position)))
            && match request["bots"].as_str() {
                Some("exclude") => !is_bot,
                Some("only") => is_bot,
                _ => true,
            }
    };
    let rows: Vec<&Value> = rows.iter().filter(takes_part).collect();
    let of_scope = |visitor: bool| -> Vec<&Value> {
        let filters = request["filters"].as_array().into_iter().flatten();
        filters
            .filter(|filter| (filter["scope"] == "visitor") == visitor)
            .collect()
    };
    let by_visitor = of_scope(true);
    let visitors: BTreeSet<&str> = rows
        .iter()
        .filter(|row| meets_all(row, &by_visitor, &zone))
        .map(|row| row["session"]["visitor"].as_str().unwrap())
        .collect();
    let by_session = of_scope(false);
    rows.into_iter()
        .filter(|row| visitors.contains(row["session"]["visitor"].as_str().unwrap()))
        .filter(|row| meets_all(row, &by_session, &zone))
        .collect()
}

/// A session meets the conditions on itself, and has a part that meets those on its parts.
fn meets_all(row: &Value, filters: &[&Value], zone: &TimeZone) -> bool {
    ["session", "ad", "chapter", "state"].iter().all(|scope| {
        let own: Vec<&&Value> = filters
            .iter()
            .filter(|filter| filter_scope(filter) == *scope)
            .collect();
        own.is_empty()
            || parts(row, scope)
                .iter()
                .any(|part| own.iter().all(|filter| meets(row, part, filter, zone)))
    })
}

fn filter_scope(filter: &Value) -> &'static str {
    let name = filter["dimension"].as_str().or(filter["metric"].as_str());
    scope(name.unwrap())
}

impl<'a> Fold<'a> {
    /// The rows whose last time lies in the range of the request.
    pub fn new(rows: &'a [Value], request: &'a Value) -> Self {
        let range = &request["range"];
        let range = (
            range["from"].as_i64().unwrap(),
            range["to"].as_i64().unwrap(),
        );
        let in_range = |row: &Value| {
            let end = span_of(row, request).1;
            range.0 <= end && end < range.1
        };
        let metrics = request["metrics"].as_array().unwrap();
        Self {
            request,
            zone: time::zone(request["zone"].as_str().unwrap_or("UTC")),
            rows: select(rows, request, in_range),
            formulas: metrics.iter().map(formula).collect(),
            range,
        }
    }

    /// Every row of the answer.
    pub fn groups(&self) -> BTreeMap<Key, Numbers> {
        let mut keys = BTreeSet::new();
        for scope in self.formulas.iter().flat_map(scopes) {
            for row in &self.rows {
                keys.extend(self.counted(row, scope).into_iter().map(|(key, _)| key));
            }
        }
        let numbers = |key: Key| {
            let numbers = self.numbers(&|other| *other == key, None);
            (key, numbers)
        };
        keys.into_iter().map(numbers).collect()
    }

    /// Everything as one.
    pub fn totals(&self) -> Numbers {
        let whole = Self {
            request: &Value::Null,
            zone: self.zone.clone(),
            rows: self.rows.clone(),
            formulas: self.formulas.clone(),
            range: self.range,
        };
        let of_parts = |scope: &str| whole.every_part(scope, self.request);
        let period = self.period_seconds();
        let formulas = self.formulas.iter();
        formulas
            .map(|formula| number(formula, &of_parts, period))
            .collect()
    }

    /// The numbers of the rows with a key that is wanted, in one unit of time or in all.
    pub fn numbers(&self, wanted: &dyn Fn(&Key) -> bool, unit: Option<i64>) -> Numbers {
        let counted = |scope: &str| -> Vec<Counted<'_>> {
            let mut all = Vec::new();
            for row in self.rows.iter().filter(|row| self.is_in(row, unit)) {
                for (key, part) in self.counted(row, scope) {
                    if wanted(&key) {
                        all.push((*row, part));
                    }
                }
            }
            all
        };
        let period = self.period_seconds();
        let formulas = self.formulas.iter();
        formulas
            .map(|formula| number(formula, &counted, period))
            .collect()
    }

    /// The totals of one unit of time.
    pub fn totals_in(&self, unit: i64) -> Numbers {
        let mut part = Self {
            request: self.request,
            zone: self.zone.clone(),
            rows: self.rows.clone(),
            formulas: self.formulas.clone(),
            range: self.range,
        };
        part.rows.retain(|row| self.is_in(row, Some(unit)));
        part.totals()
    }

    fn is_in(&self, row: &Value, unit: Option<i64>) -> bool {
        let granularity = self.request["granularity"].as_str().unwrap_or("");
        let end = span_of(row, self.request).1;
        unit.is_none_or(|unit| time::unit_start(end, granularity, &self.zone) == unit)
    }

    fn period_seconds(&self) -> f64 {
        (self.range.1 - self.range.0) as f64 / 1_000.0
    }

    /// Sessions, or parts that meet the conditions on them, whatever their dimensions.
    fn every_part(&self, scope: &str, request: &Value) -> Vec<Counted<'a>> {
        let mut all = Vec::new();
        for row in &self.rows {
            for part in parts(row, scope) {
                if self.part_meets(row, &part, scope, request) {
                    all.push((*row, part));
                }
            }
        }
        all
    }

    fn part_meets(&self, row: &Value, part: &Value, scope: &str, request: &Value) -> bool {
        let filters = request["filters"].as_array().into_iter().flatten();
        filters
            .filter(|filter| filter["scope"] != "visitor")
            .filter(|filter| scope != "session" && filter_scope(filter) == scope)
            .all(|filter| meets(row, part, filter, &self.zone))
    }

    /// The keys under which a session counts in a scope, with the part that counts.
    fn counted(&self, row: &'a Value, metric_scope: &str) -> Vec<(Key, Value)> {
        let dimensions: Vec<&str> = self.request["dimensions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap())
            .collect();
        let part_scope = dimensions
            .iter()
            .map(|name| scope(name))
            .find(|scope| *scope != "session");
        let look_at = match metric_scope {
            "session" => part_scope.unwrap_or("session"),
            scope => scope,
        };
        let mut looked_at: Vec<Value> = parts(row, look_at)
            .into_iter()
            .filter(|part| self.part_meets(row, part, look_at, self.request))
            .collect();
        if looked_at.is_empty() && metric_scope == "session" {
            looked_at.push(Value::Null);
        }
        let mut all = Vec::new();
        for part in looked_at {
            let mut keys: Vec<Key> = vec![Vec::new()];
            for name in &dimensions {
                let values = values(row, &part, name, &self.zone);
                keys = keys
                    .iter()
                    .flat_map(|key| {
                        values.iter().map(move |value| {
                            let mut key = key.clone();
                            key.push(value.clone());
                            key
                        })
                    })
                    .collect();
            }
            all.extend(keys.into_iter().map(|key| (key, part.clone())));
        }
        if metric_scope == "session" {
            // Each session once per value.
            let keys: BTreeSet<Key> = all.into_iter().map(|(key, _)| key).collect();
            return keys.into_iter().map(|key| (key, Value::Null)).collect();
        }
        all
    }
}
