//! From what was typed to the settings in force: reads each value, then checks them together.

use std::collections::BTreeMap;

use crate::choice::{Ack, BitrateUnit, LogFormat, Profile, TlsListeners};
use crate::config::{
    Ages, Checkpoint, Config, Console, Datastream, Door, Edge, Live, Log, OwnMetric, OwnSegment,
    Postgres, Rates, Reports, Sessions, Shutdown, Sql, Starts, Suite, Telemetry, Tls,
    TlsCertificate,
};
use crate::error::Problem;
use crate::keys::{DATASTREAMS, Family, KEYS, METRICS, SEGMENTS, SUITES};
use crate::raw::RawSettings;
use crate::shown::Setting;
use crate::units::format_size;
use crate::values::{Values, as_text, or_none};
use crate::{Settings, key_of};

/// Checks everything. Where a value is wrong the default stands in for it, so that the checks after
/// it still tell something; the caller drops the result if there were problems.
pub(crate) fn resolve(raw: &RawSettings, problems: &mut Vec<Problem>) -> Settings {
    let values = Values::read(KEYS, "", &raw.keys, problems);
    let mut shown = values.shown("");
    let profile = values.word("door.profile", Profile::from_word);
    let (rates, ages) = (values.rates(), values.ages("store."));
    let suites = members(&SUITES, raw, &mut shown, problems, |_, values, _| {
        values.suite(profile, &rates, &ages)
    });
    let organisation = values.text_or_none("edge.organisation");
    let datastreams = members(&DATASTREAMS, raw, &mut shown, problems, |id, values, _| {
        values.datastream(id, organisation.as_deref())
    });
    let metrics = members(&METRICS, raw, &mut shown, problems, Values::metric);
    let segments = members(&SEGMENTS, raw, &mut shown, problems, Values::segment);
    let edge = Edge {
        organisation,
        datastreams,
    };
    let mut config = values.config(suites, edge, problems);
    config.metrics = metrics;
    config.segments = segments;
    check(&config, &values, problems);
    Settings { config, shown }
}

/// Reads the tables of a family.
fn members<T>(
    family: &'static Family,
    raw: &RawSettings,
    shown: &mut Vec<Setting>,
    problems: &mut Vec<Problem>,
    read: impl Fn(&str, &Values, &mut dyn FnMut(&str, &str)) -> T,
) -> BTreeMap<String, T> {
    let mut members = BTreeMap::new();
    for (id, typed) in raw.families.get(family.name).into_iter().flatten() {
        let prefix = key_of(family.name, id, "");
        let values = Values::read(family.keys, &prefix, typed, problems);
        shown.extend(values.shown(&prefix));
        let mut refuse = |key: &str, message: &str| {
            let name = format!("{prefix}{key}");
            problems.push(Problem::new(&name, values.origin(key), message));
        };
        members.insert(id.clone(), read(id, &values, &mut refuse));
    }
    members
}

