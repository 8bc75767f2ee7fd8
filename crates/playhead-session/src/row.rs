//! The answer about one session: its numbers, its dimensions, its parts, by their public names.
//!
//! The machine keeps no text, so this is where numbers and the bodies they came from meet. The
//! same code answers for open sessions (over a provisional copy) and closed ones.

use std::borrow::Cow;

use md5::{Digest, Md5};
use playhead_model::body::{Key, Members, typed};
use playhead_model::catalog::{self, METRICS, Metric, Scope};
use playhead_model::event;
use playhead_model::ids::{EventRef, SessionId};
use playhead_model::keys::{KeyId, Kind};
use playhead_model::outcome::CloseReason;
use playhead_model::record::Sender;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs, seconds_of_ms};
use serde_json::{Map, Value, json};

use crate::state::Session;
use crate::totals::{Totals, whole_seconds};
use crate::watched::Stretch;

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

/// One session as a row: what reports are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub sid: SessionId,
    pub suite: String,
    /// R1.3.
    pub visitor: String,
    pub started: PlayerMs,
    pub ended: PlayerMs,
    pub started_at: ReceivedMs,
    pub last_at: ReceivedMs,
    pub close_reason: Option<CloseReason>,
    pub is_live: bool,
    /// False for a session with an empty content id, which reports leave out (D1).
    pub is_reported: bool,
    pub watched: Vec<Stretch>,
    pub session: Map<String, Value>,
    pub ads: Vec<Map<String, Value>>,
    pub chapters: Vec<Map<String, Value>>,
    pub states: Map<String, Value>,
}

impl Row {
    /// Builds the row of a closed session, or of a provisional copy.
    pub fn new(identity: Identity, session: &Session, rules: &Rules, bodies: &impl Bodies) -> Self {
        let totals = session.totals(rules);
        let body = bodies.body(identity.start);
        let start = Start::read(body.as_deref());
        let (started, ended) = session.client_span();
        Self {
            sid: identity.sid,
            suite: start.suite().to_owned(),
            visitor: start
                .visitor()
                .map_or_else(|| identity.sid.to_string(), str::to_owned),
            started,
            ended,
            started_at: session.started_at(),
            last_at: session.last_at(),
            close_reason: totals.close_reason,
            is_live: totals.is_live,
            is_reported: !start.content_id().is_empty(),
            session: session_members(identity, session, &totals, &start, bodies),
            ads: ad_rows(session, &start, bodies),
            chapters: chapter_rows(session, &start, bodies),
            states: state_rows(session),
            watched: totals.watched,
        }
    }

    /// Adds what the door found out about the sender.
    pub fn add_sender(&mut self, sender: &Sender) {
        for (name, value) in [
            ("api", &sender.api),
            ("country", &sender.country),
            ("region", &sender.region),
            ("networkName", &sender.network),
            ("device", &sender.device),
            ("system", &sender.system),
            ("browser", &sender.browser),
        ] {
            if !value.is_empty() {
                self.session.insert(name.into(), (**value).into());
            }
        }
        self.session.insert("isBot".into(), sender.bot.into());
    }

    /// The object that `compute` prints and the console answers with.
    pub fn answer(&self) -> Value {
        json!({
            "session": self.session,
            "ads": self.ads,
            "chapters": self.chapters,
            "states": self.states,
        })
    }
}

/// The members of `sessionStart` that rows are made of.
struct Start<'a> {
    params: Members<'a>,
    custom: Members<'a>,
}

impl<'a> Start<'a> {
    fn read(body: Option<&'a [u8]>) -> Self {
        let event = body.and_then(|body| typed::Event::open(body).ok());
        event.map_or_else(
            || Self {
                params: Members::default(),
                custom: Members::default(),
            },
            |event| Self {
                params: event.params,
                custom: event.custom,
            },
        )
    }

    fn text(&self, key: KeyId) -> Option<&'a str> {
        self.params.get(key).ok().flatten().and_then(typed::as_text)
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

    fn length(&self) -> f64 {
        let value = self.params.get(KeyId::MEDIA_LENGTH).ok().flatten();
        value.and_then(typed::as_number).unwrap_or(0.0)
    }

    fn content_id(&self) -> &'a str {
        self.text(KeyId::MEDIA_ID).unwrap_or("")
    }
}

/// Of a comma-separated list of report suites the first counts.
pub fn report_suite(list: &str) -> &str {
    list.split(',').next().unwrap_or("").trim()
}

