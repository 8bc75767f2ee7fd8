//! `playhead explain`: a session's time line and what each of its numbers is made of, from a
//! running server.

use std::process::ExitCode;

use anyhow::{Context, bail};
use playhead_config::Sources;
use playhead_model::ids::SessionId;

use crate::cli::ExplainArgs;
use crate::exit::UsageError;
use crate::output;

pub(crate) fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let sid: SessionId = args
        .sid
        .parse()
        .map_err(|error| UsageError(format!("SID {:?}: {error}", args.sid)))?;
    let config = playhead_config::load(&Sources::of_process(None))?.config;
    let console = args
        .console
        .unwrap_or_else(|| format!("http://{}", config.console.listen));
    let url = format!(
        "{}/v1/sessions/{sid}/explain",
        console.trim_end_matches('/')
    );
    let accept = if args.json {
        "application/json"
    } else {
        "text/plain"
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.get(&url).header("accept", accept);
    if let Some(token) = &config.console.token {
        request = request.header("authorization", format!("Bearer {}", token.expose()));
    }
    let mut answer = request
        .call()
        .with_context(|| format!("{console} does not answer"))?;
    let text = answer
        .body_mut()
        .read_to_string()
        .context("the answer cannot be read")?;
    if !answer.status().is_success() {
        let message = serde_json::from_str::<serde_json::Value>(&text)
            .ok()
            .and_then(|body| body["message"].as_str().map(str::to_owned));
        bail!("{}: {}", answer.status(), message.unwrap_or(text));
    }
    output::print(&text)?;
    if args.json {
        output::print("\n")?;
    }
    Ok(ExitCode::SUCCESS)
}
