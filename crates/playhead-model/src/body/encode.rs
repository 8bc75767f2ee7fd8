//! From a tree to canonical bytes.

use super::{
    node::{Node, NodeKey},
    tag,
};
use crate::keys::{EventType, KeyId};

/// Appends a value in canonical form.
///
/// Members may be in any order; of repeated ones the last counts. A float that is not finite, which
/// JSON cannot hold, is written as null.
pub fn encode(node: &Node<'_>, out: &mut Vec<u8>) {
    match node {
        Node::Null => out.push(tag::NULL),
        Node::Bool(false) => out.push(tag::FALSE),
        Node::Bool(true) => out.push(tag::TRUE),
        Node::Int(value) => integer(*value, out),
        Node::Uint(value) => unsigned(*value, out),
        Node::Float(value) => float(*value, out),
        Node::Str(value) => string(value, out),
        Node::Array(items) => sized(tag::ARRAY, out, |out| {
            for item in items {
                encode(item, out);
            }
        }),
        Node::Object(members) => sized(tag::OBJECT, out, |out| object(members, out)),
    }
}

#[inline]
pub(super) fn integer(value: i64, out: &mut Vec<u8>) {
    out.push(tag::INTEGER);
    varint(((value << 1) ^ (value >> 63)) as u64, out);
}

fn unsigned(value: u64, out: &mut Vec<u8>) {
    match i64::try_from(value) {
        Ok(value) => integer(value, out),
        Err(_) => {
            out.push(tag::UNSIGNED);
            varint(value, out);
        }
    }
}

pub(super) fn float(value: f64, out: &mut Vec<u8>) {
    match Node::number(value) {
        Node::Int(value) => integer(value, out),
        Node::Uint(value) => unsigned(value, out),
        _ if value.is_finite() => {
            out.push(tag::FLOAT);
            out.extend_from_slice(&value.to_le_bytes());
        }
        _ => out.push(tag::NULL),
    }
}

#[inline]
pub(super) fn string(value: &str, out: &mut Vec<u8>) {
    if value.len() < 0x80 {
        out.extend_from_slice(&[tag::STRING, value.len() as u8]);
    } else {
        out.push(tag::STRING);
        varint(value.len() as u64, out);
    }
    out.extend_from_slice(value.as_bytes());
}

/// A key that is not in the table.
#[inline]
pub(super) fn other_key(name: &str, out: &mut Vec<u8>) {
    out.push(0);
    varint(name.len() as u64, out);
    out.extend_from_slice(name.as_bytes());
}

fn member(key: &NodeKey<'_>, value: &Node<'_>, out: &mut Vec<u8>) {
    match key {
        NodeKey::Known(key) => out.push(key.number()),
        NodeKey::Other(name) => other_key(name, out),
    }
    match (key, value) {
        (NodeKey::Known(KeyId::EVENT_TYPE), Node::Str(name)) => match EventType::from_name(name) {
            Some(event) => out.extend_from_slice(&[tag::EVENT_TYPE, event.number()]),
            None => string(name, out),
        },
        _ => encode(value, out),
    }
}

/// Number of members up to which sorting needs no allocation.
const SMALL: usize = 32;

fn object(members: &[(NodeKey<'_>, Node<'_>)], out: &mut Vec<u8>) {
    if let [(key, value)] = members {
        return member(key, value, out);
    }
    // What is sorted are small numbers, key in the high half and place in the low half: members
    // are large, and most keys are known.
    let mut small = [0_u64; SMALL];
    let mut large;
    let order = if members.len() <= SMALL {
        &mut small[..members.len()]
    } else {
        large = vec![0_u64; members.len()];
        &mut large[..]
    };
    for (at, ((key, _), slot)) in members.iter().zip(order.iter_mut()).enumerate() {
        *slot = rank(key) << 32 | at as u64;
    }
    order.sort_unstable();
    let place = |slot: u64| (slot & 0xFFFF_FFFF) as usize;
    let known = order.partition_point(|slot| slot >> 32 < OTHER);
    order[known..].sort_unstable_by(|a, b| {
        members[place(*a)]
            .0
            .name()
            .cmp(members[place(*b)].0.name())
            .then(a.cmp(b))
    });
    for (at, slot) in order.iter().enumerate() {
        let (key, value) = &members[place(*slot)];
        let repeated = order
            .get(at + 1)
            .is_some_and(|next| members[place(*next)].0 == *key);
        if !repeated {
            member(key, value, out);
        }
    }
}

/// Rank of all keys that are not in the table.
const OTHER: u64 = 256;

#[inline]
fn rank(key: &NodeKey<'_>) -> u64 {
    match key {
        NodeKey::Known(key) => u64::from(key.number()),
        NodeKey::Other(_) => OTHER,
    }
}

/// Writes tag, length in bytes and content. One byte is kept free for the length, and the content
/// moves up if it takes more.
#[inline]
pub(super) fn sized(tag: u8, out: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&[tag, 0]);
    let start = out.len();
    content(out);
    let length = out.len() - start;
    if length < 0x80 {
        out[start - 1] = length as u8;
        return;
    }
    let more = length.ilog2() as usize / 7;
    out.resize(out.len() + more, 0);
    out.copy_within(start..start + length, start + more);
    let mut left = length;
    for byte in &mut out[start - 1..start + more] {
        *byte = left as u8 | 0x80;
        left >>= 7;
    }
    out[start + more - 1] &= 0x7F;
}

#[inline]
fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
