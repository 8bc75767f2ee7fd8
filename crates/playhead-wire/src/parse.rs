//! From bytes to a tree, with each repeated member reduced to its last value.

use std::{borrow::Cow, fmt};

use playhead_model::{
    body::{Node, NodeKey},
    keys::KeySet,
};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::faults::Faults;
use crate::plain;

/// Levels of arrays and objects that the parser goes down into.
const DEPTH_MAX: usize = 127;

/// The text of a body.
///
/// # Errors
/// One fault that says why the bytes are no text, or that there is none.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Faults> {
    let bytes = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Faults::whole(format!("is not UTF-8 at byte {}", error.valid_up_to())))?;
    if text.trim_ascii().is_empty() {
        return Err(Faults::whole("is empty; expected JSON"));
    }
    Ok(text)
}

/// Parses a whole body.
///
/// # Errors
/// One fault that says why the bytes are not JSON.
pub(crate) fn parse(bytes: &[u8]) -> Result<Node<'_>, Faults> {
    tree(text(bytes)?)
}

/// Parses a whole text.
///
/// # Errors
/// One fault that says why it is not JSON.
pub(crate) fn tree(text: &str) -> Result<Node<'_>, Faults> {
    match plain::parse(text) {
        Some(node) => Ok(node),
        None => parse_any(text).map_err(|error| not_json(&error)),
    }
}

/// Parses all that is JSON.
fn parse_any(text: &str) -> Result<Node<'_>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let node = Seed.deserialize(&mut json)?;
    json.end()?;
    Ok(node)
}

/// Checks that plain JSON is parsed as all JSON is.
///
/// # Panics
/// If it is not.
pub(crate) fn check_plain(text: &str) {
    if let Some(node) = plain::parse(text) {
        let other = parse_any(text).expect("what is plain is JSON");
        assert_eq!(node, other);
    }
}

fn not_json(error: &serde_json::Error) -> Faults {
    let error = error.to_string();
    Faults::whole(if error.starts_with("recursion limit") {
        format!("is nested deeper than {DEPTH_MAX} levels")
    } else {
        format!("is not JSON: {error}")
    })
}

struct Seed;

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Node<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Node<'de>, D::Error> {
        json.deserialize_any(Seed)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    #[inline]
    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    #[inline]
    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    #[inline]
    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Int(value))
    }

    #[inline]
    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::unsigned(value))
    }

    #[inline]
    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::number(value))
    }

    #[inline]
    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Str(Cow::Borrowed(value)))
    }

    #[inline]
    fn visit_str<E>(self, value: &str) -> Result<Node<'de>, E> {
        Ok(Node::Str(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element_seed(Seed)? {
            nodes.push(node);
        }
        Ok(Node::Array(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node<'de>, A::Error> {
        let mut gathered = Gathered::default();
        while let Some(key) = members.next_key_seed(KeySeed)? {
            gathered.add(key, members.next_value_seed(Seed)?);
        }
        Ok(gathered.into_node())
    }
}

/// The members of an object so far.
#[derive(Default)]
pub(crate) struct Gathered<'a> {
    nodes: Vec<(NodeKey<'a>, Node<'a>)>,
    seen: KeySet,
    repeated: bool,
    others: usize,
}

impl<'a> Gathered<'a> {
    #[inline]
    pub(crate) fn add(&mut self, key: NodeKey<'a>, value: Node<'a>) {
        match key {
            NodeKey::Known(known) => self.repeated |= !self.seen.insert(known),
            NodeKey::Other(_) => self.others += 1,
        }
        if self.nodes.len() == FEW {
            // What has more than a few has many: a start.
            self.nodes.reserve(SOME);
        }
        self.nodes.push((key, value));
    }

    /// The object, with each repeated member reduced to its last value.
    #[inline]
    pub(crate) fn into_node(mut self) -> Node<'a> {
        if self.repeated || self.others > 1 {
            keep_last(&mut self.nodes);
        }
        Node::Object(self.nodes)
    }
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = NodeKey<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<NodeKey<'de>, D::Error> {
        json.deserialize_str(KeySeed)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = NodeKey<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<NodeKey<'de>, E> {
        Ok(NodeKey::new(name))
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<NodeKey<'de>, E> {
        Ok(NodeKey::new(name.to_owned()))
    }
}

/// Members up to which comparing each with each is cheaper than sorting.
const FEW: usize = 8;
/// Members more that an object is expected to have which has more than a few.
const SOME: usize = 24;

/// Drops each member that a later one of the same key replaces.
fn keep_last(members: &mut Vec<(NodeKey<'_>, Node<'_>)>) {
    let mut replaced = Vec::new();
    if members.len() <= FEW {
        for (at, (key, _)) in members.iter().enumerate() {
            if members[at + 1..].iter().any(|(later, _)| later == key) {
                replaced.push(at);
            }
        }
    } else {
        let mut order: Vec<usize> = (0..members.len()).collect();
        order.sort_by(|a, b| members[*a].0.cmp(&members[*b].0));
        let pairs = order.iter().zip(order.iter().skip(1));
        replaced.extend(
            pairs
                .filter(|(a, b)| members[**a].0 == members[**b].0)
                .map(|(a, _)| *a),
        );
        replaced.sort_unstable();
    }
    if replaced.is_empty() {
        return;
    }
    let mut at = 0;
    members.retain(|_| {
        at += 1;
        replaced.binary_search(&(at - 1)).is_err()
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> String {
        parse(bytes).expect_err("must not parse").message()
    }

    #[test]
    fn what_is_not_json_has_one_clear_fault() {
        assert_eq!(fault(b""), "body: is empty; expected JSON");
        assert_eq!(fault(b"\xEF\xBB\xBF \n"), "body: is empty; expected JSON");
        assert_eq!(fault(b"{\"a\":\"\xFF\"}"), "body: is not UTF-8 at byte 6");
        for (body, part) in [
            ("{\"a\":1} x", "trailing characters at line 1 column 9"),
            ("{\"a\":1", "EOF while parsing an object"),
            ("NaN", "expected value"),
            ("[Infinity]", "expected value"),
            ("1e999", "number out of range"),
            ("{\"a\":\"\\ud800\"}", "end of hex escape"),
            ("{'a':1}", "key must be a string"),
        ] {
            let fault = fault(body.as_bytes());
            assert!(
                fault.starts_with("body: is not JSON: ") && fault.contains(part),
                "{fault}"
            );
        }
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        for depth in [DEPTH_MAX + 1, 100_000] {
            let fault = fault(nested(depth).as_bytes());
            assert_eq!(fault, "body: is nested deeper than 127 levels");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(parse("\u{FEFF}15.0".as_bytes()), Ok(Node::Int(15)));
    }

    #[test]
    fn of_repeated_members_the_last_counts() {
        let long: String = (0..30)
            .map(|n| format!("\"k{n}\":{n},\"media.id\":{n},"))
            .collect();
        for (body, members) in [
            (r#"{"a":1,"b":2,"a":3}"#.to_owned(), 2),
            (r#"{"media.id":1,"b":2,"media.\u0069d":3}"#.to_owned(), 2),
            (format!("{{{long}\"k3\":1}}"), 31),
        ] {
            let Ok(Node::Object(nodes)) = parse(body.as_bytes()) else {
                panic!("an object: {body}");
            };
            assert_eq!(nodes.len(), members, "{body}");
            let value: serde_json::Value = serde_json::from_str(&body).expect("test data");
            for (key, node) in nodes {
                assert_eq!(Node::from(&value[key.name()]), node, "{body}");
            }
        }
    }
}
