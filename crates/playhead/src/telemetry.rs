//! Logs of the process: structured, to standard error.

use anyhow::Context;
use playhead_config::{LogFormat, Telemetry};
use tracing_subscriber::EnvFilter;

pub(crate) fn start(telemetry: &Telemetry) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(&telemetry.level)
        .with_context(|| format!("telemetry.level {:?} is not a log filter", telemetry.level))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match telemetry.format {
        LogFormat::Text => subscriber.with_ansi(false).init(),
        LogFormat::Json => subscriber.json().init(),
    }
    Ok(())
}
