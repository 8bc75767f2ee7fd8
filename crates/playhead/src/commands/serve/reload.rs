//! Settings read anew while the server runs: all of them are checked first, and wrong ones change
//! nothing.

use std::sync::{Arc, Mutex, PoisonError};

use playhead_config::{Errors, Reloaded, Settings, Sources, TlsCertificate};
use playhead_server::console::{Names, OwnReports};
use playhead_server::door::Changer;
use playhead_server::tls::{Certificate, Files};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::options;
use crate::telemetry::{self, Level};

/// Reads the settings anew when it is asked to.
pub(super) struct Reloader {
    pub(super) sources: Sources,
    pub(super) door: Changer,
    pub(super) names: watch::Sender<Names>,
    pub(super) own: watch::Sender<OwnReports>,
    pub(super) sql: watch::Sender<playhead_sql::Limits>,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) level: Level,
    pub(super) settings: Mutex<Settings>,
}

/// Why nothing has changed.
#[derive(Debug)]
enum Refused {
    Settings(Errors),
    Other(String),
}

impl Reloader {
    /// Reads, checks, and changes what can be changed. Tells, and logs, what came of it.
    pub(super) fn reload(&self) -> Value {
        match self.try_reload() {
            Ok((changed, needs_restart)) => {
                tracing::info!(?changed, ?needs_restart, "settings read anew");
                json!({ "ok": true, "changed": changed, "needs_restart": needs_restart })
            }
            Err(Refused::Settings(Errors(problems))) => {
                for problem in &problems {
                    tracing::error!(%problem, "settings not taken, the old ones stay");
                }
                json!({ "ok": false, "problems": problems })
            }
            Err(Refused::Other(message)) => {
                tracing::error!(message, "settings not taken, the old ones stay");
                json!({ "ok": false, "problems": [{ "message": message }] })
            }
        }
    }

    fn try_reload(&self) -> Result<(Vec<String>, Vec<String>), Refused> {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let Reloaded {
            settings: new,
            changed,
            needs_restart,
        } = settings.reload(&self.sources).map_err(Refused::Settings)?;
        crate::settings::check(&new).map_err(Refused::Settings)?;
        let config = &new.config;
        let other = |error: anyhow::Error| Refused::Other(format!("{error:#}"));
        // What can fail comes before what cannot.
        let own = options::own_reports(config).map_err(other)?;
        telemetry::filter(&config.telemetry.level).map_err(other)?;
        if let (
            Some(certificate),
            Some(TlsCertificate::Files {
                certificate: file,
                key,
            }),
        ) = (&self.certificate, &config.tls.certificate)
        {
            let files = Files {
                certificate: file.clone(),
                key: key.clone(),
            };
            certificate
                .replace(files)
                .map_err(|error| other(error.into()))?;
        }
        if !self.door.change(options::change(config)) {
            return Err(Refused::Other("the server is shutting down".to_owned()));
        }
        self.names.send_replace(options::names(config));
        self.own.send_replace(own);
        self.sql.send_replace(options::sql_limits(config));
        self.level.change(&config.telemetry.level).map_err(other)?;
        *settings = new;
        Ok((changed, needs_restart))
    }
}
