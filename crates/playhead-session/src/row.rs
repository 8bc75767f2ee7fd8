//! The rows of one session: its numbers, its dimensions, its parts.
//!
//! The machine keeps no text, so this is where numbers and the bodies they came from meet. The
//! same code serves open sessions (over a provisional copy) and closed ones.

use std::borrow::Cow;
use std::collections::BTreeMap;

use md5::{Digest, Md5};
use playhead_model::body::{Key, Members, Value, typed};
use playhead_model::catalog::{AdRow, ChapterRow, Day, SessionRow, StateRow, Text, WatchedStretch};
use playhead_model::event;
use playhead_model::ids::{EventRef, SessionId};
use playhead_model::keys::KeyId;
use playhead_model::row::{DEFINITION_VERSION, Rows, integer};
use playhead_model::rules::Rules;
use playhead_model::time::seconds_of_ms;

use crate::state::Session;
use crate::totals::{Totals, whole_seconds};

/// Gives back the bodies that a session refers to.
pub trait Bodies {
    /// The body of an event, or `None` if it is no longer kept.
    fn body(&self, event: EventRef) -> Option<Cow<'_, [u8]>>;
}

/// What is known of a session beside its events.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    pub sid: SessionId,
    /// Where `sessionStart` lies.
    pub start: EventRef,
    /// Whether it came as one batch.
    pub downloaded: bool,
}

/// The rows of a closed session, or of a provisional copy. Where the session lies in the log is
/// left for [`Rows::stamp`].
pub fn rows(identity: Identity, session: &Session, rules: &Rules, bodies: &impl Bodies) -> Rows {
    let totals = session.totals(rules);
    let body = bodies.body(identity.start);
    let start = Start::read(body.as_deref());
    let row = session_row(identity, session, &totals, &start, bodies);
    let owner = Owner {
        sid: row.sid,
        suite: &row.report_suite,
        start_ts: row.start_ts,
        end_ts: row.end_ts,
    };
    Rows {
        ads: ad_rows(&owner, session, &start, bodies),
        chapters: chapter_rows(&owner, session, &start, bodies),
        states: state_rows(&owner, session),
        events: Vec::new(),
        session: row,
    }
}

/// What the rows of parts say of their session.
struct Owner<'a> {
    sid: SessionId,
    suite: &'a str,
    start_ts: i64,
    end_ts: i64,
}

/// The members of `sessionStart` that rows are made of.
struct Start<'a> {
    /// Those with a key that is known, in the order of the keys: every one is looked at for many.
    params: Vec<(KeyId, Value<'a>)>,
    custom: Members<'a>,
}

impl<'a> Start<'a> {
    fn read(body: Option<&'a [u8]>) -> Self {
        let event = body.and_then(|body| typed::Event::open(body).ok());
        let (params, custom) = event.map_or_else(Default::default, |it| (it.params, it.custom));
        let known = params.map_while(|member| match member {
            Ok((Key::Known(key), value)) => Some((key, value)),
            _ => None,
        });
        Self {
            params: known.collect(),
            custom,
        }
    }

    fn value(&self, key: KeyId) -> Option<Value<'a>> {
        let place = self.params.binary_search_by_key(&key, |(known, _)| *known);
        place.ok().map(|place| self.params[place].1)
    }

    fn text(&self, key: KeyId) -> Option<&'a str> {
        self.value(key).and_then(typed::as_text)
    }

    fn suite(&self) -> &'a str {
        report_suite(self.text(KeyId::REPORT_SUITE).unwrap_or(""))
    }

    fn visitor(&self) -> Option<&'a str> {
        [
            KeyId::MARKETING_CLOUD_USER_ID,
            KeyId::VISITOR_ID,
            KeyId::ANALYTICS_ID,
            KeyId::APP_INSTALLATION_ID,
        ]
        .into_iter()
        .find_map(|key| self.text(key).filter(|id| !id.is_empty()))
    }

    fn number(&self, key: KeyId) -> Option<f64> {
        self.value(key).and_then(typed::as_number)
    }

    fn integer(&self, key: KeyId) -> Option<i64> {
        self.value(key).and_then(typed::as_integer_half_up)
    }

    fn content_id(&self) -> &'a str {
        self.text(KeyId::MEDIA_ID).unwrap_or("")
    }
}

/// Of a comma-separated list of report suites the first counts.
pub fn report_suite(list: &str) -> &str {
    list.split(',').next().unwrap_or("").trim()
}

