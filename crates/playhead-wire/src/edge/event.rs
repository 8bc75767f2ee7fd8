//! One event: checked, and mapped to the canonical body.

use playhead_model::{body::Node, keys::EventType};

use super::{
    PREFIX,
    canonical::Canonical,
    media::{self, Session},
    missing,
    request::{Event, Root, member},
    time,
};
use crate::{
    Clock, Decoded, Profile,
    collection::check::Check,
    faults::{Faults, Path, shown},
};

/// What a time must look like; clients' makers look for the sentence.
const TIME_FORM: &str = "Field should respect ISO 8601 standard for presenting date and time with \
                         offset to UTC (e.g. 2026-01-02T03:04:05.678Z, 2026-01-02T04:04:05+01:00)";

/// Whose sessions these are; what the other API has in its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account<'s> {
    pub suite: &'s str,
    pub organisation: Option<&'s str>,
}

/// What is known beside the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'s> {
    pub profile: Profile,
    pub clock: Clock,
    /// Time of arrival in milliseconds since 1970, for a start that names none.
    pub received_ms: i64,
    /// Of starts alone.
    pub account: Account<'s>,
    /// The visitor id of a start that names none.
    pub ecid: Option<&'s str>,
}

impl<'n, 'a> Event<'n, 'a> {
    /// Decodes an event that must be of this type.
    ///
    /// # Errors
    /// All faults of the event.
    pub fn decode(
        &self,
        event: EventType,
        root: Root,
        setting: &Setting<'_>,
    ) -> Result<Decoded, Faults> {
        let mut check = Check::new(setting.profile, setting.clock);
        let canonical = self.with_path(root, |path| {
            let path = path.key("xdm");
            let xdm = self.checked_xdm(&mut check, &path, &[PREFIX, event.name()])?;
            let stamp = stamp(&mut check, &path.key("timestamp"), xdm, event, setting);
            let session = match event {
                EventType::SessionStart => Session::Open,
                _ => Session::Needed,
            };
            let media = media::map(&mut check, &path, event, session, xdm);
            let mut canonical = Canonical::new(event, stamp?, media?)?;
            if event == EventType::SessionStart {
                let maps = [member(xdm, "identityMap"), self.shared];
                canonical.add_account(maps.into_iter().flatten(), setting);
            }
            canonical.add_id(member(xdm, "_id"));
            Some(canonical)
        });
        check.finish()?;
        Ok(canonical.expect("an event without faults maps").decoded())
    }

    /// What is wrong with an event whose type is none of this API.
    pub fn unknown_type(&self, root: Root) -> Faults {
        let mut check = Check::new(Profile::Lenient, Clock::Unchecked);
        self.with_path(root, |path| {
            check.add(&path.key("xdm").key("eventType"), || {
                let name = self.type_name().unwrap_or_default();
                format!("\"{}\" is no type of a media event", shown(name))
            });
        });
        check.finish().expect_err("a fault was just added")
    }

    /// The `xdm` of the event, if it is an object; its type and its map of ids are looked at.
    pub(super) fn checked_xdm(
        &self,
        check: &mut Check,
        path: &Path<'_>,
        wanted: &[&str],
    ) -> Option<&'n Node<'a>> {
        let Node::Object(_) = self.node else {
            check.wrong(path, "an event, an object with xdm", self.node);
            return None;
        };
        let xdm = match self.xdm() {
            Some(xdm @ Node::Object(_)) => xdm,
            Some(Node::Null) | None => {
                check.add(path, missing);
                return None;
            }
            Some(other) => {
                check.wrong(path, "an object", other);
                return None;
            }
        };
        let type_path = path.key("eventType");
        match present(check, xdm, "eventType") {
            None => check.add(&type_path, missing),
            Some(Node::Str(name)) if **name == *wanted.concat() => {}
            Some(other) => check.wrong(&type_path, &wanted.concat(), other),
        }
        if let Some(map) = present(check, xdm, "identityMap")
            && !matches!(map, Node::Object(_))
        {
            check.wrong(&path.key("identityMap"), "an object", map);
        }
        Some(xdm)
    }
}

fn stamp(
    check: &mut Check,
    path: &Path<'_>,
    xdm: &Node<'_>,
    event: EventType,
    setting: &Setting<'_>,
) -> Option<i64> {
    match present(check, xdm, "timestamp") {
        Some(node) => timestamp(check, path, node),
        None if event == EventType::SessionStart => Some(setting.received_ms),
        None => {
            check.add(path, missing);
            None
        }
    }
}

/// A time in milliseconds since 1970.
pub(super) fn timestamp(check: &mut Check, path: &Path<'_>, node: &Node<'_>) -> Option<i64> {
    let parsed = match node {
        Node::Str(text) => time::parse(text, check.is_strict()),
        _ => None,
    };
    let Some(ts) = parsed else {
        check.add(path, || TIME_FORM.to_owned());
        return None;
    };
    check.plausible(path, ts, node).then_some(ts)
}

/// A member that is there: null may count as absent.
pub(super) fn present<'n, 'a>(
    check: &Check,
    object: &'n Node<'a>,
    name: &str,
) -> Option<&'n Node<'a>> {
    member(object, name).filter(|node| !check.is_absent(node))
}
