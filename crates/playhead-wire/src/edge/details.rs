//! Objects with details, such as `sessionDetails`: which there are follows from the table of keys.

use std::sync::LazyLock;

use playhead_model::{
    body::{Node, NodeKey, typed::integer_half_up},
    keys::{EventSet, EventType, KEYS, KeyId, KeySet, KeySpec, Kind},
};

use super::missing;
use crate::{
    collection::check::{Check, Facts},
    faults::Path,
};

/// Members of the canonical body that came out of an object.
pub(super) type Members<'a> = Vec<(NodeKey<'a>, Node<'a>)>;

/// An object below `mediaCollection`.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) name: &'static str,
    /// Events that carry it.
    pub(super) events: EventSet,
    /// Name of each member, and the key it stands for.
    members: Vec<(&'static str, &'static KeySpec)>,
}

/// Every object with details, in the order of the table.
pub(super) static CONTAINERS: LazyLock<Vec<Container>> = LazyLock::new(|| {
    let mut containers: Vec<Container> = Vec::new();
    for spec in KEYS {
        let Some(edge) = spec.edge else { continue };
        let path = edge.path.strip_prefix("mediaCollection.");
        let Some((name, member)) = path.and_then(|path| path.split_once('.')) else {
            continue;
        };
        match containers.iter_mut().find(|known| known.name == name) {
            Some(container) => container.members.push((member, spec)),
            None => containers.push(Container {
                name,
                events: edge.events,
                members: vec![(member, spec)],
            }),
        }
    }
    containers
});

impl Container {
    /// Whether an event of this type must carry it.
    pub(super) fn is_needed(&self, event: EventType) -> bool {
        self.members
            .iter()
            .filter_map(|(_, spec)| spec.edge)
            .any(|edge| edge.required.contains(event))
    }

    /// Checks the object and maps what it holds.
    pub(super) fn map<'a>(
        &self,
        check: &mut Check,
        path: &Path<'_>,
        event: EventType,
        node: &Node<'a>,
    ) -> Members<'a> {
        let mut mapped = Vec::new();
        let Node::Object(members) = node else {
            check.wrong(path, "an object", node);
            return mapped;
        };
        let mut seen = KeySet::EMPTY;
        for (key, node) in members {
            let known = self.members.iter().find(|(name, _)| *name == key.name());
            let Some((name, spec)) = known else { continue };
            if check.is_absent(node) {
                continue;
            }
            seen.insert(spec.id);
            let path = path.key(name);
            check_value(check, &path, spec, node);
            // Whether content was downloaded is said by the path it was sent to.
            if spec.id != KeyId::DOWNLOADED {
                mapped.push((NodeKey::Known(spec.id), rounded(spec.kind, node)));
            }
        }
        for (name, spec) in &self.members {
            let is_needed = spec.edge.is_some_and(|edge| edge.required.contains(event));
            if is_needed && !seen.contains(spec.id) {
                check.add(&path.key(name), missing);
            }
        }
        mapped
    }
}

fn check_value(check: &mut Check, path: &Path<'_>, spec: &KeySpec, node: &Node<'_>) {
    if spec.id == KeyId::STREAM_TYPE && check.is_strict() {
        if !matches!(node, Node::Str(kind) if matches!(&**kind, "video" | "audio")) {
            check.wrong(path, "video or audio", node);
        }
        return;
    }
    check.value(path, on_edge(spec.kind), node, &mut Facts::default());
}

/// Lengths and offsets are whole seconds here.
fn on_edge(kind: Kind) -> Kind {
    match kind {
        Kind::Number => Kind::Integer,
        other => other,
    }
}

fn rounded<'a>(kind: Kind, node: &Node<'a>) -> Node<'a> {
    match (on_edge(kind), node) {
        (Kind::Integer, Node::Float(value)) => Node::Int(integer_half_up(*value)),
        _ => node.clone(),
    }
}
