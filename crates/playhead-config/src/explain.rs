//! What one key means, for `config explain`.

use std::fmt;

use crate::keys::{self, FAMILIES, Family, KEYS, Key};
use crate::nearest::nearest;

/// All there is to say about a key, apart from its value in force.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Explanation {
    pub key: String,
    pub meaning: &'static str,
    pub wants: String,
    pub default: &'static str,
    /// None for the keys of suites and datastreams, which are set in the file only.
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
    if let Some((family, id, key)) = in_family(name) {
        let id = id
            .strip_prefix('"')
            .and_then(|id| id.strip_suffix('"'))
            .unwrap_or(id);
        return Ok(explanation(
            key,
            format!("{}.\"{id}\".{}", family.name, key.name),
            None,
        ));
    }
    Err(format!(
        "unknown key `{name}`; the nearest is `{}`",
        nearest(name)
    ))
}

/// The parts of `suites.<id>.profile` and the like.
fn in_family(name: &str) -> Option<(&'static Family, &str, &'static Key)> {
    let (family, rest) = name.split_once('.')?;
    let family = keys::family(family)?;
    let (id, last) = rest.rsplit_once('.')?;
    Some((family, id, family.find(last)?))
}

/// Explains every key, in the order of the reference page.
pub(crate) fn all() -> impl Iterator<Item = Explanation> {
    let keys = KEYS
        .iter()
        .map(|key| explanation(key, key.name.to_owned(), Some(key.environment())));
    let in_families = FAMILIES.into_iter().flat_map(|family| {
        let name = |key: &Key| format!("{}.\"<id>\".{}", family.name, key.name);
        let keys = family.keys.iter();
        keys.map(move |key| explanation(key, name(key), None))
    });
    keys.chain(in_families)
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
