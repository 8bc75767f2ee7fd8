//! What there is to watch, and on what.

use crate::random::Random;

/// Titles that are watched live run without end.
pub const LIVE_LENGTH_MS: i64 = 86_400_000;

/// Something to watch.
#[derive(Clone, Debug)]
pub struct Title {
    pub id: String,
    pub name: String,
    /// As sent: the case is not fixed.
    pub content_type: &'static str,
    pub is_live: bool,
    /// As sent: 0 is unknown.
    pub length_ms: i64,
    pub channel: &'static str,
    pub show: String,
    pub season: u64,
    pub episode: u64,
    pub genre: &'static str,
    pub network: &'static str,
    pub rating: &'static str,
    /// Where each chapter begins; none if there are no chapters.
    pub chapters: Vec<i64>,
}

impl Title {
    /// Where a chapter ends.
    pub fn chapter_end(&self, chapter: usize) -> i64 {
        self.chapters
            .get(chapter + 1)
            .copied()
            .unwrap_or(self.length_ms)
    }

    /// The chapter at a place.
    pub fn chapter_at(&self, place_ms: i64) -> Option<usize> {
        self.chapters.iter().rposition(|&begin| begin <= place_ms)
    }
}

/// All titles, the most popular first.
#[derive(Debug)]
pub struct Catalogue {
    titles: Vec<Title>,
    /// Sums of the weights 1 / (rank + 2).
    weights: Vec<u64>,
}

const CHANNELS: [&str; 6] = ["Kanal Eins", "Sport 2", "Cinéma", "News 24", "Kids", "Docs"];
const SHOWS: [&str; 8] = [
    "Harbour Lights",
    "Die Werkstatt",
    "Night Bus",
    "Ötzi's Return",
    "Table \"Nine\"",
    "Kick-off",
    "東京の朝",
    "Slow Rivers",
];
const GENRES: [&str; 6] = [
    "Drama",
    "Drama, Crime",
    "Comedy,Family , Comedy",
    "Sport",
    "Documentary",
    "News",
];
const NETWORKS: [&str; 3] = ["North", "Nordwest", "Pacific"];
const RATINGS: [&str; 4] = ["0", "6", "12", "TV-14"];

impl Catalogue {
    /// A catalogue of so many titles.
    ///
    /// # Panics
    /// If `titles` is 0.
    pub fn new(seed: u64, titles: usize) -> Self {
        assert!(titles > 0, "there is something to watch");
        let mut random = Random::new(seed, u64::from_le_bytes(*b"titles\0\0"));
        let titles: Vec<Title> = (0..titles).map(|rank| title(&mut random, rank)).collect();
        let mut sum = 0;
        let weights = (0..titles.len() as u64).map(|rank| {
            sum += 1_000_000_000 / (rank + 2);
            sum
        });
        Self {
            weights: weights.collect(),
            titles,
        }
    }

    /// All titles, the most popular first.
    pub fn titles(&self) -> &[Title] {
        &self.titles
    }

    /// What a viewer picks, by popularity.
    pub fn pick(&self, random: &mut Random) -> usize {
        let total = self.weights.last().copied().unwrap_or(0);
        let at = random.below(total);
        self.weights.partition_point(|&sum| sum <= at)
    }
}

fn title(random: &mut Random, rank: usize) -> Title {
    let is_live = random.percent(20);
    let length_ms = match (is_live, random.below(10)) {
        (true, 0..=1) => 0,
        (true, _) => LIVE_LENGTH_MS,
        (false, 0) => random.between(20_000, 180_000) as i64,
        (false, 1..=6) => random.between(1_200_000, 3_000_000) as i64,
        (false, _) => random.between(4_800_000, 8_400_000) as i64,
    };
    let content_type = if is_live {
        random.pick(&["live", "Live", "linear"])
    } else {
        random.pick(&["vod", "VOD", "dvod", "ugc"])
    };
    let chapters = if !is_live && random.percent(40) {
        let count = random.between(2, 6) as i64;
        (0..count)
            .map(|number| number * length_ms / count)
            .collect()
    } else {
        Vec::new()
    };
    let show = random.pick(&SHOWS);
    let (season, episode) = (random.between(1, 6), random.between(1, 24));
    Title {
        id: format!("asset-{rank:05}"),
        name: format!("{show} {season}x{episode:02}"),
        content_type,
        is_live,
        length_ms,
        channel: random.pick(&CHANNELS),
        show: show.to_owned(),
        season,
        episode,
        genre: random.pick(&GENRES),
        network: random.pick(&NETWORKS),
        rating: random.pick(&RATINGS),
        chapters,
    }
}

