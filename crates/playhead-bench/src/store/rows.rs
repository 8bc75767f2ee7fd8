//! The rows of a session: what the engine would have stored of it.

use playhead_model::catalog::{
    AdRow, Cell, ChapterRow, Row as _, SessionRow, StateRow, Text, WatchedStretch,
};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::outcome::CloseReason;
use playhead_model::row::{DEFINITION_VERSION, Rows, Stamp, integer};
use playhead_model::time::ReceivedMs;
use playhead_simulator::Random;

use super::sketch::{End, Sketch};
use super::watched::{self, Watched};
use super::world::{Title, Visitor, World, skewed};

pub(super) const SUITE: &str = "bench";
const PLANS: [&str; 5] = ["free", "basic", "standard", "premium", "family"];
const STATES: [&str; 4] = ["fullScreen", "mute", "closedCaptioning", "pictureInPicture"];

/// Puts the rows of a session together.
pub(super) fn rows(
    world: &World,
    seed: u64,
    sketch: &Sketch,
    sid: SessionId,
    stamp: &Stamp,
) -> Rows {
    let random = &mut Random::new(seed, sketch.number * 2 + 1);
    let (title, visitor) = (world.title(sketch.title), world.visitor(sketch.visitor));
    let watched = watched::of(sketch, title, random);
    let mut row = SessionRow::of(&mut |_| Cell::Null);
    row.sid = sid;
    row.report_suite = SUITE.into();
    row.definition_version = DEFINITION_VERSION;
    content(&mut row, title);
    sender(&mut row, &visitor, sketch);
    row.custom_metadata = custom(&visitor, sketch, random);
    times(&mut row, sketch, &visitor);
    played(&mut row, sketch, title, &watched);
    quality(&mut row, sketch, random);
    let mut rows = Rows {
        ads: ads(&row, sketch, random),
        chapters: chapters(&row, sketch, title, &watched.stretches),
        states: states(&row, sketch, random),
        events: Vec::new(),
        session: row,
    };
    rows.session.watched = watched.stretches;
    rows.session.chapter_count = rows.chapters.len() as i64;
    rows.stamp(stamp);
    rows
}

/// When and where a session begins and closes.
pub(super) fn stamp(sketch: &Sketch, start: u64, close: u64) -> Stamp {
    Stamp {
        start: LogPosition(start),
        tail: LogPosition(close - 1),
        close: LogPosition(close),
        closed_at: ReceivedMs(sketch.closed_at()),
        rules: 0,
        is_batch: false,
    }
}

fn some(text: &str) -> Option<Text> {
    Some(text.into())
}

fn content(row: &mut SessionRow, title: &Title) {
    row.name = Some(title.id.clone());
    row.media_path = Some(title.id.clone());
    row.friendly_name = Some(title.name.clone());
    row.length = Some(title.length_ms as f64 / 1_000.0);
    row.length_us = integer(title.length_ms * 1_000);
    row.content_type = title.content_type.into();
    row.stream_type = some(if title.is_audio { "audio" } else { "video" });
    row.channel = Some(title.channel.clone());
    row.network = Some(title.network.clone());
    row.asset_id = Some(format!("cms:{}", title.id).into());
    row.genre = Some(title.genre.clone());
    row.genre_list = Some(title.genre.split(',').map(Text::from).collect());
    row.rating = some(title.rating);
    row.first_air_date = Some(title.first_air_date.clone());
    row.stream_format = some(if title.is_live { "dash" } else { "hls" });
    row.feed = some(if title.is_live { "East" } else { "On demand" });
    row.ad_load = some(if title.is_live { "linear" } else { "dynamic" });
    row.is_live = title.is_live;
    row.is_reported = true;
    row.is_viewed = true;
    if let Some((show, season, episode)) = &title.of_show {
        row.show = Some(show.clone());
        row.season = Some(season.clone());
        row.episode = Some(episode.clone());
        row.show_type = some("0");
        row.originator = some("House productions");
    }
    if title.is_audio {
        row.artist = some("The speakers");
        row.album = Some(title.channel.clone());
        row.label = some("Own label");
        row.author = some("The authors");
        row.station = Some(title.network.clone());
        row.publisher = some("The publisher");
    }
}

