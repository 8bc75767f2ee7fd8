//! Panels over the time of the clock: concurrent viewers and sessions (R9.1), playback time spent
//! (R9.2).

use playhead_model::report::{
    Answer, Cell, Extreme, Granularity, HeadingKind, ReportError, Row, Summary,
};
use playhead_model::time::seconds_of_ms;

use super::{heading, refuse_table_fields};
use crate::axis::Axis;
use crate::plan::failed;
use crate::select::{ClockColumns, When, code_of, span};
use crate::source::Table;
use crate::table::Run;

/// The longest answer if no step is asked for (R9.1).
const ROWS_MAX: i64 = 1_440;
/// The steps that are tried then.
const STEPS: [Granularity; 6] = [
    Granularity::Minute,
    Granularity::FiveMinutes,
    Granularity::QuarterHour,
    Granularity::HalfHour,
    Granularity::Hour,
    Granularity::Day,
];

/// A session as it is on the clock: the unit of its first and of its last instant, and its visitor.
#[derive(Clone, Copy)]
struct Stay {
    first: u32,
    last: u32,
    visitor: u32,
}

impl Run<'_> {
    /// R9.1: in each minute (or second) the different visitors with a session that is active in it,
    /// and the sessions.
    pub(crate) fn concurrency(&self) -> Result<Answer, ReportError> {
        refuse_table_fields(self.plan, false)?;
        let step = self.step();
        let rows = self.axis(step, self.plan.range)?;
        let unit = if step == Granularity::Second {
            Granularity::Second
        } else {
            Granularity::Minute
        };
        let limit = self.surroundings.limits.fine_units;
        let fine = Axis::new(&self.plan.zone, self.plan.range, unit, limit)?;
        let stays = self.stays(&fine)?;
        let sessions = count_sessions(&stays, fine.len());
        let viewers = count_viewers(stays, fine.len());

        let mut answer = self.answer(vec![
            heading("time", "Time", "ms", HeadingKind::Dimension),
            heading(
                "viewers",
                "Concurrent viewers",
                "count",
                HeadingKind::Metric,
            ),
            heading(
                "sessions",
                "Concurrent sessions",
                "count",
                HeadingKind::Metric,
            ),
        ]);
        answer.buckets = rows.starts().to_vec();
        let coarse = [
            largest(&viewers, &fine, &rows),
            largest(&sessions, &fine, &rows),
        ];
        answer.summary = Some(Summary {
            viewers: extreme(&coarse[0], &rows),
            sessions: extreme(&coarse[1], &rows),
        });
        answer.total_series = coarse
            .into_iter()
            .map(|values| values.into_iter().map(Cell::Int).collect())
            .collect();
        Ok(answer)
    }

    /// R9.2: seconds of active span in each unit of time.
    pub(crate) fn time_spent(&self) -> Result<Answer, ReportError> {
        refuse_table_fields(self.plan, false)?;
        let axis = self.axis(self.step(), self.plan.range)?;
        let (first, last) = self.plan.request.clock.columns();
        let (from, to) = self.plan.range;
        let selected = self.select(When::Active, self.plan.range, None)?;
        let units = axis.len();
        let sums = self.threads.fold(
            &selected,
            // Whole units by the places where they begin and end, and the rest by itself.
            || (vec![0_i64; units + 1], vec![0_i64; units]),
            |(whole, rest), _, selected| {
                let chunk = &selected.chunk;
                let started = chunk.column(Table::Sessions, first).map_err(failed)?;
                let ended = chunk.column(Table::Sessions, last).map_err(failed)?;
                selected.sessions.each(|row| {
                    let (begin, end) = span(&started, &ended, row);
                    let (begin, end) = (begin.max(from), end.min(to));
                    let (one, other) = (axis.place(begin), axis.place(end - 1));
                    if one == other {
                        rest[one] += end - begin;
                        return;
                    }
                    rest[one] += axis.unit(one).1 - begin;
                    rest[other] += end - axis.unit(other).0;
                    whole[one + 1] += 1;
                    whole[other] -= 1;
                });
                Ok(())
            },
        )?;
        let mut spent = vec![0_i64; units];
        for (whole, rest) in sums {
            let mut active = 0;
            for unit in 0..units {
                active += whole[unit];
                let (begin, end) = axis.unit(unit);
                spent[unit] += rest[unit] + active * (end - begin);
            }
        }
        let title = "Playback time spent";
        let mut answer = self.answer(vec![
            heading("time", "Time", "ms", HeadingKind::Dimension),
            heading("timeSpent", title, "s", HeadingKind::Metric),
        ]);
        answer.buckets = axis.starts().to_vec();
        answer.totals = vec![Cell::Int(seconds_of_ms(spent.iter().sum()))];
        answer.total_series = vec![
            spent
                .into_iter()
                .map(|ms| Cell::Int(seconds_of_ms(ms)))
                .collect(),
        ];
        Ok(answer)
    }

    /// The step that is asked for, or the finest with few enough rows.
    fn step(&self) -> Granularity {
        let (from, to) = self.plan.range;
        let fits = |step: &&Granularity| (to - from - 1) / step.about_ms() < ROWS_MAX;
        let finest = || STEPS.iter().find(fits).copied().unwrap_or(Granularity::Day);
        self.plan.request.granularity.unwrap_or_else(finest)
    }

    fn stays(&self, axis: &Axis) -> Result<Vec<Stay>, ReportError> {
        let (first, last) = self.plan.request.clock.columns();
        let (from, to) = self.plan.range;
        let selected = self.select(When::Active, self.plan.range, None)?;
        let stays = self.threads.map(&selected, |selected| {
            let chunk = &selected.chunk;
            let started = chunk.column(Table::Sessions, first).map_err(failed)?;
            let ended = chunk.column(Table::Sessions, last).map_err(failed)?;
            let visitors = chunk.column(Table::Sessions, "visitor").map_err(failed)?;
            let mut stays = Vec::with_capacity(selected.sessions.len());
            selected.sessions.each(|row| {
                let (begin, end) = span(&started, &ended, row);
                stays.push(Stay {
                    first: axis.place(begin.max(from)) as u32,
                    last: axis.place(end.min(to) - 1) as u32,
                    visitor: code_of(&visitors, row),
                });
            });
            Ok(stays)
        })?;
        Ok(stays.concat())
    }
}

