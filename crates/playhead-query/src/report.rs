//! A report from its request to its answer, and the catalogue of what can be asked.

use playhead_model::report::{Answer, ReportError, ReportKind, Request, Stop, did_you_mean};

use crate::plan::{Plan, Surroundings, failed};
use crate::source::{Source, Wanted};
use crate::table::Run;
use crate::threads::Threads;

/// Computes a report. `stop` says why to stop, if so; it is asked now and then.
///
/// # Errors
/// If the request makes no sense, a limit strikes, rows cannot be read, or `stop` says so.
pub fn run(
    source: &dyn Source,
    request: &Request,
    surroundings: &Surroundings,
    stop: Stop<'_>,
) -> Result<Answer, ReportError> {
    check_suite(source, &request.suite)?;
    let plan = Plan::new(request, surroundings)?;
    let wanted = Wanted {
        suite: &request.suite,
        as_of: request.as_of.as_deref(),
        from: (request.clock, plan.from()),
        include_open: request.include_open,
        stop,
    };
    let read = source.read(&wanted).map_err(failed)?;
    let threads = Threads {
        count: surroundings.limits.threads,
        stop,
    };
    let run = Run {
        plan: &plan,
        surroundings,
        read: &read,
        threads: &threads,
    };
    match request.report {
        ReportKind::Table => run.table(),
        ReportKind::Concurrency => run.concurrency(),
        ReportKind::TimeSpent => run.time_spent(),
        ReportKind::Retention => run.retention(),
        ReportKind::Segments => run.segments(),
        ReportKind::Tenths => run.tenths(),
        ReportKind::Histogram => run.histogram(),
    }
}

/// # Errors
/// If there is no such suite; the message names the nearest.
pub(crate) fn check_suite(source: &dyn Source, suite: &str) -> Result<(), ReportError> {
    let suites = source.suites().map_err(failed)?;
    if suites.iter().any(|known| known == suite) {
        return Ok(());
    }
    let hint = did_you_mean(suite, suites.iter().map(String::as_str));
    let message = format!("nothing is known of the suite {suite:?}{hint}");
    Err(ReportError::invalid("suite", message))
}
