//! From the settings to what each part takes.

use std::time::Duration;

use playhead_config::{Ack, BitrateUnit, Config, Profile, Suites};
use playhead_engine::cell::CellOptions;
use playhead_engine::core::Limits;
use playhead_engine::intake::{Policy, SuitePolicy};
use playhead_engine::live::LiveOptions;
use playhead_engine::rates::Rate;
use playhead_model::rules::{self, Rules};
use playhead_server::console::{About, Guard, Names, OwnReports};
use playhead_server::{door, tls};
use tokio::sync::watch;

use crate::{cli, settings};

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn bytes(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

pub(super) fn cell(config: &Config) -> CellOptions {
    CellOptions {
        data: config.data.clone(),
        limits: Limits {
            open_max: config.sessions.open_max,
            suites_max: config.door.suites_max,
            ..Limits::default()
        },
        sync: config.log.ack == Ack::Synced,
        segment_bytes: config.log.segment_bytes,
        log_age_max_ms: config.log.max_age.map(milliseconds),
        log_bytes_max: config.log.max_bytes,
        ages: settings::ages(config),
        free_min_bytes: config.log.free_min,
        refused_samples: config.door.refused_samples,
        checkpoint_ms: milliseconds(config.checkpoint.interval),
        live: LiveOptions {
            active_ms: milliseconds(config.live.active),
            suites: config.suites.keys().cloned().collect(),
        },
    }
}

pub(super) fn door(config: &Config, clock: cli::Clock) -> door::Options {
    door::Options {
        connections_max: config.door.connections_max,
        limits: limits(config),
        header_timeout: config.door.header_timeout,
        body_timeout: config.door.body_timeout,
        in_flight_bytes_max: bytes(config.door.in_flight_bytes_max),
        datastreams: datastreams(&config.edge),
        shutdown_deadline: config.shutdown.deadline,
        ticks: clock == cli::Clock::System,
    }
}

fn datastreams(edge: &playhead_config::Edge) -> door::Datastreams {
    let named = edge.datastreams.iter().map(|(id, datastream)| {
        let datastream = door::Datastream {
            suite: datastream.suite.clone(),
            organisation: datastream.organisation.clone(),
        };
        (id.clone(), datastream)
    });
    door::Datastreams {
        named: named.collect(),
        organisation: edge.organisation.clone(),
    }
}

pub(super) fn limits(config: &Config) -> door::Limits {
    door::Limits {
        body_event_max: bytes(config.door.body_event_max),
        body_array_max: bytes(config.door.body_array_max),
        address_rate: Rate {
            starts: config.rates.address_starts,
            events: config.rates.address_events,
            burst_ms: milliseconds(config.rates.burst),
        },
    }
}

/// What may change while the door is open.
pub(super) fn change(config: &Config) -> door::Change {
    door::Change {
        limits: limits(config),
        datastreams: datastreams(&config.edge),
        trusted_proxies: config.door.trusted_proxies.clone(),
        cell: cell(config),
        policy: policy(config),
    }
}

pub(super) fn policy(config: &Config) -> Policy {
    let of = |suite: &playhead_config::Suite| SuitePolicy {
        profile: match suite.profile {
            Profile::Lenient => playhead_wire::Profile::Lenient,
            Profile::Strict => playhead_wire::Profile::Strict,
        },
        rules: Rules {
            bitrate_unit: match suite.bitrate_unit {
                BitrateUnit::Kbps => rules::BitrateUnit::Kbps,
                BitrateUnit::Bps => rules::BitrateUnit::Bps,
            },
            ..Rules::default()
        },
        rate: Rate {
            starts: suite.starts_per_second,
            events: suite.events_per_second,
            burst_ms: milliseconds(config.rates.burst),
        },
    };
    Policy {
        default: of(&config.suite("")),
        suites: config
            .suites
            .iter()
            .map(|(id, suite)| (id.clone(), of(suite)))
            .collect(),
        allowed: match &config.door.suites {
            Suites::Any => None,
            Suites::Only(suites) => Some(suites.iter().cloned().collect()),
        },
        dedupe_starts: config.starts.dedupe,
    }
}

pub(super) fn sender(config: &Config) -> playhead_sender::Options {
    let door = &config.door;
    playhead_sender::Options {
        trusted_proxies: door.trusted_proxies.clone(),
        address_bits_v4: door.address_bits_v4,
        address_bits_v6: door.address_bits_v6,
        geo_files: door.geo_file.iter().cloned().collect(),
    }
}

pub(super) fn names(config: &Config) -> Names {
    Names {
        suites: config
            .suites
            .iter()
            .map(|(id, suite)| (id.clone(), suite.time_zone.clone()))
            .collect(),
        time_zone: config.suite("").time_zone,
        hosts: config.console.hosts.clone(),
    }
}

/// What the settings say about reports; that they can be taken was checked when they were read.
pub(super) fn own_reports(config: &Config) -> anyhow::Result<OwnReports> {
    settings::own_reports(config).map_err(|wrong| anyhow::anyhow!("{wrong:?}"))
}

/// What one SQL query may cost.
pub(super) fn sql_limits(config: &Config) -> playhead_sql::Limits {
    let sql = &config.sql;
    playhead_sql::Limits {
        memory_max: bytes(sql.memory_max),
        time_max: sql.time_max,
        rows_max: sql.rows_max,
        threads: sql.threads,
    }
}

pub(super) fn guard(config: &Config, names: watch::Receiver<Names>) -> Guard {
    let token = config.console.token.as_ref();
    Guard {
        token: token.map(|token| token.expose().to_owned()),
        names,
        tls: config.tls.on_console(),
    }
}

pub(super) fn handshakes(config: &Config) -> tls::Options {
    tls::Options {
        handshake_timeout: config.tls.handshake_timeout,
        handshakes_max: config.tls.handshakes_max,
    }
}

pub(super) fn about(config: &Config, door: &str, clock: cli::Clock) -> About {
    About {
        door: door.to_owned(),
        is_clock_manual: clock == cli::Clock::Manual,
        has_token: config.console.token.is_some(),
    }
}
