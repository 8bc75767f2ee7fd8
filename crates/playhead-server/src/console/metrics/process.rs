//! What the system tells of this process, under the names that Prometheus gives it.

use std::fs;

use super::declared::{
    Declared, PROCESS_CPU, PROCESS_FILES, PROCESS_FILES_MAX, PROCESS_RESIDENT, PROCESS_START,
};

/// Linux tells times in hundredths of a second, whatever its clock is.
const TICKS_PER_S: f64 = 100.0;

/// What is told; a system without `/proc` tells nothing.
pub(super) fn figures() -> Vec<(&'static Declared, f64)> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let stat = read("/proc/self/stat");
    let fields = stat.as_deref().and_then(fields_of_stat);
    let status = read("/proc/self/status");
    let resident = status.and_then(|text| number_after(&text, "VmRSS:"));
    let limits = read("/proc/self/limits");
    let files = fs::read_dir("/proc/self/fd").ok();
    let boot = read("/proc/stat").and_then(|text| number_after(&text, "btime"));
    let began = fields.zip(boot);
    let figures = [
        (&PROCESS_CPU, fields.map(|it| it.cpu / TICKS_PER_S)),
        (&PROCESS_RESIDENT, resident.map(|kib| kib * 1024.0)),
        // Without the one that this is read by.
        (
            &PROCESS_FILES,
            files.map(|it| it.count().saturating_sub(1) as f64),
        ),
        (
            &PROCESS_FILES_MAX,
            limits.and_then(|text| number_after(&text, "Max open files")),
        ),
        (
            &PROCESS_START,
            began.map(|(it, boot)| boot + it.began / TICKS_PER_S),
        ),
    ];
    let told = figures.into_iter();
    told.filter_map(|(metric, figure)| Some((metric, figure?)))
        .collect()
}

/// Ticks of the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fields {
    cpu: f64,
    /// Since the machine began.
    began: f64,
}

/// The name of the program stands in brackets and may have any character, spaces and brackets too.
fn fields_of_stat(text: &str) -> Option<Fields> {
    let (_, fields) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let number = |place: usize| -> Option<f64> { fields.get(place)?.trim().parse().ok() };
    Some(Fields {
        cpu: number(11)? + number(12)?,
        began: number(19)?,
    })
}

/// The first number on the line that begins so.
fn number_after(text: &str, begin: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(begin))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_writes() {
        let stat = "71 (a) b (c) S 1 71 71 0 -1 4194304 9 0 0 0 250 50 0 0 20 0 4 0 123456 1 2 3";
        let fields = fields_of_stat(stat);
        let wanted = Fields {
            cpu: 300.0,
            began: 123_456.0,
        };
        assert_eq!(fields, Some(wanted));
        assert_eq!(fields_of_stat("71 (short) S 1"), None);
        let status = "VmPeak:\t  9000 kB\nVmRSS:\t  1234 kB\n";
        assert_eq!(number_after(status, "VmRSS:"), Some(1_234.0));
        let limits =
            "Max cpu time      unlimited  unlimited  seconds\nMax open files  1024  4096  files\n";
        assert_eq!(number_after(limits, "Max open files"), Some(1_024.0));
        assert_eq!(number_after(limits, "Max cpu time"), None);
    }
}
