//! Every metric and dimension, once: names, titles, units and rules.
//!
//! Columns, API fields, labels and reference pages come from these tables. A name is the last word
//! of the XDM path in `docs/metrics.md`, with the scope in front unless that is the session.

mod attributes;
mod calculated;
mod column;
mod json;
mod measures;
mod reference;
mod segments;
mod table;

use crate::keys::KeyId;

pub use self::attributes::{Attribute, Origin, TimePart, attribute, attributes};
pub use self::calculated::{CALCULATED, Calculated, PERIOD_SECONDS};
pub use self::column::{
    About, Answer, Cell, Column, ColumnKind, Day, Field, Source, Text, WatchedStretch,
};
pub use self::json::catalog_json;
pub use self::measures::{Aggregate, Measure, RATIO_SCALE, STATES, measure, measures};
pub use self::reference::{reference_markdown, tables_markdown};
pub use self::segments::{Segment, ready_made};
pub use self::table::{AdRow, ChapterRow, EventRow, Row, SessionRow, StateRow, Table};

/// What a metric or dimension is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    Session,
    Ad,
    Chapter,
    State,
}

impl Scope {
    /// The word in front of names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Ad => "ad",
            Self::Chapter => "chapter",
            Self::State => "state",
        }
    }
}

/// Type and unit of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `true` or `false`; counts sessions when summed.
    Flag,
    Count,
    /// Whole seconds, rounded once at the close.
    Seconds,
    /// A fraction.
    Ratio,
    Kbps,
    Number,
    Text,
    List,
    /// Text by text.
    Map,
    Milliseconds,
    Microseconds,
    /// Milliseconds since 1970-01-01 UTC.
    Instant,
    Day,
    /// A place in the log.
    Position,
    /// Stretches of content, µs.
    Intervals,
}

impl Unit {
    /// The name in the reference.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Count => "count",
            Self::Seconds => "s",
            Self::Ratio => "ratio",
            Self::Kbps => "kbps",
            Self::Number => "number",
            Self::Text => "text",
            Self::List => "list",
            Self::Map => "map",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Instant => "ms since 1970",
            Self::Day => "day",
            Self::Position => "position",
            Self::Intervals => "µs",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    pub metric: Metric,
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    /// The clause of `docs/metrics.md` that defines it.
    pub rule: &'static str,
}

macro_rules! metrics {
    ($($variant:ident $name:literal $unit:ident $rule:literal $title:literal;)*) => {
        /// A metric of one session.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Metric { $($variant),* }

        /// Every metric of the session scope, in order of the reference.
        pub const METRICS: &[MetricSpec] = &[$(MetricSpec {
            metric: Metric::$variant,
            name: $name,
            title: $title,
            unit: Unit::$unit,
            rule: $rule,
        }),*];
    };
}

metrics! {
    IsViewed "isViewed" Flag "R1.2" "Media starts";
    IsPlayed "isPlayed" Flag "R4.2" "Content starts";
    IsCompleted "isCompleted" Flag "R2.7" "Content completes";
    HasResume "hasResume" Flag "R1.2" "Content resumes";
    TimePlayed "timePlayed" Seconds "R4.1" "Content time spent";
    TotalTimePlayed "totalTimePlayed" Seconds "R4.8" "Media time spent";
    UniqueTimePlayed "uniqueTimePlayed" Seconds "R4.5" "Unique time played";
    HasProgress10 "hasProgress10" Flag "R4.6" "10% progress marker";
    HasProgress25 "hasProgress25" Flag "R4.6" "25% progress marker";
    HasProgress50 "hasProgress50" Flag "R4.6" "50% progress marker";
    HasProgress75 "hasProgress75" Flag "R4.6" "75% progress marker";
    HasProgress95 "hasProgress95" Flag "R4.6" "95% progress marker";
    HasSegmentView "hasSegmentView" Flag "R4.7" "Content segment views";
    AverageMinuteAudience "averageMinuteAudience" Ratio "R4.8" "Average minute audience";
    EstimatedStreams "estimatedStreams" Count "R4.8" "Estimated streams";
    PauseCount "pauseCount" Count "R4.3" "Pause events";
    HasPauseImpactedStreams "hasPauseImpactedStreams" Flag "R4.3" "Paused impacted streams";
    PauseTime "pauseTime" Seconds "R4.3" "Total pause duration";
    Authorized "authorized" Flag "M19" "Authorized";
    IsFederated "isFederated" Flag "M20" "Federated data";
    AdCount "adCount" Count "R5.2" "Ad count";
    ChapterCount "chapterCount" Count "R6" "Chapter count";
    SecondsSinceLastCall "secondsSinceLastCall" Seconds "M23" "Seconds since last call";
    TimeToStart "timeToStart" Seconds "R8.4" "Time to start";
    IsDroppedBeforeStart "isDroppedBeforeStart" Flag "R4.2" "Drops before start";
    BufferCount "bufferCount" Count "R4.3" "Buffer events";
    HasBufferImpactedStreams "hasBufferImpactedStreams" Flag "R4.3" "Buffer impacted streams";
    BufferTime "bufferTime" Seconds "R4.3" "Total buffer duration";
    StallCount "stallCount" Count "R4.4" "Stall events";
    HasStallImpactedStreams "hasStallImpactedStreams" Flag "R4.4" "Stall impacted streams";
    StallTime "stallTime" Seconds "R4.4" "Total stalling duration";
    BitrateAverage "bitrateAverage" Kbps "R8.1" "Average bitrate";
    BitrateChangeCount "bitrateChangeCount" Count "M33" "Bitrate changes";
    HasBitrateChangeImpactedStreams "hasBitrateChangeImpactedStreams" Flag "M34"
        "Bitrate change impacted streams";
    DroppedFrames "droppedFrames" Count "R8.3" "Dropped frames";
    HasDroppedFrameImpactedStreams "hasDroppedFrameImpactedStreams" Flag "R8.3"
        "Dropped frame impacted streams";
    ErrorCount "errorCount" Count "R8.2" "Error events";
    HasErrorImpactedStreams "hasErrorImpactedStreams" Flag "R8.2" "Error impacted streams";
    FramesPerSecond "framesPerSecond" Number "M39" "Frames per second";
    RebufferCount "rebufferCount" Count "R4.9" "Rebuffer events";
    RebufferTime "rebufferTime" Seconds "R4.9" "Total rebuffer duration";
    TimeToFirstPlay "timeToFirstPlay" Seconds "R4.10" "Time to first play";
    IsStartFailure "isStartFailure" Flag "R8.5" "Start failures";
    IsExitBeforeStart "isExitBeforeStart" Flag "R8.5" "Exits before start";
    IsPlaybackFailure "isPlaybackFailure" Flag "R8.5" "Playback failures";
}

