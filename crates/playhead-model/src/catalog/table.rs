//! The tables: every column of each, once, and the typed row that goes with it.

use serde_json::{Map, Value};

use super::column::{About, Answer, Cell, Column, Day, Field, Source, Text, WatchedStretch};
use super::column::{metric, own, sent};
use super::{Metric, Scope, Unit};
use crate::ids::SessionId;
use crate::keys::KeyId;

/// A table of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    Sessions,
    Ads,
    Chapters,
    States,
    Events,
}

impl Table {
    /// Every table, in stable order.
    pub const ALL: [Self; 5] = [
        Self::Sessions,
        Self::Ads,
        Self::Chapters,
        Self::States,
        Self::Events,
    ];

    /// The name on every surface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Ads => "ads",
            Self::Chapters => "chapters",
            Self::States => "states",
            Self::Events => "events",
        }
    }

    /// Its columns, in order.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Sessions => SessionRow::COLUMNS,
            Self::Ads => AdRow::COLUMNS,
            Self::Chapters => ChapterRow::COLUMNS,
            Self::States => StateRow::COLUMNS,
            Self::Events => EventRow::COLUMNS,
        }
    }
}

/// A row of a table.
pub trait Row: Sized {
    const TABLE: Table;
    const COLUMNS: &'static [Column];

    /// Gives each cell, in the order of the columns.
    fn cells<'a>(&'a self, put: &mut dyn FnMut(Cell<'a>));

    /// Puts a row together from its cells, asked for by the place of their column.
    fn of<'a>(cell: &mut dyn FnMut(usize) -> Cell<'a>) -> Self;

    /// Its part of the JSON answer.
    fn json(&self) -> Map<String, Value>;
}

fn put<T: Field>(members: &mut Map<String, Value>, answer: Answer, field: &T) {
    match answer {
        Answer::Always(name) => members.insert(name.to_owned(), field.json()),
        Answer::IfSet(name) if !field.is_unset() => members.insert(name.to_owned(), field.json()),
        Answer::No | Answer::IfSet(_) => None,
    };
}

macro_rules! table {
    ($(#[$doc:meta])* $row:ident of $table:ident {
        $($field:ident: $type:ty = $about:expr;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $row { $(pub $field: $type),* }

        impl Row for $row {
            const TABLE: Table = Table::$table;
            const COLUMNS: &'static [Column] = &[$(Column {
                name: stringify!($field),
                kind: <$type as Field>::KIND,
                is_nullable: <$type as Field>::IS_NULLABLE,
                about: $about,
            }),*];

            fn cells<'a>(&'a self, put: &mut dyn FnMut(Cell<'a>)) {
                $(put(self.$field.cell());)*
            }

            fn of<'a>(cell: &mut dyn FnMut(usize) -> Cell<'a>) -> Self {
                let mut places = 0..;
                let mut next = || cell(places.next().expect("places do not end"));
                Self { $($field: <$type as Field>::of(next())),* }
            }

            fn json(&self) -> Map<String, Value> {
                let mut members = Map::new();
                let mut columns = Self::COLUMNS.iter();
                $(
                    let column = columns.next().expect("a column each");
                    put(&mut members, column.about.answer, &self.$field);
                )*
                members
            }
        }
    };
}

const NO: Answer = Answer::No;

const fn shown(name: &'static str, unit: Unit, rule: &'static str, title: &'static str) -> About {
    own(Answer::Always(name), unit, Source::Rule(rule), title)
}

const fn exact(unit: Unit, rule: &'static str, title: &'static str) -> About {
    own(NO, unit, Source::Rule(rule), title)
}

const fn door(name: &'static str, title: &'static str) -> About {
    own(Answer::IfSet(name), Unit::Text, Source::Door, title)
}

const fn engine(unit: Unit, title: &'static str) -> About {
    own(NO, unit, Source::Engine, title)
}

