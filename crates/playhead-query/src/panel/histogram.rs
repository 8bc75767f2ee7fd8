//! How often each value of a metric occurs.

use playhead_model::report::{Answer, Cell, HeadingKind, MetricRequest, ReportError, Row};

use super::{heading, refuse_table_fields};
use crate::column::{Column, Lane, with_lane};
use crate::filter::find_measure;
use crate::plan::failed;
use crate::select::When;
use crate::source::Table;
use crate::table::Run;

/// Bins of one histogram.
const BINS_MAX: usize = 1_000;

impl Run<'_> {
    /// Sessions by the value of a metric: below the first edge, from each edge up to, not
    /// including, the next, and without a value.
    pub(crate) fn histogram(&self) -> Result<Answer, ReportError> {
        refuse_table_fields(self.plan, true)?;
        let [MetricRequest::Name(name)] = self.plan.request.metrics.as_slice() else {
            let message = "a histogram is of one metric, by its name";
            return Err(ReportError::invalid("metrics", message));
        };
        let measure = find_measure(name, "metrics[0]")?;
        if measure.column.is_empty() || measure.scope != playhead_model::catalog::Scope::Session {
            let message = format!("{name:?} is not a number of a session");
            return Err(ReportError::invalid("metrics[0]", message));
        }
        let edges = self.edges(measure.scale)?;
        let selected = self.select(When::Closed, self.plan.range, None)?;
        let sums = self.threads.fold(
            &selected,
            || vec![0_i64; edges.len() + 2],
            |counts, _, selected| {
                let chunk = &selected.chunk;
                let column = chunk
                    .column(Table::Sessions, measure.column)
                    .map_err(failed)?;
                let missing = edges.len() + 1;
                let Column::Ints(ints) = &*column else {
                    counts[missing] += selected.sessions.len() as i64;
                    return Ok(());
                };
                with_lane!(ints, values => selected.sessions.each(|row| {
                    let bin = values[row].number().map_or(missing, |value| {
                        edges.partition_point(|edge| *edge <= value)
                    });
                    counts[bin] += 1;
                }));
                Ok(())
            },
        )?;
        let mut counts = vec![0_i64; edges.len() + 2];
        for some in sums {
            counts
                .iter_mut()
                .zip(some)
                .for_each(|(sum, more)| *sum += more);
        }
        let unit = measure.unit.name();
        let mut answer = self.answer(vec![
            heading(name, &measure.title, unit, HeadingKind::Dimension),
            heading("sessions", "Sessions", "count", HeadingKind::Metric),
        ]);
        answer.totals = vec![Cell::Int(counts.iter().sum())];
        let edge = |place: usize| self.plan_edges()[place];
        for (place, count) in counts.into_iter().enumerate() {
            let key = match place {
                0 => Some(format!("<{}", edge(0))),
                place if place == edges.len() => Some(format!("{}-", edge(place - 1))),
                place if place > edges.len() => None,
                place => Some(format!("{}-{}", edge(place - 1), edge(place))),
            };
            answer.rows.push(Row {
                key: vec![key],
                values: vec![Cell::Int(count)],
                ..Row::default()
            });
        }
        answer.row_count = answer.rows.len() as u64;
        Ok(answer)
    }

    /// The edges that are asked for, or 1, 2, 5, 10 and so on.
    fn plan_edges(&self) -> Vec<i64> {
        if !self.plan.request.edges.is_empty() {
            return self.plan.request.edges.clone();
        }
        let decades = (0..6).flat_map(|power| [1, 2, 5].map(|edge| edge * 10_i64.pow(power)));
        std::iter::once(0).chain(decades).collect()
    }

    fn edges(&self, scale: i64) -> Result<Vec<i64>, ReportError> {
        let edges = self.plan_edges();
        if edges.len() > BINS_MAX {
            return Err(ReportError::TooLarge {
                limit: "bins of a histogram",
                message: format!("edges: {} are given, {BINS_MAX} are taken", edges.len()),
            });
        }
        if edges.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(ReportError::invalid(
                "edges",
                "each edge is larger than the one before",
            ));
        }
        let scaled = edges.iter().map(|edge| edge.saturating_mul(scale));
        Ok(scaled.collect())
    }
}
