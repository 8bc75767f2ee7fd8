//! Taking the next record of the log.

use playhead_model::body;
use playhead_model::event::{EventBody, Kind, Parsed, Start};
use playhead_model::ids::{EventRef, LogPosition, SessionId};
use playhead_model::keys::KeyId;
use playhead_model::outcome::Rule;
use playhead_model::record::{Record, RefusedCount};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::{Arrival, Session, run_batch};
use playhead_wire::StartFacts;

use super::arrived::ArrivedStart;
use super::ledger::{Booking, Counts, TagId, TagRef};
use super::open::{Key, Place};
use super::{Core, Open, Origin, StartKey, Trailing};

/// How many records [`Core::warm`] looks at: their sessions fit into the nearest cache.
pub const WARMED_AT_ONCE: usize = 32;

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
                self.apply_event(position, at, sid, body);
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
            Record::Tick { at, refused } => self.apply_tick(at, refused),
            Record::Rules { number, rules, .. } => {
                self.apply_rules(number, rules).map_err(fail)?;
            }
        }
        self.position = Some(position);
        Ok(())
    }

    /// Looks at up to `looks` sessions that are due at the time of the last record. Answers
    /// whether none is left.
    pub fn run_due(&mut self, looks: usize) -> bool {
        for _ in 0..looks {
            let Some(key) = self.wheel.pop_due(self.now) else {
                return true;
            };
            self.look_at(key);
        }
        false
    }

    /// Fires everything due by the time of the last record, to the millisecond, holds included:
    /// [`Core::run_due`] may come up to a second later, and leaves events that wait to the next
    /// arrival. Both give the same numbers. It looks at all sessions.
    pub fn finish_due(&mut self) {
        while !self.run_due(usize::MAX) {}
        let keys = self.slots.keys();
        let due = keys.filter(|(_, open)| {
            let due = open.session.next_deadline(&self.rules[open.rules as usize]);
            due.is_some_and(|due| due <= self.now)
        });
        let due: Vec<Key> = due.map(|(key, _)| key).collect();
        for key in due {
            self.look_at(key);
        }
    }

    /// Reads what applying these records will touch, and changes nothing. Sessions lie in memory
    /// that is slow to reach; for some records at once the ways there overlap.
    pub fn warm<'r>(&self, records: impl Iterator<Item = &'r [u8]>) {
        let mut places = [Place::MAX; WARMED_AT_ONCE];
        for (place, record) in places.iter_mut().zip(records) {
            let found = Record::sid_of(record).and_then(|sid| self.slots.likely_place(sid));
            *place = found.unwrap_or(Place::MAX);
        }
        let sessions = places.iter().filter_map(|place| self.slots.at(*place));
        let touched = sessions.fold(0, |sum, open| sum ^ open.touch());
        std::hint::black_box(touched);
    }

    fn apply_event(
        &mut self,
        position: LogPosition,
        at: ReceivedMs,
        sid: SessionId,
        body: EventBody<'_>,
    ) {
        let fingerprint = body.fingerprint();
        let place = self.slots.place(sid).unwrap_or(Place::MAX);
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

    fn apply_tick(&mut self, at: ReceivedMs, refused: Vec<RefusedCount>) {
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

    fn look_at(&mut self, key: Key) {
        let Some(open) = self.slots.by_key_mut(key) else {
            return;
        };
        let sid = open.sid;
        let rules = &self.rules[open.rules as usize];
        if open
            .session
            .next_deadline(rules)
            .is_some_and(|due| due <= self.now)
        {
            super::snapshot::save_first(&mut self.cut, self.epoch, open);
            let mut booking = Booking(self.ledger.counts_mut(open.tag));
            let closed = open.session.advance(self.now, rules, &mut booking);
            if let Some(closed) = closed {
                return self.retire(sid, closed, self.position.unwrap_or_default());
            }
        }
        self.wheel.arm(key, open.session.end_by_clock(rules));
    }

    /// A closed session leaves the table; its id goes on answering 410. No record behind `until`
    /// is part of it.
    fn retire(&mut self, sid: SessionId, at: ReceivedMs, until: LogPosition) {
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

/// What a start says to the engine beside the session.
#[derive(Clone, Copy, Debug)]
pub struct Introduction<'a> {
    /// The suite, player and SDK version that it names.
    pub tag: TagRef<'a>,
    media_id: &'a str,
    visitor: Option<&'a str>,
    /// Clients of the Media Edge API name no tracking server, and may give a start an id.
    is_of_edge: bool,
}

impl<'a> Introduction<'a> {
    /// Reads the body of a start.
    pub fn read(body: &'a [u8]) -> Self {
        Self::of(StartFacts::read(body).unwrap_or_default())
    }

    /// Reads the body of a start, with what it says to the session; none if it is no start.
    pub fn read_with_start(body: &'a [u8]) -> Option<(Self, Start)> {
        let (facts, start) = StartFacts::read_with_start(body).ok()?;
        Some((Self::of(facts), start))
    }

    fn of(facts: StartFacts<'a>) -> Self {
        let sdk = facts.sdk_version.filter(|version| !version.is_empty());
        Self {
            tag: TagRef {
                suite: facts.report_suite,
                player: facts.player_name,
                sdk: sdk.or(facts.library_version).unwrap_or_default(),
            },
            media_id: facts.media_id,
            visitor: facts.visitor,
            is_of_edge: !facts.has_tracking_server,
        }
    }

    /// What makes two starts equal, if this one, which has this body, names a visitor or, on Edge,
    /// itself (protocol §3.4).
    pub fn key(&self, body: &[u8]) -> StartKey {
        if let Some(id) = self.event_id(body) {
            // A start may leave its time to the server, so that a retry has another one.
            let visitor = self.visitor.unwrap_or_default();
            let parts = [self.tag.suite, self.media_id, visitor, id];
            return Some(body::fingerprint128(parts.join("\0").as_bytes()));
        }
        self.visitor.map(|_| body::fingerprint128(body))
    }

    fn event_id<'b>(&self, body: &'b [u8]) -> Option<&'b str> {
        if !self.is_of_edge {
            return None;
        }
        let id = body::read(body).ok()?.get(KeyId::EVENT_ID).ok()??;
        id.as_str().filter(|id| !id.is_empty())
    }
}

