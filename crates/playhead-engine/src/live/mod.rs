//! The present: what the open sessions do, by the second and by any dimension.
//!
//! A thread of its own keeps columns of the open sessions. The cell tells it every change, some at
//! a time, and neither waits for the other. Once a second, by the clock of the cell, each question
//! that somebody follows is answered by a walk over the columns. Nothing here is durable: after a
//! restart the columns are made again from the sessions that are open.

mod counts;
mod curve;
mod profile;
mod question;
mod row;
mod started;
mod view;
mod viewers;
mod words;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use hashbrown::HashMap;
use playhead_log::Reader;
use playhead_model::catalog::Attribute;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;

pub use counts::Counts;
pub use curve::{CURVE_SECONDS, Second};
pub use question::{
    FILTERS_MAX, Figures, Question, QuestionError, SPLITS_MAX, Split, TOP_MAX, Value,
};

use crate::core::Feed;
use profile::{Profiles, SUITE};
use view::View;

/// Changes that may wait for the thread. With more of them the columns are made anew.
const WAITING_MAX: usize = 4_000_000;
/// Streams that may be open, and different questions among them.
pub const STREAMS_MAX: usize = 64;
pub const QUESTIONS_MAX: usize = 16;
/// Seconds that come with every frame; once a minute all of them do.
const SECONDS_AT_ONCE: u64 = 60;
/// Seconds that are looked at one by one when several have passed.
const CATCH_UP: u64 = 5;

/// How the view works.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// For how long after its last event a session is active, ms.
    pub active_ms: u64,
    /// Suites that are configured.
    pub suites: Vec<String>,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            active_ms: 60_000,
            suites: Vec::new(),
        }
    }
}

/// What is told of an instant.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The full second, ms: all that came before it is in.
    pub at: u64,
    /// Whether all open sessions are in; after a restart it takes a moment.
    pub is_complete: bool,
    pub figures: Figures,
    /// The number of the first second, and seconds up to the instant.
    pub seconds: Option<(u64, Vec<Second>)>,
    /// Whether all seconds that are kept are there.
    pub is_full: bool,
    /// Seconds from this one on may still change.
    pub provisional_from: u64,
}

/// Takes frames; answers whether it wants more.
pub type Follower = Box<dyn FnMut(&Arc<Frame>) -> bool + Send>;

/// The dimensions by which it can be asked, besides custom metadata.
pub fn dimensions() -> impl Iterator<Item = Attribute> {
    profile::dimensions()
}

/// What the last second looked like, by suite.
#[derive(Clone, Debug, Default)]
pub struct Latest {
    pub suites: Vec<(Value, Counts)>,
}

struct Follow {
    question: Question,
    follower: Follower,
    /// Whether it has got its first frame.
    is_new: bool,
}

#[derive(Default)]
struct Inbox {
    feed: Feed,
    now: ReceivedMs,
    is_complete: bool,
    /// The columns are to be made anew, with what happens from this instant on.
    restarted_at: Option<ReceivedMs>,
    options: Option<LiveOptions>,
    followers: Vec<Follow>,
    is_stopped: bool,
    /// Something came since the thread last looked.
    has_news: bool,
}

#[derive(Default)]
struct Shared {
    inbox: Mutex<Inbox>,
    news: Condvar,
    latest: Mutex<Arc<Latest>>,
    /// Streams that are open, by question.
    open: Mutex<Vec<Question>>,
}

/// Asks the view, from any thread.
#[derive(Clone)]
pub struct Live(Arc<Shared>);

/// The thread of the view, held by the one who feeds it.
pub struct LiveThread {
    live: Live,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live")
    }
}

impl std::fmt::Debug for LiveThread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LiveThread")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves nothing half done behind these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Follows a question: the first frame comes at once, with all seconds that are kept.
    ///
    /// # Errors
    /// If the question is wrong, or too many are asked.
    pub fn follow(&self, question: Question, follower: Follower) -> Result<(), QuestionError> {
        question.check(&Profiles::new())?;
        let mut open = lock(&self.0.open);
        let is_known = open.contains(&question);
        let mut different = Vec::new();
        for known in open.iter() {
            if !different.contains(&known) {
                different.push(known);
            }
        }
        if open.len() >= STREAMS_MAX || !is_known && different.len() >= QUESTIONS_MAX {
            return Err(QuestionError::Full);
        }
        open.push(question.clone());
        drop(open);
        let mut inbox = lock(&self.0.inbox);
        inbox.followers.push(Follow {
            question,
            follower,
            is_new: true,
        });
        inbox.has_news = true;
        self.0.news.notify_one();
        Ok(())
    }

    /// A stream with this question has ended.
    pub fn end(&self, question: &Question) {
        let mut open = lock(&self.0.open);
        if let Some(place) = open.iter().position(|known| known == question) {
            open.swap_remove(place);
        }
    }

    /// The last full second, by suite.
    pub fn latest(&self) -> Arc<Latest> {
        lock(&self.0.latest).clone()
    }
}

