//! The open sessions as columns, kept up with the feed of the core.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashMap;
use playhead_log::Reader;
use playhead_model::catalog::SessionRow;
use playhead_model::event::Parsed;
use playhead_model::ids::EventRef;
use playhead_model::record::Record;
use playhead_model::rules::Rules;
use playhead_session::row::{Bodies, Identity, rows};
use playhead_session::{Session, Standing};

use super::curve::{Curve, Second};
use super::profile::Profiles;
use super::row::{Moment, Row, Rows};
use super::viewers::Viewers;
use crate::bodies;
use crate::core::{Change, Feed, Opening, Origin, What};

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

    /// Takes a change; `openings` are those of the feed that come next.
    pub(super) fn take(
        &mut self,
        change: &Change,
        openings: &mut impl Iterator<Item = Opening>,
        log: &Reader,
        now: u64,
    ) {
        match change.what {
            What::Opened => {
                let opening = openings.next().expect("an opening for each");
                self.open(change, opening, log);
            }
            What::Heard => self.hear(change),
            What::Closed => {
                self.hear(change);
                self.close(change.place, now);
            }
        }
    }

    fn open(&mut self, change: &Change, opening: Opening, log: &Reader) {
        if self.rows.get_mut(change.place).is_some() {
            return;
        }
        let Some(standing) = change.standing else {
            return;
        };
        let Some(told) = read_start(log, opening) else {
            return;
        };
        if !told.is_reported {
            return;
        }
        let profiles = self.profiles.take(&told);
        let suite = self.suite(&told.report_suite);
        let visitor = (&told.report_suite, &told.visitor);
        let viewer = self.viewers.take(self.hasher.hash_one(visitor));
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
        let changes: Vec<Change> = feed.changes.drain(..end).collect();
        let opened = changes.iter().filter(|it| it.what == What::Opened).count();
        let openings: Vec<Opening> = feed.openings.drain(..opened).collect();
        let mut openings = openings.into_iter();
        for change in &changes {
            self.take(change, &mut openings, log, now);
        }
    }
}

/// The body of the start of a session.
struct StartBody<'a>(&'a [u8]);

impl Bodies for StartBody<'_> {
    fn body(&self, event: EventRef) -> Option<std::borrow::Cow<'_, [u8]>> {
        (event == EventRef(0)).then_some(self.0.into())
    }
}

/// The row that a session has at its start, with all that is known of it then.
fn read_start(log: &Reader, opening: Opening) -> Option<SessionRow> {
    let record = bodies::read(log, opening.start).ok()?;
    let (sender, body) = match Record::decode(&record)? {
        Record::Start { sender, body, .. } => (sender, body),
        Record::Batch { sender, bodies, .. } => (sender, *bodies.first()?),
        _ => return None,
    };
    let Ok(Parsed::Start(start)) = Parsed::read(body) else {
        return None;
    };
    let session = Session::open(&start, opening.started_at);
    let identity = Identity {
        sid: opening.sid,
        start: EventRef(0),
        downloaded: opening.origin == Origin::Batch,
    };
    let mut told = rows(identity, &session, &Rules::default(), &StartBody(body));
    told.add_sender(&sender);
    Some(told.session)
}
