//! The window that puts events in order (R2.2, R2.3), and the tie rule for equal timestamps.

use std::cmp::Ordering;

use playhead_model::body::END_BIT;
use playhead_model::codec::{Codec, Cursor};
use playhead_model::event::{Event, Kind};
use playhead_model::ids::EventRef;
use playhead_model::limits::{self, FINGERPRINTS};
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

impl Held {
    pub(crate) fn is_end(&self) -> bool {
        self.event.kind == Kind::SessionEnd
    }
}

/// Events not yet in order, in order of arrival. Nearly always one waits: it needs no memory of its
/// own.
#[derive(Clone, Debug, Default, PartialEq)]
#[repr(C)]
pub(crate) struct HeldEvents {
    first: Option<Held>,
    /// Those that arrived after it.
    others: Vec<Held>,
}

impl HeldEvents {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The one that waits, if no other does.
    #[inline]
    pub(crate) fn only(&self) -> Option<&Held> {
        self.first.as_ref().filter(|_| self.others.is_empty())
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    /// The earliest to arrive.
    #[inline]
    pub(crate) fn first(&self) -> Option<&Held> {
        self.first.as_ref()
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Held> {
        self.first.iter().chain(&self.others)
    }

    /// Further ones grow by little at a time: when a million sessions start at once, each has three
    /// or four for a moment.
    #[inline]
    pub(crate) fn push(&mut self, held: Held) {
        if self.first.is_none() {
            self.first = Some(held);
            return;
        }
        if self.others.len() == self.others.capacity() {
            self.others.reserve_exact((self.others.len() / 2).max(1));
        }
        self.others.push(held);
    }

    /// Takes the one at a place in the order of arrival.
    #[inline]
    fn remove(&mut self, place: usize) -> Option<Held> {
        if self.others.is_empty() {
            return self.first.take_if(|_| place == 0);
        }
        self.remove_of_several(place)
    }

    fn remove_of_several(&mut self, place: usize) -> Option<Held> {
        let taken = match place.checked_sub(1) {
            None => self.first.replace(self.others.remove(0)),
            Some(place) if place < self.others.len() => Some(self.others.remove(place)),
            Some(_) => None,
        };
        if self.others.is_empty() {
            self.others = Vec::new();
        }
        taken
    }

    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Held> {
        let Self { first, others } = std::mem::take(self);
        first.into_iter().chain(others)
    }
}

impl Codec for HeldEvents {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|held| held.put(out));
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut all = Vec::<Held>::get(cursor)?.into_iter();
        let first = all.next();
        let mut others: Vec<Held> = all.collect();
        others.shrink_to_fit();
        Some(Self { first, others })
    }
}

/// A fingerprint as it is kept: 40 of its 64 bits. An event that is not later than all before it is
/// taken for one of the last 32 by mistake once in 17 thousand million times.
type Fingerprint = [u8; 5];

/// Fingerprints of the last events that were not duplicates.
#[derive(Clone, Debug, PartialEq)]
#[repr(C)]
pub(crate) struct Recent {
    /// The latest timestamp seen. A later event cannot repeat any, so its ring is not read.
    pub(crate) newest: PlayerMs,
    pub(crate) len: u8,
    /// Where the next one goes once the ring is full.
    pub(crate) next: u8,
    pub(crate) ring: [Fingerprint; FINGERPRINTS],
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

    /// Reads what an event looks at, and where its fingerprint goes.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let place = match usize::from(self.len) {
            FINGERPRINTS => usize::from(self.next),
            len => len,
        };
        let goes_to = self.ring.get(place).map_or(0, |kept| kept[0]);
        self.newest.0 as u64 ^ u64::from(goes_to)
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
    fingerprint & 0xffff_ffff_ff00
}

fn shortened(fingerprint: u64) -> Fingerprint {
    let [_, a, b, c, d, e, _, _] = fingerprint.to_le_bytes();
    [a, b, c, d, e]
}

