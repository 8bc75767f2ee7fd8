//! Panels over the place in the content: content time by minute or second (R9.3), views of
//! five-minute segments (R9.4) and of tenths (R9.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use playhead_model::report::{Answer, Granularity, HeadingKind, ReportError};
use playhead_model::time::seconds_of_us;

use super::clock::row;
use super::{heading, refuse_table_fields};
use crate::column::Column;
use crate::plan::failed;
use crate::select::{Selected, When};
use crate::source::Table;
use crate::table::Run;

const SECOND_US: i64 = 1_000_000;
const DAY_US: i64 = 86_400 * SECOND_US;
/// Places of one answer.
const PLACES_MAX: usize = 100_000;

/// What was watched of one place of the content.
#[derive(Clone, Copy, Debug, Default)]
struct Watched {
    time: i64,
    first: i64,
    again: i64,
    sessions: i64,
}

impl Watched {
    fn add(&mut self, other: Self) {
        self.time += other.time;
        self.first += other.first;
        self.again += other.again;
        self.sessions += other.sessions;
    }
}

type Places = BTreeMap<i64, Watched>;

impl Run<'_> {
    /// R9.3: content time by minute (or second) of the content; of live content by the time of
    /// day.
    pub(crate) fn retention(&self) -> Result<Answer, ReportError> {
        refuse_table_fields(self.plan, false)?;
        let step = match self.plan.request.granularity {
            Some(Granularity::Second) => SECOND_US,
            None | Some(Granularity::Minute) => 60 * SECOND_US,
            Some(other) => {
                let message = format!(
                    "{:?} is no step of the content; there are \"second\" and \"minute\"",
                    other.name()
                );
                return Err(ReportError::invalid("granularity", message));
            }
        };
        let places = self.by_place(|stretches, is_live, _, places| {
            let merged = union(stretches);
            let mut own: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
            each_place(stretches, step, is_live, |place, us| {
                own.entry(place).or_default().0 += us;
            });
            each_place(&merged, step, is_live, |place, us| {
                own.entry(place).or_default().1 += us;
            });
            for (place, (all, first)) in own {
                places.entry(place).or_default().add(Watched {
                    time: seconds_of_us(all),
                    first: seconds_of_us(first),
                    again: seconds_of_us(all - first),
                    sessions: 1,
                });
            }
        })?;
        let mut answer = self.answer(vec![
            heading("place", "Place in the content", "", HeadingKind::Dimension),
            heading("timePlayed", "Content time spent", "s", HeadingKind::Metric),
            heading(
                "firstTime",
                "Watched for the first time",
                "s",
                HeadingKind::Metric,
            ),
            heading("rewatchedTime", "Watched again", "s", HeadingKind::Metric),
            heading("sessions", "Sessions", "count", HeadingKind::Metric),
        ]);
        check_places(places.len())?;
        let rows = places.into_iter().map(|(place, it)| {
            row(
                place.to_string(),
                [it.time, it.first, it.again, it.sessions],
            )
        });
        answer.rows = rows.collect();
        answer.row_count = answer.rows.len() as u64;
        Ok(answer)
    }

    /// R9.4: sessions that watched any of each five minutes.
    pub(crate) fn segments(&self) -> Result<Answer, ReportError> {
        refuse_table_fields(self.plan, false)?;
        const STEP: i64 = 300 * SECOND_US;
        let places = self.by_place(|stretches, is_live, _, places| {
            let mut own = Vec::new();
            each_place(stretches, STEP, is_live, |place, _| own.push(place));
            count_each(own, places);
        })?;
        let name = |place: i64| format!("[{}-{}]", 5 * place, 5 * place + 5);
        self.views("segment", "Content segment", places, name)
    }

    /// R9.5: sessions that watched any of each tenth of the content.
    pub(crate) fn tenths(&self) -> Result<Answer, ReportError> {
        refuse_table_fields(self.plan, false)?;
        let places = self.by_place(|stretches, is_live, length, places| {
            if is_live || length <= 0 {
                return;
            }
            let mut own = Vec::new();
            for (from, to) in stretches.iter().filter(|(from, to)| from < to) {
                let tenth = |at: i64| (i128::from(at) * 10).div_euclid(i128::from(length)) as i64;
                let last = (i128::from(*to) * 10 - 1).div_euclid(i128::from(length)) as i64;
                own.extend(tenth(*from).max(0)..=last.min(9));
            }
            count_each(own, places);
        })?;
        let name = |place: i64| format!("{}-{}%", 10 * place, 10 * place + 10);
        self.views("tenth", "Tenth of the content", places, name)
    }

    fn views(
        &self,
        dimension: &str,
        title: &str,
        places: Places,
        name: impl Fn(i64) -> String,
    ) -> Result<Answer, ReportError> {
        check_places(places.len())?;
        let mut answer = self.answer(vec![
            heading(dimension, title, "text", HeadingKind::Dimension),
            heading("sessions", "Sessions", "count", HeadingKind::Metric),
        ]);
        let rows = places
            .into_iter()
            .map(|(place, it)| row(name(place), [it.sessions]));
        answer.rows = rows.collect();
        answer.row_count = answer.rows.len() as u64;
        answer.rows_overlap = true;
        Ok(answer)
    }

    /// Adds up by place what `work` finds in the stretches of each session: those, whether it is
    /// live, and the length of the content, µs.
    fn by_place(
        &self,
        work: impl Fn(&[(i64, i64)], bool, i64, &mut Places) + Sync,
    ) -> Result<Places, ReportError> {
        let selected = self.select(When::Closed, self.plan.range, None)?;
        let sums = self
            .threads
            .fold(&selected, Places::new, |places, _, selected| {
                each_session(selected, |stretches, is_live, length| {
                    work(stretches, is_live, length, places);
                })
            })?;
        let mut sums = sums.into_iter();
        let mut all = sums.next().unwrap_or_default();
        for (place, watched) in sums.flatten() {
            all.entry(place).or_default().add(watched);
        }
        Ok(all)
    }
}

