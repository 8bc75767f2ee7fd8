//! The settings in force, in the form in which they are printed.

use std::fmt;

use crate::error::Origin;
use crate::kind::{NONE, Value};
use crate::network::Network;
use crate::units::{format_duration, format_size};

/// A key with the value in force and where it came from.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Setting {
    pub key: String,
    pub value: Shown,
    pub origin: Origin,
}

/// A value as it is printed: in TOML by `Display`, in JSON by `Serialize`. Secrets are paths here,
/// never contents.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Shown {
    None,
    Switch(bool),
    Number(u64),
    Text(String),
    List(Vec<String>),
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => quote(formatter, NONE),
            Self::Switch(switch) => write!(formatter, "{switch}"),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => quote(formatter, text),
            Self::List(items) => {
                formatter.write_str("[")?;
                for (number, item) in items.iter().enumerate() {
                    formatter.write_str(if number > 0 { ", " } else { "" })?;
                    quote(formatter, item)?;
                }
                formatter.write_str("]")
            }
        }
    }
}

/// Writes a basic string of TOML.
pub(crate) fn quote(formatter: &mut impl fmt::Write, text: &str) -> fmt::Result {
    formatter.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(formatter, "\\{character}")?,
            control if control.is_control() => write!(formatter, "\\u{:04X}", u32::from(control))?,
            other => formatter.write_char(other)?,
        }
    }
    formatter.write_char('"')
}

impl From<&Value> for Shown {
    fn from(value: &Value) -> Self {
        match value {
            Value::None => Shown::None,
            Value::Switch(switch) => Shown::Switch(*switch),
            Value::Count(count) => Shown::Number(*count),
            Value::Address(address) => Shown::Text(address.to_string()),
            Value::Path(path) => Shown::Text(path.display().to_string()),
            Value::Size(size) => Shown::Text(format_size(*size)),
            Value::Duration(duration) => Shown::Text(format_duration(*duration)),
            Value::Text(text) => Shown::Text(text.clone()),
            Value::List(items) => Shown::List(items.clone()),
            Value::Networks(networks) => {
                Shown::List(networks.iter().map(Network::to_string).collect())
            }
        }
    }
}
