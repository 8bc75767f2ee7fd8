//! What is told of the sessions that are found.

use std::sync::Arc;

use playhead_model::catalog::{Aggregate, Attribute, Scope};
use playhead_model::report::{Cell, FoundSession, Heading, ReportError, SearchRequest};

use super::{Hit, Search};
use crate::aggregate::{Places, Question};
use crate::dimension::values_of;
use crate::filter::find_attribute;
use crate::group::Keys;
use crate::metric::Metrics;
use crate::plan::{Surroundings, failed};
use crate::select::{ClockColumns, Rows, Selected};
use crate::source::Table;
use crate::table::{cells, heading};

/// Most dimensions that are told of a session.
const DIMENSIONS_MAX: usize = 50;

/// What is told of each session.
pub(super) struct Columns {
    dimensions: Vec<Attribute>,
    metrics: Option<Metrics>,
}

impl Columns {
    pub(super) fn new(
        request: &SearchRequest,
        surroundings: &Surroundings,
        range: (i64, i64),
    ) -> Result<Self, ReportError> {
        if request.dimensions.len() > DIMENSIONS_MAX {
            return Err(ReportError::TooLarge {
                limit: "dimensions of a search",
                message: format!(
                    "dimensions: {} are asked for, {DIMENSIONS_MAX} are answered",
                    request.dimensions.len()
                ),
            });
        }
        let mut dimensions = Vec::new();
        for (number, name) in request.dimensions.iter().enumerate() {
            let field = format!("dimensions[{number}]");
            let attribute = find_attribute(name, &field)?;
            if attribute.scope != Scope::Session {
                let message = format!(
                    "{name:?} is of {}, of which a session may have many; filter by it, or look \
                     at one session",
                    attribute.scope.name()
                );
                return Err(ReportError::invalid(field, message));
            }
            dimensions.push(attribute);
        }
        let metrics = (!request.metrics.is_empty())
            .then(|| Metrics::new(&request.metrics, surroundings, range));
        Ok(Self {
            dimensions,
            metrics: metrics.transpose()?,
        })
    }

    pub(super) fn headings(&self) -> Vec<Heading> {
        let metrics = self.metrics.iter().flat_map(|metrics| &metrics.outputs);
        let metrics = metrics.map(|output| output.heading.clone());
        self.dimensions.iter().map(heading).chain(metrics).collect()
    }
}

impl Search<'_> {
    /// What is told of sessions, in their order.
    pub(super) fn tell(
        &self,
        hits: &[Hit],
        columns: &Columns,
    ) -> Result<Vec<FoundSession>, ReportError> {
        let mut by_chunk: Vec<(usize, &Hit)> = hits.iter().enumerate().collect();
        by_chunk.sort_by_key(|(_, hit)| Arc::as_ptr(&hit.selected));
        let groups = by_chunk.chunk_by(|(_, a), (_, b)| Arc::ptr_eq(&a.selected, &b.selected));
        let groups: Vec<&[(usize, &Hit)]> = groups.collect();
        let told = self.threads.map(&groups, |group| {
            let hits: Vec<&Hit> = group.iter().map(|(_, hit)| *hit).collect();
            self.tell_chunk(&hits, columns)
        })?;
        let places = groups.iter().flat_map(|group| group.iter());
        let places = places.map(|(place, _)| *place);
        let mut found: Vec<_> = places.zip(told.into_iter().flatten()).collect();
        found.sort_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, session)| session).collect())
    }

    /// What is told of sessions of one chunk.
    fn tell_chunk(
        &self,
        hits: &[&Hit],
        columns: &Columns,
    ) -> Result<Vec<FoundSession>, ReportError> {
        let Some(first) = hits.first() else {
            return Ok(Vec::new());
        };
        let chunk = &*first.selected.chunk;
        let rows: Vec<u32> = hits.iter().map(|hit| hit.row).collect();
        let column = |name| chunk.column(Table::Sessions, name).map_err(failed);
        let (started, ended) = self.plan.request.clock.columns();
        let (started, ended) = (column(started)?, column(ended)?);
        let ids = chunk.ids(&rows).map_err(failed)?;
        let mut values = Vec::new();
        for attribute in &columns.dimensions {
            values.push(values_of(attribute, chunk, &rows, &self.plan.zone)?.into_iter());
        }
        let mut sessions = Vec::new();
        for (hit, sid) in hits.iter().zip(ids) {
            let row = hit.row as usize;
            let start = started.number(row).unwrap_or(0);
            sessions.push(FoundSession {
                sid,
                start,
                end: ended.number(row).unwrap_or(start),
                provisional: chunk.is_open(),
                key: values.iter_mut().filter_map(Iterator::next).collect(),
                values: match &columns.metrics {
                    Some(metrics) => self.numbers(hit, metrics)?,
                    None => Vec::new(),
                },
            });
        }
        Ok(sessions)
    }

    /// The numbers of a report over one session, but nothing where it has no value.
    fn numbers(&self, hit: &Hit, metrics: &Metrics) -> Result<Vec<Cell>, ReportError> {
        let has_parts = metrics
            .scopes()
            .iter()
            .any(|scope| *scope != Scope::Session);
        let parts = has_parts.then(|| hit.selected.parts.clone());
        let selected = [Selected {
            chunk: hit.selected.chunk.clone(),
            sessions: Rows::Some(vec![hit.row]),
            parts: parts.unwrap_or_default(),
        }];
        let question = Question {
            selected: &selected,
            keys: &Keys::new(Vec::new(), None)?,
            metrics,
            places: Places::One,
            axis: None,
            limits: &self.surroundings.limits,
        };
        let mut cells = cells(metrics, &question.answer(self.threads)?, 0);
        // A sum of nothing is 0, but a session may have no value.
        for (cell, output) in cells.iter_mut().zip(&metrics.outputs) {
            let plain = output.plain.as_ref();
            if let Some(measure) = plain.filter(|it| it.aggregate == Aggregate::Sum)
                && measure.scope == Scope::Session
            {
                let column = hit
                    .selected
                    .chunk
                    .column(Table::Sessions, measure.column)
                    .map_err(failed)?;
                if column.number(hit.row as usize).is_none() {
                    *cell = Cell::Empty;
                }
            }
        }
        Ok(cells)
    }
}
