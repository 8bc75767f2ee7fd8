//! Adding up: everything that the metrics of a report need, by group.

use std::sync::Arc;

use hashbrown::HashMap;
use playhead_model::catalog::{Aggregate, Scope};
use playhead_model::report::{AxisClock, ReportError};

use crate::axis::Axis;
use crate::column::{Column, Lane, Words, with_lane};
use crate::group::{Frame, Keys};
use crate::metric::{Gathered, How, Metrics, Need};
use crate::plan::{Limits, failed};
use crate::quantile::{Values, percentiles};
use crate::select::{Rows, Selected, code_of};
use crate::source::Table;
use crate::threads::Threads;
use crate::visitors::Visitors;

/// Groups that are kept in arrays by key.
const DENSE_MAX: u64 = 1 << 20;
/// A row that counts nowhere.
const NOWHERE: u32 = u32::MAX;

/// Which keys count, and where.
pub(crate) enum Places<'a> {
    /// Every key has a place of its own.
    All,
    /// Everything in one place, whatever its key.
    One,
    /// Some keys have a place; the others share another, or count nowhere.
    Chosen {
        places: &'a HashMap<u64, u32>,
        rest: Option<u32>,
    },
}

/// What to add up.
pub(crate) struct Question<'a> {
    pub(crate) selected: &'a [Selected],
    pub(crate) keys: &'a Keys,
    pub(crate) metrics: &'a Metrics,
    pub(crate) places: Places<'a>,
    pub(crate) axis: Option<(&'a Axis, AxisClock)>,
    pub(crate) limits: &'a Limits,
}

/// What was added up of each group that has rows.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    /// By place and unit of time: what was gathered for each need.
    pub(crate) groups: HashMap<u64, Vec<Option<Gathered>>>,
    /// What has to be known about numbers that are estimates.
    pub(crate) notes: Vec<String>,
}

impl Question<'_> {
    /// # Errors
    /// If a column cannot be read, a limit strikes, or time is up.
    pub(crate) fn answer(&self, threads: &Threads<'_>) -> Result<Sums, ReportError> {
        let mut sums = Sums::default();
        for scope in self.metrics.scopes() {
            let needs: Vec<usize> = (0..self.metrics.needs.len())
                .filter(|need| self.metrics.needs[*need].measure.scope == scope)
                .collect();
            self.add_scope(scope, &needs, threads, &mut sums)?;
        }
        Ok(sums)
    }

    fn add_scope(
        &self,
        scope: Scope,
        needs: &[usize],
        threads: &Threads<'_>,
        sums: &mut Sums,
    ) -> Result<(), ReportError> {
        let words = self.visitor_words(needs, threads)?;
        let tallies = threads.fold(
            self.selected,
            || Tally::new(self, needs, &words),
            |tally, _, selected| tally.add(self, scope, needs, selected),
        )?;
        let mut tallies = tallies.into_iter();
        let mut all = tallies.next().expect("there is a thread");
        for tally in tallies {
            all.merge(tally);
        }
        all.keep_within(self.limits)?;
        all.finish(self, needs, sums);
        Ok(())
    }

    /// The words of visitors: every chunk is asked, so that all of them have a code by now.
    fn visitor_words(
        &self,
        needs: &[usize],
        threads: &Threads<'_>,
    ) -> Result<Arc<Words>, ReportError> {
        let counts_visitors = |need: &usize| self.metrics.needs[*need].how == How::Visitors;
        if !needs.iter().any(counts_visitors) {
            return Ok(Arc::default());
        }
        let words = threads.map(self.selected, |selected| {
            let chunk = &selected.chunk;
            let column = chunk.column(Table::Sessions, "visitor").map_err(failed)?;
            Ok(column.words().cloned())
        })?;
        Ok(words.into_iter().flatten().next().unwrap_or_default())
    }

    fn units(&self) -> usize {
        self.axis.map_or(1, |(axis, _)| axis.len())
    }

    /// How many places there are, if they are numbered from 0 without gaps.
    fn dense_places(&self) -> Option<usize> {
        match &self.places {
            Places::One => Some(1),
            Places::Chosen { places, rest } => Some(places.len() + usize::from(rest.is_some())),
            Places::All if self.keys.count <= DENSE_MAX => Some(self.keys.count as usize),
            Places::All => None,
        }
    }
}

