//! A row group of a part of sessions as a chunk, with the ads, chapters and states of its
//! sessions.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use hashbrown::HashMap;
use playhead_query::{Chunk, Column, Ints, SourceError, Table, Times};
use playhead_store::parts::{Footer, Part, StoreError};

use super::cache::{Item, Key};
use super::decode::What;
use super::names;
use super::scope::Scope;

pub(super) const DAY_MS: i64 = 86_400_000;

/// The parts of one suite and day that are not parts of sessions, by table.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) parts: [Vec<Arc<Part>>; 4],
}

/// The rows of a table that belong to a chunk.
#[derive(Debug)]
pub(super) struct Layout {
    pieces: Vec<Piece>,
    /// Which of the rows of the pieces, if not all.
    kept: Option<Vec<u32>>,
    rows: usize,
    /// The row of the session of each; nothing for sessions.
    parent: Arc<Column>,
}

/// Row groups of a part.
#[derive(Debug)]
struct Piece {
    part: Arc<Part>,
    groups: Range<usize>,
}

impl Layout {
    pub(super) fn bytes(&self) -> usize {
        let kept = self.kept.as_ref().map_or(0, |kept| 4 * kept.len());
        kept + self.parent.bytes() + size_of::<Piece>() * self.pieces.len()
    }

    fn new(pieces: Vec<Piece>, all: usize, kept: Vec<u32>, parent: Column) -> Self {
        Self {
            pieces,
            rows: kept.len(),
            kept: (kept.len() < all).then_some(kept),
            parent: Arc::new(parent),
        }
    }
}

/// One row group of sessions.
#[derive(Debug)]
pub(super) struct PartChunk {
    pub(super) scope: Arc<Scope>,
    pub(super) part: Arc<Part>,
    pub(super) group: usize,
    pub(super) beside: Arc<Beside>,
}

pub(super) fn failed(error: StoreError) -> SourceError {
    use std::error::Error as _;
    SourceError::Failed(match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    })
}

fn ints<'a>(batches: &'a [RecordBatch], name: &str) -> impl Iterator<Item = i64> + 'a {
    let name = name.to_owned();
    let columns = batches
        .iter()
        .filter_map(move |batch| batch.column_by_name(&name));
    columns.flat_map(|column| column.as_primitive::<Int64Type>().values().iter().copied())
}

impl PartChunk {
    fn key(&self, part: &Part, group: usize, item: Item) -> Key {
        Key {
            part: part.facts.number,
            group,
            item,
        }
    }

    fn footer(&self, part: &Part) -> Result<Arc<Footer>, SourceError> {
        let key = self.key(part, 0, Item::Footer);
        if let Some(footer) = self.scope.cache.footer(&key) {
            return Ok(footer);
        }
        let footer = Arc::new(part.footer().map_err(failed)?);
        self.scope.cache.keep_footer(key, footer.clone());
        Ok(footer)
    }

    fn read(&self, piece: &Piece, names: &[&str]) -> Result<Vec<RecordBatch>, SourceError> {
        let footer = self.footer(&piece.part)?;
        let groups = piece.groups.clone().collect();
        piece
            .part
            .read_columns(&footer, groups, names)
            .map_err(failed)
    }

    fn layout(&self, table: Table) -> Result<Arc<Layout>, SourceError> {
        let key = self.key(&self.part, self.group, Item::Layout(table));
        if let Some(layout) = self.scope.cache.layout(&key) {
            return Ok(layout);
        }
        let layout = match table {
            Table::Sessions => self.sessions()?,
            _ => self.children(table)?,
        };
        let layout = Arc::new(layout);
        self.scope.cache.keep_layout(key, layout.clone());
        Ok(layout)
    }

    /// All sessions but those that reports leave out (metrics D1).
    fn sessions(&self) -> Result<Layout, SourceError> {
        let piece = Piece {
            part: self.part.clone(),
            groups: self.group..self.group + 1,
        };
        let batches = self.read(&piece, &["is_reported"])?;
        let all = self.part.rows_of_group(self.group);
        let columns = batches
            .iter()
            .filter_map(|batch| batch.column_by_name("is_reported"));
        let reported = columns.flat_map(|column| column.as_boolean().iter());
        let kept = (0..).zip(reported).filter(|(_, it)| *it != Some(false));
        let kept = kept.map(|(row, _)| row).collect();
        Ok(Layout::new(vec![piece], all, kept, Column::Absent))
    }

    /// The ads, chapters or states of the sessions here: by the place of the session in the log,
    /// which all tables have.
    fn children(&self, table: Table) -> Result<Layout, SourceError> {
        let sessions = self.layout(Table::Sessions)?;
        let starts = self.read(&sessions.pieces[0], &["start_position"])?;
        let starts: Vec<i64> = ints(&starts, "start_position").collect();
        let rows: HashMap<i64, i64> = match &sessions.kept {
            None => starts.into_iter().zip(0..).collect(),
            Some(kept) => kept
                .iter()
                .map(|row| starts[*row as usize])
                .zip(0..)
                .collect(),
        };
        let pieces = self.pieces(table)?;
        let is_ad = table == Table::Ads;
        let names: &[&str] = if is_ad {
            &["start_position", "id"]
        } else {
            &["start_position"]
        };
        let (mut all, mut kept, mut parents) = (0, Vec::new(), Vec::new());
        for piece in &pieces {
            for batch in self.read(piece, names)? {
                let has_id = |row: usize| !is_ad || has_text(&batch, "id", row);
                let starts = ints(std::slice::from_ref(&batch), "start_position");
                for (row, start) in starts.enumerate() {
                    if let Some(session) = rows.get(&start)
                        && has_id(row)
                    {
                        kept.push(all + row as u32);
                        parents.push(Some(*session));
                    }
                }
                all += batch.num_rows() as u32;
            }
        }
        let parent = Column::Ints(Ints::new(parents.into_iter()));
        Ok(Layout::new(pieces, all as usize, kept, parent))
    }

