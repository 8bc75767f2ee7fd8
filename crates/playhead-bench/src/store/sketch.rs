//! What becomes of a session, and when: all that decides about its length.

use playhead_simulator::Random;

use super::world::{World, skewed};

/// Of an hour of the day: how many of a thousand sessions start in it.
const HOURS: [u64; 24] = [
    22, 14, 9, 6, 5, 7, 14, 25, 31, 33, 34, 38, 46, 46, 42, 41, 45, 55, 70, 92, 108, 100, 74, 43,
];

/// The course of a session; times are those of the server.
#[derive(Clone, Copy)]
pub(super) struct Sketch {
    pub(super) number: u64,
    pub(super) started_at: u64,
    pub(super) visitor: u64,
    pub(super) title: u32,
    pub(super) is_played: bool,
    pub(super) is_completed: bool,
    pub(super) delay_ms: u64,
    pub(super) ads: Ads,
    /// Where the content begins to play.
    pub(super) begin_ms: u64,
    pub(super) content_ms: u64,
    pub(super) pauses: u64,
    pub(super) pause_ms: u64,
    pub(super) buffers: u64,
    pub(super) buffer_ms: u64,
    pub(super) stalls: u64,
    pub(super) stall_ms: u64,
    pub(super) end: End,
}

/// Ads before the content, and in between.
#[derive(Clone, Copy)]
pub(super) struct Ads {
    pub(super) before: u64,
    pub(super) between: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Told,
    Silence,
    StandingStill,
}

impl Sketch {
    pub(super) fn new(world: &World, seed: u64, number: u64, started_at: u64) -> Self {
        let random = &mut Random::new(seed, number * 2);
        let (visitor, title) = (world.pick_visitor(random), world.pick_title(random));
        let length = world.title(title).length_ms;
        let is_played = random.percent(94);
        let before = if random.percent(30) {
            random.between(1, 2)
        } else {
            0
        };
        // A live stream is joined where it is; some go on where they stopped the last time.
        let begin_ms = match world.title(title).is_live {
            true => started_at % length,
            false if random.percent(12) => random.below(length * 4 / 5),
            false => 0,
        };
        let rest = length - begin_ms;
        let is_completed = is_played && !world.title(title).is_live && random.percent(28);
        let content_ms = match (is_played, is_completed, world.title(title).is_live) {
            (false, ..) => 0,
            (_, true, _) => rest,
            (.., true) => (skewed(random, 7_200_000) + 1_000).min(rest),
            _ => skewed(random, rest) + 1,
        };
        let long = content_ms > 1_200_000;
        let between = if long && before > 0 && random.percent(50) {
            2
        } else {
            0
        };
        let pauses = match is_played && random.percent(35) {
            true => skewed(random, 4) + 1,
            false => 0,
        };
        let buffers = match random.percent(28) {
            true => skewed(random, 6) + 1,
            false => 0,
        };
        let stalls = match is_played && random.percent(6) {
            true => skewed(random, 4) + 1,
            false => 0,
        };
        let end = match random.below(100) {
            0..2 if is_played => End::StandingStill,
            0..20 => End::Silence,
            _ => End::Told,
        };
        let still = if end == End::StandingStill {
            1_800_000
        } else {
            0
        };
        Self {
            number,
            started_at,
            visitor,
            title,
            is_played,
            is_completed,
            delay_ms: 150 + skewed(random, 2_000) + skewed(random, 3_000) * random.below(3),
            ads: Ads { before, between },
            begin_ms,
            content_ms,
            pauses: pauses + u64::from(still > 0),
            pause_ms: (0..pauses)
                .map(|_| 1_000 + skewed(random, 180_000))
                .sum::<u64>()
                + still,
            buffers,
            buffer_ms: (0..buffers).map(|_| 80 + skewed(random, 6_000)).sum(),
            stalls,
            stall_ms: (0..stalls).map(|_| 50 + skewed(random, 4_000)).sum(),
            end,
        }
    }

    pub(super) fn ads(&self) -> u64 {
        self.ads.before + self.ads.between
    }

    /// From the first event to the last.
    pub(super) fn wall_ms(&self) -> u64 {
        let ads: u64 = (0..self.ads()).map(|ad| self.ad_ms(ad)).sum();
        self.delay_ms + ads + self.content_ms + self.pause_ms + self.buffer_ms + self.stall_ms
    }

    /// How long one of its ads is.
    pub(super) fn ad_ms(&self, ad: u64) -> u64 {
        [15_000, 20_000, 30_000][((u64::from(self.title) + ad) % 3) as usize]
    }

    pub(super) fn last_at(&self) -> u64 {
        self.started_at + self.wall_ms()
    }

    pub(super) fn closed_at(&self) -> u64 {
        match self.end {
            End::Silence => self.last_at() + 600_000,
            End::Told | End::StandingStill => self.last_at(),
        }
    }
}

/// The starts of so many sessions of a day, in order.
pub(super) fn starts(seed: u64, day: u64, begin_ms: u64, count: u64) -> Vec<u64> {
    let mut random = Random::new(seed ^ 0x0073_7461, day);
    let all: u64 = HOURS.iter().sum();
    let start = |_| {
        let mut left = random.below(all);
        let hour = HOURS.iter().position(|share| {
            let is_it = left < *share;
            left = left.saturating_sub(*share);
            is_it
        });
        let hour = hour.expect("below the sum") as u64;
        begin_ms + hour * 3_600_000 + random.below(3_600_000)
    };
    let mut starts: Vec<u64> = (0..count).map(start).collect();
    starts.sort_unstable();
    starts
}
