//! One event as the player sees it, before it is text.

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Start,
    Play,
    Ping,
    PauseStart,
    BufferStart,
    BitrateChange,
    Error {
        id: u8,
        external: bool,
    },
    AdBreakStart {
        pod: u8,
    },
    AdStart {
        number: u16,
        place: u8,
        length_ms: u32,
    },
    AdComplete,
    AdSkip,
    AdBreakComplete,
    ChapterStart {
        chapter: u8,
    },
    ChapterComplete,
    ChapterSkip,
    State {
        name: u8,
        on: bool,
    },
    Complete,
    End,
}

/// An event with the time and place it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since the session began, ms.
    pub(crate) ms: u64,
    /// Unwrapped, ms.
    pub(crate) position_ms: i64,
    pub(crate) what: What,
    pub(crate) quality: Option<Quality>,
}

/// Quality values as a player reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quality {
    pub(crate) kbps: u32,
    pub(crate) dropped: u32,
    pub(crate) fps: u8,
    /// Time to start, ms.
    pub(crate) start_ms: u16,
}
