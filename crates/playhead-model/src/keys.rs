//! The one table of event types and keys.
//!
//! Validation, the published JSON Schemas, the reference pages and the dictionary of the stored
//! form all read this table, so what the schema says is what the endpoint enforces. Numbers of
//! event types and keys are written to disk: they are never changed or given out again, new ones
//! go to the end.

mod event_type;
mod lookup;
mod table;

use self::table::TABLE;
pub use self::{
    event_type::{EventSet, EventType},
    table::KEYS,
};

/// Number of a key in the dictionary of the stored form; never 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u8);

impl KeyId {
    /// Finds a key by its exact name.
    #[inline]
    pub fn lookup(name: &str) -> Option<KeyId> {
        lookup::find(name)
    }

    /// Gives back a key from its stored number.
    #[inline]
    pub fn from_number(number: u8) -> Option<KeyId> {
        (number != 0 && usize::from(number) <= KEYS.len()).then_some(KeyId(number))
    }

    /// Number under which the key is stored.
    #[inline]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Row of the table.
    #[inline]
    pub const fn spec(self) -> &'static KeySpec {
        &TABLE[self.0 as usize - 1]
    }

    /// Name on the wire.
    #[inline]
    pub fn name(self) -> &'static str {
        self.spec().name
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyId({} {:?})", self.0, self.name())
    }
}

/// A set of keys, for "seen" and "required" checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeySet(u128);

impl KeySet {
    /// No key at all.
    pub const EMPTY: KeySet = KeySet(0);

    /// These keys.
    pub const fn of(keys: &[KeyId]) -> KeySet {
        let mut set = KeySet::EMPTY;
        let mut at = 0;
        while at < keys.len() {
            set.insert(keys[at]);
            at += 1;
        }
        set
    }

    /// Adds a key; false if it was there already.
    #[inline]
    pub const fn insert(&mut self, key: KeyId) -> bool {
        let bit = 1_u128 << key.0;
        let added = self.0 & bit == 0;
        self.0 |= bit;
        added
    }

    /// Tells whether a key is in the set.
    #[inline]
    pub const fn contains(self, key: KeyId) -> bool {
        self.0 & (1_u128 << key.0) != 0
    }

    /// The keys of either.
    pub const fn with(self, other: KeySet) -> KeySet {
        KeySet(self.0 | other.0)
    }

    /// Keys of this set that are not in the other.
    #[inline]
    pub const fn without(self, other: KeySet) -> KeySet {
        KeySet(self.0 & !other.0)
    }

    /// Tells whether the set has no key.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The keys, in order of their numbers.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = KeyId> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let lowest = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (lowest < u128::BITS).then_some(KeyId(lowest as u8))
        })
    }
}

/// What the table says about one key.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// Number in the dictionary.
    pub id: KeyId,
    /// Name on the wire.
    pub name: &'static str,
    /// Object that carries the key.
    pub place: Place,
    /// Form of the value.
    pub kind: Kind,
    /// Events that may carry the key.
    pub events: EventSet,
    /// Events that must carry the key.
    pub required: EventSet,
    /// The same value in the Media Edge API, if it can be said there.
    pub edge: Option<Edge>,
    /// One sentence for people, with the unit.
    pub about: &'static str,
}

/// Where the value of a key stands in a body of the Media Edge API.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Path below `xdm`.
    pub path: &'static str,
    /// Events that may carry it there.
    pub events: EventSet,
    /// Events that must carry it there.
    pub required: EventSet,
}

/// Object in which a key lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The event itself.
    Envelope,
    /// `playerTime`.
    PlayerTime,
    /// `params`.
    Params,
    /// `qoeData`.
    Qoe,
    /// One entry of `visitor.customerIDs`.
    CustomerId,
    /// The event, but only if it came by the Media Edge API.
    Edge,
    /// Nowhere by the protocol: a spelling some clients use. Unknown to validation, listed so that
    /// readers find it by number.
    Alias,
}

/// Form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any string.
    String,
    /// Any finite number.
    Number,
    /// A finite number that is not negative.
    NonNegative,
    /// A number without a fraction; 15.0 is one.
    Integer,
    /// True or false.
    Boolean,
    /// Name of an event type.
    EventType,
    /// The object `playerTime`.
    PlayerTime,
    /// The object `params`.
    Params,
    /// The object `qoeData`.
    QoeData,
    /// An object of strings with restricted names.
    CustomMetadata,
    /// An object of declared visitor ids by name.
    CustomerIds,
    /// 0 unknown, 1 authenticated, 2 logged out.
    AuthState,
    /// A string that names an error; the lenient profile takes a number as well.
    ErrorId,
    /// `player` or `external`; the lenient profile takes any string.
    ErrorSource,
    /// 1 to 64 letters, digits, `_` and `.`.
    StateName,
    /// An array of objects that name a player state.
    StateList,
}

/// Keys that an event of this type must carry in the given place.
pub const fn required_keys(event: EventType, place: Place) -> KeySet {
    let mut set = KeySet::EMPTY;
    let mut row = 0;
    while row < TABLE.len() {
        let spec = &TABLE[row];
        if spec.place as u8 == place as u8 && spec.required.contains(event) {
            set.insert(spec.id);
        }
        row += 1;
    }
    set
}

/// Rows of the table that an event of this type may carry in the given place.
pub fn keys_of(event: EventType, place: Place) -> impl Iterator<Item = &'static KeySpec> {
    KEYS.iter()
        .filter(move |spec| spec.place == place && spec.events.contains(event))
}

#[cfg(test)]
mod tests;