// What every table says of the session that a row belongs to.
const SID: About = engine(Unit::Text, "Media session ID");
const SUITE: About = engine(Unit::Text, "Report suite");
const START_TS: About = engine(Unit::Instant, "Client time of sessionStart");
const END_TS: About = engine(Unit::Instant, "Client time of the last accepted event");
const CLOSED_AT: About = engine(Unit::Instant, "Server time of the close");
const START_POSITION: About = engine(
    Unit::Position,
    "Place of the session's first record in the log: the same in all tables",
);
const CLOSE_POSITION: About = engine(
    Unit::Position,
    "Place in the log at which the session closed",
);
const DAY: About = engine(Unit::Day, "UTC day on which the server closed the session");

const fn of_session(key: KeyId) -> About {
    sent(Scope::Session, key)
}

const fn of_ad(key: KeyId) -> About {
    sent(Scope::Ad, key)
}

const fn of_chapter(key: KeyId) -> About {
    sent(Scope::Chapter, key)
}

table! {
    /// One session: every dimension and metric that has one value for it.
    SessionRow of Sessions {
        sid: SessionId =
            own(Answer::Always("ID"), Unit::Text, Source::Engine, "Media session ID");
        report_suite: Text = own(Answer::Always("reportSuite"), Unit::Text,
            Source::Key(KeyId::REPORT_SUITE), "Report suite");
        visitor: Text = shown("visitor", Unit::Text, "R1.3", "Visitor");

        name: Option<Text> = of_session(KeyId::MEDIA_ID);
        friendly_name: Option<Text> = of_session(KeyId::MEDIA_NAME);
        length: Option<f64> = of_session(KeyId::MEDIA_LENGTH);
        content_type: Text = of_session(KeyId::CONTENT_TYPE);
        stream_type: Option<Text> = of_session(KeyId::STREAM_TYPE);
        player_name: Option<Text> = of_session(KeyId::PLAYER_NAME);
        channel: Option<Text> = of_session(KeyId::CHANNEL);
        app_version: Option<Text> = of_session(KeyId::SDK_VERSION);
        library_version: Option<Text> = of_session(KeyId::LIBRARY_VERSION);
        ad_load: Option<Text> = of_session(KeyId::AD_LOAD);
        show: Option<Text> = of_session(KeyId::SHOW);
        season: Option<Text> = of_session(KeyId::SEASON);
        episode: Option<Text> = of_session(KeyId::EPISODE);
        asset_id: Option<Text> = of_session(KeyId::ASSET_ID);
        genre: Option<Text> = of_session(KeyId::GENRE);
        genre_list: Option<Vec<Text>> =
            own(Answer::IfSet("genreList"), Unit::List, Source::Key(KeyId::GENRE), "Genre");
        first_air_date: Option<Text> = of_session(KeyId::FIRST_AIR_DATE);
        first_digital_date: Option<Text> = of_session(KeyId::FIRST_DIGITAL_DATE);
        rating: Option<Text> = of_session(KeyId::RATING);
        originator: Option<Text> = of_session(KeyId::ORIGINATOR);
        network: Option<Text> = of_session(KeyId::NETWORK);
        show_type: Option<Text> = of_session(KeyId::SHOW_TYPE);
        mvpd: Option<Text> = of_session(KeyId::MVPD);
        pass_auth: Option<Text> = own(Answer::IfSet("passAuth"), Unit::Text,
            Source::Key(KeyId::PASS_AUTH), "Authorized as sent");
        day_part: Option<Text> = of_session(KeyId::DAY_PART);
        feed: Option<Text> = of_session(KeyId::FEED);
        stream_format: Option<Text> = of_session(KeyId::STREAM_FORMAT);
        artist: Option<Text> = of_session(KeyId::ARTIST);
        album: Option<Text> = of_session(KeyId::ALBUM);
        label: Option<Text> = of_session(KeyId::LABEL);
        author: Option<Text> = of_session(KeyId::AUTHOR);
        station: Option<Text> = of_session(KeyId::STATION);
        publisher: Option<Text> = of_session(KeyId::PUBLISHER);
        media_path: Option<Text> =
            own(Answer::IfSet("mediaPath"), Unit::Text, Source::Key(KeyId::MEDIA_ID), "Media path");
        is_downloaded: bool = own(Answer::IfSet("isDownloaded"), Unit::Flag, Source::Rule("R2.6"),
            "Media downloaded");
        custom_metadata: Vec<(Text, Text)> =
            shown("customMetadata", Unit::Map, "R5.9", "Custom metadata");

        is_viewed: bool = metric(Metric::IsViewed);
        is_played: bool = metric(Metric::IsPlayed);
        is_completed: bool = metric(Metric::IsCompleted);
        has_resume: bool = metric(Metric::HasResume);
        time_played: i64 = metric(Metric::TimePlayed);
        time_played_ms: i64 = exact(Unit::Milliseconds, "R4.1", "Content time spent, unrounded");
        total_time_played: i64 = metric(Metric::TotalTimePlayed);
        total_time_played_ms: i64 =
            exact(Unit::Milliseconds, "R4.8", "Media time spent, unrounded");
        unique_time_played: i64 = metric(Metric::UniqueTimePlayed);
        unique_time_played_us: i64 =
            exact(Unit::Microseconds, "R4.5", "Unique time played, unrounded");
        has_progress_10: bool = metric(Metric::HasProgress10);
        has_progress_25: bool = metric(Metric::HasProgress25);
        has_progress_50: bool = metric(Metric::HasProgress50);
        has_progress_75: bool = metric(Metric::HasProgress75);
        has_progress_95: bool = metric(Metric::HasProgress95);
        has_segment_view: bool = metric(Metric::HasSegmentView);
        average_minute_audience: Option<f64> = metric(Metric::AverageMinuteAudience);
        estimated_streams: i64 = metric(Metric::EstimatedStreams);
        pause_count: i64 = metric(Metric::PauseCount);
        has_pause_impacted_streams: bool = metric(Metric::HasPauseImpactedStreams);
        pause_time: i64 = metric(Metric::PauseTime);
        pause_time_ms: i64 = exact(Unit::Milliseconds, "R4.3", "Total pause duration, unrounded");
        authorized: bool = metric(Metric::Authorized);
        is_federated: bool = metric(Metric::IsFederated);
        ad_count: i64 = metric(Metric::AdCount);
        chapter_count: i64 = metric(Metric::ChapterCount);
        seconds_since_last_call: i64 = metric(Metric::SecondsSinceLastCall);
        since_last_call_ms: i64 =
            exact(Unit::Milliseconds, "M23", "Seconds since last call, unrounded");
        time_to_start: Option<i64> = metric(Metric::TimeToStart);
        time_to_start_ms: Option<i64> =
            exact(Unit::Milliseconds, "R8.4", "Time to start, unrounded");
        is_dropped_before_start: bool = metric(Metric::IsDroppedBeforeStart);
        buffer_count: i64 = metric(Metric::BufferCount);
        has_buffer_impacted_streams: bool = metric(Metric::HasBufferImpactedStreams);
        buffer_time: i64 = metric(Metric::BufferTime);
        buffer_time_ms: i64 = exact(Unit::Milliseconds, "R4.3", "Total buffer duration, unrounded");
        stall_count: i64 = metric(Metric::StallCount);
        has_stall_impacted_streams: bool = metric(Metric::HasStallImpactedStreams);
        stall_time: i64 = metric(Metric::StallTime);
        stall_time_ms: i64 =
            exact(Unit::Milliseconds, "R4.4", "Total stalling duration, unrounded");
        bitrate_average: Option<i64> = metric(Metric::BitrateAverage);
        bitrate_average_bucket: Option<Text> =
            shown("bitrateAverageBucket", Unit::Text, "R8.1", "Average bitrate bucket");
        bitrate_change_count: i64 = metric(Metric::BitrateChangeCount);
        has_bitrate_change_impacted_streams: bool = metric(Metric::HasBitrateChangeImpactedStreams);
        dropped_frames: Option<i64> = metric(Metric::DroppedFrames);
        has_dropped_frame_impacted_streams: bool = metric(Metric::HasDroppedFrameImpactedStreams);
        error_count: i64 = metric(Metric::ErrorCount);
        has_error_impacted_streams: bool = metric(Metric::HasErrorImpactedStreams);
        player_sdk_errors: Vec<Text> =
            shown("playerSdkErrors", Unit::List, "R8.2", "Player SDK error IDs");
        external_errors: Vec<Text> =
            shown("externalErrors", Unit::List, "R8.2", "External error IDs");
        frames_per_second: Option<i64> = metric(Metric::FramesPerSecond);
        rebuffer_count: i64 = metric(Metric::RebufferCount);
        rebuffer_time: i64 = metric(Metric::RebufferTime);
        rebuffer_time_ms: i64 =
            exact(Unit::Milliseconds, "R4.9", "Total rebuffer duration, unrounded");
        time_to_first_play: Option<i64> = metric(Metric::TimeToFirstPlay);
        time_to_first_play_ms: Option<i64> =
            exact(Unit::Milliseconds, "R4.10", "Time to first play, unrounded");
        is_start_failure: bool = metric(Metric::IsStartFailure);
        is_exit_before_start: bool = metric(Metric::IsExitBeforeStart);
        is_playback_failure: bool = metric(Metric::IsPlaybackFailure);
        segment: Option<Text> = shown("segment", Unit::Text, "R4.7", "Content segment");
        close_reason: Option<Text> = shown("closeReason", Unit::Text, "R2.5", "Close reason");

        is_live: bool = exact(Unit::Flag, "R3.4", "Whether the content is live");
        is_reported: bool =
            exact(Unit::Flag, "D1", "False for an empty content id: reports leave it out");
        is_limited: bool = own(Answer::IfSet("isLimited"), Unit::Flag, Source::Engine,
            "Whether a limit kept something of the session out of its numbers");
        length_us: i64 = exact(Unit::Microseconds, "R3.2", "Content length, as playheads see it");
        watched: Vec<WatchedStretch> =
            exact(Unit::Intervals, "R4.5", "Stretches watched, in the order of watching");

        api: Option<Text> = door("api", "API");
        country: Option<Text> = door("country", "Country");
        region: Option<Text> = door("region", "Region");
        network_name: Option<Text> = door("networkName", "Name of the sender's network");
        device: Option<Text> = door("device", "Device");
        system: Option<Text> = door("system", "Operating system");
        browser: Option<Text> = door("browser", "Browser");
        is_bot: bool = own(Answer::Always("isBot"), Unit::Flag, Source::Door, "Bot");

        start_ts: i64 = own(Answer::Always("startTs"), Unit::Instant, Source::Engine,
            "Client time of sessionStart");
        end_ts: i64 = own(Answer::Always("endTs"), Unit::Instant, Source::Engine,
            "Client time of the last accepted event");
        started_at: i64 = engine(Unit::Instant, "Server time of the first event");
        last_at: i64 = engine(Unit::Instant, "Server time of the last event");
        closed_at: i64 = CLOSED_AT;
        clock_offset_ms: Option<i64> = own(Answer::Always("clockOffset"), Unit::Milliseconds,
            Source::Engine, "Smallest difference of server time and client time");
        start_position: i64 = START_POSITION;
        tail_position: i64 =
            engine(Unit::Position, "Place in the log of its last record up to the close");
        close_position: i64 = CLOSE_POSITION;
        rules: i64 = engine(Unit::Number, "Number of the rules that it was computed under");
        is_batch: bool = engine(Unit::Flag, "Whether it came as one batch");
        definition_version: i64 =
            engine(Unit::Number, "Version of the definitions that it was computed by");
        day: Day = DAY;
    }
}

