//! The panels of metrics R9 that are no tables: concurrency, time spent, retention, segments,
//! tenths, and histograms.

mod clock;
mod content;
mod histogram;

use playhead_model::report::{Heading, HeadingKind, ReportError};

use crate::plan::Plan;

/// Panels have metrics of their own: those of a table would be ignored.
fn refuse_table_fields(plan: &Plan, takes_metrics: bool) -> Result<(), ReportError> {
    let request = &plan.request;
    let given = [
        ("metrics", !request.metrics.is_empty() && !takes_metrics),
        ("dimensions", !request.dimensions.is_empty()),
        ("having", !request.having.is_empty()),
        ("order", request.order.is_some()),
        ("compare", request.compare.is_some()),
        ("everythingElse", request.everything_else),
        ("cursor", request.cursor.is_some()),
        ("limit", request.limit.is_some()),
    ];
    let Some((field, _)) = given.into_iter().find(|(_, is_given)| *is_given) else {
        return Ok(());
    };
    let message = "only a table takes it; this report has rows and numbers of its own";
    Err(ReportError::invalid(field, message))
}

fn heading(name: &str, title: &str, unit: &str, kind: HeadingKind) -> Heading {
    Heading {
        name: name.to_owned(),
        title: title.to_owned(),
        unit: unit.to_owned(),
        kind,
    }
}
