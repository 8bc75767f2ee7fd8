//! Event types and sets of them.

/// Type of an event; the numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EventType {
    SessionStart = 1,
    SessionComplete = 2,
    SessionEnd = 3,
    Play = 4,
    Ping = 5,
    PauseStart = 6,
    BufferStart = 7,
    BitrateChange = 8,
    Error = 9,
    AdBreakStart = 10,
    AdBreakComplete = 11,
    AdStart = 12,
    AdComplete = 13,
    AdSkip = 14,
    ChapterStart = 15,
    ChapterComplete = 16,
    ChapterSkip = 17,
    StateStart = 18,
    StateEnd = 19,
    /// A bundle of state starts and ends; taken in the lenient profile only.
    StatesUpdate = 20,
}

impl EventType {
    /// Every type, in order of the stored numbers.
    pub const ALL: [EventType; 20] = [
        EventType::SessionStart,
        EventType::SessionComplete,
        EventType::SessionEnd,
        EventType::Play,
        EventType::Ping,
        EventType::PauseStart,
        EventType::BufferStart,
        EventType::BitrateChange,
        EventType::Error,
        EventType::AdBreakStart,
        EventType::AdBreakComplete,
        EventType::AdStart,
        EventType::AdComplete,
        EventType::AdSkip,
        EventType::ChapterStart,
        EventType::ChapterComplete,
        EventType::ChapterSkip,
        EventType::StateStart,
        EventType::StateEnd,
        EventType::StatesUpdate,
    ];

    /// The 19 types of the Collection API, those with a published schema: all but `statesUpdate`.
    pub const PUBLISHED: &'static [EventType] = Self::ALL.split_at(19).0;

    /// Whether it says that the session or its content is over.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::SessionEnd | Self::SessionComplete)
    }

    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            EventType::SessionStart => "sessionStart",
            EventType::SessionComplete => "sessionComplete",
            EventType::SessionEnd => "sessionEnd",
            EventType::Play => "play",
            EventType::Ping => "ping",
            EventType::PauseStart => "pauseStart",
            EventType::BufferStart => "bufferStart",
            EventType::BitrateChange => "bitrateChange",
            EventType::Error => "error",
            EventType::AdBreakStart => "adBreakStart",
            EventType::AdBreakComplete => "adBreakComplete",
            EventType::AdStart => "adStart",
            EventType::AdComplete => "adComplete",
            EventType::AdSkip => "adSkip",
            EventType::ChapterStart => "chapterStart",
            EventType::ChapterComplete => "chapterComplete",
            EventType::ChapterSkip => "chapterSkip",
            EventType::StateStart => "stateStart",
            EventType::StateEnd => "stateEnd",
            EventType::StatesUpdate => "statesUpdate",
        }
    }

    /// Finds a type by its exact name.
    pub fn from_name(name: &str) -> Option<EventType> {
        Some(match name {
            "ping" => EventType::Ping,
            "play" => EventType::Play,
            "sessionStart" => EventType::SessionStart,
            "sessionComplete" => EventType::SessionComplete,
            "sessionEnd" => EventType::SessionEnd,
            "pauseStart" => EventType::PauseStart,
            "bufferStart" => EventType::BufferStart,
            "bitrateChange" => EventType::BitrateChange,
            "error" => EventType::Error,
            "adBreakStart" => EventType::AdBreakStart,
            "adBreakComplete" => EventType::AdBreakComplete,
            "adStart" => EventType::AdStart,
            "adComplete" => EventType::AdComplete,
            "adSkip" => EventType::AdSkip,
            "chapterStart" => EventType::ChapterStart,
            "chapterComplete" => EventType::ChapterComplete,
            "chapterSkip" => EventType::ChapterSkip,
            "stateStart" => EventType::StateStart,
            "stateEnd" => EventType::StateEnd,
            "statesUpdate" => EventType::StatesUpdate,
            _ => return None,
        })
    }

    /// Number under which the type is stored.
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Gives back a type from its stored number.
    #[inline]
    pub fn from_number(number: u8) -> Option<EventType> {
        Self::ALL.get(usize::from(number).wrapping_sub(1)).copied()
    }
}

/// A set of event types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventSet(u32);

impl EventSet {
    /// No type.
    pub const NONE: EventSet = EventSet(0);
    /// Every type.
    pub const ALL: EventSet = EventSet::of(&EventType::ALL);

    /// The set of the given types.
    pub const fn of(types: &[EventType]) -> EventSet {
        let mut bits = 0;
        let mut at = 0;
        while at < types.len() {
            bits |= 1 << types[at] as u8;
            at += 1;
        }
        EventSet(bits)
    }

    /// Tells whether a type is in the set.
    #[inline]
    pub const fn contains(self, event: EventType) -> bool {
        self.0 & (1 << event as u8) != 0
    }

    /// Tells whether no type is in the set.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The types, in order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = EventType> {
        EventType::ALL
            .into_iter()
            .filter(move |event| self.contains(*event))
    }
}
