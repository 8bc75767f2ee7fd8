//! Player states (R7): named, overlapping, and apart from the player register.

use playhead_model::event::{StateName, StatesUpdate};
use playhead_model::limits;
use playhead_model::outcome::Rule;
use playhead_model::time::PlayerMs;

use super::Effect;
use crate::state::{PlayerState, Session};

impl Session {
    pub(super) fn on_state_start(&mut self, name: &StateName, ts: PlayerMs) -> Effect {
        Effect::done_if(self.start_state(name, ts), Rule::StateUnchanged)
    }

    pub(super) fn on_state_end(&mut self, name: &StateName, ts: PlayerMs) -> Effect {
        Effect::done_if(self.end_state(name, ts), Rule::StateUnchanged)
    }

    pub(super) fn on_states_update(&mut self, update: &StatesUpdate, ts: PlayerMs) -> Effect {
        let mut changed = false;
        for name in &update.ends {
            changed |= self.end_state(name, ts);
        }
        for name in &update.starts {
            changed |= self.start_state(name, ts);
        }
        Effect::done_if(changed, Rule::StateUnchanged)
    }

    pub(crate) fn state_is_on(&self, name: &StateName) -> bool {
        self.states()
            .iter()
            .any(|state| state.name == *name && state.since.is_some())
    }

    fn start_state(&mut self, name: &StateName, ts: PlayerMs) -> bool {
        let states = &mut self.rare_mut().states;
        if let Some(state) = states.iter_mut().find(|state| state.name == *name) {
            let starts = state.since.is_none();
            state.count += u32::from(starts);
            state.since.get_or_insert(ts);
            return starts;
        }
        if states.len() == limits::STATES {
            return false;
        }
        states.push(PlayerState {
            name: name.clone(),
            count: 1,
            time_ms: 0,
            since: Some(ts),
        });
        true
    }

    fn end_state(&mut self, name: &StateName, ts: PlayerMs) -> bool {
        let Some(rare) = &mut self.rare else {
            return false;
        };
        let Some(state) = rare.states.iter_mut().find(|state| state.name == *name) else {
            return false;
        };
        let Some(since) = state.since.take() else {
            return false;
        };
        state.time_ms += ts.since(since);
        true
    }
}
