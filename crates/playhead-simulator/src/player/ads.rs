//! Ad breaks.

use super::{For, Phase, Scene};
use crate::act::{Ad, Break, Ending};
use crate::catalogue::Habit;
use crate::moment::What;
use crate::truth::AdTruth;

impl Scene<'_, '_> {
    pub(super) fn show(&mut self, pod: Break) {
        let before = self.player.phase;
        let number = self.player.pods;
        self.player.pods += 1;
        self.player.interval = self.stage.device.ad_ping_ms;
        self.emit(What::AdBreakStart { pod: number });
        // Only a player that is playing when the break begins plays until its first ad.
        self.pass(
            pod.lead_ms,
            if before == Phase::Playing {
                For::Gap
            } else {
                For::Nobody
            },
        );
        for (place, ad) in pod.ads.iter().enumerate() {
            if !self.show_ad(number, place, ad) {
                return;
            }
        }
        self.player.interval = self.stage.ping_ms;
        self.emit(What::AdBreakComplete);
        let repeats = self.stage.device.habit == Habit::Library;
        if repeats && before == Phase::Playing {
            self.play();
        }
    }

    /// Answers whether the viewer is still there.
    pub(super) fn show_ad(&mut self, pod: u8, place: usize, ad: &Ad) -> bool {
        self.player.truth.ads.push(AdTruth {
            number: ad.number,
            pod,
            place: place as u8 + 1,
            length_ms: ad.length_ms,
            played_ms: 0,
            completed: false,
        });
        let length_ms = ad.length_ms as u32;
        self.emit(What::AdStart {
            number: ad.number as u16,
            place: place as u8 + 1,
            length_ms,
        });
        if self.stage.device.habit == Habit::Library && self.player.phase != Phase::Completed {
            self.emit(What::Play);
        }
        match ad.ending {
            Ending::Complete => {
                self.play_ad(ad.length_ms, ad);
                self.current_ad().completed = true;
                self.emit(What::AdComplete);
            }
            Ending::Skip { after_ms } => {
                self.play_ad(after_ms, ad);
                self.emit(What::AdSkip);
            }
            Ending::Vanish { after_ms } => {
                self.pass(after_ms, For::Ad);
                self.emit(What::Ping);
                self.player.acts.clear();
                return false;
            }
        }
        self.pass(ad.gap_ms, For::Gap);
        true
    }

    pub(super) fn play_ad(&mut self, ms: u64, ad: &Ad) {
        // After the content a play would begin it anew.
        if ad.pause_ms == 0 || self.player.phase == Phase::Completed {
            return self.pass(ms, For::Ad);
        }
        self.pass(ms / 2, For::Ad);
        self.player.truth.pauses += 1;
        self.emit(What::PauseStart);
        self.pass(ad.pause_ms, For::Pause);
        self.emit(What::Play);
        self.pass(ms - ms / 2, For::Ad);
    }

    pub(super) fn current_ad(&mut self) -> &mut AdTruth {
        self.player.truth.ads.last_mut().expect("an ad is on")
    }
}
