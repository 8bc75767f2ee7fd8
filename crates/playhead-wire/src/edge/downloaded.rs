//! A whole offline session in one event.

use playhead_model::{body::Node, keys::EventType};

use super::{
    Kind, PREFIX,
    canonical::Canonical,
    event::{Setting, present, timestamp},
    media::{self, Session},
    missing,
    request::{Event, Root, member},
};
use crate::{
    Decoded,
    collection::check::Check,
    faults::{Faults, Path, shown},
};

impl Event<'_, '_> {
    /// Decodes a whole session, its start first.
    ///
    /// # Errors
    /// All faults of all its events.
    pub fn decode_downloaded(
        &self,
        root: Root,
        setting: &Setting<'_>,
    ) -> Result<Vec<Decoded>, Faults> {
        let mut check = Check::new(setting.profile, setting.clock);
        let mut decoded = Vec::new();
        self.with_path(root, |path| {
            let path = path.key("xdm");
            let wanted = [PREFIX, Kind::Downloaded.name()];
            let Some(xdm) = self.checked_xdm(&mut check, &path, &wanted) else {
                return;
            };
            let path = path.key("mediaDownloadedEvents");
            match present(&check, xdm, "mediaDownloadedEvents") {
                None => check.add(&path, missing),
                Some(Node::Array(events)) if !events.is_empty() => {
                    for (at, node) in events.iter().enumerate() {
                        let canonical = element(&mut check, &path.index(at), at, node);
                        let Some(mut canonical) = canonical.filter(|_| check.is_clean()) else {
                            continue;
                        };
                        if at == 0 {
                            let maps = [member(xdm, "identityMap"), self.shared];
                            canonical.add_account(maps.into_iter().flatten(), setting);
                        }
                        decoded.push(canonical.decoded());
                    }
                }
                Some(other) => check.wrong(&path, "an array that begins with sessionStart", other),
            }
        });
        check.finish()?;
        Ok(decoded)
    }
}

fn element<'b>(
    check: &mut Check,
    path: &Path<'_>,
    at: usize,
    node: &Node<'b>,
) -> Option<Canonical<'b>> {
    let Node::Object(_) = node else {
        check.wrong(path, "one event, an object", node);
        return None;
    };
    let stamp_path = path.key("mediaEventTimestamp");
    let stamp = match present(check, node, "mediaEventTimestamp") {
        Some(node) => timestamp(check, &stamp_path, node),
        None => {
            check.add(&stamp_path, missing);
            None
        }
    };
    let event = event_type(check, &path.key("mediaEventType"), at, node)?;
    let media = media::map(check, path, event, Session::Whole, node);
    Canonical::new(event, stamp?, media?)
}

fn event_type(check: &mut Check, path: &Path<'_>, at: usize, node: &Node<'_>) -> Option<EventType> {
    let Some(node) = present(check, node, "mediaEventType") else {
        check.add(path, missing);
        return None;
    };
    let kind = match node {
        Node::Str(name) => name.strip_prefix(PREFIX).and_then(Kind::from_name),
        _ => None,
    };
    let Some(Kind::Event(event)) = kind else {
        check.add(path, || match node {
            Node::Str(name) => format!("\"{}\" is no type of a media event", shown(name)),
            _ => "expected the type of a media event".to_owned(),
        });
        return None;
    };
    if (at == 0) != (event == EventType::SessionStart) {
        check.add(path, || {
            "a session begins with its one media.sessionStart".to_owned()
        });
    }
    Some(event)
}
