//! A short way for plain JSON, which nearly all bodies are: no escapes in strings, no depth, no
//! faults. Whatever is not plain is left to the parser that knows all of JSON and says what is wrong.

use std::borrow::Cow;

use playhead_model::body::{Node, NodeKey};

use crate::parse::Gathered;

/// Levels of arrays and objects of a plain body.
const DEPTH_MAX: usize = 16;
/// Digits of an integer that fits into 64 bits whatever they are.
const DIGITS_MAX: usize = 18;

/// Where the parameters of an event are, which have most of its members: about so many bytes take
/// one. Room is made for them at once.
const PARAMS_DEPTH: usize = 2;
const MEMBER_BYTES: usize = 32;
const MEMBERS_MAX: usize = 32;

/// Parses a whole text, if it is plain.
pub(crate) fn parse(text: &str) -> Option<Node<'_>> {
    let mut plain = Plain {
        text,
        at: 0,
        is_event: text.starts_with('{'),
    };
    let node = plain.value(0)?;
    plain.pass_blanks();
    (plain.at == text.len()).then_some(node)
}

struct Plain<'a> {
    text: &'a str,
    at: usize,
    /// Whether it is one event, and not an array of them.
    is_event: bool,
}

impl<'a> Plain<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no blank; it is not passed.
    #[inline]
    fn pass_blanks(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node<'a>> {
        match self.pass_blanks()? {
            b'"' => Some(Node::Str(Cow::Borrowed(self.string()?))),
            b'{' if depth < DEPTH_MAX => self.object(depth + 1),
            b'[' if depth < DEPTH_MAX => self.array(depth + 1),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'n' => self.word("null", Node::Null),
            _ => None,
        }
    }

    fn object(&mut self, depth: usize) -> Option<Node<'a>> {
        self.at += 1;
        let mut members = Gathered::default();
        if self.is_event && depth == PARAMS_DEPTH {
            let left = self.text.len() - self.at;
            members.reserve((left / MEMBER_BYTES).min(MEMBERS_MAX));
        }
        if self.pass_blanks()? == b'}' {
            self.at += 1;
            return Some(members.into_node());
        }
        loop {
            if self.pass_blanks()? != b'"' {
                return None;
            }
            let key = NodeKey::new(self.string()?);
            if self.pass_blanks()? != b':' {
                return None;
            }
            self.at += 1;
            let value = self.value(depth)?;
            members.add(key, value);
            if self.is_last(b'}')? {
                return Some(members.into_node());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Node<'a>> {
        self.at += 1;
        let mut items = Vec::new();
        if self.pass_blanks()? == b']' {
            self.at += 1;
            return Some(Node::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.is_last(b']')? {
                return Some(Node::Array(items));
            }
        }
    }

    /// Passes what stands behind a member or an item; answers whether it was the last.
    #[inline]
    fn is_last(&mut self, end: u8) -> Option<bool> {
        let byte = self.pass_blanks()?;
        self.at += 1;
        (byte == end || byte == b',').then_some(byte == end)
    }

    /// A string, from its first quote on.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        let begin = self.at + 1;
        let end = begin + plain_bytes(&self.text.as_bytes()[begin..]);
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(begin..end)
    }

    fn number(&mut self) -> Option<Node<'a>> {
        let begin = self.at;
        let is_negative = self.peek() == Some(b'-');
        self.at += usize::from(is_negative);
        let first = self.peek()?;
        let (digits, value) = self.digits();
        let is_integer = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if digits == 0 || digits > DIGITS_MAX || (first == b'0' && digits > 1) {
            return None;
        }
        if is_integer {
            // There is no negative zero among integers.
            let value = value as i64;
            return match is_negative {
                true if value == 0 => None,
                true => Some(Node::Int(-value)),
                false => Some(Node::Int(value)),
            };
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits().0 == 0 {
                return None;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            return None;
        }
        let value: f64 = self.text.get(begin..self.at)?.parse().ok()?;
        Some(Node::number(value))
    }

    /// Passes digits; answers how many they are, and their value while it is less than 10^18.
    #[inline]
    fn digits(&mut self) -> (usize, u64) {
        let (begin, mut value) = (self.at, 0_u64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        (self.at - begin, value)
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Option<Node<'a>> {
        let is_it = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        is_it.then_some(node)
    }
}

/// How many bytes come before the first quote, backslash or control character.
#[inline]
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    // The top bit of each byte that is zero; bits above the first may be wrong.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & TOPS;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & TOPS;
        let quote = zeros(word ^ (ONES * u64::from(b'"')));
        let backslash = zeros(word ^ (ONES * u64::from(b'\\')));
        let found = control | quote | backslash;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let tail = rest.iter().position(is_special).unwrap_or(rest.len());
    words.len() * 8 + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_at_the_first_byte_that_is_not_plain() {
        for special in [b'"', b'\\', 0, 0x1F, b'\n'] {
            for place in 0..40 {
                let mut bytes = [b'~'; 40];
                bytes[place] = special;
                for later in place + 1..40 {
                    bytes[later] = [b'"', 0x7F, 0xC3, b'a', b'!', b'#'][later % 6];
                }
                assert_eq!(plain_bytes(&bytes), place, "{special} at {place}");
            }
        }
        let every: Vec<u8> = (0x20..=0xFF).filter(|it| !b"\"\\".contains(it)).collect();
        assert_eq!(plain_bytes(&every), every.len());
    }

    #[test]
    fn what_is_plain_is_told_from_what_is_not() {
        for plain in [
            " {\"a\" : [1, -2.5 ,true,null],\"b\":{}}\n",
            "[]",
            "\"é\"",
            "999999999999999999",
            "0.1",
        ] {
            assert!(parse(plain).is_some(), "{plain}");
        }
        for other in [
            "",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "[1,]",
            "[1 2]",
            "{,}",
            "1 2",
            "01",
            "-",
            "-0",
            "1.",
            ".5",
            "1e3",
            "1.5e3",
            "1234567890123456789",
            "\"a\\n\"",
            "\"a\nb\"",
            "\"a",
            "tru",
            "{\"a\":1",
        ] {
            assert!(parse(other).is_none(), "{other}");
        }
    }
}
