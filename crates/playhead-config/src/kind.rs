//! What a key holds, how it is read and how it is written back.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::network::Network;
use crate::raw::Raw;
use crate::units::{format_duration, format_size, parse_count, parse_duration, parse_size};

/// The word that says "no value" where a key may have none.
pub(crate) const NONE: &str = "none";

/// The word that says "every suite".
pub(crate) const ANY: &str = "any";

/// What a key holds, with its bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Address,
    Path,
    /// The path of a file that has to be readable now.
    File,
    Size {
        min: u64,
    },
    Count {
        min: u64,
        max: u64,
    },
    Duration {
        min: Duration,
    },
    Switch,
    Word(&'static [&'static str]),
    Text,
    Level,
    Suite,
    Suites,
    Hosts,
    Networks,
}

/// A value that was read and lies in its bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    None,
    Address(SocketAddr),
    Path(PathBuf),
    Size(u64),
    Count(u64),
    Duration(Duration),
    Switch(bool),
    Text(String),
    List(Vec<String>),
    Networks(Vec<Network>),
}

impl Kind {
    /// Reads what was typed; the error says what is wanted and what was found.
    pub(crate) fn read(self, raw: &Raw) -> Result<Value, String> {
        let refused = || format!("wants {}, got {raw}", self.wants());
        let value = match raw {
            Raw::List(items) => self.read_list(items),
            Raw::Text(text) if self.is_list() => self.read_list(&split_list(text)),
            Raw::Text(text) => self.read_text(text.trim()),
            Raw::Other(_) => None,
        };
        let value = value.ok_or_else(refused)?;
        if let (Self::File, Value::Path(path)) = (self, &value) {
            readable(path)?;
        }
        Ok(value)
    }

    fn read_text(self, text: &str) -> Option<Value> {
        match self {
            Self::Address => read_address(text).map(Value::Address),
            Self::Path | Self::File => (!text.is_empty()).then(|| Value::Path(text.into())),
            Self::Size { min } => parse_size(text)
                .filter(|size| *size >= min)
                .map(Value::Size),
            Self::Count { min, max } => parse_count(text)
                .filter(|count| (min..=max).contains(count))
                .map(Value::Count),
            Self::Duration { min } => parse_duration(text)
                .filter(|duration| *duration >= min)
                .map(Value::Duration),
            Self::Switch => text.parse().ok().map(Value::Switch),
            Self::Word(words) => words.contains(&text).then(|| Value::Text(text.to_owned())),
            Self::Text => (!text.is_empty()).then(|| Value::Text(text.to_owned())),
            Self::Suite => is_suite_id(text).then(|| Value::Text(text.to_owned())),
            Self::Level => is_level(text).then(|| Value::Text(text.to_owned())),
            Self::Suites | Self::Hosts | Self::Networks => None,
        }
    }

    fn read_list(self, items: &[String]) -> Option<Value> {
        match self {
            Self::Suites if items == [ANY] => Some(Value::Text(ANY.to_owned())),
            // No suite at all would refuse everything: surely a mistake.
            Self::Suites => (!items.is_empty() && items.iter().all(|id| is_suite_id(id)))
                .then(|| Value::List(items.to_vec())),
            Self::Hosts => items
                .iter()
                .all(|host| is_host(host))
                .then(|| Value::List(items.iter().map(|host| host.to_lowercase()).collect())),
            Self::Networks => items
                .iter()
                .map(|item| Network::parse(item))
                .collect::<Option<_>>()
                .map(Value::Networks),
            _ => None,
        }
    }

    fn is_list(self) -> bool {
        matches!(self, Self::Suites | Self::Hosts | Self::Networks)
    }

