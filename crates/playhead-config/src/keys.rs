//! Every key, declared once: what it holds, its default and what it means.

use std::time::Duration;

use crate::choice::{Ack, BitrateUnit, LogFormat, Profile, TlsListeners};
use crate::kind::{Kind, is_suite_id};

/// The prefix of environment variables that are settings.
pub(crate) const ENVIRONMENT_PREFIX: &str = "PLAYHEAD_";

const MIB: u64 = 1 << 20;

/// One setting.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// May also be `"none"`.
    pub(crate) optional: bool,
    /// Written as in an environment variable.
    pub(crate) default: &'static str,
    /// One sentence, or two.
    pub(crate) meaning: &'static str,
    pub(crate) flag: Option<&'static str>,
    pub(crate) reloadable: bool,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, default: &'static str) -> Self {
        Self {
            name,
            kind,
            optional: false,
            default,
            meaning: "",
            flag: None,
            reloadable: false,
        }
    }

    const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = Some(flag);
        self
    }

    const fn reloadable(mut self) -> Self {
        self.reloadable = true;
        self
    }

    const fn means(mut self, meaning: &'static str) -> Self {
        self.meaning = meaning;
        self
    }

    /// The environment variable that sets this key.
    pub(crate) fn environment(&self) -> String {
        format!(
            "{ENVIRONMENT_PREFIX}{}",
            self.name.replace('.', "__").to_uppercase()
        )
    }

    /// Says in words what has to be written.
    pub(crate) fn wants(&self) -> String {
        let wants = self.kind.wants();
        if self.optional {
            format!("{wants}, or `none`")
        } else {
            wants
        }
    }
}

const fn count(min: u64) -> Kind {
    Kind::Count { min, max: u64::MAX }
}

const fn at_least(duration: Duration) -> Kind {
    Kind::Duration { min: duration }
}

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