/// How a player's library behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// An integration that calls the API itself.
    Plain,
    /// A library that repeats `play` after `adStart`, `adBreakComplete` and a second into the
    /// content, and closes open parts before the end.
    Library,
}

/// A kind of player.
#[derive(Debug)]
pub struct Device {
    pub player: &'static str,
    pub sdk: &'static str,
    pub library: Option<&'static str>,
    pub habit: Habit,
    pub ad_ping_ms: u64,
    /// Whether pings carry quality values.
    pub quality_on_pings: bool,
    /// One frame is dropped in so many ms of content; 0: none.
    pub drops_every_ms: u64,
    /// Its spelling of the state.
    pub fullscreen: &'static str,
    /// Whether it can store sessions and send them later.
    pub offline: bool,
    /// What it runs on, as its requests say.
    pub agents: &'static [&'static str],
}

/// The kinds of players.
pub const DEVICES: [Device; 6] = [
    Device {
        player: "web-player",
        sdk: "5.2.1",
        library: Some("js-3.1.0"),
        habit: Habit::Library,
        ad_ping_ms: 10_000,
        quality_on_pings: false,
        drops_every_ms: 0,
        fullscreen: "fullScreen",
        offline: false,
        agents: &[
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
        ],
    },
    Device {
        player: "web-player",
        sdk: "5.3.0",
        library: Some("js-3.1.0"),
        habit: Habit::Library,
        ad_ping_ms: 1_000,
        quality_on_pings: true,
        drops_every_ms: 9_000,
        fullscreen: "fullScreen",
        offline: false,
        agents: &[
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
            "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
        ],
    },
    Device {
        player: "tv-app",
        sdk: "2.0",
        library: None,
        habit: Habit::Plain,
        ad_ping_ms: 1_000,
        quality_on_pings: true,
        drops_every_ms: 0,
        fullscreen: "fullscreen",
        offline: false,
        agents: &[
            "Mozilla/5.0 (SMART-TV; Linux; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) 108.0.5359.1/8.0 TV Safari/537.36",
            "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0.5359.211 Safari/537.36 WebAppManager",
            "Roku/DVP-14.5 (14.5.4.5934-C2)",
        ],
    },
    Device {
        player: "phone-app",
        sdk: "11.4.0",
        library: Some("ios-media-5.0.1"),
        habit: Habit::Library,
        ad_ping_ms: 10_000,
        quality_on_pings: false,
        drops_every_ms: 30_000,
        fullscreen: "fullscreen",
        offline: true,
        agents: &["phone-app/11.4.0 CFNetwork/3826.500.111 Darwin/24.5.0 (iPhone; iOS 18.5)"],
    },
    Device {
        player: "phone-app",
        sdk: "11.3.2",
        library: Some("android-media-3.1.0"),
        habit: Habit::Library,
        ad_ping_ms: 10_000,
        quality_on_pings: true,
        drops_every_ms: 4_000,
        fullscreen: "fullScreen",
        offline: true,
        agents: &[
            "phone-app/11.3.2 (Linux; Android 15; SM-S931B Build/AP3A.240905.015) AndroidXMedia3/1.6.1",
            "phone-app/11.3.2 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.002) AndroidXMedia3/1.6.1",
        ],
    },
    Device {
        player: "console",
        sdk: "0.9",
        library: None,
        habit: Habit::Plain,
        ad_ping_ms: 10_000,
        quality_on_pings: false,
        drops_every_ms: 0,
        fullscreen: "FULLSCREEN",
        offline: false,
        agents: &[
            "Mozilla/5.0 (PlayStation; PlayStation 5/9.60) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edge/44.18363.8131",
        ],
    },
];
