//! What was read of parts, kept for the next report: columns, footers, and which rows belong
//! together.
//!
//! Parts never change, so what is here stays true; what has not been used for longest leaves when
//! there is too much. The words of a column live as long as any column here is coded by them or a
//! report reads; they count as well. If far more words are kept than rows that could use them,
//! because columns of old parts have left, all columns of that name leave and begin anew.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use hashbrown::HashMap;
use playhead_query::{Column, Table, Words};
use playhead_store::parts::Footer;

use super::part::Layout;

/// Words that may be there although no row uses them.
const SPARE_WORDS: usize = 65_536;
/// What an entry takes beside its value.
const ENTRY_BYTES: usize = 256;

/// All columns of one name, which share words.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Family {
    pub(super) suite: Arc<str>,
    pub(super) table: Table,
    pub(super) name: Arc<str>,
}

/// One thing that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) part: u64,
    pub(super) group: usize,
    pub(super) item: Item,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    Footer,
    Layout(Table),
    Column(Family),
}

#[derive(Clone, Debug)]
enum Value {
    Footer(Arc<Footer>),
    Layout(Arc<Layout>),
    Column(Arc<Column>),
}

#[derive(Debug)]
struct Held {
    value: Value,
    bytes: usize,
    /// Rows that are coded by words.
    rows: usize,
    used: u64,
}

/// The words of a family, and what of it is held.
#[derive(Debug)]
struct Dictionary {
    words: Weak<Words>,
    bytes: usize,
    rows: usize,
}

#[derive(Debug, Default)]
struct State {
    held: HashMap<Key, Held>,
    dictionaries: HashMap<Family, Dictionary>,
    bytes: usize,
    uses: u64,
    found: u64,
    missed: u64,
}

/// Bounded in bytes; what was used last stays.
#[derive(Debug)]
pub struct Cache {
    max: usize,
    state: Mutex<State>,
}

/// How full it is, and how often it helped.
#[derive(Clone, Copy, Debug, Default)]
pub struct CacheUse {
    pub bytes: usize,
    pub entries: usize,
    pub found: u64,
    pub missed: u64,
}

