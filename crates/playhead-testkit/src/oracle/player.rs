//! The walk over the accepted events: what holds after each of them.
//!
//! Rules R3.3, R4.3 (counts), R5, R6 and R7. Nothing here measures time.

use serde_json::Value;

use super::event::Event;
use super::json::integer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Register {
    Starting,
    Playing,
    Paused,
    Buffering,
    Completed,
}

/// The context of an instant (metrics section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    Main,
    Break,
    Ad,
}

#[derive(Debug, Clone)]
pub(crate) struct AdBreak {
    /// Index of its `adBreakStart` in the accepted list.
    pub(crate) opened_by: usize,
    ads: usize,
}

/// An ad, or a chapter.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Index of its start event in the accepted list.
    pub(crate) opened_by: usize,
    pub(crate) completed: bool,
    /// The break an ad belongs to; nothing for a chapter.
    pub(crate) in_break: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct NamedState {
    pub(crate) name: String,
    pub(crate) count: i128,
    active: bool,
}

/// What holds from an event until the next one.
#[derive(Debug, Clone)]
pub(crate) struct After {
    pub(crate) register: Register,
    pub(crate) context: Context,
    pub(crate) ad: Option<usize>,
    pub(crate) chapter: Option<usize>,
    pub(crate) states: Vec<String>,
    /// A rule voided the event's own effect (R2.8).
    pub(crate) ignored: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Player {
    register: Register,
    /// R5.3: the state an `adStart` replaced.
    remembered: Option<Register>,
    open_break: Option<usize>,
    /// R5.6: the break a `play` closed, and the playhead of that `play`.
    reopenable: Option<(usize, i128)>,
    open_ad: Option<usize>,
    open_chapter: Option<usize>,
    last_ad_start_ts: Option<i128>,
    pub(crate) breaks: Vec<AdBreak>,
    pub(crate) ads: Vec<Part>,
    pub(crate) chapters: Vec<Part>,
    pub(crate) states: Vec<NamedState>,
    pub(crate) pauses: i128,
    pub(crate) buffers: i128,
    /// R4.9: the events that began a buffer in main content.
    pub(crate) main_buffers: Vec<usize>,
    pub(crate) completed: bool,
    /// R4.2, first case: the first `play` processed while no break is open.
    pub(crate) first_play: Option<usize>,
    pub(crate) after: Vec<After>,
}

const STANDARD_STATES: [&str; 5] = [
    "fullscreen",
    "mute",
    "closedCaptioning",
    "pictureInPicture",
    "inFocus",
];

/// R7: the five standard names are matched without case, others exactly.
fn folded_name(name: &str) -> String {
    STANDARD_STATES
        .iter()
        .find(|standard| standard.eq_ignore_ascii_case(name))
        .map_or(name, |standard| standard)
        .to_owned()
}

/// Walks the whole list; `playheads` are the unwrapped ones (R3.4).
pub(crate) fn walk(events: &[Event], playheads: &[i128]) -> Player {
    let mut player = Player {
        register: Register::Starting,
        remembered: None,
        open_break: None,
        reopenable: None,
        open_ad: None,
        open_chapter: None,
        last_ad_start_ts: None,
        breaks: Vec::new(),
        ads: Vec::new(),
        chapters: Vec::new(),
        states: Vec::new(),
        pauses: 0,
        buffers: 0,
        main_buffers: Vec::new(),
        completed: false,
        first_play: None,
        after: Vec::new(),
    };
    for (index, playhead) in playheads.iter().enumerate() {
        let took_effect = player.apply(index, events, *playhead);
        player.after.push(After {
            register: player.register,
            context: player.context(),
            ad: player.open_ad,
            chapter: player.open_chapter,
            states: player.active_states(),
            ignored: !took_effect,
        });
    }
    player
}

impl Player {
    /// Whether the event fits the present state, by the table of protocol 6.
    pub(crate) fn fits(&self, event: &Event) -> bool {
        match event.kind.as_str() {
            "adBreakStart" => self.open_break.is_none(),
            "adStart" => self.open_break.is_some() && self.open_ad.is_none(),
            "adComplete" | "adSkip" => self.open_ad.is_some(),
            "adBreakComplete" => self.open_break.is_some() && self.open_ad.is_none(),
            "chapterStart" => self.open_chapter.is_none(),
            "chapterComplete" | "chapterSkip" => self.open_chapter.is_some(),
            "stateStart" => !self.is_active(event.text("media.state.name").unwrap_or_default()),
            "stateEnd" => self.is_active(event.text("media.state.name").unwrap_or_default()),
            _ => true,
        }
    }

