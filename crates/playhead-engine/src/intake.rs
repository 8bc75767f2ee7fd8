//! What becomes of a request: checked, admitted, written as a record.
//!
//! The door and `playhead compute` share this, so that what is computed offline is what a server
//! would have computed.

mod edge;

pub use self::edge::{EdgeRequest, EdgeTaken};

use std::cell::RefCell;

use crate::core::{ArrivedStart, Computed, Core, Introduction, StartAdmission, Tag, TagRef};
use crate::mint::Mint;
use crate::rates::{Arrival, Rate, Rates};
use crate::reading::{Read, Reading};
use hashbrown::HashMap;
use playhead_model::event::EventBody;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::outcome::Refusal;
use playhead_model::record::{Record, Sender};
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs};
use playhead_wire::{Clock, Decoded, Faults, Profile, StartFacts};

/// 2000-01-01: a server clock before this is one of a test, on no common time line with clients.
const COMMON_ERA_MS: u64 = 946_684_800_000;

/// Where a body was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `POST /api/v1/sessions`
    Sessions,
    /// `POST /api/v1/downloaded`
    Downloaded,
    /// `POST /api/v1/sessions/{sid}/events`; `None` if the id has not the form of one.
    Events(Option<SessionId>),
}

/// What is said to the client once the record is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// 201 with the id of the session.
    Created(SessionId),
    /// 204.
    NoContent,
}

/// A request that is not taken, and nothing of it.
#[derive(Debug)]
pub struct Refused {
    pub reason: Refusal,
    /// For people; for [`Refusal::Invalid`] the faults say it.
    pub message: String,
    pub faults: Option<Faults>,
    /// Report suite, player and SDK version, as far as they are known.
    pub tag: Tag,
}

/// Writes records where they become durable.
pub trait Journal {
    /// Appends a record and answers where it lies.
    ///
    /// # Errors
    /// If nothing can be written any more; the message says why.
    fn append(&mut self, record: &Record<'_>) -> Result<LogPosition, String>;
}

/// What differs between report suites at the door.
#[derive(Clone, Debug, Default)]
pub struct SuitePolicy {
    pub profile: Profile,
    pub rules: Rules,
    pub rate: Rate,
}

/// Who may send what.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub default: SuitePolicy,
    pub suites: HashMap<String, SuitePolicy>,
    /// The suites that are taken; all if `None`.
    pub allowed: Option<Vec<String>>,
    /// Whether a repeated start gets the id of the first (protocol §3.4).
    pub dedupe_starts: bool,
}

impl Policy {
    /// Everything is taken, under the default rules.
    pub fn open() -> Self {
        Self {
            dedupe_starts: true,
            ..Self::default()
        }
    }

    /// What holds for a suite.
    pub fn of(&self, suite: &str) -> &SuitePolicy {
        self.suites.get(suite).unwrap_or(&self.default)
    }

    /// Whether all suites are treated alike.
    pub(crate) fn is_one_for_all(&self) -> bool {
        self.allowed.is_none() && self.suites.is_empty()
    }

    pub(crate) fn allows(&self, suite: &str) -> bool {
        self.allowed
            .as_ref()
            .is_none_or(|list| list.iter().any(|allowed| allowed == suite))
    }

    /// Whether the settings name a suite: it does not come into being by itself then.
    fn names(&self, suite: &str) -> bool {
        self.suites.contains_key(suite) || (self.allowed.is_some() && self.allows(suite))
    }
}

/// One request's way into the log.
#[derive(Debug)]
pub struct Intake<'a, J> {
    pub core: &'a mut Core,
    pub journal: &'a mut J,
    pub mint: &'a Mint,
    pub policy: &'a Policy,
    /// What each suite has sent lately; without it nothing is limited.
    pub rates: Option<&'a RefCell<Rates>>,
    pub now: ReceivedMs,
}

