//! Session starts of the last three minutes, so that a retry gets the id of the first (protocol
//! §3.4).

use std::collections::VecDeque;

use hashbrown::HashMap;
use playhead_model::codec_struct;
use playhead_model::ids::SessionId;
use playhead_model::time::ReceivedMs;

use super::walk::Walk;

/// How long an equal start is taken for a retry, ms of server time.
pub(super) const WINDOW_MS: u64 = 180_000;

/// Room for this many is never given back.
const ROOM_KEPT: usize = 1_000;

/// A start as a checkpoint has it.
#[derive(Debug)]
pub(super) struct RecentStart {
    at: ReceivedMs,
    fingerprint: [u8; 16],
    sid: SessionId,
}

codec_struct!(RecentStart {
    at,
    fingerprint,
    sid
});

/// Recent starts by the fingerprint of their bodies.
#[derive(Debug, Default)]
pub(super) struct Starts {
    by_fingerprint: HashMap<u128, (SessionId, ReceivedMs)>,
    in_order: VecDeque<(ReceivedMs, u128)>,
    /// Of a checkpoint that is being made.
    walk: Walk<RecentStart>,
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
            if let Some((sid, _)) = self.by_fingerprint.remove(&fingerprint) {
                self.walk.save_first(|| RecentStart {
                    at,
                    fingerprint: fingerprint.to_le_bytes(),
                    sid,
                });
            }
        }
        if self.by_fingerprint.capacity() / 4 > self.by_fingerprint.len().max(ROOM_KEPT) {
            self.by_fingerprint.shrink_to(ROOM_KEPT);
            self.in_order.shrink_to(ROOM_KEPT);
        }
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.in_order.len()
    }

    /// Begins to go over all starts as they are now.
    pub(super) fn begin_walk(&mut self) {
        self.walk = Walk::over(self.in_order.len());
    }

    /// Gives the walk up, and what is kept for it.
    pub(super) fn end_walk(&mut self) {
        self.walk = Walk::default();
    }

    /// The next start of the walk.
    pub(super) fn walk(&mut self) -> Option<RecentStart> {
        self.walk.next(|place| {
            let (at, fingerprint) = self.in_order[place];
            let (sid, _) = self.by_fingerprint[&fingerprint];
            RecentStart {
                at,
                fingerprint: fingerprint.to_le_bytes(),
                sid,
            }
        })
    }

    /// Takes back a start from a checkpoint.
    pub(super) fn restore(&mut self, start: RecentStart) {
        self.insert(u128::from_le_bytes(start.fingerprint), start.sid, start.at);
    }
}
