//! The ends of parts, which say where their columns lie: kept for the next query.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use playhead_store::parts::{Footer, Part, StoreError};

/// Beyond this all of them leave.
const BYTES_MAX: usize = 64 << 20;

/// Footers by the number of their part, which no other part ever has.
#[derive(Debug, Default)]
pub(crate) struct Footers(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_part: HashMap<u64, Footer>,
    bytes: usize,
}

impl Footers {
    /// The end of a part.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn of(&self, part: &Part) -> Result<Footer, StoreError> {
        let number = part.facts.number;
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(footer) = kept().by_part.get(&number) {
            return Ok(footer.clone());
        }
        let footer = part.footer()?;
        let mut kept = kept();
        kept.bytes += footer.bytes();
        if kept.bytes > BYTES_MAX {
            kept.by_part.clear();
            kept.bytes = footer.bytes();
        }
        kept.by_part.insert(number, footer.clone());
        Ok(footer)
    }
}
