//! Three kinds of time that never mix: the device's clock, the server's clock, and the place in
//! the media.

/// Server time in milliseconds since the epoch. It never goes back inside a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceivedMs(pub u64);

impl ReceivedMs {
    /// The instant `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// A device's clock in milliseconds since the epoch, as sent in `playerTime.ts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayerMs(pub i64);

impl PlayerMs {
    /// Milliseconds from `earlier` to here; 0 if `earlier` is later.
    pub fn since(self, earlier: Self) -> u64 {
        u64::try_from(i128::from(self.0) - i128::from(earlier.0)).unwrap_or(0)
    }
}

/// A place in the media, or a length of media, in whole microseconds (metrics R3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Playhead(pub i64);

impl Playhead {
    /// The largest playhead kept apart from larger ones: some 31,000 years of media. It leaves
    /// room for every sum that is made of playheads.
    pub const MAX: Self = Self(1_000_000_000_000_000_000);

    /// `floor(seconds * 1e6 + 0.5)` in double precision, cut to ±[`Playhead::MAX`].
    pub fn from_seconds(seconds: f64) -> Self {
        let micros = (seconds * 1e6 + 0.5).floor();
        Self((micros as i64).clamp(-Self::MAX.0, Self::MAX.0))
    }

    /// The place in seconds, for people.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Whole seconds of a duration in ms, rounded half up once (metrics R3.2).
pub fn seconds_of_ms(ms: i64) -> i64 {
    (ms.saturating_add(500)).div_euclid(1000)
}

/// Whole seconds of a length in µs, rounded half up once (metrics R3.2).
pub fn seconds_of_us(us: i64) -> i64 {
    (us.saturating_add(500_000)).div_euclid(1_000_000)
}

crate::codec_newtype!(ReceivedMs, PlayerMs, Playhead);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_up() {
        assert_eq!(seconds_of_ms(1_499), 1);
        assert_eq!(seconds_of_ms(1_500), 2);
        assert_eq!(seconds_of_ms(-1_500), -1);
        assert_eq!(
            Playhead::from_seconds(60.333_333_333_333_3),
            Playhead(60_333_333)
        );
        assert_eq!(Playhead::from_seconds(1e308), Playhead::MAX);
    }
}