impl<J: Journal> Intake<'_, J> {
    /// Takes a body, or refuses it with everything that is wrong with it.
    ///
    /// # Errors
    /// The refusal, with its reason.
    pub fn take(
        &mut self,
        target: Target,
        bytes: &[u8],
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        if let Target::Events(sid) = target {
            return self.take_event(sid, bytes);
        }
        let read = self.reading(target).read(self.policy, bytes)?;
        self.take_limited(read, sender)
    }

    /// What reading a body for this target needs to know.
    pub fn reading(&self, target: Target) -> Reading {
        let tag = match target {
            Target::Events(sid) => self.tag_of_session(sid),
            Target::Sessions | Target::Downloaded => Tag::default(),
        };
        Reading {
            target,
            clock: self.clock(),
            profile: self.policy.of(&tag.suite).profile,
            tag,
        }
    }

    /// Takes a body that was read before.
    ///
    /// # Errors
    /// The refusal, with its reason.
    pub fn take_read(
        &mut self,
        read: Read,
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        if let Read::Event(sid, ..) = read {
            self.limit_events(sid)?;
        }
        self.take_limited(read, sender)
    }

    /// Takes what was read; an event has been counted for its suite by now.
    fn take_limited(
        &mut self,
        read: Read,
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        match read {
            Read::Start(start) => self.take_start(&start, true, sender),
            Read::Batch(batch, computed) => {
                self.limit(Introduction::read(&batch[0].body).tag, Arrival::Start)?;
                self.take_batch(&batch, *computed, sender)
            }
            Read::Event(sid, event) => self.take_decoded(sid, &event),
        }
    }

    /// As reading and taking it apart, without a copy of whose session it is: most requests are this.
    fn take_event(&mut self, sid: Option<SessionId>, bytes: &[u8]) -> Result<Taken, Refused> {
        self.limit_events(sid)?;
        let tag = sid.and_then(|sid| self.core.tag_of_session(sid));
        let suite = tag.map_or("", |tag| &tag.suite);
        let profile = self.policy.of(suite).profile;
        let event = playhead_wire::event(bytes, profile, self.clock())
            .map_err(|faults| Refused::invalid(faults, tag.cloned().unwrap_or_default()))?;
        self.take_decoded(sid, &event)
    }

    fn clock(&self) -> Clock {
        if self.now.0 < COMMON_ERA_MS {
            Clock::Unchecked
        } else {
            Clock::ReceivedMs(i64::try_from(self.now.0).unwrap_or(i64::MAX))
        }
    }

    /// Counts an event for the suite of its session, if that is known.
    fn limit_events(&self, sid: Option<SessionId>) -> Result<(), Refused> {
        let tag = sid.and_then(|sid| self.core.tag_of_session(sid));
        tag.map_or(Ok(()), |tag| self.limit(tag.as_ref(), Arrival::Event))
    }

    /// Counts an arrival for its suite.
    fn limit(&self, tag: TagRef<'_>, arrival: Arrival) -> Result<(), Refused> {
        let rate = &self.policy.of(tag.suite).rate;
        let takes = self.rates.is_none_or(|rates| {
            let mut rates = rates.borrow_mut();
            rates.takes(tag.suite, arrival, rate, self.now)
        });
        takes
            .then_some(())
            .ok_or_else(|| Refused::rate_limited(arrival, "report suite", tag.to_tag()))
    }

    /// Takes a start; `counts` says whether it has yet to be counted for its suite.
    fn take_start(
        &mut self,
        start: &Decoded,
        counts: bool,
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        let (introduction, parsed) =
            Introduction::read_with_start(&start.body).expect("the door takes only starts here");
        if counts {
            self.limit(introduction.tag, Arrival::Start)?;
        }
        let own_key = introduction.key(&start.body);
        let key = own_key.filter(|_| self.policy.dedupe_starts);
        let suite = introduction.tag.suite;
        match self.admit_start(suite, key, start)? {
            StartAdmission::Repeat(sid) => self.repeat(sid, 1, start),
            StartAdmission::New => {
                let at = self.now;
                let rules = self.rules_number(suite, start)?;
                let sid = self.mint.session_id(at);
                let tag = self.core.known_tag(introduction.tag);
                let record = Record::Start {
                    at,
                    sid,
                    rules,
                    sender: sender(),
                    body: &start.body,
                };
                let position = self.append(&record, start)?;
                self.core.note_start(key, sid, at);
                let arrived = ArrivedStart {
                    at,
                    sid,
                    rules,
                    key: own_key,
                    is_noted: own_key == key,
                    tag,
                    start: parsed,
                };
                self.core.note_arrived(position, arrived);
                Ok(Taken::Created(sid))
            }
        }
    }

    fn take_batch(
        &mut self,
        batch: &[Decoded],
        computed: Computed,
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        let start = &batch[0];
        let key = Some(computed.key).filter(|_| self.policy.dedupe_starts);
        let suite = suite_of(start);
        match self.admit_start(suite, key, start)? {
            StartAdmission::Repeat(sid) => self.repeat(sid, batch.len() as u32, start),
            StartAdmission::New => {
                let at = self.now;
                let rules = self.rules_number(suite, start)?;
                let sid = self.mint.session_id(at);
                let record = Record::Batch {
                    at,
                    sid,
                    rules,
                    sender: sender(),
                    bodies: batch.iter().map(|event| &*event.body).collect(),
                };
                let position = self.append(&record, start)?;
                self.core.note_start(key, sid, at);
                // The settings may have changed since it was read.
                if computed.rules == self.policy.of(suite).rules {
                    self.core.note_batch(position, computed);
                }
                Ok(Taken::Created(sid))
            }
        }
    }

    fn take_decoded(&mut self, sid: Option<SessionId>, event: &Decoded) -> Result<Taken, Refused> {
        let (sid, previous) = self.admit(sid, event)?;
        let record = Record::Event {
            at: self.now,
            sid,
            previous,
            body: EventBody::read(&event.body).expect("the door takes only events"),
        };
        let position = self.append(&record, event)?;
        self.core.note_tail(sid, position);
        Ok(Taken::NoContent)
    }

    fn tag_of_session(&self, sid: Option<SessionId>) -> Tag {
        sid.and_then(|sid| self.core.tag_of_session(sid))
            .cloned()
            .unwrap_or_default()
    }

    /// The session that takes the event, and the record of it before this one.
    fn admit(
        &self,
        sid: Option<SessionId>,
        event: &Decoded,
    ) -> Result<(SessionId, LogPosition), Refused> {
        let admitted = sid
            .filter(|sid| self.mint.is_ours(sid))
            .ok_or(Refusal::UnknownSession)
            .and_then(|sid| {
                let ts = PlayerMs(event.ts);
                let admitted = self.core.admit(self.now, sid, event.event_type, ts)?;
                Ok((sid, admitted.previous))
            });
        admitted.map_err(|reason| {
            let message = match reason {
                Refusal::AfterClose => "the session is closed; open a new one",
                _ => "no such session; it was never opened here, or long ago",
            };
            Refused {
                reason,
                message: message.into(),
                faults: None,
                tag: self.tag_of_session(sid),
            }
        })
    }

    fn admit_start(
        &mut self,
        suite: &str,
        key: Option<u128>,
        start: &Decoded,
    ) -> Result<StartAdmission, Refused> {
        let is_named = |suite: &str| self.policy.names(suite);
        self.core.admit_start(self.now, suite, key, is_named).map_err(|reason| {
            let message = match reason {
                Refusal::NotAllowed => format!(
                    "report suite {:?} is new, and no more suites come into being by themselves",
                    cut(suite)
                ),
                _ => "too many sessions are open".to_owned(),
            };
            let tag = Introduction::read(&start.body).tag.to_tag();
            Refused { reason, message, faults: None, tag }
        })
    }

    fn repeat(&mut self, sid: SessionId, events: u32, start: &Decoded) -> Result<Taken, Refused> {
        let at = self.now;
        let previous = self.core.tail(sid).unwrap_or_default();
        let record = Record::Repeat {
            at,
            sid,
            previous,
            events,
        };
        let position = self.append(&record, start)?;
        self.core.note_tail(sid, position);
        Ok(Taken::Created(sid))
    }

    /// The number of the suite's rules; a record gives them one the first time.
    fn rules_number(&mut self, suite: &str, start: &Decoded) -> Result<u32, Refused> {
        let rules = self.policy.of(suite).rules;
        match self.core.rules_number(&rules) {
            Ok(number) => Ok(number),
            Err(number) => {
                let position = self.append(
                    &Record::Rules {
                        at: self.now,
                        number,
                        rules,
                    },
                    start,
                )?;
                let _ = position;
                self.core.note_rules(number, rules);
                Ok(number)
            }
        }
    }

    fn append(&mut self, record: &Record<'_>, event: &Decoded) -> Result<LogPosition, Refused> {
        self.journal.append(record).map_err(|message| Refused {
            reason: Refusal::Unavailable,
            message,
            faults: None,
            tag: Introduction::read(&event.body).tag.to_tag(),
        })
    }
}

