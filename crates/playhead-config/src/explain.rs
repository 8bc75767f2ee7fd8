//! What one key means, for `config explain`.

use std::fmt;

use crate::keys::{self, KEYS, Key, SUITE_KEYS};
use crate::nearest::nearest;

/// All there is to say about a key, apart from its value in force.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Explanation {
    pub key: String,
    pub meaning: &'static str,
    pub wants: String,
    pub default: &'static str,
    /// None for the keys of a suite, which are set in the file only.
    pub environment: Option<String>,
    pub flag: Option<&'static str>,
    pub reloadable: bool,
}

/// Explains a key, `suites.<id>.profile` and the like included.
///
/// # Errors
///
/// Gives the message that names the nearest key if there is no such key.
pub fn explain(name: &str) -> Result<Explanation, String> {
    if let Some(key) = keys::find(name) {
        return Ok(explanation(
            key,
            key.name.to_owned(),
            Some(key.environment()),
        ));
    }
    let in_suite = name
        .strip_prefix("suites.")
        .and_then(|rest| rest.rsplit_once('.'));
    let id_and_key = in_suite.and_then(|(id, last)| Some((id, keys::find_in_suite(last)?)));
    if let Some((id, key)) = id_and_key {
        let id = id
            .strip_prefix('"')
            .and_then(|id| id.strip_suffix('"'))
            .unwrap_or(id);
        return Ok(explanation(
            key,
            format!("suites.\"{id}\".{}", key.name),
            None,
        ));
    }
    Err(format!(
        "unknown key `{name}`; the nearest is `{}`",
        nearest(name)
    ))
}

/// Explains every key, in the order of the reference page.
pub(crate) fn all() -> impl Iterator<Item = Explanation> {
    let keys = KEYS
        .iter()
        .map(|key| explanation(key, key.name.to_owned(), Some(key.environment())));
    let of_suites = SUITE_KEYS
        .iter()
        .map(|key| explanation(key, format!("suites.\"<id>\".{}", key.name), None));
    keys.chain(of_suites)
}

fn explanation(key: &'static Key, name: String, environment: Option<String>) -> Explanation {
    Explanation {
        key: name,
        meaning: key.meaning,
        wants: key.wants(),
        default: if key.default.is_empty() {
            "an empty list"
        } else {
            key.default
        },
        environment,
        flag: key.flag,
        reloadable: key.reloadable,
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}: {}\n", self.key, self.meaning)?;
        writeln!(formatter, "wants         {}", self.wants)?;
        writeln!(formatter, "default       {}", self.default)?;
        let environment = self.environment.as_deref().unwrap_or("not set there");
        writeln!(formatter, "environment   {environment}")?;
        writeln!(formatter, "flag          {}", self.flag.unwrap_or("none"))?;
        write!(formatter, "takes effect  {}", takes_effect(self.reloadable))
    }
}

pub(crate) fn takes_effect(reloadable: bool) -> &'static str {
    if reloadable { "on reload" } else { "at start" }
}
