//! Small parts put together: a flush a minute would otherwise make a thousand files a day.
//!
//! Rows of several parts of one table, suite and day are merged, in the order of their ids, into a
//! part that takes their place in the manifest. It says the same, so nobody who reads notices:
//! the files that it replaces go when the last reader has let go of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_select::interleave::interleave_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use playhead_model::catalog::{Day, Table};

use crate::batch;
use crate::parts::error::StoreError;
use crate::parts::manifest::PartFacts;
use crate::parts::part::{self, BATCH_ROWS, Part};
use crate::parts::storage::Storage;

/// So many parts of about one size are put together while their day goes on: each row is written
/// again once for each time that the parts grow by this factor.
const FAN_IN: usize = 8;
/// Smaller parts are all of about one size.
const SMALL_BYTES: u64 = 1 << 20;
/// Once their day is over, so many are put together at a time.
const FAN_IN_MAX: usize = 32;
/// Parts grow to about this size: a few row groups of all columns.
const PART_BYTES_MAX: u64 = 256 << 20;

/// Parts to be put together, on whatever thread has the time.
#[derive(Debug)]
pub struct Compaction {
    pub(crate) parts: Vec<Arc<Part>>,
    /// The number of the part that will take their place.
    pub(crate) number: u64,
    pub(crate) storage: Arc<dyn Storage>,
}

/// A part that may take the place of others.
#[derive(Debug)]
pub struct Compacted {
    pub(crate) facts: PartFacts,
    pub(crate) replaced: Vec<u64>,
}

/// The next parts that should be put together: those of days that are over first.
pub(crate) fn choose(parts: &[Arc<Part>], today: Day) -> Option<Vec<Arc<Part>>> {
    let mut folders: BTreeMap<_, Vec<&Arc<Part>>> = BTreeMap::new();
    for part in parts {
        let facts = &part.facts;
        let version = facts.definition_version;
        let folder = (facts.day.0, facts.table as usize, &*facts.suite, version);
        folders.entry(folder).or_default().push(part);
    }
    folders.into_iter().find_map(|((day, ..), mut parts)| {
        parts.sort_unstable_by_key(|part| (part.facts.bytes, part.facts.number));
        if day < today.0 {
            all_that_fit(&parts)
        } else {
            of_one_size(&parts)
        }
    })
}

/// As many as make one part, the smallest first.
fn all_that_fit(parts: &[&Arc<Part>]) -> Option<Vec<Arc<Part>>> {
    let mut bytes = 0;
    let fitting = parts.iter().take(FAN_IN_MAX).take_while(|part| {
        bytes += part.facts.bytes;
        bytes <= PART_BYTES_MAX
    });
    let fitting: Vec<_> = fitting.map(|part| Arc::clone(part)).collect();
    (fitting.len() > 1).then_some(fitting)
}

fn of_one_size(parts: &[&Arc<Part>]) -> Option<Vec<Arc<Part>>> {
    let size = |part: &Arc<Part>| (part.facts.bytes / SMALL_BYTES).max(1).ilog2() / FAN_IN.ilog2();
    let equal = parts.chunk_by(|one, other| size(one) == size(other));
    let many = equal.filter(|parts| parts.len() >= FAN_IN);
    many.map(|parts| &parts[..FAN_IN]).find_map(all_that_fit)
}

impl Compaction {
    /// Writes the new part; none if `stop` says so meanwhile.
    ///
    /// # Errors
    /// If a part cannot be read, or the new one cannot be written.
    pub fn run(&self, stop: &dyn Fn() -> bool) -> Result<Option<Compacted>, StoreError> {
        let mut facts = self.facts();
        let written = self.write(&mut facts, stop);
        if !matches!(written, Ok(true)) {
            // A start removes it if this fails.
            let _left = self.storage.remove(&facts.path());
        }
        let numbers = self.parts.iter().map(|part| part.facts.number);
        let compacted = Compacted {
            replaced: numbers.collect(),
            facts,
        };
        Ok(written?.then_some(compacted))
    }

    /// What is known of the new part before it is written.
    fn facts(&self) -> PartFacts {
        let mut facts = self.parts[0].facts.clone();
        for other in self.parts[1..].iter().map(|part| &part.facts) {
            facts.rows += other.rows;
            facts.started = around(facts.started, other.started);
            facts.client = around(facts.client, other.client);
            facts.positions = around(facts.positions, other.positions);
        }
        facts.number = self.number;
        facts
    }

