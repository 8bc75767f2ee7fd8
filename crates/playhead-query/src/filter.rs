//! Conditions on rows, compiled.

use std::sync::Arc;

use playhead_model::catalog::{
    Aggregate, Measure, Scope, attribute, attributes, measure, measures,
};
use playhead_model::report::{Filter, Operation, ReportError, did_you_mean};
use regex::RegexBuilder;
use serde_json::Value;

use crate::dimension::{Coder, Codes};
use crate::plan::failed;
use crate::source::{Chunk, Table};
use crate::zone::Zone;

/// Largest compiled regular expression, bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;
/// Most values of one `in`.
const VALUES_MAX: usize = 10_000;

/// A condition on the rows of a table.
pub(crate) struct Condition {
    test: Test,
    not: bool,
}

enum Test {
    /// By code: whether it meets the condition.
    Codes(Coder, Vec<bool>),
    Number(Measure, Operation, f64),
    NumberIn(Measure, Vec<f64>),
    NoNumber(Measure),
}

impl Condition {
    /// # Errors
    /// If the filter makes no sense; `field` is its place in the request.
    pub(crate) fn new(
        filter: &Filter,
        field: &str,
        chunks: &[Arc<dyn Chunk>],
        zone: &Zone,
    ) -> Result<Self, ReportError> {
        let test = match (&filter.dimension, &filter.metric) {
            (Some(dimension), None) => {
                let matcher = Matcher::new(filter, field)?;
                let attribute = find_attribute(dimension, &format!("{field}.dimension"))?;
                let coder = Coder::new(attribute, chunks, zone)?;
                let codes = coder.matching(matcher.null(), |text| matcher.matches(text));
                Test::Codes(coder, codes)
            }
            (None, Some(metric)) => number_test(filter, metric, field)?,
            _ => {
                return Err(ReportError::invalid(
                    field,
                    "a filter names either a dimension or a metric",
                ));
            }
        };
        Ok(Self {
            test,
            not: filter.not,
        })
    }

    pub(crate) fn table(&self) -> Table {
        Table::of(match &self.test {
            Test::Codes(coder, _) => coder.scope(),
            Test::Number(measure, ..) | Test::NumberIn(measure, _) | Test::NoNumber(measure) => {
                measure.scope
            }
        })
    }

    /// Says of each row of the table whether it meets the condition.
    ///
    /// # Errors
    /// If a column cannot be read.
    pub(crate) fn mask(&self, chunk: &dyn Chunk) -> Result<Vec<bool>, ReportError> {
        let rows = 0..chunk.rows(self.table()).map_err(failed)?;
        let not = self.not;
        let mask = match &self.test {
            Test::Codes(coder, meets) => {
                let codes = coder.codes(chunk)?;
                if let Some(codes) = codes.slice() {
                    return Ok(codes
                        .iter()
                        .map(|code| meets[*code as usize] != not)
                        .collect());
                }
                let of_row =
                    |codes: &Codes, row| codes.of(row).iter().any(|code| meets[*code as usize]);
                rows.map(|row| of_row(&codes, row) != not).collect()
            }
            Test::Number(measure, operation, value) => {
                let number = numbers(chunk, measure)?;
                let compare = |number: f64| match operation {
                    Operation::Less => number < *value,
                    Operation::AtMost => number <= *value,
                    Operation::More => number > *value,
                    Operation::AtLeast => number >= *value,
                    _ => number == *value,
                };
                rows.map(|row| number(row).is_some_and(compare) != not)
                    .collect()
            }
            Test::NumberIn(measure, values) => {
                let number = numbers(chunk, measure)?;
                rows.map(|row| number(row).is_some_and(|number| values.contains(&number)) != not)
                    .collect()
            }
            Test::NoNumber(measure) => {
                let number = numbers(chunk, measure)?;
                rows.map(|row| number(row).is_none() != not).collect()
            }
        };
        Ok(mask)
    }
}

fn numbers(
    chunk: &dyn Chunk,
    measure: &Measure,
) -> Result<impl Fn(usize) -> Option<f64> + use<>, ReportError> {
    let column = chunk
        .column(Table::of(measure.scope), measure.column)
        .map_err(failed)?;
    let scale = measure.scale as f64;
    Ok(move |row| column.number(row).map(|number| number as f64 / scale))
}

fn number_test(filter: &Filter, metric: &str, field: &str) -> Result<Test, ReportError> {
    let place = format!("{field}.metric");
    let measure = find_measure(metric, &place)?;
    let counts_rows = matches!(measure.aggregate, Aggregate::Rows | Aggregate::Visitors);
    if counts_rows || measure.state.is_some() {
        let message = format!(
            "{metric:?} is not a number of one session, ad, chapter or state; \
             `having` compares numbers of rows"
        );
        return Err(ReportError::invalid(place, message));
    }
    let value = format!("{field}.value");
    let number = |given: &Value| {
        let flag = given.as_bool().map(f64::from);
        given.as_f64().or(flag).ok_or_else(|| {
            ReportError::invalid(
                &value,
                format!("{metric:?} is compared with a number, not {given}"),
            )
        })
    };
    match filter.op {
        Operation::Null => Ok(Test::NoNumber(measure)),
        Operation::Equal if filter.value.is_null() => Ok(Test::NoNumber(measure)),
        Operation::In => {
            let values = list(&filter.value, &value)?;
            let values: Result<Vec<f64>, _> = values.iter().map(number).collect();
            Ok(Test::NumberIn(measure, values?))
        }
        Operation::Contains | Operation::StartsWith | Operation::Regex => {
            let message = format!("{metric:?} is a number; it takes =, in, null, <, <=, > and >=");
            Err(ReportError::invalid(format!("{field}.op"), message))
        }
        operation => Ok(Test::Number(measure, operation, number(&filter.value)?)),
    }
}

