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
    /// Ask a running server for a report
    Report(ReportArgs),
    /// Ask a running server in SQL
    Query(QueryArgs),
    /// Write a table or a report of a running server into a file
    Export(ExportArgs),
    /// Compute stored sessions anew from the log, and print what differs
    Replay(ReplayArgs),
    /// Send seeded, realistic traffic to a server
    Simulate(SimulateArgs),
    /// Check the stored data for damage
    Fsck(FsckArgs),
    /// Say what a running server would take out of the store today
    Retention(RetentionArgs),
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
    /// Address of SQL in the Postgres protocol [default: none]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) postgres: Option<String>,
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
            ("postgres.listen", &self.postgres),
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

/// Which console is asked.
#[derive(Args, Debug)]
pub(crate) struct ConsoleArgs {
    /// Console to ask [default: the address in the settings]
    #[arg(long = "console", value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: Option<String>,
    /// Data folder of the server, whose self-signed certificate is trusted [default: ./playhead-data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// Session id
    #[arg(value_name = "SID")]
    pub(crate) sid: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// The request, JSON; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print CSV
    #[arg(long)]
    pub(crate) csv: bool,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}

#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// One statement that reads, such as "SELECT * FROM content"; `-` is standard input
    #[arg(value_name = "SQL")]
    pub(crate) sql: String,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    pub(crate) json: bool,
    /// Print CSV
    #[arg(long)]
    pub(crate) csv: bool,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArgs {
    /// Table: sessions, ads, chapters, states, events or open_sessions
    #[arg(value_name = "TABLE", required_unless_present = "report")]
    pub(crate) table: Option<String>,
    /// File to write; one that is there is replaced once the new one is complete
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Format of the file [default: by its name, .parquet, .csv or .jsonl]
    #[arg(long, value_enum)]
    pub(crate) format: Option<ExportFormat>,
    /// Only this report suite
    #[arg(long, value_name = "SUITE", conflicts_with = "report")]
    pub(crate) suite: Option<String>,
    /// Only what began at or after this instant of the client, such as 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "INSTANT", conflicts_with = "report")]
    pub(crate) from: Option<String>,
    /// Only what began before this instant of the client
    #[arg(long, value_name = "INSTANT", conflicts_with = "report")]
    pub(crate) to: Option<String>,
    /// Write the rows of a report instead: a file with its request, JSON
    #[arg(long, value_name = "FILE", conflicts_with = "table")]
    pub(crate) report: Option<PathBuf>,
    /// Print JSON about what was written
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ExportFormat {
    Parquet,
    Csv,
    Jsonl,
}

#[derive(Args, Debug)]
pub(crate) struct ReplayArgs {
    /// Data folder [default: ./playhead-data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<String>,
    /// Compute with another rule than those that were recorded, such as idle_ms=300000
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Put what is computed in the place of what is stored; the server has to be stopped
    #[arg(long)]
    pub(crate) write: bool,
    /// Differences that are told one by one
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    pub(crate) limit: usize,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct SimulateArgs {
    /// Public door of the server, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, required_unless_present = "geo_file")]
    pub(crate) target: Option<String>,
    /// Send nothing: write where the viewers are, as an MMDB file for `door.geo_file`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, exclusive = true)]
    pub(crate) geo_file: Option<PathBuf>,
    /// The same seed makes the same viewers
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Sessions to begin, then stop [default: on and on]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) sessions: Option<usize>,
    /// Sessions that begin in a minute
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) starts: u64,
    /// So many times faster than the clock; the players' clocks then run ahead of the server's
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) speed: f64,
    /// Leave out the players that break the protocol
    #[arg(long)]
    pub(crate) well_behaved: bool,
    /// Send the past so many hours instead, at once, to a server with `--clock manual`
    #[arg(long, value_name = "HOURS", requires = "console", conflicts_with_all = ["sessions", "speed"])]
    pub(crate) past: Option<u64>,
    /// Console of that server, to move its clock
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, requires = "past")]
    pub(crate) console: Option<String>,
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
pub(crate) struct RetentionArgs {
    /// Change nothing, as must be said: a running server takes out by itself what is too old
    #[arg(long, required = true)]
    pub(crate) dry_run: bool,
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
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
    /// Tell a running server to read its settings anew
    Reload(ConfigReloadArgs),
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
pub(crate) struct ConfigReloadArgs {
    /// Data folder of the server [default: ./playhead-data]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<String>,
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