impl Refused {
    /// There is nothing at this path.
    pub fn unknown_path(path: &str) -> Self {
        Self {
            reason: Refusal::UnknownSession,
            message: format!("nothing is served at {:?}", cut(path)),
            faults: None,
            tag: Default::default(),
        }
    }

    pub(crate) fn suite_not_taken(tag: Tag) -> Self {
        Self {
            reason: Refusal::NotAllowed,
            message: format!("report suite {:?} is not taken here", cut(&tag.suite)),
            faults: None,
            tag,
        }
    }

    /// Too many of them come from one `sender`.
    pub fn rate_limited(arrival: Arrival, sender: &str, tag: Tag) -> Self {
        let what = match arrival {
            Arrival::Start => "session starts",
            Arrival::Event => "events",
        };
        Self {
            reason: Refusal::RateLimited,
            message: format!("too many {what} from this {sender}; try again in a second"),
            faults: None,
            tag,
        }
    }

    pub(crate) fn invalid(faults: Faults, tag: Tag) -> Self {
        Self {
            reason: Refusal::Invalid,
            message: faults.message(),
            faults: Some(faults),
            tag,
        }
    }
}

pub(crate) fn suite_of(start: &Decoded) -> &str {
    StartFacts::read(&start.body).map_or("", |facts| facts.report_suite)
}

/// A name from a stranger, short enough for a message.
fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(100)]
}
