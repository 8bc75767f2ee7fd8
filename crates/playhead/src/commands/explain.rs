//! `playhead explain`: a session's time line and what each of its numbers is made of, from a
//! running server.

use std::process::ExitCode;

use anyhow::{Context, bail};
use playhead_config::Sources;
use playhead_model::ids::SessionId;

use crate::cli::ExplainArgs;
use crate::client;
use crate::exit::UsageError;
use crate::output;

pub(crate) fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let sid: SessionId = args
        .sid
        .parse()
        .map_err(|error| UsageError(format!("SID {:?}: {error}", args.sid)))?;
    let mut sources = Sources::of_process(None);
    let data = args.data.map(|data| ("data".to_owned(), data));
    sources.flags.extend(data);
    let config = playhead_config::load(&sources)?.config;
    let console = args.console.unwrap_or_else(|| {
        let is_tls = config.tls.on_console();
        let scheme = if is_tls { "https" } else { "http" };
        format!("{scheme}://{}", config.console.listen)
    });
    let url = format!(
        "{}/v1/sessions/{sid}/explain",
        console.trim_end_matches('/')
    );
    let accept = if args.json {
        "application/json"
    } else {
        "text/plain"
    };
    let mut request = client::agent(&config).get(&url).header("accept", accept);
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