/// What makes two batches equal.
fn batch_key<B: AsRef<[u8]>>(bodies: &[B]) -> u128 {
    let mut prints = Vec::with_capacity(bodies.len() * 16);
    for body in bodies {
        prints.extend_from_slice(&body::fingerprint128(body.as_ref()).to_le_bytes());
    }
    body::fingerprint128(&prints)
}

/// What a batch comes to. It depends on nothing but the batch and the rules, so it can be found out
/// before the batch is in the log, and elsewhere.
#[derive(Clone, Debug)]
pub struct Computed {
    /// What makes two batches equal.
    pub key: u128,
    /// Those that it was computed under.
    pub rules: Rules,
    session: Session,
    /// What became of the events behind the start.
    counts: Counts,
}

impl Computed {
    /// Computes a batch; `None` if it is none.
    pub fn of<B: AsRef<[u8]>>(bodies: &[B], rules: &Rules) -> Option<Self> {
        let (start, events) = read_batch(bodies)?;
        let mut counts = Counts {
            acknowledged: events.len() as u64,
            ..Counts::default()
        };
        // It arrives when its record says.
        let at = ReceivedMs(0);
        let session = run_batch(&start, events, at, rules, &mut Booking(&mut counts));
        let key = batch_key(bodies);
        Some(Self {
            key,
            rules: *rules,
            session,
            counts,
        })
    }
}

type BatchEvents = Vec<(u64, playhead_model::event::Event)>;

/// The typed events of a batch, or `None` if it is none.
fn read_batch<B: AsRef<[u8]>>(bodies: &[B]) -> Option<(Start, BatchEvents)> {
    let (first, rest) = bodies.split_first()?;
    let Ok(Parsed::Start(start)) = Parsed::read(first.as_ref()) else {
        return None;
    };
    let read = |body: &B| match Parsed::read(body.as_ref()) {
        Ok(Parsed::Event(event)) => Some((body::fingerprint(body.as_ref()), event)),
        _ => None,
    };
    Some((start, rest.iter().map(read).collect::<Option<_>>()?))
}
