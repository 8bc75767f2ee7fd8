//! What is always true of a session, written once: checked after each step in tests.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::state::{Phase, Session};

static ARE_CHECKED: AtomicBool = AtomicBool::new(false);

/// From now on every session of this process is checked after each step, which costs more than the
/// step: for tests and fuzzers. (No feature of cargo, which would be on in whatever is built
/// together with the tests.)
#[doc(hidden)]
pub fn check_invariants() {
    ARE_CHECKED.store(true, Ordering::Relaxed);
}

impl Session {
    /// Panics if the state contradicts itself and that is looked for.
    #[inline]
    pub(crate) fn check(&self) {
        if ARE_CHECKED.load(Ordering::Relaxed) {
            self.check_all();
        }
    }

    #[cold]
    fn check_all(&self) {
        let sums = &self.sums;
        let span = self.ts.since(self.started);
        let pending = self.run.as_ref().map_or(0, |run| run.content_ms(self.ts));
        let used = sums.content_ms + sums.ad_ms + sums.gap_ms + sums.pause_ms + sums.buffer_ms;
        assert!(
            used + pending + sums.stall_ms <= span,
            "{used} + {pending} ms of {span} ms"
        );
        let listed: u64 = self.ads.iter().map(|ad| ad.time_ms).sum();
        assert!(
            listed <= sums.ad_ms,
            "the ads take no more than all ad time"
        );
        let chapters: u64 = self.chapters().iter().map(|chapter| chapter.time_ms).sum();
        assert!(chapters <= sums.content_ms, "chapters are content");
        assert!(
            self.ad.is_none() || self.brk.is_some(),
            "an ad is open only inside a break"
        );
        assert!(self.remembered.is_none() || self.phase == Phase::Playing);
        assert_eq!(self.run.is_some() && self.closed.is_none(), {
            self.closed.is_none() && self.plays_content()
        });
        let unique = crate::watched::union_us(self.watched.stretches());
        assert!(
            unique as u64 <= sums.content_ms * 1000,
            "unique time is content time"
        );
        assert!(
            self.closed.is_none() || self.held.is_empty(),
            "nothing waits after a close"
        );
    }
}