/// All keys, in the order of the reference page: keys of one section stand together.
pub(crate) static KEYS: &[Key] = &[
    Key::new("listen", Kind::Address, "127.0.0.1:8080")
        .flag("--listen")
        .means("Where players send their events: the public door."),
    Key::new("data", Kind::Path, "./playhead-data").flag("--data").means(
        "The folder that holds everything that is stored; it is created if it does not exist. A relative \
         path counts from the working directory.",
    ),
    Key::new("console.listen", Kind::Address, "127.0.0.1:8090").flag("--console").means(
        "Where the dashboard, the JSON API, health and metrics are served. An address other than loopback \
         needs `console.token_file`.",
    ),
    Key::new("console.token_file", Kind::File, "none").optional().means(
        "A file with the token that console requests must carry (`Authorization: Bearer …`): one line of at \
         least 16 visible characters.",
    ),
    Key::new("console.hosts", Kind::Hosts, "").reloadable().means(
        "Names besides the loopback ones by which the console may be addressed; requests with another \
         `Host` are refused.",
    ),
    Key::new("door.profile", Kind::Word(Profile::WORDS), "lenient").reloadable().means(
        "How bodies are judged: `strict` refuses unknown keys and types that would have to be converted, \
         `lenient` keeps and counts them.",
    ),
    Key::new("door.suites", Kind::Suites, "any")
        .reloadable()
        .means("The report suites whose events are taken; events of any other are refused."),
    Key::new("door.suites_max", count(0), "1000").reloadable().means(
        "How many suites may come into being by themselves, because a player names them. Suites named in \
         the settings do not count.",
    ),
    Key::new("door.connections_max", count(1), "20000")
        .means("How many connections of players may be open at once; more wait to be accepted."),
    Key::new("door.body_event_max", Kind::Size { min: 4096 }, "64 KiB")
        .reloadable()
        .means("The largest body of one event; a larger one is refused with 413."),
    Key::new("door.body_array_max", Kind::Size { min: 4096 }, "4 MiB").reloadable().means(
        "The largest body of a whole offline session; a larger one is refused with 413.",
    ),
    Key::new("door.header_timeout", at_least(SECOND), "10s")
        .means("How long a client may take to send the head of a request before it is cut off."),
    Key::new("door.body_timeout", at_least(SECOND), "15s")
        .means("How long a client may take to send the body of a request before it is cut off."),
    Key::new("door.in_flight_bytes_max", Kind::Size { min: MIB }, "256 MiB").means(
        "The bytes of request bodies held in memory at once; above it requests are answered with 503 \
         and `Retry-After`.",
    ),
    Key::new("door.refused_samples", Kind::Count { min: 0, max: 10_000 }, "20").means(
        "How many refused bodies are kept for each suite and reason, as samples for those who look for \
         the fault.",
    ),
    Key::new("door.trusted_proxies", Kind::Networks, "").reloadable().means(
        "The proxies whose `X-Forwarded-For` or `Forwarded` is believed; from anyone else both are ignored.",
    ),
    Key::new("door.address_bits_v4", Kind::Count { min: 0, max: 32 }, "24")
        .means("How many leading bits of a client's IPv4 address are stored; the rest is set to zero."),
    Key::new("door.address_bits_v6", Kind::Count { min: 0, max: 128 }, "48")
        .means("How many leading bits of a client's IPv6 address are stored; the rest is set to zero."),
    Key::new("door.geo_file", Kind::File, "none")
        .optional()
        .means("An MMDB file from which country, region and network of a client's address are read."),
    Key::new("tls.certificate", Kind::File, "none").optional().reloadable().means(
        "The certificate in PEM form, with those that vouch for it; with it the listeners speak https. A \
         changed file is noticed within a few seconds.",
    ),
    Key::new("tls.key", Kind::File, "none")
        .optional()
        .reloadable()
        .means("The private key of the certificate in PEM form."),
    Key::new("tls.self_signed", Kind::Switch, "false").flag("--tls-self-signed").means(
        "Whether to make a certificate that vouches for itself and keep it in the data folder: https for a \
         laptop or a test.",
    ),
    Key::new("tls.self_signed_names", Kind::Hosts, "").means(
        "Names and addresses in the self-signed certificate besides `localhost`, `127.0.0.1` and `::1`.",
    ),
    Key::new("tls.listeners", Kind::Word(TlsListeners::WORDS), "both")
        .means("Which listeners speak https where there is a certificate. The Postgres listener does as the console."),
    Key::new("tls.handshake_timeout", at_least(SECOND), "10s")
        .means("How long a client may take for the TLS handshake before it is cut off."),
    Key::new("tls.handshakes_max", count(1), "2000").means(
        "How many TLS handshakes may be under way at once on each listener; more connections wait to be \
         accepted.",
    ),
    Key::new("rates.suite_starts", count(1), "none").optional().reloadable().means(
        "How many session starts a second are taken for one report suite; more are refused with 429.",
    ),
    Key::new("rates.suite_events", count(1), "none").optional().reloadable().means(
        "How many events a second are taken for the sessions of one report suite; more are refused with 429.",
    ),
    Key::new("rates.address_starts", count(1), "none").optional().reloadable().means(
        "How many session starts a second are taken from one address, cut as it is stored; more are refused \
         with 429.",
    ),
    Key::new("rates.address_events", count(1), "none").optional().reloadable().means(
        "How many events a second are taken from one address, cut as it is stored; more are refused with 429.",
    ),
    Key::new("rates.burst", at_least(SECOND), "10s").reloadable().means(
        "How much may come at once: what these limits allow in this time.",
    ),
    Key::new("log.ack", Kind::Word(Ack::WORDS), "synced").means(
        "When an event is acknowledged: `synced` after it is on disk, `written` after the operating system \
         has it, which a power failure can lose.",
    ),
    Key::new("log.max_age", at_least(Duration::from_secs(3600)), "30d").optional().reloadable().means(
        "How long events are kept in the log. What a checkpoint or the store still needs is kept longer.",
    ),
    Key::new("log.max_bytes", Kind::Size { min: MIB }, "none").optional().reloadable().means(
        "The size above which the oldest events leave the log. What a checkpoint or the store still needs \
         is kept.",
    ),
    Key::new("log.segment_bytes", Kind::Size { min: MIB }, "256 MiB")
        .means("The size at which a new log file is begun; old events are removed by whole files."),
    Key::new("log.free_min", Kind::Size { min: 0 }, "1 GiB").reloadable().means(
        "The free disk space below which new events are refused with 503, so that reading goes on.",
    ),
    Key::new("store.sessions_max_age", at_least(DAY), "none").optional().reloadable().means(
        "How long closed sessions are kept in the store, in whole days after the one on which the session closed. No other table is kept for longer.",
    ),
    Key::new("store.ads_max_age", at_least(DAY), "none").optional().reloadable().means(
        "How long the ads of closed sessions are kept in the store, in whole days after the one on which the session closed.",
    ),
    Key::new("store.chapters_max_age", at_least(DAY), "none").optional().reloadable().means(
        "How long the chapters of closed sessions are kept in the store, in whole days after the one on which the session closed.",
    ),
    Key::new("store.states_max_age", at_least(DAY), "none").optional().reloadable().means(
        "How long the player states of closed sessions are kept in the store, in whole days after the one on which the session closed.",
    ),
    Key::new("store.events_max_age", at_least(DAY), "none").optional().reloadable().means(
        "How long the events of closed sessions, as they were received are kept in the store, in whole days after the one on which the session closed. The log, which has them too, goes by `log.max_age`.",
    ),
    Key::new("live.active", at_least(SECOND), "60s").reloadable().means(
        "For how long after its last event a session counts as active in the live view.",
    ),
    Key::new("checkpoint.interval", at_least(SECOND), "60s").means(
        "How often the state of open sessions is saved; a restart replays what came after it from the log.",
    ),
    Key::new("sessions.open_max", count(1), "4000000")
        .means("How many sessions may be open at once; above it new ones are refused with 503."),
    Key::new("reports.cache_max", Kind::Size { min: MIB }, "none").optional().means(
        "The memory in which columns of stored sessions are kept for the next report. What has not been \
         used for longest leaves. With `none` it is a quarter of the memory that the machine, or the control \
         group of the process, has, and at least 512 MiB.",
    ),
    Key::new("reports.memory_max", Kind::Size { min: MIB }, "1 GiB").means(
        "How much memory the different texts (visitors, titles, …) of one report may take; a report that \
         needs more is refused.",
    ),
    Key::new("reports.time_max", at_least(SECOND), "30s")
        .reloadable()
        .means("How long a report may run before it is given up."),
    Key::new("reports.running_max", Kind::Count { min: 1, max: 1_000 }, "2")
        .means("How many reports run at once; more wait."),
    Key::new("reports.waiting_max", Kind::Count { min: 0, max: 10_000 }, "32")
        .means("How many reports may wait for their turn; more are answered with 429."),
    Key::new("reports.threads", Kind::Count { min: 1, max: 256 }, "2")
        .reloadable()
        .means("How many threads one report runs on."),
    Key::new("reports.open_max", count(0), "1000000").reloadable().means(
        "How many open sessions of a suite a report takes along; with more, those that ask for open \
         sessions are refused.",
    ),
    Key::new("sql.memory_max", Kind::Size { min: MIB }, "512 MiB").reloadable().means(
        "How much memory one SQL query may take for what it sorts, groups and joins; one that needs more is \
         ended.",
    ),
    Key::new("sql.time_max", at_least(SECOND), "30s")
        .reloadable()
        .means("How long an SQL query may run, the reading of its answer included, before it is ended."),
    Key::new("sql.rows_max", count(1), "1000000")
        .reloadable()
        .means("How many rows an SQL query may answer; one with more is ended."),
    Key::new("sql.running_max", Kind::Count { min: 1, max: 1_000 }, "2")
        .means("How many SQL queries run at once; more wait."),
    Key::new("sql.waiting_max", Kind::Count { min: 0, max: 10_000 }, "32")
        .means("How many SQL queries may wait for their turn; more are answered with 429."),
    Key::new("sql.threads", Kind::Count { min: 1, max: 256 }, "2")
        .reloadable()
        .means("How many threads one SQL query runs on."),
    Key::new("postgres.listen", Kind::Address, "none").optional().flag("--postgres").means(
        "Where SQL is answered in the Postgres protocol, for psql, Grafana and other tools. The password is \
         the token of the console; an address other than loopback needs `console.token_file`.",
    ),
    Key::new("postgres.connections_max", Kind::Count { min: 1, max: 10_000 }, "64")
        .means("How many connections in the Postgres protocol may be open at once; more are refused."),
    Key::new("edge.organisation", Kind::Text, "none").optional().reloadable().means(
        "The organisation (`…@AdobeOrg`) whose identity cookie Media Edge clients are given, where their \
         datastream names none. Without one no cookie is handed out, and the Web SDK sends its requests \
         one by one.",
    ),
    Key::new("starts.dedupe", Kind::Switch, "true").means(
        "Whether a session start that repeats an equal one of the last three minutes gets the first one's \
         session instead of a new one.",
    ),
    Key::new("shutdown.deadline", at_least(SECOND), "20s")
        .means("How long a graceful stop may take before what is still pending is given up."),
    Key::new("telemetry.format", Kind::Word(LogFormat::WORDS), "text")
        .means("The form of the log lines on standard error."),
    Key::new("telemetry.level", Kind::Level, "info")
        .reloadable()
        .means("How much is logged, as a whole or by part."),
];

