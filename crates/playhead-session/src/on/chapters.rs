//! Chapters (R6).

use playhead_model::ids::EventRef;
use playhead_model::limits;
use playhead_model::outcome::Rule;

use super::Effect;
use crate::state::{Chapter, Listed, Session};

impl Session {
    pub(super) fn on_chapter_start(&mut self, event: EventRef) -> Effect {
        self.close_chapter(false);
        self.sums.chapters += 1;
        let chapters = &mut self.rare_mut().chapters;
        let number = chapters.len();
        self.chapter = Some(if number == limits::CHAPTERS {
            self.limited = true;
            Listed::BEYOND
        } else {
            if number == chapters.capacity() {
                chapters.reserve_exact((number / 2).max(2));
            }
            chapters.push(Chapter {
                event,
                time_ms: 0,
                completed: false,
            });
            Listed::at(number as u32)
        });
        Effect::Done
    }

    pub(super) fn on_chapter_close(&mut self, completed: bool) -> Effect {
        let was_open = self.chapter.is_some();
        self.close_chapter(completed);
        Effect::done_if(was_open, Rule::NoChapter)
    }

    pub(crate) fn close_chapter(&mut self, completed: bool) {
        if let Some(number) = self.chapter.take().and_then(Listed::number) {
            let chapter = &mut self.rare_mut().chapters[number as usize];
            chapter.completed = completed;
        }
    }
}
