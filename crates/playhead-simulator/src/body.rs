//! The JSON that a player sends.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::act::STATES;
use crate::catalogue::{Catalogue, DEVICES, Device, Title};
use crate::moment::{Moment, Quality, What};

/// Ids of errors.
pub(crate) const ERRORS: [&str; 5] = [
    "drm.licence",
    "network.timeout",
    "decode",
    "manifest 404",
    "player.fatal",
];

const ADVERTISERS: [&str; 5] = ["Acme", "Brauhaus", "Löwe & Söhne", "Volt", "Zest"];

/// What the bodies of one session have in common.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) number: usize,
    pub(crate) title: usize,
    pub(crate) device: usize,
    /// `None`: the session names no visitor.
    pub(crate) viewer: Option<u64>,
    pub(crate) suite: u64,
    pub(crate) is_resume: bool,
    /// Whether it goes to the sessions path as an array.
    pub(crate) says_downloaded: bool,
    /// The device's clock at the start, ms since the epoch.
    pub(crate) clock_ms: i64,
    /// Whether the start says everything there is to say.
    pub(crate) is_rich: bool,
}

impl Voice {
    pub(crate) fn device(&self) -> &'static Device {
        &DEVICES[self.device]
    }

    fn playback_id(&self) -> String {
        format!("p{:08x}", self.number)
    }

    /// The body of an event.
    pub(crate) fn body(&self, catalogue: &Catalogue, moment: &Moment) -> String {
        let title = &catalogue.titles()[self.title];
        let mut body = String::with_capacity(if moment.what == What::Start {
            1200
        } else {
            160
        });
        let name = event_type(moment.what);
        let ts = self.clock_ms + moment.ms as i64;
        body.push_str("{\"eventType\":\"");
        body.push_str(name);
        body.push_str("\",\"playerTime\":{\"playhead\":");
        push_seconds(&mut body, sent_position(title, moment.position_ms));
        push(&mut body, format_args!(",\"ts\":{ts}}}"));
        if let Some(custom) = self.custom(moment.what) {
            push(
                &mut body,
                format_args!(",\"customMetadata\":{}", Value::Object(custom)),
            );
        }
        if let What::Error { id, external } = moment.what {
            push_error(&mut body, moment.quality, id, external);
        } else if let Some(quality) = moment.quality {
            body.push_str(",\"qoeData\":{");
            push_quality(&mut body, quality);
            body.push('}');
        }
        if let Some(params) = self.params(title, moment) {
            push(
                &mut body,
                format_args!(",\"params\":{}", Value::Object(params)),
            );
        }
        body.push('}');
        body
    }

    fn params(&self, title: &Title, moment: &Moment) -> Option<Map<String, Value>> {
        let device = self.device();
        let params = match moment.what {
            What::Start => return Some(self.start(title)),
            What::AdBreakStart { pod } => json!({
                "media.ad.podFriendlyName": if pod == 0 { "first" } else { "later" },
                "media.ad.podIndex": pod,
                "media.ad.podSecond": seconds(sent_position(title, moment.position_ms)),
            }),
            What::AdStart {
                number,
                place,
                length_ms,
            } => json!({
                "media.ad.id": ad_id(number.into()),
                "media.ad.name": format!("Spot {number}"),
                "media.ad.length": seconds(length_ms.into()),
                "media.ad.podPosition": place,
                "media.ad.playerName": device.player,
                "media.ad.advertiser": advertiser(number.into()),
                "media.ad.campaignId": format!("c-{}", number / 10),
                "media.ad.creativeId": format!("cr-{number}"),
            }),
            What::ChapterStart { chapter } => {
                let chapter = usize::from(chapter);
                json!({
                    "media.chapter.index": chapter + 1,
                    "media.chapter.offset": seconds(title.chapters[chapter]),
                    "media.chapter.length":
                        seconds(title.chapter_end(chapter) - title.chapters[chapter]),
                    "media.chapter.friendlyName": chapter_name(chapter),
                })
            }
            What::State { name, .. } => {
                let name = match name {
                    0 => device.fullscreen,
                    name => STATES[usize::from(name)],
                };
                json!({ "media.state.name": name })
            }
            _ => return None,
        };
        match params {
            Value::Object(params) => Some(params),
            _ => None,
        }
    }

    fn start(&self, title: &Title) -> Map<String, Value> {
        let mut params = Map::new();
        let mut put = |name: &str, value: Value| {
            params.insert(name.to_owned(), value);
        };
        put("analytics.trackingServer", "metrics.example.com".into());
        put("analytics.reportSuite", suite(self.suite).into());
        put(
            "visitor.marketingCloudOrgId",
            "0A1B2C3D4E5F60718293A4B5@AdobeOrg".into(),
        );
        if let Some(viewer) = self.viewer {
            put("visitor.marketingCloudUserId", visitor(viewer).into());
        }
        for (key, _, value) in self.dimensions(title) {
            put(key, value);
        }
        put("media.resume", self.is_resume.into());
        if self.says_downloaded {
            put("media.downloaded", true.into());
        }
        params
    }

    /// What the start says about content and player: the key of each, and the name it is reported
    /// under.
    pub(crate) fn dimensions(&self, title: &Title) -> Vec<(&'static str, &'static str, Value)> {
        let device = self.device();
        let mut list = vec![
            ("media.id", "name", title.id.as_str().into()),
            ("media.name", "friendlyName", title.name.as_str().into()),
            ("media.length", "length", seconds(title.length_ms)),
            (
                "media.contentType",
                "contentType",
                title.content_type.into(),
            ),
            ("media.streamType", "streamType", "video".into()),
            ("media.playerName", "playerName", device.player.into()),
            ("media.channel", "channel", title.channel.into()),
            ("media.sdkVersion", "appVersion", device.sdk.into()),
        ];
        if let Some(library) = device.library.or(self.is_rich.then_some("rest-1.0")) {
            list.push(("media.libraryVersion", "libraryVersion", library.into()));
        }
        if !self.is_rich && self.number.is_multiple_of(3) {
            return list;
        }
        list.extend([
            ("media.show", "show", title.show.as_str().into()),
            ("media.season", "season", title.season.to_string().into()),
            ("media.episode", "episode", title.episode.to_string().into()),
            ("media.genre", "genre", title.genre.into()),
            ("media.network", "network", title.network.into()),
            ("media.rating", "rating", title.rating.into()),
        ]);
        if self.is_rich {
            list.extend([
                (
                    "media.assetId",
                    "assetID",
                    format!("{}-hd", title.id).into(),
                ),
                ("media.firstAirDate", "firstAirDate", "2025-11-03".into()),
                (
                    "media.firstDigitalDate",
                    "firstDigitalDate",
                    "2025-11-04".into(),
                ),
                ("media.originator", "originator", "Studio A".into()),
                ("media.showType", "showType", "0".into()),
                ("media.adLoad", "adLoad", "dynamic".into()),
                ("media.pass.mvpd", "mvpd", "cable-one".into()),
                ("media.dayPart", "dayPart", "prime".into()),
                ("media.feed", "feed", "east-hd".into()),
                ("media.streamFormat", "streamFormat", "hls".into()),
            ]);
        }
        list
    }

    /// The custom metadata of a start or of an ad.
    pub(crate) fn custom(&self, what: What) -> Option<Map<String, Value>> {
        let custom = match what {
            What::Start => json!({
                "playbackId": self.playback_id(),
                "page.section": if self.title.is_multiple_of(2) { "home" } else { "search" },
                "plan": if self.number.is_multiple_of(3) { "free" } else { "family" },
                "experiment": format!("exp_{}", self.number % 4),
                "build": self.device().sdk,
            }),
            What::AdStart { number, .. } if number.is_multiple_of(2) => {
                json!({ "plan": "ad", "line_item": format!("{}", u32::from(number) * 7) })
            }
            _ => return None,
        };
        match custom {
            Value::Object(custom) => Some(custom),
            _ => None,
        }
    }
}

