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

/// CPU time of a process so far, to a hundredth of a second, threads that have ended included.
pub(crate) fn process_cpu(pid: u32) -> anyhow::Result<Duration> {
    let file = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&file).with_context(|| format!("{file} cannot be read"))?;
    // Behind the name, which may hold anything: user and system time are fields 14 and 15 of all, in
    // hundredths of a second whatever the kernel's own tick is.
    let (_, fields) = text.rsplit_once(") ").context("no name")?;
    let mut times = fields.split(' ').skip(11);
    let mut ticks = || anyhow::Ok(times.next().context("no times")?.parse::<u64>()?);
    Ok(Duration::from_millis(10 * (ticks()? + ticks()?)))
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
