//! The values of a table of keys, read one by one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::Suites;
use crate::error::{Origin, Problem};
use crate::keys::Key;
use crate::kind::{NONE, Value};
use crate::network::Network;
use crate::raw::{Raw, Typed};
use crate::secret::Secret;
use crate::shown::{Setting, Shown};

/// The values of one table of keys, each read.
pub(crate) struct Values {
    values: BTreeMap<&'static str, (Value, Origin)>,
    order: &'static [Key],
}

impl Values {
    pub(crate) fn read(
        keys: &'static [Key],
        prefix: &str,
        typed: &BTreeMap<&'static str, Typed>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut values = BTreeMap::new();
        for key in keys {
            let default = read(key, &Raw::Text(key.default.to_owned()))
                .expect("a test reads the default of each key");
            let value = match typed.get(key.name) {
                None => (default, Origin::Default),
                Some(Typed { raw, origin }) => match read(key, raw) {
                    Ok(value) => (value, origin.clone()),
                    Err(message) => {
                        let name = format!("{prefix}{}", key.name);
                        problems.push(Problem::new(&name, origin, message));
                        (default, Origin::Default)
                    }
                },
            };
            values.insert(key.name, value);
        }
        Self {
            values,
            order: keys,
        }
    }

    pub(crate) fn shown(&self, prefix: &str) -> Vec<Setting> {
        let setting = |key: &Key| {
            let (value, origin) = &self.values[key.name];
            Setting {
                key: format!("{prefix}{}", key.name),
                value: Shown::from(value),
                origin: origin.clone(),
            }
        };
        self.order.iter().map(setting).collect()
    }

    pub(crate) fn origin(&self, key: &str) -> &Origin {
        &self.values[key].1
    }

    /// Gives a value in the type its key was declared with; a key asked for in another type, or one
    /// that is not declared, is a mistake of ours which the first test finds.
    pub(crate) fn get<T>(&self, key: &str, take: impl Fn(&Value) -> Option<T>) -> T {
        let value = self.values.get(key).map(|(value, _)| value);
        value
            .and_then(take)
            .unwrap_or_else(|| panic!("key {key} is declared in another way"))
    }

    pub(crate) fn address(&self, key: &str) -> SocketAddr {
        self.get(key, |value| match value {
            Value::Address(address) => Some(*address),
            _ => None,
        })
    }

    pub(crate) fn address_or_none(&self, key: &str) -> Option<SocketAddr> {
        self.get(
            key,
            or_none(|value| match value {
                Value::Address(address) => Some(*address),
                _ => None,
            }),
        )
    }

    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        self.get(key, |value| match value {
            Value::Path(path) => Some(Some(path.clone())),
            Value::None => Some(None),
            _ => None,
        })
    }

    pub(crate) fn size(&self, key: &str) -> u64 {
        self.get(key, as_size)
    }

    pub(crate) fn size_or_none(&self, key: &str) -> Option<u64> {
        self.get(key, or_none(as_size))
    }

    pub(crate) fn count(&self, key: &str) -> usize {
        self.get(key, |value| match value {
            // On a machine of 32 bits a greater number means "no limit" just as well.
            Value::Count(count) => Some(usize::try_from(*count).unwrap_or(usize::MAX)),
            _ => None,
        })
    }

    pub(crate) fn count_or_none(&self, key: &str) -> Option<u64> {
        self.get(
            key,
            or_none(|value| match value {
                Value::Count(count) => Some(*count),
                _ => None,
            }),
        )
    }

    pub(crate) fn bits(&self, key: &str) -> u8 {
        u8::try_from(self.count(key)).expect("bits are declared with a bound of at most 128")
    }

    pub(crate) fn duration(&self, key: &str) -> Duration {
        self.get(key, as_duration)
    }

    pub(crate) fn duration_or_none(&self, key: &str) -> Option<Duration> {
        self.get(key, or_none(as_duration))
    }

    pub(crate) fn switch(&self, key: &str) -> bool {
        self.get(key, |value| match value {
            Value::Switch(switch) => Some(*switch),
            _ => None,
        })
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.get(key, |value| as_text(value).map(str::to_owned))
    }

    pub(crate) fn text_or_none(&self, key: &str) -> Option<String> {
        self.get(key, or_none(|value| as_text(value).map(str::to_owned)))
    }

    pub(crate) fn word<T>(&self, key: &str, from_word: fn(&str) -> Option<T>) -> T {
        self.get(key, |value| as_text(value).and_then(from_word))
    }

    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.get(key, |value| match value {
            Value::List(items) => Some(items.clone()),
            _ => None,
        })
    }

    pub(crate) fn networks(&self, key: &str) -> Vec<Network> {
        self.get(key, |value| match value {
            Value::Networks(networks) => Some(networks.clone()),
            _ => None,
        })
    }

    pub(crate) fn suites(&self, key: &str) -> Suites {
        self.get(key, |value| match value {
            Value::Text(_) => Some(Suites::Any),
            Value::List(ids) => Some(Suites::Only(ids.iter().cloned().collect())),
            _ => None,
        })
    }

    pub(crate) fn secret(&self, key: &str, problems: &mut Vec<Problem>) -> Option<Secret> {
        match Secret::read(&self.path(key)?) {
            Ok(secret) => Some(secret),
            Err(message) => {
                problems.push(Problem::new(key, self.origin(key), message));
                None
            }
        }
    }
}

fn read(key: &Key, raw: &Raw) -> Result<Value, String> {
    match raw {
        Raw::Text(text) if key.optional && text.trim() == NONE => Ok(Value::None),
        raw => key.kind.read(raw),
    }
}

pub(crate) fn or_none<T>(
    take: impl Fn(&Value) -> Option<T>,
) -> impl Fn(&Value) -> Option<Option<T>> {
    move |value| {
        if *value == Value::None {
            Some(None)
        } else {
            take(value).map(Some)
        }
    }
}

fn as_size(value: &Value) -> Option<u64> {
    if let Value::Size(size) = value {
        Some(*size)
    } else {
        None
    }
}

fn as_duration(value: &Value) -> Option<Duration> {
    if let Value::Duration(duration) = value {
        Some(*duration)
    } else {
        None
    }
}

pub(crate) fn as_text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value {
        Some(text)
    } else {
        None
    }
}