impl Values {
    fn config(
        &self,
        suites: BTreeMap<String, Suite>,
        edge: Edge,
        problems: &mut Vec<Problem>,
    ) -> Config {
        Config {
            listen: self.address("listen"),
            data: self.path("data").expect("data is not optional"),
            console: Console {
                listen: self.address("console.listen"),
                token: self.secret("console.token_file", problems),
                hosts: self.list("console.hosts"),
            },
            door: self.door(),
            tls: self.tls(problems),
            rates: self.rates(),
            log: Log {
                ack: self.word("log.ack", Ack::from_word),
                max_age: self.duration_or_none("log.max_age"),
                max_bytes: self.size_or_none("log.max_bytes"),
                segment_bytes: self.size("log.segment_bytes"),
                free_min: self.size("log.free_min"),
            },
            store: self.ages("store."),
            live: Live {
                active: self.duration("live.active"),
            },
            checkpoint: Checkpoint {
                interval: self.duration("checkpoint.interval"),
            },
            sessions: Sessions {
                open_max: self.count("sessions.open_max"),
            },
            reports: Reports {
                cache_max: self.size_or_none("reports.cache_max"),
                memory_max: self.size("reports.memory_max"),
                time_max: self.duration("reports.time_max"),
                running_max: self.count("reports.running_max"),
                waiting_max: self.count("reports.waiting_max"),
                threads: self.count("reports.threads"),
                open_max: self.count("reports.open_max"),
            },
            sql: Sql {
                memory_max: self.size("sql.memory_max"),
                time_max: self.duration("sql.time_max"),
                rows_max: self.count("sql.rows_max"),
                running_max: self.count("sql.running_max"),
                waiting_max: self.count("sql.waiting_max"),
                threads: self.count("sql.threads"),
            },
            postgres: Postgres {
                listen: self.address_or_none("postgres.listen"),
                connections_max: self.count("postgres.connections_max"),
            },
            starts: Starts {
                dedupe: self.switch("starts.dedupe"),
            },
            shutdown: Shutdown {
                deadline: self.duration("shutdown.deadline"),
            },
            telemetry: Telemetry {
                format: self.word("telemetry.format", LogFormat::from_word),
                level: self.text("telemetry.level"),
            },
            suites,
            edge,
            metrics: BTreeMap::new(),
            segments: BTreeMap::new(),
        }
    }

    fn metric(name: &str, values: &Self, refuse: &mut dyn FnMut(&str, &str)) -> OwnMetric {
        OwnMetric {
            title: values.title(name),
            formula: values.needed("formula", refuse),
        }
    }

    fn segment(name: &str, values: &Self, refuse: &mut dyn FnMut(&str, &str)) -> OwnSegment {
        OwnSegment {
            title: values.title(name),
            filters: values.needed("filters", refuse),
        }
    }

    fn title(&self, name: &str) -> String {
        self.text_or_none("title")
            .unwrap_or_else(|| name.to_owned())
    }

    fn needed(&self, key: &str, refuse: &mut dyn FnMut(&str, &str)) -> String {
        self.text_or_none(key).unwrap_or_else(|| {
            refuse(key, "wants a value: there is nothing without it");
            String::new()
        })
    }

    fn datastream(&self, id: &str, organisation: Option<&str>) -> Datastream {
        let own = self.text_or_none("organisation");
        Datastream {
            suite: self.text_or_none("suite").unwrap_or_else(|| id.to_owned()),
            organisation: own.or_else(|| organisation.map(str::to_owned)),
        }
    }

    fn door(&self) -> Door {
        Door {
            profile: self.word("door.profile", Profile::from_word),
            suites: self.suites("door.suites"),
            suites_max: self.count("door.suites_max"),
            connections_max: self.count("door.connections_max"),
            body_event_max: self.size("door.body_event_max"),
            body_array_max: self.size("door.body_array_max"),
            header_timeout: self.duration("door.header_timeout"),
            body_timeout: self.duration("door.body_timeout"),
            in_flight_bytes_max: self.size("door.in_flight_bytes_max"),
            refused_samples: self.count("door.refused_samples"),
            trusted_proxies: self.networks("door.trusted_proxies"),
            address_bits_v4: self.bits("door.address_bits_v4"),
            address_bits_v6: self.bits("door.address_bits_v6"),
            geo_file: self.path("door.geo_file"),
        }
    }

    fn tls(&self, problems: &mut Vec<Problem>) -> Tls {
        let (certificate, key) = (self.path("tls.certificate"), self.path("tls.key"));
        let mut refuse = |key: &str, message: &str| {
            problems.push(Problem::new(key, self.origin(key), message));
        };
        let certificate = match (certificate, key, self.switch("tls.self_signed")) {
            (None, None, false) => None,
            (None, None, true) => Some(TlsCertificate::SelfSigned {
                names: self.list("tls.self_signed_names"),
            }),
            (Some(certificate), Some(key), false) => {
                Some(TlsCertificate::Files { certificate, key })
            }
            (Some(_), Some(_), true) => {
                refuse("tls.self_signed", "wants no `tls.certificate` beside it");
                None
            }
            (Some(_), None, _) => {
                refuse("tls.certificate", "wants its `tls.key`");
                None
            }
            (None, Some(_), _) => {
                refuse("tls.key", "wants its `tls.certificate`");
                None
            }
        };
        Tls {
            certificate,
            listeners: self.word("tls.listeners", TlsListeners::from_word),
            handshake_timeout: self.duration("tls.handshake_timeout"),
            handshakes_max: self.count("tls.handshakes_max"),
        }
    }

