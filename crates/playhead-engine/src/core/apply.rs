//! Taking the next record of the log.

use playhead_model::event::{EventBody, Kind, Start};
use playhead_model::ids::{EventRef, LogPosition, SessionId};
use playhead_model::outcome::Rule;
use playhead_model::record::{Record, RefusedCount};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::{Arrival, Session};

use super::arrived::ArrivedStart;
use super::computed::Computed;
use super::introduction::Introduction;
use super::ledger::{Booking, TagId, TagRef};
use super::open::{Key, Place};
use super::{Core, Open, Origin, Trailing};

/// How many records [`Core::warm`] looks at: their sessions fit into the nearest cache.
pub const WARMED_AT_ONCE: usize = 32;

/// Where the sessions of the records to come most likely lie, as far as it was looked up.
#[derive(Debug, Default)]
pub(super) struct Warmed {
    places: [Option<Place>; WARMED_AT_ONCE],
    /// How many of the records were applied since.
    applied: usize,
}

impl Warmed {
    /// That of the record which is applied now.
    #[inline]
    fn next(&mut self) -> Option<Place> {
        let place = *self.places.get(self.applied)?;
        self.applied += 1;
        place
    }
}

/// A record that the engine cannot make sense of: written by a newer version, or not by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record at {position:?} of the log cannot be read: {reason}")]
pub struct ApplyError {
    pub position: LogPosition,
    pub reason: &'static str,
}

impl Core {
    /// Applies the record at `position`, the next of the log. Deadlines due by its time fire in
    /// [`Core::run_due`]; those of its own session fire before it in any case.
    ///
    /// # Errors
    /// If the record cannot be read. The state is then as before.
    pub fn apply(&mut self, position: LogPosition, record: &[u8]) -> Result<(), ApplyError> {
        let fail = |reason| ApplyError { position, reason };
        let likely = self.warmed.next();
        if let Some(arrived) = self.take_arrived(position) {
            self.now = self.now.max(arrived.at);
            self.apply_arrived(position, arrived, record)
                .map_err(fail)?;
            self.position = Some(position);
            return Ok(());
        }
        let record = Record::decode(record).ok_or(fail("unknown form"))?;
        self.now = self.now.max(record.at());
        match record {
            Record::Event { at, sid, body, .. } => {
                self.apply_event(position, at, sid, body, likely);
            }
            Record::Start {
                at,
                sid,
                rules,
                body,
                ..
            } => {
                self.apply_start(position, at, sid, rules, body)
                    .map_err(fail)?;
            }
            Record::Batch {
                at,
                sid,
                rules,
                bodies,
                ..
            } => {
                self.apply_batch(position, at, sid, rules, &bodies)
                    .map_err(fail)?;
            }
            Record::Repeat { sid, events, .. } => self.apply_repeat(position, sid, events),
            Record::Tick { at, refused } => self.apply_tick(position, at, refused),
            Record::Rules { number, rules, .. } => {
                self.apply_rules(number, rules).map_err(fail)?;
            }
        }
        self.position = Some(position);
        Ok(())
    }

