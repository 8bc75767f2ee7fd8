//! Requests of the Media Edge API: several events in one, each mapped to its canonical body.

use hashbrown::HashMap;
use playhead_model::ids::SessionId;
use playhead_model::keys::EventType;
use playhead_model::outcome::Refusal;
use playhead_model::record::Sender;
use playhead_wire::Decoded;
use playhead_wire::edge::{Account, Event, Kind, Root, Setting};

use super::{Intake, Journal, Refused, Taken};
use crate::core::Tag;
use crate::rates::Arrival;
use crate::reading::compute;

/// Refusals of one request that are told one by one; the rest are counted.
const TOLD_MAX: usize = 100;

/// A request that was read so far.
#[derive(Clone, Copy, Debug)]
pub struct EdgeRequest<'a> {
    /// What each event must be, going by the path, and then all are taken or none. Without it each
    /// says itself what it is and stands for itself, and those that are not of media are passed over.
    pub kind: Option<Kind>,
    /// Whose sessions open.
    pub account: Account<'a>,
    /// The visitor of starts that name none.
    pub ecid: Option<&'a str>,
    pub events: &'a [Event<'a, 'a>],
}

/// What became of the events of a request; told to the client once the records are durable.
#[derive(Debug, Default)]
pub struct EdgeTaken {
    /// How many were taken.
    pub taken: usize,
    /// Sessions that opened, with the number of their event.
    pub opened: Vec<(usize, SessionId)>,
    /// Events that were refused, by their number.
    pub refused: Vec<(usize, Refused)>,
    /// How many were refused beyond those.
    pub untold: u64,
    /// What is refused and not listed: those, and sound events that were refused along with others.
    pub refused_besides: HashMap<(Tag, Refusal), u64>,
}

impl EdgeTaken {
    /// Refuses everything for the time being.
    pub fn unavailable(request: &EdgeRequest<'_>, message: &str) -> Self {
        let mut all = Self::default();
        for event in request.events {
            if request.kind.is_some() || event.is_media() {
                let refused = Refused {
                    reason: Refusal::Unavailable,
                    message: message.to_owned(),
                    faults: None,
                    tag: Tag::default(),
                };
                all.refuse(event.at, refused);
            }
        }
        all
    }

    /// Whether an event was refused for this reason, as far as they are told.
    pub fn has_refused(&self, reason: Refusal) -> bool {
        self.refused
            .iter()
            .any(|(_, refused)| refused.reason == reason)
    }

    fn refuse(&mut self, at: usize, refused: Refused) {
        if self.refused.len() < TOLD_MAX {
            self.refused.push((at, refused));
        } else {
            self.untold += 1;
            self.refuse_besides(refused.tag, refused.reason, 1);
        }
    }

    fn refuse_besides(&mut self, tag: Tag, reason: Refusal, events: u64) {
        *self.refused_besides.entry((tag, reason)).or_default() += events;
    }

    fn note(&mut self, at: usize, taken: Result<Taken, Refused>) {
        match taken {
            Ok(taken) => {
                self.taken += 1;
                if let Taken::Created(sid) = taken {
                    self.opened.push((at, sid));
                }
            }
            Err(refused) => self.refuse(at, refused),
        }
    }
}

/// An event that was looked at and may be taken.
enum Prepared {
    Start(Decoded),
    Batch(Vec<Decoded>),
    Event(Option<SessionId>, Decoded),
}