table! {
    /// One ad of a session.
    AdRow of Ads {
        sid: SessionId = SID;
        report_suite: Text = SUITE;
        number: i64 = engine(Unit::Number, "Its place among the ads of the session, from 1");

        id: Option<Text> = of_ad(KeyId::AD_ID);
        friendly_name: Option<Text> = of_ad(KeyId::AD_NAME);
        length: Option<f64> = of_ad(KeyId::AD_LENGTH);
        pod_position: Option<i64> = of_ad(KeyId::POD_POSITION);
        player_name: Option<Text> = of_ad(KeyId::AD_PLAYER_NAME);
        advertiser: Option<Text> = of_ad(KeyId::ADVERTISER);
        campaign_id: Option<Text> = of_ad(KeyId::CAMPAIGN_ID);
        creative_id: Option<Text> = of_ad(KeyId::CREATIVE_ID);
        creative_url: Option<Text> = of_ad(KeyId::CREATIVE_URL);
        placement_id: Option<Text> = of_ad(KeyId::PLACEMENT_ID);
        site_id: Option<Text> = of_ad(KeyId::SITE_ID);
        pod_index: i64 = own(Answer::Always("podIndex"), Unit::Number,
            Source::Key(KeyId::POD_INDEX), "Index of the pod");
        pod_id: Text = shown("podID", Unit::Text, "R5.8", "Ad pod");
        pod_friendly_name: Option<Text> = own(Answer::IfSet("podFriendlyName"), Unit::Text,
            Source::Key(KeyId::POD_FRIENDLY_NAME), "Pod name");
        pod_second: Option<f64> = own(Answer::IfSet("podSecond"), Unit::Number,
            Source::Key(KeyId::POD_SECOND), "Pod position");
        custom_metadata: Vec<(Text, Text)> =
            shown("customMetadata", Unit::Map, "R5.9", "Custom metadata");

        is_started: bool = shown("isStarted", Unit::Flag, "R5.2", "Ad starts");
        is_completed: bool = shown("isCompleted", Unit::Flag, "R5.4", "Ad completes");
        time_played: i64 = shown("timePlayed", Unit::Seconds, "R5.3", "Ad time spent");
        time_played_ms: i64 = exact(Unit::Milliseconds, "R5.3", "Ad time spent, unrounded");

        start_ts: i64 = START_TS;
        end_ts: i64 = END_TS;
        closed_at: i64 = CLOSED_AT;
        start_position: i64 = START_POSITION;
        close_position: i64 = CLOSE_POSITION;
        day: Day = DAY;
    }
}

