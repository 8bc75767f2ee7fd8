//! What is wrong with the settings, and where it was typed.

use std::fmt;
use std::path::PathBuf;

/// Where a value was typed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Environment(String),
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { path, line } => write!(formatter, "file {}:{line}", path.display()),
            Self::Environment(name) => write!(formatter, "env {name}"),
            Self::Flag(flag) => write!(formatter, "flag {flag}"),
        }
    }
}

impl serde::Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One mistake in the settings.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Problem {
    /// The key as it was typed; none if the file as a whole can't be read.
    pub key: Option<String>,
    pub origin: Option<Origin>,
    /// What is wrong and what is wanted.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(key: &str, origin: &Origin, message: impl Into<String>) -> Self {
        Self {
            key: Some(key.to_owned()),
            origin: Some(origin.clone()),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.origin) {
            (Some(key), Some(origin)) => write!(formatter, "{key} ({origin}): {}", self.message),
            (Some(key), None) => write!(formatter, "{key}: {}", self.message),
            (None, Some(origin)) => write!(formatter, "{origin}: {}", self.message),
            (None, None) => formatter.write_str(&self.message),
        }
    }
}

/// Everything that is wrong with the settings; never empty.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Errors(pub Vec<Problem>);

impl fmt::Display for Errors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            if number > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{problem}")?;
        }
        Ok(())
    }
}
