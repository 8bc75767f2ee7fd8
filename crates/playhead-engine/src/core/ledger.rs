//! The ledger: every event received ends in exactly one counted outcome.
//!
//! received = refused + acknowledged, and acknowledged = settled + still held, per suite, player
//! and SDK version, at every position of the log.

use std::rc::Rc;

use hashbrown::{Equivalent, HashMap};
use playhead_model::codec::{Codec, Cursor};
use playhead_model::codec_struct;
use playhead_model::ids::EventRef;
use playhead_model::outcome::{Refusal, Rule, Settled};
use playhead_session::Observer;

/// Whose events are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tag {
    pub suite: Box<str>,
    pub player: Box<str>,
    /// `media.sdkVersion`, else `media.libraryVersion`.
    pub sdk: Box<str>,
}

codec_struct!(Tag { suite, player, sdk });

/// A tag in names that belong to somebody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TagRef<'a> {
    pub suite: &'a str,
    pub player: &'a str,
    pub sdk: &'a str,
}

impl Tag {
    /// The tag without its own copy of the names.
    pub fn as_ref(&self) -> TagRef<'_> {
        TagRef {
            suite: &self.suite,
            player: &self.player,
            sdk: &self.sdk,
        }
    }
}

impl TagRef<'_> {
    /// The tag with a copy of the names.
    pub fn to_tag(self) -> Tag {
        Tag {
            suite: self.suite.into(),
            player: self.player.into(),
            sdk: self.sdk.into(),
        }
    }
}

/// Both hash alike: their fields are the same text in the same order.
impl Equivalent<Rc<Tag>> for TagRef<'_> {
    fn equivalent(&self, tag: &Rc<Tag>) -> bool {
        *self == tag.as_ref().as_ref()
    }
}

/// The place of a tag in the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TagId(pub u32);

playhead_model::codec_newtype!(TagId);

impl TagId {
    /// Collects what cannot be told apart: unknown senders, and tags beyond the limit.
    pub const OTHER: Self = Self(0);
}

/// Events by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the log.
    pub acknowledged: u64,
    /// By [`Rule::index`]; [`Rule::None`] counts those simply accepted.
    pub settled: [u64; Rule::ALL.len()],
    /// By [`Refusal::index`].
    pub refused: [u64; Refusal::ALL.len()],
}

impl Counts {
    /// Everything received.
    pub fn received(&self) -> u64 {
        self.acknowledged + self.refused.iter().sum::<u64>()
    }

    /// Acknowledged events whose outcome is final.
    pub fn settled(&self) -> u64 {
        self.settled.iter().sum()
    }

    /// Acknowledged events that wait in a window.
    pub fn held(&self) -> u64 {
        self.acknowledged.saturating_sub(self.settled())
    }

    /// Events that ended in `outcome`.
    pub fn with_outcome(&self, outcome: Settled) -> u64 {
        let rules = Rule::ALL.iter().filter(|rule| rule.outcome() == outcome);
        rules.map(|rule| self.settled[rule.index()]).sum()
    }

    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        for (sum, count) in self.settled.iter_mut().zip(other.settled) {
            *sum += count;
        }
        for (sum, count) in self.refused.iter_mut().zip(other.refused) {
            *sum += count;
        }
    }
}

impl Codec for Counts {
    fn put(&self, out: &mut Vec<u8>) {
        self.acknowledged.put(out);
        self.settled.to_vec().put(out);
        self.refused.to_vec().put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            acknowledged: Codec::get(cursor)?,
            settled: Vec::get(cursor)?.try_into().ok()?,
            refused: Vec::get(cursor)?.try_into().ok()?,
        })
    }
}

/// Counts by tag. The number of tags is limited: names come from strangers.
#[derive(Clone, Debug)]
pub struct Ledger {
    max: usize,
    tags: Vec<(Rc<Tag>, Counts)>,
    by_tag: HashMap<Rc<Tag>, TagId>,
}

impl Ledger {
    pub(super) fn new(max: usize) -> Self {
        let other = Rc::new(Tag::default());
        Self {
            max,
            tags: vec![(other.clone(), Counts::default())],
            by_tag: [(other, TagId::OTHER)].into(),
        }
    }

    /// The counts of every tag.
    pub fn iter(&self) -> impl Iterator<Item = (&Tag, &Counts)> {
        self.tags.iter().map(|(tag, counts)| (&**tag, counts))
    }

    /// The sum over all tags.
    pub fn total(&self) -> Counts {
        self.iter().fold(Counts::default(), |mut sum, (_, counts)| {
            sum.add(counts);
            sum
        })
    }

    /// The tag with this number.
    pub fn tag(&self, id: TagId) -> &Tag {
        self.tags
            .get(id.0 as usize)
            .map_or(&self.tags[0].0, |(tag, _)| tag)
    }

    /// The number of a tag, if it has one.
    pub(super) fn find(&self, tag: TagRef<'_>) -> Option<TagId> {
        self.by_tag.get(&tag).copied()
    }

    pub(super) fn intern(&mut self, tag: TagRef<'_>) -> TagId {
        if let Some(id) = self.by_tag.get(&tag) {
            return *id;
        }
        if self.tags.len() >= self.max {
            return TagId::OTHER;
        }
        let id = TagId(self.tags.len() as u32);
        let tag = Rc::new(tag.to_tag());
        self.tags.push((tag.clone(), Counts::default()));
        self.by_tag.insert(tag, id);
        id
    }

    pub(super) fn counts_mut(&mut self, id: TagId) -> &mut Counts {
        let place = if (id.0 as usize) < self.tags.len() {
            id.0 as usize
        } else {
            0
        };
        &mut self.tags[place].1
    }

    /// The counts of all tags as they are now, by the numbers of the tags.
    pub(super) fn counts(&self) -> Vec<Counts> {
        self.tags.iter().map(|(_, counts)| counts.clone()).collect()
    }

    /// Takes back a tag with its counts. [`TagId::OTHER`] is there already; the others follow in
    /// the order of their numbers.
    pub(super) fn restore(&mut self, tag: Tag, counts: Counts) {
        if let Some(known) = self.by_tag.get(&tag) {
            self.tags[known.0 as usize].1 = counts;
            return;
        }
        let tag = Rc::new(tag);
        let id = TagId(self.tags.len() as u32);
        self.by_tag.insert(tag.clone(), id);
        self.tags.push((tag, counts));
    }
}

/// Writes settled events into the counts of one tag.
#[derive(Debug)]
pub(super) struct Booking<'a>(pub(super) &'a mut Counts);

impl Observer for Booking<'_> {
    fn settled(&mut self, _event: EventRef, _outcome: Settled, rule: Rule) {
        self.0.settled[rule.index()] += 1;
    }
}
