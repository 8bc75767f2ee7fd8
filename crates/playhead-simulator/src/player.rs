//! Carries a viewer's acts out: tells what the player sends, and notes what is true.

use std::collections::VecDeque;

use crate::act::{Act, Ad, Break, Ending, post_roll};
use crate::catalogue::{Device, Habit, Title};
use crate::moment::{Moment, Quality, What};
use crate::random::Random;
use crate::truth::{AdTruth, ChapterTruth, Truth};

/// Long stretches are carried out in pieces, so that little waits in memory.
const PIECE_MS: u64 = 60_000;

/// What the player does at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Playing,
    Waiting,
    Completed,
}

/// Whom time belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Content,
    Ad,
    Gap,
    Pause,
    Buffer,
    Stall,
    Nobody,
}

/// What a player is and plays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) title: &'a Title,
    pub(crate) device: &'a Device,
    pub(crate) ping_ms: u64,
    pub(crate) fps: u8,
    pub(crate) start_ms: u16,
}

/// A player in the middle of a session.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    acts: VecDeque<Act>,
    random: Random,
    queue: VecDeque<Moment>,
    now: u64,
    position: i64,
    phase: Phase,
    /// Time between pings at present.
    interval: u64,
    next_ping: u64,
    /// When the library repeats `play` to mark the content.
    mark_at: Option<u64>,
    chapter: Option<usize>,
    pods: u8,
    kbps: u32,
    /// What was said about the bitrate so far.
    known_kbps: u32,
    last: Option<Moment>,
    truth: Truth,
}

impl Player {
    pub(crate) fn new(acts: Vec<Act>, random: Random, position: i64, kbps: u32, ping_ms: u64) -> Self {
        let start =
            Moment { ms: 0, position_ms: position, what: What::Start, quality: None };
        Self {
            acts: acts.into(),
            random,
            queue: VecDeque::from([start]),
            now: 0,
            position,
            phase: Phase::Starting,
            interval: ping_ms,
            next_ping: u64::MAX,
            mark_at: None,
            chapter: None,
            pods: 0,
            kbps,
            known_kbps: 0,
            last: Some(start),
            truth: Truth::default(),
        }
    }

    /// The next event, if the session goes on.
    pub(crate) fn next(&mut self, stage: Stage<'_>) -> Option<Moment> {
        while self.queue.is_empty() {
            let act = self.acts.pop_front()?;
            Scene { player: self, stage }.act(act);
        }
        self.queue.pop_front()
    }

    /// The truth; complete once there is no next event.
    pub(crate) fn truth(&self) -> &Truth {
        &self.truth
    }
}

/// A player on its stage.
struct Scene<'p, 's> {
    player: &'p mut Player,
    stage: Stage<'s>,
}

impl Scene<'_, '_> {
    fn act(&mut self, act: Act) {
        match act {
            Act::Play => self.play(),
            Act::Watch { ms } => self.watch(ms),
            Act::Pause { ms } => self.interrupt(What::PauseStart, For::Pause, ms),
            Act::Buffer { ms } => self.interrupt(What::BufferStart, For::Buffer, ms),
            Act::Seek { by_ms, ms } => self.seek(by_ms, ms),
            Act::Scrub { by_ms } => self.scrub(by_ms),
            Act::Stall { ms } => self.stall(ms),
            Act::Break(pod) => self.show(*pod),
            Act::Bitrate { kbps } => {
                self.player.kbps = kbps as u32;
                self.player.truth.bitrate_changes += 1;
                self.emit_with_quality(What::BitrateChange);
            }
            Act::Error { id, external } => self.fail(id, external),
            Act::State { name, on } => self.switch(name, on),
            Act::Leave { buffering, ms } => self.leave(buffering, ms),
            Act::End => self.end(),
            Act::Vanish => {
                self.emit(What::Ping);
                self.player.acts.clear();
            }
        }
    }

