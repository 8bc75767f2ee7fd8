//! The processes that are measured, each fresh and with a folder of its own.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Kept so that the process does not write into a closed pipe.
    _stdout: BufReader<ChildStdout>,
    pub(crate) door: SocketAddr,
}

impl Server {
    /// The baseline.
    pub(crate) fn noop() -> anyhow::Result<Self> {
        Self::spawn(Command::new(std::env::current_exe()?).arg("noop"))
    }

    /// `playhead serve` over a data folder; settings are pairs of environment variables.
    pub(crate) fn playhead(data: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::serve(data, settings, &[])
    }

    /// The same, and time stands still where its log ends.
    pub(crate) fn playhead_at_rest(data: &Path) -> anyhow::Result<Self> {
        Self::serve(data, &[], &["--clock", "manual"])
    }

    fn serve(data: &Path, settings: &[(&str, &str)], flags: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(binary()?);
        command.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--console",
            "127.0.0.1:0",
            "--data",
        ]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PLAYHEAD_") {
                command.env_remove(name);
            }
        }
        command.arg(data).args(flags).envs(settings.iter().copied());
        let server = Self::spawn(&mut command)?;
        server.wait_until_ready()?;
        Ok(server)
    }

    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let mut complaints = tempfile::tempfile()?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(complaints.try_clone()?);
        let mut child = command
            .spawn()
            .with_context(|| format!("{command:?} does not start"))?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let Some(door) = door_of(&line) else {
            child.kill()?;
            child.wait()?;
            let mut text = String::new();
            complaints.rewind()?;
            complaints.read_to_string(&mut text)?;
            bail!(
                "{command:?} says {line:?} instead of where it listens: {}",
                text.trim()
            );
        };
        Ok(Self {
            child,
            _stdout: stdout,
            door,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a 200 from `/readyz`.
    fn wait_until_ready(&self) -> anyhow::Result<()> {
        loop {
            let mut stream = TcpStream::connect(self.door)?;
            stream
                .write_all(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            match answer.get(9..12) {
                Some("200") => return Ok(()),
                Some("503") => thread::park_timeout(Duration::from_millis(2)),
                _ => bail!("/readyz answers {answer:?}"),
            }
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.pid().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status()?;
        ensure!(asked.success(), "kill -TERM {pid} fails");
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ends with {status}");
        Ok(())
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The address of the door in the first line that a server prints.
fn door_of(line: &str) -> Option<SocketAddr> {
    line.split_whitespace()
        .find_map(|word| word.strip_prefix("http://")?.parse().ok())
}

/// What `BENCH_BINARY` names, or the binary beside this one.
fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("BENCH_BINARY") {
        return Ok(path.into());
    }
    let path = std::env::current_exe()?.with_file_name("playhead");
    ensure!(
        path.exists(),
        "{} is missing: `cargo build --release --package playhead` makes it",
        path.display()
    );
    Ok(path)
}

/// A generator of load in a process of its own.
#[derive(Debug)]
pub(crate) struct Generator {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Generator {
    /// Starts to send to a server.
    pub(crate) fn start(server: &Server, arguments: &[String]) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["load", "--to", &server.door.to_string()]);
        command
            .args(["--server", &server.pid().to_string()])
            .args(arguments);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("its output is piped")?;
        Ok(Self {
            child,
            stdout: BufReader::new(stdout),
        })
    }

    /// Waits until its sessions are open.
    pub(crate) fn wait_until_open(&mut self) -> anyhow::Result<()> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        ensure!(line.trim() == "open", "the generator of load says {line:?}");
        Ok(())
    }

    /// Waits for what it saw.
    pub(crate) fn finish(mut self) -> anyhow::Result<Value> {
        let mut text = String::new();
        self.stdout.read_to_string(&mut text)?;
        let mut complaint = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut complaint)?;
        }
        ensure!(self.child.wait()?.success(), "{}", complaint.trim());
        let last = text.lines().last().unwrap_or_default();
        serde_json::from_str(last).with_context(|| format!("the generator of load says {text:?}"))
    }

    /// Ends it.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_is_found_in_the_first_line() {
        let line = "listening on http://127.0.0.1:8080 console http://127.0.0.1:8090\n";
        assert_eq!(door_of(line).unwrap().port(), 8080);
        assert!(door_of("no").is_none());
    }
}
