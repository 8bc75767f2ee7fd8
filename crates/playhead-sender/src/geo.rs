//! Where an address is, by MMDB files.
//!
//! Files differ in how they lay out the same facts: GeoLite2, GeoIP2 and DB-IP nest them, others
//! write them side by side. So each fact is looked for on several paths, and the first that holds
//! text counts.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{LookupResult, PathElement, Reader};

use crate::error::Error;

/// Places remembered for each file, by where they lie in it.
const PLACES_MAX: usize = 8192;

/// Bytes kept of a name.
const NAME_MAX: usize = 128;

const fn key(name: &str) -> PathElement<'_> {
    PathElement::Key(name)
}

const COUNTRY: &[&[PathElement<'_>]] = &[
    &[key("country"), key("iso_code")],
    &[key("country_code")],
    &[key("country")],
];

const FIRST_SUBDIVISION: PathElement<'_> = PathElement::Index(0);

const REGION: &[&[PathElement<'_>]] = &[
    &[
        key("subdivisions"),
        FIRST_SUBDIVISION,
        key("names"),
        key("en"),
    ],
    &[key("subdivisions"), FIRST_SUBDIVISION, key("iso_code")],
    &[key("region")],
    &[key("state1")],
];

const NETWORK: &[&[PathElement<'_>]] = &[
    &[key("autonomous_system_organization")],
    &[key("traits"), key("autonomous_system_organization")],
    &[key("as_name")],
    &[key("as_org")],
];

/// What is known about an address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) country: Box<str>,
    pub(crate) region: Box<str>,
    pub(crate) network: Box<str>,
}

/// All files, in the order in which they were named.
#[derive(Debug, Default)]
pub(crate) struct Geo {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    reader: Reader<Vec<u8>>,
    places: HashMap<usize, Place>,
}

impl Geo {
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        let files = paths
            .iter()
            .map(|path| File::open(path))
            .collect::<Result<_, _>>()?;
        Ok(Self { files })
    }

    pub(crate) fn find(&mut self, address: IpAddr) -> Place {
        let mut found = Place::default();
        for file in &mut self.files {
            let Some(place) = file.find(address) else {
                continue;
            };
            take(&mut found.country, &place.country);
            // A region is one of its country, so both come from one file.
            if found.country == place.country {
                take(&mut found.region, &place.region);
            }
            take(&mut found.network, &place.network);
        }
        found
    }
}

fn take(into: &mut Box<str>, from: &str) {
    if into.is_empty() && !from.is_empty() {
        *into = from.into();
    }
}

impl File {
    fn open(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })?;
        let reader = Reader::from_source(bytes).map_err(|source| Error::Format {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            reader,
            places: HashMap::new(),
        })
    }

    /// Many addresses share a record, so what a record says is remembered by where it lies.
    fn find(&mut self, address: IpAddr) -> Option<&Place> {
        let found = self.reader.lookup(address).ok()?;
        let offset = found.offset()?;
        if !self.places.contains_key(&offset) {
            if self.places.len() == PLACES_MAX {
                self.places.clear();
            }
            self.places.insert(offset, read(&found));
        }
        self.places.get(&offset)
    }
}

fn read(found: &LookupResult<'_, Vec<u8>>) -> Place {
    Place {
        country: first(found, COUNTRY, country_code).unwrap_or_default(),
        region: first(found, REGION, name).unwrap_or_default(),
        network: first(found, NETWORK, name).unwrap_or_default(),
    }
}

fn first(
    found: &LookupResult<'_, Vec<u8>>,
    paths: &[&[PathElement<'_>]],
    check: fn(&str) -> Option<Box<str>>,
) -> Option<Box<str>> {
    // A path that leads through a value of another type is an error to the reader, and to us one
    // more file that does not have the fact there.
    let mut texts = paths
        .iter()
        .filter_map(|path| found.decode_path::<&str>(path).ok().flatten());
    texts.find_map(check)
}

fn country_code(text: &str) -> Option<Box<str>> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase().into())
}

fn name(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    let end = text.floor_char_boundary(NAME_MAX);
    (!text.is_empty()).then(|| text[..end].into())
}
