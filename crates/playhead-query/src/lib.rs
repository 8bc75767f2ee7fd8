//! Reports: a typed request compiled and run over columns.
//!
//! A [`Source`] gives the chunks of a suite at one position: some sessions each, with their ads,
//! chapters and states, as columns whose text is coded by words that all chunks share. A report is
//! compiled against the catalogue (`plan`), selects rows, codes the dimensions of each row into
//! one number, and adds up into dense arrays by that number. Everything is summed in integers, so
//! that answers are equal whatever the number of threads. Nothing here knows where rows come from
//! or who asks; there is no I/O and no clock.

mod aggregate;
mod axis;
mod check;
mod column;
mod dimension;
mod filter;
mod group;
mod metric;
mod panel;
mod plan;
mod quantile;
mod range;
mod report;
mod rows;
mod search;
mod select;
mod source;
mod table;
mod threads;
mod visitors;
mod words;
mod zone;

pub use self::column::{Column, Ints, ListColumn, NULL, Spans, TextColumn, Words};
pub use self::plan::{Limits, OwnFormula, Surroundings};
pub use self::report::run;
pub use self::rows::{Memory, SessionRow};
pub use self::search::search;
pub use self::source::{Chunk, Read, Source, SourceError, Table, Times, Wanted};