/// Keys that a settings file may hold once for each of many things, in tables named by an id.
#[derive(Debug)]
pub(crate) struct Family {
    /// `suites` in `[suites."<id>"]`.
    pub(crate) name: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) is_id: fn(&str) -> bool,
    /// What an id has to be.
    pub(crate) wants_id: &'static str,
}

pub(crate) static SUITES: Family = Family {
    name: "suites",
    keys: SUITE_KEYS,
    is_id: is_suite_id,
    wants_id: "wants the id of one report suite: not empty, without commas",
};

pub(crate) static DATASTREAMS: Family = Family {
    name: "datastreams",
    keys: DATASTREAM_KEYS,
    is_id: |id| !id.is_empty(),
    wants_id: "wants the id of a datastream, as clients send it in `configId`",
};

pub(crate) static METRICS: Family = Family {
    name: "metrics",
    keys: METRIC_KEYS,
    is_id: is_name,
    wants_id: WANTS_NAME,
};

pub(crate) static SEGMENTS: Family = Family {
    name: "segments",
    keys: SEGMENT_KEYS,
    is_id: is_name,
    wants_id: WANTS_NAME,
};

const WANTS_NAME: &str = "wants a name of letters and digits that begins with a letter";

/// A name as formulas and requests can have it.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|it| it.is_ascii_alphanumeric())
}

