//! Who watches, and what there is to watch: the same for every session of a seed.

use playhead_model::catalog::Text;
use playhead_simulator::Random;

/// Titles of the suite.
const TITLES: u64 = 20_000;
const GENRES: [&str; 16] = [
    "Drama",
    "Comedy",
    "Crime",
    "News",
    "Sports",
    "Documentary",
    "Kids",
    "Thriller",
    "Romance",
    "Science fiction",
    "Fantasy",
    "Animation",
    "History",
    "Music",
    "Reality",
    "Western",
];
const COUNTRIES: [&str; 40] = [
    "US", "DE", "GB", "FR", "BR", "IN", "ES", "IT", "CA", "MX", "PL", "NL", "AU", "SE", "AT", "CH",
    "BE", "DK", "NO", "FI", "PT", "CZ", "IE", "AR", "CL", "CO", "JP", "KR", "ZA", "TR", "GR", "HU",
    "RO", "NZ", "SG", "IL", "AE", "EG", "NG", "KE",
];
const RATINGS: [&str; 5] = ["TV-G", "TV-PG", "TV-14", "TV-MA", "TV-Y"];

/// Device, operating system, browser, player: and how many of a hundred visitors have them.
const DEVICES: [(u64, &str, &str, Option<&str>, &str); 9] = [
    (22, "tv", "Tizen", None, "player-tizen"),
    (12, "tv", "Android", None, "player-androidtv"),
    (6, "tv", "Roku", None, "player-roku"),
    (17, "phone", "iOS", None, "player-ios"),
    (15, "phone", "Android", None, "player-android"),
    (6, "tablet", "iOS", None, "player-ios"),
    (12, "desktop", "Windows", Some("Chrome"), "player-web"),
    (6, "desktop", "macOS", Some("Safari"), "player-web"),
    (4, "console", "PlayStation", None, "player-console"),
];

/// Something to watch.
pub(super) struct Title {
    pub(super) id: Text,
    pub(super) name: Text,
    pub(super) length_ms: u64,
    pub(super) content_type: &'static str,
    pub(super) is_live: bool,
    pub(super) is_audio: bool,
    /// Show, season and episode.
    pub(super) of_show: Option<(Text, Text, Text)>,
    pub(super) genre: Text,
    pub(super) channel: Text,
    pub(super) network: Text,
    pub(super) rating: &'static str,
    pub(super) first_air_date: Text,
    pub(super) has_chapters: bool,
}

/// Somebody who watches.
pub(super) struct Visitor {
    pub(super) id: Text,
    pub(super) country: &'static str,
    pub(super) region: Text,
    pub(super) network_name: Text,
    pub(super) device: &'static str,
    pub(super) system: &'static str,
    pub(super) browser: Option<&'static str>,
    pub(super) player: &'static str,
    /// How many releases its player is behind.
    pub(super) behind: u64,
    pub(super) plan: u64,
    pub(super) is_bot: bool,
    /// How much its clock is ahead of the server's.
    pub(super) ahead_ms: i64,
}

pub(super) struct World {
    seed: u64,
    titles: Vec<Title>,
    /// How often one of the titles up to here is taken, summed up.
    popularity: Vec<u64>,
    visitors: u64,
}

impl World {
    /// There are three visitors to ten sessions.
    pub(super) fn new(seed: u64, sessions: u64) -> Self {
        let mut random = Random::new(seed, u64::MAX);
        let titles = (0..TITLES).map(|number| title(number, &mut random));
        let mut sum = 0;
        let popularity = (0..TITLES).map(|rank| {
            sum += 1_000_000_000 / (rank + 3);
            sum
        });
        Self {
            seed,
            popularity: popularity.collect(),
            titles: titles.collect(),
            visitors: (sessions * 3 / 10).max(1),
        }
    }

