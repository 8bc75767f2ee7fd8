//! What a viewer does, decided before anything is sent.

use crate::catalogue::{Device, Habit, Title};
use crate::random::Random;

/// One thing that happens in a session. Durations are ms.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The first frame.
    Play,
    /// The player waits for data, then plays.
    Buffer {
        ms: u64,
    },
    Watch {
        ms: u64,
    },
    /// The viewer pauses and goes on.
    Pause {
        ms: u64,
    },
    /// The viewer goes to another place by way of a pause.
    Seek {
        by_ms: i64,
        ms: u64,
    },
    /// The playhead jumps, and no event says so.
    Scrub {
        by_ms: i64,
    },
    /// The playhead stands still though the player plays.
    Stall {
        ms: u64,
    },
    Break(Box<Break>),
    Bitrate {
        kbps: u64,
    },
    Error {
        id: usize,
        external: bool,
    },
    State {
        name: usize,
        on: bool,
    },
    /// The viewer stays away: what is heard last is a ping in a pause or a buffer.
    Leave {
        buffering: bool,
        ms: u64,
    },
    /// The player says goodbye.
    End,
    /// The player is gone.
    Vanish,
}

/// A break with its ads.
#[derive(Clone, Debug)]
pub(crate) struct Break {
    pub(crate) lead_ms: u64,
    pub(crate) ads: Vec<Ad>,
}

/// One ad of a break.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ad {
    pub(crate) number: usize,
    pub(crate) length_ms: u64,
    pub(crate) ending: Ending,
    /// A pause in the middle of it; 0 is none.
    pub(crate) pause_ms: u64,
    /// Time before whatever comes next in the break.
    pub(crate) gap_ms: u64,
}

/// How an ad ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Complete,
    Skip {
        after_ms: u64,
    },
    /// The viewer is gone.
    Vanish {
        after_ms: u64,
    },
}

/// Names of player states: the first is spelt by the device.
pub(crate) const STATES: [&str; 7] = [
    "fullscreen",
    "mute",
    "closedCaptioning",
    "pictureInPicture",
    "inFocus",
    "cast.tv",
    "dark_mode",
];

/// What plays a part in the decisions.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) title: &'a Title,
    pub(crate) device: &'a Device,
    pub(crate) mean_ms: u64,
}

/// Everything that may happen.
pub(crate) fn varied(random: &mut Random, setting: &Setting<'_>) -> Vec<Act> {
    let mut acts = Vec::new();
    let is_short = setting.title.length_ms < 200_000 && !setting.title.is_live;
    if random.percent(40) {
        let count = random.between(1, 3);
        let mut pod = pod(random, count);
        if random.percent(8) {
            let last = pod.ads.last_mut().expect("a pod has an ad");
            last.ending = Ending::Vanish {
                after_ms: random.between(500, last.length_ms),
            };
            acts.push(Act::Break(pod));
            return acts;
        }
        acts.push(Act::Break(pod));
    }
    match random.below(100) {
        0..=1 => {
            let ms = random.between(500, 60_000);
            acts.push(Act::Leave {
                buffering: true,
                ms,
            });
            acts.push(Act::Vanish);
            return acts;
        }
        2..=24 => acts.push(Act::Buffer {
            ms: random.between(100, 4_000),
        }),
        _ => acts.push(Act::Play),
    }
    let whole = random
        .between(setting.mean_ms / 4, setting.mean_ms * 7 / 4)
        .max(2_000);
    let mut left = whole;
    let mut on = [false; STATES.len()];
    let mut ads = 0;
    while left > 0 {
        let ms = random
            .between(1_000, (whole / 3).max(2_000))
            .min(left)
            .max(1_000);
        left = left.saturating_sub(ms);
        acts.push(Act::Watch { ms });
        match random.below(100) {
            0..=11 => acts.push(Act::Pause {
                ms: random.between(300, 240_000),
            }),
            12..=23 => acts.push(seek(random)),
            24..=27 => acts.push(Act::Scrub {
                by_ms: scrub(random),
            }),
            28..=35 => acts.push(Act::Buffer {
                ms: random.between(50, 9_000),
            }),
            36..=38 => acts.push(Act::Stall {
                ms: random.between(3_000, 45_000),
            }),
            39..=47 if ads < 4 && !is_short => {
                ads += 1;
                let count = random.between(1, 3);
                acts.push(Act::Break(pod(random, count)));
            }
            48..=59 => acts.push(Act::Bitrate {
                kbps: random.between(2, 80) * 100,
            }),
            60..=63 => {
                acts.push(Act::Error {
                    id: random.below(5) as usize,
                    external: random.percent(30),
                });
            }
            64..=75 => {
                let name = random.below(STATES.len() as u64) as usize;
                on[name] = !on[name];
                acts.push(Act::State { name, on: on[name] });
            }
            _ => {}
        }
    }
    match random.below(10) {
        0..=5 => acts.push(Act::End),
        6..=8 => acts.push(Act::Vanish),
        _ => {
            // Not in the millisecond in which a library repeats `play`: which of the two came
            // first could then not be told.
            acts.push(Act::Watch { ms: 1_000 });
            acts.push(Act::Leave {
                buffering: random.percent(30),
                ms: random.between(1_000, 300_000),
            });
            acts.push(if random.percent(50) {
                Act::End
            } else {
                Act::Vanish
            });
        }
    }
    acts
}

