//! A search for sessions: what may be asked, and what is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Cell, Heading};
use super::request::{AxisClock, Bots, Filter, MetricRequest, Order, Range, is_default};

/// A search for the sessions that a report with the same conditions counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchRequest {
    /// The report suite.
    pub suite: String,
    /// Sessions with their last event in it.
    #[serde(default)]
    pub range: Range,
    /// The IANA time zone of parts of time and of dates without one; that of the suite if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whose clock the range and the starts follow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub clock: AxisClock,
    /// A segment, ready-made or of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Conditions that all have to be met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// Whether sessions of bots are looked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bots: Bots,
    /// Whether sessions that are still open are looked for, with what they have so far.
    #[serde(default, skip_serializing_if = "is_default")]
    pub open: Open,
    /// Dimensions of the session that are told of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<String>,
    /// Metrics that are told of each, as in reports: the numbers of a report over that session alone,
    /// `null` where it has no value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricRequest>,
    /// By `start` or a metric of the session; the newest start first if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// How many sessions are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// `next` of an earlier answer to the same request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The token of an earlier answer, to find closed sessions of then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// Whether open sessions are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Open {
    #[default]
    Include,
    Exclude,
    Only,
}

/// The sessions that a search has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchAnswer {
    /// The request as it was understood.
    pub request: SearchRequest,
    /// What was read. As `asOf` of a request it gives the same closed sessions again.
    pub as_of: String,
    pub zone: String,
    /// Milliseconds since the epoch.
    pub from: i64,
    pub to: i64,
    /// What `key` and `values` hold: dimensions, then metrics.
    pub headings: Vec<Heading>,
    pub sessions: Vec<FoundSession>,
    /// `cursor` of the request for the sessions that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoundSession {
    pub sid: String,
    /// Its first event by the clock of the request, ms since the epoch.
    pub start: i64,
    /// Its last event.
    pub end: i64,
    /// Whether it is still open, so that what is told may change.
    pub provisional: bool,
    /// A value of each dimension.
    pub key: Vec<FoundValue>,
    /// A number of each metric.
    pub values: Vec<Cell>,
}

/// The value of a dimension, a list where a session may have several, or `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FoundValue {
    Text(String),
    List(Vec<String>),
    Nothing,
}