table! {
    /// One chapter of a session.
    ChapterRow of Chapters {
        sid: SessionId = SID;
        report_suite: Text = SUITE;
        number: i64 = engine(Unit::Number, "Its place among the chapters of the session, from 1");

        id: Text = shown("id", Unit::Text, "R6", "Chapter");
        friendly_name: Option<Text> = of_chapter(KeyId::CHAPTER_FRIENDLY_NAME);
        index: Option<i64> = of_chapter(KeyId::CHAPTER_INDEX);
        offset: Option<f64> = of_chapter(KeyId::CHAPTER_OFFSET);
        length: Option<f64> = of_chapter(KeyId::CHAPTER_LENGTH);
        custom_metadata: Vec<(Text, Text)> =
            shown("customMetadata", Unit::Map, "R5.9", "Custom metadata");

        is_started: bool = shown("isStarted", Unit::Flag, "R6", "Chapter starts");
        is_completed: bool = shown("isCompleted", Unit::Flag, "R6", "Chapter completes");
        time_played: i64 = shown("timePlayed", Unit::Seconds, "R6", "Chapter time spent");
        time_played_ms: i64 = exact(Unit::Milliseconds, "R6", "Chapter time spent, unrounded");

        start_ts: i64 = START_TS;
        end_ts: i64 = END_TS;
        closed_at: i64 = CLOSED_AT;
        start_position: i64 = START_POSITION;
        close_position: i64 = CLOSE_POSITION;
        day: Day = DAY;
    }
}

