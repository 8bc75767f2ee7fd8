//! Typed events: what the session machine reads out of an event body.
//!
//! A body was checked by the door before it got into the log, so reading it cannot fail; what is
//! missing all the same (a body of an older, laxer door) reads as zero or absent.

mod codec;
mod quality;

use crate::body::{self, BodyError, typed};
use crate::codec::{Codec, Cursor};
use crate::keys::{EventType, KeyId, KeySet};
use crate::time::{PlayerMs, Playhead};

pub use quality::{Quality, QualityKey};

use quality::read_quality;

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

/// What an event is, with what its effect needs. Events wait by the million: what few of them have is boxed.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Play,
    Ping,
    PauseStart,
    BufferStart,
    BitrateChange,
    Error(Box<ErrorSaid>),
    AdBreakStart(Box<BreakSaid>),
    AdBreakComplete,
    AdStart,
    AdComplete,
    AdSkip,
    ChapterStart,
    ChapterComplete,
    ChapterSkip,
    StateStart(Box<StateName>),
    StateEnd(Box<StateName>),
    StatesUpdate(Box<StatesUpdate>),
    SessionComplete,
    SessionEnd,
}

/// What an error says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorSaid {
    /// A hash of the error id; the text is read from the body when it is reported.
    pub id: Option<u64>,
    pub external: bool,
}

/// What an ad break says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakSaid {
    pub pod_index: i64,
    pub pod_second: f64,
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
    pub quality: Quality,
}

/// The body of an event of an open session, with what the engine reads out of it: read once, where
/// the record is made, and kept in the record. So the two cannot disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct EventBody<'a> {
    event: Event,
    fingerprint: u64,
    bytes: &'a [u8],
}

impl<'a> EventBody<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// If the bytes are not the body of an event, or it opens a session.
    pub fn read(bytes: &'a [u8]) -> Result<Self, BodyError> {
        match Parsed::read(bytes)? {
            Parsed::Event(event) => Ok(Self {
                event,
                fingerprint: body::fingerprint(bytes),
                bytes,
            }),
            Parsed::Start(_) => Err(BodyError::NotAnEvent("a session start")),
        }
    }

    /// What the machine needs of it.
    pub fn into_event(self) -> Event {
        self.event
    }

    /// Of the canonical body, to recognise a retry.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The body.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        self.event.put(out);
        out.extend_from_slice(&self.fingerprint.to_le_bytes());
        out.extend_from_slice(self.bytes);
    }

    /// Reads what [`EventBody::put`] wrote; the body is all that is left.
    #[inline]
    pub(crate) fn get(cursor: &mut Cursor<'a>) -> Option<Self> {
        Some(Self {
            event: Event::get(cursor)?,
            fingerprint: u64::from_le_bytes(Codec::get(cursor)?),
            bytes: cursor.rest(),
        })
    }
}

/// What the session machine needs of `sessionStart`.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    pub ts: PlayerMs,
    pub playhead: Playhead,
    pub quality: Quality,
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
        if raw.event_type == EventType::SessionStart {
            return Ok(Self::Start(Start::read(&raw, KeySet::EMPTY, |_, _| {})?));
        }
        let quality = read_quality(&raw, KeySet::EMPTY, |_, _| {})?;
        let kind = match raw.event_type {
            EventType::SessionStart => return Err(BodyError::NotAnEvent("a start")),
            EventType::Play => Kind::Play,
            EventType::Ping => Kind::Ping,
            EventType::PauseStart => Kind::PauseStart,
            EventType::BufferStart => Kind::BufferStart,
            EventType::BitrateChange => Kind::BitrateChange,
            EventType::Error => read_error(&raw)?,
            EventType::AdBreakStart => Kind::AdBreakStart(Box::new(BreakSaid {
                pod_index: integer(raw.params, KeyId::POD_INDEX)?.unwrap_or(0),
                pod_second: number(raw.params, KeyId::POD_SECOND)?.unwrap_or(0.0),
            })),
            EventType::AdBreakComplete => Kind::AdBreakComplete,
            EventType::AdStart => Kind::AdStart,
            EventType::AdComplete => Kind::AdComplete,
            EventType::AdSkip => Kind::AdSkip,
            EventType::ChapterStart => Kind::ChapterStart,
            EventType::ChapterComplete => Kind::ChapterComplete,
            EventType::ChapterSkip => Kind::ChapterSkip,
            EventType::StateStart => Kind::StateStart(Box::new(state_name(raw.params)?)),
            EventType::StateEnd => Kind::StateEnd(Box::new(state_name(raw.params)?)),
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

impl Start {
    /// Reads what a `sessionStart` says. In the same walk `other` hears of further parameters.
    ///
    /// # Errors
    /// If the parameters are damaged.
    pub fn read<'a>(
        raw: &typed::Event<'a>,
        others: KeySet,
        mut other: impl FnMut(KeyId, body::Value<'a>),
    ) -> Result<Self, BodyError> {
        const OWN: KeySet = KeySet::of(&[KeyId::MEDIA_LENGTH, KeyId::CONTENT_TYPE, KeyId::RESUME]);
        let (mut length, mut content_type, mut resume) = (None, None, None);
        let quality = read_quality(raw, OWN.with(others), |key, value| {
            match key {
                KeyId::MEDIA_LENGTH => length = typed::as_number(value),
                KeyId::CONTENT_TYPE => content_type = typed::as_text(value),
                KeyId::RESUME => resume = typed::as_bool(value),
                _ => {}
            }
            other(key, value);
        })?;
        let length = length.unwrap_or(0.0);
        Ok(Self {
            ts: PlayerMs(raw.ts),
            playhead: Playhead::from_seconds(raw.playhead),
            quality,
            resume: resume.unwrap_or(false),
            live: is_live(content_type.unwrap_or(""), length),
            length: Playhead::from_seconds(length),
        })
    }
}

/// Whether playheads are seconds of the day (metrics R3.4).
pub fn is_live(content_type: &str, length: f64) -> bool {
    ["live", "linear", "radio"]
        .iter()
        .any(|live| content_type.eq_ignore_ascii_case(live))
        || length == 86_400.0
}

fn read_error(raw: &typed::Event<'_>) -> Result<Kind, BodyError> {
    let id = error_id(raw)?.map(|id| body::fingerprint(id.as_bytes()));
    let source = match text(raw.params, KeyId::ERROR_SOURCE)? {
        Some(source) => Some(source),
        None => text(raw.qoe, KeyId::QOE_ERROR_SOURCE)?,
    };
    Ok(Kind::Error(Box::new(ErrorSaid {
        id,
        external: source == Some("external"),
    })))
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

impl Kind {
    /// The type of the event on the wire.
    pub fn event_type(&self) -> EventType {
        match self {
            Self::Play => EventType::Play,
            Self::Ping => EventType::Ping,
            Self::PauseStart => EventType::PauseStart,
            Self::BufferStart => EventType::BufferStart,
            Self::BitrateChange => EventType::BitrateChange,
            Self::Error(_) => EventType::Error,
            Self::AdBreakStart(_) => EventType::AdBreakStart,
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
