//! Closed sessions, for as long as their ids answer 410 (protocol §3.5).

use std::collections::VecDeque;

use hashbrown::{HashMap, HashTable};
use playhead_model::body::END_BIT;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::limits::FINGERPRINTS;
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::{Session, Silent, kept_bits};

use super::walk::Walk;
use super::{Open, TagId};

/// How long a closed id is remembered, seconds of server time.
const REMEMBERED_S: u64 = 24 * 3600;

/// Ends kept of a closed session. Other events are refused after the close, so no retry of one can
/// come in; nobody but a strange client has more than two different ends among its last events.
const ENDS: usize = 4;

/// A closed session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tombstone {
    hash: u64,
    closed_s: u64,
    pub(super) tag: TagId,
    /// Its last record.
    pub(super) tail: LogPosition,
    /// Its last ends, newest first, to tell a retry from another end; 0 where there is none.
    ends: [u64; ENDS],
}

/// An end among the last events of a session: its fingerprint in 48 bits, of which one is always
/// set and eight are not kept, and above them how many events came after it.
fn seen_end(after: u16, fingerprint: u64) -> u64 {
    u64::from(after) << 48 | kept_bits(fingerprint)
}

/// The same when one more event came that was no duplicate. Only so many are looked at (R2.2).
fn older(end: u64) -> u64 {
    let after = (end >> 48) as usize + 1;
    if end == 0 || after >= FINGERPRINTS {
        0
    } else {
        end + (1 << 48)
    }
}

impl Tombstone {
    /// Whether an end with this fingerprint was among the last events.
    pub(super) fn has_seen(&self, fingerprint: u64) -> bool {
        let wanted = kept_bits(fingerprint);
        self.ends.iter().any(|end| kept_bits(*end) == wanted)
    }
}

playhead_model::codec_struct!(Tombstone {
    hash,
    closed_s,
    tag,
    tail,
    ends
});

fn last_ends(session: &Session) -> [u64; ENDS] {
    let mut ends = session.last_ends();
    std::array::from_fn(|_| {
        let end = ends.next();
        end.map_or(0, |(after, fingerprint)| seen_end(after, fingerprint))
    })
}

fn is_forgotten(closed_s: u64, now: ReceivedMs) -> bool {
    now.0 / 1000 >= closed_s + REMEMBERED_S
}

/// Whether a session that is in the table yet is over for so long that its id is forgotten.
pub(super) fn is_long_over(session: &Session, now: ReceivedMs, rules: &Rules) -> bool {
    // No session closes before its last event.
    if !is_forgotten(session.last_at().0 / 1000, now) {
        return false;
    }
    let closed = session.clone().advance(now, rules, &mut Silent);
    closed.is_some_and(|closed| is_forgotten(closed.0 / 1000, now))
}

/// Closed sessions in the order of their closing.
#[derive(Debug)]
pub(super) struct Gone {
    max: usize,
    in_order: VecDeque<Tombstone>,
    /// Numbers of tombstones: places in `in_order` counted from the first there ever was.
    by_hash: HashTable<u64>,
    first: u64,
    /// Of a checkpoint that is being made.
    walk: Walk<Tombstone>,
    /// By number, what tombstones that the walk has still to pass were before they changed.
    unchanged: HashMap<u64, Tombstone>,
}

impl Gone {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            in_order: VecDeque::new(),
            by_hash: HashTable::new(),
            first: 0,
            walk: Walk::default(),
            unchanged: HashMap::new(),
        }
    }

    pub(super) fn insert(&mut self, sid: SessionId, closed: ReceivedMs, open: &Open) {
        self.push(Tombstone {
            hash: sid.table_hash(),
            closed_s: closed.0 / 1000,
            tag: open.tag,
            tail: open.tail,
            ends: last_ends(&open.session),
        });
    }

    /// Notes an event that came after the close.
    pub(super) fn note(&mut self, sid: SessionId, fingerprint: Option<u64>, tail: LogPosition) {
        let Some(number) = self.number(sid) else {
            return;
        };
        let place = (number - self.first) as usize;
        let tombstone = &mut self.in_order[place];
        if self.walk.is_ahead(place) {
            self.unchanged.entry(number).or_insert(*tombstone);
        }
        tombstone.tail = tombstone.tail.max(tail);
        if let Some(fingerprint) = fingerprint {
            tombstone.ends = tombstone.ends.map(older);
            if fingerprint & END_BIT != 0 {
                tombstone.ends.rotate_right(1);
                tombstone.ends[0] = seen_end(0, fingerprint);
            }
        }
    }

    fn number(&self, sid: SessionId) -> Option<u64> {
        let hash = sid.table_hash();
        let found = self
            .by_hash
            .find(hash, |number| self.at(*number).hash == hash);
        found.copied()
    }

    /// The tombstone of a session that closed less than 24 hours before `now`.
    pub(super) fn find(&self, sid: SessionId, now: ReceivedMs) -> Option<&Tombstone> {
        let tombstone = self.at(self.number(sid)?);
        (!is_forgotten(tombstone.closed_s, now)).then_some(tombstone)
    }

    /// Forgets those that closed 24 hours before `now`.
    pub(super) fn forget_before(&mut self, now: ReceivedMs) {
        while let Some(oldest) = self.in_order.front() {
            if !is_forgotten(oldest.closed_s, now) {
                break;
            }
            self.pop();
        }
    }

    fn at(&self, number: u64) -> &Tombstone {
        &self.in_order[(number - self.first) as usize]
    }

    fn push(&mut self, tombstone: Tombstone) {
        if self.in_order.len() >= self.max {
            self.pop();
        }
        let number = self.first + self.in_order.len() as u64;
        self.in_order.push_back(tombstone);
        let (first, in_order) = (self.first, &self.in_order);
        self.by_hash
            .insert_unique(tombstone.hash, number, |number| {
                in_order[(number - first) as usize].hash
            });
    }

    fn pop(&mut self) {
        let Some(oldest) = self.in_order.pop_front() else {
            return;
        };
        let number = self.first;
        self.first += 1;
        if let Ok(entry) = self
            .by_hash
            .find_entry(oldest.hash, |found| *found == number)
        {
            entry.remove();
        }
        let unchanged = self.unchanged.remove(&number);
        self.walk.save_first(|| unchanged.unwrap_or(oldest));
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.in_order.len()
    }

    /// Begins to go over all tombstones as they are now.
    pub(super) fn begin_walk(&mut self) {
        self.walk = Walk::over(self.in_order.len());
        self.unchanged.clear();
    }

    /// Gives the walk up, and what is kept for it.
    pub(super) fn end_walk(&mut self) {
        self.walk = Walk::default();
        self.unchanged.clear();
    }

    /// The next tombstone of the walk.
    pub(super) fn walk(&mut self) -> Option<Tombstone> {
        self.walk.next(|place| {
            let unchanged = self.unchanged.remove(&(self.first + place as u64));
            unchanged.unwrap_or(self.in_order[place])
        })
    }

    /// Takes back a tombstone from a checkpoint.
    pub(super) fn restore(&mut self, tombstone: Tombstone) {
        self.push(tombstone);
    }
}

