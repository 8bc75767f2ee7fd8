//! Where servers are started.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{Process, Server, Url};

/// A temporary folder with a data folder and a settings file, in which servers are started one
/// after the other. It is removed when dropped.
#[derive(Debug)]
pub struct Home {
    binary: PathBuf,
    folder: TempDir,
    flags: Vec<String>,
}

impl Home {
    /// A fresh folder for servers of this binary.
    ///
    /// # Panics
    /// If there can be no temporary folder.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self {
            binary: binary.into(),
            folder,
            flags: Vec::new(),
        }
    }

    /// Adds a flag of `serve`.
    #[must_use]
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Time stands at 0 until [`Server::set_clock`] moves it.
    #[must_use]
    pub fn manual_clock(self) -> Self {
        self.flag("--clock=manual")
    }

    /// Writes the settings file.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn settings(self, toml: &str) -> Self {
        fs::write(self.path("playhead.toml"), toml).expect("the settings file is written");
        self
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the data folder.
    pub fn data(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path("data").join(name)
    }

    /// The certificate that clients trust: `tls.pem` here if there is one, else the one that the
    /// server made.
    pub fn certificate(&self) -> PathBuf {
        let ours = self.path("tls.pem");
        if ours.exists() {
            ours
        } else {
            self.data("tls/self-signed.pem")
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().current_dir(self.folder.path());
        command
    }

    /// Runs another command of the binary to its end, in this folder and without settings from
    /// outside.
    ///
    /// # Panics
    /// If the binary cannot be run.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command().args(arguments).output();
        output.expect("the binary runs")
    }

    /// Starts a server and waits until it has recovered and listens.
    ///
    /// # Panics
    /// If it ends instead.
    #[track_caller]
    pub fn serve(self) -> Server {
        match self.try_serve() {
            Ok(server) => server,
            Err(refused) => panic!("the server ended with {:?}", refused.code),
        }
    }

    /// Starts a server, or tells how it ended instead.
    ///
    /// # Errors
    /// If it ends before it listens.
    ///
    /// # Panics
    /// If the binary cannot be run.
    pub fn try_serve(self) -> Result<Server, NotStarted> {
        let errors = File::options()
            .create(true)
            .append(true)
            .open(self.path("stderr"))
            .expect("a file for standard error");
        let mut command = self.command();
        command.args(["serve", "--data", "data"]);
        command.args(["--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"]);
        if self.path("playhead.toml").exists() {
            command.args(["--config", "playhead.toml"]);
        }
        command.args(&self.flags);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.stderr(errors).spawn().expect("the binary runs");
        let mut process = Process(child);
        let out = process.0.stdout.take().expect("standard output is piped");
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line)
            .expect("standard output is readable");
        match addresses(&line) {
            Some((door, console, postgres)) => Ok(Server {
                process,
                door,
                console,
                postgres,
                _out: out,
                home: self,
            }),
            None => {
                let status = process.0.wait().expect("the server is waited for");
                let stderr = self.stderr();
                Err(NotStarted {
                    code: status.code(),
                    stderr,
                    home: self,
                })
            }
        }
    }

    /// What all servers started here have written to standard error.
    pub fn stderr(&self) -> String {
        let bytes = fs::read(self.path("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Reads `listening on http://A console http://B postgres C`, where the first two may be `https`, and
/// the third is there if it was asked for.
fn addresses(line: &str) -> Option<(Url, Url, Option<SocketAddr>)> {
    let rest = line.strip_prefix("listening on ")?;
    let (door, rest) = rest.trim_end().split_once(" console ")?;
    let (console, postgres) = match rest.split_once(" postgres ") {
        Some((console, postgres)) => (console, Some(postgres.parse().ok()?)),
        None => (rest, None),
    };
    Some((Url::parse(door)?, Url::parse(console)?, postgres))
}

/// How a server ended that did not start.
#[derive(Debug)]
pub struct NotStarted {
    pub code: Option<i32>,
    pub stderr: String,
    pub home: Home,
}
