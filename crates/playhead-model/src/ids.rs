//! Identities: sessions, slots, suites and places in the log.

use std::fmt;
use std::str::FromStr;

/// How many slots the id space is cut into. It never changes: a slot is part of every id.
pub const SLOTS: u16 = 4096;

/// One of the [`SLOTS`] fixed parts of the id space. A shard is a set of slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(u16);

impl SlotId {
    /// The slot `number`, taken modulo [`SLOTS`].
    pub fn new(number: u16) -> Self {
        Self(number % SLOTS)
    }

    /// The slot's number, below [`SLOTS`].
    pub fn get(self) -> u16 {
        self.0
    }
}

/// The identity of a session: 32 bytes, written as 64 lower-case hex digits.
///
/// Bytes 0–5 hold the start time (ms, big endian), 6–7 the slot, 8–23 random bits and 24–31 a
/// keyed check over the rest, by which a made-up id is refused without a look-up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId([u8; 32]);

impl SessionId {
    /// Length of the part that the check covers.
    pub const CHECKED: usize = 24;

    /// Puts an id together; `check` computes the keyed check over the first 24 bytes.
    pub fn mint(
        start_ms: u64,
        slot: SlotId,
        random: [u8; 16],
        check: impl FnOnce(&[u8; Self::CHECKED]) -> u64,
    ) -> Self {
        let mut checked = [0; Self::CHECKED];
        checked[..6].copy_from_slice(&start_ms.to_be_bytes()[2..]);
        checked[6..8].copy_from_slice(&slot.0.to_be_bytes());
        checked[8..].copy_from_slice(&random);
        let mut bytes = [0; 32];
        bytes[..Self::CHECKED].copy_from_slice(&checked);
        bytes[Self::CHECKED..].copy_from_slice(&check(&checked).to_be_bytes());
        Self(bytes)
    }

    /// An id from its bytes, unchecked.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The id's bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Server time at which the session was opened, in ms.
    pub fn start_ms(&self) -> u64 {
        let mut bytes = [0; 8];
        bytes[2..].copy_from_slice(&self.0[..6]);
        u64::from_be_bytes(bytes)
    }

    /// The slot the session belongs to.
    pub fn slot(&self) -> SlotId {
        SlotId::new(u16::from_be_bytes([self.0[6], self.0[7]]))
    }

    /// The bytes that the check covers, and the check.
    pub fn checked(&self) -> (&[u8; Self::CHECKED], u64) {
        let (checked, check) = self.0.split_at(Self::CHECKED);
        (
            checked.try_into().expect("split at CHECKED"),
            u64::from_be_bytes(check.try_into().expect("eight bytes are left")),
        )
    }

    /// A well mixed 64-bit hash for tables: the first half of the random bits.
    pub fn table_hash(&self) -> u64 {
        u64::from_le_bytes(self.0[8..16].try_into().expect("eight bytes"))
    }

    /// The 64 hex digits as bytes, for building headers without a detour.
    pub fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut out = [0; 64];
        for (pair, byte) in out.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        out
    }

    /// Reads 64 lower-case hex digits; anything else is no id of ours.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let digits: &[u8; 64] = text.try_into().ok()?;
        // All digits the same way, without a branch: the compiler takes sixteen at a time.
        let mut values = [0; 64];
        let mut is_hex = true;
        for (value, digit) in values.iter_mut().zip(digits) {
            let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
            *value = if number < 10 {
                number
            } else {
                letter.wrapping_add(10)
            };
            is_hex &= (number < 10) | (letter < 6);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(values.as_chunks::<2>().0) {
            *byte = pair[0] << 4 | pair[1];
        }
        is_hex.then_some(Self(bytes))
    }
}

impl std::hash::Hash for SessionId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.table_hash());
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = self.hex();
        f.write_str(std::str::from_utf8(&hex).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Debug, thiserror::Error)]
#[error("a session id is 64 lower-case hex digits")]
pub struct NotASessionId;

impl FromStr for SessionId {
    type Err = NotASessionId;

    fn from_str(text: &str) -> Result<Self, NotASessionId> {
        Self::parse(text.as_bytes()).ok_or(NotASessionId)
    }
}

/// A place in the log. Opaque above the log: it can be kept, compared and given back, nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogPosition(pub u64);

/// Where the body of one event of a session lies: the position of its record, or in a session that
/// came as one batch the event's index in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventRef(pub u64);

crate::codec_newtype!(SessionId, LogPosition, EventRef);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_gives_back_what_it_was_made_of() {
        let id = SessionId::mint(1_772_474_400_000, SlotId::new(4095), [0xab; 16], |_| 7);
        assert_eq!(id.start_ms(), 1_772_474_400_000);
        assert_eq!(id.slot().get(), 4095);
        assert_eq!(id.checked().1, 7);
        let text = id.to_string();
        assert_eq!(text.parse::<SessionId>().unwrap(), id);
    }

    #[test]
    fn only_64_lower_case_hex_digits_are_an_id() {
        let text = "0".repeat(64);
        assert!(SessionId::parse(text.as_bytes()).is_some());
        assert!(SessionId::parse(&text.as_bytes()[1..]).is_none());
        assert!(SessionId::parse("A".repeat(64).as_bytes()).is_none());
        assert!(SessionId::parse("é".repeat(32).as_bytes()).is_none());
    }
}
