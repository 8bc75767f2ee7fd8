//! `playhead config`: checks, prints and explains the settings.

use std::process::ExitCode;

use playhead_config::{Errors, Setting, Settings};
use serde_json::{Value, json};

use super::serve::admin;
use crate::cli::{ConfigArgs, ConfigCommand, ConfigExplainArgs, ConfigReadArgs, ConfigReloadArgs};
use crate::exit::{self, UsageError};
use crate::output;
use crate::settings::{self, load};

pub(crate) fn run(args: ConfigArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        ConfigCommand::Check(args) => check(&args),
        ConfigCommand::Print(args) => print(&args),
        ConfigCommand::Explain(args) => explain(&args),
        ConfigCommand::Reload(args) => reload(&args),
    }
}

/// Tells a running server to read its settings anew, and prints what came of it.
fn reload(args: &ConfigReloadArgs) -> anyhow::Result<ExitCode> {
    let sources = settings::sources(None, args.data.clone());
    let answer = admin::ask(&load(&sources)?.config.data, "reload")?;
    let is_done = answer["ok"] == true;
    if args.json {
        output::print_json(&answer)?;
    } else {
        let lines = |of: &str, word: &str| -> String {
            let of = answer[of].as_array().into_iter().flatten();
            of.map(|item| format!("{word}{}\n", in_words(item)))
                .collect()
        };
        let told = lines("changed", "changed: ")
            + &lines("needs_restart", "needs a restart: ")
            + &lines("problems", "");
        let unchanged = is_done && told.is_empty();
        output::print(if unchanged {
            "nothing has changed\n"
        } else {
            &told
        })?;
    }
    Ok(if is_done {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::FOUND)
    })
}

/// A key, or a problem as it is told elsewhere.
fn in_words(item: &Value) -> String {
    let text = |of: &str| item[of].as_str().unwrap_or_default();
    match (item.as_str(), text("key"), text("origin")) {
        (Some(key), _, _) => key.to_owned(),
        (None, "", "") => text("message").to_owned(),
        (None, "", origin) => format!("{origin}: {}", text("message")),
        (None, key, "") => format!("{key}: {}", text("message")),
        (None, key, origin) => format!("{key} ({origin}): {}", text("message")),
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
