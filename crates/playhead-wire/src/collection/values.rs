//! The check of one value against the form its key asks for.

use playhead_model::{
    body::{Node, NodeKey, Scalar, typed::integer_half_up},
    keys::{KeyId, Kind},
};

use super::check::{Check, Facts};
use crate::faults::{Path, shown};

/// Characters of a state name.
const STATE_NAME_MAX: usize = 64;

impl Check {
    /// Checks a value of `params` or `qoeData`.
    pub(crate) fn value(
        &mut self,
        path: &Path<'_>,
        kind: Kind,
        node: &Node<'_>,
        facts: &mut Facts,
    ) {
        let lenient = !self.is_strict();
        match (kind, node) {
            (Kind::String | Kind::ErrorId, Node::Str(_)) => {}
            (Kind::Number, Node::Int(_) | Node::Uint(_) | Node::Float(_)) => {}
            (Kind::Integer, node) if is_integer(node, lenient) => {}
            (Kind::Boolean, Node::Bool(_)) => {}
            (Kind::ErrorId, node) if lenient && number(node).is_some() => {}
            (Kind::ErrorSource, Node::Str(name)) if lenient || is_error_source(name) => {}
            (Kind::StateName, Node::Str(name)) if is_state_name(name) => {}
            (Kind::AuthState, node) if is_auth_state(node, lenient) => {}
            (Kind::CustomerIds, Node::Object(ids)) => self.customer_ids(path, ids),
            (Kind::StateList, Node::Array(states)) => self.states(path, states, facts),
            _ => self.wrong(path, wanted(kind), node),
        }
    }

    fn customer_ids(&mut self, path: &Path<'_>, ids: &[(NodeKey<'_>, Node<'_>)]) {
        for (name, node) in ids {
            let path = path.key(name.name());
            match node {
                node if self.is_absent(node) => {}
                Node::Object(members) => self.customer_id(&path, members),
                _ => self.wrong(&path, "an object with id and authState", node),
            }
        }
    }

    /// An entry is open: other members than the two may be there.
    fn customer_id(&mut self, path: &Path<'_>, members: &[(NodeKey<'_>, Node<'_>)]) {
        let mut has_id = false;
        for (key, node) in members {
            let NodeKey::Known(known @ (KeyId::CUSTOMER_ID | KeyId::AUTH_STATE)) = key else {
                continue;
            };
            if self.is_absent(node) {
                continue;
            }
            has_id |= *known == KeyId::CUSTOMER_ID;
            let spec = known.spec();
            self.value(&path.key(spec.name), spec.kind, node, &mut Facts::default());
        }
        if !has_id {
            self.add(&path.key(KeyId::CUSTOMER_ID.name()), || {
                "is missing".to_owned()
            });
        }
    }

    fn states(&mut self, path: &Path<'_>, states: &[Node<'_>], facts: &mut Facts) {
        for (at, node) in states.iter().enumerate() {
            let path = path.index(at);
            let Node::Object(members) = node else {
                self.wrong(&path, "an object with media.state.name", node);
                continue;
            };
            let mut has_name = false;
            for (key, node) in members {
                match key {
                    _ if self.is_absent(node) => {}
                    NodeKey::Known(KeyId::STATE_NAME) => {
                        has_name = true;
                        self.value(&path.key(key.name()), Kind::StateName, node, facts);
                    }
                    _ => facts.unknown_keys = facts.unknown_keys.saturating_add(1),
                }
            }
            if !has_name {
                self.add(&path.key(KeyId::STATE_NAME.name()), || {
                    "is missing".to_owned()
                });
            }
        }
    }

    /// A `statesUpdate` names at least one state.
    pub(crate) fn some_state(&mut self, path: &Path<'_>, params: &Node<'_>) {
        let Node::Object(members) = params else {
            return;
        };
        let some = members.iter().any(|(key, node)| {
            matches!(key, NodeKey::Known(KeyId::STATES_START | KeyId::STATES_END))
                && !matches!(node, Node::Null)
                && !matches!(node, Node::Array(states) if states.is_empty())
        });
        if !some {
            self.add(path, || {
                "expected a state in statesStart or statesEnd".to_owned()
            });
        }
    }

    pub(crate) fn custom_metadata(&mut self, path: &Path<'_>, node: &Node<'_>) {
        let Node::Object(members) = node else {
            return self.wrong(path, "an object", node);
        };
        for (key, node) in members {
            if self.is_absent(node) {
                continue;
            }
            let name = key.name();
            if !is_name(name) {
                self.add(&path.key(name), || {
                    "a key has one or more letters, digits, `_` and `.`, and nothing else"
                        .to_owned()
                });
            }
            if !matches!(node, Node::Str(_)) {
                self.wrong(&path.key(name), "a string", node);
            }
        }
    }
}

/// Whether a value is of the form that its key asks for, in both profiles. It is never wrong to say no.
#[inline]
pub(crate) fn fits(kind: Kind, value: Scalar<'_>) -> bool {
    match (kind, value) {
        (Kind::String | Kind::ErrorId, Scalar::Str(_))
        | (Kind::Number, Scalar::Int(_) | Scalar::Float(_))
        | (Kind::Integer, Scalar::Int(_))
        | (Kind::Boolean, Scalar::Bool(_)) => true,
        (Kind::ErrorSource, Scalar::Str(name)) => is_error_source(name),
        (Kind::StateName, Scalar::Str(name)) => is_state_name(name),
        _ => false,
    }
}

/// The number, if it is one.
pub(crate) fn number(node: &Node<'_>) -> Option<f64> {
    match node {
        Node::Int(value) => Some(*value as f64),
        Node::Uint(value) => Some(*value as f64),
        Node::Float(value) => Some(*value),
        _ => None,
    }
}

fn is_integer(node: &Node<'_>, lenient: bool) -> bool {
    match node {
        Node::Int(_) | Node::Uint(_) => true,
        Node::Float(value) => lenient || value.fract() == 0.0,
        _ => false,
    }
}

fn is_auth_state(node: &Node<'_>, lenient: bool) -> bool {
    match node {
        Node::Int(state) => (0..=2).contains(state),
        Node::Float(state) => lenient && (0..=2).contains(&integer_half_up(*state)),
        _ => false,
    }
}

fn is_error_source(name: &str) -> bool {
    matches!(name, "player" | "external")
}

fn is_state_name(name: &str) -> bool {
    name.len() <= STATE_NAME_MAX && is_name(name)
}

/// Whether it is the name of a state, but for its length, or a key of custom metadata.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::ErrorId => "a string",
        Kind::Number => "a number",
        Kind::NonNegative => "a number that is not negative",
        Kind::Integer => "an integer",
        Kind::Boolean => "true or false",
        Kind::EventType => "the name of an event type",
        Kind::PlayerTime | Kind::Params | Kind::QoeData | Kind::CustomMetadata => "an object",
        Kind::CustomerIds => "an object of visitor ids by name",
        Kind::AuthState => "0, 1 or 2",
        Kind::ErrorSource => "player or external",
        Kind::StateName => "a state name, 1 to 64 letters, digits, `_` and `.`",
        Kind::StateList => "an array of states",
    }
}

/// Says what a value is, for the end of a reason.
pub(crate) fn describe(node: &Node<'_>) -> String {
    match node {
        Node::Null => "null".to_owned(),
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Uint(value) => value.to_string(),
        Node::Float(value) => format!("{value:?}"),
        Node::Str(value) => format!("the string \"{}\"", shown(value)),
        Node::Array(_) => "an array".to_owned(),
        Node::Object(_) => "an object".to_owned(),
    }
}
