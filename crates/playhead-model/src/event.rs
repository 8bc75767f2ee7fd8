//! Typed events: what the session machine reads out of an event body.
//!
//! A body was checked by the door before it got into the log, so reading it cannot fail; what is
//! missing all the same (a body of an older, laxer door) reads as zero or absent.

use crate::body::{self, BodyError, typed};
use crate::codec::{self, Codec, Cursor};
use crate::keys::{EventType, KeyId};
use crate::time::{PlayerMs, Playhead};

/// Quality values that one event carries (metrics §8). `None` says nothing about the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// In the unit of the suite's rules.
    pub bitrate: Option<i64>,
    /// A running total.
    pub dropped_frames: Option<i64>,
    /// Frames a second.
    pub frames_per_second: Option<i64>,
    /// Milliseconds.
    pub time_to_start: Option<i64>,
}

impl Quality {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn take(&mut self, key: KeyId, value: body::Value<'_>) {
        let place = match key {
            KeyId::QOE_BITRATE => &mut self.bitrate,
            KeyId::QOE_DROPPED_FRAMES => &mut self.dropped_frames,
            KeyId::QOE_FRAMES_PER_SECOND => &mut self.frames_per_second,
            KeyId::QOE_TIME_TO_START => &mut self.time_to_start,
            _ => return,
        };
        *place = typed::as_integer_half_up(value);
    }

    fn take_alias(&mut self, key: KeyId, value: body::Value<'_>) {
        let place = match key {
            KeyId::ALIAS_BITRATE => &mut self.bitrate,
            KeyId::ALIAS_DROPPED_FRAMES => &mut self.dropped_frames,
            KeyId::ALIAS_FRAMES_PER_SECOND => &mut self.frames_per_second,
            KeyId::ALIAS_TIME_TO_START => &mut self.time_to_start,
            _ => return,
        };
        *place = typed::as_integer_half_up(value);
    }

    /// These values, and those of `other` where there is none.
    fn or(self, other: Self) -> Self {
        Self {
            bitrate: self.bitrate.or(other.bitrate),
            dropped_frames: self.dropped_frames.or(other.dropped_frames),
            frames_per_second: self.frames_per_second.or(other.frames_per_second),
            time_to_start: self.time_to_start.or(other.time_to_start),
        }
    }
}

/// The name of a player state (metrics R7): the five standard ones without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateName {
    Fullscreen,
    Mute,
    ClosedCaptioning,
    PictureInPicture,
    InFocus,
    Custom(Box<str>),
}

impl StateName {
    const STANDARD: [(&'static str, Self); 5] = [
        ("fullscreen", Self::Fullscreen),
        ("mute", Self::Mute),
        ("closedCaptioning", Self::ClosedCaptioning),
        ("pictureInPicture", Self::PictureInPicture),
        ("inFocus", Self::InFocus),
    ];

    /// The state a client means by `name`.
    pub fn new(name: &str) -> Self {
        Self::STANDARD
            .iter()
            .find(|(standard, _)| standard.eq_ignore_ascii_case(name))
            .map_or_else(|| Self::Custom(name.into()), |(_, state)| state.clone())
    }

    /// The name as reported.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Custom(name) => name,
            standard => Self::STANDARD
                .iter()
                .find(|(_, state)| state == standard)
                .map_or("", |(name, _)| name),
        }
    }
}

/// What an event is, with what its effect needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Play,
    Ping,
    PauseStart,
    BufferStart,
    BitrateChange,
    /// `id` is a hash of the error id; the text is read from the body when it is reported.
    Error {
        id: Option<u64>,
        external: bool,
    },
    AdBreakStart {
        pod_index: i64,
        pod_second: f64,
    },
    AdBreakComplete,
    AdStart,
    AdComplete,
    AdSkip,
    ChapterStart,
    ChapterComplete,
    ChapterSkip,
    StateStart(StateName),
    StateEnd(StateName),
    StatesUpdate(Box<StatesUpdate>),
    SessionComplete,
    SessionEnd,
}

/// Several changes of player states at one time: ends are applied before starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatesUpdate {
    pub ends: Vec<StateName>,
    pub starts: Vec<StateName>,
}

/// One event of an open session.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: Kind,
    pub ts: PlayerMs,
    pub playhead: Playhead,
    /// Boxed because most events carry none.
    pub quality: Option<Box<Quality>>,
}

/// What the session machine needs of `sessionStart`.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    pub ts: PlayerMs,
    pub playhead: Playhead,
    pub quality: Option<Box<Quality>>,
    pub resume: bool,
    pub live: bool,
    pub length: Playhead,
}

/// A parsed body: either opens a session or belongs to one.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    Start(Start),
    Event(Event),
}

