//! What sessions are by: the values of all dimensions, kept once for sessions that share them.
//!
//! Values that come together are kept together. A title has one name, one show and one genre, a
//! player one version on one device, so a session is four numbers: one each for its content, its
//! client, its place and its custom metadata.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use playhead_model::catalog::{
    Attribute, Cell, Origin, Row as _, Scope, SessionRow, attribute, attributes, measures,
};

use super::started::{Started, Traits};
use super::words::{BEYOND, NONE, Word, Words};

/// Profiles of one kind.
pub(super) const PROFILES_MAX: usize = 131_072;
/// The profile of all that there was no room for.
const OVERFLOW: u32 = 0;
/// Kinds of profiles.
pub(super) const KINDS: usize = 4;
const CONTENT: usize = 0;
const CLIENT: usize = 1;
const PLACE: usize = 2;
const CUSTOM: usize = 3;

/// Dimensions of the client that plays.
const CLIENT_NAMES: [&str; 9] = [
    "playerName",
    "appVersion",
    "libraryVersion",
    "api",
    "device",
    "system",
    "browser",
    "isBot",
    "isDownloaded",
];
const PLACE_NAMES: [&str; 3] = ["country", "region", "networkName"];
/// What is known of a session only once it is over, or is no group of sessions.
const NOT_LIVE: [&str; 9] = [
    "ID",
    "visitor",
    "mediaPath",
    "segment",
    "bitrateAverageBucket",
    "playerSdkErrors",
    "externalErrors",
    "closeReason",
    "clockOffset",
];
/// The dimension of report suites. It is none of the catalogue, since a report is of one suite.
pub(super) const SUITE: &str = "reportSuite";

/// Where the values of a dimension are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    /// One value: the kind of profile, and the place in it.
    One {
        kind: usize,
        place: usize,
    },
    Genres,
    Custom {
        prefix: String,
    },
}

/// One dimension that has one value in each session.
#[derive(Debug)]
struct Column {
    name: Cow<'static, str>,
    /// In the row of the session.
    cell: usize,
    words: Words,
}

#[derive(Debug, Default)]
struct Profile {
    ones: Box<[Word]>,
    many: Box<[Word]>,
    uses: u32,
    /// The traits of which it was made last.
    traits: Option<Traits>,
}

#[derive(Debug, Default)]
struct Kind {
    columns: Vec<Column>,
    /// Of the values of genres, or of custom metadata as `key NUL value`.
    many: Words,
    places: HashTable<u32>,
    /// Profiles by the traits of which they were made.
    by_traits: HashTable<u32>,
    profiles: Vec<Profile>,
    free: Vec<u32>,
    hasher: DefaultHashBuilder,
}

/// The profiles of all open sessions.
#[derive(Debug)]
pub(super) struct Profiles {
    kinds: [Kind; KINDS],
    bytes: usize,
    /// Used again for each session: a pair of custom metadata.
    pair: String,
}

/// The dimensions of the catalogue that the live view has.
pub(super) fn dimensions() -> impl Iterator<Item = Attribute> {
    let metrics: Vec<_> = measures().into_iter().map(|it| it.name).collect();
    attributes().into_iter().filter(move |it| {
        it.scope == Scope::Session
            && matches!(it.source, Origin::Column(_))
            && !metrics.contains(&it.name)
            && !NOT_LIVE.contains(&&*it.name)
    })
}

/// The place of the column of a name in the row of a session: the same words in snake case.
fn cell_of(name: &str) -> Option<usize> {
    SessionRow::COLUMNS
        .iter()
        .position(|column| column.name.replace('_', "").eq_ignore_ascii_case(name))
}

impl Profiles {
    pub(super) fn new() -> Self {
        let mut kinds: [Kind; KINDS] = std::array::from_fn(|_| Kind::default());
        let names = dimensions().filter(|it| !it.is_list).map(|it| it.name);
        for name in names.chain([SUITE.into()]) {
            let kind = match &*name {
                name if CLIENT_NAMES.contains(&name) => CLIENT,
                name if PLACE_NAMES.contains(&name) => PLACE,
                _ => CONTENT,
            };
            let cell = cell_of(&name).expect("a dimension of sessions has a column");
            kinds[kind].columns.push(Column {
                name,
                cell,
                words: Words::default(),
            });
        }
        for kind in &mut kinds {
            kind.profiles.push(Profile {
                ones: vec![BEYOND; kind.columns.len()].into(),
                many: [BEYOND].into(),
                uses: 1,
                traits: None,
            });
        }
        Self {
            kinds,
            bytes: 0,
            pair: String::new(),
        }
    }