fn session_row(
    identity: Identity,
    session: &Session,
    totals: &Totals,
    start: &Start<'_>,
    bodies: &impl Bodies,
) -> SessionRow {
    let text = |key| start.text(key).map(Text::from);
    let sent_downloaded = start.value(KeyId::DOWNLOADED);
    let is_downloaded =
        identity.downloaded || sent_downloaded.and_then(typed::as_bool) == Some(true);
    let content_id = start.content_id();
    let visitor = start
        .visitor()
        .map_or_else(|| identity.sid.to_string(), str::to_owned);
    let (started, ended) = session.client_span();
    let (player_sdk_errors, external_errors) = error_ids(session, bodies);
    SessionRow {
        sid: identity.sid,
        report_suite: start.suite().into(),
        visitor: visitor.into(),

        name: text(KeyId::MEDIA_ID),
        friendly_name: text(KeyId::MEDIA_NAME),
        length: start.number(KeyId::MEDIA_LENGTH),
        content_type: content_type(start).into(),
        stream_type: text(KeyId::STREAM_TYPE),
        player_name: text(KeyId::PLAYER_NAME),
        channel: text(KeyId::CHANNEL),
        app_version: text(KeyId::SDK_VERSION),
        library_version: text(KeyId::LIBRARY_VERSION),
        ad_load: text(KeyId::AD_LOAD),
        show: text(KeyId::SHOW),
        season: text(KeyId::SEASON),
        episode: text(KeyId::EPISODE),
        asset_id: text(KeyId::ASSET_ID),
        genre: text(KeyId::GENRE),
        genre_list: start.text(KeyId::GENRE).map(genre_list),
        first_air_date: text(KeyId::FIRST_AIR_DATE),
        first_digital_date: text(KeyId::FIRST_DIGITAL_DATE),
        rating: text(KeyId::RATING),
        originator: text(KeyId::ORIGINATOR),
        network: text(KeyId::NETWORK),
        show_type: text(KeyId::SHOW_TYPE),
        mvpd: text(KeyId::MVPD),
        pass_auth: text(KeyId::PASS_AUTH),
        day_part: text(KeyId::DAY_PART),
        feed: text(KeyId::FEED),
        stream_format: text(KeyId::STREAM_FORMAT),
        artist: text(KeyId::ARTIST),
        album: text(KeyId::ALBUM),
        label: text(KeyId::LABEL),
        author: text(KeyId::AUTHOR),
        station: text(KeyId::STATION),
        publisher: text(KeyId::PUBLISHER),
        media_path: (!content_id.is_empty()).then(|| cut_to_bytes(content_id, 100).into()),
        is_downloaded,
        custom_metadata: custom_metadata(start.custom),

        is_viewed: totals.is_viewed,
        is_played: totals.is_played,
        is_completed: totals.is_completed,
        has_resume: totals.has_resume,
        time_played: totals.time_played(),
        time_played_ms: integer(totals.content_ms),
        total_time_played: totals.total_time_played(),
        total_time_played_ms: integer(totals.total_ms()),
        unique_time_played: totals.unique_time_played(),
        unique_time_played_us: totals.unique_us,
        has_progress_10: totals.progress[0],
        has_progress_25: totals.progress[1],
        has_progress_50: totals.progress[2],
        has_progress_75: totals.progress[3],
        has_progress_95: totals.progress[4],
        has_segment_view: totals.is_played,
        average_minute_audience: totals
            .average_minute_audience(start.number(KeyId::MEDIA_LENGTH).unwrap_or(0.0)),
        estimated_streams: totals.estimated_streams(),
        pause_count: totals.pause_count.into(),
        has_pause_impacted_streams: totals.pause_count > 0,
        pause_time: whole_seconds(totals.pause_ms),
        pause_time_ms: integer(totals.pause_ms),
        authorized: start
            .text(KeyId::PASS_AUTH)
            .is_some_and(|auth| auth.eq_ignore_ascii_case("true")),
        is_federated: false,
        ad_count: totals.ad_count.into(),
        chapter_count: totals.chapter_count.into(),
        seconds_since_last_call: whole_seconds(totals.since_last_call_ms),
        since_last_call_ms: integer(totals.since_last_call_ms),
        time_to_start: totals.time_to_start_ms.map(seconds_of_ms),
        time_to_start_ms: totals.time_to_start_ms,
        is_dropped_before_start: !totals.is_played,
        buffer_count: totals.buffer_count.into(),
        has_buffer_impacted_streams: totals.buffer_count > 0,
        buffer_time: whole_seconds(totals.buffer_ms),
        buffer_time_ms: integer(totals.buffer_ms),
        stall_count: totals.stall_count.into(),
        has_stall_impacted_streams: totals.stall_count > 0,
        stall_time: whole_seconds(totals.stall_ms),
        stall_time_ms: integer(totals.stall_ms),
        bitrate_average: totals.bitrate_average,
        bitrate_average_bucket: bitrate_bucket(totals).map(Text::from),
        bitrate_change_count: totals.bitrate_change_count.into(),
        has_bitrate_change_impacted_streams: totals.bitrate_change_count > 0,
        dropped_frames: totals.dropped_frames,
        has_dropped_frame_impacted_streams: totals.dropped_frames.is_some_and(|frames| frames > 0),
        error_count: totals.error_count.into(),
        has_error_impacted_streams: totals.error_count > 0,
        player_sdk_errors,
        external_errors,
        frames_per_second: totals.frames_per_second,
        rebuffer_count: totals.rebuffer_count.into(),
        rebuffer_time: whole_seconds(totals.rebuffer_ms),
        rebuffer_time_ms: integer(totals.rebuffer_ms),
        time_to_first_play: totals.first_play_ms.map(whole_seconds),
        time_to_first_play_ms: totals.first_play_ms.map(integer),
        is_start_failure: totals.is_start_failure(),
        is_exit_before_start: totals.is_exit_before_start(),
        is_playback_failure: totals.is_playback_failure(),
        segment: segment(totals).map(Text::from),
        close_reason: totals.close_reason.map(|reason| reason.name().into()),

        is_live: totals.is_live,
        is_reported: !content_id.is_empty(),
        is_limited: totals.limited,
        length_us: session.content_length().0,
        watched: watched(totals),

        api: None,
        country: None,
        region: None,
        network_name: None,
        device: None,
        system: None,
        browser: None,
        is_bot: false,

        start_ts: started.0,
        end_ts: ended.0,
        started_at: integer(session.started_at().0),
        last_at: integer(session.last_at().0),
        closed_at: 0,
        clock_offset_ms: (!identity.downloaded).then(|| session.clock_offset_ms()),
        start_position: 0,
        tail_position: 0,
        close_position: 0,
        rules: 0,
        is_batch: identity.downloaded,
        definition_version: DEFINITION_VERSION,
        day: Day::default(),
    }
}

