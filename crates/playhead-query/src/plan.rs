//! A request, understood: checked against the catalogue, with everything that is meant but not said.

use playhead_model::catalog::{Attribute, Scope, Segment, ready_made};
use playhead_model::report::{Filter, FilterScope, ReportError, Request, did_you_mean};

use crate::filter::{find_attribute, part_scope};
use crate::range;
use crate::source::SourceError;
use crate::zone::Zone;

/// Most dimensions of a report.
const DIMENSIONS_MAX: usize = 8;
/// Most conditions of a report.
const FILTERS_MAX: usize = 100;

/// What a report may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows of an answer.
    pub rows: usize,
    /// Rows if the request does not say.
    pub rows_default: usize,
    /// Units of time of an answer.
    pub units: usize,
    /// Units of time that concurrency is computed in, for coarser answers too.
    pub fine_units: usize,
    /// Combinations of values of the dimensions.
    pub groups: usize,
    /// Numbers of an answer: rows by units by metrics.
    pub cells: usize,
    /// Values kept for exact percentiles; above it they are estimates.
    pub values: usize,
    /// Pairs of group and visitor kept for exact counts; above it they are estimates.
    pub visitors: usize,
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 10_000,
            rows_default: 100,
            units: 86_400,
            fine_units: 20_000_000,
            groups: 4_000_000,
            cells: 5_000_000,
            values: 16_000_000,
            visitors: 16_000_000,
            threads: 2,
        }
    }
}

/// A calculated metric of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFormula {
    pub name: String,
    pub title: String,
    pub formula: String,
}

/// What a request does not say itself.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub limits: Limits,
    /// The zones of suites that have one of their own.
    pub zones: Vec<(String, String)>,
    /// Segments and calculated metrics of the configuration.
    pub segments: Vec<Segment>,
    pub formulas: Vec<OwnFormula>,
    /// Server time, ms.
    pub now: i64,
}

impl Surroundings {
    /// The zone of a suite.
    pub fn zone(&self, suite: &str) -> &str {
        let own = self.zones.iter().find(|(id, _)| id == suite);
        own.map_or("UTC", |(_, zone)| zone)
    }

    fn segment(&self, name: &str, field: &str) -> Result<Vec<Filter>, ReportError> {
        let ready = ready_made();
        let all = || self.segments.iter().chain(&ready);
        let found = all().find(|segment| segment.name == name);
        found.map(|segment| segment.filters.clone()).ok_or_else(|| {
            let hint = did_you_mean(name, all().map(|it| it.name.as_str()));
            ReportError::invalid(field, format!("{name:?} is no segment{hint}"))
        })
    }
}

/// The parts of a request that every kind of report has.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// With everything that it did not say.
    pub(crate) request: Request,
    pub(crate) zone: Zone,
    pub(crate) range: (i64, i64),
    pub(crate) dimensions: Vec<Attribute>,
    /// The scope of the parts of sessions that dimensions look at.
    pub(crate) part: Option<Scope>,
    /// Conditions, each with its place in the request.
    pub(crate) session_filters: Vec<(String, Filter)>,
    pub(crate) visitor_filters: Vec<(String, Filter)>,
}

impl Plan {
    /// The earliest time that is looked at: the range may be compared with one before it.
    pub(crate) fn from(&self) -> i64 {
        let compare = self.request.compare.as_ref();
        let compared = compare.map(|it| range::compared(it, &self.zone, self.range).0);
        compared.unwrap_or(self.range.0).min(self.range.0)
    }

    /// # Errors
    /// If the request makes no sense, or asks for too much.
    pub(crate) fn new(request: &Request, surroundings: &Surroundings) -> Result<Self, ReportError> {
        let mut request = request.clone();
        let zone = request
            .zone
            .get_or_insert_with(|| surroundings.zone(&request.suite).to_owned());
        let zone = Zone::named(zone).map_err(|message| ReportError::invalid("zone", message))?;
        let range = range::resolve(&request.range, &zone, surroundings.now)?;
        check_limits(&request, surroundings)?;
        let (dimensions, part) = dimensions(&request)?;
        let mut filters: Vec<(String, Filter)> = Vec::new();
        if let Some(name) = &request.segment {
            let own = surroundings.segment(name, "segment")?;
            filters.extend(own.into_iter().map(|filter| ("segment".to_owned(), filter)));
        }
        for (number, filter) in request.filters.iter().enumerate() {
            filters.push((format!("filters[{number}]"), filter.clone()));
        }
        let (visitor_filters, session_filters) = filters
            .into_iter()
            .partition(|(_, filter)| filter.scope == FilterScope::Visitor);
        Ok(Self {
            request,
            zone,
            range,
            dimensions,
            part,
            session_filters,
            visitor_filters,
        })
    }
}

fn check_limits(request: &Request, surroundings: &Surroundings) -> Result<(), ReportError> {
    let rows = surroundings.limits.rows;
    match request.limit {
        Some(0) => {
            return Err(ReportError::invalid(
                "limit",
                format!("limit is 1 to {rows}"),
            ));
        }
        Some(limit) if limit > rows => {
            return Err(ReportError::TooLarge {
                limit: "rows of an answer",
                message: format!(
                    "limit: {limit} rows, {rows} are answered at once; follow `next`, or ask for \
                     `everythingElse`"
                ),
            });
        }
        _ => {}
    }
    if request.filters.len() > FILTERS_MAX {
        return Err(ReportError::TooLarge {
            limit: "filters of a report",
            message: format!(
                "filters: {} are given, {FILTERS_MAX} are taken; `in` takes many values",
                request.filters.len()
            ),
        });
    }
    Ok(())
}

fn dimensions(request: &Request) -> Result<(Vec<Attribute>, Option<Scope>), ReportError> {
    if request.dimensions.len() > DIMENSIONS_MAX {
        return Err(ReportError::TooLarge {
            limit: "dimensions of a report",
            message: format!(
                "dimensions: {} are asked for, {DIMENSIONS_MAX} are answered",
                request.dimensions.len()
            ),
        });
    }
    let mut dimensions: Vec<Attribute> = Vec::new();
    let mut part = None;
    for (number, name) in request.dimensions.iter().enumerate() {
        let field = format!("dimensions[{number}]");
        let attribute = find_attribute(name, &field)?;
        if let Some(scope) = part_scope(attribute.scope) {
            let first = *part.get_or_insert(scope);
            if first != scope {
                let message = format!(
                    "dimensions of {} and {} do not meet; take those of one of them, and of the \
                     session",
                    first.name(),
                    scope.name()
                );
                return Err(ReportError::invalid(field, message));
            }
        }
        if dimensions.iter().any(|known| known.name == attribute.name) {
            return Err(ReportError::invalid(
                field,
                format!("{name:?} is there twice"),
            ));
        }
        dimensions.push(attribute);
    }
    Ok((dimensions, part))
}

/// What a source could not do, as the asker sees it.
pub(crate) fn failed(error: SourceError) -> ReportError {
    match error {
        SourceError::Gone(why) => ReportError::Gone(why),
        SourceError::NoToken(_) => ReportError::invalid("asOf", error.to_string()),
        SourceError::TooLarge { limit, message } => ReportError::TooLarge { limit, message },
        SourceError::Stopped(why) => why,
        SourceError::Unavailable(why) => ReportError::Unavailable(why),
        SourceError::NotOpen(why) => ReportError::invalid("includeOpen", why),
        SourceError::Failed(_) => ReportError::Internal(error.to_string()),
    }
}
