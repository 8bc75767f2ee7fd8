//! The table itself. A row's number is stored: add at the end, never reorder.

use super::{Edge, EventSet, EventType, KeyId, KeySpec, Kind, Place};

const NONE: EventSet = EventSet::NONE;
const ANY: EventSet = EventSet::ALL;
const START: EventSet = EventSet::of(&[EventType::SessionStart]);
const BREAK: EventSet = EventSet::of(&[EventType::AdBreakStart]);
const AD: EventSet = EventSet::of(&[EventType::AdStart]);
const BREAK_AND_AD: EventSet = EventSet::of(&[EventType::AdBreakStart, EventType::AdStart]);
const CHAPTER: EventSet = EventSet::of(&[EventType::ChapterStart]);
const STATE: EventSet = EventSet::of(&[EventType::StateStart, EventType::StateEnd]);
const STATES: EventSet = EventSet::of(&[EventType::StatesUpdate]);
const ERROR: EventSet = EventSet::of(&[EventType::Error]);
const WITH_PARAMS: EventSet = EventSet::of(&[
    EventType::SessionStart,
    EventType::AdBreakStart,
    EventType::AdStart,
    EventType::ChapterStart,
    EventType::StateStart,
    EventType::StateEnd,
    EventType::StatesUpdate,
]);

/// Where a key stands on Edge. It goes with the same events there unless the row says otherwise.
macro_rules! edge {
    ($events:ident $required:ident) => {
        None
    };
    ($events:ident $required:ident $path:literal) => {
        Some(Edge {
            path: $path,
            events: $events,
            required: $required,
        })
    };
    ($events:ident $required:ident $path:literal $edge_events:ident $edge_required:ident) => {
        edge!($edge_events $edge_required $path)
    };
}

macro_rules! keys {
    ($($id:literal $constant:ident $name:literal: $place:ident $kind:ident
        on $events:ident needed $required:ident,
        $(edge $path:literal $(on $edge_events:ident needed $edge_required:ident)?,)?
        $about:literal;)*) => {
        impl KeyId {
            $(#[doc = concat!("`", $name, "`: ", $about)]
            pub const $constant: KeyId = KeyId($id);)*
        }

        /// Every key, in order of the stored numbers.
        pub static KEYS: &[KeySpec] = TABLE;

        pub(super) const TABLE: &[KeySpec] = &[$(KeySpec {
            id: KeyId($id),
            name: $name,
            place: Place::$place,
            kind: Kind::$kind,
            events: $events,
            required: $required,
            edge: edge!($events $required $($path $($edge_events $edge_required)?)?),
            about: $about,
        },)*];
    };
}

