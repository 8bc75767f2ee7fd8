//! Server time: the only place that reads a clock.
//!
//! The wall clock is read at the start and carried on by the monotonic clock, so that a step of
//! the wall clock moves nothing at once; it is followed slowly. Inside a log time never goes back:
//! the engine stamps a record with the time of the last one if the clock says less.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use playhead_model::time::ReceivedMs;

/// How far the clock follows the wall clock at each tick, ms: half a per cent at one tick a second.
const FOLLOW_MS: i64 = 5;

/// Where server time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The clock of this machine.
    System(SystemClock),
    /// Moved by hand, for tests: starts at 0.
    Manual(ReceivedMs),
}

/// The wall clock at the start, carried on by the monotonic clock.
#[derive(Clone, Debug)]
pub struct SystemClock {
    wall_ms: i64,
    since: Instant,
}

impl Clock {
    /// The clock of this machine.
    pub fn system() -> Self {
        Self::System(SystemClock {
            wall_ms: wall_ms(),
            since: instant(),
        })
    }

    /// Server time now.
    pub fn now(&self) -> ReceivedMs {
        match self {
            Self::System(clock) => clock.now(),
            Self::Manual(now) => *now,
        }
    }

    /// Moves towards the wall clock by a little. Called once a tick.
    pub fn follow(&mut self) {
        if let Self::System(clock) = self {
            let ahead = wall_ms() - clock.now().0 as i64;
            clock.wall_ms += ahead.clamp(-FOLLOW_MS, FOLLOW_MS);
        }
    }
}

impl SystemClock {
    fn now(&self) -> ReceivedMs {
        let elapsed = instant().duration_since(self.since).as_millis() as i64;
        ReceivedMs(u64::try_from(self.wall_ms + elapsed).unwrap_or(0))
    }
}

/// An instant, to tell how much later another is.
pub(crate) fn monotonic() -> Instant {
    instant()
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    since.as_millis() as i64
}
