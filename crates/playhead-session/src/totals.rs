//! The numbers of a closed session, rounded once (R3.2, R4.8).

use playhead_model::event::QualityKey;
use playhead_model::outcome::CloseReason;
use playhead_model::rules::{BitrateUnit, Rules};
use playhead_model::time::{Playhead, seconds_of_ms, seconds_of_us};

use crate::state::{AfterStart, Session};
use crate::watched::{Stretch, union_us};

/// Who watches on for this long after an error was not stopped by it (R8.5).
pub(crate) const FAILURE_CONTENT_MS: u64 = 10_000;

/// What a session adds up to: exact milliseconds, counts and flags. Reported seconds come from
/// these by the methods.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    pub is_viewed: bool,
    pub has_resume: bool,
    pub is_played: bool,
    pub is_completed: bool,
    pub is_live: bool,
    pub limited: bool,
    pub content_ms: u64,
    pub ad_ms: u64,
    pub gap_ms: u64,
    pub pause_ms: u64,
    pub buffer_ms: u64,
    pub stall_ms: u64,
    pub unique_us: i64,
    pub pause_count: u32,
    pub buffer_count: u32,
    pub stall_count: u32,
    pub ad_count: u32,
    pub chapter_count: u32,
    pub bitrate_change_count: u32,
    pub error_count: u32,
    pub since_last_call_ms: u64,
    /// 10, 25, 50, 75 and 95 %.
    pub progress: [bool; 5],
    /// Minutes, on the five-minute grid (R4.7).
    pub segment: Option<(i64, i64)>,
    pub bitrate_average: Option<i64>,
    pub dropped_frames: Option<i64>,
    pub frames_per_second: Option<i64>,
    pub time_to_start_ms: Option<i64>,
    pub rebuffer_count: u32,
    pub rebuffer_ms: u64,
    /// From the start to the first `play`.
    pub first_play_ms: Option<u64>,
    /// Content after the last error, if there was one.
    pub content_after_error_ms: Option<u64>,
    pub close_reason: Option<CloseReason>,
    pub watched: Vec<Stretch>,
}

impl Totals {
    /// M5, whole seconds.
    pub fn time_played(&self) -> i64 {
        whole_seconds(self.content_ms)
    }

    /// M6, unrounded.
    pub fn total_ms(&self) -> u64 {
        self.content_ms + self.ad_ms + self.gap_ms
    }

    /// M6, whole seconds.
    pub fn total_time_played(&self) -> i64 {
        whole_seconds(self.total_ms())
    }

    /// M7, whole seconds.
    pub fn unique_time_played(&self) -> i64 {
        seconds_of_us(self.unique_us)
    }

    /// M15 (R4.8).
    pub fn estimated_streams(&self) -> i64 {
        self.total_time_played() / 1800 + 1
    }

    /// M14 (R4.8), for a content of `length` seconds.
    pub fn average_minute_audience(&self, length: f64) -> Option<f64> {
        (length > 0.0).then(|| self.time_played() as f64 / length)
    }
}

impl Totals {
    /// R8.5: the content never started, and an error may be why.
    pub fn is_start_failure(&self) -> bool {
        !self.is_played && self.error_count > 0
    }

    /// R8.5: the content never started, and nothing failed.
    pub fn is_exit_before_start(&self) -> bool {
        !self.is_played && self.error_count == 0
    }

    /// R8.5: the content started, and an error may be why it did not end.
    pub fn is_playback_failure(&self) -> bool {
        let stopped = |ms| ms < FAILURE_CONTENT_MS;
        self.is_played && !self.is_completed && self.content_after_error_ms.is_some_and(stopped)
    }
}

/// Milliseconds as reported.
pub(crate) fn whole_seconds(ms: u64) -> i64 {
    seconds_of_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}

impl Session {
    /// What the session adds up to. For an open session take those of [`Session::so_far`].
    pub fn totals(&self, rules: &Rules) -> Totals {
        let sums = &self.sums;
        let closed = self.closed();
        Totals {
            is_viewed: !self.resume,
            has_resume: self.resume,
            is_played: self.considered.is_some(),
            is_completed: self.completed,
            is_live: self.live,
            limited: self.limited,
            content_ms: sums.content_ms,
            ad_ms: sums.ad_ms,
            gap_ms: sums.gap_ms,
            pause_ms: sums.pause_ms,
            buffer_ms: sums.buffer_ms,
            stall_ms: sums.stall_ms,
            unique_us: union_us(self.watched.stretches()),
            pause_count: sums.pauses,
            buffer_count: sums.buffers,
            stall_count: sums.stalls,
            ad_count: sums.ads,
            chapter_count: sums.chapters,
            bitrate_change_count: sums.bitrate_changes,
            error_count: sums.errors,
            since_last_call_ms: closed.map_or(0, |closed| closed.since_last_call_ms),
            progress: [10, 25, 50, 75, 95].map(|percent| self.has_progress(percent)),
            segment: self.segment(),
            bitrate_average: self.bitrate_average(rules),
            dropped_frames: self.quality.get(QualityKey::DroppedFrames),
            frames_per_second: self.quality.get(QualityKey::FramesPerSecond),
            time_to_start_ms: self.quality.get(QualityKey::TimeToStart),
            rebuffer_count: sums.rebuffers,
            rebuffer_ms: sums.rebuffer_ms,
            first_play_ms: sums.first_play.map(AfterStart::ms),
            content_after_error_ms: self.content_after_error_ms(),
            close_reason: closed.and_then(|closed| closed.reason),
            watched: self.watched.stretches().collect(),
        }
    }

    /// R4.6: live playheads count from the content start.
    fn has_progress(&self, percent: i128) -> bool {
        let Some(considered) = self.considered else {
            return false;
        };
        let place = i128::from(considered.highest.0) - i128::from(self.origin(considered.first));
        self.length.0 > 0 && place * 100 >= percent * i128::from(self.length.0)
    }

    /// R4.7.
    fn segment(&self) -> Option<(i64, i64)> {
        const GRID: i64 = 300_000_000;
        let considered = self.considered?;
        let origin = self.origin(considered.first);
        let lowest = 5 * (considered.lowest.0 - origin).div_euclid(GRID);
        let highest = considered.highest.0 - origin;
        let up = 5 * (highest.div_euclid(GRID) + i64::from(highest.rem_euclid(GRID) > 0));
        Some((lowest, up.max(lowest + 5)))
    }

    fn origin(&self, first: Playhead) -> i64 {
        if self.live { first.0 } else { 0 }
    }

    /// R8.1: the mean by weight, half up.
    fn bitrate_average(&self, rules: &Rules) -> Option<i64> {
        let unit: i128 = match rules.bitrate_unit {
            BitrateUnit::Kbps => 1,
            BitrateUnit::Bps => 1000,
        };
        let weight = i128::from(self.bitrate.ms) * unit;
        (weight > 0)
            .then(|| (2 * i128::from(self.bitrate.sum) + weight).div_euclid(2 * weight))
            .map(|mean| i64::try_from(mean).unwrap_or(i64::MAX))
    }
}
