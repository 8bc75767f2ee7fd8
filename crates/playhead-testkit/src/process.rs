//! The real server as a process: started in a folder of its own, asked over HTTP, ended in every
//! way there is.
//!
//! Helpers panic when the server does not do what every test takes for granted; the message then
//! carries what it wrote to standard error.

mod events;
mod home;
mod http;
mod http2;
mod trust;

use std::io::BufReader;
use std::net::SocketAddr;
use std::process::{Child, ChildStdout};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process};
use serde_json::{Value, json};

pub use events::Events;
pub use home::{Home, NotStarted};
pub use http::{Answer, Http};
pub use http2::{Exchange, Http2};
pub use trust::{OverTls, Trust};

/// A process that does not outlive its owner.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; either way nothing can be done here.
        let _killed = self.0.kill();
        let _waited = self.0.wait();
    }
}

/// Where a listener is.
#[derive(Clone, Copy, Debug)]
struct Url {
    is_tls: bool,
    address: SocketAddr,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, address) = text.split_once("://")?;
        Some(Self {
            is_tls: scheme == "https",
            address: address.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(formatter, "{scheme}://{}", self.address)
    }
}

/// A server that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    process: Process,
    door: Url,
    console: Url,
    postgres: Option<SocketAddr>,
    _out: BufReader<ChildStdout>,
    home: Home,
}

impl Server {
    /// A new connection to the public door, over TLS if it speaks that.
    #[track_caller]
    pub fn door(&self) -> Http {
        self.connect(self.door)
    }

    /// A new connection to the console, over TLS if it speaks that.
    #[track_caller]
    pub fn console(&self) -> Http {
        self.connect(self.console)
    }

    #[track_caller]
    fn connect(&self, url: Url) -> Http {
        Http::new(url.address, url.is_tls.then(|| self.trust()))
    }

    /// A new connection to the public door over HTTP/2.
    #[track_caller]
    pub fn door_http2(&self) -> Http2 {
        Http2::connect(self.door.address, &self.trust())
    }

    /// A new connection to the console over HTTP/2.
    #[track_caller]
    pub fn console_http2(&self) -> Http2 {
        Http2::connect(self.console.address, &self.trust())
    }

    /// Trust in the certificate that lies in its folder now.
    #[track_caller]
    pub fn trust(&self) -> Trust {
        Trust::in_file(&self.home.certificate())
    }

    /// The address of the public door.
    pub fn door_address(&self) -> SocketAddr {
        self.door.address
    }

    /// The address of the console as other commands take it.
    pub fn console_url(&self) -> String {
        self.console.to_string()
    }

    /// The address of SQL in the Postgres protocol.
    ///
    /// # Panics
    /// If the server has none.
    #[track_caller]
    pub fn postgres_address(&self) -> SocketAddr {
        self.postgres.expect("a server with --postgres")
    }

    /// A connection over TLS to SQL in the Postgres protocol.
    ///
    /// # Errors
    /// If the server does not speak TLS there, or not with its certificate.
    pub async fn postgres_over_tls(&self) -> std::io::Result<OverTls> {
        let address = self.postgres_address();
        self.trust().connect_to_postgres(address).await
    }

    /// The folder it runs in.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The id of the process.
    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Ends it with SIGKILL.
    pub fn kill(self) -> Home {
        let Self { process, home, .. } = self;
        drop(process);
        home
    }

    /// Ends it with SIGKILL and starts another one on its data.
    #[track_caller]
    pub fn kill_and_restart(self) -> Self {
        self.kill().serve()
    }

    /// Sends SIGTERM without waiting.
    pub fn send_sigterm(&self) {
        self.send(Signal::TERM);
    }

    /// Sends SIGHUP without waiting.
    pub fn send_sighup(&self) {
        self.send(Signal::HUP);
    }

    fn send(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.expect("the id of a child");
        kill_process(pid, signal).expect("the server still runs");
    }

    /// Waits for its end and gives the exit code, or `None` if a signal ended it.
    ///
    /// # Panics
    /// If it cannot be waited for.
    pub fn wait(self) -> (Home, Option<i32>) {
        let Self {
            mut process, home, ..
        } = self;
        let status = process.0.wait().expect("the server is waited for");
        (home, status.code())
    }

    /// Sends SIGTERM and waits for the end.
    pub fn terminate(self) -> (Home, Option<i32>) {
        self.send_sigterm();
        self.wait()
    }

    /// Ends it with SIGTERM and starts another one on its data.
    ///
    /// # Panics
    /// If it does not end well or does not start again.
    #[track_caller]
    pub fn restart(self) -> Self {
        let (home, code) = self.terminate();
        assert_eq!(code, Some(0), "{}", home.stderr());
        home.serve()
    }

    /// Asks the console and reads the JSON of a good answer.
    #[track_caller]
    pub fn ask(&self, path: &str) -> Value {
        let answer = self.console().get(path);
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text());
        answer.json()
    }

    /// `GET /v1/sessions/{sid}`
    #[track_caller]
    pub fn session(&self, sid: &str) -> Value {
        self.ask(&format!("/v1/sessions/{sid}"))
    }

    /// The list in `GET /v1/sessions/{sid}/events`.
    #[track_caller]
    pub fn events(&self, sid: &str) -> Vec<Value> {
        let answer = self.ask(&format!("/v1/sessions/{sid}/events"));
        answer["events"].as_array().cloned().unwrap_or_default()
    }

    /// Follows a stream of the console.
    #[track_caller]
    pub fn follow(&self, path: &str) -> Events {
        Events::open(self.console(), path)
    }

    /// `GET /v1/outcomes`
    #[track_caller]
    pub fn outcomes(&self) -> Value {
        self.ask("/v1/outcomes")
    }

    /// Moves the manual clock; everything due by then is done afterwards.
    #[track_caller]
    pub fn set_clock(&self, to_ms: u64) {
        move_clock(&mut self.console(), to_ms);
    }

    /// Waits until events are taken: `/readyz` answers once the server has come so far.
    #[track_caller]
    pub fn wait_until_ready(&self) {
        let ready = self.ask("/readyz");
        assert_eq!(ready["ready"], true, "{ready}");
    }
}

/// Moves the manual clock over a connection to the console.
///
/// # Panics
/// If the server does not agree.
#[track_caller]
pub fn move_clock(console: &mut Http, to_ms: u64) {
    let answer = console.post_json("/v1/clock", &json!({ "to_ms": to_ms }));
    assert_eq!(answer.status, 200, "clock to {to_ms}: {}", answer.text());
}

/// How many files and connections a process may have open at once, as far as there is a limit.
pub fn open_files_max() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX)
}
