//! A short way for plain JSON, which nearly all bodies are: no escapes in strings, no depth, no
//! faults. Whatever is not plain is left to the parser that knows all of JSON and says what is wrong.

use std::borrow::Cow;

use playhead_model::body::{Node, NodeKey};

use crate::{
    parse::Gathered,
    scan::{Number, Scan},
};

/// Levels of arrays and objects of a plain body.
const DEPTH_MAX: usize = 16;

/// Parses a whole text, if it is plain.
pub(crate) fn parse(text: &str) -> Option<Node<'_>> {
    let mut scan = Scan::new(text)?;
    let node = value(&mut scan, 0)?;
    scan.is_at_end().then_some(node)
}

fn value<'a>(scan: &mut Scan<'a>, depth: usize) -> Option<Node<'a>> {
    match scan.pass_blanks()? {
        b'"' => Some(Node::Str(Cow::Borrowed(scan.string()?))),
        b'{' if depth < DEPTH_MAX => object(scan, depth + 1),
        b'[' if depth < DEPTH_MAX => array(scan, depth + 1),
        b'-' | b'0'..=b'9' => Some(match scan.number()? {
            Number::Int(value) => Node::Int(value),
            Number::Other(value) => Node::number(value),
        }),
        b't' => scan.word("true", Node::Bool(true)),
        b'f' => scan.word("false", Node::Bool(false)),
        b'n' => scan.word("null", Node::Null),
        _ => None,
    }
}

fn object<'a>(scan: &mut Scan<'a>, depth: usize) -> Option<Node<'a>> {
    scan.pass(b'{')?;
    let mut members = Gathered::default();
    if scan.ends_at_once(b'}')? {
        return Some(members.into_node());
    }
    loop {
        let key = NodeKey::new(scan.key()?);
        members.add(key, value(scan, depth)?);
        if scan.is_last(b'}')? {
            return Some(members.into_node());
        }
    }
}

fn array<'a>(scan: &mut Scan<'a>, depth: usize) -> Option<Node<'a>> {
    scan.pass(b'[')?;
    let mut items = Vec::new();
    if scan.ends_at_once(b']')? {
        return Some(Node::Array(items));
    }
    loop {
        items.push(value(scan, depth)?);
        if scan.is_last(b']')? {
            return Some(Node::Array(items));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_told_from_what_is_not() {
        for plain in [
            " {\"a\" : [1, -2.5 ,true,null],\"b\":{}} ",
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
            "[1,\n2]",
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
