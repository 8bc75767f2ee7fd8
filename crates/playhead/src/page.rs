//! The dashboard, as `dashboard/` built it; `build.rs` makes the list. It stands here so that a change of it
//! builds nothing but the binary anew.

use playhead_server::console::Page;

/// Empty if the dashboard was not built before the program was.
pub(crate) static FILES: Page = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));
