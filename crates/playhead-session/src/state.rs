//! The state of one open session.

use playhead_model::event::{Event, Quality, Start, StateName};
use playhead_model::ids::EventRef;
use playhead_model::outcome::CloseReason;
use playhead_model::time::{PlayerMs, Playhead, ReceivedMs};

use crate::stall::Run;
use crate::watched::Watched;
use crate::window::Window;

/// The player register (R3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    Starting,
    Playing,
    Paused,
    Buffering,
    Completed,
}

impl Phase {
    /// The name on every surface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Playing => "playing",
            Self::Paused => "paused",
            Self::Buffering => "buffering",
            Self::Completed => "completed",
        }
    }
}

/// What playing time counts for at an instant (R4 "context").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    Main,
    Break,
    Ad(Listed),
}

/// The place of an open ad or chapter in its list, which is full after a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    At(u32),
    Beyond,
}

impl Listed {
    pub(crate) fn number(self) -> Option<u32> {
        match self {
            Self::At(number) => Some(number),
            Self::Beyond => None,
        }
    }
}

/// An open ad break. Boxed where it is kept: most of the time none is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Break {
    pub(crate) event: EventRef,
    pub(crate) pod_index: i64,
    pub(crate) pod_second_bits: u64,
    /// Start of its last ad (R5.3, R5.6); `None` before the first.
    pub(crate) ad_started: Option<PlayerMs>,
}

/// A break that a `play` closed, and the playhead of that `play` (R5.6).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Reopenable {
    pub(crate) brk: Break,
    pub(crate) playhead: Playhead,
}

/// One ad of the session, in order of start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ad {
    /// Its `adStart`.
    pub event: EventRef,
    /// The `adBreakStart` of its break.
    pub pod: EventRef,
    pub time_ms: u64,
    pub completed: bool,
}

/// One chapter of the session, in order of start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Its `chapterStart`.
    pub event: EventRef,
    pub time_ms: u64,
    /// Content time that a stall may still take away.
    pub(crate) pending_ms: u64,
    pub completed: bool,
}

/// One player state of the session, in order of first start (R7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerState {
    pub name: StateName,
    pub count: u32,
    pub time_ms: u64,
    pub since: Option<PlayerMs>,
}

/// A distinct error id (R8.2): where its text stands, and a hash that tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorId {
    pub event: EventRef,
    pub hash: u64,
    pub external: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// `None` in a provisional copy of an open session.
    pub reason: Option<CloseReason>,
    /// M23, unrounded.
    pub since_last_call_ms: u64,
}

/// Playheads after the content start, for markers and the segment (R4.6, R4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Considered {
    pub(crate) first: Playhead,
    pub(crate) lowest: Playhead,
    pub(crate) highest: Playhead,
}

/// Playing time weighted by bitrate (R8.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BitrateWeight {
    pub(crate) ms: u64,
    pub(crate) sum: u64,
}

impl BitrateWeight {
    pub(crate) fn add(&mut self, bitrate: i64, ms: u64) {
        if let Ok(bitrate @ 1..) = u64::try_from(bitrate) {
            self.ms += ms;
            self.sum = self.sum.saturating_add(bitrate.saturating_mul(ms));
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.ms += other.ms;
        self.sum = self.sum.saturating_add(other.sum);
    }
}

/// A bitrate above this weighs as this one: far beyond any stream, and the sums cannot overflow.
pub(crate) const BITRATE_MAX: i64 = 10_000_000_000;

/// A value that may never have been said, in eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said(pub(crate) i64);

impl Said {
    const NEVER: Self = Self(i64::MIN);

    pub(crate) fn get(self) -> Option<i64> {
        (self != Self::NEVER).then_some(self.0)
    }

    fn updated(self, news: Option<i64>) -> Self {
        news.map_or(self, |value| Self(value.max(i64::MIN + 1)))
    }
}

/// The last quality values said (R8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastQuality {
    pub(crate) bitrate: Said,
    pub(crate) dropped_frames: Said,
    pub(crate) frames_per_second: Said,
    pub(crate) time_to_start: Said,
}

impl Default for LastQuality {
    fn default() -> Self {
        Self {
            bitrate: Said::NEVER,
            dropped_frames: Said::NEVER,
            frames_per_second: Said::NEVER,
            time_to_start: Said::NEVER,
        }
    }
}

impl LastQuality {
    /// The values as an event would say them all.
    pub(crate) fn said(self) -> Quality {
        Quality {
            bitrate: self.bitrate.get(),
            dropped_frames: self.dropped_frames.get(),
            frames_per_second: self.frames_per_second.get(),
            time_to_start: self.time_to_start.get(),
        }
    }

    fn updated(self, news: Option<&Quality>) -> Self {
        let Some(news) = news else { return self };
        Self {
            bitrate: self.bitrate.updated(news.bitrate),
            dropped_frames: self.dropped_frames.updated(news.dropped_frames),
            frames_per_second: self.frames_per_second.updated(news.frames_per_second),
            time_to_start: self.time_to_start.updated(news.time_to_start),
        }
    }
}