fn sender(row: &mut SessionRow, visitor: &Visitor, sketch: &Sketch) {
    row.visitor = visitor.id.clone();
    row.api = some("collection");
    row.country = some(visitor.country);
    row.region = Some(visitor.region.clone());
    row.network_name = Some(visitor.network_name.clone());
    row.device = some(visitor.device);
    row.system = some(visitor.system);
    row.browser = visitor.browser.map(Text::from);
    row.is_bot = visitor.is_bot;
    row.player_name = some(visitor.player);
    // A release every three days.
    let newest = 20 + sketch.started_at / 86_400_000 % 1_000 / 3;
    let release = newest.saturating_sub(visitor.behind);
    row.app_version = Some(format!("{}.{}.0", release / 10, release % 10).into());
    row.library_version = some(match visitor.device {
        "desktop" => "js-3.1.0",
        "phone" | "tablet" => "mobile-5.0.2",
        _ => "tv-2.4.1",
    });
    row.mvpd = (visitor.plan > 2).then(|| "Cable company".into());
    row.pass_auth = (visitor.plan > 2).then(|| "true".into());
    row.authorized = visitor.plan > 2;
}

/// Five keys, in order; the last is different for each session.
fn custom(visitor: &Visitor, sketch: &Sketch, random: &mut Random) -> Vec<(Text, Text)> {
    let pair = |key: &str, value: String| (Text::from(key), Text::from(value));
    vec![
        pair("experiment", format!("x{:02}", sketch.visitor % 20)),
        pair("plan", PLANS[visitor.plan as usize].to_owned()),
        pair("playbackId", format!("{:08x}", random.bits() as u32)),
        pair("playlist", format!("list {}", skewed(random, 2_000))),
        pair("profile", format!("p{}", skewed(random, 4) + 1)),
    ]
}

fn times(row: &mut SessionRow, sketch: &Sketch, visitor: &Visitor) {
    row.started_at = integer(sketch.started_at);
    row.last_at = integer(sketch.last_at());
    row.start_ts = row.started_at + visitor.ahead_ms;
    row.end_ts = row.last_at + visitor.ahead_ms;
    row.clock_offset_ms = Some(-visitor.ahead_ms);
    row.since_last_call_ms = integer(sketch.closed_at() - sketch.last_at());
    row.seconds_since_last_call = row.since_last_call_ms / 1_000;
    let reason = match sketch.end {
        End::Told => CloseReason::SessionEnd,
        End::Silence => CloseReason::NoEvents,
        End::StandingStill => CloseReason::NoPlayheadChange,
    };
    row.close_reason = some(reason.name());
}

/// Whole seconds, half up.
fn seconds(ms: u64) -> i64 {
    integer((ms + 500) / 1_000)
}

fn played(row: &mut SessionRow, sketch: &Sketch, title: &Title, watched: &Watched) {
    row.is_played = sketch.is_played;
    row.has_segment_view = sketch.is_played;
    row.is_dropped_before_start = !sketch.is_played;
    row.is_completed = sketch.is_completed;
    row.has_resume = sketch.begin_ms > 0 && !title.is_live;
    row.time_played_ms = integer(sketch.content_ms);
    row.time_played = seconds(sketch.content_ms);
    let ads: u64 = (0..sketch.ads()).map(|ad| sketch.ad_ms(ad)).sum();
    row.total_time_played_ms = integer(sketch.content_ms + ads);
    row.total_time_played = seconds(sketch.content_ms + ads);
    row.unique_time_played_us = integer(watched.unique_us);
    row.unique_time_played = seconds(watched.unique_us / 1_000);
    row.average_minute_audience = row.length.map(|length| row.time_played as f64 / length);
    row.estimated_streams = row.total_time_played / 1_800 + 1;
    row.pause_count = integer(sketch.pauses);
    row.has_pause_impacted_streams = sketch.pauses > 0;
    row.pause_time_ms = integer(sketch.pause_ms);
    row.pause_time = seconds(sketch.pause_ms);
    row.ad_count = integer(sketch.ads());
    if !sketch.is_played {
        return;
    }
    let has = |percent: u64| watched.last_us / 1_000 * 100 >= percent * title.length_ms;
    row.has_progress_10 = has(10);
    row.has_progress_25 = has(25);
    row.has_progress_50 = has(50);
    row.has_progress_75 = has(75);
    row.has_progress_95 = has(95);
    let (low, high) = (watched.first_us / 1_000_000, watched.last_us / 1_000_000);
    let from = 5 * (low / 300);
    let to = (from + 5).max(5 * high.div_ceil(300));
    row.segment = Some(format!("[{from}-{to}]").into());
}