keys! {
    1 EVENT_TYPE "eventType": Envelope EventType on ANY needed ANY, edge "eventType",
        "Name of the event.";
    2 PLAYER_TIME "playerTime": Envelope PlayerTime on ANY needed ANY,
        "Where the player stood, and when.";
    3 TS "ts": PlayerTime Integer on ANY needed ANY, edge "timestamp",
        "Time of the event by the client's clock, in milliseconds since 1970-01-01 UTC.";
    4 PLAYHEAD "playhead": PlayerTime NonNegative on ANY needed ANY, edge "mediaCollection.playhead",
        "Place in the main content in seconds; second of the day for live.";
    5 PARAMS "params": Envelope Params on ANY needed WITH_PARAMS,
        "Parameters of the event.";
    6 QOE_DATA "qoeData": Envelope QoeData on ANY needed NONE, edge "mediaCollection.qoeDataDetails",
        "Quality values that hold from this event on.";
    7 CUSTOM_METADATA "customMetadata": Envelope CustomMetadata on ANY needed NONE, edge "mediaCollection.customMetadata",
        "Your own keys and strings; used on sessionStart, adStart and chapterStart.";

    8 TRACKING_SERVER "analytics.trackingServer": Params String on START needed START,
        "Host of the analytics collection server; kept, not used.";
    9 REPORT_SUITE "analytics.reportSuite": Params String on START needed START,
        "Report suite; of a comma-separated list the first counts.";
    10 ENABLE_SSL "analytics.enableSSL": Params Boolean on START needed NONE,
        "Send analytics calls over TLS; kept, not used.";
    11 VISITOR_ID "analytics.visitorId": Params String on START needed NONE,
        "Visitor id of your own.";
    12 ANALYTICS_ID "analytics.aid": Params String on START needed NONE,
        "Older analytics visitor id.";
    13 OPT_OUT_FORWARDING "analytics.optOutServerSideForwarding": Params Boolean on START needed NONE,
        "The viewer refused sharing with other services of the vendor.";
    14 OPT_OUT_SHARE "analytics.optOutShare": Params Boolean on START needed NONE,
        "The viewer refused sharing with other companies.";
    15 OPT_OUT_SELL "analytics.optOutSellToThirdParty": Params Boolean on START needed NONE,
        "Another name of analytics.optOutShare.";
    16 ORG_ID "visitor.marketingCloudOrgId": Params String on START needed START,
        "Organisation id.";
    17 MARKETING_CLOUD_USER_ID "visitor.marketingCloudUserId": Params String on START needed NONE, edge "identityMap.ECID[].id",
        "Visitor id (ECID).";
    18 LOCATION_HINT "visitor.aamLocationHint": Params Integer on START needed NONE,
        "Region of the audience service; kept, not used.";
    19 CUSTOMER_IDS "visitor.customerIDs": Params CustomerIds on START needed NONE, edge "identityMap.<namespace>[]",
        "Declared visitor ids by name, each with an id and a login state.";
    20 APP_INSTALLATION_ID "appInstallationId": Params String on START needed NONE, edge "identityMap.FPID[].id",
        "Stable id of app and device.";

    21 MEDIA_ID "media.id": Params String on START needed START, edge "mediaCollection.sessionDetails.name",
        "Content id.";
    22 MEDIA_NAME "media.name": Params String on START needed NONE, edge "mediaCollection.sessionDetails.friendlyName",
        "Content name for people.";
    23 MEDIA_LENGTH "media.length": Params Number on START needed START, edge "mediaCollection.sessionDetails.length",
        "Content length in seconds; 0 if unknown, 86400 for live without an end.";
    24 CONTENT_TYPE "media.contentType": Params String on START needed START, edge "mediaCollection.sessionDetails.contentType",
        "vod, live, linear, ugc, dvod, song, podcast, audiobook, radio, aod or any other string.";
    25 STREAM_TYPE "media.streamType": Params String on START needed NONE, edge "mediaCollection.sessionDetails.streamType",
        "video or audio.";
    26 PLAYER_NAME "media.playerName": Params String on START needed START, edge "mediaCollection.sessionDetails.playerName",
        "Name of the player.";
    27 CHANNEL "media.channel": Params String on START needed START, edge "mediaCollection.sessionDetails.channel",
        "Site, app or property.";
    28 RESUME "media.resume": Params Boolean on START needed NONE, edge "mediaCollection.sessionDetails.hasResume",
        "The session continues an earlier one.";
    29 DOWNLOADED "media.downloaded": Params Boolean on START needed NONE, edge "mediaCollection.sessionDetails.isDownloaded",
        "The session was played offline; must be true in an array sent to the sessions path.";
    30 SDK_VERSION "media.sdkVersion": Params String on START needed NONE, edge "mediaCollection.sessionDetails.appVersion",
        "Version of the player application.";
    31 LIBRARY_VERSION "media.libraryVersion": Params String on START needed NONE,
        "Version of the library that sends.";
    32 STREAM_FORMAT "media.streamFormat": Params String on START needed NONE, edge "mediaCollection.sessionDetails.streamFormat",
        "HD, SD or the like.";
    33 SHOW "media.show": Params String on START needed NONE, edge "mediaCollection.sessionDetails.show",
        "Programme or series.";
    34 SEASON "media.season": Params String on START needed NONE, edge "mediaCollection.sessionDetails.season",
        "Season.";
    35 EPISODE "media.episode": Params String on START needed NONE, edge "mediaCollection.sessionDetails.episode",
        "Episode.";
    36 ASSET_ID "media.assetId": Params String on START needed NONE, edge "mediaCollection.sessionDetails.assetID",
        "Id of the asset in a registry.";
    37 GENRE "media.genre": Params String on START needed NONE, edge "mediaCollection.sessionDetails.genre",
        "Genre, or a comma-separated list.";
    38 FIRST_AIR_DATE "media.firstAirDate": Params String on START needed NONE, edge "mediaCollection.sessionDetails.firstAirDate",
        "Date of the first broadcast, in any form.";
    39 FIRST_DIGITAL_DATE "media.firstDigitalDate": Params String on START needed NONE, edge "mediaCollection.sessionDetails.firstDigitalDate",
        "Date it first went online, in any form.";
    40 RATING "media.rating": Params String on START needed NONE, edge "mediaCollection.sessionDetails.rating",
        "Age rating.";
    41 ORIGINATOR "media.originator": Params String on START needed NONE, edge "mediaCollection.sessionDetails.originator",
        "Maker of the content.";
    42 NETWORK "media.network": Params String on START needed NONE, edge "mediaCollection.sessionDetails.network",
        "Network.";
    43 SHOW_TYPE "media.showType": Params String on START needed NONE, edge "mediaCollection.sessionDetails.showType",
        "0 full episode, 1 preview, 2 clip, 3 other, or any other string.";
    44 AD_LOAD "media.adLoad": Params String on START needed NONE, edge "mediaCollection.sessionDetails.adLoad",
        "Kind of ad load.";
    45 MVPD "media.pass.mvpd": Params String on START needed NONE, edge "mediaCollection.sessionDetails.mvpd",
        "Pay-TV provider.";
    46 PASS_AUTH "media.pass.auth": Params String on START needed NONE, edge "mediaCollection.sessionDetails.authorized",
        "TRUE if the provider authorised the viewer.";
    47 DAY_PART "media.dayPart": Params String on START needed NONE, edge "mediaCollection.sessionDetails.dayPart",
        "Time of day of the broadcast.";
    48 FEED "media.feed": Params String on START needed NONE, edge "mediaCollection.sessionDetails.feed",
        "Variant of the feed.";
    49 ARTIST "media.artist": Params String on START needed NONE, edge "mediaCollection.sessionDetails.artist",
        "Audio: artist.";
    50 ALBUM "media.album": Params String on START needed NONE, edge "mediaCollection.sessionDetails.album",
        "Audio: album.";
    51 LABEL "media.label": Params String on START needed NONE, edge "mediaCollection.sessionDetails.label",
        "Audio: record label.";
    52 AUTHOR "media.author": Params String on START needed NONE, edge "mediaCollection.sessionDetails.author",
        "Audio: author.";
    53 PUBLISHER "media.publisher": Params String on START needed NONE, edge "mediaCollection.sessionDetails.publisher",
        "Audio: publisher.";
    54 STATION "media.station": Params String on START needed NONE, edge "mediaCollection.sessionDetails.station",
        "Audio: radio station.";

    55 POD_FRIENDLY_NAME "media.ad.podFriendlyName": Params String on BREAK_AND_AD needed NONE, edge "mediaCollection.advertisingPodDetails.friendlyName" on BREAK needed NONE,
        "Name of the ad break.";
    56 POD_INDEX "media.ad.podIndex": Params Integer on BREAK needed BREAK, edge "mediaCollection.advertisingPodDetails.index",
        "Place of the break among the breaks of the content, from 0 or 1.";
    57 POD_SECOND "media.ad.podSecond": Params Number on BREAK needed BREAK, edge "mediaCollection.advertisingPodDetails.offset",
        "Second of the content at which the break starts.";
    58 AD_ID "media.ad.id": Params String on AD needed AD, edge "mediaCollection.advertisingDetails.name",
        "Ad id.";
    59 AD_NAME "media.ad.name": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.friendlyName",
        "Ad name for people.";
    60 AD_LENGTH "media.ad.length": Params Number on AD needed AD, edge "mediaCollection.advertisingDetails.length",
        "Length of the ad in seconds.";
    61 POD_POSITION "media.ad.podPosition": Params Integer on AD needed AD, edge "mediaCollection.advertisingDetails.podPosition",
        "Place of the ad in its break, from 0 or 1.";
    62 AD_PLAYER_NAME "media.ad.playerName": Params String on AD needed AD, edge "mediaCollection.advertisingDetails.playerName",
        "Player that shows the ad.";
    63 ADVERTISER "media.ad.advertiser": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.advertiser",
        "Advertiser.";
    64 CAMPAIGN_ID "media.ad.campaignId": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.campaignID",
        "Campaign id.";
    65 CREATIVE_ID "media.ad.creativeId": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.creativeID",
        "Creative id.";
    66 SITE_ID "media.ad.siteId": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.siteID",
        "Ad site id.";
    67 CREATIVE_URL "media.ad.creativeURL": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.creativeURL",
        "Address of the creative.";
    68 PLACEMENT_ID "media.ad.placementId": Params String on AD needed NONE, edge "mediaCollection.advertisingDetails.placementID",
        "Placement id.";

    69 CHAPTER_INDEX "media.chapter.index": Params Integer on CHAPTER needed CHAPTER, edge "mediaCollection.chapterDetails.index",
        "Place of the chapter in the content.";
    70 CHAPTER_OFFSET "media.chapter.offset": Params Number on CHAPTER needed CHAPTER, edge "mediaCollection.chapterDetails.offset",
        "Second of the content at which the chapter starts.";
    71 CHAPTER_LENGTH "media.chapter.length": Params Number on CHAPTER needed CHAPTER, edge "mediaCollection.chapterDetails.length",
        "Length of the chapter in seconds.";
    72 CHAPTER_FRIENDLY_NAME "media.chapter.friendlyName": Params String on CHAPTER needed NONE, edge "mediaCollection.chapterDetails.friendlyName",
        "Chapter name.";

    73 STATE_NAME "media.state.name": Params StateName on STATE needed STATE,
        "Name of the player state: 1 to 64 letters, digits, `_` and `.`.";
    74 STATES_START "statesStart": Params StateList on STATES needed NONE, edge "mediaCollection.statesStart",
        "States that start, each an object with media.state.name.";
    75 STATES_END "statesEnd": Params StateList on STATES needed NONE, edge "mediaCollection.statesEnd",
        "States that end, each an object with media.state.name.";

    76 ERROR_ID "media.errorId": Params ErrorId on ERROR needed NONE,
        "Another place for media.qoe.errorID.";
    77 ERROR_SOURCE "media.errorSource": Params ErrorSource on ERROR needed NONE,
        "Another place for media.qoe.errorSource.";

    78 QOE_BITRATE "media.qoe.bitrate": Qoe Integer on ANY needed NONE, edge "mediaCollection.qoeDataDetails.bitrate",
        "Current bitrate in kbit/s.";
    79 QOE_DROPPED_FRAMES "media.qoe.droppedFrames": Qoe Integer on ANY needed NONE, edge "mediaCollection.qoeDataDetails.droppedFrames",
        "Running count of dropped frames.";
    80 QOE_FRAMES_PER_SECOND "media.qoe.framesPerSecond": Qoe Integer on ANY needed NONE, edge "mediaCollection.qoeDataDetails.framesPerSecond",
        "Current frame rate in frames per second.";
    81 QOE_TIME_TO_START "media.qoe.timeToStart": Qoe Integer on ANY needed NONE, edge "mediaCollection.qoeDataDetails.timeToStart",
        "Time from the request to play to the first frame, in milliseconds.";
    82 QOE_ERROR_ID "media.qoe.errorID": Qoe ErrorId on ANY needed NONE, edge "mediaCollection.errorDetails.name" on ERROR needed ERROR,
        "Error code or id; belongs to error.";
    83 QOE_ERROR_SOURCE "media.qoe.errorSource": Qoe ErrorSource on ANY needed NONE, edge "mediaCollection.errorDetails.source" on ERROR needed ERROR,
        "Origin of the error: player or external; belongs to error.";

    84 ALIAS_BITRATE "bitrate": Alias Integer on NONE needed NONE,
        "Spelling of media.qoe.bitrate that some clients use in qoeData.";
    85 ALIAS_DROPPED_FRAMES "droppedFrames": Alias Integer on NONE needed NONE,
        "Spelling of media.qoe.droppedFrames that some clients use in qoeData.";
    86 ALIAS_FRAMES_PER_SECOND "framesPerSecond": Alias Integer on NONE needed NONE,
        "Spelling of media.qoe.framesPerSecond that some clients use in qoeData.";
    87 ALIAS_TIME_TO_START "timeToStart": Alias Integer on NONE needed NONE,
        "Spelling of media.qoe.timeToStart that some clients use in qoeData.";

    88 CUSTOMER_ID "id": CustomerId String on START needed START,
        "The declared id.";
    89 AUTH_STATE "authState": CustomerId AuthState on START needed NONE,
        "0 unknown, 1 authenticated, 2 logged out.";

    90 EVENT_ID "_id": Edge String on ANY needed NONE, edge "_id",
        "Id that the client gave the event; a start that comes again with it is a retry.";
}

/// The numbers are positions, and fit the bit set.
const _: () = {
    assert!(TABLE.len() < 128);
    let mut row = 0;
    while row < TABLE.len() {
        assert!(TABLE[row].id.0 as usize == row + 1);
        row += 1;
    }
};
