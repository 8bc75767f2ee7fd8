//! Datastreams: whose sessions come by an id that clients are configured with.

use hashbrown::HashMap;

/// Whose sessions come by a datastream.
#[derive(Clone, Debug)]
pub struct Datastream {
    pub suite: String,
    pub organisation: Option<String>,
}

/// The datastreams that are taken; any id if there is none.
#[derive(Clone, Debug, Default)]
pub struct Datastreams {
    pub named: HashMap<String, Datastream>,
    /// For requests that name none, and where any is taken.
    pub organisation: Option<String>,
}

/// What holds for one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) suite: &'a str,
    pub(super) organisation: Option<&'a str>,
}

impl Datastreams {
    /// What holds under an id; `None` if it is not known. Events of a session need no id.
    pub(super) fn find<'a>(&'a self, id: Option<&'a str>) -> Option<Found<'a>> {
        match id {
            Some(id) if !self.named.is_empty() => self.named.get(id).map(|datastream| Found {
                suite: &datastream.suite,
                organisation: datastream.organisation.as_deref(),
            }),
            _ => Some(Found {
                suite: id.unwrap_or_default(),
                organisation: self.organisation.as_deref(),
            }),
        }
    }
}