fn quality(row: &mut SessionRow, sketch: &Sketch, random: &mut Random) {
    if sketch.is_played {
        let first_play = integer(sketch.delay_ms);
        row.time_to_first_play_ms = Some(first_play);
        row.time_to_first_play = Some(seconds(sketch.delay_ms));
        if random.percent(97) {
            // What the client says leaves out its own preparations.
            let said = sketch.delay_ms * random.between(70, 100) / 100;
            row.time_to_start_ms = Some(integer(said));
            row.time_to_start = Some(seconds(said));
        }
        let bitrate = 400 + skewed(random, 7_800);
        row.bitrate_average = Some(integer(bitrate));
        let bucket = bitrate / 100 * 100;
        row.bitrate_average_bucket = Some(format!("{bucket}-{}", bucket + 99).into());
        row.bitrate_change_count = integer(skewed(random, 7));
        row.has_bitrate_change_impacted_streams = row.bitrate_change_count > 0;
        let dropped = if random.percent(20) {
            skewed(random, 400)
        } else {
            0
        };
        row.dropped_frames = Some(integer(dropped));
        row.has_dropped_frame_impacted_streams = dropped > 0;
        row.frames_per_second = Some(random.pick(&[24, 25, 30, 50, 60]));
    }
    row.buffer_count = integer(sketch.buffers);
    row.has_buffer_impacted_streams = sketch.buffers > 0;
    row.buffer_time_ms = integer(sketch.buffer_ms);
    row.buffer_time = seconds(sketch.buffer_ms);
    row.stall_count = integer(sketch.stalls);
    row.has_stall_impacted_streams = sketch.stalls > 0;
    row.stall_time_ms = integer(sketch.stall_ms);
    row.stall_time = seconds(sketch.stall_ms);
    // The first buffering of most is before the start.
    if sketch.is_played && sketch.buffers > 1 {
        row.rebuffer_count = integer(sketch.buffers - 1);
        let ms = sketch.buffer_ms / sketch.buffers * (sketch.buffers - 1);
        row.rebuffer_time_ms = integer(ms);
        row.rebuffer_time = seconds(ms);
    }
    // Some releases are worse than others.
    let is_bad = row
        .app_version
        .as_deref()
        .is_some_and(|it| it.ends_with("3.0"));
    let share = match (sketch.is_played, is_bad) {
        (false, _) => 40,
        (true, true) => 6,
        (true, false) => 2,
    };
    if random.percent(share) {
        for _ in 0..skewed(random, 3) + 1 {
            let id = format!("E-{}", 1_000 + skewed(random, 40));
            match random.percent(80) {
                true => row.player_sdk_errors.push(id.into()),
                false => row.external_errors.push(id.into()),
            }
        }
    }
    let errors = row.player_sdk_errors.len() + row.external_errors.len();
    row.error_count = errors as i64;
    row.has_error_impacted_streams = errors > 0;
    row.is_start_failure = !sketch.is_played && errors > 0;
    row.is_exit_before_start = !sketch.is_played && errors == 0;
    row.is_playback_failure =
        sketch.is_played && errors > 0 && !sketch.is_completed && random.percent(30);
}

