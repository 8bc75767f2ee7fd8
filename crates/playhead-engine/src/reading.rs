//! Reading the body of a request: what needs neither the sessions nor the log, so that a large body
//! can be read on another thread.

use playhead_model::ids::SessionId;
use playhead_wire::{Clock, Decoded, Faults, Profile, SessionsPost};

use crate::core::{Computed, Introduction, Tag};
use crate::intake::{Policy, Refused, Target, suite_of};

/// What reading a body needs to know.
#[derive(Clone, Debug)]
pub struct Reading {
    pub(crate) target: Target,
    pub(crate) clock: Clock,
    /// Of the session that an event is for, if it is known.
    pub(crate) profile: Profile,
    pub(crate) tag: Tag,
}

/// A body that was found sound.
#[derive(Debug)]
pub enum Read {
    Start(Decoded),
    /// The start and what comes behind it; there is a start.
    Batch(Vec<Decoded>, Box<Computed>),
    /// For a session, if its id has the form of one.
    Event(Option<SessionId>, Decoded),
}

impl Reading {
    /// Reads a body.
    ///
    /// # Errors
    /// If it is unsound, with everything that is wrong with it, or of a suite that is not taken.
    pub fn read(self, policy: &Policy, bytes: &[u8]) -> Result<Read, Refused> {
        match self.target {
            Target::Events(sid) => match playhead_wire::event(bytes, self.profile, self.clock) {
                Ok(event) => Ok(Read::Event(sid, event)),
                Err(faults) => Err(Refused::invalid(faults, self.tag)),
            },
            Target::Downloaded => {
                let batch = self.decode_start(
                    policy,
                    |profile, clock| playhead_wire::downloaded(bytes, profile, clock),
                    |batch| &batch[0],
                )?;
                Ok(computed(batch, policy))
            }
            Target::Sessions => {
                let post = self.decode_start(
                    policy,
                    |profile, clock| playhead_wire::sessions_post(bytes, profile, clock),
                    |post| match post {
                        SessionsPost::Start(start) => start,
                        SessionsPost::Batch(batch) => &batch[0],
                    },
                )?;
                Ok(match post {
                    SessionsPost::Start(start) => Read::Start(start),
                    SessionsPost::Batch(batch) => computed(batch, policy),
                })
            }
        }
    }

    /// Decodes under the profile of the suite that the body itself names.
    fn decode_start<T>(
        &self,
        policy: &Policy,
        decode: impl Fn(Profile, Clock) -> Result<T, Faults>,
        start_of: impl Fn(&T) -> &Decoded,
    ) -> Result<T, Refused> {
        let lax = decode(Profile::Lenient, self.clock)
            .map_err(|faults| Refused::invalid(faults, Tag::default()))?;
        if policy.is_one_for_all() && policy.default.profile == Profile::Lenient {
            return Ok(lax);
        }
        let tag = Introduction::read(&start_of(&lax).body).tag;
        if !policy.allows(tag.suite) {
            return Err(Refused::suite_not_taken(tag.to_tag()));
        }
        if policy.of(tag.suite).profile == Profile::Strict {
            let strict = decode(Profile::Strict, self.clock);
            return strict.map_err(|faults| Refused::invalid(faults, tag.to_tag()));
        }
        Ok(lax)
    }
}

fn computed(batch: Vec<Decoded>, policy: &Policy) -> Read {
    let computed = compute(&batch, policy);
    Read::Batch(batch, Box::new(computed))
}

/// What a batch comes to under the rules of its suite.
pub(crate) fn compute(batch: &[Decoded], policy: &Policy) -> Computed {
    let rules = policy.of(suite_of(&batch[0])).rules;
    let bodies: Vec<&[u8]> = batch.iter().map(|event| &*event.body).collect();
    Computed::of(&bodies, &rules).expect("a batch has a start and events")
}