fn each_session(
    selected: &Selected,
    mut work: impl FnMut(&[(i64, i64)], bool, i64),
) -> Result<(), ReportError> {
    let column = |name| -> Result<Arc<Column>, ReportError> {
        selected.chunk.column(Table::Sessions, name).map_err(failed)
    };
    let (watched, live, length) = (column("watched")?, column("isLive")?, column("lengthUs")?);
    let Column::Spans(spans) = &*watched else {
        return Ok(());
    };
    selected.sessions.each(|row| {
        let is_live = live.number(row) == Some(1);
        work(spans.of(row), is_live, length.number(row).unwrap_or(0));
    });
    Ok(())
}

/// Cuts stretches at whole steps; of live content places are those of the day.
fn each_place(stretches: &[(i64, i64)], step: i64, is_live: bool, mut work: impl FnMut(i64, i64)) {
    for (from, to) in stretches {
        let mut at = *from;
        while at < *to {
            let until = (*to).min((at.div_euclid(step) + 1) * step);
            let place = if is_live { at.rem_euclid(DAY_US) } else { at };
            work(place.div_euclid(step), until - at);
            at = until;
        }
    }
}

fn count_each(mut places: Vec<i64>, sums: &mut Places) {
    places.sort_unstable();
    places.dedup();
    for place in places {
        sums.entry(place).or_default().sessions += 1;
    }
}

/// The same content without what is there twice.
fn union(stretches: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut sorted = stretches.to_vec();
    sorted.sort_unstable();
    let mut union: Vec<(i64, i64)> = Vec::with_capacity(sorted.len());
    for (from, to) in sorted {
        match union.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => union.push((from, to)),
        }
    }
    union
}

fn check_places(count: usize) -> Result<(), ReportError> {
    if count <= PLACES_MAX {
        return Ok(());
    }
    Err(ReportError::TooLarge {
        limit: "places of the content",
        message: format!(
            "granularity: {count} places of the content, {PLACES_MAX} are answered; filter by one \
             content, or take \"minute\""
        ),
    })
}
