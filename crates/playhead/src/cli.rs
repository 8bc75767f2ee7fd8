//! The command line: what each command takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use playhead_config::Sources;

use crate::exit;

/// Self-hosted analytics for streaming media
#[derive(Debug, Parser)]
#[command(name = "playhead", version, after_help = exit::HELP)]
#[command(arg_required_else_help = false, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the collector, the session engine and the console
    Serve(ServeArgs),
    /// Compute sessions from a file of requests, without a server
    Compute(ComputeArgs),
    /// Show a session's time line and what each of its numbers is made of
    Explain(ExplainArgs),
    /// Check the stored data for damage
    Fsck(FsckArgs),
    /// Check, print or explain the settings
    Config(ConfigArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
    /// Print the version
    Version(VersionArgs),
}

/// The settings file and the settings that have a flag.
#[derive(Args, Debug)]
pub(crate) struct SettingsArgs {
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data folder [default: ./playhead-data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<String>,
    /// Address of the public door [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// Address of the console [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) console: Option<String>,
    /// Speak https with a certificate made here and kept in the data folder
    #[arg(long)]
    pub(crate) tls_self_signed: bool,
}

impl SettingsArgs {
    /// Gives all layers of settings: the file, the environment of this process and these flags.
    pub(crate) fn sources(&self) -> Sources {
        let mut sources = Sources::of_process(self.config.clone());
        let flags = [
            ("data", &self.data),
            ("listen", &self.listen),
            ("console.listen", &self.console),
        ];
        for (key, value) in flags {
            sources
                .flags
                .extend(value.clone().map(|value| (key.to_owned(), value)));
        }
        if self.tls_self_signed {
            let flag = ("tls.self_signed".to_owned(), "true".to_owned());
            sources.flags.push(flag);
        }
        sources
    }
}

#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// What moves server time: the clock of this machine, or requests to the console (for tests)
    #[arg(long, value_enum, default_value_t = Clock::System)]
    pub(crate) clock: Clock,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Clock {
    System,
    Manual,
}

#[derive(Args, Debug)]
pub(crate) struct ComputeArgs {
    /// Requests: one JSON object with `requests`, or JSON Lines; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// Session id
    #[arg(value_name = "SID")]
    pub(crate) sid: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Console to ask [default: the address in the settings]
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) console: Option<String>,
    /// Data folder of the server, whose self-signed certificate is trusted [default: ./playhead-data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct FsckArgs {
    /// Data folder [default: ./playhead-data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = false)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read all settings and name every mistake
    Check(ConfigReadArgs),
    /// Print each setting with its value and where that was typed
    Print(ConfigReadArgs),
    /// Say what a setting means, what it takes and what it is now
    Explain(ConfigExplainArgs),
}

#[derive(Args, Debug)]
pub(crate) struct ConfigReadArgs {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ConfigExplainArgs {
    /// Name of the setting, such as log.max_age
    #[arg(value_name = "KEY")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsArgs {
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Args, Debug)]
pub(crate) struct VersionArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