/// The ordinary session: a pre-roll of two ads, two pauses, two seeks.
pub(crate) fn ordinary(random: &mut Random, setting: &Setting<'_>) -> Vec<Act> {
    let mut pod = Box::new(Break {
        lead_ms: 1,
        ads: Vec::new(),
    });
    for length_ms in [15_000, 20_000] {
        let ad = whole_ad(random.below(200) as usize, length_ms);
        pod.ads.push(Ad { gap_ms: 1, ..ad });
    }
    let part = setting.mean_ms / 5;
    let around = |random: &mut Random| Act::Watch {
        ms: random.between(part * 9 / 10, part),
    };
    let back = -(random.between(60_000, 300_000) as i64);
    let forth = random.between(60_000, 300_000) as i64;
    vec![
        Act::Break(pod),
        Act::Play,
        around(random),
        Act::Pause {
            ms: random.between(5_000, 60_000),
        },
        around(random),
        Act::Seek {
            by_ms: back,
            ms: random.between(500, 3_000),
        },
        around(random),
        Act::Pause {
            ms: random.between(5_000, 60_000),
        },
        around(random),
        Act::Seek {
            by_ms: forth,
            ms: random.between(500, 3_000),
        },
        around(random),
        if setting.device.habit == Habit::Library {
            Act::End
        } else {
            Act::Vanish
        },
    ]
}

/// A break after the content.
pub(crate) fn post_roll(random: &mut Random) -> Box<Break> {
    pod(random, 1)
}

fn pod(random: &mut Random, count: u64) -> Box<Break> {
    let mut pod = Box::new(Break {
        lead_ms: random.pick(&[0, 1, 40, 700]),
        ads: Vec::new(),
    });
    for _ in 0..count {
        let length_ms = random.pick(&[6_000, 10_000, 15_000, 20_040, 30_000]);
        let mut ad = whole_ad(random.below(200) as usize, length_ms);
        if random.percent(12) {
            ad.ending = Ending::Skip {
                after_ms: random.between(1_000, length_ms - 100),
            };
        }
        if random.percent(6) {
            ad.pause_ms = random.between(300, 30_000);
        }
        ad.gap_ms = random.pick(&[0, 0, 1, 35, 480, 1_250]);
        pod.ads.push(ad);
    }
    pod
}

fn whole_ad(number: usize, length_ms: u64) -> Ad {
    Ad {
        number,
        length_ms,
        ending: Ending::Complete,
        pause_ms: 0,
        gap_ms: 0,
    }
}

fn seek(random: &mut Random) -> Act {
    let far = random.between(5_000, 900_000) as i64;
    let by_ms = if random.percent(45) { -far } else { far };
    Act::Seek {
        by_ms,
        ms: random.between(200, 5_000),
    }
}

/// Far enough that it can't be taken for the way the playhead would have gone anyway between two
/// pings, even at 50 s.
fn scrub(random: &mut Random) -> i64 {
    let far = random.between(60_000, 600_000) as i64;
    if random.percent(50) { -far } else { far }
}
