//! A lean generator of load: hand-written HTTP/1.1 over keep-alive connections, one thread, so
//! that it takes little from the server on a small machine.
//!
//! Each connection has sessions of its own, opened before the measurement, and one request under
//! way at a time. It runs as a process of its own and prints what it saw as JSON.

mod connection;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rustix::event::{Timespec, epoll};
use serde_json::{Value, json};

use self::connection::{Connection, Script};
use playhead_simulator::Histogram;

use crate::clock;

/// What to send.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LoadArgs {
    /// Address of the server
    #[arg(long)]
    pub(crate) to: SocketAddr,
    #[arg(long, value_enum, default_value_t = What::Pings)]
    pub(crate) what: What,
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Sessions of each connection
    #[arg(long, default_value_t = 8)]
    pub(crate) sessions: usize,
    /// Before the measurement, seconds
    #[arg(long, default_value_t = 1.0)]
    pub(crate) warm: f64,
    /// The measurement, seconds
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Requests a second, each at its time whatever became of the others; without it, as fast as
    /// the answers come
    #[arg(long)]
    pub(crate) rate: Option<f64>,
    /// Ends after so many requests
    #[arg(long)]
    pub(crate) requests: Option<u64>,
    /// Process whose CPU time is read at both ends of the measurement
    #[arg(long)]
    pub(crate) server: Option<u32>,
    /// Numbers the sessions from here on, so that no two runs open the same
    #[arg(long, default_value_t = 0)]
    pub(crate) first_session: u64,
}

/// Kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum What {
    /// Pings of 139 bytes
    Pings,
    /// Session starts of 965 bytes
    Starts,
}

impl What {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pings => "pings",
            Self::Starts => "starts",
        }
    }
}

/// Sends, and tells what came back.
pub(crate) fn run(args: &LoadArgs) -> anyhow::Result<Value> {
    ensure!(
        args.connections > 0 && args.sessions > 0,
        "nobody sends nothing"
    );
    let mut generator = Generator::connect(args)?;
    if args.what == What::Pings {
        generator.open_sessions()?;
    }
    println!("open");
    generator.start()?;
    generator.run_until(Duration::from_secs_f64(args.warm))?;
    let cpu = |pid: Option<u32>| pid.map(clock::process_cpu).transpose();
    let server = cpu(args.server)?;
    let own = clock::thread_cpu();
    generator.measure();
    let wall = clock::now();
    generator.run_until(Duration::from_secs_f64(args.warm + args.seconds))?;
    let wall = wall.elapsed();
    let server = cpu(args.server)?
        .zip(server)
        .map(|(end, begin)| end - begin);
    let own = clock::thread_cpu() - own;
    let latency = &generator.latency;
    let micros = |duration: Duration| duration.as_nanos() as f64 / 1e3;
    Ok(json!({
        "acknowledged": latency.count(),
        "seconds": wall.as_secs_f64(),
        "p50_us": micros(latency.quantile(0.5)),
        "p99_us": micros(latency.quantile(0.99)),
        "largest_us": micros(latency.largest()),
        "server_cpu_us": server.map(micros),
        "own_cpu_us": micros(own),
    }))
}

/// When requests are due.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    begin: Instant,
    /// Between two requests of all connections together; `None`: at once.
    interval: Option<Duration>,
}

impl Schedule {
    /// When the n-th request of all is due.
    fn due(&self, number: u64) -> Option<Instant> {
        let interval = self.interval?;
        Some(self.begin + Duration::from_nanos(interval.as_nanos() as u64 * number))
    }
}

struct Generator {
    epoll: rustix::fd::OwnedFd,
    connections: Vec<Connection>,
    schedule: Schedule,
    /// Requests whose time has come or will come, by number.
    next: u64,
    requests: u64,
    /// Connections without a request under way, if there is a rate.
    idle: VecDeque<usize>,
    latency: Histogram,
}