    /// Where the values of the dimension of a name are.
    pub(super) fn dimension(&self, name: &str) -> Option<Dimension> {
        for (kind, it) in self.kinds.iter().enumerate() {
            if let Some(place) = it.columns.iter().position(|column| column.name == name) {
                return Some(Dimension::One { kind, place });
            }
        }
        let known = attribute(name).filter(|it| it.scope == Scope::Session)?;
        match known.source {
            Origin::Custom(key) => Some(Dimension::Custom {
                prefix: format!("{key}\0"),
            }),
            _ => (name == "genreList").then_some(Dimension::Genres),
        }
    }

    /// The profiles of a session, each used once more; none if its start cannot be read.
    pub(super) fn take(&mut self, started: &mut Started<'_>) -> Option<[u32; KINDS]> {
        let traits = started.traits();
        let known = |kind: usize| self.kinds[kind].find(traits[kind]);
        let mut taken = [CONTENT, CLIENT, PLACE].map(known);
        if taken.contains(&None) {
            let row = started.row()?;
            let mut cells = Vec::with_capacity(SessionRow::COLUMNS.len());
            row.cells(&mut |cell| cells.push(cell));
            let genres = row.genre_list.iter().flatten();
            let genres: Vec<_> = genres.map(|genre| genre.to_string()).collect();
            for (kind, taken) in taken.iter_mut().enumerate() {
                let many = if kind == CONTENT { &genres[..] } else { &[] };
                if taken.is_none() {
                    let it = &mut self.kinds[kind];
                    let profile = it.take(&cells, many, &mut self.bytes);
                    it.note(profile, traits[kind]);
                    *taken = Some(profile);
                    // It is used once more below.
                    it.profiles[profile as usize].uses -= 1;
                }
            }
        }
        let [content, client, place] = taken;
        let profiles = [content?, client?, place?];
        for (kind, profile) in profiles.into_iter().enumerate() {
            self.kinds[kind].profiles[profile as usize].uses += 1;
        }
        let custom = &mut self.kinds[CUSTOM];
        let mut many = Vec::new();
        for (key, value) in started.custom() {
            self.pair.clear();
            self.pair.extend([key, "\0", value]);
            many.push(custom.many.take(&self.pair, &mut self.bytes));
        }
        let custom = custom.take_words(Box::default(), many.into(), &mut self.bytes);
        let [content, client, place] = profiles;
        Some([content, client, place, custom])
    }

    /// A session with these profiles is gone.
    pub(super) fn give_back(&mut self, profiles: [u32; KINDS]) {
        for (kind, profile) in self.kinds.iter_mut().zip(profiles) {
            kind.give_back(profile, &mut self.bytes);
        }
    }

    /// The kind of profile that tells a dimension.
    pub(super) fn kind(dimension: &Dimension) -> usize {
        match dimension {
            Dimension::One { kind, .. } => *kind,
            Dimension::Genres => CONTENT,
            Dimension::Custom { .. } => CUSTOM,
        }
    }

    /// For each profile of its kind the values of a dimension.
    pub(super) fn values(&self, dimension: &Dimension) -> Values {
        let kind = &self.kinds[Self::kind(dimension)];
        let mut values = Values::default();
        for profile in &kind.profiles {
            match dimension {
                Dimension::One { place, .. } => values.words.extend(profile.ones.get(*place)),
                Dimension::Genres => values.words.extend_from_slice(&profile.many),
                Dimension::Custom { prefix } => {
                    let is_of_key = |word: &&Word| {
                        let text = kind.many.text(**word);
                        text.is_none_or(|text| text.starts_with(prefix.as_str()))
                    };
                    values.words.extend(profile.many.iter().filter(is_of_key));
                }
            }
            if values.ends.last().copied().unwrap_or(0) == values.words.len() as u32 {
                values.words.push(NONE);
            }
            values.ends.push(values.words.len() as u32);
        }
        values
    }

    fn words(&self, dimension: &Dimension) -> &Words {
        let kind = &self.kinds[Self::kind(dimension)];
        match dimension {
            Dimension::One { place, .. } => &kind.columns[*place].words,
            Dimension::Genres | Dimension::Custom { .. } => &kind.many,
        }
    }

    /// The word of a value, if a session has it.
    pub(super) fn find(&self, dimension: &Dimension, value: &str) -> Option<Word> {
        let words = self.words(dimension);
        match dimension {
            Dimension::Custom { prefix } => words.find(&format!("{prefix}{value}")),
            _ => words.find(value),
        }
    }

    /// The value of a word.
    pub(super) fn text(&self, dimension: &Dimension, word: Word) -> Option<&str> {
        let text = self.words(dimension).text(word)?;
        match dimension {
            Dimension::Custom { prefix } => text.strip_prefix(prefix.as_str()),
            _ => Some(text),
        }
    }

    /// Every word of a dimension lies below this.
    pub(super) fn words_end(&self, dimension: &Dimension) -> usize {
        self.words(dimension).end()
    }
}