    /// Applies one event and tells whether it had an effect of its own.
    fn apply(&mut self, index: usize, events: &[Event], playhead: i128) -> bool {
        let event = &events[index];
        match event.kind.as_str() {
            "play" => self.play(index, playhead),
            "pauseStart" => self.halt(Register::Paused, index, event.ts),
            "bufferStart" => self.halt(Register::Buffering, index, event.ts),
            "sessionComplete" => self.complete(),
            "adBreakStart" => self.start_break(index, events),
            "adBreakComplete" => self.complete_break(),
            "adStart" => self.start_ad(index, event.ts, playhead),
            "adComplete" => self.end_ad(true),
            "adSkip" => self.end_ad(false),
            "chapterStart" => self.start_chapter(index),
            "chapterComplete" => self.end_chapter(true),
            "chapterSkip" => self.end_chapter(false),
            "stateStart" => self.start_state(event.text("media.state.name").unwrap_or_default()),
            "stateEnd" => self.end_state(event.text("media.state.name").unwrap_or_default()),
            "statesUpdate" => self.update_states(event),
            // R3.3: nothing else changes the register; what `sessionEnd` closes needs no trace,
            // as a part that is still open counts as not completed.
            _ => true,
        }
    }

    fn context(&self) -> Context {
        if self.open_ad.is_some() {
            Context::Ad
        } else if self.open_break.is_some() {
            Context::Break
        } else {
            Context::Main
        }
    }

    fn play(&mut self, index: usize, playhead: i128) -> bool {
        // R5.6: in a break with no open ad, after at least one ad of it, the player forgot
        // `adBreakComplete`.
        if let Some(open) = self.open_break
            && self.open_ad.is_none()
            && self.breaks[open].ads > 0
        {
            self.close_break();
            self.reopenable = Some((open, playhead));
        }
        if self.open_break.is_none() && self.first_play.is_none() {
            self.first_play = Some(index);
        }
        self.register = Register::Playing;
        self.remembered = None;
        true
    }

    /// `pauseStart` and `bufferStart`.
    fn halt(&mut self, to: Register, index: usize, ts: i128) -> bool {
        // R2.7: in `completed` they change nothing.
        if self.register == Register::Completed {
            return false;
        }
        // R5.3: a library repeats the old state right after `adStart`; it goes on, uncounted.
        let soon = self
            .last_ad_start_ts
            .is_some_and(|start| ts - start <= 1_000);
        let continued = self.remembered == Some(to) && soon;
        if self.register != to && !continued {
            match to {
                Register::Paused => self.pauses += 1,
                _ => {
                    self.buffers += 1;
                    if self.context() == Context::Main {
                        self.main_buffers.push(index);
                    }
                }
            }
        }
        self.register = to;
        self.remembered = None;
        true
    }

    /// R2.7: closes ad, break and chapter; the session stays open.
    fn complete(&mut self) -> bool {
        self.close_break();
        self.end_chapter(false);
        self.completed = true;
        self.register = Register::Completed;
        self.remembered = None;
        true
    }

    fn start_break(&mut self, index: usize, events: &[Event]) -> bool {
        self.reopenable = None;
        // R5.1: same `podIndex` and `podSecond` is a repeat.
        if let Some(open) = self.open_break {
            let opener = &events[self.breaks[open].opened_by];
            if pod_of(opener) == pod_of(&events[index]) {
                return false;
            }
        }
        self.close_break();
        self.breaks.push(AdBreak {
            opened_by: index,
            ads: 0,
        });
        self.open_break = Some(self.breaks.len() - 1);
        true
    }

