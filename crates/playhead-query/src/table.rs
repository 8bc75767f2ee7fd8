//! The ordinary report: metrics by dimensions, with order, limit, the rest, series and comparison.

use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::HashMap;
use playhead_model::catalog::{Attribute, Scope};
use playhead_model::report::{
    Answer, Cell, Check, Compare, Compared, Direction, Filter, Granularity, Heading, HeadingKind,
    Instant, Operation, Range, ReportError, Row, Series,
};
use playhead_model::row::DEFINITION_VERSION;

use crate::aggregate::{Places, Question, Sums};
use crate::axis::Axis;
use crate::column::NULL;
use crate::dimension::Coder;
use crate::filter::Condition;
use crate::group::Keys;
use crate::metric::Metrics;
use crate::plan::{Plan, Surroundings};
use crate::range;
use crate::select::{Selected, Selection, When};
use crate::source::{Chunk, Read};
use crate::threads::Threads;

/// What every kind of report runs with.
pub(crate) struct Run<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) read: &'a Read,
    pub(crate) threads: &'a Threads<'a>,
}

/// A row before it is answered.
struct Ranked {
    key: u64,
    cells: Vec<Cell>,
}

impl Run<'_> {
    /// The rows that are selected, in another range and segment if one is given.
    pub(crate) fn select(
        &self,
        when: When,
        range: (i64, i64),
        segment: Option<&[(String, Filter)]>,
    ) -> Result<Vec<Selected>, ReportError> {
        let plan = self.plan;
        let mut selection = Selection {
            range,
            when,
            clock: plan.request.clock,
            bots: plan.request.bots,
            position: self.read.position,
            session: &[],
            visitor: &[],
        };
        let chunks = selection.prune(&self.read.chunks);
        let compile = |filters: &[(String, Filter)]| {
            let compiled = filters
                .iter()
                .map(|(field, filter)| Condition::new(filter, field, &chunks, &plan.zone));
            compiled.collect::<Result<Vec<_>, _>>()
        };
        let session = compile(segment.unwrap_or(&plan.session_filters))?;
        let visitor = compile(&plan.visitor_filters)?;
        selection.session = &session;
        selection.visitor = &visitor;
        selection.run(&chunks, self.threads)
    }

    /// An answer with everything but rows.
    pub(crate) fn answer(&self, headings: Vec<Heading>) -> Answer {
        let plan = self.plan;
        let mut request = plan.request.clone();
        request.zone = Some(plan.zone.name.clone());
        request.range = Range {
            from: Some(Instant::Ms(plan.range.0)),
            to: Some(Instant::Ms(plan.range.1)),
            last: None,
        };
        let is_open = |chunk: &Arc<dyn Chunk>| chunk.is_open();
        Answer {
            as_of: self.read.as_of.clone(),
            definition_version: DEFINITION_VERSION,
            provisional: self.read.chunks.iter().any(is_open),
            bots: request.bots,
            clock: request.clock,
            zone: plan.zone.name.clone(),
            from: plan.range.0,
            to: plan.range.1,
            request,
            headings,
            rows: Vec::new(),
            everything_else: None,
            totals: Vec::new(),
            row_count: 0,
            buckets: Vec::new(),
            total_series: Vec::new(),
            compared: None,
            checks: Vec::new(),
            rows_overlap: false,
            summary: None,
            notes: Vec::new(),
            next: None,
        }
    }

    pub(crate) fn table(&self) -> Result<Answer, ReportError> {
        let request = &self.plan.request;
        let metrics = Metrics::new(&request.metrics, self.surroundings, self.plan.range)?;
        let scopes = metrics.scopes();
        check_scopes(&scopes, self.plan.part)?;
        let axis = request
            .granularity
            .map(|unit| self.axis(unit, self.plan.range));
        let axis = axis.transpose()?;
        let selected = self.select(When::Closed, self.plan.range, None)?;
        let other = self.compared()?;
        let keys = self.keys(&selected, other.as_ref())?;

        // Without dimensions every session counts once.
        let whole = Keys::new(Vec::new(), None)?;

        let ask = |selected: &[Selected], places, axis: Option<&Axis>| {
            let question = Question {
                selected,
                keys: if matches!(places, Places::One) {
                    &whole
                } else {
                    &keys
                },
                metrics: &metrics,
                places,
                axis: axis.map(|axis| (axis, request.clock)),
                limits: &self.surroundings.limits,
            };
            question.answer(self.threads)
        };
        let all = ask(&selected, Places::All, None)?;
        let mut answer = self.answer(self.headings(&metrics));
        answer.notes.clone_from(&all.notes);
        let total = ask(&selected, Places::One, None)?;
        answer.totals = cells(&metrics, &total, 0);

        let mut ranked = self.ranked(&keys, &metrics, all)?;
        answer.row_count = ranked.len() as u64;
        let offset = self.offset()?;
        let limit = request
            .limit
            .unwrap_or(self.surroundings.limits.rows_default);
        let order = self.order(&keys, &metrics)?;
        if offset + limit < ranked.len() {
            answer.next = Some(format!("r-{}", offset + limit));
        }
        let shown = page(&mut ranked, offset, limit, order);
        let places: HashMap<u64, u32> = shown.iter().map(|row| row.key).zip(0..).collect();
        answer.rows_overlap = keys.overlap(&scopes);
        if request.everything_else {
            let rest = places.len() as u32;
            let chosen = Places::Chosen {
                places: &places,
                rest: Some(rest),
            };
            let sums = ask(&selected, chosen, None)?;
            answer.everything_else = Some(cells(&metrics, &sums, rest.into()));
        }
        answer.rows = shown
            .iter()
            .map(|row| Row {
                key: keys.texts(row.key),
                values: row.cells.clone(),
                ..Row::default()
            })
            .collect();
        let is_whole = answer.rows.len() as u64 == answer.row_count || request.everything_else;
        if is_whole && request.having.is_empty() && offset == 0 {
            answer.checks = checks(&metrics, &answer);
        }
        if let Some(axis) = &axis {
            self.check_cells(answer.rows.len(), axis.len(), metrics.outputs.len())?;
            answer.buckets = axis.starts().to_vec();
            let chosen = Places::Chosen {
                places: &places,
                rest: None,
            };
            let sums = ask(&selected, chosen, Some(axis))?;
            for (row, place) in answer.rows.iter_mut().zip(0..) {
                row.series = series(&metrics, &sums, axis, place);
            }
            let sums = ask(&selected, Places::One, Some(axis))?;
            answer.total_series = series(&metrics, &sums, axis, 0);
        }
        if let Some(other) = other {
            let chosen = Places::Chosen {
                places: &places,
                rest: None,
            };
            let sums = ask(&other.selected, chosen, None)?;
            for (row, place) in answer.rows.iter_mut().zip(0..) {
                row.compared = cells(&metrics, &sums, place);
            }
            let total = ask(&other.selected, Places::One, None)?;
            let mut compared = Compared {
                request: self.request_of(&other, &answer),
                from: other.range.0,
                to: other.range.1,
                totals: cells(&metrics, &total, 0),
                buckets: Vec::new(),
                total_series: Vec::new(),
            };
            if let Some(unit) = request.granularity {
                let axis = self.axis(unit, other.range)?;
                let sums = ask(&other.selected, Places::One, Some(&axis))?;
                compared.buckets = axis.starts().to_vec();
                compared.total_series = series(&metrics, &sums, &axis, 0);
            }
            answer.compared = Some(compared);
        }
        Ok(answer)
    }

    pub(crate) fn axis(&self, unit: Granularity, range: (i64, i64)) -> Result<Axis, ReportError> {
        Axis::new(&self.plan.zone, range, unit, self.surroundings.limits.units)
    }

    fn check_cells(&self, rows: usize, units: usize, metrics: usize) -> Result<(), ReportError> {
        let limit = self.surroundings.limits.cells;
        let cells = (rows + 1) * units * metrics;
        if cells <= limit {
            return Ok(());
        }
        Err(ReportError::TooLarge {
            limit: "numbers of an answer",
            message: format!(
                "granularity: {rows} rows by {units} units of time and {metrics} metrics are \
                 {cells} numbers, {limit} are answered; take a coarser granularity or a lower limit"
            ),
        })
    }

    /// The dimensions over all chunks that are looked at.
    fn keys(&self, selected: &[Selected], other: Option<&Other>) -> Result<Keys, ReportError> {
        let others = other.iter().flat_map(|other| &other.selected);
        let chunks = selected.iter().chain(others);
        let chunks: Vec<Arc<dyn Chunk>> = chunks.map(|some| some.chunk.clone()).collect();
        let coders = self
            .plan
            .dimensions
            .iter()
            .map(|attribute| Coder::new(attribute.clone(), &chunks, &self.plan.zone));
        Keys::new(coders.collect::<Result<_, _>>()?, self.plan.part)
    }

    fn headings(&self, metrics: &Metrics) -> Vec<Heading> {
        let dimensions = self.plan.dimensions.iter().map(heading);
        let metrics = metrics.outputs.iter().map(|output| output.heading.clone());
        dimensions.chain(metrics).collect()
    }

    /// The rows that meet the conditions on their numbers.
    fn ranked(
        &self,
        keys: &Keys,
        metrics: &Metrics,
        sums: Sums,
    ) -> Result<Vec<Ranked>, ReportError> {
        let mut having = Vec::new();
        for (number, condition) in self.plan.request.having.iter().enumerate() {
            let field = format!("having[{number}]");
            let place = self.metric(metrics, &condition.metric, &format!("{field}.metric"))?;
            if !condition.op.is_inequality() && condition.op != Operation::Equal {
                let message = "numbers are compared by =, <, <=, > and >=";
                return Err(ReportError::invalid(format!("{field}.op"), message));
            }
            having.push((place, condition.op, condition.value));
        }
        if keys.coders.is_empty() && sums.groups.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sums.groups.into_iter().map(|(key, gathered)| Ranked {
            key,
            cells: metrics.cells(&gathered),
        });
        let meets = |row: &Ranked| {
            having.iter().all(|(place, operation, value)| {
                let number = row.cells[*place].number();
                number.is_some_and(|number| match operation {
                    Operation::Less => number < *value,
                    Operation::AtMost => number <= *value,
                    Operation::More => number > *value,
                    Operation::AtLeast => number >= *value,
                    _ => number == *value,
                })
            })
        };
        Ok(rows.filter(meets).collect())
    }

    fn metric(&self, metrics: &Metrics, name: &str, field: &str) -> Result<usize, ReportError> {
        let mut outputs = metrics.outputs.iter();
        outputs
            .position(|output| output.heading.name == name)
            .ok_or_else(|| {
                let message = format!("{name:?} is not one of `metrics`");
                ReportError::invalid(field, message)
            })
    }

    /// The order of rows: by what is asked for, then by the values of the dimensions.
    fn order<'a>(
        &self,
        keys: &'a Keys,
        metrics: &Metrics,
    ) -> Result<impl Fn(&Ranked, &Ranked) -> Ordering + use<'a>, ReportError> {
        let order = self.plan.request.order.as_ref();
        let by = order.map_or(metrics.outputs[0].heading.name.as_str(), |order| &order.by);
        let descending = order.is_none_or(|order| order.direction == Direction::Descending);
        let dimension = keys
            .coders
            .iter()
            .position(|coder| coder.attribute.name == by);
        let mut outputs = metrics.outputs.iter();
        let metric = outputs.position(|output| output.heading.name == by);
        if dimension.is_none() && metric.is_none() {
            let message = format!("{by:?} is neither one of `metrics` nor of `dimensions`");
            return Err(ReportError::invalid("order.by", message));
        }
        Ok(move |one: &Ranked, other: &Ranked| {
            let first = match (metric, dimension) {
                (Some(place), _) => compare_cells(one.cells[place], other.cells[place], descending),
                (None, Some(place)) => {
                    let ordering = compare_keys(keys, one.key, other.key, Some(place));
                    if descending {
                        ordering.reverse()
                    } else {
                        ordering
                    }
                }
                (None, None) => Ordering::Equal,
            };
            first.then_with(|| compare_keys(keys, one.key, other.key, None))
        })
    }

    fn offset(&self) -> Result<usize, ReportError> {
        let Some(cursor) = &self.plan.request.cursor else {
            return Ok(0);
        };
        let offset = cursor
            .strip_prefix("r-")
            .and_then(|offset| offset.parse().ok());
        offset.ok_or_else(|| ReportError::invalid("cursor", "it is not one that an answer gave"))
    }

    fn compared(&self) -> Result<Option<Other>, ReportError> {
        let Some(compare) = &self.plan.request.compare else {
            return Ok(None);
        };
        let range = range::compared(compare, &self.plan.zone, self.plan.range);
        let filters = match compare {
            Compare::Segment(segment) => {
                let mut request = self.plan.request.clone();
                request.segment = Some(segment.clone());
                Some(Plan::new(&request, self.surroundings)?.session_filters)
            }
            Compare::Period(_) => None,
        };
        let selected = self.select(When::Closed, range, filters.as_deref())?;
        Ok(Some(Other { range, selected }))
    }

    fn request_of(&self, other: &Other, answer: &Answer) -> playhead_model::report::Request {
        let mut request = answer.request.clone();
        if let Some(Compare::Segment(segment)) = request.compare.take() {
            request.segment = Some(segment);
        }
        request.range.from = Some(Instant::Ms(other.range.0));
        request.range.to = Some(Instant::Ms(other.range.1));
        request
    }
}