impl LiveThread {
    /// Starts the thread, with an empty view.
    ///
    /// # Errors
    /// If the system has no more threads.
    pub fn start(log: Reader, now: ReceivedMs, options: LiveOptions) -> std::io::Result<Self> {
        let live = Live(Arc::default());
        let shared = live.0.clone();
        let work = move || Work::new(shared, log, now, options).run();
        let thread = std::thread::Builder::new()
            .name("live".into())
            .spawn(work)?;
        Ok(Self {
            live,
            thread: Some(thread),
        })
    }

    /// Asks it, from any thread.
    pub fn live(&self) -> Live {
        self.live.clone()
    }

    /// Hands over what was told up to `now`. Answers false if the thread is too far behind: then
    /// everything has to be told anew.
    pub fn give(&self, feed: &mut Feed, now: ReceivedMs, is_complete: bool) -> bool {
        let mut inbox = lock(&self.live.0.inbox);
        let has_room = inbox.feed.changes.len() + feed.changes.len() <= WAITING_MAX;
        if has_room {
            inbox.feed.append(feed);
        }
        feed.clear();
        inbox.now = inbox.now.max(now);
        inbox.is_complete = is_complete && has_room;
        inbox.has_news = true;
        self.live.0.news.notify_one();
        has_room
    }

    /// Everything will be told from now on.
    pub(crate) fn begin(&self, now: ReceivedMs) {
        let mut inbox = lock(&self.live.0.inbox);
        inbox.feed = Feed::default();
        inbox.now = inbox.now.max(now);
        inbox.restarted_at = Some(inbox.now);
    }

    /// Works on with other options.
    pub(crate) fn set_options(&self, options: LiveOptions) {
        let mut inbox = lock(&self.live.0.inbox);
        inbox.options = Some(options);
        inbox.has_news = true;
        self.live.0.news.notify_one();
    }
}

impl Drop for LiveThread {
    fn drop(&mut self) {
        let mut inbox = lock(&self.live.0.inbox);
        inbox.is_stopped = true;
        inbox.has_news = true;
        drop(inbox);
        self.live.0.news.notify_one();
        if let Some(thread) = self.thread.take() {
            // It has nothing to lose; if it panicked, that was told already.
            drop(thread.join());
        }
    }
}

/// What the thread works with.
struct Work {
    shared: Arc<Shared>,
    log: Reader,
    options: LiveOptions,
    view: View,
    /// The next full second, ms.
    next: u64,
    now: u64,
    is_complete: bool,
    followers: Vec<Follow>,
    /// Room for what is told next.
    spare: Feed,
}

impl Work {
    fn new(shared: Arc<Shared>, log: Reader, now: ReceivedMs, options: LiveOptions) -> Self {
        let mut work = Self {
            shared,
            log,
            view: View::new(now.0, options.active_ms),
            options,
            next: 0,
            now: now.0,
            is_complete: false,
            followers: Vec::new(),
            spare: Feed::default(),
        };
        work.begin();
        work
    }

    fn begin(&mut self) {
        self.view = View::new(self.now, self.options.active_ms);
        self.next = (self.now / 1000 + 1) * 1000;
        self.apply_options();
    }

    fn apply_options(&mut self) {
        self.view.active_ms = self.options.active_ms;
        for suite in &self.options.suites {
            self.view.keep_suite(suite);
        }
    }

