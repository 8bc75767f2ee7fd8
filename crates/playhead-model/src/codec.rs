//! The binary form of plain data: LEB128 integers, a cursor over bytes that may be anything, and
//! [`Codec`] for what is written to the log and to checkpoints.

/// Appends `value`, seven bits a byte, lowest first.
pub fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed value in zigzag form.
pub fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Appends a length and the bytes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads what the functions above wrote; every method answers `None` when the bytes do not hold it.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Starts at the first of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next `count` bytes.
    #[inline]
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// What [`put`] wrote.
    #[inline]
    pub fn unsigned(&mut self) -> Option<u64> {
        // Most numbers have up to eight bytes with more bytes behind them: no loop for those.
        if let Some((eight, _)) = self.rest.split_first_chunk::<8>() {
            let word = u64::from_le_bytes(*eight);
            let ends = !word & 0x8080_8080_8080_8080;
            if ends != 0 {
                self.rest = &self.rest[ends.trailing_zeros() as usize / 8 + 1..];
                return Some(join_sevens(word & (ends ^ (ends - 1))));
            }
        }
        self.unsigned_by_bytes()
    }

    fn unsigned_by_bytes(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// What [`put_signed`] wrote.
    #[inline]
    pub fn signed(&mut self) -> Option<i64> {
        let value = self.unsigned()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// What [`put_bytes`] wrote.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.take(length)
    }

    /// What [`put_bytes`] wrote, if it is UTF-8.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// A length that cannot be larger than the bytes left, so that no count reserves memory
    /// that the input does not pay for.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.unsigned()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }
}

/// Puts the lower seven bits of each byte side by side.
fn join_sevens(bytes: u64) -> u64 {
    let bytes = bytes & 0x7f7f_7f7f_7f7f_7f7f;
    let pairs = (bytes & 0x007f_007f_007f_007f) | ((bytes & 0x7f00_7f00_7f00_7f00) >> 1);
    let fours = (pairs & 0x0000_3fff_0000_3fff) | ((pairs & 0x3fff_0000_3fff_0000) >> 2);
    (fours & 0x0fff_ffff) | ((fours & 0x0fff_ffff_0000_0000) >> 4)
}

/// Plain data with one binary form. `get` answers `None` for bytes that no `put` wrote.
pub trait Codec: Sized {
    /// Appends the value.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads a value back.
    fn get(cursor: &mut Cursor<'_>) -> Option<Self>;
}

/// Derives [`Codec`] for a struct from the list of its fields, in the order of their bytes.
#[macro_export]
macro_rules! codec_struct {
    ($type:ty { $($field:ident),* $(,)? }) => {
        impl $crate::codec::Codec for $type {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::codec::Codec::put(&self.$field, out);)*
            }
            fn get(cursor: &mut $crate::codec::Cursor<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::codec::Codec::get(cursor)?),* })
            }
        }
    };
}

/// Derives [`Codec`] for a newtype.
#[macro_export]
macro_rules! codec_newtype {
    ($($type:ty),* $(,)?) => {
        $(impl $crate::codec::Codec for $type {
            fn put(&self, out: &mut Vec<u8>) {
                $crate::codec::Codec::put(&self.0, out);
            }
            #[inline]
            fn get(cursor: &mut $crate::codec::Cursor<'_>) -> Option<Self> {
                $crate::codec::Codec::get(cursor).map(Self)
            }
        })*
    };
}

/// Derives [`Codec`] for an enum without data from the number of each variant.
#[macro_export]
macro_rules! codec_enum {
    ($type:ty { $($variant:ident = $number:literal),* $(,)? }) => {
        impl $crate::codec::Codec for $type {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number),* });
            }
            fn get(cursor: &mut $crate::codec::Cursor<'_>) -> Option<Self> {
                match cursor.byte()? { $($number => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

macro_rules! codec_integers {
    ($($type:ty: $put:ident, $get:ident, $wide:ty);* $(;)?) => {
        $(impl Codec for $type {
            fn put(&self, out: &mut Vec<u8>) {
                $put(out, *self as $wide);
            }
            #[inline]
            fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
                Self::try_from(cursor.$get()?).ok()
            }
        })*
    };
}

codec_integers! {
    u8: put, unsigned, u64;
    u16: put, unsigned, u64;
    u32: put, unsigned, u64;
    u64: put, unsigned, u64;
    usize: put, unsigned, u64;
    i64: put_signed, signed, i64;
}

impl Codec for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        match cursor.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Codec for i128 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self::from_le_bytes(cursor.take(16)?.try_into().ok()?))
    }
}

impl<const N: usize> Codec for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    #[inline]
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        cursor.take(N)?.try_into().ok()
    }
}

impl<const N: usize> Codec for [u64; N] {
    fn put(&self, out: &mut Vec<u8>) {
        for value in self {
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let (values, _) = cursor.take(8 * N)?.as_chunks();
        let values: [[u8; 8]; N] = values.try_into().ok()?;
        Some(values.map(u64::from_le_bytes))
    }
}

impl Codec for Box<str> {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_bytes());
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        cursor.text().map(Into::into)
    }
}

impl Codec for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.as_bytes());
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        cursor.text().map(Into::into)
    }
}

impl<T: Codec> Codec for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(if bool::get(cursor)? {
            Some(T::get(cursor)?)
        } else {
            None
        })
    }
}

impl<T: Codec> Codec for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        T::get(cursor).map(Box::new)
    }
}

impl<T: Codec> Codec for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for item in self {
            item.put(out);
        }
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let count = cursor.count()?;
        let mut items = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            items.push(T::get(cursor)?);
        }
        Some(items)
    }
}

impl<A: Codec, B: Codec> Codec for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some((A::get(cursor)?, B::get(cursor)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let by_length = (0..64_u32).flat_map(|bit| {
            [
                1_i64 << bit,
                (1_i64 << bit).wrapping_sub(1),
                (1_i64 << bit).wrapping_neg(),
            ]
        });
        let others = [
            -1,
            63,
            -64,
            i64::MAX,
            1_772_474_400_000,
            0x0123_4567_89ab_cdef,
        ];
        for value in by_length.chain(others) {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, value);
            put(&mut bytes, value as u64);
            let length = bytes.len();
            // With and without other bytes behind them.
            for behind in [0, 8] {
                bytes.resize(length + behind, 0xff);
                let mut cursor = Cursor::new(&bytes);
                assert_eq!(cursor.signed(), Some(value));
                assert_eq!(cursor.unsigned(), Some(value as u64));
                assert_eq!(cursor.rest().len(), behind);
            }
        }
    }

    #[test]
    fn an_overlong_number_is_refused() {
        assert_eq!(Cursor::new(&[0xff; 11]).unsigned(), None);
        assert_eq!(Cursor::new(&[0x80]).unsigned(), None);
    }
}