fn session_members(
    identity: Identity,
    session: &Session,
    totals: &Totals,
    start: &Start<'_>,
    bodies: &impl Bodies,
) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("ID".into(), identity.sid.to_string().into());
    members.insert("reportSuite".into(), start.suite().into());
    let visitor = start
        .visitor()
        .map_or_else(|| identity.sid.to_string(), str::to_owned);
    members.insert("visitor".into(), visitor.into());
    put_dimensions(&mut members, Scope::Session, start.params);
    members.insert("contentType".into(), content_type(start).into());
    if let Some(genre) = start.text(KeyId::GENRE) {
        members.insert("genreList".into(), genre_list(genre).into());
    }
    if !start.content_id().is_empty() {
        members.insert(
            "mediaPath".into(),
            cut_to_bytes(start.content_id(), 100).into(),
        );
    }
    let sent_downloaded = start.params.get(KeyId::DOWNLOADED).ok().flatten();
    if identity.downloaded || sent_downloaded.and_then(typed::as_bool) == Some(true) {
        members.insert("isDownloaded".into(), true.into());
    }
    for spec in METRICS {
        members.insert(spec.name.into(), metric(spec.metric, totals, start));
    }
    members.insert("segment".into(), segment(totals).into());
    members.insert("bitrateAverageBucket".into(), bitrate_bucket(totals).into());
    let (player, external) = error_ids(session, bodies);
    members.insert("playerSdkErrors".into(), player.into());
    members.insert("externalErrors".into(), external.into());
    let reason = totals.close_reason.map(CloseReason::name);
    members.insert("closeReason".into(), reason.into());
    let (started, ended) = session.client_span();
    members.insert("startTs".into(), started.0.into());
    members.insert("endTs".into(), ended.0.into());
    if totals.limited {
        members.insert("isLimited".into(), true.into());
    }
    members.insert(
        "customMetadata".into(),
        custom_metadata(start.custom).into(),
    );
    members
}

fn metric(metric: Metric, totals: &Totals, start: &Start<'_>) -> Value {
    match metric {
        Metric::IsViewed => totals.is_viewed.into(),
        Metric::IsPlayed | Metric::HasSegmentView => totals.is_played.into(),
        Metric::IsCompleted => totals.is_completed.into(),
        Metric::HasResume => totals.has_resume.into(),
        Metric::TimePlayed => totals.time_played().into(),
        Metric::TotalTimePlayed => totals.total_time_played().into(),
        Metric::UniqueTimePlayed => totals.unique_time_played().into(),
        Metric::HasProgress10 => totals.progress[0].into(),
        Metric::HasProgress25 => totals.progress[1].into(),
        Metric::HasProgress50 => totals.progress[2].into(),
        Metric::HasProgress75 => totals.progress[3].into(),
        Metric::HasProgress95 => totals.progress[4].into(),
        Metric::AverageMinuteAudience => totals.average_minute_audience(start.length()).into(),
        Metric::EstimatedStreams => totals.estimated_streams().into(),
        Metric::PauseCount => totals.pause_count.into(),
        Metric::HasPauseImpactedStreams => (totals.pause_count > 0).into(),
        Metric::PauseTime => whole_seconds(totals.pause_ms).into(),
        Metric::Authorized => start
            .text(KeyId::PASS_AUTH)
            .is_some_and(|auth| auth.eq_ignore_ascii_case("true"))
            .into(),
        Metric::IsFederated => false.into(),
        Metric::AdCount => totals.ad_count.into(),
        Metric::ChapterCount => totals.chapter_count.into(),
        Metric::SecondsSinceLastCall => whole_seconds(totals.since_last_call_ms).into(),
        Metric::TimeToStart => totals.time_to_start_ms.map(seconds_of_ms).into(),
        Metric::IsDroppedBeforeStart => (!totals.is_played).into(),
        Metric::BufferCount => totals.buffer_count.into(),
        Metric::HasBufferImpactedStreams => (totals.buffer_count > 0).into(),
        Metric::BufferTime => whole_seconds(totals.buffer_ms).into(),
        Metric::StallCount => totals.stall_count.into(),
        Metric::HasStallImpactedStreams => (totals.stall_count > 0).into(),
        Metric::StallTime => whole_seconds(totals.stall_ms).into(),
        Metric::BitrateAverage => totals.bitrate_average.into(),
        Metric::BitrateChangeCount => totals.bitrate_change_count.into(),
        Metric::HasBitrateChangeImpactedStreams => (totals.bitrate_change_count > 0).into(),
        Metric::DroppedFrames => totals.dropped_frames.into(),
        Metric::HasDroppedFrameImpactedStreams => totals
            .dropped_frames
            .is_some_and(|frames| frames > 0)
            .into(),
        Metric::ErrorCount => totals.error_count.into(),
        Metric::HasErrorImpactedStreams => (totals.error_count > 0).into(),
        Metric::FramesPerSecond => totals.frames_per_second.into(),
    }
}

