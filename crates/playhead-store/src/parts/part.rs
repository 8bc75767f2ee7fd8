//! One immutable Parquet file of a table, a suite and a day. Its rows are sorted by session id,
//! which begins with the server's time of the start.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::Schema;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowFilter,
};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnPath;
use playhead_model::catalog::Row;
use playhead_model::ids::SessionId;

use crate::batch;
use crate::parts::columns::statistics;
use crate::parts::error::StoreError;
use crate::parts::manifest::PartFacts;
use crate::parts::storage::{Blob, Storage};

/// Rows of a row group. A session is found in one by its statistics and its bloom filter, and
/// then the ids of one group are read.
pub(crate) const GROUP_ROWS: usize = 65_536;
/// Rows encoded or decoded at a time.
pub(crate) const BATCH_ROWS: usize = 4_096;

/// A part that the manifest names.
#[derive(Debug)]
pub struct Part {
    pub facts: PartFacts,
    storage: Arc<dyn Storage>,
    /// Whether the manifest no longer names it: the file goes with the last who reads it.
    is_replaced: AtomicBool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_replaced.load(Ordering::Acquire) {
            return;
        }
        let path = self.facts.path();
        if let Err(error) = self.storage.remove(&path) {
            let path = path.display();
            tracing::warn!(%path, %error, "a part that is replaced stays until the next start");
        }
    }
}

impl Part {
    pub(crate) fn new(facts: PartFacts, storage: Arc<dyn Storage>) -> Self {
        Self {
            facts,
            storage,
            is_replaced: AtomicBool::new(false),
        }
    }

    /// Notes that the manifest no longer names it.
    pub(crate) fn replace(&self) {
        self.is_replaced.store(true, Ordering::Release);
    }

    /// Its file.
    pub(crate) fn open(&self) -> Result<Blob, StoreError> {
        let path = self.facts.path();
        let blob = self.storage.open(&path);
        blob.map_err(|source| StoreError::Io { path, source })
    }

    pub(crate) fn fail(&self, source: ParquetError) -> StoreError {
        StoreError::Part {
            path: self.facts.path(),
            source,
        }
    }

    fn builder(&self) -> Result<ParquetRecordBatchReaderBuilder<Blob>, StoreError> {
        let blob = self.open()?;
        let metadata = metadata(&blob, &batch::schema(self.facts.table));
        let metadata = metadata.map_err(|error| self.fail(error))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(blob, metadata);
        Ok(builder.with_batch_size(BATCH_ROWS))
    }

    /// Reads it from its beginning to its end.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn batches(&self) -> Result<ParquetRecordBatchReader, StoreError> {
        self.builder()?.build().map_err(|error| self.fail(error))
    }

    /// Some columns of the row groups that may have a number from one of these on in its column.
    pub(crate) fn columns_from(
        &self,
        from: &[(&str, i64)],
        names: &[&str],
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let builder = self.builder()?;
        let groups = builder.metadata().row_groups().iter().enumerate();
        let may_have = |group, (column, least): &(&str, i64)| match statistics(group, column) {
            Some(Statistics::Int64(it)) => it.max_opt().is_none_or(|most| most >= least),
            _ => true,
        };
        let groups = groups.filter(|(_, group)| from.iter().any(|it| may_have(group, it)));
        let groups = groups.map(|(number, _)| number).collect();
        self.read_groups(builder, groups, names)
    }

    /// The smallest and the largest id in each row group, if it is known.
    pub(crate) fn ids(&self) -> Result<Vec<Option<(SessionId, SessionId)>>, StoreError> {
        let builder = self.builder()?;
        let groups = builder.metadata().row_groups().iter();
        let ids = groups.map(|group| match statistics(group, "sid") {
            Some(Statistics::ByteArray(ids)) => Some((
                SessionId::parse(ids.min_opt()?.data())?,
                SessionId::parse(ids.max_opt()?.data())?,
            )),
            _ => None,
        });
        Ok(ids.collect())
    }

    /// Some columns of a row group.
    pub(crate) fn columns_of(
        &self,
        group: usize,
        names: &[&str],
    ) -> Result<Vec<RecordBatch>, StoreError> {
        self.read_groups(self.builder()?, vec![group], names)
    }

    fn read_groups(
        &self,
        builder: ParquetRecordBatchReaderBuilder<Blob>,
        groups: Vec<usize>,
        names: &[&str],
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let mask = ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
        let builder = builder.with_row_groups(groups).with_projection(mask);
        self.read(builder.build())
    }

    /// All rows.
    pub(crate) fn rows<R: Row>(&self) -> Result<Vec<R>, StoreError> {
        let batches = self.read(self.builder()?.build())?;
        Ok(batches.iter().flat_map(batch::rows).collect())
    }

    /// The rows of some sessions.
    pub(crate) fn rows_of<R: Row>(&self, sids: &BTreeSet<SessionId>) -> Result<Vec<R>, StoreError> {
        let builder = self.builder()?;
        let texts: BTreeSet<String> = sids.iter().map(ToString::to_string).collect();
        let groups = self.groups_with(&builder, &texts)?;
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mask = ProjectionMask::columns(builder.parquet_schema(), ["sid"]);
        let is_wanted = ArrowPredicateFn::new(mask, move |batch: RecordBatch| {
            let ids = batch.column(0).as_string::<i32>().iter();
            let wanted = ids.map(|id| Some(id.is_some_and(|id| texts.contains(id))));
            Ok(BooleanArray::from_iter(wanted))
        });
        let builder = builder
            .with_row_groups(groups)
            .with_row_filter(RowFilter::new(vec![Box::new(is_wanted)]));
        let batches = self.read(builder.build())?;
        Ok(batches.iter().flat_map(batch::rows).collect())
    }

    /// The row groups that may have rows of these sessions.
    fn groups_with(
        &self,
        builder: &ParquetRecordBatchReaderBuilder<Blob>,
        sids: &BTreeSet<String>,
    ) -> Result<Vec<usize>, StoreError> {
        let mut found = Vec::new();
        for (number, group) in builder.metadata().row_groups().iter().enumerate() {
            let Some(Statistics::ByteArray(ids)) = group.column(0).statistics() else {
                found.push(number);
                continue;
            };
            let (Some(least), Some(most)) = (ids.min_opt(), ids.max_opt()) else {
                continue;
            };
            let inside: Vec<&String> = sids
                .iter()
                .filter(|sid| least.data() <= sid.as_bytes() && sid.as_bytes() <= most.data())
                .collect();
            if inside.is_empty() {
                continue;
            }
            let filter = builder.get_row_group_column_bloom_filter(number, 0);
            let filter = filter.map_err(|error| self.fail(error))?;
            let may_have = |sid: &&String| filter.as_ref().is_none_or(|it| it.check(sid.as_str()));
            if inside.iter().any(may_have) {
                found.push(number);
            }
        }
        Ok(found)
    }

    pub(crate) fn read(
        &self,
        reader: Result<ParquetRecordBatchReader, ParquetError>,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let reader = reader.map_err(|error| self.fail(error))?;
        let batches = reader.collect::<Result<Vec<_>, _>>();
        batches.map_err(|error| self.fail(error.into()))
    }
}

