//! The compact form of an event body, from which the JSON value as received can be given back.
//!
//! Each value is a tag byte and its content; lengths and integers are LEB128 varints.
//!
//! | tag | value | content |
//! |---|---|---|
//! | 0, 1, 2 | null, false, true | |
//! | 3 | integer | zigzag varint of an `i64` |
//! | 4 | number with a fraction, or beyond the integers | `f64`, 8 bytes, little endian |
//! | 5 | string | length in bytes, UTF-8 |
//! | 6 | array | length in bytes, items |
//! | 7 | object | length in bytes, members |
//! | 8 | string that names an event type, under the key `eventType` | its number |
//! | 9 | integer above `i64::MAX` | varint of a `u64` |
//!
//! A member is a key and a value. A key of the table is one byte, its number; any other is a 0
//! byte, a length and UTF-8. Arrays and objects carry their length in bytes, so that a reader
//! passes over one without looking inside.
//!
//! The form is canonical: members are sorted (known keys by number, then the others by bytes), of
//! a repeated member the last one counts, and a number without a fraction is stored as an integer
//! wherever it fits. So two bodies are equal as JSON values exactly if their bytes are equal, which
//! is what the detection of retries compares.

mod encode;
mod flat;
mod json;
mod node;
mod read;
pub mod typed;

pub use self::{
    encode::encode,
    flat::{Flat, Scalar, encode_event},
    json::{encode_json, to_json},
    node::{Node, NodeKey},
    read::{Items, Key, Members, Stored, Value, read, verify},
};

/// Depth of nesting up to which a body is read back.
pub const DEPTH_MAX: usize = 128;

/// Why bytes are not a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("body ends in the middle of a value")]
    Truncated,
    #[error("body goes on after its value")]
    Trailing,
    #[error("unknown tag {0} in body")]
    Tag(u8),
    #[error("unknown key number {0} in body")]
    Key(u8),
    #[error("unknown event type number {0} in body")]
    EventType(u8),
    #[error("string in body is not UTF-8")]
    Utf8,
    #[error("integer in body has too many bytes")]
    Varint,
    #[error("body is nested too deep")]
    Depth,
    #[error("members of a body are not in canonical order")]
    Order,
    #[error("body is not an event: {0}")]
    NotAnEvent(&'static str),
}

/// Set in the fingerprint of an end, clear in that of any other body.
pub const END_BIT: u64 = 1 << 47;

/// 64-bit fingerprint of a body in canonical form. One bit tells whether it is a `sessionEnd` or
/// `sessionComplete`: those are taken after the close too, and looked for among the last events.
#[inline]
pub fn fingerprint(body: &[u8]) -> u64 {
    let hash = xxhash_rust::xxh3::xxh3_64(body);
    if typed::is_end(body) {
        hash | END_BIT
    } else {
        hash & !END_BIT
    }
}

/// 128-bit fingerprint, for comparisons over more bodies than one session has.
#[inline]
pub fn fingerprint128(body: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(body)
}

mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const FALSE: u8 = 1;
    pub(super) const TRUE: u8 = 2;
    pub(super) const INTEGER: u8 = 3;
    pub(super) const FLOAT: u8 = 4;
    pub(super) const STRING: u8 = 5;
    pub(super) const ARRAY: u8 = 6;
    pub(super) const OBJECT: u8 = 7;
    pub(super) const EVENT_TYPE: u8 = 8;
    pub(super) const UNSIGNED: u8 = 9;
}

#[cfg(test)]
mod tests;