fn ad_rows(session: &Session, start: &Start<'_>, bodies: &impl Bodies) -> Vec<Map<String, Value>> {
    let row = |ad: &crate::state::Ad| {
        let body = bodies.body(ad.event);
        let own = Start::read(body.as_deref());
        let pod_body = bodies.body(ad.pod);
        let pod = Start::read(pod_body.as_deref());
        let mut row = Map::new();
        put_dimensions(&mut row, Scope::Ad, own.params);
        let index = pod.params.get(KeyId::POD_INDEX).ok().flatten();
        let index = index.and_then(typed::as_integer_half_up).unwrap_or(0);
        row.insert("podIndex".into(), index.into());
        row.insert("podID".into(), hashed_id(start.content_id(), index).into());
        put(
            &mut row,
            "podFriendlyName",
            pod.params,
            KeyId::POD_FRIENDLY_NAME,
        );
        put(&mut row, "podSecond", pod.params, KeyId::POD_SECOND);
        row.insert("isStarted".into(), true.into());
        row.insert("isCompleted".into(), ad.completed.into());
        row.insert("timePlayed".into(), whole_seconds(ad.time_ms).into());
        row.insert(
            "customMetadata".into(),
            merged(start.custom, own.custom).into(),
        );
        row
    };
    session.ads().iter().map(row).collect()
}

fn chapter_rows(
    session: &Session,
    start: &Start<'_>,
    bodies: &impl Bodies,
) -> Vec<Map<String, Value>> {
    let row = |chapter: &crate::state::Chapter| {
        let body = bodies.body(chapter.event);
        let own = Start::read(body.as_deref());
        let number = |key| {
            own.params
                .get(key)
                .ok()
                .flatten()
                .and_then(typed::as_number)
        };
        let offset_ms = (number(KeyId::CHAPTER_OFFSET).unwrap_or(0.0) * 1000.0 + 0.5).floor();
        let index = own.params.get(KeyId::CHAPTER_INDEX).ok().flatten();
        let index = index.and_then(typed::as_integer_half_up).unwrap_or(0);
        let place = format!("{}|{}", start.content_id(), offset_ms as i64);
        let mut row = Map::new();
        row.insert("id".into(), hashed_id(&place, index).into());
        put_dimensions(&mut row, Scope::Chapter, own.params);
        row.insert("isStarted".into(), true.into());
        row.insert("isCompleted".into(), chapter.completed.into());
        row.insert("timePlayed".into(), whole_seconds(chapter.time_ms).into());
        row.insert(
            "customMetadata".into(),
            merged(start.custom, own.custom).into(),
        );
        row
    };
    session.chapters().iter().map(row).collect()
}

fn state_rows(session: &Session) -> Map<String, Value> {
    let row = |state: &crate::state::PlayerState| {
        let value = json!({
            "isSet": true,
            "count": state.count,
            "time": whole_seconds(state.time_ms),
        });
        (state.name.as_str().to_owned(), value)
    };
    session.states().iter().map(row).collect()
}

fn error_ids(session: &Session, bodies: &impl Bodies) -> (Vec<String>, Vec<String>) {
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
        list.extend(id);
    }
    (player, external)
}

fn put_dimensions(row: &mut Map<String, Value>, scope: Scope, params: Members<'_>) {
    for spec in catalog::dimensions_of(scope) {
        put(row, spec.name, params, spec.key);
    }
}

/// Puts a sent value in, as the type of its key wants it; absent and null stay absent.
fn put(row: &mut Map<String, Value>, name: &str, params: Members<'_>, key: KeyId) {
    let Some(sent) = params.get(key).ok().flatten() else {
        return;
    };
    let value: Value = match key.spec().kind {
        Kind::Integer => typed::as_integer_half_up(sent).into(),
        Kind::Number | Kind::NonNegative => number(sent),
        _ => typed::as_text(sent).into(),
    };
    if !value.is_null() {
        row.insert(name.into(), value);
    }
}

/// A number as it was sent: without a fraction where it had none.
fn number(sent: playhead_model::body::Value<'_>) -> Value {
    match sent {
        playhead_model::body::Value::Int(value) => value.into(),
        other => typed::as_number(other).into(),
    }
}

fn content_type(start: &Start<'_>) -> String {
    match start.text(KeyId::CONTENT_TYPE) {
        None | Some("") => "missing_content_type".to_owned(),
        Some(content_type) => content_type.to_owned(),
    }
}

fn genre_list(genre: &str) -> Vec<&str> {
    let mut list = Vec::new();
    for item in genre
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
    {
        if !list.contains(&item) {
            list.push(item);
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

fn custom_metadata(custom: Members<'_>) -> Map<String, Value> {
    let mut map = Map::new();
    for (key, value) in custom.flatten() {
        if let Some(text) = typed::as_text(value) {
            let name = match key {
                Key::Known(known) => known.name(),
                Key::Other(name) => name,
            };
            map.insert(name.to_owned(), text.into());
        }
    }
    map
}

/// R5.9: the part's own value wins.
fn merged(session: Members<'_>, own: Members<'_>) -> Map<String, Value> {
    let mut map = custom_metadata(session);
    map.extend(custom_metadata(own));
    map
}