impl<J: Journal> Intake<'_, J> {
    /// Takes the events of a request, or says what is wrong with them.
    pub fn take_edge(
        &mut self,
        request: &EdgeRequest<'_>,
        sender: impl Fn() -> Sender,
    ) -> EdgeTaken {
        match request.kind {
            Some(kind) => self.take_together(request, kind, sender),
            None => self.take_each(request, sender),
        }
    }

    /// One bad event refuses all, before any of them is applied.
    fn take_together(
        &mut self,
        request: &EdgeRequest<'_>,
        kind: Kind,
        sender: impl Fn() -> Sender,
    ) -> EdgeTaken {
        let mut outcome = EdgeTaken::default();
        let root = match kind {
            Kind::Event(EventType::SessionStart) | Kind::Downloaded => Root::Own,
            Kind::Event(_) => Root::Numbered,
        };
        let mut sound = Vec::new();
        for event in request.events {
            let prepared = match named_otherwise(event, kind) {
                Some(refused) => Err(refused),
                None => self.prepare(event, kind, root, request),
            };
            match prepared {
                Ok(prepared) => sound.push((event.at, prepared)),
                Err(refused) => outcome.refuse(event.at, refused),
            }
        }
        if let Some((_, first)) = outcome.refused.first() {
            let (tag, reason) = (first.tag.clone(), first.reason);
            if !sound.is_empty() {
                outcome.refuse_besides(tag, reason, sound.len() as u64);
            }
            return outcome;
        }
        for (at, prepared) in sound {
            let taken = self.take_prepared(&prepared, &sender);
            outcome.note(at, taken);
        }
        outcome
    }

    fn take_each(&mut self, request: &EdgeRequest<'_>, sender: impl Fn() -> Sender) -> EdgeTaken {
        let mut outcome = EdgeTaken::default();
        for event in request.events.iter().filter(|event| event.is_media()) {
            let taken = match event.kind() {
                Some(kind) => self
                    .prepare(event, kind, Root::Own, request)
                    .and_then(|prepared| self.take_prepared(&prepared, &sender)),
                None => Err(Refused::invalid(
                    event.unknown_type(Root::Own),
                    Tag::default(),
                )),
            };
            outcome.note(event.at, taken);
        }
        outcome
    }

    fn prepare(
        &self,
        event: &Event<'_, '_>,
        kind: Kind,
        root: Root,
        request: &EdgeRequest<'_>,
    ) -> Result<Prepared, Refused> {
        let is_start = matches!(
            kind,
            Kind::Downloaded | Kind::Event(EventType::SessionStart)
        );
        let sid = event.session_id().filter(|_| !is_start);
        let tag = if is_start {
            Tag {
                suite: playhead_wire::first_suite(request.account.suite).into(),
                ..Tag::default()
            }
        } else {
            self.tag_of_session(sid)
        };
        if is_start && !self.policy.allows(&tag.suite) {
            return Err(Refused::suite_not_taken(tag));
        }
        if is_start {
            self.limit(tag.as_ref(), Arrival::Start)?;
        } else {
            self.limit_events(sid)?;
        }
        let setting = Setting {
            profile: self.policy.of(&tag.suite).profile,
            clock: self.clock(),
            received_ms: i64::try_from(self.now.0).unwrap_or(i64::MAX),
            account: request.account,
            ecid: request.ecid,
        };
        let invalid = |faults| Refused::invalid(faults, tag.clone());
        match kind {
            Kind::Downloaded => {
                let batch = event.decode_downloaded(root, &setting).map_err(invalid)?;
                Ok(Prepared::Batch(batch))
            }
            Kind::Event(kind) => {
                let decoded = event.decode(kind, root, &setting).map_err(invalid)?;
                if is_start {
                    return Ok(Prepared::Start(decoded));
                }
                self.admit(sid, &decoded)?;
                Ok(Prepared::Event(sid, decoded))
            }
        }
    }

    fn take_prepared(
        &mut self,
        prepared: &Prepared,
        sender: impl Fn() -> Sender,
    ) -> Result<Taken, Refused> {
        match prepared {
            Prepared::Start(start) => self.take_start(start, false, sender),
            Prepared::Batch(batch) => {
                let computed = compute(batch, self.policy);
                self.take_batch(batch, computed, sender)
            }
            Prepared::Event(sid, event) => self.take_decoded(*sid, event),
        }
    }
}

/// A path and an event that name two types; nothing else of the event can be judged then.
fn named_otherwise(event: &Event<'_, '_>, kind: Kind) -> Option<Refused> {
    let name = event.type_name()?;
    let wanted = format!("media.{}", kind.name());
    (name != wanted).then(|| Refused {
        reason: Refusal::Invalid,
        message: format!(
            "the path takes {wanted}, but the event at {} is {}",
            event.at,
            super::cut(name)
        ),
        faults: None,
        tag: Tag::default(),
    })
}