fn ad_rows(
    owner: &Owner<'_>,
    session: &Session,
    start: &Start<'_>,
    bodies: &impl Bodies,
) -> Vec<AdRow> {
    let row = |(ad, number): (&crate::state::Ad, i64)| {
        let body = bodies.body(ad.event);
        let own = Start::read(body.as_deref());
        let pod_body = bodies.body(ad.pod);
        let pod = Start::read(pod_body.as_deref());
        let text = |key| own.text(key).map(Text::from);
        let pod_index = pod.integer(KeyId::POD_INDEX).unwrap_or(0);
        AdRow {
            sid: owner.sid,
            report_suite: owner.suite.into(),
            number,
            id: text(KeyId::AD_ID),
            friendly_name: text(KeyId::AD_NAME),
            length: own.number(KeyId::AD_LENGTH),
            pod_position: own.integer(KeyId::POD_POSITION),
            player_name: text(KeyId::AD_PLAYER_NAME),
            advertiser: text(KeyId::ADVERTISER),
            campaign_id: text(KeyId::CAMPAIGN_ID),
            creative_id: text(KeyId::CREATIVE_ID),
            creative_url: text(KeyId::CREATIVE_URL),
            placement_id: text(KeyId::PLACEMENT_ID),
            site_id: text(KeyId::SITE_ID),
            pod_index,
            pod_id: hashed_id(start.content_id(), pod_index).into(),
            pod_friendly_name: pod.text(KeyId::POD_FRIENDLY_NAME).map(Text::from),
            pod_second: pod.number(KeyId::POD_SECOND),
            custom_metadata: merged(start.custom, own.custom),
            is_started: true,
            is_completed: ad.completed,
            time_played: whole_seconds(ad.time_ms),
            time_played_ms: integer(ad.time_ms),
            start_ts: owner.start_ts,
            end_ts: owner.end_ts,
            closed_at: 0,
            start_position: 0,
            close_position: 0,
            day: Day::default(),
        }
    };
    session.ads().iter().zip(1..).map(row).collect()
}