    fn complete_break(&mut self) -> bool {
        self.reopenable = None;
        let was_open = self.open_break.is_some();
        self.close_break();
        was_open
    }

    /// Closes break and open ad, and brings back a remembered state (R5.4, R5.5).
    fn close_break(&mut self) {
        if self.open_break.take().is_none() {
            return;
        }
        self.end_ad(false);
        self.last_ad_start_ts = None;
        if let Some(remembered) = self.remembered.take() {
            self.register = remembered;
        }
    }

    fn start_ad(&mut self, index: usize, ts: i128, playhead: i128) -> bool {
        // R5.6: a pause between two ads, not the end of the break.
        if self.open_break.is_none()
            && let Some((closed, at)) = self.reopenable
            && at == playhead
        {
            self.open_break = Some(closed);
            self.reopenable = None;
        }
        let Some(open) = self.open_break else {
            return false; // R5.2
        };
        self.end_ad(false);
        self.breaks[open].ads += 1;
        self.ads.push(Part {
            opened_by: index,
            completed: false,
            in_break: Some(open),
        });
        self.open_ad = Some(self.ads.len() - 1);
        self.last_ad_start_ts = Some(ts);
        // R5.3: remembers the state it replaces unless `playing` or one is remembered already.
        if self.register != Register::Playing && self.remembered.is_none() {
            self.remembered = Some(self.register);
        }
        self.register = Register::Playing;
        true
    }

    fn end_ad(&mut self, completed: bool) -> bool {
        let Some(open) = self.open_ad.take() else {
            return false;
        };
        self.ads[open].completed = completed;
        true
    }

    fn start_chapter(&mut self, index: usize) -> bool {
        self.end_chapter(false);
        self.chapters.push(Part {
            opened_by: index,
            completed: false,
            in_break: None,
        });
        self.open_chapter = Some(self.chapters.len() - 1);
        true
    }

    fn end_chapter(&mut self, completed: bool) -> bool {
        let Some(open) = self.open_chapter.take() else {
            return false;
        };
        self.chapters[open].completed = completed;
        true
    }

    fn start_state(&mut self, name: &str) -> bool {
        let name = folded_name(name);
        let known = self.states.iter().position(|state| state.name == name);
        let Some(known) = known else {
            if self.states.len() == 10 {
                return false; // R7: the 11th name
            }
            self.states.push(NamedState {
                name,
                count: 1,
                active: true,
            });
            return true;
        };
        let state = &mut self.states[known];
        if state.active {
            return false;
        }
        state.active = true;
        state.count += 1;
        true
    }

    fn end_state(&mut self, name: &str) -> bool {
        let name = folded_name(name);
        let active = self
            .states
            .iter_mut()
            .find(|state| state.name == name && state.active);
        let Some(state) = active else { return false };
        state.active = false;
        true
    }

    /// R7: in one `statesUpdate` ends are applied before starts.
    fn update_states(&mut self, event: &Event) -> bool {
        let mut took_effect = false;
        for name in names_in(event, "statesEnd") {
            took_effect |= self.end_state(&name);
        }
        for name in names_in(event, "statesStart") {
            took_effect |= self.start_state(&name);
        }
        took_effect
    }

    fn is_active(&self, name: &str) -> bool {
        let name = folded_name(name);
        self.states
            .iter()
            .any(|state| state.name == name && state.active)
    }

    fn active_states(&self) -> Vec<String> {
        let active = self.states.iter().filter(|state| state.active);
        active.map(|state| state.name.clone()).collect()
    }
}

fn pod_of(event: &Event) -> (Option<i128>, Option<f64>) {
    let index = event.param("media.ad.podIndex").and_then(integer);
    (
        index,
        event.param("media.ad.podSecond").and_then(Value::as_f64),
    )
}

fn names_in(event: &Event, list: &str) -> Vec<String> {
    let entries = event
        .param(list)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let names = entries
        .iter()
        .filter_map(|entry| entry["media.state.name"].as_str());
    names.map(str::to_owned).collect()
}
