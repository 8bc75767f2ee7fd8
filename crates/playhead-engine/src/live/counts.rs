//! What is counted of the sessions of a group.

use playhead_session::{Phase, Standing};

/// Figures of one group of sessions at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions that are open and were heard of lately, and their visitors.
    pub active: u64,
    pub viewers: u64,
    /// Active sessions by the state of their player.
    pub starting: u64,
    pub playing: u64,
    pub paused: u64,
    pub buffering: u64,
    pub completed: u64,
    /// Active sessions in an ad break.
    pub in_breaks: u64,
    /// Active sessions that buffer in main content after its start (R4.9).
    pub rebuffering: u64,
    /// In the last 60 seconds.
    pub starts: u64,
    pub content_starts: u64,
    pub start_failures: u64,
    pub playback_failures: u64,
}

impl Counts {
    /// One more active session.
    pub(super) fn add_active(&mut self, standing: Standing) {
        self.active += 1;
        *match standing.phase {
            Phase::Starting => &mut self.starting,
            Phase::Playing => &mut self.playing,
            Phase::Paused => &mut self.paused,
            Phase::Buffering => &mut self.buffering,
            Phase::Completed => &mut self.completed,
        } += 1;
        self.in_breaks += u64::from(!standing.is_main);
        self.rebuffering += u64::from(standing.is_rebuffering());
    }

    /// Adds the figures of a group that has no session with this one in common.
    pub fn add(&mut self, other: &Self) {
        self.active += other.active;
        self.viewers += other.viewers;
        self.starting += other.starting;
        self.playing += other.playing;
        self.paused += other.paused;
        self.buffering += other.buffering;
        self.completed += other.completed;
        self.in_breaks += other.in_breaks;
        self.rebuffering += other.rebuffering;
        self.starts += other.starts;
        self.content_starts += other.content_starts;
        self.start_failures += other.start_failures;
        self.playback_failures += other.playback_failures;
    }

    /// Whether there is nothing to tell.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Buffering sessions of those that are active.
    pub fn buffering_share(&self) -> Option<f64> {
        (self.active > 0).then(|| self.buffering as f64 / self.active as f64)
    }
}