    /// Says in words what has to be written.
    pub(crate) fn wants(self) -> String {
        match self {
            Self::Address => String::from(
                "an address with a port such as `127.0.0.1:8080` or `[::1]:8080` (port 0: any free one)",
            ),
            Self::Path => String::from("a path"),
            Self::File => String::from("the path of a file"),
            Self::Size { min: 0 } => String::from("a size such as `64 MiB`"),
            Self::Size { min } => {
                format!("a size such as `64 MiB`, at least `{}`", format_size(min))
            }
            Self::Count { min, max: u64::MAX } => format!("a whole number, at least {min}"),
            Self::Count { min, max } => format!("a whole number from {min} to {max}"),
            Self::Duration { min } => {
                format!(
                    "a duration such as `5s`, `30m` or `30d`, at least `{}`",
                    format_duration(min)
                )
            }
            Self::Switch => String::from("`true` or `false`"),
            Self::Word(words) => {
                let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                quoted.join(" or ")
            }
            Self::Text => String::from("a text that is not empty"),
            Self::Level => String::from(
                "a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or levels by part such as \
                 `info,playhead_log=debug`",
            ),
            Self::Suite => String::from("the id of one report suite"),
            Self::Suites => format!("`{ANY}` or a list of report suite ids"),
            Self::Hosts => String::from("a list of host names without scheme and port"),
            Self::Networks => String::from("a list of addresses or networks such as `10.0.0.0/8`"),
        }
    }
}

/// Says whether a text can be the id of a report suite. Players send lists separated by commas,
/// of which the first counts, so an id holds none.
pub(crate) fn is_suite_id(id: &str) -> bool {
    !id.is_empty() && !id.contains(|character: char| character == ',' || character.is_control())
}

fn read_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from((
            Ipv4Addr::LOCALHOST,
            port.parse::<u16>().ok()?,
        ))),
        None => text.parse().ok(),
    }
}

fn readable(path: &Path) -> Result<(), String> {
    match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(format!("wants a file, {} is none", path.display())),
        Err(error) => Err(format!("can't read {}: {error}", path.display())),
    }
}

/// Says whether a text is a name or an address.
fn is_host(host: &str) -> bool {
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    is_name || host.parse::<Ipv6Addr>().is_ok()
}

fn is_level(text: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
    };
    text.split(',')
        .all(|directive| match directive.split_once('=') {
            Some((part, level)) => is_part(part) && LEVELS.contains(&level),
            None => LEVELS.contains(&directive),
        })
}

/// Reads a list as it stands in an environment variable: separated by commas.
fn split_list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(kind: Kind, text: &str) -> bool {
        kind.read(&Raw::Text(text.to_owned())).is_ok()
    }

    #[test]
    fn addresses_need_a_port() {
        assert!(accepts(Kind::Address, "127.0.0.1:0"));
        assert!(accepts(Kind::Address, "[::1]:8080"));
        assert!(accepts(Kind::Address, "localhost:8080"));
        for text in [
            "",
            "8080",
            ":8080",
            "127.0.0.1",
            "example.com:80",
            "localhost:",
            "1.2.3.4:65536",
        ] {
            assert!(!accepts(Kind::Address, text), "{text:?}");
        }
    }

    #[test]
    fn levels_may_be_given_by_part() {
        for text in [
            "info",
            "off",
            "info,playhead_log=debug",
            "warn,hyper::proto=trace",
        ] {
            assert!(accepts(Kind::Level, text), "{text:?}");
        }
        for text in [
            "",
            "loud",
            "info,",
            "info,=debug",
            "info,playhead_log=loud",
            "Info",
        ] {
            assert!(!accepts(Kind::Level, text), "{text:?}");
        }
    }

    #[test]
    fn hosts_are_names_only() {
        assert!(accepts(Kind::Hosts, "stats.example.com, playhead"));
        assert!(accepts(Kind::Hosts, "192.0.2.7, 2001:db8::7"));
        assert!(accepts(Kind::Hosts, ""));
        assert!(!accepts(Kind::Hosts, "https://stats.example.com"));
        assert!(!accepts(Kind::Hosts, "stats.example.com:8090"));
    }

    #[test]
    fn suites_are_any_or_some() {
        let read = |text: &str| Kind::Suites.read(&Raw::Text(text.to_owned()));
        assert_eq!(read("any"), Ok(Value::Text(String::from("any"))));
        assert_eq!(
            read("a, b"),
            Ok(Value::List(vec![String::from("a"), String::from("b")]))
        );
        assert!(read("").is_err());
        assert!(
            Kind::Suites
                .read(&Raw::List(vec![String::from("a,b")]))
                .is_err()
        );
    }
}
