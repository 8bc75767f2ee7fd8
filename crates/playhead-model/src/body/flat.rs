//! Objects whose values hold no others, gathered straight from a text: nearly all events are made of
//! a few of them.

use super::{
    encode::{float, integer, other_key, sized, string},
    tag,
};
use crate::keys::{EventType, KeyId, KeySet};

/// A value that holds no others, and is not null.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
}

impl Scalar<'_> {
    fn encode(self, out: &mut Vec<u8>) {
        match self {
            Self::Bool(value) => out.push(if value { tag::TRUE } else { tag::FALSE }),
            Self::Int(value) => integer(value, out),
            Self::Float(value) => float(value, out),
            Self::Str(value) => string(value, out),
        }
    }
}

/// An object of such values.
#[derive(Clone, Debug, Default)]
pub struct Flat<'a> {
    seen: KeySet,
    known: Vec<(KeyId, Scalar<'a>)>,
    others: Vec<(&'a str, Scalar<'a>)>,
}

impl<'a> Flat<'a> {
    /// An object that will have about so many members with known keys.
    pub fn with_capacity(known: usize) -> Self {
        Self {
            known: Vec::with_capacity(known),
            ..Self::default()
        }
    }

    /// Adds a member. Nothing if it repeats one with a known key, or its value is written in a form
    /// of its own there.
    #[inline]
    pub fn add(&mut self, name: &'a str, value: Scalar<'a>) -> Option<()> {
        let Some(key) = KeyId::lookup(name) else {
            self.others.push((name, value));
            return Some(());
        };
        self.known.push((key, value));
        (key != KeyId::EVENT_TYPE && self.seen.insert(key)).then_some(())
    }

    /// The object, once all members are there; nothing if one with another key is repeated.
    pub fn finish(mut self) -> Option<Self> {
        self.others.sort_unstable_by_key(|(name, _)| *name);
        let mut pairs = self.others.iter().zip(self.others.iter().skip(1));
        let is_repeated = pairs.any(|((name, _), (next, _))| name == next);
        (!is_repeated).then_some(self)
    }

    /// The known keys.
    pub fn seen(&self) -> KeySet {
        self.seen
    }

    /// The members with known keys, as they came.
    pub fn known(&self) -> &[(KeyId, Scalar<'a>)] {
        &self.known
    }

    /// The other members.
    pub fn others(&self) -> &[(&'a str, Scalar<'a>)] {
        &self.others
    }

    /// The value of a known key.
    pub fn get(&self, key: KeyId) -> Option<Scalar<'a>> {
        let mut known = self.known.iter();
        known.find(|(known, _)| *known == key).map(|(_, it)| *it)
    }

    /// Appends the object in canonical form.
    fn encode(&self, out: &mut Vec<u8>) {
        let mut places = [0_u8; 128];
        for (place, (key, _)) in (0..).zip(&self.known) {
            places[usize::from(key.number() % 128)] = place;
        }
        sized(tag::OBJECT, out, |out| {
            for key in self.seen.iter() {
                let place = places[usize::from(key.number() % 128)];
                out.push(key.number());
                self.known[usize::from(place)].1.encode(out);
            }
            for (name, value) in &self.others {
                other_key(name, out);
                value.encode(out);
            }
        });
    }
}

/// Appends an event in canonical form: its type, and objects in the order of their keys.
pub fn encode_event(event: EventType, members: &[(KeyId, Option<&Flat<'_>>)], out: &mut Vec<u8>) {
    sized(tag::OBJECT, out, |out| {
        out.extend_from_slice(&[KeyId::EVENT_TYPE.number(), tag::EVENT_TYPE, event.number()]);
        for (key, flat) in members {
            if let Some(flat) = flat {
                out.push(key.number());
                flat.encode(out);
            }
        }
    });
}
