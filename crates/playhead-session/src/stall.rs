//! Stalls (R4.4): playing main content while the playhead stands still.
//!
//! A run collects neighbouring events with one playhead. Until it has enough samples its time may
//! turn out to be a stall or content, so it is kept apart; from then on it is a stall.

use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, Playhead};

use crate::observe::{Observer, Span, Use};
use crate::state::{BitrateWeight, Considered, Session};

/// Neighbouring events in `playing` and main content with one playhead.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) first: PlayerMs,
    pub(crate) last: PlayerMs,
    pub(crate) playhead: Playhead,
    /// `play` and `ping` events in it.
    pub(crate) samples: u32,
    pub(crate) is_stall: bool,
    /// Content time so far, if it is no stall.
    pub(crate) content_ms: u64,
    pub(crate) bitrate: BitrateWeight,
    /// Chapters from this one on have pending time.
    pub(crate) chapter_from: u32,
    /// For explaining only: nothing unless the observer listens to spans.
    #[expect(
        clippy::box_collection,
        reason = "a pointer in place of three words, for nearly all"
    )]
    pub(crate) spans: Option<Box<Vec<Span>>>,
}

impl Run {
    pub(crate) fn begin(at: PlayerMs, playhead: Playhead, is_sample: bool) -> Self {
        Self {
            first: at,
            last: at,
            playhead,
            samples: u32::from(is_sample),
            is_stall: false,
            content_ms: 0,
            bitrate: BitrateWeight::default(),
            chapter_from: u32::MAX,
            spans: None,
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
        let ms = to.since(run.last);
        run.last = to;
        run.samples += u32::from(is_sample);
        if O::SPANS {
            run.spans.get_or_insert_default().push(span);
        }
        if !run.is_stall {
            run.content_ms += ms;
            run.bitrate.add(span.bitrate, ms);
            if let Some(number) = span.chapter {
                self.rare_mut().chapters[number as usize].pending_ms += ms;
                run.chapter_from = run.chapter_from.min(number);
            }
            run.is_stall =
                run.samples >= rules.stall_samples && to.since(run.first) >= rules.stall_ms;
        }
    }

    /// The run is over: its time becomes a stall, or content after all.
    pub(crate) fn finish_run(&mut self, observer: &mut impl Observer) {
        let Some(run) = self.run.take() else { return };
        let keep = if run.is_stall { 0 } else { 1 };
        if let Some(rare) = &mut self.rare {
            for chapter in rare.chapters.iter_mut().skip(run.chapter_from as usize) {
                chapter.time_ms += chapter.pending_ms * keep;
                chapter.pending_ms = 0;
            }
        }
        for mut span in run.spans.into_iter().flat_map(|spans| *spans) {
            span.counts_as = if run.is_stall {
                Use::Stall
            } else {
                Use::Content
            };
            observer.span(span);
        }
        if run.is_stall {
            self.sums.stalls += 1;
            self.sums.stall_ms += run.last.since(run.first);
        } else {
            self.sums.content_ms += run.content_ms;
            self.bitrate.merge(run.bitrate);
            if run.content_ms > 0 {
                self.start_content(run.playhead);
            }
        }
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