/// Compares texts.
enum Matcher {
    Null,
    Equal(String),
    In(Vec<String>, bool),
    Contains(String),
    StartsWith(String),
    Regex(regex::Regex),
    Number(Operation, f64),
}

impl Matcher {
    fn new(filter: &Filter, field: &str) -> Result<Self, ReportError> {
        let place = format!("{field}.value");
        let text = |given: &Value| match given {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(flag) => Ok(flag.to_string()),
            other => Err(ReportError::invalid(
                &place,
                format!("{:?} takes a text, not {other}", filter.op.name()),
            )),
        };
        Ok(match filter.op {
            Operation::Null => Self::Null,
            Operation::Equal if filter.value.is_null() => Self::Null,
            Operation::Equal => Self::Equal(text(&filter.value)?),
            Operation::In => {
                let values = list(&filter.value, &place)?;
                let null = values.iter().any(Value::is_null);
                let texts = values.iter().filter(|value| !value.is_null()).map(text);
                let mut texts: Vec<String> = texts.collect::<Result<_, _>>()?;
                texts.sort_unstable();
                Self::In(texts, null)
            }
            Operation::Contains => Self::Contains(text(&filter.value)?),
            Operation::StartsWith => Self::StartsWith(text(&filter.value)?),
            Operation::Regex => {
                let pattern = text(&filter.value)?;
                let regex = RegexBuilder::new(&pattern)
                    .size_limit(REGEX_BYTES_MAX)
                    .dfa_size_limit(REGEX_BYTES_MAX)
                    .build();
                Self::Regex(regex.map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => ReportError::TooLarge {
                        limit: "size of a regular expression",
                        message: format!(
                            "{place}: compiled it has more than {REGEX_BYTES_MAX} bytes; \
                             take smaller repetitions, `contains` or `startsWith`"
                        ),
                    },
                    error => ReportError::invalid(&place, error.to_string()),
                })?)
            }
            inequality => {
                let number = filter.value.as_f64().ok_or_else(|| {
                    let message = format!("{:?} takes a number", inequality.name());
                    ReportError::invalid(&place, message)
                })?;
                Self::Number(inequality, number)
            }
        })
    }

    fn null(&self) -> bool {
        matches!(self, Self::Null | Self::In(_, true))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Null => false,
            Self::Equal(wanted) => wanted == text,
            Self::In(wanted, _) => wanted.binary_search_by(|it| it.as_str().cmp(text)).is_ok(),
            Self::Contains(part) => text.contains(part.as_str()),
            Self::StartsWith(part) => text.starts_with(part.as_str()),
            Self::Regex(regex) => regex.is_match(text),
            Self::Number(operation, wanted) => {
                text.parse::<f64>().is_ok_and(|number| match operation {
                    Operation::Less => number < *wanted,
                    Operation::AtMost => number <= *wanted,
                    Operation::More => number > *wanted,
                    _ => number >= *wanted,
                })
            }
        }
    }
}

fn list<'a>(value: &'a Value, place: &str) -> Result<&'a [Value], ReportError> {
    match value {
        Value::Array(values) if values.is_empty() => {
            Err(ReportError::invalid(place, "`in` takes at least one value"))
        }
        Value::Array(values) if values.len() > VALUES_MAX => Err(ReportError::TooLarge {
            limit: "values of a filter",
            message: format!("{place}: {} values, {VALUES_MAX} are taken", values.len()),
        }),
        Value::Array(values) => Ok(values),
        other => Err(ReportError::invalid(
            place,
            format!("`in` takes a list, not {other}"),
        )),
    }
}

/// # Errors
/// If there is no dimension of this name; the message names the nearest.
pub(crate) fn find_attribute(
    name: &str,
    field: &str,
) -> Result<playhead_model::catalog::Attribute, ReportError> {
    attribute(name).ok_or_else(|| {
        let all = attributes();
        let hint = did_you_mean(name, all.iter().map(|it| &*it.name));
        ReportError::invalid(field, format!("{name:?} is no dimension{hint}"))
    })
}

/// # Errors
/// If there is no metric of this name; the message names the nearest.
pub(crate) fn find_measure(name: &str, field: &str) -> Result<Measure, ReportError> {
    measure(name).ok_or_else(|| {
        let all = measures();
        let hint = did_you_mean(name, all.iter().map(|it| &*it.name));
        ReportError::invalid(field, format!("{name:?} is no metric{hint}"))
    })
}

/// The scope of parts that a condition or dimension looks at, if it does not look at sessions.
pub(crate) fn part_scope(scope: Scope) -> Option<Scope> {
    (scope != Scope::Session).then_some(scope)
}