impl Generator {
    fn connect(args: &LoadArgs) -> anyhow::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(args.connections);
        for number in 0..args.connections {
            let script = Script {
                what: args.what,
                sessions: args.sessions,
                first: args.first_session + (number * args.sessions) as u64,
                stride: (args.connections * args.sessions) as u64,
            };
            let connection = Connection::open(args.to, script)
                .with_context(|| format!("{} cannot be reached", args.to))?;
            let data = epoll::EventData::new_u64(number as u64);
            epoll::add(
                &epoll,
                connection.stream().as_fd(),
                data,
                epoll::EventFlags::IN,
            )?;
            connections.push(connection);
        }
        Ok(Self {
            epoll,
            idle: VecDeque::new(),
            connections,
            schedule: Schedule {
                begin: clock::now(),
                interval: args.rate.map(|rate| Duration::from_secs_f64(1.0 / rate)),
            },
            next: 0,
            requests: args.requests.unwrap_or(u64::MAX),
            latency: Histogram::default(),
        })
    }

    /// All connections open their sessions, one after the other.
    fn open_sessions(&mut self) -> anyhow::Result<()> {
        let mut left = 0;
        for connection in &mut self.connections {
            connection.send_opening()?;
            left += 1;
        }
        let mut ready = Vec::new();
        while left > 0 {
            for number in self.wait(&mut ready, None)? {
                let connection = &mut self.connections[number];
                if connection.receive()? && !connection.next_opening()? {
                    left -= 1;
                }
            }
        }
        Ok(())
    }

    fn start(&mut self) -> anyhow::Result<()> {
        self.schedule.begin = clock::now();
        for number in 0..self.connections.len() {
            match self.schedule.interval {
                None => self.send(number, clock::now())?,
                Some(_) => self.idle.push_back(number),
            }
        }
        Ok(())
    }

    /// What was seen so far does not count.
    fn measure(&mut self) {
        self.latency = Histogram::default();
    }

    fn run_until(&mut self, end: Duration) -> anyhow::Result<()> {
        let end = self.schedule.begin + end;
        let mut ready = Vec::new();
        loop {
            let now = clock::now();
            if now >= end || self.latency.count() >= self.requests {
                return Ok(());
            }
            let until = self.send_due(now)?.map_or(end, |due| due.min(end));
            for number in self.wait(&mut ready, Some(until.saturating_duration_since(now)))? {
                if self.connections[number].receive()? {
                    let now = clock::now();
                    self.latency.add(now - self.connections[number].due);
                    match self.schedule.interval {
                        None => self.send(number, now)?,
                        Some(_) => self.idle.push_back(number),
                    }
                }
            }
        }
    }

    /// Sends what is due as far as there are connections; answers when more is due.
    fn send_due(&mut self, now: Instant) -> anyhow::Result<Option<Instant>> {
        while let Some(due) = self.schedule.due(self.next) {
            if due > now {
                return Ok(Some(due));
            }
            let Some(number) = self.idle.pop_front() else {
                return Ok(None);
            };
            self.send(number, due)?;
            self.next += 1;
        }
        Ok(None)
    }

    fn send(&mut self, number: usize, due: Instant) -> anyhow::Result<()> {
        let connection = &mut self.connections[number];
        connection.due = due;
        connection.send_next()
    }

    /// Numbers of connections with something to read.
    fn wait(
        &self,
        ready: &mut Vec<epoll::Event>,
        time: Option<Duration>,
    ) -> anyhow::Result<impl Iterator<Item = usize> + use<>> {
        let timeout = time.map(|time| Timespec {
            tv_sec: time.as_secs() as i64,
            tv_nsec: i64::from(time.subsec_nanos()),
        });
        ready.clear();
        ready.reserve(1024);
        let waited = epoll::wait(
            &self.epoll,
            rustix::buffer::spare_capacity(ready),
            timeout.as_ref(),
        );
        match waited {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let numbers: Vec<usize> = ready
            .iter()
            .map(|event| event.data.u64() as usize)
            .collect();
        Ok(numbers.into_iter())
    }
}