impl Parsed {
    /// Reads the body of an event.
    ///
    /// # Errors
    /// If the bytes are not the body of an event.
    pub fn read(body: &[u8]) -> Result<Self, BodyError> {
        let raw = typed::Event::open(body)?;
        let ts = PlayerMs(raw.ts);
        let playhead = Playhead::from_seconds(raw.playhead);
        let quality = read_quality(&raw)?;
        let kind = match raw.event_type {
            EventType::SessionStart => {
                return Ok(Self::Start(read_start(&raw, ts, playhead, quality)?));
            }
            EventType::Play => Kind::Play,
            EventType::Ping => Kind::Ping,
            EventType::PauseStart => Kind::PauseStart,
            EventType::BufferStart => Kind::BufferStart,
            EventType::BitrateChange => Kind::BitrateChange,
            EventType::Error => read_error(&raw)?,
            EventType::AdBreakStart => Kind::AdBreakStart {
                pod_index: integer(raw.params, KeyId::POD_INDEX)?.unwrap_or(0),
                pod_second: number(raw.params, KeyId::POD_SECOND)?.unwrap_or(0.0),
            },
            EventType::AdBreakComplete => Kind::AdBreakComplete,
            EventType::AdStart => Kind::AdStart,
            EventType::AdComplete => Kind::AdComplete,
            EventType::AdSkip => Kind::AdSkip,
            EventType::ChapterStart => Kind::ChapterStart,
            EventType::ChapterComplete => Kind::ChapterComplete,
            EventType::ChapterSkip => Kind::ChapterSkip,
            EventType::StateStart => Kind::StateStart(state_name(raw.params)?),
            EventType::StateEnd => Kind::StateEnd(state_name(raw.params)?),
            EventType::StatesUpdate => Kind::StatesUpdate(Box::new(StatesUpdate {
                ends: state_names(raw.params, KeyId::STATES_END)?,
                starts: state_names(raw.params, KeyId::STATES_START)?,
            })),
            EventType::SessionComplete => Kind::SessionComplete,
            EventType::SessionEnd => Kind::SessionEnd,
        };
        Ok(Self::Event(Event {
            kind,
            ts,
            playhead,
            quality,
        }))
    }
}

fn read_start(
    raw: &typed::Event<'_>,
    ts: PlayerMs,
    playhead: Playhead,
    quality: Option<Box<Quality>>,
) -> Result<Start, BodyError> {
    let length = number(raw.params, KeyId::MEDIA_LENGTH)?.unwrap_or(0.0);
    let content_type = text(raw.params, KeyId::CONTENT_TYPE)?.unwrap_or("");
    let resume = raw
        .params
        .get(KeyId::RESUME)?
        .and_then(typed::as_bool)
        .unwrap_or(false);
    Ok(Start {
        ts,
        playhead,
        quality,
        resume,
        live: is_live(content_type, length),
        length: Playhead::from_seconds(length),
    })
}

/// Whether playheads are seconds of the day (metrics R3.4).
pub fn is_live(content_type: &str, length: f64) -> bool {
    ["live", "linear", "radio"]
        .iter()
        .any(|live| content_type.eq_ignore_ascii_case(live))
        || length == 86_400.0
}

/// Looks for each value in the three places that clients use, in order of preference (metrics §8), in
/// one walk over each.
fn read_quality(raw: &typed::Event<'_>) -> Result<Option<Box<Quality>>, BodyError> {
    if raw.qoe.is_empty() && raw.params.is_empty() {
        return Ok(None);
    }
    let mut last_resort = Quality::default();
    for member in raw.params {
        let (body::Key::Known(key), value) = member? else {
            break;
        };
        last_resort.take(key, value);
    }
    let (mut preferred, mut alias) = (Quality::default(), Quality::default());
    for member in raw.qoe {
        let (body::Key::Known(key), value) = member? else {
            break;
        };
        preferred.take(key, value);
        alias.take_alias(key, value);
    }
    let quality = preferred.or(alias).or(last_resort);
    Ok((!quality.is_empty()).then(|| Box::new(quality)))
}

fn read_error(raw: &typed::Event<'_>) -> Result<Kind, BodyError> {
    let id = error_id(raw)?.map(|id| body::fingerprint(id.as_bytes()));
    let source = match text(raw.params, KeyId::ERROR_SOURCE)? {
        Some(source) => Some(source),
        None => text(raw.qoe, KeyId::QOE_ERROR_SOURCE)?,
    };
    Ok(Kind::Error {
        id,
        external: source == Some("external"),
    })
}

/// The error id that an `error` event names (metrics R8.2).
///
/// # Errors
/// If the body is damaged.
pub fn error_id<'a>(
    raw: &typed::Event<'a>,
) -> Result<Option<std::borrow::Cow<'a, str>>, BodyError> {
    Ok(
        match raw
            .params
            .get(KeyId::ERROR_ID)?
            .and_then(typed::as_text_or_number)
        {
            Some(id) => Some(id),
            None => raw
                .qoe
                .get(KeyId::QOE_ERROR_ID)?
                .and_then(typed::as_text_or_number),
        },
    )
}

