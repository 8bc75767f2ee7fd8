//! A question to the live view, and its answer out of the columns.

use std::fmt;

use hashbrown::HashSet;

use super::counts::Counts;
use super::profile::{Dimension, KINDS, Profiles, SUITE, Values};
use super::row::Row;
use super::view::View;
use super::words::{BEYOND, NONE, Word};

/// Values in one answer.
pub const TOP_MAX: usize = 1_000;
/// Conditions in one question.
pub const FILTERS_MAX: usize = 10;
/// Dimensions in one question.
pub const SPLITS_MAX: usize = 4;
/// How long a start counts as one of the last minute.
const MINUTE_MS: u64 = 60_000;

/// What is asked, every second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Sessions of this report suite.
    pub suite: Option<String>,
    /// Groups by the values of each of these dimensions.
    pub by: Vec<String>,
    /// How many groups of each, those with the most active sessions first.
    pub top: usize,
    /// Sessions with these values of these dimensions; nothing stands for no value.
    pub filters: Vec<(String, Option<String>)>,
}

/// A question that cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuestionError {
    Dimension(String),
    Top,
    Splits,
    Filters,
    /// As many streams are open as may be, or as many different questions are asked.
    Full,
}

impl fmt::Display for QuestionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dimension(name) => {
                let names: Vec<_> = super::dimensions().map(|it| it.name).collect();
                let names = names.join(", ");
                write!(
                    f,
                    "{name:?} is no dimension of the live view; there are {SUITE}, {names}, and custom.<key>"
                )
            }
            Self::Top => write!(f, "top is a number from 1 to {TOP_MAX}"),
            Self::Splits => write!(f, "by can be given at most {SPLITS_MAX} times"),
            Self::Filters => write!(f, "there are at most {FILTERS_MAX} filters"),
            Self::Full => f.write_str("too many live streams are open; close one, or ask later"),
        }
    }
}

impl std::error::Error for QuestionError {}

/// The value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Text(Box<str>),
    /// None was sent.
    Nothing,
    /// One that there was no room for.
    Beyond,
}

/// The answer to a question at an instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub totals: Counts,
    /// In the order of the dimensions of the question.
    pub splits: Vec<Split>,
}

/// All sessions by one dimension.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    pub groups: Vec<(Value, Counts)>,
    /// How many groups there are, with those that are not listed.
    pub group_count: usize,
}

/// A question against the profiles of an instant.
struct Compiled {
    /// By kind and profile, where there is a condition on it.
    passes: [Option<Vec<bool>>; KINDS],
    by: Vec<By>,
}

/// Counts by the values of a dimension.
struct By {
    dimension: Dimension,
    kind: usize,
    values: Values,
    groups: Vec<Counts>,
    /// Viewers of several sessions, by group.
    seen: HashSet<(Word, u32)>,
}

impl Question {
    /// Whether the whole of a suite, or of all, is asked for, whose curve is kept.
    pub(super) fn is_of_curve(&self) -> bool {
        self.filters.is_empty()
    }

    pub(super) fn check(&self, profiles: &Profiles) -> Result<(), QuestionError> {
        let names = self.by.iter().chain(self.filters.iter().map(|it| &it.0));
        for name in names {
            if profiles.dimension(name).is_none() {
                return Err(QuestionError::Dimension(name.clone()));
            }
        }
        match self {
            _ if !(1..=TOP_MAX).contains(&self.top) => Err(QuestionError::Top),
            _ if self.by.len() > SPLITS_MAX => Err(QuestionError::Splits),
            _ if self.filters.len() > FILTERS_MAX => Err(QuestionError::Filters),
            _ => Ok(()),
        }
    }

    fn compile(&self, profiles: &Profiles) -> Compiled {
        let suite = self.suite.iter();
        let suite = suite.map(|suite| (SUITE, Some(suite.as_str())));
        let filters = self.filters.iter();
        let filters = filters.map(|(name, value)| (name.as_str(), value.as_deref()));
        let mut passes = [const { None }; KINDS];
        for (name, value) in suite.chain(filters) {
            let Some(dimension) = profiles.dimension(name) else {
                continue;
            };
            let values = profiles.values(&dimension);
            let wanted = match value {
                Some(text) => profiles.find(&dimension, text),
                None => Some(NONE),
            };
            let passes =
                passes[Profiles::kind(&dimension)].get_or_insert_with(|| vec![true; values.len()]);
            for (profile, pass) in (0..).zip(passes) {
                *pass &= wanted.is_some_and(|wanted| values.of(profile).contains(&wanted));
            }
        }
        let by = self.by.iter().filter_map(|by| profiles.dimension(by));
        let by = by.map(|dimension| By {
            kind: Profiles::kind(&dimension),
            values: profiles.values(&dimension),
            groups: vec![Counts::default(); profiles.words_end(&dimension)],
            seen: HashSet::new(),
            dimension,
        });
        Compiled {
            passes,
            by: by.collect(),
        }
    }