/// A dimension that a client sends with `sessionStart`, `adBreakStart`, `adStart` or
/// `chapterStart`, reported unchanged.
#[derive(Clone, Copy, Debug)]
pub struct DimensionSpec {
    pub name: &'static str,
    pub title: &'static str,
    pub scope: Scope,
    pub key: KeyId,
}

macro_rules! dimensions {
    ($($scope:ident $name:literal $key:ident $title:literal;)*) => {
        /// Every dimension that is sent, in order of the reference.
        pub const DIMENSIONS: &[DimensionSpec] = &[$(DimensionSpec {
            name: $name,
            title: $title,
            scope: Scope::$scope,
            key: KeyId::$key,
        }),*];
    };
}

dimensions! {
    Session "name" MEDIA_ID "Content";
    Session "friendlyName" MEDIA_NAME "Content name";
    Session "length" MEDIA_LENGTH "Content length";
    Session "contentType" CONTENT_TYPE "Content type";
    Session "streamType" STREAM_TYPE "Stream type";
    Session "playerName" PLAYER_NAME "Content player name";
    Session "channel" CHANNEL "Content channel";
    Session "appVersion" SDK_VERSION "App version";
    Session "libraryVersion" LIBRARY_VERSION "Library version";
    Session "adLoad" AD_LOAD "Ad loads";
    Session "show" SHOW "Show";
    Session "season" SEASON "Season";
    Session "episode" EPISODE "Episode";
    Session "assetID" ASSET_ID "Asset ID";
    Session "genre" GENRE "Genre as sent";
    Session "firstAirDate" FIRST_AIR_DATE "First air date";
    Session "firstDigitalDate" FIRST_DIGITAL_DATE "First digital date";
    Session "rating" RATING "Content rating";
    Session "originator" ORIGINATOR "Originator";
    Session "network" NETWORK "Network";
    Session "showType" SHOW_TYPE "Show type";
    Session "mvpd" MVPD "MVPD";
    Session "dayPart" DAY_PART "Day part";
    Session "feed" FEED "Media feed type";
    Session "streamFormat" STREAM_FORMAT "Stream format";
    Session "artist" ARTIST "Artist";
    Session "album" ALBUM "Album";
    Session "label" LABEL "Label";
    Session "author" AUTHOR "Author";
    Session "station" STATION "Station";
    Session "publisher" PUBLISHER "Publisher";
    Ad "id" AD_ID "Ad";
    Ad "friendlyName" AD_NAME "Ad name";
    Ad "length" AD_LENGTH "Ad length";
    Ad "podPosition" POD_POSITION "Ad in pod position";
    Ad "playerName" AD_PLAYER_NAME "Ad player name";
    Ad "advertiser" ADVERTISER "Advertiser";
    Ad "campaignID" CAMPAIGN_ID "Campaign ID";
    Ad "creativeID" CREATIVE_ID "Creative ID";
    Ad "creativeURL" CREATIVE_URL "Creative URL";
    Ad "placementID" PLACEMENT_ID "Placement ID";
    Ad "siteID" SITE_ID "Site ID";
    Chapter "friendlyName" CHAPTER_FRIENDLY_NAME "Chapter name";
    Chapter "index" CHAPTER_INDEX "Chapter position";
    Chapter "offset" CHAPTER_OFFSET "Chapter offset";
    Chapter "length" CHAPTER_LENGTH "Chapter length";
}

/// The dimensions of a scope.
pub fn dimensions_of(scope: Scope) -> impl Iterator<Item = &'static DimensionSpec> {
    DIMENSIONS.iter().filter(move |spec| spec.scope == scope)
}