fn state_name(params: body::Members<'_>) -> Result<StateName, BodyError> {
    Ok(StateName::new(
        text(params, KeyId::STATE_NAME)?.unwrap_or(""),
    ))
}

fn state_names(params: body::Members<'_>, list: KeyId) -> Result<Vec<StateName>, BodyError> {
    let Some(items) = params.get(list)?.and_then(body::Value::as_array) else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for item in items {
        if let Some(entry) = item?.as_object() {
            names.push(state_name(entry)?);
        }
    }
    Ok(names)
}

fn text(members: body::Members<'_>, key: KeyId) -> Result<Option<&str>, BodyError> {
    Ok(members.get(key)?.and_then(typed::as_text))
}

fn integer(members: body::Members<'_>, key: KeyId) -> Result<Option<i64>, BodyError> {
    Ok(members.get(key)?.and_then(typed::as_integer_half_up))
}

fn number(members: body::Members<'_>, key: KeyId) -> Result<Option<f64>, BodyError> {
    Ok(members.get(key)?.and_then(typed::as_number))
}

crate::codec_struct!(Quality {
    bitrate,
    dropped_frames,
    frames_per_second,
    time_to_start
});
crate::codec_struct!(StatesUpdate { ends, starts });
crate::codec_struct!(Event {
    kind,
    ts,
    playhead,
    quality
});

impl Codec for StateName {
    fn put(&self, out: &mut Vec<u8>) {
        codec::put_bytes(out, self.as_str().as_bytes());
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        cursor.text().map(Self::new)
    }
}

impl Kind {
    /// The type of the event on the wire.
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Play => EventType::Play,
            Self::Ping => EventType::Ping,
            Self::PauseStart => EventType::PauseStart,
            Self::BufferStart => EventType::BufferStart,
            Self::BitrateChange => EventType::BitrateChange,
            Self::Error { .. } => EventType::Error,
            Self::AdBreakStart { .. } => EventType::AdBreakStart,
            Self::AdBreakComplete => EventType::AdBreakComplete,
            Self::AdStart => EventType::AdStart,
            Self::AdComplete => EventType::AdComplete,
            Self::AdSkip => EventType::AdSkip,
            Self::ChapterStart => EventType::ChapterStart,
            Self::ChapterComplete => EventType::ChapterComplete,
            Self::ChapterSkip => EventType::ChapterSkip,
            Self::StateStart(_) => EventType::StateStart,
            Self::StateEnd(_) => EventType::StateEnd,
            Self::StatesUpdate(_) => EventType::StatesUpdate,
            Self::SessionComplete => EventType::SessionComplete,
            Self::SessionEnd => EventType::SessionEnd,
        }
    }
}

impl Codec for Kind {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.event_type().number());
        match self {
            Self::Error { id, external } => {
                id.put(out);
                external.put(out);
            }
            Self::AdBreakStart {
                pod_index,
                pod_second,
            } => {
                pod_index.put(out);
                pod_second.to_bits().to_le_bytes().put(out);
            }
            Self::StateStart(name) | Self::StateEnd(name) => name.put(out),
            Self::StatesUpdate(update) => update.put(out),
            _ => {}
        }
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(match EventType::from_number(cursor.byte()?)? {
            EventType::SessionStart => return None,
            EventType::Play => Self::Play,
            EventType::Ping => Self::Ping,
            EventType::PauseStart => Self::PauseStart,
            EventType::BufferStart => Self::BufferStart,
            EventType::BitrateChange => Self::BitrateChange,
            EventType::Error => Self::Error {
                id: Codec::get(cursor)?,
                external: Codec::get(cursor)?,
            },
            EventType::AdBreakStart => Self::AdBreakStart {
                pod_index: Codec::get(cursor)?,
                pod_second: f64::from_bits(u64::from_le_bytes(Codec::get(cursor)?)),
            },
            EventType::AdBreakComplete => Self::AdBreakComplete,
            EventType::AdStart => Self::AdStart,
            EventType::AdComplete => Self::AdComplete,
            EventType::AdSkip => Self::AdSkip,
            EventType::ChapterStart => Self::ChapterStart,
            EventType::ChapterComplete => Self::ChapterComplete,
            EventType::ChapterSkip => Self::ChapterSkip,
            EventType::StateStart => Self::StateStart(Codec::get(cursor)?),
            EventType::StateEnd => Self::StateEnd(Codec::get(cursor)?),
            EventType::StatesUpdate => Self::StatesUpdate(Codec::get(cursor)?),
            EventType::SessionComplete => Self::SessionComplete,
            EventType::SessionEnd => Self::SessionEnd,
        })
    }
}
