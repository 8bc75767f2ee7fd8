//! Stalls (R4.4): playing main content while the playhead stands still.
//!
//! A run collects neighbouring events with one playhead. Until it has enough samples its time may
//! turn out to be a stall or content, so it is kept apart; from then on it is a stall.

use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead};

use crate::observe::{Observer, Span, Use};
use crate::state::{BitrateWeight, Considered, Session};

/// Neighbouring events in `playing` and main content with one playhead: that of the last event,
/// which is also the last of the run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) first: PlayerMs,
    /// `play` and `ping` events in it.
    pub(crate) samples: u32,
    pub(crate) is_stall: bool,
    /// Only while there is something to wait with the time.
    pub(crate) pending: Option<Box<Pending>>,
}

/// What counts once a run turns out to be content.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pending {
    pub(crate) bitrate: BitrateWeight,
    /// Time of chapters, by their numbers.
    pub(crate) chapters: Vec<(u32, u64)>,
    /// For explaining only: nothing unless the observer listens to spans.
    pub(crate) spans: Vec<Span>,
}

impl Pending {
    fn add_chapter(&mut self, number: u32, ms: u64) {
        match self.chapters.last_mut() {
            Some((last, sum)) if *last == number => *sum += ms,
            _ => self.chapters.push((number, ms)),
        }
    }
}

impl Run {
    pub(crate) fn begin(at: PlayerMs, is_sample: bool) -> Self {
        Self {
            first: at,
            samples: u32::from(is_sample),
            is_stall: false,
            pending: None,
        }
    }

    /// The time of a run whose last event is at `last`, if it may yet be content.
    pub(crate) fn content_ms(&self, last: PlayerMs) -> u64 {
        if self.is_stall {
            0
        } else {
            last.since(self.first)
        }
    }
}

impl Session {
    /// The next event has the playhead of the run: the time up to it waits for the verdict.
    pub(crate) fn extend_run<O: Observer>(
        &mut self,
        run: &mut Run,
        to: PlayerMs,
        is_sample: bool,
        rules: &Rules,
        span: Span,
    ) {
        let ms = to.since(self.ts);
        run.samples += u32::from(is_sample);
        if O::SPANS {
            run.pending.get_or_insert_default().spans.push(span);
        }
        if !run.is_stall {
            if ms > 0 && (span.bitrate > 0 || span.chapter.is_some()) {
                let pending = run.pending.get_or_insert_default();
                pending.bitrate.add(span.bitrate, ms);
                if let Some(number) = span.chapter {
                    pending.add_chapter(number, ms);
                }
            }
            run.is_stall =
                run.samples >= rules.stall_samples && to.since(run.first) >= rules.stall_ms;
        }
    }

    /// The run, which stood at `playhead`, is over: its time becomes a stall, or content after all.
    pub(crate) fn finish_run(&mut self, playhead: Playhead, observer: &mut impl Observer) {
        let Some(run) = self.run.take() else { return };
        let last = self.ts;
        let content_ms = run.content_ms(last);
        if let Some(pending) = run.pending {
            self.settle_pending(*pending, run.is_stall, observer);
        }
        if run.is_stall {
            self.sums.stalls += 1;
            self.sums.stall_ms += last.since(run.first);
        } else if content_ms > 0 {
            self.sums.content_ms += content_ms;
            self.settle_error(run.first);
            self.start_content(playhead);
        }
    }

    fn settle_pending(&mut self, pending: Pending, is_stall: bool, observer: &mut impl Observer) {
        for mut span in pending.spans {
            span.counts_as = if is_stall { Use::Stall } else { Use::Content };
            observer.span(span);
        }
        if !is_stall {
            self.bitrate.merge(pending.bitrate);
            for (number, ms) in pending.chapters {
                self.rare_mut().chapters[number as usize].time_ms += ms;
            }
        }
    }

    /// What a run that began at `first` played before an error in it was content after all (R8.5).
    fn settle_error(&mut self, first: PlayerMs) {
        if self.sums.errors > 0 {
            let error = &mut self.rare_mut().last_error;
            error.content_ms += error.at.since(first);
        }
    }

    /// Content time after the last error, that of an open run included if it is not a stall.
    pub(crate) fn content_after_error_ms(&self) -> Option<u64> {
        let error = self
            .rare
            .as_ref()
            .filter(|_| self.sums.errors > 0)?
            .last_error;
        let settled = self.sums.content_ms - error.content_ms;
        let run = self.run.as_ref().filter(|run| !run.is_stall);
        Some(settled + run.map_or(0, |run| self.ts.since(run.first.max(error.at))))
    }

    /// Content has started (R4.2), at an event with this playhead.
    pub(crate) fn start_content(&mut self, playhead: Playhead) {
        self.considered.get_or_insert(Considered {
            first: playhead,
            lowest: playhead,
            highest: playhead,
        });
    }
}
