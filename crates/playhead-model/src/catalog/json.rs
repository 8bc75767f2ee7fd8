//! The catalogue as it is answered: what can be asked of reports.

use serde_json::{Value, json};

use super::{Aggregate, CALCULATED, attributes, measures, ready_made};
use crate::report::{Granularity, ReportKind, Statistic};
use crate::row::DEFINITION_VERSION;

/// Every metric, dimension, segment and report.
pub fn catalog_json() -> Value {
    let metrics = measures().into_iter().map(|it| {
        json!({
            "name": it.name,
            "title": it.title,
            "unit": it.unit.name(),
            "scope": it.scope.name(),
            "aggregate": match it.aggregate {
                Aggregate::Rows | Aggregate::Visitors => "count",
                Aggregate::Sum => "sum",
                Aggregate::Mean => "mean",
            },
            "rule": it.rule,
        })
    });
    let calculated = CALCULATED.iter().map(|it| {
        json!({
            "name": it.name,
            "title": it.title,
            "unit": it.unit.name(),
            "formula": it.formula,
            "rule": it.rule,
        })
    });
    let dimensions = attributes().into_iter().map(|it| {
        json!({
            "name": it.name,
            "title": it.title,
            "scope": it.scope.name(),
            "list": it.is_list,
        })
    });
    let segments = ready_made()
        .into_iter()
        .map(|it| json!({ "name": it.name, "title": it.title, "filters": it.filters }));
    let statistics = Statistic::NAMES.iter().map(|(name, _)| *name);
    let reports = ReportKind::ALL
        .map(|kind| json!({ "name": kind, "title": kind.title(), "rule": kind.rule() }));
    json!({
        "definitionVersion": DEFINITION_VERSION,
        "metrics": metrics.collect::<Vec<_>>(),
        "calculatedMetrics": calculated.collect::<Vec<_>>(),
        "dimensions": dimensions.collect::<Vec<_>>(),
        "segments": segments.collect::<Vec<_>>(),
        "statistics": statistics.collect::<Vec<_>>(),
        "granularities": Granularity::ALL.map(Granularity::name),
        "reports": reports,
    })
}