/// The name of a report suite.
pub(crate) fn suite(number: u64) -> String {
    format!("simulated{number}")
}

/// What two visitor ids lie apart, so that their first digits differ.
const VISITORS_APART: u128 = 61_803_398_874_989_484_820_458_683_436_563_811_773;

/// A visitor id of 38 digits.
pub(crate) fn visitor(number: u64) -> String {
    let digits = (u128::from(number) + 1).wrapping_mul(VISITORS_APART);
    format!("{:038}", digits % 10_u128.pow(38))
}

pub(crate) fn ad_id(number: usize) -> String {
    format!("ad-{number:03}")
}

pub(crate) fn advertiser(number: usize) -> &'static str {
    ADVERTISERS[number % ADVERTISERS.len()]
}

pub(crate) fn chapter_name(chapter: usize) -> String {
    format!("Part {}", chapter + 1)
}

/// A place or length in seconds: a whole number where it is one.
pub(crate) fn seconds(ms: i64) -> Value {
    if ms % 1000 == 0 {
        (ms / 1000).into()
    } else {
        (ms as f64 / 1000.0).into()
    }
}

/// Live: the second of the day.
fn sent_position(title: &Title, position_ms: i64) -> i64 {
    if title.is_live {
        position_ms.rem_euclid(86_400_000)
    } else {
        position_ms
    }
}

fn push(body: &mut String, text: std::fmt::Arguments<'_>) {
    body.write_fmt(text).expect("a String takes all text");
}

fn push_seconds(body: &mut String, ms: i64) {
    push(body, format_args!("{}", ms / 1000));
    if ms % 1000 != 0 {
        push(body, format_args!(".{:03}", ms % 1000));
    }
}

fn push_quality(body: &mut String, quality: Quality) {
    let Quality {
        kbps,
        dropped,
        fps,
        start_ms,
    } = quality;
    push(
        body,
        format_args!(
            "\"media.qoe.bitrate\":{kbps},\"media.qoe.droppedFrames\":{dropped},\
             \"media.qoe.framesPerSecond\":{fps},\"media.qoe.timeToStart\":{start_ms}"
        ),
    );
}

fn push_error(body: &mut String, quality: Option<Quality>, id: u8, external: bool) {
    let id = ERRORS[usize::from(id)];
    let source = if external { "external" } else { "player" };
    body.push_str(",\"qoeData\":{");
    if let Some(quality) = quality {
        push_quality(body, quality);
        body.push(',');
    }
    push(
        body,
        format_args!("\"media.qoe.errorID\":\"{id}\",\"media.qoe.errorSource\":\"{source}\"}}"),
    );
}

fn event_type(what: What) -> &'static str {
    match what {
        What::Start => "sessionStart",
        What::Play => "play",
        What::Ping => "ping",
        What::PauseStart => "pauseStart",
        What::BufferStart => "bufferStart",
        What::BitrateChange => "bitrateChange",
        What::Error { .. } => "error",
        What::AdBreakStart { .. } => "adBreakStart",
        What::AdStart { .. } => "adStart",
        What::AdComplete => "adComplete",
        What::AdSkip => "adSkip",
        What::AdBreakComplete => "adBreakComplete",
        What::ChapterStart { .. } => "chapterStart",
        What::ChapterComplete => "chapterComplete",
        What::ChapterSkip => "chapterSkip",
        What::State { on: true, .. } => "stateStart",
        What::State { on: false, .. } => "stateEnd",
        What::Complete => "sessionComplete",
        What::End => "sessionEnd",
    }
}
