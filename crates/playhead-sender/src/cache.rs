//! Remembers what user agents meant: few strings make up most of the traffic.

use hashbrown::HashMap;

use crate::agent::{Agent, Parser};

/// Bytes of a user agent that are looked at. Real ones are seldom above 300.
const TEXT_MAX: usize = 512;

/// Strings in one generation.
const GENERATION_MAX: usize = 2048;

/// A bounded map in two generations. Strings that are asked for move to the young one; when that is
/// full, it becomes the old one, and what nobody asked for since is forgotten.
#[derive(Debug)]
pub(crate) struct Cache {
    parser: Parser,
    young: HashMap<Box<[u8]>, Agent>,
    old: HashMap<Box<[u8]>, Agent>,
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            parser: Parser::new(),
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    /// Tells what a user agent means.
    pub(crate) fn agent(&mut self, text: &[u8]) -> &Agent {
        let text = &text[..text.len().min(TEXT_MAX)];
        if !self.young.contains_key(text) {
            let (key, agent) = self
                .old
                .remove_entry(text)
                .unwrap_or_else(|| (text.into(), self.parser.parse(text)));
            if self.young.len() == GENERATION_MAX {
                self.old = std::mem::take(&mut self.young);
            }
            self.young.insert(key, agent);
        }
        &self.young[text]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let mut cache = Cache::new();
        for number in 0..GENERATION_MAX * 5 {
            cache.agent(format!("player{number}/1.0").as_bytes());
            assert_eq!(&*cache.agent(b"ours/1").browser, "ours");
        }
        assert!(cache.young.len() + cache.old.len() <= 2 * GENERATION_MAX);
        assert!(cache.young.contains_key(&b"ours/1"[..]));
    }

    #[test]
    fn long_strings_are_cut() {
        let mut cache = Cache::new();
        let long = [b"Roku/".as_slice(), &[b'x'; 100_000]].concat();
        assert_eq!(cache.agent(&long).system, "Roku OS");
        assert!(cache.young.keys().all(|key| key.len() <= TEXT_MAX));
        let late = [[b' '; TEXT_MAX].as_slice(), b"Roku/1"].concat();
        assert_eq!(cache.agent(&late).system, "");
    }
}
