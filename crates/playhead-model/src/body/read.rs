//! A cursor over the compact form. It allocates nothing, and any bytes end in a value or an error.

use super::{BodyError, DEPTH_MAX, tag};
use crate::keys::{EventType, KeyId, KeySet};

/// Opens a body, which must be one value and nothing more.
///
/// # Errors
/// If the bytes do not begin with a value, or go on after it. What lies inside an array or object
/// is looked at when it is walked.
#[inline]
pub fn read(body: &[u8]) -> Result<Value<'_>, BodyError> {
    let mut cursor = Cursor(body);
    let value = cursor.value()?;
    if cursor.0.is_empty() {
        Ok(value)
    } else {
        Err(BodyError::Trailing)
    }
}

/// A value inside a body.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    /// A number with a fraction, or beyond the integers.
    Float(f64),
    Str(&'a str),
    /// The string that names an event type, under the key `eventType`.
    EventType(EventType),
    Array(Items<'a>),
    Object(Members<'a>),
}

impl<'a> Value<'a> {
    /// The string, if it is one.
    #[inline]
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Value::Str(value) => Some(value),
            Value::EventType(event) => Some(event.name()),
            _ => None,
        }
    }

    /// The members, if it is an object.
    #[inline]
    pub fn as_object(self) -> Option<Members<'a>> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, if it is an array.
    #[inline]
    pub fn as_array(self) -> Option<Items<'a>> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Finds a member of an object by its key; none if it is no object.
    ///
    /// # Errors
    /// If the members up to that one are damaged.
    pub fn get(self, key: KeyId) -> Result<Option<Value<'a>>, BodyError> {
        self.as_object()
            .map_or(Ok(None), |members| members.get(key))
    }
}

/// Key of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key<'a> {
    Known(KeyId),
    Other(&'a str),
}

impl<'a> Key<'a> {
    /// Name on the wire.
    pub fn name(self) -> &'a str {
        match self {
            Key::Known(key) => key.name(),
            Key::Other(name) => name,
        }
    }
}

/// Members of an object, in canonical order. After an error there are no more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Members<'a>(Cursor<'a>);

impl<'a> Members<'a> {
    /// Finds a member by its key.
    ///
    /// # Errors
    /// If the members up to that one are damaged.
    pub fn get(self, key: KeyId) -> Result<Option<Value<'a>>, BodyError> {
        let mut cursor = self.0;
        // Known keys come in order, before all others.
        while let Some(found) = cursor.known_key()?.filter(|found| *found <= key) {
            if found == key {
                return cursor.value().map(Some);
            }
            cursor.pass_value()?;
        }
        Ok(None)
    }

    /// The members with one of these keys. The others are passed over: what is in them is not
    /// looked at.
    pub fn only(
        self,
        keys: KeySet,
    ) -> impl Iterator<Item = Result<(KeyId, Value<'a>), BodyError>> + use<'a> {
        let mut cursor = self.0;
        std::iter::from_fn(move || {
            let next = cursor.next_of(keys);
            if next.is_err() {
                cursor = Cursor::default();
            }
            next.transpose()
        })
    }

    /// The members with known keys, their values as they are stored.
    pub fn stored(self) -> impl Iterator<Item = Result<(KeyId, Stored<'a>), BodyError>> + use<'a> {
        let mut cursor = self.0;
        std::iter::from_fn(move || {
            let next = cursor.next_stored();
            if next.is_err() {
                cursor = Cursor::default();
            }
            next.transpose()
        })
    }

    /// Tells whether no member is left.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0.0.is_empty()
    }
}

/// A value that was not looked at. Equal values have equal bytes.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a>(Cursor<'a>);

impl<'a> Stored<'a> {
    /// Its bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.0.0
    }

    /// The string, if it is one.
    pub fn as_str(mut self) -> Option<&'a str> {
        self.0.value().ok()?.as_str()
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<(Key<'a>, Value<'a>), BodyError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.0.is_empty() {
            return None;
        }
        let member = self.0.member();
        if member.is_err() {
            self.0 = Cursor::default();
        }
        Some(member)
    }
}

/// Items of an array. After an error there are no more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Items<'a>(Cursor<'a>);

impl Items<'_> {
    /// Tells whether no item is left.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0.0.is_empty()
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Value<'a>, BodyError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.0.is_empty() {
            return None;
        }
        let item = self.0.value();
        if item.is_err() {
            self.0 = Cursor::default();
        }
        Some(item)
    }
}

