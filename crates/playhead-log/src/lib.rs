//! Appends opaque frames to segment files and reads them back, checked and in order.
//!
//! One writer collects frames in memory and makes them durable together: one write and one sync
//! for everything that waits. Readers on other threads see only what is committed. Opening finds
//! the end of the log, cuts a torn tail and refuses to go past damage in data that was durable.
//!
//! The crate does not know what a frame means, reads no clock, has no async code and decides
//! nothing about retention beyond "never the active segment": the caller passes stamps, policies
//! and the oldest position still needed. Bytes enter through [`Writer::append`], reach the disk in
//! [`Writer::commit`] through a [`storage::Storage`], and leave through [`Reader`].
//!
//! The bytes on disk are described in `docs/design/log-format.md`.

mod buffer;
mod error;
mod frame;
mod fsck;
mod fuzz;
mod iter;
mod options;
mod position;
mod prepare;
mod reader;
mod recover;
mod repair;
mod retention;
mod scan;
mod segment;
mod shared;
pub mod storage;
mod window;
mod writer;

pub use error::{AppendError, CommitError, Damage, OpenError, ReadError, Reason, RetireError};
pub use frame::FrameKind;
pub use fsck::{FsckReport, Progress, fsck};
#[doc(hidden)]
pub use fuzz::fuzz_open;
pub use iter::{Frame, Iter};
pub use options::{Options, Preparation, SyncPolicy};
pub use position::Position;
pub use reader::Reader;
pub use recover::Recovery;
pub use retention::{Policy, Retention, Retired, plan};
pub use segment::SegmentInfo;
pub use writer::{Committed, Writer};
