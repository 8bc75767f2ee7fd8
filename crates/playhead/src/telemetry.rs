//! Logs of the process: structured, to standard error.

use anyhow::Context;
use playhead_config::{LogFormat, Telemetry};
use tracing_subscriber::EnvFilter;

/// Changes how much is logged.
pub(crate) struct Level(Box<dyn Fn(EnvFilter) -> anyhow::Result<()> + Send + Sync>);

impl Level {
    pub(crate) fn change(&self, level: &str) -> anyhow::Result<()> {
        (self.0)(filter(level)?)
    }
}

pub(crate) fn start(telemetry: &Telemetry) -> anyhow::Result<Level> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter(&telemetry.level)?)
        .with_writer(std::io::stderr);
    Ok(match telemetry.format {
        LogFormat::Text => {
            let builder = builder.with_ansi(false).with_filter_reloading();
            let handle = builder.reload_handle();
            builder.init();
            Level(Box::new(move |filter| Ok(handle.reload(filter)?)))
        }
        LogFormat::Json => {
            let builder = builder.json().with_filter_reloading();
            let handle = builder.reload_handle();
            builder.init();
            Level(Box::new(move |filter| Ok(handle.reload(filter)?)))
        }
    })
}

pub(crate) fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    EnvFilter::builder()
        .parse(level)
        .with_context(|| format!("telemetry.level {level:?} is not a log filter"))
}
