//! What is decided about a request, and what is counted where it is refused.

use playhead_model::outcome::Refusal;
use playhead_model::record::Sender;

use super::Cell;
use super::journal::LogJournal;
use crate::core::Tag;
use crate::intake::{EdgeRequest, EdgeTaken, Intake, Refused, Taken, Target};
use crate::reading::{Read, Reading};

impl Cell {
    /// Why nothing is taken at the moment, if so.
    pub fn unavailable(&self) -> Option<String> {
        if let Some(why) = &self.stopped {
            return Some(why.clone());
        }
        self.is_disk_low
            .then(|| "the disk is almost full".to_owned())
    }

    /// Why no more sessions are taken, if so and if it is more than many viewers: closed sessions
    /// cannot be stored, and those that wait take all of the room.
    fn stuck(&self) -> Option<String> {
        let failure = self.core.is_full().then(|| self.pump.view().failure())??;
        Some(format!(
            "no room for more sessions, since closed ones cannot be stored: {failure}"
        ))
    }

    /// Why requests had better go elsewhere, if so.
    pub fn unready(&self) -> Option<String> {
        self.unavailable().or_else(|| self.stuck())
    }

    /// Decides about a request. What is taken may be answered after the next [`Cell::commit`].
    ///
    /// # Errors
    /// The refusal, which is counted and may be answered at once.
    pub fn take(
        &mut self,
        target: Target,
        body: &[u8],
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        self.take_by(body, |intake| intake.take(target, body, sender))
    }

    /// What reading a body needs to know, for those who read it elsewhere.
    pub fn reading(&mut self, target: Target) -> Reading {
        self.intake().reading(target)
    }

    /// As [`Cell::take`], with a body that was read elsewhere.
    ///
    /// # Errors
    /// As for [`Cell::take`].
    pub fn take_read(
        &mut self,
        read: Result<Read, Refused>,
        body: &[u8],
        sender: impl FnOnce() -> Sender,
    ) -> Result<Taken, Refused> {
        self.take_by(body, |intake| intake.take_read(read?, sender))
    }

    fn intake(&mut self) -> Intake<'_, LogJournal> {
        let now = self.now();
        Intake {
            core: &mut self.core,
            journal: &mut self.journal,
            mint: &self.mint,
            policy: &self.policy,
            rates: Some(&self.rates),
            now,
        }
    }

    fn take_by(
        &mut self,
        body: &[u8],
        take: impl FnOnce(&mut Intake<'_, LogJournal>) -> Result<Taken, Refused>,
    ) -> Result<Taken, Refused> {
        let taken = match self.unavailable() {
            Some(message) => Err(Refused {
                reason: Refusal::Unavailable,
                message,
                faults: None,
                tag: Tag::default(),
            }),
            None => take(&mut self.intake()),
        };
        let taken = taken.map_err(|mut refused| {
            if refused.reason == Refusal::Unavailable
                && let Some(why) = self.stuck()
            {
                refused.message = why;
            }
            refused
        });
        if let Err(refused) = &taken {
            self.note_refused(refused, body);
        }
        taken
    }

    /// As [`Cell::take`], for a request of the Media Edge API; `body` is what was sent.
    pub fn take_edge(
        &mut self,
        request: &EdgeRequest<'_>,
        body: &[u8],
        sender: impl Fn() -> Sender,
    ) -> EdgeTaken {
        let taken = match self.unavailable() {
            Some(message) => EdgeTaken::unavailable(request, &message),
            None => self.intake().take_edge(request, sender),
        };
        for (_, refused) in &taken.refused {
            self.note_refused(refused, body);
        }
        for ((tag, reason), events) in &taken.refused_besides {
            self.refusals.count(tag.clone(), *reason, *events);
        }
        taken
    }

    /// Counts a request that is refused.
    pub fn note_refused(&mut self, refused: &Refused, body: &[u8]) {
        let tag = refused.tag.clone();
        self.refusals
            .note(self.now(), tag, refused.reason, &refused.message, body);
    }

    /// Counts a request that was refused before anyone looked at it.
    pub fn note_refusal(&mut self, reason: Refusal, message: &str, body: &[u8]) {
        self.refusals
            .note(self.now(), Tag::default(), reason, message, body);
    }
}