impl Kind {
    fn take(&mut self, cells: &[Cell<'_>], many: &[String], bytes: &mut usize) -> u32 {
        let columns = self.columns.iter_mut();
        let ones: Box<[Word]> = columns
            .map(|column| match text_of(&cells[column.cell]) {
                Some(text) => column.words.take(&text, bytes),
                None => NONE,
            })
            .collect();
        let many = many.iter().map(|text| self.many.take(text, bytes));
        let many: Box<[Word]> = many.collect();
        self.take_words(ones, many, bytes)
    }

    /// The profile of words, which are used by it from now on.
    fn take_words(&mut self, ones: Box<[Word]>, many: Box<[Word]>, bytes: &mut usize) -> u32 {
        let (profiles, hasher) = (&self.profiles, &self.hasher);
        let hash = hasher.hash_one((&ones, &many));
        let found = self.places.find(hash, |known| {
            let known = &profiles[*known as usize];
            known.ones == ones && known.many == many
        });
        let found = found.copied();
        if let Some(known) = found.or((self.places.len() >= PROFILES_MAX).then_some(OVERFLOW)) {
            self.profiles[known as usize].uses += 1;
            self.give_back_words(&ones, &many, bytes);
            return known;
        }
        let profile = Profile {
            ones,
            many,
            uses: 1,
            traits: None,
        };
        let number = match self.free.pop() {
            Some(number) => {
                self.profiles[number as usize] = profile;
                number
            }
            None => {
                self.profiles.push(profile);
                self.profiles.len() as u32 - 1
            }
        };
        let (profiles, hasher) = (&self.profiles, &self.hasher);
        self.places.insert_unique(hash, number, |known| {
            let known = &profiles[*known as usize];
            hasher.hash_one((&known.ones, &known.many))
        });
        number
    }

    /// The profile that was made of these traits.
    fn find(&self, traits: Traits) -> Option<u32> {
        let is_of = |number: &u32| self.profiles[*number as usize].traits == Some(traits);
        let hash = self.hasher.hash_one(Some(traits));
        self.by_traits.find(hash, is_of).copied()
    }

    /// A profile was made of these traits. It is found by those that it was made of last.
    fn note(&mut self, number: u32, traits: Traits) {
        if number == OVERFLOW {
            return;
        }
        self.forget_traits(number);
        self.profiles[number as usize].traits = Some(traits);
        let (profiles, hasher) = (&self.profiles, &self.hasher);
        let hash_of = |number: &u32| hasher.hash_one(profiles[*number as usize].traits);
        self.by_traits
            .insert_unique(hash_of(&number), number, hash_of);
    }

    fn forget_traits(&mut self, number: u32) {
        let Some(traits) = self.profiles[number as usize].traits.take() else {
            return;
        };
        let hash = self.hasher.hash_one(Some(traits));
        if let Ok(found) = self.by_traits.find_entry(hash, |known| *known == number) {
            found.remove();
        }
    }

    fn give_back(&mut self, number: u32, bytes: &mut usize) {
        let profile = &mut self.profiles[number as usize];
        profile.uses -= 1;
        if profile.uses > 0 {
            return;
        }
        self.forget_traits(number);
        let profile = &mut self.profiles[number as usize];
        let Profile { ones, many, .. } = std::mem::take(profile);
        let hash = self.hasher.hash_one((&ones, &many));
        if let Ok(found) = self.places.find_entry(hash, |known| *known == number) {
            found.remove();
        }
        self.free.push(number);
        self.give_back_words(&ones, &many, bytes);
    }

    fn give_back_words(&mut self, ones: &[Word], many: &[Word], bytes: &mut usize) {
        for (column, word) in self.columns.iter_mut().zip(ones) {
            column.words.give_back(*word, bytes);
        }
        for word in many {
            self.many.give_back(*word, bytes);
        }
    }
}

/// A value as reports group by it.
fn text_of<'c>(cell: &'c Cell<'_>) -> Option<Cow<'c, str>> {
    match cell {
        Cell::Flag(flag) => Some(if *flag { "true" } else { "false" }.into()),
        Cell::Int(number) => Some(number.to_string().into()),
        Cell::Float(number) => Some(number.to_string().into()),
        Cell::Text(text) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

/// The values of each profile, one after another.
#[derive(Debug, Default)]
pub(super) struct Values {
    words: Vec<Word>,
    ends: Vec<u32>,
}

impl Values {
    pub(super) fn of(&self, profile: u32) -> &[Word] {
        let profile = profile as usize;
        let begin = match profile {
            0 => 0,
            _ => self.ends[profile - 1],
        };
        &self.words[begin as usize..self.ends[profile] as usize]
    }

    /// How many profiles there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}
