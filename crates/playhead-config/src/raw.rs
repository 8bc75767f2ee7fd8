//! What was typed: the layers, put over each other, not yet checked.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;

use crate::Sources;
use crate::error::{Origin, Problem};
use crate::file;
use crate::keys::{self, ENVIRONMENT_PREFIX, Key};
use crate::nearest::nearest;

/// A value as it was typed. Numbers and booleans of the file are kept as text, so that every layer
/// is read by the same rules.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Raw {
    Text(String),
    List(Vec<String>),
    /// Something that no key takes, by its name.
    Other(&'static str),
}

impl fmt::Display for Raw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::List(items) => write!(formatter, "{items:?}"),
            Self::Other(name) => formatter.write_str(name),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Typed {
    pub(crate) raw: Raw,
    pub(crate) origin: Origin,
}

/// The values typed, by key; a later layer has replaced those of an earlier one.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawSettings {
    pub(crate) keys: BTreeMap<&'static str, Typed>,
    /// By family and id.
    pub(crate) families: BTreeMap<&'static str, BTreeMap<String, BTreeMap<&'static str, Typed>>>,
}

/// Reads all layers, lowest first.
pub(crate) fn collect(sources: &Sources, problems: &mut Vec<Problem>) -> RawSettings {
    let mut settings = RawSettings::default();
    if let Some(path) = &sources.file {
        file::read(path, &mut settings, problems);
    }
    for (name, value) in &sources.environment {
        read_variable(name, value, &mut settings, problems);
    }
    for (key, value) in &sources.flags {
        read_flag(key, value, &mut settings, problems);
    }
    settings
}

fn read_variable(
    name: &OsStr,
    value: &OsStr,
    settings: &mut RawSettings,
    problems: &mut Vec<Problem>,
) {
    let Some(name) = name.to_str() else { return };
    let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) else {
        return;
    };
    let origin = Origin::Environment(name.to_owned());
    let typed_key = rest.replace("__", ".").to_lowercase();
    let key = match keys::find(&typed_key) {
        Some(key) if key.environment() == name => key,
        _ if is_service_link(rest) => return,
        _ => {
            problems.push(unknown_variable(&typed_key, &origin));
            return;
        }
    };
    match value.to_str() {
        Some(text) => settings.set(key, Raw::Text(text.to_owned()), origin),
        None => problems.push(Problem::new(key.name, &origin, "wants UTF-8")),
    }
}

fn unknown_variable(typed_key: &str, origin: &Origin) -> Problem {
    let family = typed_key
        .split_once('.')
        .and_then(|(first, _)| keys::family(first));
    let message = if let Some(family) = family {
        format!("{} are set in the settings file only", family.name)
    } else {
        let nearest = nearest(typed_key);
        let variable = keys::find(&nearest)
            .map(Key::environment)
            .unwrap_or_default();
        format!("unknown key; the nearest is `{nearest}` ({variable})")
    };
    Problem::new(typed_key, origin, message)
}

/// Kubernetes gives each container variables for the services of its namespace. With a service
/// named `playhead` they bear our prefix, but nobody typed them.
fn is_service_link(rest: &str) -> bool {
    rest.ends_with("SERVICE_HOST")
        || rest.contains("SERVICE_PORT")
        || rest == "PORT"
        || rest.ends_with("_PORT")
        || rest.starts_with("PORT_")
        || rest.contains("_PORT_")
}

fn read_flag(
    typed_key: &str,
    value: &str,
    settings: &mut RawSettings,
    problems: &mut Vec<Problem>,
) {
    let key = keys::find(typed_key);
    let flag = key.and_then(|key| key.flag).unwrap_or(typed_key);
    let origin = Origin::Flag(flag.to_owned());
    match key {
        Some(key) => settings.set(key, Raw::Text(value.to_owned()), origin),
        None => problems.push(unknown_key(typed_key, &origin)),
    }
}

pub(crate) fn unknown_key(typed_key: &str, origin: &Origin) -> Problem {
    let message = format!("unknown key; the nearest is `{}`", nearest(typed_key));
    Problem::new(typed_key, origin, message)
}

impl RawSettings {
    pub(crate) fn set(&mut self, key: &'static Key, raw: Raw, origin: Origin) {
        self.keys.insert(key.name, Typed { raw, origin });
    }
}
