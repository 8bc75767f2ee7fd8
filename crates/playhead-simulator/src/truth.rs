//! The true numbers of a session, noted down by the one who did it.
//!
//! Nothing here looks at an event: the player says "I played 12 s of chapter 2 from here to there"
//! while it does so, and this adds up. So agreement with an engine that sees only events means
//! something.

use serde_json::{Map, Value, json};

use crate::act::STATES;
use crate::moment::Quality;

/// An ad that was shown.
#[derive(Clone, Debug)]
pub(crate) struct AdTruth {
    pub(crate) number: usize,
    pub(crate) pod: u8,
    pub(crate) place: u8,
    pub(crate) length_ms: u64,
    pub(crate) played_ms: u64,
    pub(crate) completed: bool,
}

/// A chapter that was entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChapterTruth {
    pub(crate) chapter: usize,
    pub(crate) played_ms: u64,
    pub(crate) completed: bool,
}

/// A player state.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateTruth {
    pub(crate) count: u64,
    pub(crate) ms: u64,
    pub(crate) since: Option<u64>,
}

/// Reported places from the content start on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reported {
    pub(crate) first: i64,
    pub(crate) lowest: i64,
    pub(crate) highest: i64,
}

/// What a session was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    pub(crate) content_ms: u64,
    pub(crate) ad_ms: u64,
    /// Playing in a break with no ad.
    pub(crate) gap_ms: u64,
    pub(crate) pause_ms: u64,
    pub(crate) pauses: u64,
    pub(crate) buffer_ms: u64,
    pub(crate) buffers: u64,
    /// Buffers of the content that has started.
    pub(crate) rebuffer_ms: u64,
    pub(crate) rebuffers: u64,
    pub(crate) first_play_ms: Option<u64>,
    /// Content time when the last error came.
    pub(crate) content_at_error_ms: Option<u64>,
    pub(crate) stall_ms: u64,
    pub(crate) stalls: u64,
    pub(crate) bitrate_changes: u64,
    pub(crate) errors: u64,
    pub(crate) player_errors: Vec<&'static str>,
    pub(crate) external_errors: Vec<&'static str>,
    pub(crate) is_completed: bool,
    /// Watched stretches, unwrapped ms.
    pub(crate) watched: Vec<(i64, i64)>,
    pub(crate) reported: Option<Reported>,
    pub(crate) ads: Vec<AdTruth>,
    pub(crate) chapters: Vec<ChapterTruth>,
    pub(crate) states: [StateTruth; STATES.len()],
    /// Sum of kbps × ms, and of ms.
    pub(crate) bitrate: (u128, u128),
    pub(crate) quality: Option<Quality>,
    /// If it said goodbye: the time since the event before that.
    pub(crate) goodbye_ms: Option<u64>,
    /// Time of the last event.
    pub(crate) last_ms: u64,
}

/// What the numbers need of the session's surroundings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) length_ms: i64,
    pub(crate) is_live: bool,
    pub(crate) is_resume: bool,
    pub(crate) is_batch: bool,
}

/// Whole seconds, half up.
fn seconds(ms: u64) -> u64 {
    (ms + 500) / 1000
}

