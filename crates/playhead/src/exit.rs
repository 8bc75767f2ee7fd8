//! Exit codes, and the lines on standard error that go with them.

use std::fmt;
use std::process::ExitCode;

use clap::error::ErrorKind;
use playhead_config::Errors;

use crate::output;

/// Something failed while the command ran.
pub(crate) const FAILURE: u8 = 1;

/// The command ran and found what it looks for: damage (`fsck`) or mistakes (`config check`).
pub(crate) const FOUND: u8 = 2;

/// The command line or the settings can't be used; nothing was done (EX_USAGE of sysexits).
pub(crate) const USAGE: u8 = 64;

/// The codes as `--help` tells them.
pub(crate) const HELP: &str = "\
Exit codes:
  0   done
  1   failed
  2   found what was looked for: damage (fsck), mistakes (config check), differences (replay)
  64  the command line or the settings can't be used; nothing was done";

/// A mistake on the command line that clap does not know.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Prints the help or the version that was asked for, or what is wrong with the command line, in
/// one line.
pub(crate) fn of_command_line(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return match output::print(&error.to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => of_failure(&error),
        };
    }
    output::complain(&in_one_line(&error.to_string()));
    ExitCode::from(USAGE)
}

/// Prints why a command failed.
pub(crate) fn of_failure(error: &anyhow::Error) -> ExitCode {
    if let Some(Errors(problems)) = error.downcast_ref() {
        for problem in problems {
            output::complain(&problem.to_string());
        }
        return ExitCode::from(USAGE);
    }
    output::complain(&format!("{error:#}"));
    ExitCode::from(if error.is::<UsageError>() {
        USAGE
    } else {
        FAILURE
    })
}

/// Keeps what clap says is wrong and its tip; drops the usage and the pointer to the help.
fn in_one_line(message: &str) -> String {
    let mut line = String::new();
    for part in message.lines().map(str::trim) {
        if part.starts_with("Usage:") || part.starts_with("For more information") {
            break;
        }
        if !part.is_empty() && !line.is_empty() {
            line.push_str(if part.starts_with("tip:") { "; " } else { " " });
        }
        line.push_str(part);
    }
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}
