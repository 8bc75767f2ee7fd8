//! The state of one open session.

use std::num::{NonZeroU32, NonZeroU64};

use playhead_model::event::{Quality, QualityKey, Start, StateName};
use playhead_model::ids::EventRef;
use playhead_model::outcome::CloseReason;
use playhead_model::time::{PlayerMs, Playhead, ReceivedMs};

use crate::stall::Run;
use crate::watched::Watched;
use crate::window::{HeldEvents, Recent};

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
pub(crate) struct Listed(NonZeroU32);

impl Listed {
    pub(crate) const BEYOND: Self = Self(NonZeroU32::MAX);

    /// The place `number`, which is below any limit.
    pub(crate) fn at(number: u32) -> Self {
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    pub(crate) fn number(self) -> Option<u32> {
        (self != Self::BEYOND).then(|| self.0.get() - 1)
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

/// A time after the start of the session. Not knowing it takes no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AfterStart(NonZeroU64);

impl AfterStart {
    pub(crate) fn new(ms: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(ms))
    }

    pub(crate) fn ms(self) -> u64 {
        self.0.get() - 1
    }
}

/// Numbers that only grow. The last grows with nearly every event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Sums {
    pub(crate) pauses: u32,
    pub(crate) buffers: u32,
    pub(crate) stalls: u32,
    pub(crate) ads: u32,
    pub(crate) chapters: u32,
    pub(crate) bitrate_changes: u32,
    pub(crate) errors: u32,
    /// Those of the buffers that R4.9 counts.
    pub(crate) rebuffers: u32,
    pub(crate) first_play: Option<AfterStart>,
    pub(crate) rebuffer_ms: u64,
    pub(crate) ad_ms: u64,
    pub(crate) gap_ms: u64,
    pub(crate) pause_ms: u64,
    pub(crate) buffer_ms: u64,
    pub(crate) stall_ms: u64,
    pub(crate) content_ms: u64,
}

/// What few sessions have, kept apart so that the others do not pay for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rare {
    pub(crate) states: Vec<PlayerState>,
    pub(crate) errors: Vec<ErrorId>,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) reopenable: Option<Reopenable>,
    /// Of no meaning before there is one.
    pub(crate) last_error: LastError,
}

/// The last `error` event (R8.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LastError {
    pub(crate) at: PlayerMs,
    /// Content time before it, without that of a run which may yet be a stall.
    pub(crate) content_ms: u64,
}

/// One session, from `sessionStart` to its close.
///
/// A million of them are far more than caches hold, so that reading one costs more than working
/// on it. The fields that an ordinary ping touches lie side by side, in six lines of a cache; before
/// and after them are those that it does not.
#[derive(Clone, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Session {
    /// What the start said.
    pub(crate) started: PlayerMs,
    pub(crate) rare: Option<Box<Rare>>,
    pub(crate) ads: Vec<Ad>,
    pub(crate) sums: Sums,
    pub(crate) watched: Watched,

    // What decides about arrivals.
    pub(crate) started_at: ReceivedMs,
    pub(crate) last_at: ReceivedMs,
    /// Smallest arrival − ts so far, ms.
    pub(crate) clock_offset: i64,
    pub(crate) closed: Option<Box<Closed>>,
    pub(crate) held: HeldEvents,

    // Where the ordered list stands.
    pub(crate) ts: PlayerMs,
    pub(crate) moved: PlayerMs,
    pub(crate) raw_playhead: Playhead,
    /// What turns of the day add to it (R3.4), µs.
    pub(crate) wrap: i64,

    // Registers.
    pub(crate) live: bool,
    pub(crate) resume: bool,
    pub(crate) phase: Phase,
    pub(crate) remembered: Option<Phase>,
    pub(crate) completed: bool,
    pub(crate) limited: bool,
    pub(crate) ad: Option<Listed>,
    pub(crate) chapter: Option<Listed>,
    pub(crate) brk: Option<Box<Break>>,
    pub(crate) quality: Quality,
    pub(crate) run: Option<Run>,
    pub(crate) bitrate: BitrateWeight,
    pub(crate) considered: Option<Considered>,
    pub(crate) length: Playhead,
    /// Begins with what each event looks at; the fingerprints behind it are rarely read.
    pub(crate) recent: Recent,
}

