//! The clocks of a measurement: wall time, and CPU time of threads and processes.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// The monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "measuring is what this crate is for"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// CPU time of this thread so far.
pub(crate) fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// CPU time of all threads of this process, those that have ended included.
pub(crate) fn own_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

/// CPU time of all threads of a process so far; some milliseconds may still be missing.
pub(crate) fn process_cpu(pid: u32) -> anyhow::Result<Duration> {
    let tasks = format!("/proc/{pid}/task");
    let mut sum = Duration::ZERO;
    for task in fs::read_dir(&tasks).with_context(|| format!("{tasks} cannot be read"))? {
        let file = task?.path().join("schedstat");
        // A thread may end between the listing and the reading.
        sum += file
            .to_str()
            .and_then(|file| cpu_in(file).ok())
            .unwrap_or_default();
    }
    Ok(sum)
}

/// Resident memory of this process, bytes.
pub(crate) fn resident() -> anyhow::Result<u64> {
    resident_of("self")
}

/// Resident memory of a process, bytes.
pub(crate) fn resident_of(process: &str) -> anyhow::Result<u64> {
    let file = format!("/proc/{process}/status");
    let status = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kib.context("no VmRSS")? * 1024)
}

/// The first figure of a schedstat file: nanoseconds on a processor.
fn cpu_in(file: &str) -> anyhow::Result<Duration> {
    let text = fs::read_to_string(file).with_context(|| format!("{file} cannot be read"))?;
    let first = text
        .split_whitespace()
        .next()
        .context("schedstat is empty")?;
    Ok(Duration::from_nanos(first.parse()?))
}