/// The sums of one thread.
struct Tally {
    /// Place of each key, if keys are no places themselves.
    index: HashMap<u64, u32>,
    keys: Vec<u64>,
    /// Places times units of time, if they are known.
    dense: Option<usize>,
    rows: Vec<u64>,
    stores: Vec<Store>,
}

enum Store {
    Count(Vec<u64>),
    Sum(Vec<i128>),
    Least(Vec<i64>),
    Greatest(Vec<i64>),
    Visitors(Visitors),
    Values(Values),
}

impl Tally {
    fn new(question: &Question<'_>, needs: &[usize], words: &Arc<Words>) -> Self {
        let dense = question
            .dense_places()
            .map(|places| places * question.units());
        let groups = dense.unwrap_or(0);
        let store = |need: &usize| match question.metrics.needs[*need].how {
            How::Count => Store::Count(vec![0; groups]),
            How::Sum => Store::Sum(vec![0; groups]),
            How::Minimum => Store::Least(vec![i64::MAX; groups]),
            How::Maximum => Store::Greatest(vec![i64::MIN; groups]),
            How::Visitors => Store::Visitors(Visitors::new(words.clone(), dense)),
            How::Values => Store::Values(Values::new(dense)),
        };
        Self {
            index: HashMap::new(),
            keys: Vec::new(),
            dense,
            rows: vec![0; groups],
            stores: needs.iter().map(store).collect(),
        }
    }

    fn add(
        &mut self,
        question: &Question<'_>,
        scope: Scope,
        needs: &[usize],
        selected: &Selected,
    ) -> Result<(), ReportError> {
        let frame = question.keys.frame(selected, scope, question.axis)?;
        let groups = self.groups(question, &frame);
        if self.dense.is_none() && self.keys.len() > question.limits.groups {
            return Err(too_many_groups(question.limits.groups));
        }
        let groups = groups.as_deref();
        let counts = &mut self.rows;
        each(&frame.rows, groups, |_, group| counts[group] += 1);
        for (store, need) in self.stores.iter_mut().zip(needs) {
            let need = &question.metrics.needs[*need];
            store.add(need, selected, &frame.rows, groups)?;
            store.keep_within(question.limits)?;
        }
        Ok(())
    }

    /// The group of each row; nothing if there is only one.
    fn groups(&mut self, question: &Question<'_>, frame: &Frame<'_>) -> Option<Vec<u32>> {
        let units = question.units() as u32;
        let place = |key: u64| match &question.places {
            Places::One => 0,
            Places::Chosen { places, rest } => {
                places.get(&key).copied().or(*rest).unwrap_or(NOWHERE)
            }
            Places::All => key as u32,
        };
        let mut groups = match (&question.places, &frame.keys) {
            (Places::One, _) | (Places::All, None) => None,
            (Places::All, Some(keys)) if self.dense.is_none() => {
                let groups = keys.iter().map(|key| self.place_of(*key)).collect();
                Some(groups)
            }
            (_, Some(keys)) => Some(keys.iter().map(|key| place(*key)).collect()),
            (_, None) => Some(vec![place(0); frame.rows.len()]),
        };
        if let Some(of_time) = &frame.units {
            let places: &mut Vec<u32> = groups.get_or_insert_with(|| vec![0; of_time.len()]);
            for (place, unit) in places.iter_mut().zip(of_time) {
                if *place != NOWHERE {
                    *place = *place * units + unit;
                }
            }
        }
        groups
    }

    fn place_of(&mut self, key: u64) -> u32 {
        let next = self.keys.len() as u32;
        let place = *self.index.entry(key).or_insert(next);
        if place == next {
            self.keys.push(key);
            self.rows.push(0);
            for store in &mut self.stores {
                store.grow();
            }
        }
        place
    }

    fn merge(&mut self, other: Self) {
        let places: Vec<u32> = match self.dense {
            Some(groups) => (0..groups as u32).collect(),
            None => other.keys.iter().map(|key| self.place_of(*key)).collect(),
        };
        for (place, rows) in places.iter().zip(&other.rows) {
            self.rows[*place as usize] += rows;
        }
        for (store, other) in self.stores.iter_mut().zip(other.stores) {
            store.merge(other, &places);
        }
    }