/// What the end of a file says, with the types of `known` for the columns that it has: the part of
/// another version may have fewer, or more.
pub(crate) fn metadata(blob: &Blob, known: &Schema) -> Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(blob, options.clone())?;
    let fields = found.schema().fields().iter();
    let fields = fields.map(|field| match known.field_with_name(field.name()) {
        Ok(known) => Arc::new(known.clone()),
        Err(_) => field.clone(),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    ArrowReaderMetadata::try_new(found.metadata().clone(), options.with_schema(schema))
}

/// Writes rows into the file of a part; fills in their number, its size and checksum.
pub(crate) fn write<R: Row>(
    storage: &dyn Storage,
    facts: &mut PartFacts,
    rows: &[&R],
) -> Result<(), StoreError> {
    facts.rows = rows.len() as u64;
    let mut writing = Writing::new(storage, facts)?;
    for rows in rows.chunks(BATCH_ROWS) {
        writing.write(&batch::batch(rows.iter().copied()))?;
    }
    writing.finish(facts)
}

/// The file of a part while it is written.
pub(crate) struct Writing {
    path: PathBuf,
    writer: ArrowWriter<Summed>,
}

impl Writing {
    /// Begins the file of a part of so many rows.
    pub(crate) fn new(storage: &dyn Storage, facts: &PartFacts) -> Result<Self, StoreError> {
        let path = facts.path();
        let file = match storage.create(&path) {
            Ok(file) => file,
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        let summed = Summed {
            file,
            bytes: 0,
            crc32c: 0,
        };
        let properties = properties(usize::try_from(facts.rows).unwrap_or(usize::MAX));
        let schema = batch::schema(facts.table);
        match ArrowWriter::try_new(summed, schema, Some(properties)) {
            Ok(writer) => Ok(Self { path, writer }),
            Err(source) => Err(StoreError::Part { path, source }),
        }
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let written = self.writer.write(batch);
        written.map_err(|source| StoreError::Part {
            path: self.path.clone(),
            source,
        })
    }

    /// Makes it survive a power loss; fills in its size and checksum.
    pub(crate) fn finish(self, facts: &mut PartFacts) -> Result<(), StoreError> {
        let Self { path, writer } = self;
        let summed = match writer.into_inner() {
            Ok(summed) => summed,
            Err(source) => return Err(StoreError::Part { path, source }),
        };
        facts.bytes = summed.bytes;
        facts.crc32c = summed.crc32c;
        let finished = summed.file.finish();
        finished.map_err(|source| StoreError::Io { path, source })
    }
}

fn properties(rows: usize) -> WriterProperties {
    let sid = || ColumnPath::from("sid");
    WriterProperties::builder()
        .set_created_by(concat!("playhead ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(sid(), EnabledStatistics::Page)
        .set_column_dictionary_enabled(sid(), false)
        .set_column_bloom_filter_enabled(sid(), true)
        .set_column_bloom_filter_max_ndv(sid(), rows.clamp(1, GROUP_ROWS) as u64)
        .build()
}

/// Counts and sums what goes through.
struct Summed {
    file: Box<dyn crate::parts::storage::NewFile>,
    bytes: u64,
    crc32c: u32,
}

impl io::Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.bytes += count as u64;
        self.crc32c = crc32c::crc32c_append(self.crc32c, &bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
