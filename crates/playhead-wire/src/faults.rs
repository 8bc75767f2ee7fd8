//! What is wrong with a body: every fault at once, each with its path.

use std::fmt::{self, Write as _};

use serde::Serialize;

/// Faults listed one by one; the rest are counted.
const LISTED_MAX: usize = 100;
/// Faults named in the one-line message.
const IN_MESSAGE_MAX: usize = 3;
/// Characters of a key shown in a path, and of a string shown in a reason.
const SHOWN_CHARS_MAX: usize = 80;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where, as in `params.media.length` or `[3].playerTime.ts`; empty for the body as a whole.
    pub path: String,
    /// What was wanted, and what was there.
    pub reason: String,
}

/// All faults of a body; never none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    listed: Vec<Fault>,
    unlisted: usize,
}

impl Faults {
    /// A fault of the body as a whole.
    pub(crate) fn whole(reason: impl Into<String>) -> Faults {
        Faults {
            listed: vec![Fault {
                path: String::new(),
                reason: reason.into(),
            }],
            unlisted: 0,
        }
    }

    /// The faults, the first hundred of them.
    pub fn listed(&self) -> &[Fault] {
        &self.listed
    }

    /// Number of faults beyond those listed.
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// One line with the first faults.
    pub fn message(&self) -> String {
        let mut message = String::new();
        for fault in self.listed.iter().take(IN_MESSAGE_MAX) {
            if !message.is_empty() {
                message.push_str("; ");
            }
            let path = if fault.path.is_empty() {
                "body"
            } else {
                &fault.path
            };
            message.push_str(path);
            message.push_str(": ");
            message.push_str(&fault.reason);
        }
        let more = self.listed.len().saturating_sub(IN_MESSAGE_MAX) + self.unlisted;
        if more > 0 {
            write!(message, "; and {more} more").expect("a string takes all writes");
        }
        message
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Faults {}

/// Gathers faults during a check.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    listed: Vec<Fault>,
    unlisted: usize,
}

impl Gathered {
    #[cold]
    pub(crate) fn add(&mut self, path: &Path<'_>, reason: impl FnOnce() -> String) {
        if self.listed.len() < LISTED_MAX {
            self.listed.push(Fault {
                path: path.to_string(),
                reason: reason(),
            });
        } else {
            self.unlisted += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub(crate) fn into_result(self) -> Result<(), Faults> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Faults {
                listed: self.listed,
                unlisted: self.unlisted,
            })
        }
    }
}

/// Where a check is; written out only if there is a fault.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Path<'p> {
    Root,
    Index(&'p Path<'p>, usize),
    Key(&'p Path<'p>, &'p str),
}

impl<'p> Path<'p> {
    #[inline]
    pub(crate) fn key(&'p self, name: &'p str) -> Path<'p> {
        Path::Key(self, name)
    }

    #[inline]
    pub(crate) fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Path::Key(Path::Root, name) => f.write_str(&shown(name)),
            Path::Key(parent, name) => write!(f, "{parent}.{}", shown(name)),
        }
    }
}

/// A string of a client made fit for a message: cut, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let clean = |c: char| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).map(clean).collect();
    if shown.len() < text.len() && text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}
