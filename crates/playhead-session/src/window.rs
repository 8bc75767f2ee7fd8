//! The window that puts events in order (R2.2, R2.3), and the tie rule for equal timestamps.

use std::cmp::Ordering;

use playhead_model::event::{Event, Kind};
use playhead_model::ids::EventRef;
use playhead_model::limits::FINGERPRINTS;
use playhead_model::outcome::{Rule, Settled};
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs};

use crate::observe::Observer;
use crate::state::Session;

/// An event as it arrives.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Server time.
    pub at: ReceivedMs,
    /// Where its body lies.
    pub event_ref: EventRef,
    /// Of the canonical body, to recognise a retry.
    pub fingerprint: u64,
    pub event: Event,
}

/// An event that waits for its turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) at: ReceivedMs,
    pub(crate) event_ref: EventRef,
    pub(crate) event: Event,
}

/// A fingerprint as it is kept: 48 of its 64 bits.
type Fingerprint = [u16; 3];

/// Fingerprints of the last events that were not duplicates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recent {
    /// The latest timestamp seen. A later event cannot repeat any, so its ring is not read.
    pub(crate) newest: PlayerMs,
    pub(crate) ring: [Fingerprint; FINGERPRINTS],
    pub(crate) len: u8,
    /// Where the next one goes once the ring is full.
    pub(crate) next: u8,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            newest: PlayerMs(i64::MIN),
            ring: [Fingerprint::default(); FINGERPRINTS],
            len: 0,
            next: 0,
        }
    }
}

impl Recent {
    pub(crate) fn contains(&self, ts: PlayerMs, fingerprint: u64) -> bool {
        ts <= self.newest && self.kept().contains(&shortened(fingerprint))
    }

    pub(crate) fn insert(&mut self, ts: PlayerMs, fingerprint: u64) {
        self.newest = self.newest.max(ts);
        let place = if usize::from(self.len) < FINGERPRINTS {
            self.len += 1;
            self.len - 1
        } else {
            let place = self.next;
            self.next = (self.next + 1) % FINGERPRINTS as u8;
            place
        };
        self.ring[usize::from(place)] = shortened(fingerprint);
    }

    pub(crate) fn kept(&self) -> &[Fingerprint] {
        &self.ring[..usize::from(self.len)]
    }

    pub(crate) fn kept_mut(&mut self) -> &mut [Fingerprint] {
        &mut self.ring[..usize::from(self.len)]
    }

    fn newest_first(&self) -> impl Iterator<Item = Fingerprint> {
        let (newer, older) = self.kept().split_at(usize::from(self.next));
        newer.iter().rev().chain(older.iter().rev()).copied()
    }
}

/// What is kept of a fingerprint.
pub fn kept_bits(fingerprint: u64) -> u64 {
    fingerprint & 0xffff_ffff_ffff
}

fn shortened(fingerprint: u64) -> Fingerprint {
    [
        fingerprint as u16,
        (fingerprint >> 16) as u16,
        (fingerprint >> 32) as u16,
    ]
}

/// Events not yet in order, in order of arrival.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Window {
    pub(crate) held: Vec<Held>,
    pub(crate) recent: Recent,
}

impl Session {
    /// Takes an event that the door acknowledged.
    pub fn arrive(&mut self, arrival: Arrival, rules: &Rules, observer: &mut impl Observer) {
        let Arrival {
            at,
            event_ref,
            fingerprint,
            event,
        } = arrival;
        self.advance(at, rules, observer);
        if self.window.recent.contains(event.ts, fingerprint) {
            return observer.settled(event_ref, Settled::Duplicate, Rule::Repeat);
        }
        self.window.recent.insert(event.ts, fingerprint);
        if self.closed.is_some() {
            return observer.settled(event_ref, Settled::AfterClose, Rule::Ended);
        }
        self.last_at = at;
        if self.held_end().is_some_and(|end| event.ts > end) {
            return observer.settled(event_ref, Settled::AfterClose, Rule::Ended);
        }
        // Few events wait at a time: room for each, and none to spare.
        self.window.held.reserve_exact(1);
        self.window.held.push(Held {
            at,
            event_ref,
            event,
        });
        if self.window.held.len() > rules.held_max {
            self.release_next(rules, observer);
        }
        self.check();
    }