    fn play(&mut self) {
        let is_first = self.player.truth.reported.is_none();
        if is_first {
            self.enter_chapter();
            self.player.truth.report(self.player.position);
            self.emit_with_quality(What::Play);
            if self.stage.device.habit == Habit::Library {
                self.player.mark_at = Some(self.player.now + 1_000);
            }
        } else {
            self.emit(What::Play);
        }
        self.player.phase = Phase::Playing;
    }

    fn watch(&mut self, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        let piece = ms.min(PIECE_MS);
        let mut left = self.until_end().map_or(piece, |end| piece.min(end));
        while left > 0 {
            let chapter_left = match self.player.chapter {
                Some(chapter) => self.stage.title.chapter_end(chapter) - self.player.position,
                None => i64::MAX,
            };
            let part = left.min(chapter_left as u64);
            self.pass(part, For::Content);
            left -= part;
            if part as i64 == chapter_left && self.until_end() != Some(0) {
                self.leave_chapter(true);
                self.enter_chapter();
            }
        }
        if self.until_end() == Some(0) {
            self.complete();
        } else if ms > piece {
            self.player.acts.push_front(Act::Watch { ms: ms - piece });
        }
    }

    /// Content that is left; nothing if it is live.
    fn until_end(&self) -> Option<u64> {
        let title = self.stage.title;
        (!title.is_live).then(|| (title.length_ms - self.player.position).max(0) as u64)
    }

    /// The content is over: no more of what was planned for it.
    fn complete(&mut self) {
        self.leave_chapter(true);
        self.player.truth.is_completed = true;
        self.emit(What::Complete);
        self.player.phase = Phase::Completed;
        let mut random = self.player.random.clone();
        let acts = &mut self.player.acts;
        acts.clear();
        if self.stage.device.habit == Habit::Plain && random.percent(30) {
            acts.push_back(Act::Break(post_roll(&mut random)));
        }
        if random.percent(20) {
            // Players that go on to ping after the end.
            self.pass(25_000, For::Nobody);
        } else {
            self.pass(random.between(1, 900), For::Nobody);
        }
        let last = if random.percent(85) { Act::End } else { Act::Vanish };
        self.player.acts.push_back(last);
    }

    fn interrupt(&mut self, what: What, whom: For, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        self.begin(what, whom);
        self.pass(ms, whom);
        self.play();
    }

    fn begin(&mut self, what: What, whom: For) {
        let count = match whom {
            For::Pause => &mut self.player.truth.pauses,
            _ => &mut self.player.truth.buffers,
        };
        *count += 1;
        self.emit(what);
        self.player.phase = Phase::Waiting;
    }

    fn seek(&mut self, by_ms: i64, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        self.begin(What::PauseStart, For::Pause);
        self.pass(ms, For::Pause);
        self.go_to(self.player.position + by_ms);
        self.change_chapter();
        self.play();
    }

    fn scrub(&mut self, by_ms: i64) {
        let target = self.player.position + by_ms;
        let is_inside = self.until_end().is_none_or(|end| by_ms < end as i64) && target >= 0;
        if self.player.phase == Phase::Completed || !is_inside {
            return;
        }
        self.go_to(target);
        self.emit(What::Ping);
        self.change_chapter();
    }

    fn go_to(&mut self, target: i64) {
        let title = self.stage.title;
        self.player.position = match title.is_live {
            true => target,
            false => target.clamp(0, (title.length_ms - 2_000).max(0)),
        };
    }

    /// Samples of the place at both ends and between.
    fn stall(&mut self, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        self.player.truth.stalls += 1;
        self.emit(What::Ping);
        for _ in 0..3 {
            self.pass(ms / 3, For::Stall);
            self.emit(What::Ping);
        }
    }

