//! Carries a viewer's acts out: tells what the player sends, and notes what is true.

mod ads;
mod content;

use std::collections::VecDeque;

use crate::act::Act;
use crate::catalogue::{Device, Title};
use crate::moment::{Moment, Quality, What};
use crate::random::Random;
use crate::truth::Truth;

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
    pub(crate) fn new(
        acts: Vec<Act>,
        random: Random,
        position: i64,
        kbps: u32,
        ping_ms: u64,
    ) -> Self {
        let start = Moment {
            ms: 0,
            position_ms: position,
            what: What::Start,
            quality: None,
        };
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
            Scene {
                player: self,
                stage,
            }
            .act(act);
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
        let Player {
            truth,
            position,
            known_kbps,
            ..
        } = self.player;
        match whom {
            For::Content => {
                truth.watch(*position, ms);
                truth.weigh(*known_kbps, ms);
                *position += ms as i64;
                if self.player.chapter.is_some() {
                    truth
                        .chapters
                        .last_mut()
                        .expect("the chapter was entered")
                        .played_ms += ms;
                }
            }
            For::Ad => {
                truth.ad_ms += ms;
                truth.weigh(*known_kbps, ms);
                truth.ads.last_mut().expect("an ad is on").played_ms += ms;
            }
            For::Gap => truth.gap_ms += ms,
            For::Pause => truth.pause_ms += ms,
            For::Buffer => {
                truth.buffer_ms += ms;
                if truth.reported.is_some() {
                    truth.rebuffer_ms += ms;
                }
            }
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
        let moment = Moment {
            ms: player.now,
            position_ms: player.position,
            what,
            quality,
        };
        if restarts_pings(what) {
            player.next_ping = player.now + player.interval;
        }
        if player
            .last
            .is_some_and(|last| says_nothing_new(&last, &moment))
        {
            return;
        }
        if player.truth.reported.is_some() {
            player.truth.report(moment.position_ms);
        }
        if what == What::Play {
            player.truth.first_play_ms.get_or_insert(moment.ms);
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