fn count_sessions(stays: &[Stay], units: usize) -> Vec<i64> {
    let mut changes = vec![0; units + 1];
    for stay in stays {
        changes[stay.first as usize] += 1;
        changes[stay.last as usize + 1] -= 1;
    }
    running(changes)
}

/// Stays of one visitor that touch or overlap count once: taken in order of their first units, each
/// adds what lies behind the units that the visitor has already.
fn count_viewers(stays: Vec<Stay>, units: usize) -> Vec<i64> {
    let visitors = stays.iter().map(|stay| stay.visitor).max().unwrap_or(0);
    let mut reached = vec![0_u32; visitors as usize + 1];
    let mut changes = vec![0; units + 1];
    for stay in by_first(stays, units) {
        let reached = &mut reached[stay.visitor as usize];
        let first = stay.first.max(*reached);
        if first <= stay.last {
            changes[first as usize] += 1;
            changes[stay.last as usize + 1] -= 1;
            *reached = stay.last + 1;
        }
    }
    running(changes)
}

/// Sorts by the first unit: by counting, if units are not many more than stays.
fn by_first(mut stays: Vec<Stay>, units: usize) -> Vec<Stay> {
    if units > 4 * stays.len() {
        stays.sort_unstable_by_key(|stay| stay.first);
        return stays;
    }
    let mut places = vec![0_u32; units + 1];
    for stay in &stays {
        places[stay.first as usize + 1] += 1;
    }
    for unit in 0..units {
        places[unit + 1] += places[unit];
    }
    let mut sorted = vec![
        Stay {
            first: 0,
            last: 0,
            visitor: 0
        };
        stays.len()
    ];
    for stay in stays {
        let place = &mut places[stay.first as usize];
        sorted[*place as usize] = stay;
        *place += 1;
    }
    sorted
}

fn running(changes: Vec<i64>) -> Vec<i64> {
    let units = changes.len() - 1;
    let mut now = 0;
    let sums = changes.into_iter().map(|change| {
        now += change;
        now
    });
    sums.take(units).collect()
}

/// The largest value in each unit of the coarser axis.
fn largest(values: &[i64], fine: &Axis, coarse: &Axis) -> Vec<i64> {
    let mut largest = vec![0; coarse.len()];
    let mut place = 0;
    for (value, at) in values.iter().zip(fine.starts()) {
        while place + 1 < coarse.len() && coarse.unit(place).1 <= *at {
            place += 1;
        }
        largest[place] = largest[place].max(*value);
    }
    largest
}

fn extreme(values: &[i64], axis: &Axis) -> Extreme {
    let (mut most, mut least) = (0, 0);
    for place in 1..values.len() {
        if values[place] > values[most] {
            most = place;
        }
        if values[place] < values[least] {
            least = place;
        }
    }
    Extreme {
        maximum: values[most],
        maximum_at: axis.starts()[most],
        minimum: values[least],
        minimum_at: axis.starts()[least],
    }
}

/// A row of a panel over places in the content.
pub(super) fn row(key: String, values: impl IntoIterator<Item = i64>) -> Row {
    Row {
        key: vec![Some(key)],
        values: values.into_iter().map(Cell::Int).collect(),
        ..Row::default()
    }
}
