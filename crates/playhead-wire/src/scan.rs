//! Walking over plain JSON: no escapes, no control characters but blanks, no exponents, no integers
//! beyond 64 bits. Whatever is not plain ends the walk without a word: the parser that knows all of
//! JSON says what is wrong.

use playhead_model::body::Node;

/// A text, and how far it has been walked over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

/// A number in the one form it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Other(f64),
}

/// Digits of an integer that fits into 64 bits whatever they are.
const DIGITS_MAX: usize = 18;
/// Digits of an integer that a float has exactly whatever they are.
const EXACT_DIGITS: usize = 15;
/// Powers of ten, which a float has exactly.
const TENS: [f64; EXACT_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

impl<'a> Scan<'a> {
    /// Begins a walk; nothing if there are escapes or control characters, since then a string does
    /// not end at the next quote, or is none. Line ends and tabs between values are rare enough on
    /// the wire to be taken for such.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let is_special = |byte: u8| byte < b' ' || byte == b'\\';
        // No early end: so many bytes at a time are compared at once.
        let found = text
            .bytes()
            .fold(false, |found, byte| found | is_special(byte));
        (!found).then_some(Self { text, at: 0 })
    }

    /// Bytes that have not been walked over.
    pub(crate) fn left(&self) -> usize {
        self.text.len() - self.at
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no blank; it is not passed.
    #[inline]
    pub(crate) fn pass_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            if byte != b' ' {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Passes this byte and blanks before it.
    #[inline]
    pub(crate) fn pass(&mut self, byte: u8) -> Option<()> {
        let is_it = self.pass_blanks()? == byte;
        self.at += 1;
        is_it.then_some(())
    }

    /// Whether nothing but blanks is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.pass_blanks().is_none()
    }

    /// The key of a member, and what stands between it and the value.
    #[inline]
    pub(crate) fn key(&mut self) -> Option<&'a str> {
        if self.pass_blanks()? != b'"' {
            return None;
        }
        let key = self.string()?;
        self.pass(b':')?;
        Some(key)
    }

    /// Passes the end of an array or object without anything in it.
    #[inline]
    pub(crate) fn ends_at_once(&mut self, end: u8) -> Option<bool> {
        let ends = self.pass_blanks()? == end;
        self.at += usize::from(ends);
        Some(ends)
    }

    /// Passes what stands behind a member or an item; answers whether it was the last.
    #[inline]
    pub(crate) fn is_last(&mut self, end: u8) -> Option<bool> {
        let byte = self.pass_blanks()?;
        self.at += 1;
        (byte == end || byte == b',').then_some(byte == end)
    }

    /// A string, from its first quote on.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        let begin = self.at + 1;
        let end = begin + quote(self.text.as_bytes().get(begin..)?)?;
        self.at = end + 1;
        self.text.get(begin..end)
    }

    pub(crate) fn number(&mut self) -> Option<Number> {
        let begin = self.at;
        let is_negative = self.peek() == Some(b'-');
        self.at += usize::from(is_negative);
        let first = self.peek()?;
        let (whole, value) = self.digits(0);
        if whole == 0 || whole > DIGITS_MAX || (first == b'0' && whole > 1) {
            return None;
        }
        match self.peek() {
            Some(b'.') => {
                self.at += 1;
                let (fraction, value) = self.digits(value);
                if fraction == 0 || matches!(self.peek(), Some(b'e' | b'E')) {
                    return None;
                }
                // Both are exact, so their ratio is rounded once.
                let value = match whole + fraction {
                    ..=EXACT_DIGITS => {
                        let value = value as f64 / TENS[fraction];
                        if is_negative { -value } else { value }
                    }
                    _ => self.text.get(begin..self.at)?.parse().ok()?,
                };
                Some(match Node::number(value) {
                    Node::Int(value) => Number::Int(value),
                    _ => Number::Other(value),
                })
            }
            Some(b'e' | b'E') => None,
            // There is no negative zero among integers.
            _ if is_negative && value == 0 => None,
            _ if is_negative => Some(Number::Int(-(value as i64))),
            _ => Some(Number::Int(value as i64)),
        }
    }

    /// Passes digits; answers how many they are, and the value of those before with them while it is
    /// less than 10^18.
    #[inline]
    fn digits(&mut self, before: u64) -> (usize, u64) {
        let (begin, mut value) = (self.at, before);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        (self.at - begin, value)
    }

    /// Passes a word; answers what it stands for.
    pub(crate) fn word<T>(&mut self, word: &str, means: T) -> Option<T> {
        let is_it = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_it.then_some(means)
    }
}

/// How many bytes come before the first quote.
#[inline]
fn quote(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    const QUOTES: u64 = ONES * b'"' as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word) ^ QUOTES;
        // The top bit of each byte that is zero; bits above the first may be wrong.
        let found = word.wrapping_sub(ONES) & !word & TOPS;
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let tail = rest.iter().position(|byte| *byte == b'"')?;
    Some(words.len() * 8 + tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_the_next_quote() {
        for place in 0..40 {
            let mut bytes = [b'~'; 40];
            bytes[place] = b'"';
            for later in place + 1..40 {
                bytes[later] = [b'"', 0x7F, 0xC3, b'a', b'!', b'#'][later % 6];
            }
            assert_eq!(quote(&bytes), Some(place));
        }
        let others: Vec<u8> = (0..=0xFF).filter(|it| *it != b'"').collect();
        assert_eq!(quote(&others), None);
    }

    #[test]
    fn numbers_are_those_nearest_to_what_is_written() {
        for text in [
            "0.1",
            "0.30000000000000004",
            "12345.6",
            "99999.999999",
            "5e-324",
            "0.000001",
            "-7.25",
            "9007199254740993.0",
            "123456789012.345",
            "1.0000000000000000000000001",
            "4503599627370496.5",
        ] {
            let wanted: f64 = text.parse().unwrap();
            match Scan::new(text).unwrap().number() {
                Some(Number::Other(found)) => assert_eq!(found.to_bits(), wanted.to_bits()),
                Some(Number::Int(found)) => assert_eq!(found as f64, wanted),
                None => assert!(text.contains('e')),
            }
        }
    }
}
