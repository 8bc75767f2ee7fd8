//! A JSON value on its way to the compact form.

use std::borrow::Cow;

use crate::keys::KeyId;

/// A JSON value that borrows its strings where it can.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64::MAX`.
    Uint(u64),
    Float(f64),
    Str(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// Members in the order received.
    Object(Vec<(NodeKey<'a>, Node<'a>)>),
}

/// Key of a member, looked up in the table once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKey<'a> {
    Known(KeyId),
    Other(Cow<'a, str>),
}

impl Node<'_> {
    /// Makes a number; one without a fraction becomes an integer where it fits.
    #[inline]
    pub fn number(value: f64) -> Self {
        // The bounds are exact in binary; i64::MAX and u64::MAX are not.
        const INTEGERS_END: f64 = 9_223_372_036_854_775_808.0;
        if value.fract() != 0.0 || !value.is_finite() {
            Node::Float(value)
        } else if (-INTEGERS_END..INTEGERS_END).contains(&value) {
            Node::Int(value as i64)
        } else if (INTEGERS_END..2.0 * INTEGERS_END).contains(&value) {
            Node::Uint(value as u64)
        } else {
            Node::Float(value)
        }
    }

    /// Makes an unsigned number in the one form it has.
    #[inline]
    pub fn unsigned(value: u64) -> Self {
        i64::try_from(value).map_or(Node::Uint(value), Node::Int)
    }
}

impl<'a> NodeKey<'a> {
    /// Looks the name up.
    #[inline]
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        let name = name.into();
        KeyId::lookup(&name).map_or(NodeKey::Other(name), NodeKey::Known)
    }

    /// Name on the wire.
    pub fn name(&self) -> &str {
        match self {
            NodeKey::Known(key) => key.name(),
            NodeKey::Other(name) => name,
        }
    }
}
