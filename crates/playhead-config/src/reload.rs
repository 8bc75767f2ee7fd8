//! New settings for a running server: what can be taken, and what waits for a restart.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Config, Console, Door, Log, Reports, Sql, Telemetry, Tls, TlsCertificate};
use crate::keys;
use crate::shown::Setting;
use crate::{Errors, Settings, Sources, load};

/// What reading the settings again has brought.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// What is in force now: new where that is possible.
    pub settings: Settings,
    /// Keys whose new value is in force.
    pub changed: Vec<String>,
    /// Keys whose new value waits for a restart.
    pub needs_restart: Vec<String>,
}

impl Settings {
    /// Reads all layers anew, for a server that runs with these settings.
    ///
    /// # Errors
    /// As [`load`]; nothing of it counts then.
    pub fn reload(&self, sources: &Sources) -> Result<Reloaded, Errors> {
        Ok(self.reloaded(load(sources)?))
    }

    fn reloaded(&self, new: Settings) -> Reloaded {
        let both_from_files = |settings: &Settings| {
            matches!(
                settings.config.tls.certificate,
                Some(TlsCertificate::Files { .. })
            )
        };
        let tls_stays = both_from_files(self) && both_from_files(&new);
        let can_change = |key: &str| match keys::find(key) {
            Some(known) if key.starts_with("tls.") => known.reloadable && tls_stays,
            Some(known) => known.reloadable,
            // The keys of suites.
            None => true,
        };
        let mut kept = Vec::new();
        let mut shown = new.shown;
        for setting in &mut shown {
            if let Some(old) = self.setting(&setting.key)
                && !can_change(&setting.key)
                && old.value != setting.value
            {
                kept.push(setting.key.clone());
                *setting = old.clone();
            }
        }
        // The same file may hold another token.
        let token_file = "console.token_file";
        let is_named = kept.iter().any(|key| key == token_file);
        if new.config.console.token != self.config.console.token && !is_named {
            kept.push(token_file.to_owned());
        }
        let settings = Settings {
            config: self.config.reloaded(new.config, tls_stays),
            shown,
        };
        Reloaded {
            changed: changes(&self.shown, &settings.shown),
            needs_restart: kept,
            settings,
        }
    }

    fn setting(&self, key: &str) -> Option<&Setting> {
        self.shown.iter().find(|setting| setting.key == key)
    }
}

/// The keys that differ, those that are no longer there among them.
fn changes(old: &[Setting], new: &[Setting]) -> Vec<String> {
    fn by_key(shown: &[Setting]) -> BTreeMap<&str, &Setting> {
        let pairs = shown.iter().map(|setting| (&*setting.key, setting));
        pairs.collect()
    }
    let (old, new) = (by_key(old), by_key(new));
    let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let value = |setting: Option<&&Setting>| setting.map(|setting| setting.value.clone());
    keys.into_iter()
        .filter(|key| value(old.get(key)) != value(new.get(key)))
        .map(str::to_owned)
        .collect()
}