    fn show(&mut self, pod: Break) {
        let before = self.player.phase;
        let number = self.player.pods;
        self.player.pods += 1;
        self.player.interval = self.stage.device.ad_ping_ms;
        self.emit(What::AdBreakStart { pod: number });
        // Only a player that is playing when the break begins plays until its first ad.
        self.pass(pod.lead_ms, if before == Phase::Playing { For::Gap } else { For::Nobody });
        for (place, ad) in pod.ads.iter().enumerate() {
            if !self.show_ad(number, place, ad) {
                return;
            }
        }
        self.player.interval = self.stage.ping_ms;
        self.emit(What::AdBreakComplete);
        let repeats = self.stage.device.habit == Habit::Library;
        if repeats && before == Phase::Playing {
            self.play();
        }
    }

    /// Answers whether the viewer is still there.
    fn show_ad(&mut self, pod: u8, place: usize, ad: &Ad) -> bool {
        self.player.truth.ads.push(AdTruth {
            number: ad.number,
            pod,
            place: place as u8 + 1,
            length_ms: ad.length_ms,
            played_ms: 0,
            completed: false,
        });
        let length_ms = ad.length_ms as u32;
        self.emit(What::AdStart { number: ad.number as u16, place: place as u8 + 1, length_ms });
        if self.stage.device.habit == Habit::Library && self.player.phase != Phase::Completed {
            self.emit(What::Play);
        }
        match ad.ending {
            Ending::Complete => {
                self.play_ad(ad.length_ms, ad);
                self.current_ad().completed = true;
                self.emit(What::AdComplete);
            }
            Ending::Skip { after_ms } => {
                self.play_ad(after_ms, ad);
                self.emit(What::AdSkip);
            }
            Ending::Vanish { after_ms } => {
                self.pass(after_ms, For::Ad);
                self.emit(What::Ping);
                self.player.acts.clear();
                return false;
            }
        }
        self.pass(ad.gap_ms, For::Gap);
        true
    }

    fn play_ad(&mut self, ms: u64, ad: &Ad) {
        // After the content a play would begin it anew.
        if ad.pause_ms == 0 || self.player.phase == Phase::Completed {
            return self.pass(ms, For::Ad);
        }
        self.pass(ms / 2, For::Ad);
        self.player.truth.pauses += 1;
        self.emit(What::PauseStart);
        self.pass(ad.pause_ms, For::Pause);
        self.emit(What::Play);
        self.pass(ms - ms / 2, For::Ad);
    }

    fn current_ad(&mut self) -> &mut AdTruth {
        self.player.truth.ads.last_mut().expect("an ad is on")
    }

    fn fail(&mut self, id: usize, external: bool) {
        let truth = &mut self.player.truth;
        truth.errors += 1;
        let list =
            if external { &mut truth.external_errors } else { &mut truth.player_errors };
        let name = crate::body::ERRORS[id];
        if !list.contains(&name) {
            list.push(name);
        }
        self.emit_with_quality(What::Error { id: id as u8, external });
    }

    fn switch(&mut self, name: usize, on: bool) {
        let now = self.player.now;
        let state = &mut self.player.truth.states[name];
        if on {
            state.count += 1;
            state.since = Some(now);
        } else if let Some(since) = state.since.take() {
            state.ms += now - since;
        }
        self.emit(What::State { name: name as u8, on });
    }

    fn leave(&mut self, buffering: bool, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        let (what, whom) = match buffering {
            true => (What::BufferStart, For::Buffer),
            false => (What::PauseStart, For::Pause),
        };
        self.begin(what, whom);
        self.pass(ms, whom);
        self.emit(What::Ping);
    }

    fn end(&mut self) {
        if self.stage.device.habit == Habit::Library {
            self.leave_chapter(false);
        }
        let since = self.player.now - self.player.truth.last_ms;
        self.player.truth.goodbye_ms = Some(since);
        self.emit(What::End);
        self.player.acts.clear();
    }

    fn enter_chapter(&mut self) {
        let Some(chapter) = self.stage.title.chapter_at(self.player.position) else { return };
        self.player.chapter = Some(chapter);
        let entered = ChapterTruth { chapter, played_ms: 0, completed: false };
        self.player.truth.chapters.push(entered);
        self.emit(What::ChapterStart { chapter: chapter as u8 });
    }

