//! The layer that is a TOML file.
//!
//! The document is walked rather than deserialised into structs, because that gives every mistake
//! in it at once and the line of each value.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Origin, Problem};
use crate::keys::{self, Family};
use crate::raw::{Raw, RawSettings, Typed, unknown_key};

pub(crate) fn read(path: &Path, settings: &mut RawSettings, problems: &mut Vec<Problem>) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("can't read the settings file {}: {error}", path.display());
            problems.push(Problem {
                key: None,
                origin: None,
                message,
            });
            return;
        }
    };
    let (document, faults) = DeTable::parse_recoverable(&text);
    let file = File { path, text: &text };
    for fault in faults {
        let origin = file.origin(fault.span().map_or(0, |span| span.start));
        let message = fault.message().replace('\n', ", ");
        problems.push(Problem {
            key: None,
            origin: Some(origin),
            message,
        });
    }
    file.read_root(document.get_ref(), settings, problems);
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn origin(&self, offset: usize) -> Origin {
        let before = self.text.as_bytes().iter().take(offset);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Origin::File {
            path: self.path.to_owned(),
            line,
        }
    }

    fn read_root(
        &self,
        table: &DeTable<'_>,
        settings: &mut RawSettings,
        problems: &mut Vec<Problem>,
    ) {
        for (name, value) in table {
            let origin = self.origin(name.span().start);
            let family = keys::family(name.get_ref());
            match (value.get_ref(), family) {
                (DeValue::Table(tables), Some(family)) => {
                    self.read_family(family, tables, settings, problems);
                }
                (DeValue::Table(section), _) if keys::find(name.get_ref()).is_none() => {
                    self.read_section(name.get_ref(), &origin, section, settings, problems);
                }
                _ if family.is_some() || keys::is_section(name.get_ref()) => {
                    problems.push(Problem::new(
                        name.get_ref(),
                        &origin,
                        "wants a table of keys",
                    ));
                }
                (value, _) => self.read_key(name.get_ref(), origin, value, settings, problems),
            }
        }
    }

    fn read_section(
        &self,
        section: &str,
        origin: &Origin,
        table: &DeTable<'_>,
        settings: &mut RawSettings,
        problems: &mut Vec<Problem>,
    ) {
        if table.is_empty() && !keys::is_section(section) {
            problems.push(unknown_key(section, origin));
        }
        for (name, value) in table {
            let path = format!("{section}.{}", name.get_ref());
            let origin = self.origin(name.span().start);
            match value.get_ref() {
                // No key has three names: those of a misspelt `[suites."id"]` are told one by one.
                DeValue::Table(table) if keys::find(&path).is_none() => {
                    self.read_section(&path, &origin, table, settings, problems);
                }
                value => self.read_key(&path, origin, value, settings, problems),
            }
        }
    }

    fn read_key(
        &self,
        path: &str,
        origin: Origin,
        value: &DeValue<'_>,
        settings: &mut RawSettings,
        problems: &mut Vec<Problem>,
    ) {
        match keys::find(path) {
            Some(key) => settings.set(key, raw(value), origin),
            None => problems.push(unknown_key(path, &origin)),
        }
    }

    fn read_family(
        &self,
        family: &'static Family,
        tables: &DeTable<'_>,
        settings: &mut RawSettings,
        problems: &mut Vec<Problem>,
    ) {
        for (id, value) in tables {
            let path = format!("{}.{}", family.name, id.get_ref());
            let origin = self.origin(id.span().start);
            match value.get_ref() {
                _ if !(family.is_id)(id.get_ref()) => {
                    problems.push(Problem::new(&path, &origin, family.wants_id));
                }
                DeValue::Table(table) => self.read_member(family, id, table, settings, problems),
                _ => problems.push(Problem::new(&path, &origin, "wants a table of keys")),
            }
        }
    }

    fn read_member(
        &self,
        family: &'static Family,
        id: &Spanned<std::borrow::Cow<'_, str>>,
        table: &DeTable<'_>,
        settings: &mut RawSettings,
        problems: &mut Vec<Problem>,
    ) {
        let all = settings.families.entry(family.name).or_default();
        let member = all.entry(id.get_ref().to_string()).or_default();
        for (name, value) in table {
            let origin = self.origin(name.span().start);
            match family.find(name.get_ref()) {
                Some(key) => {
                    member.insert(
                        key.name,
                        Typed {
                            raw: raw(value.get_ref()),
                            origin,
                        },
                    );
                }
                None => {
                    let path = format!("{}.{}.{}", family.name, id.get_ref(), name.get_ref());
                    problems.push(unknown_key(&path, &origin));
                }
            }
        }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| scalar(item.get_ref())).collect();
            items.map_or(Raw::Other("a nested list"), Raw::List)
        }
        DeValue::Table(_) => Raw::Other("a table"),
        value => scalar(value).map_or(Raw::Other("a number out of range"), Raw::Text),
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(integer) => {
            let number = i128::from_str_radix(integer.as_str(), integer.radix()).ok()?;
            Some(number.to_string())
        }
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        DeValue::Boolean(boolean) => Some(boolean.to_string()),
        DeValue::Datetime(datetime) => Some(datetime.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