    /// Reads what applying these records will touch, the next to be applied, and changes nothing.
    /// Sessions lie in memory that is slow to reach; for some records at once the ways there overlap.
    pub fn warm<'r>(&mut self, records: impl Iterator<Item = &'r [u8]>) {
        self.warmed = Warmed::default();
        // One step for all after the other: the less is done between two ways to memory, the more of
        // them the processor goes at once.
        let mut sids = [None; WARMED_AT_ONCE];
        for (sid, record) in sids.iter_mut().zip(records) {
            *sid = Record::sid_of(record);
        }
        let known = sids.iter().flatten();
        let mut touched = known.fold(0, |sum, sid| sum ^ self.slots.touch(*sid));
        for (place, sid) in self.warmed.places.iter_mut().zip(&sids) {
            *place = sid.and_then(|sid| self.slots.likely_place(sid));
        }
        for place in self.warmed.places.iter().flatten() {
            touched ^= self.slots.at(*place).map_or(0, Open::touch);
        }
        std::hint::black_box(touched);
    }

    fn apply_event(
        &mut self,
        position: LogPosition,
        at: ReceivedMs,
        sid: SessionId,
        body: EventBody<'_>,
        likely: Option<Place>,
    ) {
        let fingerprint = body.fingerprint();
        let place = self.slots.place_near(sid, likely).unwrap_or(Place::MAX);
        let Some(open) = self.slots.at_mut(place) else {
            return self.settle_after_close(position, sid, at, fingerprint);
        };
        super::snapshot::save_first(&mut self.cut, self.epoch, open);
        let rules = &self.rules[open.rules as usize];
        let counts = self.ledger.counts_mut(open.tag);
        // Whether a deadline has been looked at by now must make no difference.
        if let Some(closed) = open.session.advance(at, rules, &mut Booking(counts)) {
            self.retire(sid, closed, self.position.unwrap_or_default());
            return self.settle_after_close(position, sid, at, fingerprint);
        }
        open.tail = open.tail.max(position);
        counts.acknowledged += 1;
        let event = body.into_event();
        let is_end = event.kind == Kind::SessionEnd;
        let arrival = Arrival {
            at,
            event_ref: EventRef(position.0),
            fingerprint,
            event,
        };
        open.session
            .take_arrival(arrival, rules, &mut Booking(counts));
        if open.session.closed().is_some() {
            return self.retire(sid, at, position);
        }
        if is_end && let Some(due) = open.session.end_by_event(rules) {
            self.wheel.arm(Key::new(place, sid), due);
        }
        if let Some(told) = &mut self.told {
            told.heard(place, open, rules);
        }
    }

    fn apply_start(
        &mut self,
        position: LogPosition,
        at: ReceivedMs,
        sid: SessionId,
        rules: u32,
        body: &[u8],
    ) -> Result<(), &'static str> {
        let Some((introduction, start)) = Introduction::read_with_start(body) else {
            return Err("no session start");
        };
        self.idle_ms_of(rules)?;
        let tag = self.intern(introduction.tag);
        self.note_start(introduction.key(body), sid, at);
        self.open_live(position, at, sid, rules, tag, &start, &[])
    }

    /// The same for a start that was read when it arrived.
    fn apply_arrived(
        &mut self,
        position: LogPosition,
        arrived: ArrivedStart,
        record: &[u8],
    ) -> Result<(), &'static str> {
        let ArrivedStart { at, sid, rules, .. } = arrived;
        self.idle_ms_of(rules)?;
        let tag = match arrived.tag {
            Some(tag) => tag,
            None => match Record::decode(record) {
                Some(Record::Start { body, .. }) => self.intern(Introduction::read(body).tag),
                _ => return Err("no session start"),
            },
        };
        if !arrived.is_noted {
            self.note_start(arrived.key, sid, at);
        }
        self.open_live(position, at, sid, rules, tag, &arrived.start, record)
    }

    fn idle_ms_of(&self, rules: u32) -> Result<u64, &'static str> {
        let rules = self.rules.get(rules as usize).ok_or("unknown rules")?;
        Ok(rules.idle_ms)
    }

    #[expect(clippy::too_many_arguments, reason = "what a start comes to, once")]
    fn open_live(
        &mut self,
        position: LogPosition,
        at: ReceivedMs,
        sid: SessionId,
        rules: u32,
        tag: TagId,
        start: &Start,
        record: &[u8],
    ) -> Result<(), &'static str> {
        let idle_ms = self.idle_ms_of(rules)?;
        self.accept_events(tag, 1);
        let session = Session::open(start, at);
        let open = self.opened(sid, position, rules, tag, Origin::Live, session);
        let place = self.slots.insert(open);
        self.tell_opened(place, record);
        self.wheel.arm(Key::new(place, sid), at.plus(idle_ms));
        Ok(())
    }

    fn apply_batch(
        &mut self,
        position: LogPosition,
        at: ReceivedMs,
        sid: SessionId,
        rules_number: u32,
        bodies: &[&[u8]],
    ) -> Result<(), &'static str> {
        let rules = *self
            .rules
            .get(rules_number as usize)
            .ok_or("unknown rules")?;
        let computed = match self.computed.remove(&position) {
            Some(computed) => computed,
            None => Computed::of(bodies, &rules).ok_or("no downloaded session")?,
        };
        let tag = self.intern(Introduction::read(bodies[0]).tag);
        self.note_start(Some(computed.key), sid, at);
        self.accept_events(tag, 1);
        self.ledger.counts_mut(tag).add(&computed.counts);
        let mut session = computed.session;
        session.set_arrival(at);
        let open = self.opened(sid, position, rules_number, tag, Origin::Batch, session);
        let place = self.slots.insert(open);
        self.tell_opened(place, &[]);
        self.retire(sid, at, position);
        Ok(())
    }

    /// A repeated start: acknowledged, and settled as a duplicate.
    fn apply_repeat(&mut self, position: LogPosition, sid: SessionId, events: u32) {
        let tag = match self.slots.get(sid) {
            Some(open) => open.tag,
            None => self
                .gone
                .find(sid, self.now)
                .map_or(TagId::OTHER, |gone| gone.tag),
        };
        if let Some(open) = self.slots.get_mut(sid) {
            super::snapshot::save_first(&mut self.cut, self.epoch, open);
            open.tail = open.tail.max(position);
        } else {
            self.gone.note(sid, None, position);
            self.trailing.push(Trailing {
                sid,
                position,
                tag,
                rule: Rule::RepeatedStart,
            });
        }
        let counts = self.ledger.counts_mut(tag);
        counts.acknowledged += u64::from(events);
        counts.settled[Rule::RepeatedStart.index()] += u64::from(events);
    }

    fn apply_tick(&mut self, position: LogPosition, at: ReceivedMs, refused: Vec<RefusedCount>) {
        for RefusedCount {
            suite,
            player,
            sdk,
            reason,
            count,
        } in refused
        {
            let tag = self.ledger.intern(TagRef {
                suite: &suite,
                player: &player,
                sdk: &sdk,
            });
            self.ledger.counts_mut(tag).refused[reason.index()] += count;
        }
        self.gone.forget_before(at);
        self.starts.forget_before(at);
        self.begin_tick(position);
    }

    fn apply_rules(&mut self, number: u32, rules: Rules) -> Result<(), &'static str> {
        match self.rules.get(number as usize) {
            Some(known) if *known == rules => Ok(()),
            None if number as usize == self.rules.len() => {
                self.rules.push(rules);
                Ok(())
            }
            _ => Err("rules out of order"),
        }
    }

    /// An event for a session that is over.
    fn settle_after_close(
        &mut self,
        position: LogPosition,
        sid: SessionId,
        at: ReceivedMs,
        fingerprint: u64,
    ) {
        let (tag, is_retry) = match self.gone.find(sid, at) {
            Some(gone) => (gone.tag, gone.has_seen(fingerprint)),
            None => (TagId::OTHER, false),
        };
        let rule = if is_retry { Rule::Repeat } else { Rule::Ended };
        self.gone
            .note(sid, (!is_retry).then_some(fingerprint), position);
        self.trailing.push(Trailing {
            sid,
            position,
            tag,
            rule,
        });
        let counts = self.ledger.counts_mut(tag);
        counts.acknowledged += 1;
        counts.settled[rule.index()] += 1;
    }

    /// A closed session leaves the table; its id goes on answering 410. No record behind `until`
    /// is part of it.
    pub(super) fn retire(&mut self, sid: SessionId, at: ReceivedMs, until: LogPosition) {
        if let Some(place) = self.slots.place(sid) {
            self.tell_closed(place);
        }
        let Some(mut open) = self.slots.remove(sid) else {
            return;
        };
        super::snapshot::save_first(&mut self.cut, self.epoch, &mut open);
        self.gone.insert(sid, at, &open);
        self.closed.push_back((Box::new(open), until));
    }

    #[inline]
    fn opened(
        &self,
        sid: SessionId,
        position: LogPosition,
        rules: u32,
        tag: TagId,
        origin: Origin,
        session: Session,
    ) -> Open {
        Open {
            sid,
            tail: position,
            rules,
            tag,
            epoch: self.epoch,
            origin,
            start: position,
            session,
        }
    }

    fn accept_events(&mut self, tag: TagId, count: u64) {
        let counts = self.ledger.counts_mut(tag);
        counts.acknowledged += count;
        counts.settled[Rule::None.index()] += count;
    }

    /// The tag of a start; its suite is known from now on.
    fn intern(&mut self, tag: TagRef<'_>) -> TagId {
        if !self.suites.contains(tag.suite) {
            self.suites.insert(tag.suite.into());
        }
        self.ledger.intern(tag)
    }

    pub(super) fn rules_of(&self, open: &Open) -> &Rules {
        &self.rules[open.rules as usize]
    }
}
