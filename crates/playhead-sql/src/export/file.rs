//! A file of rows that is there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use playhead_server::console::Format;

use crate::output::{Encoder, encoder, lines};

/// What is collected before it goes to the disk.
const BYTES_AT_ONCE: usize = 1 << 20;

/// What a file is written as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileFormat {
    Parquet,
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// A file that takes its name when it is complete.
pub struct TableFile {
    format: FileFormat,
    path: PathBuf,
    unfinished: PathBuf,
    file: File,
    encoder: Option<Box<dyn Encoder>>,
    is_finished: bool,
}

impl std::fmt::Debug for TableFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl TableFile {
    /// Begins a file, beside its place and under another name.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(path: &Path, format: FileFormat) -> io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.unfinished", std::process::id()));
        let unfinished = path.with_file_name(name);
        Ok(Self {
            format,
            path: path.to_owned(),
            file: File::create(&unfinished)?,
            unfinished,
            encoder: None,
            is_finished: false,
        })
    }

    /// Says which columns there are; again changes nothing.
    ///
    /// # Errors
    /// If the form has no way to tell a type.
    pub fn begin(&mut self, schema: &SchemaRef) -> io::Result<()> {
        if self.encoder.is_none() {
            self.encoder = Some(match self.format {
                FileFormat::Parquet => {
                    encoder(Format::Parquet, schema).map_err(io::Error::other)?
                }
                FileFormat::Csv => encoder(Format::Csv, schema).map_err(io::Error::other)?,
                FileFormat::JsonLines => Box::new(lines::Lines::new(schema)),
            });
        }
        Ok(())
    }

    /// Adds rows.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn rows(&mut self, batch: &RecordBatch) -> io::Result<()> {
        if let Some(encoder) = &mut self.encoder {
            encoder.rows(batch).map_err(io::Error::other)?;
            if encoder.len() >= BYTES_AT_ONCE {
                self.file.write_all(&encoder.take())?;
            }
        }
        Ok(())
    }

    /// Ends the file, makes it survive a power loss, and gives it its name.
    ///
    /// # Errors
    /// If it cannot be written; what there was under its name stays then.
    pub fn finish(mut self) -> io::Result<()> {
        if let Some(encoder) = &mut self.encoder {
            encoder.end().map_err(io::Error::other)?;
            self.file.write_all(&encoder.take())?;
        }
        self.file.sync_all()?;
        fs::rename(&self.unfinished, &self.path)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for TableFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // It is of no use; if it stays, its name says so.
            drop(fs::remove_file(&self.unfinished));
        }
    }
}
