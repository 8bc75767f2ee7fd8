//! `playhead config`: checks, prints and explains the settings.

use std::process::ExitCode;

use playhead_config::{Errors, Setting, Settings, load};
use serde_json::json;

use crate::cli::{ConfigArgs, ConfigCommand, ConfigExplainArgs, ConfigReadArgs};
use crate::exit::{self, UsageError};
use crate::output;

pub(crate) fn run(args: ConfigArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        ConfigCommand::Check(args) => check(&args),
        ConfigCommand::Print(args) => print(&args),
        ConfigCommand::Explain(args) => explain(&args),
    }
}

fn check(args: &ConfigReadArgs) -> anyhow::Result<ExitCode> {
    let problems = match load(&args.settings.sources()) {
        Ok(_) => Vec::new(),
        Err(Errors(problems)) => problems,
    };
    if args.json {
        output::print_json(&json!({"ok": problems.is_empty(), "problems": problems}))?;
    } else if problems.is_empty() {
        output::print("the settings are in order\n")?;
    } else {
        let lines: String = problems
            .iter()
            .map(|problem| format!("{problem}\n"))
            .collect();
        output::print(&lines)?;
    }
    Ok(if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::FOUND)
    })
}

/// Prints lines that are TOML again: the origin stands in a comment.
fn print(args: &ConfigReadArgs) -> anyhow::Result<ExitCode> {
    let Settings { shown, .. } = load(&args.settings.sources())?;
    if args.json {
        output::print_json(&json!({"settings": shown}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let assignment = |setting: &Setting| format!("{} = {}", setting.key, setting.value);
    let width = shown
        .iter()
        .map(|setting| assignment(setting).chars().count())
        .max()
        .unwrap_or(0);
    let lines: String = shown
        .iter()
        .map(|setting| format!("{:width$}  # {}\n", assignment(setting), setting.origin))
        .collect();
    output::print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// Explains a key. Its value is told too, if the settings can be read: the meaning is wanted most
/// when they can't.
fn explain(args: &ConfigExplainArgs) -> anyhow::Result<ExitCode> {
    let explanation = playhead_config::explain(&args.key).map_err(UsageError)?;
    let in_force = load(&args.settings.sources()).map(|settings| {
        settings
            .shown
            .into_iter()
            .find(|setting| setting.key == explanation.key)
    });
    if args.json {
        let setting = in_force.as_ref().ok().and_then(Option::as_ref);
        output::print_json(&json!({
            "explanation": explanation,
            "value": setting.map(|setting| &setting.value),
            "origin": setting.map(|setting| &setting.origin),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let now = match in_force {
        Ok(Some(Setting { value, origin, .. })) => format!("{value} ({origin})"),
        Ok(None) => String::from("the default: this suite has no table of its own"),
        Err(_) => String::from("unknown: the settings have mistakes, see `playhead config check`"),
    };
    output::print(&format!("{explanation}\nnow           {now}\n"))?;
    Ok(ExitCode::SUCCESS)
}
