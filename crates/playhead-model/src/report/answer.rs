//! What is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::request::{AxisClock, Bots, Request};

/// The answer to a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReportAnswer")]
pub struct Answer {
    /// The request as it was understood: asked again, it gives this answer.
    pub request: Request,
    /// What was read. As `asOf` of a request it gives the same closed sessions again.
    pub as_of: String,
    /// Version of the definitions of metrics that the numbers follow.
    pub definition_version: i64,
    /// Whether sessions are counted that are still open, so that numbers may change.
    pub provisional: bool,
    pub bots: Bots,
    pub clock: AxisClock,
    pub zone: String,
    /// Milliseconds since the epoch.
    pub from: i64,
    pub to: i64,
    pub headings: Vec<Heading>,
    pub rows: Vec<Row>,
    /// All rows that are not answered, as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub everything_else: Option<Vec<Cell>>,
    /// Each metric over everything that was selected.
    pub totals: Vec<Cell>,
    /// How many rows there are without a limit.
    pub row_count: u64,
    /// Starts of the units of time that `series` follow, ms since the epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<i64>,
    /// Each metric over everything, by unit of time; the numbers of panels over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub total_series: Vec<Series>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// Whether rows add up to totals, for each metric that can be added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Whether a session may count in several rows, so that rows do not add up.
    pub rows_overlap: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// What has to be known to read the numbers: which are estimates and how good they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// `cursor` of the request for the rows that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A column of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heading {
    pub name: String,
    pub title: String,
    pub unit: String,
    pub kind: HeadingKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HeadingKind {
    Dimension,
    Metric,
}

/// One row: a value of each dimension, a number of each metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "ReportRow")]
pub struct Row {
    /// `null` where a session has no value.
    pub key: Vec<Option<String>>,
    pub values: Vec<Cell>,
    /// With a granularity: the numbers of each metric by unit of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<Series>,
    /// With a comparison: the other numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<Cell>,
}

/// The numbers of one metric by unit of time.
pub type Series = Vec<Cell>;

/// A number, or an empty cell where there is nothing to divide by or nothing to look at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Cell {
    Int(i64),
    Float(f64),
    Empty,
}

impl Cell {
    /// The number, if there is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(number as f64),
            Self::Float(number) => Some(number),
            Self::Empty => None,
        }
    }

    /// A number that is finite, else an empty cell.
    pub fn of(number: Option<f64>) -> Self {
        match number {
            Some(number) if number.is_finite() => Self::Float(number),
            _ => Self::Empty,
        }
    }
}

/// What a report was compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The request that gives the other numbers.
    pub request: Request,
    pub from: i64,
    pub to: i64,
    pub totals: Vec<Cell>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub total_series: Vec<Series>,
}

/// Rows against the total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    pub metric: String,
    pub rows: Cell,
    pub total: Cell,
    pub equal: bool,
}

/// Of a panel over time: the largest and the smallest value, each with the start of the earliest
/// unit that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub viewers: Extreme,
    pub sessions: Extreme,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extreme {
    pub maximum: i64,
    pub maximum_at: i64,
    pub minimum: i64,
    pub minimum_at: i64,
}
