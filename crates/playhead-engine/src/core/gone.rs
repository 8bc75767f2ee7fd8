//! Closed sessions, for as long as their ids answer 410 (protocol §3.5).

use std::collections::VecDeque;

use hashbrown::HashTable;
use playhead_model::codec::{Codec, Cursor};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::{Session, Silent, kept_bits};

use super::{Open, TagId};

/// How long a closed id is remembered, seconds of server time.
const REMEMBERED_S: u64 = 24 * 3600;

/// Fingerprints kept of a closed session.
const RECENT: usize = 4;

/// A closed session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tombstone {
    hash: u64,
    closed_s: u64,
    pub(super) tag: TagId,
    /// Its last record.
    pub(super) tail: LogPosition,
    /// Fingerprints of its last events, to tell a retry from another end.
    recent: [u64; RECENT],
}

impl Tombstone {
    /// Whether an event with this fingerprint was among the last.
    pub(super) fn has_seen(&self, fingerprint: u64) -> bool {
        self.recent.contains(&kept_bits(fingerprint))
    }
}

playhead_model::codec_struct!(Tombstone {
    hash,
    closed_s,
    tag,
    tail,
    recent
});

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
}

impl Gone {
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            in_order: VecDeque::new(),
            by_hash: HashTable::new(),
            first: 0,
        }
    }

    pub(super) fn insert(&mut self, sid: SessionId, closed: ReceivedMs, open: &Open) {
        self.push(Tombstone {
            hash: sid.table_hash(),
            closed_s: closed.0 / 1000,
            tag: open.tag,
            tail: open.tail,
            recent: open.session.last_fingerprints(),
        });
    }

    /// Notes an event that came after the close.
    pub(super) fn note(&mut self, sid: SessionId, fingerprint: Option<u64>, tail: LogPosition) {
        let Some(tombstone) = self.get_mut(sid) else {
            return;
        };
        tombstone.tail = tombstone.tail.max(tail);
        if let Some(fingerprint) = fingerprint {
            tombstone.recent.rotate_right(1);
            tombstone.recent[0] = kept_bits(fingerprint);
        }
    }

    fn get_mut(&mut self, sid: SessionId) -> Option<&mut Tombstone> {
        let hash = sid.table_hash();
        let (first, in_order) = (self.first, &mut self.in_order);
        let number = self.by_hash.find(hash, |number| {
            in_order[(number - first) as usize].hash == hash
        })?;
        in_order.get_mut((number - first) as usize)
    }

    /// The tombstone of a session that closed less than 24 hours before `now`.
    pub(super) fn find(&self, sid: SessionId, now: ReceivedMs) -> Option<&Tombstone> {
        let hash = sid.table_hash();
        let number = *self
            .by_hash
            .find(hash, |number| self.at(*number).hash == hash)?;
        let tombstone = self.at(number);
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
        let Some(oldest) = self.in_order.front() else {
            return;
        };
        if let Ok(entry) = self
            .by_hash
            .find_entry(oldest.hash, |number| *number == self.first)
        {
            entry.remove();
        }
        self.in_order.pop_front();
        self.first += 1;
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.in_order.len().put(out);
        for tombstone in &self.in_order {
            tombstone.put(out);
        }
    }

    pub(super) fn get(cursor: &mut Cursor<'_>, max: usize) -> Option<Self> {
        let mut gone = Self::new(max);
        for _ in 0..cursor.count()? {
            gone.push(Tombstone::get(cursor)?);
        }
        Some(gone)
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
        assert!(!gone.find(open.sid, ReceivedMs(0)).unwrap().has_seen(7));
        gone.note(open.sid, Some(7), LogPosition(9));
        let tombstone = gone.find(open.sid, ReceivedMs(0)).unwrap();
        assert!(tombstone.has_seen(7));
        assert_eq!(tombstone.tail, LogPosition(9));
    }
}
