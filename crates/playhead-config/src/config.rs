//! The resolved settings, as the rest of the program sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::choice::{Ack, BitrateUnit, LogFormat, Profile, TlsListeners};
use crate::network::Network;
use crate::secret::Secret;

/// All settings: checked, typed and complete. What each means stands in the table of keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub console: Console,
    pub door: Door,
    pub tls: Tls,
    pub rates: Rates,
    pub log: Log,
    /// How long rows of suites are kept that have no table of their own.
    pub store: Ages,
    pub live: Live,
    pub checkpoint: Checkpoint,
    pub sessions: Sessions,
    pub reports: Reports,
    pub sql: Sql,
    pub postgres: Postgres,
    pub starts: Starts,
    pub shutdown: Shutdown,
    pub telemetry: Telemetry,
    /// Suites that have a table of their own; [`Config::suite`] answers for any suite.
    pub suites: BTreeMap<String, Suite>,
    pub edge: Edge,
    /// Calculated metrics, by their names in requests.
    pub metrics: BTreeMap<String, OwnMetric>,
    /// Segments, by their names in requests.
    pub segments: BTreeMap<String, OwnSegment>,
}

impl Config {
    /// Gives the rules of a suite: those configured for it, or those of every other suite.
    pub fn suite(&self, id: &str) -> Suite {
        self.suites
            .get(id)
            .cloned()
            .unwrap_or_else(|| Suite::without_table(self))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Console {
    pub listen: SocketAddr,
    /// The content of `console.token_file`. Always there when `listen` is not a loopback address.
    pub token: Option<Secret>,
    /// In lower case, without port.
    pub hosts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Door {
    pub profile: Profile,
    pub suites: Suites,
    pub suites_max: usize,
    pub connections_max: usize,
    pub body_event_max: u64,
    pub body_array_max: u64,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    pub in_flight_bytes_max: u64,
    pub refused_samples: usize,
    pub trusted_proxies: Vec<Network>,
    pub address_bits_v4: u8,
    pub address_bits_v6: u8,
    pub geo_file: Option<PathBuf>,
}

/// Which report suites the door takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Suites {
    Any,
    Only(BTreeSet<String>),
}

impl Suites {
    /// Says whether events of a suite are taken.
    pub fn allows(&self, id: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(ids) => ids.contains(id),
        }
    }
}

/// What the Media Edge API needs to know that its requests do not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Where a datastream has none.
    pub organisation: Option<String>,
    /// By the id that clients send. If there is none, any id is taken and names the suite itself.
    pub datastreams: BTreeMap<String, Datastream>,
}

/// Whose sessions come by a datastream.
#[derive(Clone, Debug, PartialEq)]
pub struct Datastream {
    pub suite: String,
    pub organisation: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tls {
    /// `None`: all listeners are plain.
    pub certificate: Option<TlsCertificate>,
    pub listeners: TlsListeners,
    pub handshake_timeout: Duration,
    pub handshakes_max: usize,
}

impl Tls {
    /// Says whether the public door speaks TLS.
    pub fn on_door(&self) -> bool {
        self.certificate.is_some() && self.listeners != TlsListeners::Console
    }

    /// Says whether the console speaks TLS.
    pub fn on_console(&self) -> bool {
        self.certificate.is_some() && self.listeners != TlsListeners::Door
    }
}

/// Where the certificate comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TlsCertificate {
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
    /// One of our own making, with these names besides the loopback ones.
    SelfSigned {
        names: Vec<String>,
    },
}

/// How many may come in a second; `None`: as many as want to.
#[derive(Clone, Debug, PartialEq)]
pub struct Rates {
    pub suite_starts: Option<u64>,
    pub suite_events: Option<u64>,
    pub address_starts: Option<u64>,
    pub address_events: Option<u64>,
    /// What these allow in this time may come at once.
    pub burst: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    pub ack: Ack,
    /// `None`: age removes nothing.
    pub max_age: Option<Duration>,
    /// `None`: size removes nothing.
    pub max_bytes: Option<u64>,
    pub segment_bytes: u64,
    pub free_min: u64,
}

/// How long the rows of each table are kept; `None`: for ever.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ages {
    pub sessions: Option<Duration>,
    pub ads: Option<Duration>,
    pub chapters: Option<Duration>,
    pub states: Option<Duration>,
    pub events: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    pub active: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub interval: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sessions {
    pub open_max: usize,
}

/// What reports may cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Reports {
    /// If nothing, by the memory that there is.
    pub cache_max: Option<u64>,
    pub memory_max: u64,
    pub time_max: Duration,
    pub running_max: usize,
    pub waiting_max: usize,
    pub threads: usize,
    pub open_max: usize,
}

/// What SQL queries may cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Sql {
    pub memory_max: u64,
    pub time_max: Duration,
    pub rows_max: usize,
    pub running_max: usize,
    pub waiting_max: usize,
    pub threads: usize,
}

/// SQL in the Postgres protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Postgres {
    /// Nothing is opened without an address.
    pub listen: Option<SocketAddr>,
    pub connections_max: usize,
}

/// A calculated metric of the configuration. What its formula may hold is not looked at here.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnMetric {
    pub title: String,
    pub formula: String,
}

/// A segment of the configuration. What its filters, a JSON list, may hold is not looked at here.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnSegment {
    pub title: String,
    pub filters: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Starts {
    pub dedupe: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Shutdown {
    pub deadline: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Telemetry {
    pub format: LogFormat,
    /// A level, or levels by part: `info,playhead_log=debug`.
    pub level: String,
}

/// The rules of one report suite.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    pub profile: Profile,
    pub bitrate_unit: BitrateUnit,
    pub time_zone: String,
    /// Session starts taken in a second; `None`: as many as want to.
    pub starts_per_second: Option<u64>,
    /// The same of events.
    pub events_per_second: Option<u64>,
    pub ages: Ages,
}

impl Suite {
    fn without_table(config: &Config) -> Self {
        Self {
            profile: config.door.profile,
            bitrate_unit: BitrateUnit::Kbps,
            time_zone: String::from("UTC"),
            starts_per_second: config.rates.suite_starts,
            events_per_second: config.rates.suite_events,
            ages: config.store.clone(),
        }
    }
}