impl Session {
    /// Takes an event that the door acknowledged.
    pub fn arrive(&mut self, arrival: Arrival, rules: &Rules, observer: &mut impl Observer) {
        self.advance(arrival.at, rules, observer);
        self.take_arrival(arrival, rules, observer);
    }

    /// Takes an event for which time has passed already, up to its arrival.
    pub fn take_arrival(&mut self, arrival: Arrival, rules: &Rules, observer: &mut impl Observer) {
        let Arrival {
            at,
            event_ref,
            fingerprint,
            event,
        } = arrival;
        if self.recent.contains(event.ts, fingerprint) {
            return observer.settled(event_ref, Settled::Duplicate, Rule::Repeat);
        }
        self.recent.insert(event.ts, fingerprint);
        if self.closed.is_some() {
            return observer.settled(event_ref, Settled::AfterClose, Rule::Ended);
        }
        self.heard(at, event.ts);
        if self.held_end().is_some_and(|end| event.ts > end) {
            return observer.settled(event_ref, Settled::AfterClose, Rule::Ended);
        }
        self.held.push(Held {
            at,
            event_ref,
            event,
        });
        if self.held.len() > rules.held_max.min(limits::HELD_EVENTS) {
            self.release_next(rules, observer);
        }
        self.check();
    }

    /// The ends among the last events that were not duplicates, newest first: how many came after
    /// each, and what is kept of its fingerprint, to compare with [`kept_bits`].
    pub fn last_ends(&self) -> impl Iterator<Item = (u16, u64)> {
        let newest_first = self.recent.newest_first().zip(0..);
        let kept = newest_first.map(|(fingerprint, after)| {
            let [a, b, c, d, e] = fingerprint;
            (after, u64::from_le_bytes([0, a, b, c, d, e, 0, 0]))
        });
        kept.filter(|(_, fingerprint)| fingerprint & END_BIT != 0)
    }

    /// The timestamp of a `sessionEnd` that waits; nothing later is taken (protocol §3.5).
    pub(crate) fn held_end(&self) -> Option<PlayerMs> {
        self.held
            .iter()
            .filter(|held| held.is_end())
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
        while self.held.iter().any(|held| held.event.ts <= ts) {
            self.release_next(rules, observer);
        }
    }

    /// Releases everything that waits.
    pub(crate) fn flush(&mut self, rules: &Rules, observer: &mut impl Observer) {
        while !self.held.is_empty() {
            self.release_next(rules, observer);
        }
    }

    fn release_next(&mut self, rules: &Rules, observer: &mut impl Observer) {
        let next = self.next_held();
        if let Some(held) = next.and_then(|next| self.held.remove(next)) {
            self.take_in_order(held, rules, observer);
        }
    }

    /// The tie rule of protocol §6: the smallest timestamp; of equals the lowest class; of those
    /// the earliest that fits the present state, else the earliest.
    fn next_held(&self) -> Option<usize> {
        let mut held = self.held.iter().enumerate();
        let mut next = held.next()?;
        for later in held {
            if self.goes_before(later.1, next.1) {
                next = later;
            }
        }
        Some(next.0)
    }

    /// Whether an event leaves the window before one that arrived earlier.
    #[inline]
    fn goes_before(&self, later: &Held, earlier: &Held) -> bool {
        let (later, earlier) = (&later.event, &earlier.event);
        match later.ts.cmp(&earlier.ts) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => match Class::of(&later.kind).cmp(&Class::of(&earlier.kind)) {
                Ordering::Less => true,
                Ordering::Greater => false,
                Ordering::Equal => self.fits(&later.kind) && !self.fits(&earlier.kind),
            },
        }
    }

    fn fits(&self, kind: &Kind) -> bool {
        let (brk, ad) = (self.brk.is_some(), self.ad.is_some());
        match kind {
            Kind::AdBreakStart(_) => !brk,
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
