//! What time passing does: sessions that the clock closes.

use playhead_model::ids::LogPosition;

use super::Core;
use super::ledger::Booking;
use super::open::Key;
use super::wheel::Wheel;

impl Core {
    /// A tick at `position`: what is due by now is due.
    pub(super) fn begin_tick(&mut self, position: LogPosition) {
        (self.ticked, self.ticked_at) = (self.now, Some(position));
        if self.wheel.is_due(self.ticked) {
            self.unsettled_behind.get_or_insert(self.position);
        }
    }

    /// Looks at up to `looks` sessions that are due at the last tick. Answers whether none is left.
    ///
    /// A session that the clock closes is due at the first tick behind the second in which it ends,
    /// whichever checkpoint a replay began at. It closes there or, looked at later, further on;
    /// [`Core::settled`] stays before that tick meanwhile.
    pub fn run_due(&mut self, looks: usize) -> bool {
        for _ in 0..looks {
            let Some(key) = self.wheel.pop_due(self.ticked) else {
                self.unsettled_behind = None;
                return true;
            };
            self.look_at(key);
        }
        false
    }

    /// The position up to which everything has closed that ever will: a session that is open now
    /// closes behind it.
    pub fn settled(&self) -> Option<LogPosition> {
        match self.unsettled_behind {
            Some(position) => position,
            None => self.position,
        }
    }

    /// Lets the time of the last record count as a tick, for logs that have none.
    pub(crate) fn count_as_tick(&mut self) {
        self.ticked = self.now;
    }

    /// Fires everything due by the time of the last record, to the millisecond, holds included:
    /// [`Core::run_due`] may come up to a second later, and leaves events that wait to the next
    /// arrival. Both give the same numbers. It looks at all sessions.
    pub fn finish_due(&mut self) {
        self.ticked = self.now;
        while !self.run_due(usize::MAX) {}
        let keys = self.slots.keys();
        let due = keys.filter(|(_, open)| {
            let due = open.session.next_deadline(&self.rules[open.rules as usize]);
            due.is_some_and(|due| due <= self.now)
        });
        let due: Vec<Key> = due.map(|(key, _)| key).collect();
        for key in due {
            self.let_pass(key);
        }
    }

    /// Whether nothing came behind the last tick that time passing can change. Only here may a
    /// checkpoint be begun that is restored: it does not say when the last tick was.
    pub(crate) fn is_at_tick(&self) -> bool {
        self.slots.is_empty() || self.ticked_at == self.position
    }

    /// Closes a session if its end is due, to the second. Which entry of the wheel led here makes
    /// no difference: after a restart there are others.
    fn look_at(&mut self, key: Key) {
        let Some(open) = self.slots.by_key(key) else {
            return;
        };
        let rules = &self.rules[open.rules as usize];
        let by_event = open.session.end_by_event(rules);
        let mut ends = by_event
            .into_iter()
            .chain([open.session.end_by_clock(rules)]);
        if ends.any(|end| Wheel::has_passed(end, self.ticked)) {
            self.let_pass(key);
        } else {
            self.wheel.arm(key, open.session.end_by_clock(rules));
        }
    }

    /// Lets time pass for a session up to the last tick.
    fn let_pass(&mut self, key: Key) {
        let Some(open) = self.slots.by_key_mut(key) else {
            return;
        };
        let sid = open.sid;
        let rules = &self.rules[open.rules as usize];
        super::snapshot::save_first(&mut self.cut, self.epoch, open);
        let mut booking = Booking(self.ledger.counts_mut(open.tag));
        let closed = open.session.advance(self.ticked, rules, &mut booking);
        if let Some(closed) = closed {
            return self.retire(sid, closed, self.position.unwrap_or_default());
        }
        self.wheel.arm(key, open.session.end_by_clock(rules));
    }
}