fn ads(row: &SessionRow, sketch: &Sketch, random: &mut Random) -> Vec<AdRow> {
    let ad = |place: u64| {
        let is_before = place < sketch.ads.before;
        let number = skewed(random, 600);
        let ms = sketch.ad_ms(place);
        let pod = if is_before { 1 } else { 2 };
        let mut ad = AdRow::of(&mut |_| Cell::Null);
        ad.sid = row.sid;
        ad.report_suite = SUITE.into();
        ad.number = integer(place + 1);
        ad.id = Some(format!("ad-{number:04}").into());
        ad.friendly_name = Some(format!("Spot {number}").into());
        ad.length = Some(ms as f64 / 1_000.0);
        ad.pod_position = Some(integer(
            if is_before {
                place
            } else {
                place - sketch.ads.before
            } + 1,
        ));
        ad.player_name = row.player_name.clone();
        ad.advertiser = Some(format!("Advertiser {}", number % 60).into());
        ad.campaign_id = Some(format!("campaign-{}", number % 150).into());
        ad.creative_id = Some(format!("creative-{number:04}").into());
        ad.pod_index = pod;
        ad.pod_id = format!(
            "{:032x}_{pod}",
            u128::from(sketch.title) * 0x9e37_79b9_7f4a_7c15
        )
        .into();
        ad.pod_friendly_name = some(if is_before { "pre-roll" } else { "mid-roll" });
        ad.pod_second = Some(if is_before { 0.0 } else { 600.0 });
        ad.custom_metadata = row.custom_metadata.clone();
        ad.is_started = true;
        ad.is_completed = sketch.is_played && !random.percent(3);
        ad.time_played = seconds(ms);
        ad.time_played_ms = integer(ms);
        (ad.start_ts, ad.end_ts) = (row.start_ts, row.end_ts);
        ad
    };
    (0..sketch.ads()).map(ad).collect()
}

/// Five chapters of equal length; those that something was watched of.
fn chapters(
    row: &SessionRow,
    sketch: &Sketch,
    title: &Title,
    stretches: &[WatchedStretch],
) -> Vec<ChapterRow> {
    if !title.has_chapters {
        return Vec::new();
    }
    let length_us = integer(title.length_ms * 200);
    let chapter = |index: i64| {
        let (from, to) = (index * length_us, (index + 1) * length_us);
        let inside = stretches
            .iter()
            .map(|it| it.to_us.min(to) - it.from_us.max(from));
        let us: i64 = inside.filter(|us| *us > 0).sum();
        let ms = us as u64 / 1_000;
        let mut chapter = ChapterRow::of(&mut |_| Cell::Null);
        chapter.sid = row.sid;
        chapter.report_suite = SUITE.into();
        let place = u128::from(sketch.title) * 0xbf58_476d_1ce4_e5b9 + index as u128;
        chapter.id = format!("{place:032x}_{}", index + 1).into();
        chapter.friendly_name = Some(format!("Chapter {}", index + 1).into());
        chapter.index = Some(index + 1);
        chapter.offset = Some(from as f64 / 1e6);
        chapter.length = Some(length_us as f64 / 1e6);
        chapter.custom_metadata = row.custom_metadata.clone();
        chapter.is_started = true;
        chapter.is_completed = us == length_us;
        chapter.time_played = seconds(ms);
        chapter.time_played_ms = integer(ms);
        (chapter.start_ts, chapter.end_ts) = (row.start_ts, row.end_ts);
        (us > 0).then_some(chapter)
    };
    let mut chapters: Vec<_> = (0..5).filter_map(chapter).collect();
    for (chapter, number) in chapters.iter_mut().zip(1..) {
        chapter.number = number;
    }
    chapters
}

fn states(row: &SessionRow, sketch: &Sketch, random: &mut Random) -> Vec<StateRow> {
    if !sketch.is_played || !random.percent(25) {
        return Vec::new();
    }
    let count = if random.percent(20) { 2 } else { 1 };
    let first = random.below(STATES.len() as u64);
    let state = |place: u64| {
        let ms = skewed(random, sketch.content_ms + 1);
        let mut state = StateRow::of(&mut |_| Cell::Null);
        state.sid = row.sid;
        state.report_suite = SUITE.into();
        state.number = integer(place + 1);
        state.name = STATES[((first + place) % STATES.len() as u64) as usize].into();
        state.is_set = true;
        state.count = integer(skewed(random, 4) + 1);
        state.time = seconds(ms);
        state.time_ms = integer(ms);
        (state.start_ts, state.end_ts) = (row.start_ts, row.end_ts);
        state
    };
    (0..count).map(state).collect()
}