    fn run(mut self) {
        while let Some(inbox) = self.wait() {
            let Inbox {
                mut feed,
                now,
                is_complete,
                restarted_at,
                options,
                followers,
                ..
            } = inbox;
            if let Some(options) = options {
                self.options = options;
                self.apply_options();
            }
            let until = now.0.max(self.now);
            if let Some(at) = restarted_at {
                self.now = self.now.max(at.0);
                self.begin();
            }
            self.is_complete = is_complete;
            while self.next <= until {
                if until - self.next > CATCH_UP * 1000 {
                    // Nobody looks at seconds that passed unseen.
                    let last = until / 1000 * 1000;
                    self.advance(&mut feed, last - CATCH_UP * 1000);
                    self.next = last - CATCH_UP * 1000;
                }
                let at = self.next;
                self.advance(&mut feed, at);
                self.next += 1000;
                self.tell(at);
            }
            self.advance(&mut feed, u64::MAX);
            feed.clear();
            self.spare = feed;
            self.now = until;
            self.followers.extend(followers);
            self.welcome();
        }
    }

    /// Waits for something to do; nothing is left when the cell is gone.
    fn wait(&mut self) -> Option<Inbox> {
        let inbox = lock(&self.shared.inbox);
        let mut inbox = self
            .shared
            .news
            .wait_while(inbox, |inbox| !inbox.has_news)
            .unwrap_or_else(PoisonError::into_inner);
        let (now, is_complete) = (inbox.now, inbox.is_complete);
        let next = Inbox {
            feed: std::mem::take(&mut self.spare),
            now,
            is_complete,
            ..Inbox::default()
        };
        let inbox = std::mem::replace(&mut *inbox, next);
        (!inbox.is_stopped).then_some(inbox)
    }

    /// Takes what came before an instant.
    fn advance(&mut self, feed: &mut Feed, until: u64) {
        let newest = feed.changes.iter().map(|change| change.at.0).max();
        let reached = newest.unwrap_or(0).min(until.saturating_sub(1));
        self.view.reach(reached.max(self.now));
        self.view
            .take_before(feed, until, &self.log, reached.max(self.now));
        if until != u64::MAX {
            self.now = self.now.max(until);
            self.view.reach(until);
        }
    }

    /// Tells everybody of a full second.
    fn tell(&mut self, at: u64) {
        let by_suite = Question {
            by: vec![SUITE.to_owned()],
            top: usize::MAX,
            ..Question::default()
        };
        let Figures { totals, splits } = by_suite.answer(&self.view, at);
        let groups = splits.into_iter().flat_map(|split| split.groups);
        let groups: Vec<_> = groups.collect();
        self.note(at, None, &totals);
        for (suite, counts) in &groups {
            if let Value::Text(suite) = suite {
                self.note(at, Some(suite), counts);
            }
        }
        *lock(&self.shared.latest) = Arc::new(Latest { suites: groups });
        let is_full_minute = at.is_multiple_of(SECONDS_AT_ONCE * 1000);
        self.send(at, |it| !it.is_new, is_full_minute);
    }

    fn note(&mut self, at: u64, suite: Option<&str>, counts: &Counts) {
        let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        self.view.note(at / 1000 - 1, suite, |second| {
            second.active = Some((small(counts.active), small(counts.viewers)));
            second.buffering = small(counts.buffering);
        });
    }

    /// The first frame of those that are new.
    fn welcome(&mut self) {
        if self.followers.iter().any(|it| it.is_new) {
            let at = self.next - 1000;
            self.send(at, |it| it.is_new, true);
            for follow in &mut self.followers {
                follow.is_new = false;
            }
        }
    }

    fn send(&mut self, at: u64, to: impl Fn(&Follow) -> bool, is_full: bool) {
        let mut frames: HashMap<String, Arc<Frame>> = HashMap::new();
        let mut followers = std::mem::take(&mut self.followers);
        followers.retain_mut(|follow| {
            if !to(follow) {
                return true;
            }
            let key = format!("{:?}", follow.question);
            let frame = frames
                .entry(key)
                .or_insert_with(|| Arc::new(self.frame(&follow.question, at, is_full)));
            (follow.follower)(frame)
        });
        self.followers = followers;
    }

    fn frame(&self, question: &Question, at: u64, is_full: bool) -> Frame {
        let until = at / 1000;
        let first = self.view.first_second();
        let from = match is_full {
            true => first,
            false => first.max(until.saturating_sub(SECONDS_AT_ONCE)),
        };
        let curve = question
            .is_of_curve()
            .then(|| self.view.curve(question.suite.as_deref()));
        Frame {
            at,
            is_complete: self.is_complete,
            is_full,
            figures: question.answer(&self.view, at),
            seconds: curve.flatten().map(|curve| curve.cut(from, until)),
            // A session may be silent for so long and go on.
            provisional_from: at.saturating_sub(Rules::default().idle_ms) / 1000,
        }
    }
}
