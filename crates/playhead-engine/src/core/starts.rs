//! Session starts of the last three minutes, so that a retry gets the id of the first (protocol
//! §3.4).

use std::collections::VecDeque;

use hashbrown::HashMap;
use playhead_model::codec::{Codec, Cursor};
use playhead_model::ids::SessionId;
use playhead_model::time::ReceivedMs;

/// How long an equal start is taken for a retry, ms of server time.
pub(super) const WINDOW_MS: u64 = 180_000;

/// Room for this many is never given back.
const ROOM_KEPT: usize = 1_000;

/// Recent starts by the fingerprint of their bodies.
#[derive(Debug, Default)]
pub(super) struct Starts {
    by_fingerprint: HashMap<u128, (SessionId, ReceivedMs)>,
    in_order: VecDeque<(ReceivedMs, u128)>,
}

impl Starts {
    /// The session that an equal body opened less than three minutes before `now`.
    pub(super) fn find(&self, fingerprint: u128, now: ReceivedMs) -> Option<SessionId> {
        let (sid, at) = self.by_fingerprint.get(&fingerprint)?;
        (now.0 < at.0 + WINDOW_MS).then_some(*sid)
    }

    /// Remembers a start; a live earlier one keeps its place.
    pub(super) fn insert(&mut self, fingerprint: u128, sid: SessionId, at: ReceivedMs) {
        self.forget_before(at);
        if let hashbrown::hash_map::Entry::Vacant(entry) = self.by_fingerprint.entry(fingerprint) {
            entry.insert((sid, at));
            self.in_order.push_back((at, fingerprint));
        }
    }

    /// Forgets starts that are three minutes old, and gives back the room that a rush took.
    pub(super) fn forget_before(&mut self, now: ReceivedMs) {
        while let Some(&(at, fingerprint)) = self.in_order.front() {
            if now.0 < at.0 + WINDOW_MS {
                break;
            }
            self.in_order.pop_front();
            self.by_fingerprint.remove(&fingerprint);
        }
        if self.by_fingerprint.capacity() / 4 > self.by_fingerprint.len().max(ROOM_KEPT) {
            self.by_fingerprint.shrink_to(ROOM_KEPT);
            self.in_order.shrink_to(ROOM_KEPT);
        }
    }
}

impl Codec for Starts {
    fn put(&self, out: &mut Vec<u8>) {
        self.in_order.len().put(out);
        for (at, fingerprint) in &self.in_order {
            at.put(out);
            fingerprint.to_le_bytes().put(out);
            let sid = self.by_fingerprint.get(fingerprint).map(|(sid, _)| *sid);
            sid.unwrap_or(SessionId::from_bytes([0; 32])).put(out);
        }
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut starts = Self::default();
        for _ in 0..cursor.count()? {
            let at = ReceivedMs::get(cursor)?;
            let fingerprint = u128::from_le_bytes(Codec::get(cursor)?);
            let sid = SessionId::get(cursor)?;
            starts.insert(fingerprint, sid, at);
        }
        Some(starts)
    }
}
