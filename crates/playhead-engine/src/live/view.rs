//! The open sessions as columns, kept up with the feed of the core.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashMap;
use playhead_log::Reader;
use playhead_session::Standing;

use super::curve::{Curve, Second};
use super::profile::Profiles;
use super::row::{Moment, Row, Rows};
use super::started::Started;
use super::viewers::Viewers;
use crate::bodies;
use crate::core::{Change, Feed, Opening, What};

/// Suites with a curve of their own.
pub(super) const CURVES_MAX: usize = 64;
/// The curve of all suites, and that of those without one.
const ALL: u16 = 0;
const OTHERS: u16 = 1;
/// How long a closed session takes part in what happened in the last minute.
const CLOSED_MS: u64 = 60_000;
/// Closed sessions that are kept for that.
const CLOSED_MAX: usize = 1_000_000;

#[derive(Debug)]
pub(super) struct View {
    pub(super) profiles: Profiles,
    pub(super) viewers: Viewers,
    pub(super) rows: Rows,
    /// Those that closed in the last minute, oldest first, with the time of their last change.
    closed: VecDeque<(u64, Row)>,
    curves: Vec<Curve>,
    suites: HashMap<Box<str>, u16>,
    pub(super) active_ms: u64,
    /// Since when every session is known, ms.
    since: u64,
    hasher: RandomState,
}

/// The last second of a span that does not include its end.
fn last_second(started: u64, last: u64) -> u64 {
    (last.max(started + 1) - 1) / 1000
}

impl View {
    pub(super) fn new(now: u64, active_ms: u64) -> Self {
        Self {
            profiles: Profiles::new(),
            viewers: Viewers::default(),
            rows: Rows::default(),
            closed: VecDeque::new(),
            curves: vec![Curve::new(now / 1000); 2],
            suites: HashMap::new(),
            active_ms,
            since: now,
            hasher: RandomState::new(),
        }
    }

    /// The first second that the curve knows all of.
    pub(super) fn first_second(&self) -> u64 {
        self.since.div_ceil(1000)
    }

    pub(super) fn closed_rows(&self) -> impl Iterator<Item = &Row> {
        self.closed.iter().map(|(_, row)| row)
    }

    /// The curve of a suite, or of all.
    pub(super) fn curve(&self, suite: Option<&str>) -> Option<&Curve> {
        let number = match suite {
            None => ALL,
            Some(suite) => *self.suites.get(suite)?,
        };
        self.curves.get(usize::from(number))
    }

    /// Notes what stands at the end of a second.
    pub(super) fn note(&mut self, second: u64, suite: Option<&str>, note: impl Fn(&mut Second)) {
        let number = match suite {
            None => Some(ALL),
            Some(suite) => self.suites.get(suite).copied(),
        };
        if let Some(number) = number
            && let Some(second) = self.curves[usize::from(number)].at(second)
        {
            note(second);
        }
    }

    /// Time passes: seconds begin, and what is over for a minute is forgotten.
    pub(super) fn reach(&mut self, now: u64) {
        let second = now / 1000;
        self.curves.iter_mut().for_each(|curve| curve.reach(second));
        let is_over = |at: u64| at + CLOSED_MS < now;
        while self.closed.front().is_some_and(|(at, _)| is_over(*at))
            || self.closed.len() > CLOSED_MAX
        {
            if let Some((_, row)) = self.closed.pop_front() {
                self.profiles.give_back(row.profiles);
            }
        }
        self.viewers.forget(second as u32);
        let oldest = second.saturating_sub(super::curve::CURVE_SECONDS);
        self.viewers.forget_gaps_before(oldest as u32);
    }

    /// Takes a change; `openings` are those of the feed that come next, with their records.
    fn take<'r>(
        &mut self,
        change: &Change,
        openings: &mut impl Iterator<Item = (Opening, &'r [u8])>,
        log: &Reader,
        now: u64,
    ) {
        match change.what {
            What::Opened => {
                let (opening, record) = openings.next().expect("an opening for each");
                self.open(change, opening, record, log);
            }
            What::Heard => self.hear(change),
            What::Closed => {
                self.hear(change);
                self.close(change.place, now);
            }
        }
    }

    fn open(&mut self, change: &Change, opening: Opening, record: &[u8], log: &Reader) {
        if self.rows.get_mut(change.place).is_some() {
            return;
        }
        let Some(standing) = change.standing else {
            return;
        };
        let read;
        let record = match (record, log) {
            ([], log) => {
                read = bodies::read(log, opening.start).unwrap_or_default();
                &read
            }
            (record, _) => record,
        };
        let Some(mut started) = Started::read(&opening, record) else {
            return;
        };
        // Sessions without a content are in no report.
        if started.content.is_empty() {
            return;
        }
        let Some(profiles) = self.profiles.take(&mut started) else {
            return;
        };
        let suite = self.suite(started.suite);
        // Who has no id is one by the session.
        let visitor = match started.visitor {
            Some(visitor) => self.hasher.hash_one((started.suite, visitor)),
            None => {
                let sid = opening.sid.to_string();
                self.hasher.hash_one((started.suite, &*sid))
            }
        };
        let viewer = self.viewers.take(visitor);
        let (started, last) = (opening.started_at.0, change.at.0);
        let row = Row {
            last: Moment::of(last),
            started: Moment::of(started),
            content_started: Moment::of(started),
            failed: Moment::of(started),
            profiles,
            viewer,
            suite,
            standing: Standing {
                is_started: false,
                is_failing: false,
                ..standing
            },
        };
        self.count(suite, started, |second| second.starts += 1);
        self.see(&row, (started / 1000, last_second(started, last)));
        self.rows.insert(change.place, row);
        // Of one that was open before, nobody knows since when.
        self.stand(change.place, standing, started);
    }