impl Truth {
    pub(crate) fn watch(&mut self, from: i64, ms: u64) {
        self.content_ms += ms;
        let to = from + ms as i64;
        match self.watched.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => self.watched.push((from, to)),
        }
    }

    pub(crate) fn weigh(&mut self, kbps: u32, ms: u64) {
        if kbps > 0 {
            self.bitrate.0 += u128::from(kbps) * u128::from(ms);
            self.bitrate.1 += u128::from(ms);
        }
    }

    pub(crate) fn report(&mut self, position: i64) {
        let reported = self.reported.get_or_insert(Reported {
            first: position,
            lowest: position,
            highest: position,
        });
        reported.lowest = reported.lowest.min(position);
        reported.highest = reported.highest.max(position);
    }

    /// Length of the union of what was watched.
    fn unique_ms(&self) -> u64 {
        let mut stretches = self.watched.clone();
        stretches.sort_unstable();
        let (mut sum, mut end) = (0, i64::MIN);
        for (from, to) in stretches {
            sum += (to - from.max(end)).max(0);
            end = end.max(to);
        }
        sum as u64
    }

    /// The session's numbers by their public names.
    pub(crate) fn session(&self, facts: Facts) -> Map<String, Value> {
        let is_played = self.reported.is_some();
        let played = seconds(self.content_ms);
        let total = seconds(self.content_ms + self.ad_ms + self.gap_ms);
        let quality = |value: fn(Quality) -> u64| self.quality.map(value);
        let dropped = quality(|quality| quality.dropped.into());
        let (close_reason, since_last_call) = match self.goodbye_ms {
            Some(ms) => ("sessionEnd", seconds(ms)),
            None if facts.is_batch => ("timeout-no-events", 0),
            None => ("timeout-no-events", 600),
        };
        let average = (self.bitrate.1 > 0)
            .then(|| ((2 * self.bitrate.0 + self.bitrate.1) / (2 * self.bitrate.1)) as u64);
        let audience =
            (facts.length_ms > 0).then(|| played as f64 * 1000.0 / facts.length_ms as f64);
        let mut numbers = json!({
            "isViewed": !facts.is_resume,
            "hasResume": facts.is_resume,
            "isPlayed": is_played,
            "hasSegmentView": is_played,
            "isDroppedBeforeStart": !is_played,
            "isCompleted": self.is_completed,
            "timePlayed": played,
            "totalTimePlayed": total,
            "uniqueTimePlayed": seconds(self.unique_ms()),
            "averageMinuteAudience": audience,
            "estimatedStreams": total / 1800 + 1,
            "pauseCount": self.pauses,
            "hasPauseImpactedStreams": self.pauses > 0,
            "pauseTime": seconds(self.pause_ms),
            "bufferCount": self.buffers,
            "hasBufferImpactedStreams": self.buffers > 0,
            "bufferTime": seconds(self.buffer_ms),
            "stallCount": self.stalls,
            "hasStallImpactedStreams": self.stalls > 0,
            "stallTime": seconds(self.stall_ms),
            "adCount": self.ads.len(),
            "chapterCount": self.chapters.len(),
            "errorCount": self.errors,
            "hasErrorImpactedStreams": self.errors > 0,
            "playerSdkErrors": self.player_errors,
            "externalErrors": self.external_errors,
            "bitrateChangeCount": self.bitrate_changes,
            "hasBitrateChangeImpactedStreams": self.bitrate_changes > 0,
            "bitrateAverage": average,
            "bitrateAverageBucket": average.map(bucket),
            "droppedFrames": dropped,
            "hasDroppedFrameImpactedStreams": dropped.is_some_and(|frames| frames > 0),
            "framesPerSecond": quality(|quality| quality.fps.into()),
            "timeToStart": quality(|quality| seconds(quality.start_ms.into())),
            "segment": self.segment(facts),
            "closeReason": close_reason,
            "secondsSinceLastCall": since_last_call,
        });
        let numbers = numbers
            .as_object_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        let numbers = self.markers(facts).chain(numbers);
        numbers.chain(self.failures()).collect()
    }

    /// What went wrong: failures and rebuffering.
    fn failures(&self) -> Map<String, Value> {
        let is_played = self.reported.is_some();
        let has_error = self.errors > 0;
        let numbers: [(&str, Value); 6] = [
            ("rebufferCount", self.rebuffers.into()),
            ("rebufferTime", seconds(self.rebuffer_ms).into()),
            ("timeToFirstPlay", self.first_play_ms.map(seconds).into()),
            ("isStartFailure", (!is_played && has_error).into()),
            ("isExitBeforeStart", (!is_played && !has_error).into()),
            (
                "isPlaybackFailure",
                (is_played && self.stopped_by_error()).into(),
            ),
        ];
        let named = numbers.into_iter();
        named
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Not ten seconds were watched after the last error, and the end was not reached.
    fn stopped_by_error(&self) -> bool {
        let watched = self.content_at_error_ms.map(|then| self.content_ms - then);
        !self.is_completed && watched.is_some_and(|ms| ms < 10_000)
    }

    fn markers(&self, facts: Facts) -> impl Iterator<Item = (String, Value)> {
        let highest = self.reported.map(|reported| match facts.is_live {
            true => reported.highest - reported.first,
            false => reported.highest,
        });
        [10, 25, 50, 75, 95].into_iter().map(move |percent| {
            let is_set = highest.is_some_and(|place| {
                facts.length_ms > 0 && place * 100 >= percent * facts.length_ms
            });
            (format!("hasProgress{percent}"), is_set.into())
        })
    }

    fn segment(&self, facts: Facts) -> Option<String> {
        let Reported {
            first,
            lowest,
            highest,
        } = self.reported?;
        let zero = if facts.is_live { first } else { 0 };
        let from = 5 * (lowest - zero).div_euclid(300_000);
        let to = 5 * (highest - zero + 299_999).div_euclid(300_000);
        Some(format!("[{from}-{}]", to.max(from + 5)))
    }

    /// The player states by their public names.
    pub(crate) fn states(&self) -> Map<String, Value> {
        let seen = STATES
            .iter()
            .zip(&self.states)
            .filter(|(_, state)| state.count > 0);
        seen.map(|(name, state)| {
            let open = state.since.map_or(0, |since| self.last_ms - since);
            let time = seconds(state.ms + open);
            (
                (*name).to_owned(),
                json!({ "isSet": true, "count": state.count, "time": time }),
            )
        })
        .collect()
    }
}

fn bucket(kbps: u64) -> String {
    let from = kbps / 100 * 100;
    format!("{from}-{}", from + 99)
}
