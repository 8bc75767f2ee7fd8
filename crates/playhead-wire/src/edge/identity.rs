//! Who watches: the `identityMap` of XDM as the visitor ids of the Collection API.

use playhead_model::{
    body::{Node, NodeKey},
    keys::KeyId,
};

use super::request::{member, text};

/// Login states, by their number in the Collection API.
const AUTHENTICATED_STATES: [&str; 3] = ["ambiguous", "authenticated", "loggedOut"];

/// The ids that some maps name, one for each namespace.
#[derive(Debug, Default)]
pub(super) struct Identity<'n> {
    pub(super) ecid: Option<&'n str>,
    pub(super) fpid: Option<&'n str>,
    others: Vec<Declared<'n>>,
}

#[derive(Debug)]
struct Declared<'n> {
    namespace: &'n str,
    id: &'n str,
    state: Option<usize>,
}

impl<'n> Identity<'n> {
    /// Reads maps, an earlier one before a later one. What has another form says nothing.
    pub(super) fn read<'a: 'n>(maps: impl IntoIterator<Item = &'n Node<'a>>) -> Self {
        let mut identity = Self::default();
        for map in maps {
            let Node::Object(namespaces) = map else {
                continue;
            };
            for (namespace, ids) in namespaces {
                if let Some(entry) = chosen(ids) {
                    identity.add(namespace.name(), entry);
                }
            }
        }
        identity
    }

    fn add<'a: 'n>(&mut self, namespace: &'n str, entry: &'n Node<'a>) {
        let Some(id) = text(entry, "id") else {
            return;
        };
        if namespace.eq_ignore_ascii_case("ECID") {
            self.ecid.get_or_insert(id);
        } else if namespace.eq_ignore_ascii_case("FPID") {
            self.fpid.get_or_insert(id);
        } else if self.others.iter().all(|other| other.namespace != namespace) {
            let state = text(entry, "authenticatedState");
            let state = state.and_then(|state| {
                AUTHENTICATED_STATES
                    .iter()
                    .position(|known| *known == state)
            });
            self.others.push(Declared {
                namespace,
                id,
                state,
            });
        }
    }

    /// The parameters of a start that say the same; `ecid` is for a map that has none.
    pub(super) fn params(&self, ecid: Option<&'n str>) -> Vec<(NodeKey<'n>, Node<'n>)> {
        let string = |id: &'n str| Node::Str(id.into());
        let mut params = Vec::new();
        let mut add = |key, value| params.push((NodeKey::Known(key), value));
        if let Some(ecid) = self.ecid.or(ecid) {
            add(KeyId::MARKETING_CLOUD_USER_ID, string(ecid));
        }
        if let Some(fpid) = self.fpid {
            add(KeyId::APP_INSTALLATION_ID, string(fpid));
        }
        if !self.others.is_empty() {
            let others = self.others.iter().map(Declared::customer_id).collect();
            add(KeyId::CUSTOMER_IDS, Node::Object(others));
        }
        params
    }
}

impl<'n> Declared<'n> {
    fn customer_id(&self) -> (NodeKey<'n>, Node<'n>) {
        let mut entry = vec![(
            NodeKey::Known(KeyId::CUSTOMER_ID),
            Node::Str(self.id.into()),
        )];
        if let Some(state) = self.state {
            entry.push((NodeKey::Known(KeyId::AUTH_STATE), Node::Int(state as i64)));
        }
        (NodeKey::new(self.namespace), Node::Object(entry))
    }
}

/// The id that counts in a namespace: the primary one, else the first that is none at all.
fn chosen<'n, 'a>(ids: &'n Node<'a>) -> Option<&'n Node<'a>> {
    let Node::Array(ids) = ids else {
        return None;
    };
    let mut sound = ids
        .iter()
        .filter(|entry| text(entry, "id").is_some_and(|id| !id.is_empty()));
    let first = sound.clone().next();
    sound
        .find(|entry| member(entry, "primary") == Some(&Node::Bool(true)))
        .or(first)
}