    fn keep_within(&mut self, limits: &Limits) -> Result<(), ReportError> {
        if self.keys.len() > limits.groups {
            return Err(too_many_groups(limits.groups));
        }
        let mut stores = self.stores.iter_mut();
        stores.try_for_each(|store| store.keep_within(limits))
    }

    fn finish(mut self, question: &Question<'_>, needs: &[usize], sums: &mut Sums) {
        let count = question.metrics.needs.len();
        let keys = std::mem::take(&mut self.keys);
        let key_of = |place: usize| match self.dense {
            Some(_) => place as u64,
            None => keys[place],
        };
        let present: Vec<usize> = (0..self.rows.len())
            .filter(|place| self.rows[*place] > 0)
            .collect();
        for place in &present {
            let group = sums.groups.entry(key_of(*place));
            group.or_insert_with(|| vec![None; count]);
        }
        for (store, need) in self.stores.iter_mut().zip(needs) {
            let percents = &question.metrics.percents[*need];
            let (gathered, note) = store.finish(self.rows.len(), percents);
            sums.notes
                .extend(note.filter(|note| !sums.notes.contains(note)));
            for place in &present {
                if let Some(group) = sums.groups.get_mut(&key_of(*place)) {
                    group[*need] = gathered[*place].clone();
                }
            }
        }
    }
}

fn too_many_groups(limit: usize) -> ReportError {
    ReportError::TooLarge {
        limit: "groups of a report",
        message: format!(
            "dimensions: their values have more than {limit} combinations; take fewer, or filter"
        ),
    }
}

/// Runs `work` with each row and its group.
#[inline]
fn each(rows: &Rows, groups: Option<&[u32]>, mut work: impl FnMut(usize, usize)) {
    match (rows, groups) {
        (rows, None) => rows.each(|row| work(row, 0)),
        (Rows::All(_), Some(groups)) => {
            for (row, group) in groups
                .iter()
                .enumerate()
                .filter(|(_, group)| **group != NOWHERE)
            {
                work(row, *group as usize);
            }
        }
        (Rows::Some(rows), Some(groups)) => {
            let pairs = rows.iter().zip(groups);
            for (row, group) in pairs.filter(|(_, group)| **group != NOWHERE) {
                work(*row as usize, *group as usize);
            }
        }
    }
}

/// Runs `work` with the group and the value of each row that counts and has one.
#[inline]
fn each_value<L: Lane>(
    values: &[L],
    rows: &Rows,
    groups: Option<&[u32]>,
    counts_row: impl Fn(usize) -> bool,
    mut work: impl FnMut(usize, i64),
) {
    each(rows, groups, |row, group| {
        if counts_row(row)
            && let Some(value) = values[row].number()
        {
            work(group, value);
        }
    });
}

impl Store {
    fn grow(&mut self) {
        match self {
            Self::Count(counts) => counts.push(0),
            Self::Sum(sums) => sums.push(0),
            Self::Least(values) => values.push(i64::MAX),
            Self::Greatest(values) => values.push(i64::MIN),
            Self::Visitors(_) | Self::Values(_) => {}
        }
    }

    fn add(
        &mut self,
        need: &Need,
        selected: &Selected,
        rows: &Rows,
        groups: Option<&[u32]>,
    ) -> Result<(), ReportError> {
        let chunk = &*selected.chunk;
        let measure = &need.measure;
        if let Self::Visitors(visitors) = self {
            let column = chunk.column(Table::Sessions, "visitor").map_err(failed)?;
            each(rows, groups, |row, group| {
                visitors.add(group as u32, code_of(&column, row));
            });
            return Ok(());
        }
        if let (Self::Count(counts), Aggregate::Rows) = (&mut *self, measure.aggregate) {
            each(rows, groups, |_, group| counts[group] += 1);
            return Ok(());
        }
        let table = Table::of(measure.scope);
        let column = chunk.column(table, measure.column).map_err(failed)?;
        let Column::Ints(ints) = &*column else {
            return Ok(());
        };
        let Some(state) = &measure.state else {
            with_lane!(ints, values => self.add_values(values, rows, groups, |_| true));
            return Ok(());
        };
        let names = chunk.column(table, "name").map_err(failed)?;
        let Column::Text(names) = &*names else {
            return Ok(());
        };
        if let Some(code) = names.words.find(state) {
            let is_state = |row: usize| names.codes[row] == code;
            with_lane!(ints, values => self.add_values(values, rows, groups, is_state));
        }
        Ok(())
    }