    /// The number of a title: the smaller, the more often.
    pub(super) fn pick_title(&self, random: &mut Random) -> u32 {
        let all = self.popularity[self.popularity.len() - 1];
        let place = random.below(all);
        self.popularity.partition_point(|sum| *sum <= place) as u32
    }

    /// The number of a visitor: some watch a lot.
    pub(super) fn pick_visitor(&self, random: &mut Random) -> u64 {
        skewed(random, self.visitors)
    }

    pub(super) fn title(&self, number: u32) -> &Title {
        &self.titles[number as usize]
    }

    pub(super) fn visitor(&self, number: u64) -> Visitor {
        let mut random = Random::new(self.seed ^ 0x7669_7369, number);
        let country = COUNTRIES[skewed(&mut random, COUNTRIES.len() as u64) as usize];
        let mut left = random.below(100);
        let device = DEVICES.iter().find(|(share, ..)| {
            let is_it = left < *share;
            left = left.saturating_sub(*share);
            is_it
        });
        let (_, device, system, browser, player) = *device.expect("shares are a hundred");
        Visitor {
            id: format!(
                "{:019}{:019}",
                random.bits() % 10_u64.pow(19),
                random.bits() % 10_u64.pow(19)
            )
            .into(),
            country,
            region: format!("{country}-{}", skewed(&mut random, 9) + 1).into(),
            network_name: format!("Access network {}", skewed(&mut random, 120) + 1).into(),
            device,
            system,
            browser,
            player,
            behind: skewed(&mut random, 9),
            plan: skewed(&mut random, 5),
            is_bot: random.below(200) == 0,
            ahead_ms: match random.below(200) {
                0 => 3_600_000,
                _ => random.between(0, 800) as i64 - 400,
            },
        }
    }
}

/// Below `end`, small numbers more often.
pub(super) fn skewed(random: &mut Random, end: u64) -> u64 {
    let (one, other) = (random.below(end), random.below(end));
    one.min(other)
}

fn title(number: u64, random: &mut Random) -> Title {
    let kind = random.below(100);
    let minutes = match kind {
        0..5 => 24 * 60,
        5..70 => random.between(20, 58),
        70..85 => random.between(80, 150),
        85..95 => random.between(1, 9),
        _ => random.between(20, 70),
    };
    let is_live = kind < 5;
    let is_audio = kind >= 95;
    let show = random.below(900) + 1;
    let (season, episode) = (random.between(1, 8), random.between(1, 24));
    let is_of_show = (5..70).contains(&kind);
    let first = random.below(GENRES.len() as u64);
    let count = random.between(1, 3);
    let genres = (0..count).map(|step| GENRES[((first + step * 5) % GENRES.len() as u64) as usize]);
    let name = match kind {
        0..5 => format!("Live channel {number}"),
        5..70 => format!("Show {show}: the story of season {season}, part {episode}"),
        70..85 => format!("The long film number {number}"),
        _ => format!("Piece {number} of the collection"),
    };
    Title {
        id: format!("asset-{number:05}").into(),
        name: name.into(),
        length_ms: minutes * 60_000 + if is_live { 0 } else { random.below(60) * 1_000 },
        content_type: match kind {
            0..5 => "live",
            95.. => "podcast",
            _ => "vod",
        },
        is_live,
        is_audio,
        of_show: is_of_show.then(|| {
            let text = |number: u64| Text::from(number.to_string());
            (format!("Show {show}").into(), text(season), text(episode))
        }),
        genre: genres.collect::<Vec<_>>().join(",").into(),
        channel: format!("Channel {}", skewed(random, 40) + 1).into(),
        network: format!("Network {}", skewed(random, 12) + 1).into(),
        rating: RATINGS[random.below(5) as usize],
        first_air_date: format!(
            "20{:02}-{:02}-{:02}",
            random.between(5, 25),
            random.between(1, 12),
            random.between(1, 28)
        )
        .into(),
        has_chapters: !is_live && number.is_multiple_of(5),
    }
}
