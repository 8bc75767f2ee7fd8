//! What each event does to the registers of its session, one file per family.

mod ads;
mod chapters;
mod playback;
mod quality;
mod states;

use playhead_model::event::Kind;
use playhead_model::ids::EventRef;
use playhead_model::outcome::Rule;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead};

use crate::state::{Phase, Session};

/// Whether an applied event had an effect of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Done,
    /// A rule voids it: the event counts for the clocks, the playhead and the quality only.
    Voided(Rule),
}

impl Effect {
    fn done_if(done: bool, otherwise: Rule) -> Self {
        if done {
            Self::Done
        } else {
            Self::Voided(otherwise)
        }
    }
}

impl Session {
    pub(crate) fn take_effect(
        &mut self,
        event_ref: EventRef,
        kind: &Kind,
        ts: PlayerMs,
        playhead: Playhead,
        rules: &Rules,
    ) -> Effect {
        match kind {
            Kind::Play => self.on_play(ts, playhead),
            Kind::Ping => Effect::Done,
            Kind::PauseStart => self.on_halt(Phase::Paused, ts, rules),
            Kind::BufferStart => self.on_halt(Phase::Buffering, ts, rules),
            Kind::SessionComplete => self.on_complete(),
            Kind::SessionEnd => Effect::Done,
            Kind::BitrateChange => self.on_bitrate_change(),
            Kind::Error(said) => self.on_error(event_ref, ts, said.id, said.external),
            Kind::AdBreakStart(said) => {
                self.on_break_start(event_ref, said.pod_index, said.pod_second)
            }
            Kind::AdBreakComplete => self.on_break_complete(),
            Kind::AdStart => self.on_ad_start(event_ref, ts, playhead),
            Kind::AdComplete => self.on_ad_close(true),
            Kind::AdSkip => self.on_ad_close(false),
            Kind::ChapterStart => self.on_chapter_start(event_ref),
            Kind::ChapterComplete => self.on_chapter_close(true),
            Kind::ChapterSkip => self.on_chapter_close(false),
            Kind::StateStart(name) => self.on_state_start(name, ts),
            Kind::StateEnd(name) => self.on_state_end(name, ts),
            Kind::StatesUpdate(update) => self.on_states_update(update, ts),
        }
    }
}
