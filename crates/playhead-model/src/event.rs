//! Typed events: what the session machine reads out of an event body.
//!
//! A body was checked by the door before it got into the log, so reading it cannot fail; what is
//! missing all the same (a body of an older, laxer door) reads as zero or absent.

use crate::body::{self, BodyError, typed};
use crate::codec::{self, Codec, Cursor};
use crate::keys::{EventType, KeyId, KeySet};
use crate::time::{PlayerMs, Playhead};

/// A quality value (metrics §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QualityKey {
    /// In the unit of the suite's rules.
    Bitrate,
    /// A running total.
    DroppedFrames,
    /// Frames a second.
    FramesPerSecond,
    /// Milliseconds.
    TimeToStart,
}

impl QualityKey {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self::Bitrate,
        Self::DroppedFrames,
        Self::FramesPerSecond,
        Self::TimeToStart,
    ];
}

/// Quality values that one event carries, or that hold (metrics §8). What is not said about a
/// value is `None`.
///
/// Each session keeps some, and nearly all values are small: those that are not are kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quality {
    small: [u32; 4],
    /// What `small` marks as kept here.
    large: Option<Box<[i64; 4]>>,
}

/// Marks in [`Quality::small`].
const NOT_SAID: u32 = u32::MAX;
const IS_LARGE: u32 = u32::MAX - 1;

impl Default for Quality {
    fn default() -> Self {
        Self {
            small: [NOT_SAID; 4],
            large: None,
        }
    }
}

impl Quality {
    /// Whether nothing is said.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.small == [NOT_SAID; 4]
    }

    /// What is said about a value.
    #[inline]
    pub fn get(&self, key: QualityKey) -> Option<i64> {
        match self.small[key as usize] {
            NOT_SAID => None,
            IS_LARGE => self.large.as_ref().map(|large| large[key as usize]),
            small => Some(i64::from(small)),
        }
    }

    /// Says something about a value, or nothing.
    #[inline]
    pub fn set(&mut self, key: QualityKey, value: Option<i64>) {
        if self.large.is_some() {
            self.forget_large(key);
        }
        self.small[key as usize] = match value {
            None => NOT_SAID,
            Some(value) => match u32::try_from(value) {
                Ok(small @ ..IS_LARGE) => small,
                _ => {
                    self.large.get_or_insert_default()[key as usize] = value;
                    IS_LARGE
                }
            },
        };
    }

    #[cold]
    fn forget_large(&mut self, key: QualityKey) {
        self.small[key as usize] = NOT_SAID;
        if !self.small.contains(&IS_LARGE) {
            self.large = None;
        } else if let Some(large) = &mut self.large {
            large[key as usize] = 0;
        }
    }

    /// Takes over what `news` says, and keeps the rest.
    #[inline]
    pub fn update(&mut self, news: &Self) {
        if self.large.is_none() && news.large.is_none() {
            for (kept, said) in self.small.iter_mut().zip(news.small) {
                *kept = if said == NOT_SAID { *kept } else { said };
            }
            return;
        }
        for key in QualityKey::ALL {
            if let Some(value) = news.get(key) {
                self.set(key, Some(value));
            }
        }
    }

    fn take(&mut self, key: KeyId, value: body::Value<'_>) {
        let key = match key {
            KeyId::QOE_BITRATE => QualityKey::Bitrate,
            KeyId::QOE_DROPPED_FRAMES => QualityKey::DroppedFrames,
            KeyId::QOE_FRAMES_PER_SECOND => QualityKey::FramesPerSecond,
            KeyId::QOE_TIME_TO_START => QualityKey::TimeToStart,
            _ => return,
        };
        self.set(key, typed::as_integer_half_up(value));
    }

    fn take_alias(&mut self, key: KeyId, value: body::Value<'_>) {
        let key = match key {
            KeyId::ALIAS_BITRATE => QualityKey::Bitrate,
            KeyId::ALIAS_DROPPED_FRAMES => QualityKey::DroppedFrames,
            KeyId::ALIAS_FRAMES_PER_SECOND => QualityKey::FramesPerSecond,
            KeyId::ALIAS_TIME_TO_START => QualityKey::TimeToStart,
            _ => return,
        };
        self.set(key, typed::as_integer_half_up(value));
    }
}

