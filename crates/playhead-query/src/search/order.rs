//! The order of sessions that are found, and the place of each in it.

use playhead_model::catalog::Measure;
use playhead_model::report::{AxisClock, Direction, ReportError, SearchRequest};

use super::find_number;
use crate::plan::failed;
use crate::select::{ClockColumns, Selected};
use crate::source::{Chunk, Table};

/// What sessions are ordered by if it is no metric.
pub(super) const START: &str = "start";

/// The place of a session: what comes first is less. Those without a value come last, and of equal
/// ones the later start comes first; the position of its start is different for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    has_no_value: bool,
    /// Reversed where the greatest comes first.
    value: i64,
    reversed_position: i64,
}

/// What sessions are ordered by.
#[derive(Debug)]
pub(super) struct By {
    name: String,
    /// Nothing for the start.
    measure: Option<Measure>,
    direction: Direction,
}

impl By {
    /// # Errors
    /// If sessions cannot be put in this order.
    pub(super) fn new(request: &SearchRequest) -> Result<Self, ReportError> {
        let order = request.order.as_ref();
        let name = order.map_or(START, |order| &order.by);
        let measure = (name != START).then(|| find_number(name)).transpose()?;
        Ok(Self {
            name: name.to_owned(),
            measure,
            direction: order.map(|order| order.direction).unwrap_or_default(),
        })
    }

    /// Whether chunks tell how their sessions lie in this order.
    pub(super) fn is_bounded(&self) -> bool {
        self.measure.is_none()
    }

    fn rank(&self, value: Option<i64>, position: i64) -> Rank {
        let value = match self.direction {
            Direction::Descending => value.map(|value| !value),
            Direction::Ascending => value,
        };
        Rank {
            has_no_value: value.is_none(),
            value: value.unwrap_or(0),
            reversed_position: !position,
        }
    }

    /// Ranks before and behind which no session of a chunk lies.
    pub(super) fn bounds(&self, chunk: &dyn Chunk, clock: AxisClock) -> (Rank, Rank) {
        let (least, greatest) = if self.measure.is_some() {
            (Some(i64::MIN), None)
        } else {
            let times = match clock {
                AxisClock::Client => chunk.started(),
                AxisClock::Server => chunk.started_at(),
            };
            (Some(times.least), Some(times.greatest))
        };
        let (first, last) = match self.direction {
            Direction::Ascending => (least, greatest),
            Direction::Descending if greatest.is_none() => (Some(i64::MAX), None),
            Direction::Descending => (greatest, least),
        };
        (self.rank(first, i64::MAX), self.rank(last, i64::MIN))
    }

    /// The first of the selected rows of a chunk behind a rank.
    ///
    /// # Errors
    /// If a column cannot be read.
    pub(super) fn first(
        &self,
        selected: &Selected,
        clock: AxisClock,
        after: Option<Rank>,
        count: usize,
    ) -> Result<Vec<(Rank, u32)>, ReportError> {
        let column = |name| {
            let column = selected.chunk.column(Table::Sessions, name);
            column.map_err(failed)
        };
        let name = match &self.measure {
            Some(measure) => measure.column,
            None => clock.columns().0,
        };
        let values = column(name)?;
        let positions = column("startPosition")?;
        let mut first: Vec<(Rank, u32)> = Vec::new();
        let mut limit = None;
        selected.sessions.each(|row| {
            let position = positions.number(row).unwrap_or(0);
            let rank = self.rank(values.number(row), position);
            let is_behind = after.is_none_or(|after| rank > after);
            if !is_behind || limit.is_some_and(|limit| rank > limit) {
                return;
            }
            first.push((rank, row as u32));
            if first.len() == 2 * count {
                first.select_nth_unstable(count - 1);
                first.truncate(count);
                limit = first.last().map(|(rank, _)| *rank);
            }
        });
        Ok(first)
    }

    /// What names the place behind a session.
    pub(super) fn cursor(&self, rank: Rank) -> String {
        let value = match rank.has_no_value {
            true => "none".to_owned(),
            false => rank.value.to_string(),
        };
        let position = !rank.reversed_position;
        let direction = self.letter();
        format!("{value}.{position}.{direction}.{}", self.name)
    }

    fn letter(&self) -> &'static str {
        match self.direction {
            Direction::Descending => "d",
            Direction::Ascending => "a",
        }
    }

    /// # Errors
    /// If no answer in this order gave the cursor.
    pub(super) fn after(&self, cursor: Option<&str>) -> Result<Option<Rank>, ReportError> {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let parts: Vec<&str> = cursor.splitn(4, '.').collect();
        let rank = match parts[..] {
            [value, position, direction, name]
                if direction == self.letter() && name == self.name =>
            {
                let position: Option<i64> = position.parse().ok();
                let has_no_value = value == "none";
                let value = if has_no_value {
                    Some(0)
                } else {
                    value.parse().ok()
                };
                value.zip(position).map(|(value, position)| Rank {
                    has_no_value,
                    value,
                    reversed_position: !position,
                })
            }
            _ => None,
        };
        let message = "it is not one that an answer in this order gave";
        rank.map(Some)
            .ok_or_else(|| ReportError::invalid("cursor", message))
    }
}