    fn hear(&mut self, change: &Change) {
        let Some(row) = self.rows.get_mut(change.place) else {
            return;
        };
        let at = change.at.0;
        let before = at - row.last.age(at);
        let started = at - row.started.age(at);
        row.last = Moment::of(at);
        let row = *row;
        if at > before {
            let from = last_second(started, before) + 1;
            self.see(&row, (from, last_second(started, at)));
        }
        if let Some(standing) = change.standing {
            self.stand(change.place, standing, at);
        }
    }

    /// A session stands so from `at` on: what has begun is counted, what did not hold is taken back.
    fn stand(&mut self, place: u32, standing: Standing, at: u64) {
        let Some(row) = self.rows.get_mut(place) else {
            return;
        };
        let (before, suite) = (row.standing, row.suite);
        row.standing = standing;
        let back = at - row.content_started.age(at);
        let failed = at - row.failed.age(at);
        let failure = |standing: Standing| standing.is_failing.then_some(standing.is_started);
        let (old_failure, new_failure) = (failure(before), failure(standing));
        if standing.is_started && !before.is_started {
            row.content_started = Moment::of(at);
        }
        if new_failure.is_some() && new_failure != old_failure {
            row.failed = Moment::of(at);
        }
        if standing.is_started != before.is_started {
            let (at, by) = match standing.is_started {
                true => (at, 1),
                false => (back, -1),
            };
            self.count(suite, at, |second| second.content_starts += by);
        }
        if old_failure != new_failure {
            for (failure, at, by) in [(old_failure, failed, -1), (new_failure, at, 1)] {
                match failure {
                    Some(true) => self.count(suite, at, |it| it.playback_failures += by),
                    Some(false) => self.count(suite, at, |it| it.start_failures += by),
                    None => {}
                }
            }
        }
    }

    fn close(&mut self, place: u32, now: u64) {
        if let Some(row) = self.rows.remove(place) {
            self.viewers.give_back(row.viewer);
            self.closed.push_back((now, row));
        }
    }

    /// A session is active in these seconds, and so is its viewer.
    fn see(&mut self, row: &Row, (from, to): (u64, u64)) {
        let from = from.max(self.first_second());
        if from > to {
            return;
        }
        let curves = &mut self.curves;
        let suite = usize::from(row.suite);
        for number in [usize::from(ALL), suite] {
            curves[number].each(from, to, |second| second.sessions += 1);
        }
        let seconds = (from as u32, to as u32);
        self.viewers.see(row.viewer, seconds, |(from, to)| {
            for number in [usize::from(ALL), suite] {
                curves[number].each(from.into(), to.into(), |second| second.viewers += 1);
            }
        });
    }

    fn count(&mut self, suite: u16, at: u64, change: impl Fn(&mut Second)) {
        if at < self.since {
            return;
        }
        for number in [ALL, suite] {
            if let Some(second) = self.curves[usize::from(number)].at(at / 1000) {
                change(second);
            }
        }
    }

    /// The curve of a suite; a new one while there is room.
    fn suite(&mut self, suite: &str) -> u16 {
        if let Some(number) = self.suites.get(suite) {
            return *number;
        }
        match self.suites.len() < CURVES_MAX {
            true => self.add_curve(suite),
            false => OTHERS,
        }
    }

    /// A suite that is configured has a curve in any case.
    pub(super) fn keep_suite(&mut self, suite: &str) {
        if !self.suites.contains_key(suite) && self.curves.len() < usize::from(u16::MAX) {
            self.add_curve(suite);
        }
    }

    fn add_curve(&mut self, suite: &str) -> u16 {
        let number = self.curves.len() as u16;
        let mut curve = self.curves[usize::from(ALL)].clone();
        curve.clear();
        self.curves.push(curve);
        self.suites.insert(suite.into(), number);
        number
    }

    /// Takes all changes of a feed whose time comes before `until`; the rest stays.
    pub(super) fn take_before(&mut self, feed: &mut Feed, until: u64, log: &Reader, now: u64) {
        let end = feed.changes.iter().position(|change| change.at.0 >= until);
        let end = end.unwrap_or(feed.changes.len());
        let Feed {
            changes,
            openings,
            told,
            told_taken,
        } = feed;
        let told: &[u8] = told;
        let is_opened = |it: &&Change| it.what == What::Opened;
        let opened = changes[..end].iter().filter(is_opened).count();
        let mut openings = openings.drain(..opened).map(|opening| {
            let begin = *told_taken;
            *told_taken += opening.told as usize;
            (opening, &told[begin..*told_taken])
        });
        for change in changes.drain(..end) {
            self.take(&change, &mut openings, log, now);
        }
    }
}
