//! What may be asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A report: one question about the sessions of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ReportRequest")]
pub struct Request {
    /// The report suite.
    pub suite: String,
    /// What is computed: a table of metrics by dimensions, or one of the panels of metrics R9.
    #[serde(default, skip_serializing_if = "is_default")]
    pub report: ReportKind,
    /// Which time is looked at.
    #[serde(default)]
    pub range: Range,
    /// The IANA time zone of the time axis and of dates without one; that of the suite if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whose clock the range and the time axis follow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clock: AxisClock,
    /// A value per unit of time beside each total, or the step of a panel over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// Metrics by name, `statistic(name)`, or formulas with a name of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricRequest>,
    /// Dimensions, the first broken down by the second and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
    /// A segment, ready-made or of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Conditions that all have to be met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Conditions on the numbers of a row of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub having: Vec<Having>,
    /// Order of the rows; by the first metric, largest first, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// How many rows are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// `next` of an earlier answer to the same request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Whether rows beyond the limit are answered as one, so that rows add up to the total.
    #[serde(default, skip_serializing_if = "is_default")]
    pub everything_else: bool,
    /// What the numbers are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compare: Option<Compare>,
    /// Whether sessions that are still open take part, with what they have so far.
    #[serde(default, skip_serializing_if = "is_default")]
    pub include_open: bool,
    /// Whether sessions of bots take part.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bots: Bots,
    /// The token of an earlier answer, to read what it read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The lower edges of a histogram, in the metric's unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<i64>,
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What a report computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReportKind {
    /// Metrics by dimensions.
    #[default]
    Table,
    /// Concurrent viewers and sessions (R9.1).
    Concurrency,
    /// Playback time spent (R9.2).
    TimeSpent,
    /// Content time by place in the content (R9.3).
    Retention,
    /// Views of five-minute segments of the content (R9.4).
    Segments,
    /// Views of tenths of the content (R9.5).
    Tenths,
    /// How often each value of a metric occurs.
    Histogram,
}

impl ReportKind {
    pub const ALL: [Self; 7] = [
        Self::Table,
        Self::Concurrency,
        Self::TimeSpent,
        Self::Retention,
        Self::Segments,
        Self::Tenths,
        Self::Histogram,
    ];

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Table => "Metrics by dimensions",
            Self::Concurrency => "Concurrent viewers and sessions",
            Self::TimeSpent => "Playback time spent",
            Self::Retention => "Content time by place in the content",
            Self::Segments => "Views of five-minute segments",
            Self::Tenths => "Views of tenths of the content",
            Self::Histogram => "Sessions by the value of a metric",
        }
    }

    /// The clause of `docs/metrics.md` that defines it.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Table | Self::Histogram => "R9",
            Self::Concurrency => "R9.1",
            Self::TimeSpent => "R9.2",
            Self::Retention => "R9.3",
            Self::Segments => "R9.4",
            Self::Tenths => "R9.5",
        }
    }
}

/// From an instant up to, not including, another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Milliseconds since the epoch, or a date or date and time (`2026-03-02`, `2026-03-02T18:00`,
    /// with an offset or `Z`, else in the zone of the report).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// The same; now if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
    /// A length of time instead of `from`: `15m`, `24h`, `30d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// An instant as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "WrittenInstant")]
pub enum Instant {
    Ms(i64),
    Text(String),
}

/// Whose clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AxisClock {
    /// The timestamps of the player.
    #[default]
    Client,
    /// The arrival at the server.
    Server,
}

/// A unit of time on the clock of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Granularity {
    #[serde(rename = "second")]
    Second,
    #[serde(rename = "minute")]
    Minute,
    #[serde(rename = "5minutes")]
    FiveMinutes,
    #[serde(rename = "15minutes")]
    QuarterHour,
    #[serde(rename = "30minutes")]
    HalfHour,
    #[serde(rename = "hour")]
    Hour,
    #[serde(rename = "day")]
    Day,
    /// From Monday.
    #[serde(rename = "week")]
    Week,
    #[serde(rename = "month")]
    Month,
    #[serde(rename = "quarter")]
    Quarter,
    #[serde(rename = "year")]
    Year,
}

impl Granularity {
    pub const ALL: [Self; 11] = [
        Self::Second,
        Self::Minute,
        Self::FiveMinutes,
        Self::QuarterHour,
        Self::HalfHour,
        Self::Hour,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// The word in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::FiveMinutes => "5minutes",
            Self::QuarterHour => "15minutes",
            Self::HalfHour => "30minutes",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Its length in ms; for what varies, about its least.
    pub fn about_ms(self) -> i64 {
        const DAY: i64 = 86_400_000;
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::FiveMinutes => 300_000,
            Self::QuarterHour => 900_000,
            Self::HalfHour => 1_800_000,
            Self::Hour => 3_600_000,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            Self::Month => 28 * DAY,
            Self::Quarter => 90 * DAY,
            Self::Year => 365 * DAY,
        }
    }
}

/// A metric that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MetricRequest {
    /// `timePlayed`, `p95(timeToStart)`, `adCompletionRate`.
    Name(String),
    /// An expression over metrics, under a name of its own.
    Formula { name: String, formula: String },
}

impl From<&str> for MetricRequest {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

/// A condition on a dimension, or on a metric of a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Filter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    #[serde(default)]
    pub op: Operation,
    /// A text, a number, `null`, or a list of them for `in`.
    #[serde(default)]
    pub value: Value,
    /// Takes all that does not meet the condition.
    #[serde(default, skip_serializing_if = "is_default")]
    pub not: bool,
    /// Whether it decides about sessions, or about visitors with all their sessions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scope: FilterScope,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Operation {
    #[default]
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "in")]
    In,
    #[serde(rename = "contains")]
    Contains,
    #[serde(rename = "startsWith")]
    StartsWith,
    #[serde(rename = "regex")]
    Regex,
    #[serde(rename = "null")]
    Null,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    More,
    #[serde(rename = ">=")]
    AtLeast,
}

impl Operation {
    /// The word in requests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::In => "in",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::Regex => "regex",
            Self::Null => "null",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        }
    }

    /// Whether it compares sizes.
    pub fn is_inequality(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }
}

/// What a condition decides about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FilterScope {
    #[default]
    Session,
    /// All sessions of visitors who have one in the range that meets the conditions.
    Visitor,
}

/// A condition on a number of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Having {
    /// One of the metrics of the request, as it is written there.
    pub metric: String,
    pub op: Operation,
    pub value: f64,
}

/// The order of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// A metric or a dimension of the request, as it is written there; of two with the same name
    /// the metric.
    pub by: String,
    #[serde(default)]
    pub direction: Direction,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    #[default]
    Descending,
    Ascending,
}

/// What a report is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Compare {
    /// The same sessions at another time.
    Period(Period),
    /// Another segment at the same time.
    Segment(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Period {
    /// The time of equal length right before.
    Previous,
    /// The same clock times seven days before.
    LastWeek,
    /// The same clock times a year before.
    LastYear,
}

/// Whether bots are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Bots {
    #[default]
    Include,
    Exclude,
    Only,
}
