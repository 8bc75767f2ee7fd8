//! Why a query fails, in words for whoever asked.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use playhead_model::report::{ReportError, did_you_mean};

use crate::catalog;

/// The field of the request that is wrong.
const FIELD: &str = "sql";

pub(crate) fn invalid(message: impl Into<String>) -> ReportError {
    ReportError::invalid(FIELD, message)
}

/// An error of ours, on its way through DataFusion.
pub(crate) fn carried(error: ReportError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// What DataFusion says, for the asker; `memory_max` is the limit that strikes when memory is
/// short.
pub(crate) fn told(error: &DataFusionError, memory_max: usize) -> ReportError {
    let root = error.find_root();
    match root {
        DataFusionError::External(inner) => match inner.downcast_ref::<ReportError>() {
            Some(error) => error.clone(),
            None => invalid(inner.to_string()),
        },
        DataFusionError::ResourcesExhausted(_) => ReportError::TooLarge {
            limit: "memory of a query, sql.memory_max",
            message: format!(
                "it needs more than {memory_max} bytes for what it sorts, groups or joins; take a \
                 shorter range, fewer columns or groups, or a filter"
            ),
        },
        DataFusionError::SchemaError(error, _) => schema(error),
        DataFusionError::Plan(message) => invalid(match unknown_table(message) {
            Some(message) => message,
            None => one_line(message),
        }),
        DataFusionError::SQL(error, _) => invalid(one_line(&error.to_string())),
        DataFusionError::Internal(message) => ReportError::Internal(one_line(message)),
        DataFusionError::IoError(error) => ReportError::Internal(error.to_string()),
        DataFusionError::ExecutionJoin(error) => ReportError::Internal(error.to_string()),
        other => invalid(one_line(&other.message())),
    }
}

fn schema(error: &SchemaError) -> ReportError {
    let SchemaError::FieldNotFound {
        field,
        valid_fields,
    } = error
    else {
        return invalid(one_line(&error.to_string()));
    };
    let name = field.name();
    let known: Vec<&str> = valid_fields.iter().map(|field| field.name()).collect();
    let hint = if known.contains(&name) {
        let from = field.relation.as_ref().map_or("it", |it| it.table());
        format!("; {from:?} has none of that name here")
    } else {
        did_you_mean(name, known)
    };
    invalid(format!("there is no column {name:?}{hint}"))
}

/// DataFusion says so: table 'playhead.public.sesions' not found.
fn unknown_table(message: &str) -> Option<String> {
    let name = message.strip_prefix("table '")?;
    let (name, _) = name.split_once("' not found")?;
    let name = name.rsplit('.').next().unwrap_or(name);
    let hint = did_you_mean(name, catalog::names());
    Some(format!("there is no table {name:?}{hint}"))
}

fn one_line(message: &str) -> String {
    let message = message.split("\n\nbacktrace:").next().unwrap_or(message);
    let lines: Vec<&str> = message.lines().map(str::trim).collect();
    lines.join(" ").trim().to_owned()
}
