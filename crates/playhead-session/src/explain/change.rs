//! What one event changed, found by comparing the registers before and after it.

use std::fmt;

use playhead_model::event::{QualityKey, StateName};
use playhead_model::outcome::CloseReason;

use super::recorder::Registers;
use crate::state::{Phase, PlayerState, Session};

/// One effect of an event. Ads and chapters are numbered in the order of their start, from 0;
/// those beyond the limits of a session have no number.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    SessionOpens,
    Phase {
        from: Phase,
        to: Phase,
    },
    /// The event that made `isPlayed` true (R4.2).
    ContentStarts,
    Completed,
    BreakOpens,
    BreakCloses,
    AdOpens {
        number: Option<u32>,
    },
    AdCloses {
        number: Option<u32>,
        completed: bool,
    },
    ChapterOpens {
        number: Option<u32>,
    },
    ChapterCloses {
        number: Option<u32>,
        completed: bool,
    },
    StateOn(StateName),
    StateOff(StateName),
    /// One more of what this metric counts.
    Counts(&'static str),
    /// A quality value from here on.
    Quality {
        name: &'static str,
        value: i64,
    },
    SessionCloses(CloseReason),
}

/// What lies between `before` and `after`; `session` is the state after.
pub(super) fn changes(before: &Registers, after: &Registers, session: &Session) -> Vec<Change> {
    let mut found = Vec::new();
    if before.phase != after.phase {
        found.push(Change::Phase {
            from: before.phase,
            to: after.phase,
        });
    }
    if after.completed && !before.completed {
        found.push(Change::Completed);
    }
    part_changes(before, after, session, &mut found);
    for state in &after.states {
        let earlier = before
            .states
            .iter()
            .find(|earlier| earlier.name == state.name);
        state_changes(earlier, state, &mut found);
    }
    let counts = [
        ("pauseCount", before.sums.pauses, after.sums.pauses),
        ("bufferCount", before.sums.buffers, after.sums.buffers),
        ("rebufferCount", before.sums.rebuffers, after.sums.rebuffers),
        ("errorCount", before.sums.errors, after.sums.errors),
        (
            "bitrateChangeCount",
            before.sums.bitrate_changes,
            after.sums.bitrate_changes,
        ),
    ];
    found.extend(
        counts
            .iter()
            .filter(|(_, b, a)| a > b)
            .map(|(name, ..)| Change::Counts(name)),
    );
    let values = [
        ("bitrate", QualityKey::Bitrate),
        ("droppedFrames", QualityKey::DroppedFrames),
        ("framesPerSecond", QualityKey::FramesPerSecond),
        ("timeToStart", QualityKey::TimeToStart),
    ];
    for (name, key) in values {
        let (old, new) = (before.quality.get(key), after.quality.get(key));
        if let Some(value) = new.filter(|_| new != old) {
            found.push(Change::Quality { name, value });
        }
    }
    found
}

/// Breaks, ads and chapters. What closes is named before what opens.
fn part_changes(before: &Registers, after: &Registers, session: &Session, found: &mut Vec<Change>) {
    let ad_opened = after.sums.ads > before.sums.ads;
    if let Some(ad) = before.ad.filter(|_| ad_opened || after.ad.is_none()) {
        let number = ad.number();
        let completed = number.is_some_and(|number| session.ads[number as usize].completed);
        found.push(Change::AdCloses { number, completed });
    }
    if before.brk != after.brk {
        found.extend(before.brk.map(|_| Change::BreakCloses));
        found.extend(after.brk.map(|_| Change::BreakOpens));
    }
    if let Some(ad) = after.ad.filter(|_| ad_opened) {
        found.push(Change::AdOpens {
            number: ad.number(),
        });
    }
    let chapter_opened = after.sums.chapters > before.sums.chapters;
    if let Some(chapter) = before
        .chapter
        .filter(|_| chapter_opened || after.chapter.is_none())
    {
        let number = chapter.number();
        let completed = number.is_some_and(|n| session.chapters()[n as usize].completed);
        found.push(Change::ChapterCloses { number, completed });
    }
    if let Some(chapter) = after.chapter.filter(|_| chapter_opened) {
        found.push(Change::ChapterOpens {
            number: chapter.number(),
        });
    }
}

/// One `statesUpdate` may end a state and start it again, which only the count shows.
fn state_changes(before: Option<&PlayerState>, after: &PlayerState, found: &mut Vec<Change>) {
    let was_on = before.is_some_and(|before| before.since.is_some());
    let started = after.count > before.map_or(0, |before| before.count);
    if was_on && (started || after.since.is_none()) {
        found.push(Change::StateOff(after.name.clone()));
    }
    if started {
        found.push(Change::StateOn(after.name.clone()));
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nth = |number: &Option<u32>| match number {
            Some(number) => format!(" {}", number + 1),
            None => " beyond the listed ones".to_owned(),
        };
        let end = |completed: &bool| {
            if *completed {
                "completes"
            } else {
                "ends incomplete"
            }
        };
        match self {
            Self::SessionOpens => f.write_str("session opens"),
            Self::Phase { from, to } => write!(f, "{} → {}", from.name(), to.name()),
            Self::ContentStarts => f.write_str("content starts"),
            Self::Completed => f.write_str("content complete"),
            Self::BreakOpens => f.write_str("break opens"),
            Self::BreakCloses => f.write_str("break closes"),
            Self::AdOpens { number } => write!(f, "ad{} opens", nth(number)),
            Self::AdCloses { number, completed } => {
                write!(f, "ad{} {}", nth(number), end(completed))
            }
            Self::ChapterOpens { number } => write!(f, "chapter{} opens", nth(number)),
            Self::ChapterCloses { number, completed } => {
                write!(f, "chapter{} {}", nth(number), end(completed))
            }
            Self::StateOn(name) => write!(f, "{} on", name.as_str()),
            Self::StateOff(name) => write!(f, "{} off", name.as_str()),
            Self::Counts(metric) => write!(f, "{metric} + 1"),
            Self::Quality { name, value } => write!(f, "{name} {value}"),
            Self::SessionCloses(reason) => write!(f, "session closes: {}", reason.name()),
        }
    }
}