    fn add_values<L: Lane>(
        &mut self,
        values: &[L],
        rows: &Rows,
        groups: Option<&[u32]>,
        counts_row: impl Fn(usize) -> bool,
    ) {
        let each = |work: &mut dyn FnMut(usize, i64)| {
            each_value(values, rows, groups, &counts_row, work);
        };
        match self {
            Self::Sum(sums) => each_value(values, rows, groups, counts_row, |group, value| {
                sums[group] += i128::from(value);
            }),
            Self::Values(all) => each_value(values, rows, groups, counts_row, |group, value| {
                all.add(group as u32, value);
            }),
            Self::Count(counts) => each(&mut |group, _| counts[group] += 1),
            Self::Least(least) => each(&mut |group, value| least[group] = least[group].min(value)),
            Self::Greatest(most) => each(&mut |group, value| most[group] = most[group].max(value)),
            Self::Visitors(_) => {}
        }
    }

    fn keep_within(&mut self, limits: &Limits) -> Result<(), ReportError> {
        match self {
            Self::Visitors(visitors) => visitors.keep_within(limits.visitors),
            Self::Values(values) => values.keep_within(limits.values)?,
            _ => {}
        }
        Ok(())
    }

    fn merge(&mut self, other: Self, places: &[u32]) {
        let own = |place: u32| places[place as usize];
        let pairs = |count: usize| (0..count).map(|place| (places[place] as usize, place));
        match (self, other) {
            (Self::Count(sums), Self::Count(more)) => {
                pairs(more.len()).for_each(|(to, from)| sums[to] += more[from]);
            }
            (Self::Sum(sums), Self::Sum(more)) => {
                pairs(more.len()).for_each(|(to, from)| sums[to] += more[from]);
            }
            (Self::Least(least), Self::Least(more)) => {
                pairs(more.len()).for_each(|(to, from)| least[to] = least[to].min(more[from]));
            }
            (Self::Greatest(most), Self::Greatest(more)) => {
                pairs(more.len()).for_each(|(to, from)| most[to] = most[to].max(more[from]));
            }
            (Self::Visitors(visitors), Self::Visitors(more)) => visitors.merge(more, own),
            (Self::Values(values), Self::Values(more)) => values.merge(more, own),
            _ => {}
        }
    }

    /// What was gathered of each group, and what has to be known about it.
    fn finish(
        &mut self,
        groups: usize,
        percents: &[u8],
    ) -> (Vec<Option<Gathered>>, Option<String>) {
        let number = |number: i128| Some(Gathered::Number(number));
        let extreme = |value: i64, nothing: i64| match value {
            value if value == nothing => Some(Gathered::Nothing),
            value => number(value.into()),
        };
        match self {
            Self::Count(counts) => (
                counts.iter().map(|count| number((*count).into())).collect(),
                None,
            ),
            Self::Sum(sums) => (sums.iter().map(|sum| number(*sum)).collect(), None),
            Self::Least(values) => (
                values
                    .iter()
                    .map(|value| extreme(*value, i64::MAX))
                    .collect(),
                None,
            ),
            Self::Greatest(values) => (
                values
                    .iter()
                    .map(|value| extreme(*value, i64::MIN))
                    .collect(),
                None,
            ),
            Self::Visitors(visitors) => {
                let counts = visitors.counts(groups);
                let one_in = visitors.stands_for();
                let note = (one_in > 1).then(|| {
                    format!(
                        "visitors are estimated from a sample of 1 in {one_in}: the standard error \
                         of a count n is √({one_in}/n)"
                    )
                });
                (
                    counts
                        .into_iter()
                        .map(|count| number(count.into()))
                        .collect(),
                    note,
                )
            }
            Self::Values(values) => {
                let note = (!values.is_exact())
                    .then(|| "percentiles are up to 1/128 of their value too low".to_owned());
                let mut gathered = vec![Some(Gathered::Nothing); groups];
                for group in values.sorted().chunk_by(|one, other| one.0 == other.0) {
                    let found = percentiles(group, percents);
                    gathered[group[0].0 as usize] = Some(Gathered::Percentiles(found));
                }
                (gathered, note)
            }
        }
    }
}