/// The heading of a dimension.
pub(crate) fn heading(attribute: &Attribute) -> Heading {
    Heading {
        name: attribute.name.to_string(),
        title: attribute.title.to_string(),
        unit: if attribute.is_list { "list" } else { "text" }.to_owned(),
        kind: HeadingKind::Dimension,
    }
}

/// What is compared with.
struct Other {
    range: (i64, i64),
    selected: Vec<Selected>,
}

/// Metrics of parts of a session and dimensions of other parts do not meet.
fn check_scopes(scopes: &[Scope], part: Option<Scope>) -> Result<(), ReportError> {
    let Some(part) = part else { return Ok(()) };
    let foreign = scopes
        .iter()
        .find(|scope| **scope != Scope::Session && **scope != part);
    foreign.map_or(Ok(()), |scope| {
        let message = format!(
            "metrics of {0} do not meet dimensions of {1}; take metrics of the session or of {1}",
            scope.name(),
            part.name()
        );
        Err(ReportError::invalid("metrics", message))
    })
}

pub(crate) fn cells(metrics: &Metrics, sums: &Sums, place: u64) -> Vec<Cell> {
    let nothing = vec![None; metrics.needs.len()];
    metrics.cells(sums.groups.get(&place).unwrap_or(&nothing))
}

/// By metric, then by unit of time.
fn series(metrics: &Metrics, sums: &Sums, axis: &Axis, place: u64) -> Vec<Series> {
    let units = axis.len() as u64;
    let mut series = vec![Vec::with_capacity(axis.len()); metrics.outputs.len()];
    for unit in 0..units {
        let of_unit = cells(metrics, sums, place * units + unit);
        for (series, cell) in series.iter_mut().zip(of_unit) {
            series.push(cell);
        }
    }
    series
}