/// A byte whose bits say which values follow, then these.
impl Codec for Quality {
    fn put(&self, out: &mut Vec<u8>) {
        let said = QualityKey::ALL.map(|key| self.get(key));
        let bits = (0..4).map(|place| u8::from(said[place].is_some()) << place);
        out.push(bits.sum());
        for value in said.into_iter().flatten() {
            value.put(out);
        }
    }

    #[inline]
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let bits = cursor.byte()?;
        let mut quality = Self::default();
        let mut rest = bits;
        while rest != 0 {
            let key = *QualityKey::ALL.get(rest.trailing_zeros() as usize)?;
            let value = cursor.signed()?;
            match u32::try_from(value) {
                Ok(small @ ..IS_LARGE) => quality.small[key as usize] = small,
                _ => quality.set(key, Some(value)),
            }
            rest &= rest - 1;
        }
        Some(quality)
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

/// Looks for each value in the three places that clients use, in order of preference (metrics §8), in
/// one walk over each. `other` hears of other parameters.
fn read_quality<'a>(
    raw: &typed::Event<'a>,
    others: KeySet,
    mut other: impl FnMut(KeyId, body::Value<'a>),
) -> Result<Quality, BodyError> {
    const PREFERRED: KeySet = KeySet::of(&[
        KeyId::QOE_BITRATE,
        KeyId::QOE_DROPPED_FRAMES,
        KeyId::QOE_FRAMES_PER_SECOND,
        KeyId::QOE_TIME_TO_START,
    ]);
    let mut quality = Quality::default();
    for member in raw.params.only(PREFERRED.with(others)) {
        let (key, value) = member?;
        quality.take(key, value);
        other(key, value);
    }
    let (mut preferred, mut alias) = (Quality::default(), Quality::default());
    for member in raw.qoe {
        let (body::Key::Known(key), value) = member? else {
            break;
        };
        preferred.take(key, value);
        alias.take_alias(key, value);
    }
    quality.update(&alias);
    quality.update(&preferred);
    Ok(quality)
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

crate::codec_struct!(StatesUpdate { ends, starts });

/// The times have a fixed length, to be read in one step: there is one for each event of the log.
impl Codec for Event {
    fn put(&self, out: &mut Vec<u8>) {
        self.kind.put(out);
        self.ts.0.to_le_bytes().put(out);
        self.playhead.0.to_le_bytes().put(out);
        self.quality.put(out);
    }

    #[inline]
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            kind: Kind::get(cursor)?,
            ts: PlayerMs(i64::from_le_bytes(Codec::get(cursor)?)),
            playhead: Playhead(i64::from_le_bytes(Codec::get(cursor)?)),
            quality: Codec::get(cursor)?,
        })
    }
}

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

    #[inline]
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let event_type = EventType::from_number(cursor.byte()?)?;
        if event_type == EventType::Ping {
            return Some(Self::Ping);
        }
        Self::get_further(event_type, cursor)
    }
}

impl Kind {
    fn get_further(event_type: EventType, cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(match event_type {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_values_of_any_size_are_kept_and_come_back() {
        let key = QualityKey::Bitrate;
        let mut quality = Quality::default();
        for value in [0, 3_200, u32::MAX as i64 - 1, i64::MAX, -1, i64::MIN, 7] {
            quality.set(key, Some(value));
            let mut news = Quality::default();
            news.set(QualityKey::TimeToStart, Some(value));
            quality.update(&news);
            assert_eq!(quality.get(key), Some(value));
            assert_eq!(quality.get(QualityKey::TimeToStart), Some(value));
            assert_eq!(quality.get(QualityKey::DroppedFrames), None);
            let mut bytes = Vec::new();
            quality.put(&mut bytes);
            let back = <Quality as Codec>::get(&mut Cursor::new(&bytes));
            assert_eq!(back, Some(quality.clone()));
        }
        quality.set(key, None);
        quality.set(QualityKey::TimeToStart, None);
        assert!(quality.is_empty());
    }
}