/// Numbers that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) content_ms: u64,
    pub(crate) ad_ms: u64,
    pub(crate) gap_ms: u64,
    pub(crate) pause_ms: u64,
    pub(crate) buffer_ms: u64,
    pub(crate) stall_ms: u64,
    pub(crate) pauses: u32,
    pub(crate) buffers: u32,
    pub(crate) stalls: u32,
    pub(crate) ads: u32,
    pub(crate) chapters: u32,
    pub(crate) bitrate_changes: u32,
    pub(crate) errors: u32,
}

/// What few sessions have, kept apart so that the others do not pay for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rare {
    pub(crate) states: Vec<PlayerState>,
    pub(crate) errors: Vec<ErrorId>,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) reopenable: Option<Reopenable>,
}

/// One session, from `sessionStart` to its close.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    // What decides about arrivals.
    pub(crate) started_at: ReceivedMs,
    pub(crate) last_at: ReceivedMs,
    pub(crate) window: Window,
    pub(crate) closed: Option<Closed>,

    // What the start said.
    pub(crate) live: bool,
    pub(crate) resume: bool,
    pub(crate) length: Playhead,
    pub(crate) started: PlayerMs,

    // Where the ordered list stands.
    pub(crate) ts: PlayerMs,
    pub(crate) moved: PlayerMs,
    pub(crate) raw_playhead: Playhead,
    /// What turns of the day add to it (R3.4), µs.
    pub(crate) wrap: i64,

    // Registers.
    pub(crate) phase: Phase,
    pub(crate) remembered: Option<Phase>,
    pub(crate) completed: bool,
    pub(crate) limited: bool,
    pub(crate) brk: Option<Box<Break>>,
    pub(crate) ad: Option<Listed>,
    pub(crate) chapter: Option<Listed>,
    pub(crate) quality: LastQuality,
    pub(crate) run: Option<Run>,

    // Numbers.
    pub(crate) sums: Sums,
    pub(crate) bitrate: BitrateWeight,
    pub(crate) considered: Option<Considered>,
    pub(crate) watched: Watched,
    pub(crate) ads: Vec<Ad>,
    pub(crate) rare: Option<Box<Rare>>,
}

impl Session {
    /// Opens a session at the arrival of its `sessionStart`.
    pub fn open(start: &Start, at: ReceivedMs) -> Self {
        Self {
            started_at: at,
            last_at: at,
            window: Window::default(),
            closed: None,
            live: start.live,
            resume: start.resume,
            length: start.length,
            started: start.ts,
            ts: start.ts,
            moved: start.ts,
            raw_playhead: start.playhead,
            wrap: 0,
            phase: Phase::Starting,
            remembered: None,
            completed: false,
            limited: false,
            brk: None,
            ad: None,
            chapter: None,
            quality: LastQuality::default().updated(start.quality.as_deref()),
            run: None,
            sums: Sums::default(),
            bitrate: BitrateWeight::default(),
            considered: None,
            watched: Watched::default(),
            ads: Vec::new(),
            rare: None,
        }
    }

    /// How the session ended, if it has.
    pub fn closed(&self) -> Option<Closed> {
        self.closed
    }

    /// The player register.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether an ad break, an ad and a chapter are open.
    pub fn open_parts(&self) -> (bool, bool, bool) {
        (
            self.brk.is_some(),
            self.ad.is_some(),
            self.chapter.is_some(),
        )
    }

    /// Arrival of `sessionStart`.
    pub fn started_at(&self) -> ReceivedMs {
        self.started_at
    }

    /// Arrival of the last event that was not a duplicate.
    pub fn last_at(&self) -> ReceivedMs {
        self.last_at
    }

    /// Client time of `sessionStart` and of the last accepted event.
    pub fn client_span(&self) -> (PlayerMs, PlayerMs) {
        (self.started, self.ts)
    }

    /// Events that wait in the window.
    pub fn held(&self) -> usize {
        self.window.held.len()
    }

    /// The playhead of the last accepted event, unwrapped (R3.4).
    pub fn playhead(&self) -> Playhead {
        Playhead(self.raw_playhead.0 + self.wrap)
    }

    /// The ads, in order of start.
    pub fn ads(&self) -> &[Ad] {
        &self.ads
    }

    /// The chapters, in order of start.
    pub fn chapters(&self) -> &[Chapter] {
        self.rare.as_ref().map_or(&[], |rare| &rare.chapters)
    }

    /// The player states, in order of first start.
    pub fn states(&self) -> &[PlayerState] {
        self.rare.as_ref().map_or(&[], |rare| &rare.states)
    }

    /// The distinct error ids, in order of first appearance.
    pub fn errors(&self) -> &[ErrorId] {
        self.rare.as_ref().map_or(&[], |rare| &rare.errors)
    }

    pub(crate) fn context(&self) -> Context {
        match (self.ad, &self.brk) {
            (Some(ad), _) => Context::Ad(ad),
            (None, Some(_)) => Context::Break,
            (None, None) => Context::Main,
        }
    }

    /// Whether a stall could be going on: playing main content.
    pub(crate) fn plays_content(&self) -> bool {
        self.phase == Phase::Playing && self.brk.is_none()
    }

    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    pub(crate) fn bitrate_now(&self) -> i64 {
        self.quality
            .bitrate
            .get()
            .unwrap_or(0)
            .clamp(0, BITRATE_MAX)
    }

    /// Values apply from the event that carries them on (R8).
    pub(crate) fn take_quality(&mut self, event: &Event) {
        self.quality = self.quality.updated(event.quality.as_deref());
    }
}