table! {
    /// One player state of a session.
    StateRow of States {
        sid: SessionId = SID;
        report_suite: Text = SUITE;
        number: i64 = engine(Unit::Number, "Its place among the states of the session, from 1");

        name: Text = exact(Unit::Text, "R7", "Player state name");
        is_set: bool = shown("isSet", Unit::Flag, "R7", "Streams impacted by the state");
        count: i64 = shown("count", Unit::Count, "R7", "Count of the state");
        time: i64 = shown("time", Unit::Seconds, "R7", "Total duration of the state");
        time_ms: i64 = exact(Unit::Milliseconds, "R7", "Total duration of the state, unrounded");

        start_ts: i64 = START_TS;
        end_ts: i64 = END_TS;
        closed_at: i64 = CLOSED_AT;
        start_position: i64 = START_POSITION;
        close_position: i64 = CLOSE_POSITION;
        day: Day = DAY;
    }
}

table! {
    /// One event that was received for a session and acknowledged.
    EventRow of Events {
        sid: SessionId = SID;
        report_suite: Text = SUITE;
        position: i64 = engine(Unit::Position, "Place of its record in the log");
        number: i64 = engine(Unit::Number, "Its place in a batch, from 0; else 0");

        event_type: Text = engine(Unit::Text, "Event type");
        ts: i64 = engine(Unit::Instant, "Client time");
        received_at: i64 = engine(Unit::Instant, "Server time");
        playhead: f64 = engine(Unit::Number, "Playhead as sent, seconds");
        outcome: Text = engine(Unit::Text, "Outcome");
        rule: Option<Text> = engine(Unit::Text, "The rule that led to the outcome");
        body: Text = engine(Unit::Text, "The event as received, JSON");

        start_position: i64 = START_POSITION;
        close_position: i64 = engine(Unit::Position,
            "Place in the log at which the session closed, or of the event if it came later");
        day: Day = engine(Unit::Day,
            "UTC day on which the server closed the session, or took the event if it came later");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{DIMENSIONS, METRICS};
    use super::*;

    fn named(table: Table) -> BTreeSet<&'static str> {
        let answers = table.columns().iter().map(|column| column.about.answer);
        answers
            .filter_map(|answer| match answer {
                Answer::Always(name) | Answer::IfSet(name) => Some(name),
                Answer::No => None,
            })
            .collect()
    }

    #[test]
    fn every_metric_and_dimension_has_a_column() {
        let sessions = named(Table::Sessions);
        for spec in METRICS {
            assert!(sessions.contains(spec.name), "{}", spec.name);
        }
        for spec in DIMENSIONS {
            let table = match spec.scope {
                Scope::Session => Table::Sessions,
                Scope::Ad => Table::Ads,
                Scope::Chapter => Table::Chapters,
                Scope::State => Table::States,
            };
            assert!(named(table).contains(spec.name), "{}", spec.name);
        }
    }

    #[test]
    fn a_column_is_its_name_in_json_in_snake_case() {
        for column in Table::ALL.iter().flat_map(|table| table.columns()) {
            let (Answer::Always(name) | Answer::IfSet(name)) = column.about.answer else {
                continue;
            };
            let plain = |text: &str| text.replace('_', "").to_lowercase();
            let is_same = plain(column.name) == plain(name) || column.name == "sid";
            assert!(is_same || column.name == "clock_offset_ms", "{name}");
        }
    }

    #[test]
    fn names_of_columns_are_unique() {
        for table in Table::ALL {
            let names: BTreeSet<_> = table.columns().iter().map(|column| column.name).collect();
            assert_eq!(names.len(), table.columns().len(), "{}", table.name());
        }
    }
}