    /// Answers it as of `now`.
    pub(super) fn answer(&self, view: &View, now: u64) -> Figures {
        let profiles = &view.profiles;
        let mut compiled = self.compile(profiles);
        let mut totals = Counts::default();
        let mut seen: HashSet<u32> = HashSet::new();
        let rows = view.rows.iter().map(|row| (row, true));
        for (row, is_open) in rows.chain(view.closed_rows().map(|row| (row, false))) {
            if !compiled.takes(row) {
                continue;
            }
            let counted = Counted::of(row, is_open, view, now);
            if counted.is_nothing() {
                continue;
            }
            counted.add_to(&mut totals);
            let is_new = counted.is_active && (counted.is_single || seen.insert(row.viewer));
            totals.viewers += u64::from(is_new);
            for by in &mut compiled.by {
                for word in by.values.of(row.profiles[by.kind]) {
                    let counts = &mut by.groups[*word as usize];
                    counted.add_to(counts);
                    let is_new = counted.is_active
                        && (counted.is_single || by.seen.insert((*word, row.viewer)));
                    counts.viewers += u64::from(is_new);
                }
            }
        }
        let splits = compiled.by.iter().map(|by| {
            let (groups, group_count) =
                self.top_of(&by.groups, |word| value(profiles, &by.dimension, word));
            Split {
                groups,
                group_count,
            }
        });
        Figures {
            totals,
            splits: splits.collect(),
        }
    }

    fn top_of(
        &self,
        groups: &[Counts],
        value: impl Fn(Word) -> Value,
    ) -> (Vec<(Value, Counts)>, usize) {
        let mut some: Vec<(Word, &Counts)> = (0..).zip(groups).collect();
        some.retain(|(_, counts)| !counts.is_nothing());
        let count = some.len();
        let rank = |(_, counts): &(Word, &Counts)| (counts.active, counts.starts);
        if count > self.top {
            some.select_nth_unstable_by_key(self.top, |it| std::cmp::Reverse(rank(it)));
            some.truncate(self.top);
        }
        let some = some.into_iter();
        let mut top: Vec<(Value, Counts)> = some.map(|(word, it)| (value(word), *it)).collect();
        top.sort_by(|(one_value, one), (value, other)| {
            let rank = |counts: &Counts| (counts.active, counts.starts);
            rank(other)
                .cmp(&rank(one))
                .then_with(|| one_value.cmp(value))
        });
        (top, count)
    }
}

fn value(profiles: &Profiles, by: &Dimension, word: Word) -> Value {
    match word {
        NONE => Value::Nothing,
        BEYOND => Value::Beyond,
        word => profiles
            .text(by, word)
            .map_or(Value::Beyond, |text| Value::Text(text.into())),
    }
}

impl Compiled {
    fn takes(&self, row: &Row) -> bool {
        let mut kinds = self.passes.iter().zip(row.profiles);
        kinds.all(|(passes, profile)| {
            passes
                .as_ref()
                .is_none_or(|passes| passes[profile as usize])
        })
    }
}

/// What one session counts as.
struct Counted<'r> {
    row: &'r Row,
    is_active: bool,
    /// Whether its viewer has no other session.
    is_single: bool,
    is_start: bool,
    is_content_start: bool,
    is_failure: bool,
}

impl<'r> Counted<'r> {
    fn of(row: &'r Row, is_open: bool, view: &View, now: u64) -> Self {
        let is_active = is_open && !row.standing.is_ended && row.last.age(now) <= view.active_ms;
        let is_late = |moment: super::row::Moment| moment.age(now) <= MINUTE_MS;
        Self {
            row,
            is_active,
            is_single: is_active && view.viewers.has_one_session(row.viewer),
            is_start: is_late(row.started),
            is_content_start: row.standing.is_started && is_late(row.content_started),
            is_failure: row.standing.is_failing && is_late(row.failed),
        }
    }

    fn is_nothing(&self) -> bool {
        !(self.is_active || self.is_start || self.is_content_start || self.is_failure)
    }

    fn add_to(&self, counts: &mut Counts) {
        let standing = self.row.standing;
        if self.is_active {
            counts.add_active(standing);
        }
        counts.starts += u64::from(self.is_start);
        counts.content_starts += u64::from(self.is_content_start);
        let is_started = standing.is_started;
        counts.start_failures += u64::from(self.is_failure && !is_started);
        counts.playback_failures += u64::from(self.is_failure && is_started);
    }
}