impl Session {
    /// Opens a session at the arrival of its `sessionStart`.
    #[inline]
    pub fn open(start: &Start, at: ReceivedMs) -> Self {
        Self {
            started: start.ts,
            rare: None,
            ads: Vec::new(),
            sums: Sums::default(),
            watched: Watched::default(),
            started_at: at,
            last_at: at,
            clock_offset: offset(at, start.ts),
            closed: None,
            held: HeldEvents::default(),
            ts: start.ts,
            moved: start.ts,
            raw_playhead: start.playhead,
            wrap: 0,
            live: start.live,
            resume: start.resume,
            phase: Phase::Starting,
            remembered: None,
            completed: false,
            limited: false,
            ad: None,
            chapter: None,
            brk: None,
            quality: start.quality.clone(),
            run: None,
            bitrate: BitrateWeight::default(),
            considered: None,
            length: start.length,
            recent: Recent::default(),
        }
    }

    /// How the session ended, if it has.
    pub fn closed(&self) -> Option<Closed> {
        self.closed.as_deref().copied()
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

    /// Says when the whole session arrived, as one batch: its numbers do not depend on it.
    pub fn set_arrival(&mut self, at: ReceivedMs) {
        self.started_at = at;
        self.last_at = at;
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

    /// How far the server's clock was ahead of the client's: the smallest difference between an
    /// arrival and its `ts`, ms.
    pub fn clock_offset_ms(&self) -> i64 {
        self.clock_offset
    }

    /// The length of the content; 0 if it is not known.
    pub fn content_length(&self) -> Playhead {
        self.length
    }

    /// Events that wait in the window.
    pub fn held(&self) -> usize {
        self.held.len()
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
        let bitrate = self.quality.get(QualityKey::Bitrate);
        bitrate.unwrap_or(0).clamp(0, BITRATE_MAX)
    }

    /// Reads something of each line of a cache, of 64 bytes, that an ordinary event touches. Done for
    /// several sessions before any of them is worked on, so that their ways from memory to the
    /// processor overlap.
    #[inline]
    pub fn touch(&self) -> u64 {
        self.started_at.0
            ^ self.clock_offset as u64
            ^ self.moved.0 as u64
            ^ self.wrap as u64
            ^ self.bitrate.ms
            ^ self.recent.touch()
    }

    /// Notes an arrival that was no duplicate.
    pub(crate) fn heard(&mut self, at: ReceivedMs, ts: PlayerMs) {
        self.last_at = at;
        self.clock_offset = self.clock_offset.min(offset(at, ts));
    }
}

fn offset(at: ReceivedMs, ts: PlayerMs) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX).saturating_sub(ts.0)
}

/// The lines that [`Session::touch`] reads are all that an ordinary ping needs, but for the place of its
/// fingerprint.
const _: () = {
    use std::mem::offset_of;
    const LINE: usize = 64;
    let hot = offset_of!(Session, sums) + offset_of!(Sums, content_ms);
    assert!(hot / LINE == offset_of!(Session, started_at) / LINE);
    assert!(hot / LINE + 1 == offset_of!(Session, clock_offset) / LINE);
    assert!(hot / LINE + 2 == offset_of!(Session, moved) / LINE);
    assert!(hot / LINE + 3 == offset_of!(Session, wrap) / LINE);
    assert!(hot / LINE + 4 == offset_of!(Session, bitrate) / LINE);
    assert!(hot / LINE + 5 == offset_of!(Session, recent) / LINE);
    assert!(offset_of!(Session, recent) % LINE + offset_of!(Recent, ring) < LINE);
};