    fn leave_chapter(&mut self, completed: bool) {
        if self.player.chapter.take().is_none() {
            return;
        }
        let left = self.player.truth.chapters.last_mut().expect("the chapter was entered");
        left.completed = completed;
        self.emit(if completed { What::ChapterComplete } else { What::ChapterSkip });
    }

    /// After a jump.
    fn change_chapter(&mut self) {
        let there = self.stage.title.chapter_at(self.player.position);
        if there != self.player.chapter {
            self.leave_chapter(false);
            self.enter_chapter();
        }
    }

    /// Lets time pass, with the pings that fall into it.
    fn pass(&mut self, ms: u64, whom: For) {
        let end = self.player.now + ms;
        if whom == For::Content
            && let Some(at) = self.player.mark_at
            && at < end
        {
            self.player.mark_at = None;
            self.spend(at.saturating_sub(self.player.now), whom);
            self.emit(What::Play);
        }
        while self.player.next_ping < end {
            self.spend(self.player.next_ping.saturating_sub(self.player.now), whom);
            self.emit(What::Ping);
        }
        self.spend(end - self.player.now, whom);
    }

    fn spend(&mut self, ms: u64, whom: For) {
        let Player { truth, position, known_kbps, .. } = self.player;
        match whom {
            For::Content => {
                truth.watch(*position, ms);
                truth.weigh(*known_kbps, ms);
                *position += ms as i64;
                if self.player.chapter.is_some() {
                    truth.chapters.last_mut().expect("the chapter was entered").played_ms += ms;
                }
            }
            For::Ad => {
                truth.ad_ms += ms;
                truth.weigh(*known_kbps, ms);
                truth.ads.last_mut().expect("an ad is on").played_ms += ms;
            }
            For::Gap => truth.gap_ms += ms,
            For::Pause => truth.pause_ms += ms,
            For::Buffer => truth.buffer_ms += ms,
            For::Stall => truth.stall_ms += ms,
            For::Nobody => {}
        }
        self.player.now += ms;
    }

    fn emit(&mut self, what: What) {
        let is_ping = what == What::Ping;
        if is_ping && self.stage.device.quality_on_pings && self.player.truth.quality.is_some() {
            self.emit_with_quality(what);
        } else {
            self.put(what, None);
        }
    }

    fn emit_with_quality(&mut self, what: What) {
        let drops = self.stage.device.drops_every_ms;
        let dropped = self.player.truth.content_ms.checked_div(drops).unwrap_or(0);
        let quality = Quality {
            kbps: self.player.kbps,
            dropped: dropped as u32,
            fps: self.stage.fps,
            start_ms: self.stage.start_ms,
        };
        self.player.truth.quality = Some(quality);
        self.player.known_kbps = quality.kbps;
        self.put(what, Some(quality));
    }

    fn put(&mut self, what: What, quality: Option<Quality>) {
        let player = &mut *self.player;
        let moment = Moment { ms: player.now, position_ms: player.position, what, quality };
        if restarts_pings(what) {
            player.next_ping = player.now + player.interval;
        }
        if player.last.is_some_and(|last| says_nothing_new(&last, &moment)) {
            return;
        }
        if player.truth.reported.is_some() {
            player.truth.report(moment.position_ms);
        }
        player.truth.last_ms = moment.ms;
        player.last = Some(moment);
        player.queue.push_back(moment);
    }
}

fn restarts_pings(what: What) -> bool {
    matches!(
        what,
        What::Play
            | What::Ping
            | What::PauseStart
            | What::BufferStart
            | What::AdStart { .. }
            | What::AdBreakComplete
    )
}

fn says_nothing_new(last: &Moment, moment: &Moment) -> bool {
    (last.ms, last.position_ms, last.quality) == (moment.ms, moment.position_ms, moment.quality)
        && match moment.what {
            What::Ping => matches!(last.what, What::Ping | What::Play),
            What::Play => last.what == What::Play,
            _ => false,
        }
}
