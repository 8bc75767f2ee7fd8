//! Bitrate changes and errors (R8).

use playhead_model::ids::EventRef;
use playhead_model::limits;
use playhead_model::time::PlayerMs;

use super::Effect;
use crate::state::{ErrorId, LastError, Session};

impl Session {
    pub(super) fn on_bitrate_change(&mut self) -> Effect {
        self.sums.bitrate_changes += 1;
        Effect::Done
    }

    pub(super) fn on_error(
        &mut self,
        event: EventRef,
        ts: PlayerMs,
        id: Option<u64>,
        external: bool,
    ) -> Effect {
        self.sums.errors += 1;
        let content_ms = self.sums.content_ms;
        let rare = self.rare_mut();
        rare.last_error = LastError { at: ts, content_ms };
        let Some(hash) = id else { return Effect::Done };
        let errors = &mut rare.errors;
        if errors
            .iter()
            .any(|known| known.hash == hash && known.external == external)
        {
            return Effect::Done;
        }
        if errors.len() == limits::ERROR_IDS {
            self.limited = true;
        } else {
            errors.push(ErrorId {
                event,
                hash,
                external,
            });
        }
        Effect::Done
    }
}
