//! The stretches of content that a session watches.

use playhead_model::catalog::WatchedStretch;
use playhead_model::row::integer;
use playhead_simulator::Random;

use super::sketch::Sketch;
use super::world::{Title, skewed};

pub(super) struct Watched {
    pub(super) stretches: Vec<WatchedStretch>,
    pub(super) unique_us: u64,
    /// The smallest and the largest place.
    pub(super) first_us: u64,
    pub(super) last_us: u64,
}

/// Most watch on; some jump ahead or back in between.
pub(super) fn of(sketch: &Sketch, title: &Title, random: &mut Random) -> Watched {
    let jumps = match !title.is_live && sketch.content_ms > 60_000 && random.percent(15) {
        true => skewed(random, 4) + 1,
        false => 0,
    };
    let length = title.length_ms;
    let piece = sketch.content_ms / (jumps + 1);
    let mut place = sketch.begin_ms;
    let mut stretches = Vec::new();
    let mut left = sketch.content_ms;
    while left > 0 {
        let ms = if stretches.len() as u64 == jumps {
            left
        } else {
            piece
        };
        // What would go beyond the end begins earlier.
        place = place.min(length - ms);
        stretches.push(WatchedStretch {
            from_us: integer(place * 1_000),
            to_us: integer((place + ms) * 1_000),
        });
        left -= ms;
        place = match random.percent(60) {
            true => place + ms + skewed(random, 300_000) + 10_000,
            false => (place + ms).saturating_sub(skewed(random, 60_000) + 10_000),
        };
    }
    let bound = |place: Option<i64>| place.map_or(sketch.begin_ms * 1_000, |it| it as u64);
    Watched {
        unique_us: unique(&stretches),
        first_us: bound(stretches.iter().map(|it| it.from_us).min()),
        last_us: bound(stretches.iter().map(|it| it.to_us).max()),
        stretches,
    }
}

/// How much of the content was watched at least once.
fn unique(stretches: &[WatchedStretch]) -> u64 {
    let mut sorted = stretches.to_vec();
    sorted.sort_unstable_by_key(|it| it.from_us);
    let mut reached = i64::MIN;
    let mut sum = 0;
    for stretch in sorted {
        sum += (stretch.to_us - stretch.from_us.max(reached)).max(0);
        reached = reached.max(stretch.to_us);
    }
    sum as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_twice_counts_once() {
        let stretch = |from_us, to_us| WatchedStretch { from_us, to_us };
        assert_eq!(unique(&[]), 0);
        assert_eq!(unique(&[stretch(5, 9), stretch(0, 6), stretch(20, 21)]), 10);
        assert_eq!(unique(&[stretch(0, 10), stretch(2, 3)]), 10);
    }
}