/// All families, in the order of the reference page.
pub(crate) static FAMILIES: [&Family; 4] = [&SUITES, &DATASTREAMS, &METRICS, &SEGMENTS];

impl Family {
    /// Finds a key of these tables.
    pub(crate) fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// Finds the family of a table.
pub(crate) fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.into_iter().find(|family| family.name == name)
}

/// The keys of each `[suites."<id>"]` table.
static SUITE_KEYS: &[Key] = &[
    Key::new("profile", Kind::Word(Profile::WORDS), "none")
        .optional()
        .reloadable()
        .means("As `door.profile`, which holds where this is `none`."),
    Key::new("bitrate_unit", Kind::Word(BitrateUnit::WORDS), "kbps")
        .reloadable()
        .means(
            "The unit of the bitrates that the players of this suite send; reports are in kbps.",
        ),
    Key::new("starts_per_second", count(1), "none")
        .optional()
        .reloadable()
        .means("As `rates.suite_starts`, which holds where this is `none`."),
    Key::new("events_per_second", count(1), "none")
        .optional()
        .reloadable()
        .means("As `rates.suite_events`, which holds where this is `none`."),
    Key::new("time_zone", Kind::Text, "UTC")
        .reloadable()
        .means("The time zone in which the days of this suite begin, by its IANA name."),
    Key::new("sessions_max_age", at_least(DAY), "none")
        .optional()
        .reloadable()
        .means("As `store.sessions_max_age`, which holds where this is `none`."),
    Key::new("ads_max_age", at_least(DAY), "none")
        .optional()
        .reloadable()
        .means("As `store.ads_max_age`, which holds where this is `none`."),
    Key::new("chapters_max_age", at_least(DAY), "none")
        .optional()
        .reloadable()
        .means("As `store.chapters_max_age`, which holds where this is `none`."),
    Key::new("states_max_age", at_least(DAY), "none")
        .optional()
        .reloadable()
        .means("As `store.states_max_age`, which holds where this is `none`."),
    Key::new("events_max_age", at_least(DAY), "none")
        .optional()
        .reloadable()
        .means("As `store.events_max_age`, which holds where this is `none`."),
];