    fn write(&self, facts: &mut PartFacts, stop: &dyn Fn() -> bool) -> Result<bool, StoreError> {
        let mut merge = Merge::new(&self.parts)?;
        let mut writing = part::Writing::new(&*self.storage, facts)?;
        while let Some(batch) = merge.next()? {
            if stop() {
                return Ok(false);
            }
            writing.write(&batch)?;
        }
        writing.finish(facts)?;
        Ok(true)
    }
}

fn around<T: Ord>(one: (T, T), other: (T, T)) -> (T, T) {
    (one.0.min(other.0), one.1.max(other.1))
}

/// The rows of several parts in the order of one.
struct Merge<'a> {
    runs: Vec<Run<'a>>,
}

/// A part that is read from its beginning to its end.
struct Run<'a> {
    part: &'a Part,
    reader: ParquetRecordBatchReader,
    batch: RecordBatch,
    sids: StringArray,
    /// Place in the log and number: events of one session may lie in several parts.
    order: Option<(Int64Array, Int64Array)>,
    row: usize,
}

impl<'a> Run<'a> {
    fn open(part: &'a Part) -> Result<Option<Self>, StoreError> {
        let mut reader = part.batches()?;
        let Some(batch) = next_batch(part, &mut reader)? else {
            return Ok(None);
        };
        let mut run = Self {
            part,
            reader,
            sids: StringArray::new_null(0),
            order: None,
            batch,
            row: 0,
        };
        run.look_at_keys();
        Ok(Some(run))
    }

    fn look_at_keys(&mut self) {
        let column = |name| {
            self.batch
                .column_by_name(name)
                .expect("all columns are there")
        };
        let ints = |name| column(name).as_primitive::<Int64Type>().clone();
        self.sids = column("sid").as_string::<i32>().clone();
        let is_events = self.part.facts.table == Table::Events;
        self.order = is_events.then(|| (ints("position"), ints("number")));
    }

    /// Goes on to the next batch; false if there is none.
    fn advance(&mut self) -> Result<bool, StoreError> {
        let Some(batch) = next_batch(self.part, &mut self.reader)? else {
            return Ok(false);
        };
        (self.batch, self.row) = (batch, 0);
        self.look_at_keys();
        Ok(true)
    }

    fn is_read(&self) -> bool {
        self.row == self.batch.num_rows()
    }

    fn key(&self) -> (&str, i64, i64) {
        let order = self.order.as_ref();
        let (position, number) = order.map_or((0, 0), |(positions, numbers)| {
            (positions.value(self.row), numbers.value(self.row))
        });
        (self.sids.value(self.row), position, number)
    }
}

fn next_batch(
    part: &Part,
    reader: &mut ParquetRecordBatchReader,
) -> Result<Option<RecordBatch>, StoreError> {
    for batch in reader {
        let batch = batch.map_err(|error| part.fail(error.into()))?;
        if batch.num_rows() > 0 {
            return Ok(Some(batch::complete(part.facts.table, &batch)));
        }
    }
    Ok(None)
}

impl<'a> Merge<'a> {
    fn new(parts: &'a [Arc<Part>]) -> Result<Self, StoreError> {
        let runs = parts.iter().map(|part| Run::open(part));
        let runs = runs.filter_map(Result::transpose);
        Ok(Self {
            runs: runs.collect::<Result<_, _>>()?,
        })
    }

    /// The next rows, as many as the batches have that are in memory.
    fn next(&mut self) -> Result<Option<RecordBatch>, StoreError> {
        if self.runs.is_empty() {
            return Ok(None);
        }
        let mut places = Vec::with_capacity(BATCH_ROWS);
        while places.len() < BATCH_ROWS {
            let runs = self.runs.iter().enumerate();
            let least = runs.min_by(|one, other| one.1.key().cmp(&other.1.key()));
            let Some((number, _)) = least else { break };
            let run = &mut self.runs[number];
            places.push((number, run.row));
            run.row += 1;
            if run.is_read() {
                break;
            }
        }
        let batches: Vec<&RecordBatch> = self.runs.iter().map(|run| &run.batch).collect();
        let merged = interleave_record_batch(&batches, &places);
        let merged = merged.map_err(|error| self.runs[0].part.fail(error.into()))?;
        if let Some(read) = self.runs.iter().position(Run::is_read)
            && !self.runs[read].advance()?
        {
            self.runs.remove(read);
        }
        Ok(Some(merged))
    }
}