impl Cache {
    /// A cache of so many bytes.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            state: Mutex::default(),
        })
    }

    /// How full it is, and how often it helped.
    pub fn usage(&self) -> CacheUse {
        let state = self.lock();
        CacheUse {
            bytes: state.bytes,
            entries: state.held.len(),
            found: state.found,
            missed: state.missed,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The words that columns of a family are coded by at present.
    pub(super) fn words(&self, family: &Family) -> Arc<Words> {
        let mut state = self.lock();
        let dictionary = state.dictionaries.get(family);
        if let Some(words) = dictionary.and_then(|it| it.words.upgrade()) {
            return words;
        }
        let words = Arc::new(Words::default());
        // Nothing of the family is held if nobody holds its words.
        let dictionary = Dictionary {
            words: Arc::downgrade(&words),
            bytes: 0,
            rows: 0,
        };
        if let Some(gone) = state.dictionaries.insert(family.clone(), dictionary) {
            state.bytes -= gone.bytes;
        }
        words
    }

    /// A column, if it is there in these words.
    pub(super) fn column(&self, key: &Key, words: &Arc<Words>) -> Option<Arc<Column>> {
        match self.get(key)? {
            Value::Column(column) if column.words().is_none_or(|own| Arc::ptr_eq(own, words)) => {
                Some(column)
            }
            _ => None,
        }
    }

    pub(super) fn footer(&self, key: &Key) -> Option<Arc<Footer>> {
        match self.get(key)? {
            Value::Footer(footer) => Some(footer),
            _ => None,
        }
    }

    pub(super) fn layout(&self, key: &Key) -> Option<Arc<Layout>> {
        match self.get(key)? {
            Value::Layout(layout) => Some(layout),
            _ => None,
        }
    }

    fn get(&self, key: &Key) -> Option<Value> {
        let mut state = self.lock();
        state.uses += 1;
        let now = state.uses;
        let found = state.held.get_mut(key).map(|held| {
            held.used = now;
            held.value.clone()
        });
        match found {
            Some(_) => state.found += 1,
            None => state.missed += 1,
        }
        found
    }

    pub(super) fn keep_footer(&self, key: Key, footer: Arc<Footer>) {
        let bytes = footer.bytes();
        self.keep(key, Value::Footer(footer), bytes, 0);
    }

    pub(super) fn keep_layout(&self, key: Key, layout: Arc<Layout>) {
        let bytes = layout.bytes();
        self.keep(key, Value::Layout(layout), bytes, 0);
    }

    /// Keeps a column of so many rows, unless its words are no longer those of its family.
    pub(super) fn keep_column(&self, key: Key, column: Arc<Column>, rows: usize) {
        let bytes = column.bytes();
        let rows = if column.words().is_some() { rows } else { 0 };
        self.keep(key, Value::Column(column), bytes, rows);
    }

    fn keep(&self, key: Key, value: Value, bytes: usize, rows: usize) {
        let mut state = self.lock();
        let state = &mut *state;
        if let (Item::Column(family), Value::Column(column)) = (&key.item, &value)
            && let Some(words) = column.words()
            && !state.note_words(family, words)
        {
            return;
        }
        state.remove(&key);
        state.uses += 1;
        let held = Held {
            value,
            bytes: bytes + ENTRY_BYTES,
            rows,
            used: state.uses,
        };
        state.bytes += held.bytes;
        if let Item::Column(family) = &key.item
            && let Some(dictionary) = state.dictionaries.get_mut(family)
        {
            dictionary.rows += rows;
        }
        state.held.insert(key.clone(), held);
        if let (Item::Column(family), 1..) = (&key.item, rows) {
            state.drop_if_stale(family);
        }
        if state.bytes > self.max {
            state.shrink(self.max - self.max / 8);
        }
    }
}

impl State {
    /// Counts the words of a family; answers whether they are the ones in use.
    fn note_words(&mut self, family: &Family, words: &Arc<Words>) -> bool {
        let Some(dictionary) = self.dictionaries.get_mut(family) else {
            return false;
        };
        if dictionary.words.as_ptr() != Arc::as_ptr(words) {
            return false;
        }
        self.bytes -= dictionary.bytes;
        dictionary.bytes = words.bytes();
        self.bytes += dictionary.bytes;
        true
    }

    /// Removes an entry; answers how many rows of it were coded by words.
    fn remove(&mut self, key: &Key) -> usize {
        let Some(held) = self.held.remove(key) else {
            return 0;
        };
        self.bytes -= held.bytes;
        if let Item::Column(family) = &key.item
            && let Some(dictionary) = self.dictionaries.get_mut(family)
        {
            dictionary.rows -= held.rows;
        }
        held.rows
    }

    fn drop_if_stale(&mut self, family: &Family) {
        let Some(dictionary) = self.dictionaries.get(family) else {
            return;
        };
        let words = dictionary.words.upgrade().map_or(0, |words| words.len());
        if words > 2 * dictionary.rows + SPARE_WORDS {
            self.drop_family(family);
        }
    }

    fn drop_family(&mut self, family: &Family) {
        let is_own = |key: &&Key| matches!(&key.item, Item::Column(own) if own == family);
        let keys: Vec<Key> = self.held.keys().filter(is_own).cloned().collect();
        for key in keys {
            self.remove(&key);
        }
        if let Some(gone) = self.dictionaries.remove(family) {
            self.bytes -= gone.bytes;
        }
    }

    /// Lets go what has not been used for longest.
    fn shrink(&mut self, bytes: usize) {
        let mut by_use: Vec<(u64, Key)> = self
            .held
            .iter()
            .map(|(key, held)| (held.used, key.clone()))
            .collect();
        by_use.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in by_use {
            if self.bytes <= bytes {
                return;
            }
            if let (1.., Item::Column(family)) = (self.remove(&key), &key.item) {
                let left = self.dictionaries.get(family).map(|it| it.rows);
                if left == Some(0) {
                    self.drop_family(family);
                } else {
                    self.drop_if_stale(family);
                }
            }
        }
        // Those that nobody used and nobody reads.
        let mut freed = 0;
        self.dictionaries.retain(|_, dictionary| {
            let is_used = dictionary.words.strong_count() > 0;
            if !is_used {
                freed += dictionary.bytes;
            }
            is_used
        });
        self.bytes -= freed;
    }
}