fn chapter_rows(
    owner: &Owner<'_>,
    session: &Session,
    start: &Start<'_>,
    bodies: &impl Bodies,
) -> Vec<ChapterRow> {
    let row = |(chapter, number): (&crate::state::Chapter, i64)| {
        let body = bodies.body(chapter.event);
        let own = Start::read(body.as_deref());
        let offset = own.number(KeyId::CHAPTER_OFFSET);
        let offset_ms = (offset.unwrap_or(0.0) * 1000.0 + 0.5).floor();
        let index = own.integer(KeyId::CHAPTER_INDEX);
        let place = format!("{}|{}", start.content_id(), offset_ms as i64);
        ChapterRow {
            sid: owner.sid,
            report_suite: owner.suite.into(),
            number,
            id: hashed_id(&place, index.unwrap_or(0)).into(),
            friendly_name: own.text(KeyId::CHAPTER_FRIENDLY_NAME).map(Text::from),
            index,
            offset,
            length: own.number(KeyId::CHAPTER_LENGTH),
            custom_metadata: merged(start.custom, own.custom),
            is_started: true,
            is_completed: chapter.completed,
            time_played: whole_seconds(chapter.time_ms),
            time_played_ms: integer(chapter.time_ms),
            start_ts: owner.start_ts,
            end_ts: owner.end_ts,
            closed_at: 0,
            start_position: 0,
            close_position: 0,
            day: Day::default(),
        }
    };
    session.chapters().iter().zip(1..).map(row).collect()
}

fn state_rows(owner: &Owner<'_>, session: &Session) -> Vec<StateRow> {
    let row = |(state, number): (&crate::state::PlayerState, i64)| StateRow {
        sid: owner.sid,
        report_suite: owner.suite.into(),
        number,
        name: state.name.as_str().into(),
        is_set: true,
        count: state.count.into(),
        time: whole_seconds(state.time_ms),
        time_ms: integer(state.time_ms),
        start_ts: owner.start_ts,
        end_ts: owner.end_ts,
        closed_at: 0,
        start_position: 0,
        close_position: 0,
        day: Day::default(),
    };
    session.states().iter().zip(1..).map(row).collect()
}

fn watched(totals: &Totals) -> Vec<WatchedStretch> {
    let stretches = totals.watched.iter();
    stretches
        .map(|stretch| WatchedStretch {
            from_us: stretch.from.0,
            to_us: stretch.to.0,
        })
        .collect()
}

fn error_ids(session: &Session, bodies: &impl Bodies) -> (Vec<Text>, Vec<Text>) {
    let (mut player, mut external) = (Vec::new(), Vec::new());
    for error in session.errors() {
        let body = bodies.body(error.event);
        let id = body
            .as_deref()
            .and_then(|body| typed::Event::open(body).ok())
            .and_then(|raw| event::error_id(&raw).ok().flatten().map(Cow::into_owned));
        let list = if error.external {
            &mut external
        } else {
            &mut player
        };
        list.extend(id.map(Text::from));
    }
    (player, external)
}

fn content_type(start: &Start<'_>) -> String {
    match start.text(KeyId::CONTENT_TYPE) {
        None | Some("") => "missing_content_type".to_owned(),
        Some(content_type) => content_type.to_owned(),
    }
}

fn genre_list(genre: &str) -> Vec<Text> {
    let mut list: Vec<Text> = Vec::new();
    for item in genre
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
    {
        if !list.iter().any(|known| **known == *item) {
            list.push(item.into());
        }
    }
    list
}

fn cut_to_bytes(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// R4.7, in minutes.
fn segment(totals: &Totals) -> Option<String> {
    totals.segment.map(|(from, to)| format!("[{from}-{to}]"))
}

/// R8.1, buckets of 100 kbps.
fn bitrate_bucket(totals: &Totals) -> Option<String> {
    totals.bitrate_average.map(|average| {
        let from = 100 * average.div_euclid(100);
        format!("{from}-{}", from + 99)
    })
}

/// R5.8 and R6: MD5 in lower-case hex, `_`, index.
fn hashed_id(of: &str, index: i64) -> String {
    let digest = Md5::digest(of.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}_{index}")
}

/// By key, since the object is sorted in every answer.
fn custom_metadata(custom: Members<'_>) -> Vec<(Text, Text)> {
    let mut map = BTreeMap::new();
    put_custom(&mut map, custom);
    map.into_iter().collect()
}

/// R5.9: the part's own value wins.
fn merged(session: Members<'_>, own: Members<'_>) -> Vec<(Text, Text)> {
    let mut map = BTreeMap::new();
    put_custom(&mut map, session);
    put_custom(&mut map, own);
    map.into_iter().collect()
}

fn put_custom(map: &mut BTreeMap<Text, Text>, custom: Members<'_>) {
    for (key, value) in custom.flatten() {
        if let Some(text) = typed::as_text(value) {
            let name = match key {
                Key::Known(known) => known.name(),
                Key::Other(name) => name,
            };
            map.insert(name.into(), text.into());
        }
    }
}
