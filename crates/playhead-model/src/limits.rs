//! What one session may hold, whatever a client sends. Each limit has a name and a stated
//! behaviour at it; `docs/limits.md` lists them for users.

/// Fingerprints of the last events that were not duplicates (R2.2), 40 bits each. An older repeat
/// counts again.
pub const FINGERPRINTS: usize = 32;

/// Events that wait to be put in order (R2.3). One more releases the next.
pub const HELD_EVENTS: usize = 10;

/// Watched stretches of content kept apart. Beyond it a stretch is no longer listed: unique time
/// and the retention curve are then lower bounds, and the session is marked `limited`.
pub const WATCHED_INTERVALS: usize = 4_096;

/// Ads listed one by one. Further ads count and are timed in the session's totals only, and the
/// session is marked `limited`.
pub const ADS: usize = 1_024;

/// Chapters listed one by one. Further chapters are counted only, and the session is marked
/// `limited`.
pub const CHAPTERS: usize = 1_024;

/// Distinct names of player states (R7). The start of a further one is ignored.
pub const STATES: usize = 10;

/// Distinct error ids listed (R8.2), player and external together. Further ids are counted only,
/// and the session is marked `limited`.
pub const ERROR_IDS: usize = 256;
