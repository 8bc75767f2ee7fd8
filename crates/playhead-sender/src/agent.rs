//! What a user agent says about device, system and browser.
//!
//! User agents are free text, and much of what players send (TVs, sticks, app frameworks, media
//! stacks) is unknown to the usual tables for web sites. So this is a small table of our own: one
//! pass over the text finds the *marks* that stand at the start of a word, then a few ordered rules
//! read the set of marks. There are no regular expressions, and the work is bounded by the length.

mod browser;
mod device;
mod marks;
mod system;

use self::marks::{Finder, Mark};

/// What a user agent means. Empty text is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agent {
    pub(crate) device: &'static str,
    pub(crate) system: &'static str,
    pub(crate) browser: Box<str>,
    pub(crate) is_bot: bool,
}

/// Parses user agents.
#[derive(Debug)]
pub(crate) struct Parser(Finder);

impl Parser {
    pub(crate) fn new() -> Self {
        Self(Finder::new())
    }

    pub(crate) fn parse(&self, text: &[u8]) -> Agent {
        let lower = text.to_ascii_lowercase();
        let marks = self.0.find(&lower);
        let system = system::of(marks);
        Agent {
            device: device::of(marks, system),
            system,
            browser: browser::of(marks, system, text),
            is_bot: marks.has(Mark::Bot) || marks.has(Mark::Tool),
        }
    }
}
