//! The content: playing, waiting, jumping, chapters, states, and the end.

use super::{For, PIECE_MS, Phase, Scene};
use crate::act::{Act, post_roll};
use crate::body::ERRORS;
use crate::catalogue::Habit;
use crate::moment::What;
use crate::truth::ChapterTruth;

impl Scene<'_, '_> {
    pub(super) fn play(&mut self) {
        let is_first = self.player.truth.reported.is_none();
        if is_first {
            self.enter_chapter();
            self.player.truth.report(self.player.position);
            self.emit_with_quality(What::Play);
            if self.stage.device.habit == Habit::Library {
                self.player.mark_at = Some(self.player.now + 1_000);
            }
        } else {
            self.emit(What::Play);
        }
        self.player.phase = Phase::Playing;
    }

    pub(super) fn watch(&mut self, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        let piece = ms.min(PIECE_MS);
        let mut left = self.until_end().map_or(piece, |end| piece.min(end));
        while left > 0 {
            let chapter_left = match self.player.chapter {
                Some(chapter) => self.stage.title.chapter_end(chapter) - self.player.position,
                None => i64::MAX,
            };
            let part = left.min(chapter_left as u64);
            self.pass(part, For::Content);
            left -= part;
            if part as i64 == chapter_left && self.until_end() != Some(0) {
                self.leave_chapter(true);
                self.enter_chapter();
            }
        }
        if self.until_end() == Some(0) {
            self.complete();
        } else if ms > piece {
            self.player.acts.push_front(Act::Watch { ms: ms - piece });
        }
    }

    /// Content that is left; nothing if it is live.
    pub(super) fn until_end(&self) -> Option<u64> {
        let title = self.stage.title;
        (!title.is_live).then(|| (title.length_ms - self.player.position).max(0) as u64)
    }

    /// The content is over: no more of what was planned for it.
    pub(super) fn complete(&mut self) {
        self.leave_chapter(true);
        self.player.truth.is_completed = true;
        self.emit(What::Complete);
        self.player.phase = Phase::Completed;
        let mut random = self.player.random.clone();
        let acts = &mut self.player.acts;
        acts.clear();
        if self.stage.device.habit == Habit::Plain && random.percent(30) {
            acts.push_back(Act::Break(post_roll(&mut random)));
        }
        if random.percent(20) {
            // Players that go on to ping after the end.
            self.pass(25_000, For::Nobody);
        } else {
            self.pass(random.between(1, 900), For::Nobody);
        }
        let last = if random.percent(85) {
            Act::End
        } else {
            Act::Vanish
        };
        self.player.acts.push_back(last);
    }

    pub(super) fn interrupt(&mut self, what: What, whom: For, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        self.begin(what, whom);
        self.pass(ms, whom);
        self.play();
    }

    pub(super) fn begin(&mut self, what: What, whom: For) {
        let truth = &mut self.player.truth;
        if whom == For::Pause {
            truth.pauses += 1;
        } else {
            truth.buffers += 1;
            truth.rebuffers += u64::from(truth.reported.is_some());
        }
        self.emit(what);
        self.player.phase = Phase::Waiting;
    }

    pub(super) fn seek(&mut self, by_ms: i64, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        self.begin(What::PauseStart, For::Pause);
        self.pass(ms, For::Pause);
        self.go_to(self.player.position + by_ms);
        self.change_chapter();
        self.play();
    }

    pub(super) fn scrub(&mut self, by_ms: i64) {
        let target = self.player.position + by_ms;
        let is_inside = self.until_end().is_none_or(|end| by_ms < end as i64) && target >= 0;
        if self.player.phase == Phase::Completed || !is_inside {
            return;
        }
        self.go_to(target);
        self.emit(What::Ping);
        self.change_chapter();
    }

    pub(super) fn go_to(&mut self, target: i64) {
        let title = self.stage.title;
        self.player.position = match title.is_live {
            true => target,
            false => target.clamp(0, (title.length_ms - 2_000).max(0)),
        };
    }

    /// Samples of the place at both ends and between.
    pub(super) fn stall(&mut self, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        self.player.truth.stalls += 1;
        self.emit(What::Ping);
        for _ in 0..3 {
            self.pass(ms / 3, For::Stall);
            self.emit(What::Ping);
        }
    }

    pub(super) fn fail(&mut self, id: usize, external: bool) {
        let truth = &mut self.player.truth;
        truth.errors += 1;
        truth.content_at_error_ms = Some(truth.content_ms);
        let list = if external {
            &mut truth.external_errors
        } else {
            &mut truth.player_errors
        };
        let name = ERRORS[id];
        if !list.contains(&name) {
            list.push(name);
        }
        self.emit_with_quality(What::Error {
            id: id as u8,
            external,
        });
    }

    pub(super) fn switch(&mut self, name: usize, on: bool) {
        let now = self.player.now;
        let state = &mut self.player.truth.states[name];
        if on {
            state.count += 1;
            state.since = Some(now);
        } else if let Some(since) = state.since.take() {
            state.ms += now - since;
        }
        self.emit(What::State {
            name: name as u8,
            on,
        });
    }

    pub(super) fn leave(&mut self, buffering: bool, ms: u64) {
        if self.player.phase == Phase::Completed {
            return;
        }
        let (what, whom) = match buffering {
            true => (What::BufferStart, For::Buffer),
            false => (What::PauseStart, For::Pause),
        };
        self.begin(what, whom);
        self.pass(ms, whom);
        self.emit(What::Ping);
    }

    pub(super) fn end(&mut self) {
        if self.stage.device.habit == Habit::Library {
            self.leave_chapter(false);
        }
        let since = self.player.now - self.player.truth.last_ms;
        self.player.truth.goodbye_ms = Some(since);
        self.emit(What::End);
        self.player.acts.clear();
    }

    pub(super) fn enter_chapter(&mut self) {
        let Some(chapter) = self.stage.title.chapter_at(self.player.position) else {
            return;
        };
        self.player.chapter = Some(chapter);
        let entered = ChapterTruth {
            chapter,
            played_ms: 0,
            completed: false,
        };
        self.player.truth.chapters.push(entered);
        self.emit(What::ChapterStart {
            chapter: chapter as u8,
        });
    }

    pub(super) fn leave_chapter(&mut self, completed: bool) {
        if self.player.chapter.take().is_none() {
            return;
        }
        let left = self
            .player
            .truth
            .chapters
            .last_mut()
            .expect("the chapter was entered");
        left.completed = completed;
        self.emit(if completed {
            What::ChapterComplete
        } else {
            What::ChapterSkip
        });
    }

    /// After a jump.
    pub(super) fn change_chapter(&mut self) {
        let there = self.stage.title.chapter_at(self.player.position);
        if there != self.player.chapter {
            self.leave_chapter(false);
            self.enter_chapter();
        }
    }
}