/// Puts the rows of a page in order; the others stay as they are.
fn page(
    rows: &mut [Ranked],
    offset: usize,
    limit: usize,
    order: impl Fn(&Ranked, &Ranked) -> Ordering,
) -> &[Ranked] {
    let end = offset.saturating_add(limit).min(rows.len());
    if offset >= end {
        return &[];
    }
    if end < rows.len() {
        rows.select_nth_unstable_by(end, &order);
    }
    rows[..end].sort_unstable_by(&order);
    &rows[offset..end]
}

fn compare_cells(one: Cell, other: Cell, descending: bool) -> Ordering {
    match (one.number(), other.number()) {
        (Some(one), Some(other)) if descending => other.total_cmp(&one),
        (Some(one), Some(other)) => one.total_cmp(&other),
        // Empty cells come last, whatever the direction.
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}

/// By the value of one dimension or of all, "no value" last.
fn compare_keys(keys: &Keys, one: u64, other: u64, only: Option<usize>) -> Ordering {
    let pairs = keys.codes(one).zip(keys.codes(other)).enumerate();
    for (place, ((coder, one), (_, other))) in pairs {
        if only.is_some_and(|only| only != place) || one == other {
            continue;
        }
        if one == NULL || other == NULL {
            return (one == NULL).cmp(&(other == NULL));
        }
        let ordering = coder.compare(one, other);
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}

/// Rows and the rest against the total, for metrics that add up.
fn checks(metrics: &Metrics, answer: &Answer) -> Vec<Check> {
    let sum = |place: usize| {
        let rows = answer.rows.iter().map(|row| row.values[place]);
        let rest = answer.everything_else.iter().map(|cells| cells[place]);
        rows.chain(rest)
            .fold(Cell::Int(0), |sum, cell| match (sum, cell) {
                (Cell::Int(sum), Cell::Int(more)) => Cell::Int(sum.saturating_add(more)),
                (sum, more) => {
                    Cell::Float(sum.number().unwrap_or(0.0) + more.number().unwrap_or(0.0))
                }
            })
    };
    let additive = metrics.outputs.iter().enumerate().filter(|(_, output)| {
        let plain = output.plain.as_ref();
        plain.is_some_and(|measure| measure.is_additive() && measure.scale == 1)
    });
    additive
        .map(|(place, output)| {
            let (rows, total) = (sum(place), answer.totals[place]);
            Check {
                metric: output.heading.name.clone(),
                rows,
                total,
                equal: rows == total,
            }
        })
        .collect()
}
