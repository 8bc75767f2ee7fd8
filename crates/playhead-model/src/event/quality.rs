//! Quality values.

use crate::body::{self, BodyError, typed};
use crate::codec::{Codec, Cursor};
use crate::keys::{KeyId, KeySet};

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

/// Looks for each value in the three places that clients use, in order of preference (metrics §8), in
/// one walk over each. `other` hears of other parameters.
pub(super) fn read_quality<'a>(
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