impl Config {
    /// These settings with the new values of keys that are declared as reloadable.
    fn reloaded(&self, new: Self, tls_stays: bool) -> Self {
        let old = self.clone();
        Self {
            console: Console {
                hosts: new.console.hosts,
                ..old.console
            },
            door: Door {
                profile: new.door.profile,
                suites: new.door.suites,
                suites_max: new.door.suites_max,
                body_event_max: new.door.body_event_max,
                body_array_max: new.door.body_array_max,
                trusted_proxies: new.door.trusted_proxies,
                ..old.door
            },
            tls: Tls {
                certificate: if tls_stays {
                    new.tls.certificate
                } else {
                    old.tls.certificate
                },
                ..old.tls
            },
            rates: new.rates,
            store: new.store,
            live: new.live,
            log: Log {
                max_age: new.log.max_age,
                max_bytes: new.log.max_bytes,
                free_min: new.log.free_min,
                ..old.log
            },
            telemetry: Telemetry {
                level: new.telemetry.level,
                ..old.telemetry
            },
            reports: Reports {
                cache_max: old.reports.cache_max,
                memory_max: old.reports.memory_max,
                running_max: old.reports.running_max,
                waiting_max: old.reports.waiting_max,
                ..new.reports
            },
            sql: Sql {
                running_max: old.sql.running_max,
                waiting_max: old.sql.waiting_max,
                ..new.sql
            },
            suites: new.suites,
            edge: new.edge,
            metrics: new.metrics,
            segments: new.segments,
            ..old
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KEYS;

    /// Another value of a key than its default.
    fn other_value(key: &str) -> &'static str {
        match key {
            "listen" => "127.0.0.1:1",
            "console.listen" => "127.0.0.1:2",
            "postgres.listen" => "127.0.0.1:3",
            "data" => "elsewhere",
            "console.hosts" | "tls.self_signed_names" => "stats.example",
            "door.profile" => "strict",
            "door.suites" => "a",
            "door.trusted_proxies" => "10.0.0.0/8",
            "door.body_event_max" => "16 KiB",
            "tls.self_signed" => "true",
            "tls.listeners" => "door",
            "log.ack" => "written",
            "starts.dedupe" => "false",
            "telemetry.format" => "json",
            "telemetry.level" => "debug",
            key if key.ends_with("_max") && key.starts_with("door.body_array") => "8 MiB",
            "door.in_flight_bytes_max" | "log.segment_bytes" => "512 MiB",
            "log.max_bytes" | "log.free_min" => "2 GiB",
            key if key.ends_with("max_age") => "7d",
            "door.address_bits_v4" | "door.address_bits_v6" => "20",
            key if key.contains("timeout")
                || ["interval", "burst", "deadline", "active"]
                    .iter()
                    .any(|end| key.ends_with(end)) =>
            {
                "33s"
            }
            "reports.cache_max" | "reports.memory_max" | "sql.memory_max" => "33 MiB",
            "reports.time_max" | "sql.time_max" => "33s",
            _ => "33",
        }
    }

    fn with(flags: &[(&str, &str)]) -> Sources {
        let owned = flags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Sources {
            flags: owned.collect(),
            ..Sources::default()
        }
    }

    #[test]
    fn what_is_declared_as_reloadable_is_taken_and_the_rest_waits() {
        let before = load(&with(&[])).unwrap();
        // Files have to exist.
        let is_file = |key: &str| key.ends_with("_file") || key.starts_with("tls.cert");
        for key in KEYS
            .iter()
            .filter(|key| !is_file(key.name) && key.name != "tls.key")
        {
            let sources = with(&[(key.name, other_value(key.name))]);
            let reloaded = before.reload(&sources).unwrap();
            let wanted = vec![key.name.to_owned()];
            let is_taken = reloaded.settings.config != before.config;
            assert_eq!(is_taken, key.reloadable, "{}", key.name);
            let (taken, waiting) = (reloaded.changed, reloaded.needs_restart);
            if key.reloadable {
                assert_eq!((taken, waiting), (wanted, Vec::new()), "{}", key.name);
            } else {
                assert_eq!((taken, waiting), (Vec::new(), wanted), "{}", key.name);
            }
        }
    }

    #[test]
    fn a_key_that_waits_for_a_restart_is_named_again() {
        let before = load(&with(&[])).unwrap();
        let first = before.reload(&with(&[("listen", "127.0.0.1:1")])).unwrap();
        let again = first
            .settings
            .reload(&with(&[("listen", "127.0.0.1:1")]))
            .unwrap();
        assert_eq!(again.needs_restart, ["listen"]);
        let back = first.settings.reload(&with(&[])).unwrap();
        assert!(back.needs_restart.is_empty() && back.changed.is_empty());
    }

    #[test]
    fn another_token_in_the_same_file_waits_for_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let sources = with(&[("console.token_file", file.to_str().unwrap())]);
        std::fs::write(&file, "0123456789abcdef").unwrap();
        let before = load(&sources).unwrap();
        assert!(before.reload(&sources).unwrap().needs_restart.is_empty());
        std::fs::write(&file, "fedcba9876543210").unwrap();
        let reloaded = before.reload(&sources).unwrap();
        assert_eq!(reloaded.needs_restart, ["console.token_file"]);
        assert_eq!(reloaded.settings.config, before.config);
        let elsewhere = before.reload(&with(&[])).unwrap();
        assert_eq!(elsewhere.needs_restart, ["console.token_file"]);
    }

    #[test]
    fn mistakes_change_nothing() {
        let before = load(&with(&[])).unwrap();
        let refused = before.reload(&with(&[("door.profile", "lax"), ("log.max_age", "1")]));
        assert_eq!(refused.unwrap_err().0.len(), 2);
    }

    #[test]
    fn suites_come_change_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("playhead.toml");
        let settings = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let file = Some(file.clone());
            Sources {
                file,
                ..Sources::default()
            }
        };
        let before = load(&settings("[suites.a]\nprofile = \"strict\"\n")).unwrap();
        let after = before
            .reload(&settings("[suites.b]\nevents_per_second = 9\n"))
            .unwrap();
        assert!(
            after.changed.contains(&"suites.\"a\".profile".to_owned()),
            "{:?}",
            after.changed
        );
        assert!(
            after
                .changed
                .contains(&"suites.\"b\".events_per_second".to_owned())
        );
        let suites = &after.settings.config.suites;
        assert_eq!(suites.keys().collect::<Vec<_>>(), ["b"]);
    }
}