#[cfg(test)]
mod tests {
    use playhead_model::event::Start;
    use playhead_model::ids::SlotId;
    use playhead_model::time::{PlayerMs, Playhead};
    use playhead_session::Session;

    use super::super::Origin;
    use super::*;

    fn open(number: u8) -> Open {
        let start = Start {
            ts: PlayerMs(0),
            playhead: Playhead(0),
            quality: Default::default(),
            resume: false,
            live: false,
            length: Playhead(0),
        };
        Open {
            sid: SessionId::mint(0, SlotId::new(0), [number; 16], |_| 0),
            start: LogPosition(1),
            tail: LogPosition(2),
            rules: 0,
            tag: TagId(0),
            origin: Origin::Live,
            session: Session::open(&start, ReceivedMs(0)),
            epoch: 0,
        }
    }

    #[test]
    fn an_id_is_remembered_for_a_day_and_the_oldest_goes_first() {
        let sid = |number| open(number).sid;
        let mut gone = Gone::new(2);
        for number in 1..=3 {
            let open = open(number);
            gone.insert(open.sid, ReceivedMs(u64::from(number) * 1000), &open);
        }
        assert!(gone.find(sid(1), ReceivedMs(4000)).is_none(), "two fit");
        assert!(gone.find(sid(2), ReceivedMs(4000)).is_some());
        assert!(gone.find(sid(3), ReceivedMs(86_402_999)).is_some());
        assert!(gone.find(sid(3), ReceivedMs(86_403_000)).is_none());
        gone.forget_before(ReceivedMs(86_402_000));
        assert!(gone.find(sid(2), ReceivedMs(4000)).is_none());
        assert!(gone.find(sid(3), ReceivedMs(4000)).is_some());
    }

    #[test]
    fn an_event_after_the_close_is_told_from_its_retry() {
        let mut gone = Gone::new(2);
        let open = open(1);
        gone.insert(open.sid, ReceivedMs(0), &open);
        let has_seen = |gone: &Gone, end: u64| {
            let tombstone = gone.find(open.sid, ReceivedMs(0)).unwrap();
            tombstone.has_seen(END_BIT | end)
        };
        assert!(!has_seen(&gone, 7));
        gone.note(open.sid, Some(END_BIT | 7), LogPosition(9));
        assert!(has_seen(&gone, 7));
        let tombstone = gone.find(open.sid, ReceivedMs(0)).unwrap();
        assert_eq!(tombstone.tail, LogPosition(9));
        // Events of other kinds push it out of the last 32, not out of its place.
        for other in 0..31 {
            assert!(has_seen(&gone, 7), "{other} came after it");
            gone.note(open.sid, Some(other), LogPosition(10));
        }
        gone.note(open.sid, Some(31), LogPosition(10));
        assert!(!has_seen(&gone, 7));
    }

    #[test]
    fn a_walk_gives_what_was_there_whatever_changes_meanwhile() {
        let mut gone = Gone::new(4);
        let sessions: Vec<Open> = (1..=6).map(open).collect();
        for open in &sessions[..4] {
            gone.insert(open.sid, ReceivedMs(0), open);
        }
        let there: Vec<Tombstone> = gone.in_order.iter().copied().collect();
        let change = |gone: &mut Gone, number: usize| {
            gone.note(sessions[number].sid, Some(7), LogPosition(9));
        };
        gone.begin_walk();
        let mut seen = Vec::from_iter(gone.walk());
        // One that was passed and two that were not change; then the first two make room.
        for number in [0, 1, 2] {
            change(&mut gone, number);
        }
        for open in &sessions[4..] {
            gone.insert(open.sid, ReceivedMs(0), open);
            change(&mut gone, 3);
        }
        seen.extend(std::iter::from_fn(|| gone.walk()));
        assert_eq!(seen, there);
        assert!(gone.unchanged.is_empty(), "nothing is kept behind the walk");
    }
}
