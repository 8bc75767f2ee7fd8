//! What the door refused since the last tick, and samples of it.

use std::collections::VecDeque;

use hashbrown::HashMap;
use playhead_model::outcome::Refusal;
use playhead_model::record::RefusedCount;
use playhead_model::time::ReceivedMs;

use crate::core::Tag;

/// Sorts of refusals counted apart between two ticks; further ones are counted without names.
const SORTS_MAX: usize = 1_000;
/// Of a refused body this much is kept.
const SAMPLE_BYTES_MAX: usize = 4_096;
/// All samples together.
const SAMPLES_BYTES_MAX: usize = 16 << 20;

/// A refused request, for the people who send them.
#[derive(Clone, Debug)]
pub struct Sample {
    pub at: ReceivedMs,
    pub tag: Tag,
    pub reason: Refusal,
    pub message: String,
    /// The beginning of the body.
    pub body: Vec<u8>,
    pub body_bytes: usize,
}

/// Counts and samples of refusals.
#[derive(Debug)]
pub(crate) struct Refusals {
    samples_max: usize,
    counts: HashMap<(Tag, Refusal), u64>,
    samples: HashMap<(Box<str>, Refusal), VecDeque<Sample>>,
    samples_bytes: usize,
}

impl Refusals {
    /// Keeps up to `samples_max` samples for each suite and reason.
    pub(crate) fn new(samples_max: usize) -> Self {
        Self {
            samples_max,
            counts: HashMap::new(),
            samples: HashMap::new(),
            samples_bytes: 0,
        }
    }

    pub(crate) fn note(
        &mut self,
        at: ReceivedMs,
        tag: Tag,
        reason: Refusal,
        message: &str,
        body: &[u8],
    ) {
        self.count(tag.clone(), reason, 1);
        self.keep(Sample {
            at,
            reason,
            message: message.to_owned(),
            body: body[..body.len().min(SAMPLE_BYTES_MAX)].to_vec(),
            body_bytes: body.len(),
            tag,
        });
    }

    /// Counts without keeping a sample.
    pub(crate) fn count(&mut self, tag: Tag, reason: Refusal, events: u64) {
        let is_full = self.counts.len() >= SORTS_MAX;
        let mut counted = (tag, reason);
        if is_full && !self.counts.contains_key(&counted) {
            counted.0 = Tag::default();
        }
        *self.counts.entry(counted).or_default() += events;
    }

    fn keep(&mut self, sample: Sample) {
        if self.samples_max == 0 {
            return;
        }
        if self.samples_bytes + sample.body.len() > SAMPLES_BYTES_MAX {
            self.samples.clear();
            self.samples_bytes = 0;
        }
        self.samples_bytes += sample.body.len();
        let kept = self
            .samples
            .entry((sample.tag.suite.clone(), sample.reason))
            .or_default();
        if kept.len() == self.samples_max
            && let Some(oldest) = kept.pop_front()
        {
            self.samples_bytes -= oldest.body.len();
        }
        kept.push_back(sample);
    }

    /// The counts not yet taken.
    pub(crate) fn pending(&self) -> impl Iterator<Item = (&Tag, Refusal, u64)> {
        self.counts
            .iter()
            .map(|((tag, reason), count)| (tag, *reason, *count))
    }

    /// The samples kept, in no particular order.
    pub(crate) fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.values().flatten()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Takes the counts, for a tick record.
    pub(crate) fn take(&mut self) -> Vec<RefusedCount> {
        let taken = self
            .counts
            .drain()
            .map(|((tag, reason), count)| RefusedCount {
                suite: tag.suite,
                player: tag.player,
                sdk: tag.sdk,
                reason,
                count,
            });
        taken.collect()
    }
}