    /// Where rows of a table may lie that belong to sessions here. Parts of one suite and day reach
    /// over the positions of closes, and their row groups over ids.
    fn pieces(&self, table: Table) -> Result<Vec<Piece>, SourceError> {
        let (from, to) = self.part.facts.positions;
        let parts = self.beside.parts[table as usize].iter();
        let parts =
            parts.filter(|part| part.facts.positions.0 <= to && from <= part.facts.positions.1);
        let mut pieces = Vec::new();
        for part in parts {
            let mut groups = 0..part.groups();
            if self.part.groups() > 1 || part.groups() > 1 {
                let (own, other) = (self.footer(&self.part)?, self.footer(part)?);
                if let Some((least, most)) = own.ids(self.group) {
                    let meets = |group: &usize| {
                        let ids = other.ids(*group);
                        ids.is_none_or(|(first, last)| first <= most && least <= last)
                    };
                    let first = groups.clone().find(meets).unwrap_or(0);
                    let end = groups.clone().rfind(meets).map_or(0, |last| last + 1);
                    groups = first..end;
                }
            }
            if !groups.is_empty() {
                let part = part.clone();
                pieces.push(Piece { part, groups });
            }
        }
        Ok(pieces)
    }

    fn get(&self, table: Table, name: &str, what: What<'_>) -> Result<Arc<Column>, SourceError> {
        let family = self.scope.family(table, name);
        let words = self.scope.words(&family);
        let key = self.key(&self.part, self.group, Item::Column(family));
        if let Some(column) = self.scope.cache.column(&key, &words) {
            return Ok(column);
        }
        let layout = self.layout(table)?;
        let mut batches = Vec::new();
        for piece in &layout.pieces {
            batches.extend(self.read(piece, what.stored())?);
        }
        let mut column = what.decode(&batches, &words);
        if let Some(kept) = &layout.kept {
            column = column.pick(kept);
        }
        self.scope.check()?;
        let column = Arc::new(column);
        self.scope
            .cache
            .keep_column(key, column.clone(), layout.rows);
        Ok(column)
    }

    /// The range of a column in this row group, which the manifest knows for the whole part.
    fn times(&self, column: &str, of_part: Times) -> Times {
        if self.part.groups() == 1 {
            return of_part;
        }
        // If the end cannot be read, neither can a column, which says so.
        let range = self.footer(&self.part).ok();
        let range = range.and_then(|footer| footer.range(self.group, column));
        range.map_or(of_part, |(least, greatest)| Times { least, greatest })
    }

    /// A session ends no earlier than it starts, so this holds for both.
    fn client(&self) -> Times {
        let (least, greatest) = self.part.facts.client;
        Times { least, greatest }
    }

    /// Arrivals lie between the first start and the end of the day of the close.
    fn server(&self) -> Times {
        let facts = &self.part.facts;
        Times {
            least: i64::try_from(facts.started.0).unwrap_or(i64::MAX),
            greatest: i64::from(facts.day.0)
                .saturating_add(1)
                .saturating_mul(DAY_MS),
        }
    }
}

fn has_text(batch: &RecordBatch, name: &str, row: usize) -> bool {
    use arrow_array::Array as _;
    let Some(column) = batch.column_by_name(name) else {
        return false;
    };
    let coded = column.as_dictionary::<arrow_array::types::Int32Type>();
    coded.is_valid(row) && {
        let place = coded.keys().value(row) as usize;
        !coded.values().as_string::<i32>().value(place).is_empty()
    }
}

impl Chunk for PartChunk {
    fn rows(&self, table: Table) -> Result<usize, SourceError> {
        Ok(self.layout(table)?.rows)
    }

    fn column(&self, table: Table, name: &str) -> Result<Arc<Column>, SourceError> {
        if name == "parent" {
            return Ok(self.layout(table)?.parent.clone());
        }
        match names::column(table, name) {
            Some(column) => self.get(table, name, What::Column(column)),
            None => Ok(Arc::new(Column::Absent)),
        }
    }

    fn custom(&self, table: Table, key: &str) -> Result<Arc<Column>, SourceError> {
        self.get(table, &format!("custom.{key}"), What::Custom(key))
    }

    fn ids(&self, rows: &[u32]) -> Result<Vec<String>, SourceError> {
        let layout = self.layout(Table::Sessions)?;
        let mut ids = Vec::with_capacity(rows.len());
        let batches = self.read(&layout.pieces[0], &[names::SID])?;
        for row in rows {
            let mut row = match &layout.kept {
                Some(kept) => kept[*row as usize] as usize,
                None => *row as usize,
            };
            for batch in &batches {
                if row < batch.num_rows()
                    && let Some(column) = batch.column_by_name(names::SID)
                {
                    ids.push(column.as_string::<i32>().value(row).to_owned());
                    break;
                }
                row = row.saturating_sub(batch.num_rows());
            }
        }
        Ok(ids)
    }

    fn started(&self) -> Times {
        self.times("start_ts", self.client())
    }

    fn ended(&self) -> Times {
        self.times("end_ts", self.client())
    }

    fn started_at(&self) -> Times {
        self.times("started_at", self.server())
    }

    fn last_at(&self) -> Times {
        self.times("last_at", self.server())
    }

    fn position(&self) -> i64 {
        self.part.facts.positions.1
    }

    fn is_open(&self) -> bool {
        false
    }
}