/// Checks a whole body, canonical order of members included.
///
/// # Errors
/// The first fault found.
pub fn verify(body: &[u8]) -> Result<(), BodyError> {
    verify_value(read(body)?, 0)
}

fn verify_value(value: Value<'_>, depth: usize) -> Result<(), BodyError> {
    if depth > DEPTH_MAX {
        return Err(BodyError::Depth);
    }
    match value {
        Value::Array(items) => {
            for item in items {
                verify_value(item?, depth + 1)?;
            }
        }
        Value::Object(members) => {
            let mut before = None;
            for member in members {
                let (key, value) = member?;
                if before >= Some(key) {
                    return Err(BodyError::Order);
                }
                before = Some(key);
                verify_value(value, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The bytes not read yet.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// The key of the next member, if it is a known one.
    #[inline]
    fn known_key(&mut self) -> Result<Option<KeyId>, BodyError> {
        let number = match self.0.split_first() {
            None | Some((0, _)) => return Ok(None),
            Some((number, rest)) => {
                self.0 = rest;
                *number
            }
        };
        let key = KeyId::from_number(number).ok_or(BodyError::Key(number))?;
        Ok(Some(key))
    }

    /// The next member with one of these keys.
    #[inline]
    fn next_of(&mut self, keys: KeySet) -> Result<Option<(KeyId, Value<'a>)>, BodyError> {
        while let Some(key) = self.known_key()? {
            if keys.contains(key) {
                return Ok(Some((key, self.value()?)));
            }
            self.pass_value()?;
        }
        Ok(None)
    }

    #[inline]
    fn next_stored(&mut self) -> Result<Option<(KeyId, Stored<'a>)>, BodyError> {
        let Some(key) = self.known_key()? else {
            return Ok(None);
        };
        let from = self.0;
        self.pass_value()?;
        let value = &from[..from.len() - self.0.len()];
        Ok(Some((key, Stored(Cursor(value)))))
    }

    /// Goes to the end of the next value.
    #[inline]
    fn pass_value(&mut self) -> Result<(), BodyError> {
        match self.0.first() {
            Some(&(tag::STRING | tag::ARRAY | tag::OBJECT)) => {
                self.byte()?;
                self.block()?;
            }
            _ => {
                self.value()?;
            }
        }
        Ok(())
    }

    #[inline]
    fn member(&mut self) -> Result<(Key<'a>, Value<'a>), BodyError> {
        let key = match self.byte()? {
            0 => Key::Other(self.string()?),
            number => Key::Known(KeyId::from_number(number).ok_or(BodyError::Key(number))?),
        };
        Ok((key, self.value()?))
    }

    #[inline]
    fn value(&mut self) -> Result<Value<'a>, BodyError> {
        Ok(match self.byte()? {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INTEGER => {
                let zigzag = self.varint()?;
                Value::Int((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
            }
            tag::FLOAT => {
                let (bytes, rest) = self.0.split_first_chunk().ok_or(BodyError::Truncated)?;
                self.0 = rest;
                Value::Float(f64::from_le_bytes(*bytes))
            }
            tag::STRING => Value::Str(self.string()?),
            tag::ARRAY => Value::Array(Items(Cursor(self.block()?))),
            tag::OBJECT => Value::Object(Members(Cursor(self.block()?))),
            tag::EVENT_TYPE => {
                let number = self.byte()?;
                let event = EventType::from_number(number).ok_or(BodyError::EventType(number))?;
                Value::EventType(event)
            }
            tag::UNSIGNED => Value::Uint(self.varint()?),
            unknown => return Err(BodyError::Tag(unknown)),
        })
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, BodyError> {
        let (byte, rest) = self.0.split_first().ok_or(BodyError::Truncated)?;
        self.0 = rest;
        Ok(*byte)
    }

    #[inline]
    fn string(&mut self) -> Result<&'a str, BodyError> {
        std::str::from_utf8(self.block()?).map_err(|_| BodyError::Utf8)
    }

    #[inline]
    fn block(&mut self) -> Result<&'a [u8], BodyError> {
        let length = usize::try_from(self.varint()?).map_err(|_| BodyError::Truncated)?;
        let (block, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(BodyError::Truncated)?;
        self.0 = rest;
        Ok(block)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, BodyError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7F);
        for shift in (7..70).step_by(7) {
            let byte = self.byte()?;
            // The tenth byte holds the last bit of 64, and a last byte of 0 says nothing.
            if (shift == 63 && byte > 1) || byte == 0 {
                return Err(BodyError::Varint);
            }
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(BodyError::Varint)
    }
}
