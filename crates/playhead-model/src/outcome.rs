//! What becomes of an event: every event received ends in exactly one outcome.

/// What the engine did with an acknowledged event (metrics R2.8: the first that fits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Settled {
    /// A retry of an event already taken (R2.2), or a repeated session start.
    Duplicate,
    /// In order it comes after the end of its session (R2.5, R2.7).
    AfterClose,
    /// Applied, its time raised to that of the event before it (R2.4).
    Late,
    /// Applied, but a rule voids its own effect.
    Ignored,
    /// Applied.
    Accepted,
}

impl Settled {
    /// Every outcome, in the order of [`Settled::index`].
    pub const ALL: [Self; 5] = [
        Self::Duplicate,
        Self::AfterClose,
        Self::Late,
        Self::Ignored,
        Self::Accepted,
    ];

    /// The name on every surface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::AfterClose => "after_close",
            Self::Late => "late",
            Self::Ignored => "ignored",
            Self::Accepted => "accepted",
        }
    }

    /// The place in [`Settled::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Why the door refused an event. Refused events are not in the log; their counts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// The body breaks a rule of the protocol: 400.
    Invalid,
    /// The report suite is not taken here: 400.
    NotAllowed,
    /// The body is larger than the limit: 413.
    TooLarge,
    /// The session was never seen or is forgotten: 404.
    UnknownSession,
    /// The session is closed: 410.
    AfterClose,
    /// Too many requests: 429.
    RateLimited,
    /// The server cannot take it now: 503.
    Unavailable,
}

impl Refusal {
    /// Every reason, in the order of [`Refusal::index`].
    pub const ALL: [Self; 7] = [
        Self::Invalid,
        Self::NotAllowed,
        Self::TooLarge,
        Self::UnknownSession,
        Self::AfterClose,
        Self::RateLimited,
        Self::Unavailable,
    ];

    /// The name on every surface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotAllowed => "not_allowed",
            Self::TooLarge => "too_large",
            Self::UnknownSession => "unknown_session",
            Self::AfterClose => "after_close",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
        }
    }

    /// The place in [`Refusal::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// The clause that decided an outcome, where one did. `docs/metrics.md` explains those beginning
/// with R, `docs/protocol.md` those beginning with P.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// No rule beyond the ordinary.
    None,
    /// An equal body came before.
    Repeat,
    /// Its time was raised to that of the event before it.
    Raised,
    /// Ten minutes passed by the client's clock.
    Idle,
    /// The playhead had stood still for thirty minutes.
    Still,
    /// It came after the end of its session.
    Ended,
    /// A pause or buffer after `sessionComplete` changes nothing.
    Completed,
    /// The break is open already.
    BreakRepeat,
    /// No break is open.
    NoBreak,
    /// No ad is open.
    NoAd,
    /// No chapter is open.
    NoChapter,
    /// The player state already is what the event makes it, or the session has ten names.
    StateUnchanged,
    /// The start of a session was repeated and answered with the id it has.
    RepeatedStart,
}

impl Rule {
    /// Every rule, in the order of [`Rule::index`].
    pub const ALL: [Self; 13] = [
        Self::None,
        Self::Repeat,
        Self::Raised,
        Self::Idle,
        Self::Still,
        Self::Ended,
        Self::Completed,
        Self::BreakRepeat,
        Self::NoBreak,
        Self::NoAd,
        Self::NoChapter,
        Self::StateUnchanged,
        Self::RepeatedStart,
    ];

    /// The outcome that the rule leads to.
    pub fn outcome(self) -> Settled {
        match self {
            Self::None => Settled::Accepted,
            Self::Repeat | Self::RepeatedStart => Settled::Duplicate,
            Self::Raised => Settled::Late,
            Self::Idle | Self::Still | Self::Ended => Settled::AfterClose,
            Self::Completed
            | Self::BreakRepeat
            | Self::NoBreak
            | Self::NoAd
            | Self::NoChapter
            | Self::StateUnchanged => Settled::Ignored,
        }
    }

    /// The name of the clause, empty for [`Rule::None`].
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Repeat => "R2.2",
            Self::Raised => "R2.4",
            Self::Idle => "R2.5 no events",
            Self::Still => "R2.5 no playhead change",
            Self::Ended => "R2.7 after the end",
            Self::Completed => "R2.7 completed",
            Self::BreakRepeat => "R5.1 repeated break",
            Self::NoBreak => "R5.2 outside a break",
            Self::NoAd => "R5.2 no open ad",
            Self::NoChapter => "R6 no open chapter",
            Self::StateUnchanged => "R7",
            Self::RepeatedStart => "P3.4 repeated start",
        }
    }

    /// The place in [`Rule::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CloseReason {
    /// The client said so (R2.7).
    SessionEnd,
    /// No event for ten minutes (R2.5), or a batch without an end (R2.6).
    NoEvents,
    /// The playhead stood still for thirty minutes (R2.5).
    NoPlayheadChange,
    /// The session was 24 hours and ten minutes old (R2.5).
    SessionAge,
}

impl CloseReason {
    /// Every reason, in stable order.
    pub const ALL: [Self; 4] = [
        Self::SessionEnd,
        Self::NoEvents,
        Self::NoPlayheadChange,
        Self::SessionAge,
    ];

    /// The name on every surface.
    pub fn name(self) -> &'static str {
        match self {
            Self::SessionEnd => "sessionEnd",
            Self::NoEvents => "timeout-no-events",
            Self::NoPlayheadChange => "timeout-no-playhead-change",
            Self::SessionAge => "timeout-session-age",
        }
    }
}

crate::codec_enum!(Settled { Duplicate = 0, AfterClose = 1, Late = 2, Ignored = 3, Accepted = 4 });
crate::codec_enum!(CloseReason { SessionEnd = 0, NoEvents = 1, NoPlayheadChange = 2, SessionAge = 3 });
crate::codec_enum!(Refusal {
    Invalid = 0, NotAllowed = 1, TooLarge = 2, UnknownSession = 3, AfterClose = 4,
    RateLimited = 5, Unavailable = 6,
});