    /// What is kept of the last fingerprints, to compare with [`kept_bits`]; newest first, and 0
    /// where there was none.
    pub fn last_fingerprints<const N: usize>(&self) -> [u64; N] {
        let mut newest_first = self.window.recent.newest_first();
        std::array::from_fn(|_| {
            let [low, middle, high] = newest_first.next().unwrap_or_default().map(u64::from);
            low | middle << 16 | high << 32
        })
    }

    /// The timestamp of a `sessionEnd` that waits; nothing later is taken (protocol §3.5).
    pub(crate) fn held_end(&self) -> Option<PlayerMs> {
        self.window
            .held
            .iter()
            .filter(|held| held.event.kind == Kind::SessionEnd)
            .map(|held| held.event.ts)
            .min()
    }

    /// Releases events until none with a timestamp up to `ts` is left.
    pub(crate) fn release_up_to(
        &mut self,
        ts: PlayerMs,
        rules: &Rules,
        observer: &mut impl Observer,
    ) {
        while self.window.held.iter().any(|held| held.event.ts <= ts) {
            self.release_next(rules, observer);
        }
    }

    /// Releases everything that waits.
    pub(crate) fn flush(&mut self, rules: &Rules, observer: &mut impl Observer) {
        while !self.window.held.is_empty() {
            self.release_next(rules, observer);
        }
    }

    fn release_next(&mut self, rules: &Rules, observer: &mut impl Observer) {
        let Some(next) = self.next_held() else { return };
        let held = self.window.held.remove(next);
        if self.window.held.is_empty() {
            // Between two pings nothing waits: a million sessions need not keep the room.
            self.window.held = Vec::new();
        }
        self.take_in_order(held, rules, observer);
    }

    /// The tie rule of protocol §6: the smallest timestamp; of equals the lowest class; of those
    /// the earliest that fits the present state, else the earliest.
    fn next_held(&self) -> Option<usize> {
        if self.window.held.len() <= 1 {
            return (!self.window.held.is_empty()).then_some(0);
        }
        let mut best: Option<(usize, PlayerMs, Class, bool)> = None;
        for (index, held) in self.window.held.iter().enumerate() {
            let ts = held.event.ts;
            if best.is_some_and(|(_, least, ..)| ts > least) {
                continue;
            }
            let class = Class::of(&held.event.kind);
            let fits = self.fits(&held.event.kind);
            let better = best.is_none_or(|(_, least, lowest, fitted)| {
                let order = ts.cmp(&least).then(class.cmp(&lowest));
                order == Ordering::Less || (order == Ordering::Equal && fits && !fitted)
            });
            if better {
                best = Some((index, ts, class, fits));
            }
        }
        best.map(|(index, ..)| index)
    }

    fn fits(&self, kind: &Kind) -> bool {
        let (brk, ad) = (self.brk.is_some(), self.ad.is_some());
        match kind {
            Kind::AdBreakStart { .. } => !brk,
            Kind::AdStart | Kind::AdBreakComplete => brk && !ad,
            Kind::AdComplete | Kind::AdSkip => ad,
            Kind::ChapterStart => self.chapter.is_none(),
            Kind::ChapterComplete | Kind::ChapterSkip => self.chapter.is_some(),
            Kind::StateStart(name) => !self.state_is_on(name),
            Kind::StateEnd(name) => self.state_is_on(name),
            _ => true,
        }
    }
}

/// The order in which events of one timestamp leave the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Other,
    Playback,
    Complete,
    End,
}

impl Class {
    fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Play | Kind::PauseStart | Kind::BufferStart | Kind::Ping => Self::Playback,
            Kind::SessionComplete => Self::Complete,
            Kind::SessionEnd => Self::End,
            _ => Self::Other,
        }
    }
}
