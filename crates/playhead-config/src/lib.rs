//! Settings of playhead: what was typed, checked and turned into one complete [`Config`].
//!
//! Settings come in layers, the later ones winning: defaults, a TOML file, environment variables
//! (`PLAYHEAD_LOG__MAX_AGE` for `log.max_age`) and flags. Each key is declared once, in `keys`;
//! `config print`, `config explain` and the reference page are made from that table. All mistakes
//! are reported together, each with its key, where it was typed and what is wanted.
//!
//! The crate reads the settings file and the files that settings name as secrets, and nothing else:
//! it binds nothing, creates nothing and knows no other crate of the workspace.

mod choice;
mod config;
mod error;
mod explain;
mod file;
mod keys;
mod kind;
mod nearest;
mod network;
mod raw;
mod reference;
mod reload;
mod resolve;
mod secret;
mod shown;
mod units;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

pub use crate::choice::{Ack, BitrateUnit, LogFormat, Profile, TlsListeners};
pub use crate::config::{
    Ages, Checkpoint, Config, Console, Datastream, Door, Edge, Log, Rates, Sessions, Shutdown,
    Starts, Suite, Suites, Telemetry, Tls, TlsCertificate,
};
pub use crate::error::{Errors, Origin, Problem};
pub use crate::explain::{Explanation, explain};
pub use crate::network::Network;
pub use crate::reference::reference_markdown;
pub use crate::reload::Reloaded;
pub use crate::secret::Secret;
pub use crate::shown::{Setting, Shown};
pub use crate::units::{format_duration, format_size, parse_duration, parse_size};

/// Where settings are read from, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file, if one was named. It has to exist.
    pub file: Option<PathBuf>,
    /// Environment variables; those without the `PLAYHEAD_` prefix are passed over.
    pub environment: Vec<(OsString, OsString)>,
    /// Flags of the command line as (key, value), for example `("console.listen", "[::1]:8090")`.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// Takes the environment of this process, and no flags.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        Self {
            file,
            environment: std::env::vars_os().collect(),
            flags: Vec::new(),
        }
    }
}

/// The settings in force, and where each came from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Checked, typed and complete: all that the rest of the program sees.
    pub config: Config,
    /// Every key in the order of the reference page, then those of suites and datastreams.
    pub shown: Vec<Setting>,
}

/// The name of a key in a table of a family, as it is shown: `suites."<id>".time_zone`.
pub fn key_of(family: &str, id: &str, key: &str) -> String {
    let mut name = format!("{family}.");
    shown::quote(&mut name, id).expect("writing into a string does not fail");
    name + "." + key
}

/// Reads all layers and checks the result.
///
/// # Errors
///
/// Names everything that is wrong, not only the first mistake.
pub fn load(sources: &Sources) -> Result<Settings, Errors> {
    let mut problems = Vec::new();
    let raw = raw::collect(sources, &mut problems);
    let settings = resolve::resolve(&raw, &mut problems);
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(Errors(problems))
    }
}