/// The keys of each `[datastreams."<id>"]` table.
static DATASTREAM_KEYS: &[Key] = &[
    Key::new("suite", Kind::Suite, "none")
        .optional()
        .reloadable()
        .means("The report suite of the sessions that come by this datastream; `none`: its id names it."),
    Key::new("organisation", Kind::Text, "none")
        .optional()
        .reloadable()
        .means("As `edge.organisation`, which holds where this is `none`."),
];

/// The keys of each `[metrics."<name>"]` table.
static METRIC_KEYS: &[Key] = &[
    Key::new("title", Kind::Text, "none")
        .optional()
        .reloadable()
        .means("The name for people; `none`: the name in requests."),
    Key::new("formula", Kind::Text, "none")
        .optional()
        .reloadable()
        .means("What is computed from other metrics, such as `100 * errorCount / isPlayed`."),
];

/// The keys of each `[segments."<name>"]` table.
static SEGMENT_KEYS: &[Key] = &[
    Key::new("title", Kind::Text, "none")
        .optional()
        .reloadable()
        .means("The name for people; `none`: the name in requests."),
    Key::new("filters", Kind::Text, "none")
        .optional()
        .reloadable()
        .means("The conditions as `filters` of a report has them: a JSON list."),
];

/// Finds a key by its full name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Says whether a name is a table of the settings file that holds keys.
pub(crate) fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| {
        key.name
            .split_once('.')
            .is_some_and(|(section, _)| section == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::Raw;

    #[test]
    fn each_key_is_declared_once_and_well() {
        let families = FAMILIES.into_iter().map(|family| family.keys);
        let tables: Vec<&[Key]> = std::iter::once(KEYS).chain(families).collect();
        for (number, key) in tables.iter().flat_map(|keys| keys.iter().enumerate()) {
            let of_table = tables
                .iter()
                .find(|keys| keys.iter().any(|it| std::ptr::eq(it, key)));
            let mut earlier = of_table
                .into_iter()
                .flat_map(|keys| keys.iter().take(number));
            assert!(
                earlier.all(|other| other.name != key.name),
                "{} twice",
                key.name
            );
            assert!(key.meaning.ends_with('.'), "{} has no sentence", key.name);
            let default = Raw::Text(key.default.to_owned());
            let none_is_default = key.optional && key.default == "none";
            assert!(
                none_is_default || key.kind.read(&default).is_ok(),
                "{}: default",
                key.name
            );
        }
    }
}