    fn rates(&self) -> Rates {
        Rates {
            suite_starts: self.count_or_none("rates.suite_starts"),
            suite_events: self.count_or_none("rates.suite_events"),
            address_starts: self.count_or_none("rates.address_starts"),
            address_events: self.count_or_none("rates.address_events"),
            burst: self.duration("rates.burst"),
        }
    }

    fn ages(&self, prefix: &str) -> Ages {
        let age = |table: &str| self.duration_or_none(&format!("{prefix}{table}_max_age"));
        Ages {
            sessions: age("sessions"),
            ads: age("ads"),
            chapters: age("chapters"),
            states: age("states"),
            events: age("events"),
        }
    }

    fn suite(&self, profile_of_door: Profile, rates: &Rates, ages: &Ages) -> Suite {
        let profile = self.get(
            "profile",
            or_none(|value| as_text(value).map(Profile::from_word)),
        );
        let own = self.ages("");
        Suite {
            profile: profile.flatten().unwrap_or(profile_of_door),
            bitrate_unit: self.word("bitrate_unit", BitrateUnit::from_word),
            time_zone: self.text("time_zone"),
            starts_per_second: self
                .count_or_none("starts_per_second")
                .or(rates.suite_starts),
            events_per_second: self
                .count_or_none("events_per_second")
                .or(rates.suite_events),
            ages: Ages {
                sessions: own.sessions.or(ages.sessions),
                ads: own.ads.or(ages.ads),
                chapters: own.chapters.or(ages.chapters),
                states: own.states.or(ages.states),
                events: own.events.or(ages.events),
            },
        }
    }
}

/// The checks that need more than one value.
fn check(config: &Config, values: &Values, problems: &mut Vec<Problem>) {
    let mut refuse = |key: &str, message: String| {
        problems.push(Problem::new(key, values.origin(key), message));
    };
    let console = config.console.listen;
    let token_typed = values.path("console.token_file").is_some();
    if !console.ip().to_canonical().is_loopback() && !token_typed {
        refuse(
            "console.listen",
            format!(
                "{console} can be reached from other machines, which needs `console.token_file`; without a \
                 token the console binds to loopback addresses only, such as 127.0.0.1:8090"
            ),
        );
    }
    if let Some(postgres) = config.postgres.listen {
        if !postgres.ip().to_canonical().is_loopback() && !token_typed {
            refuse(
                "postgres.listen",
                format!(
                    "{postgres} can be reached from other machines, which needs `console.token_file`, the \
                     password; without one it binds to loopback addresses only, such as 127.0.0.1:5432"
                ),
            );
        }
        if postgres.port() != 0 && [config.listen, console].contains(&postgres) {
            refuse(
                "postgres.listen",
                format!("{postgres} is the address of `listen` or `console.listen` too"),
            );
        }
    }
    if console == config.listen && console.port() != 0 {
        refuse(
            "console.listen",
            format!("{console} is the address of `listen` too"),
        );
    }
    let door = &config.door;
    if door.body_event_max > door.body_array_max {
        refuse(
            "door.body_event_max",
            format!(
                "wants at most `door.body_array_max` ({})",
                format_size(door.body_array_max)
            ),
        );
    }
    if door.body_array_max > door.in_flight_bytes_max {
        refuse(
            "door.in_flight_bytes_max",
            format!(
                "wants at least `door.body_array_max` ({})",
                format_size(door.body_array_max)
            ),
        );
    }
    if config
        .log
        .max_bytes
        .is_some_and(|max| max < config.log.segment_bytes)
    {
        refuse(
            "log.max_bytes",
            format!(
                "wants at least `log.segment_bytes` ({})",
                format_size(config.log.segment_bytes)
            ),
        );
    }
}
