//! Functions whose answer can be far longer than what they are given: asked for more than the
//! memory of a query, they refuse before they make it.

use std::sync::Arc;

use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Float64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use playhead_model::report::ReportError;

use crate::error::carried;

/// Bytes that a value in a list takes, about.
const ITEM_BYTES: f64 = 8.0;

/// The functions with those among them bounded that may need it.
pub(crate) fn bounded(functions: &[Arc<ScalarUDF>], memory_max: usize) -> Vec<Arc<ScalarUDF>> {
    let functions = functions.iter().map(|function| {
        let grows = match function.name() {
            "repeat" => Grows::TextTimes,
            "lpad" | "rpad" => Grows::ToLength,
            "array_repeat" | "array_resize" => Grows::ToItems,
            "range" | "generate_series" => Grows::FromTo,
            _ => return function.clone(),
        };
        Arc::new(ScalarUDF::new_from_impl(Bounded {
            inner: function.clone(),
            grows,
            memory_max,
        }))
    });
    functions.collect()
}

/// How the length of an answer follows from the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Grows {
    /// The text so many times.
    TextTimes,
    /// A text of so many characters.
    ToLength,
    /// A list of so many items.
    ToItems,
    /// A list from a number to another, by a step.
    FromTo,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    grows: Grows,
    memory_max: usize,
}

impl Bounded {
    /// How many bytes the answer takes, about; as far as the arguments are numbers.
    fn bytes(&self, arguments: &[ColumnarValue], rows: usize) -> Result<f64> {
        let array = |place: usize| -> Result<Option<ArrayRef>> {
            let argument = arguments.get(place).cloned();
            argument
                .map(|argument| argument.into_array(rows))
                .transpose()
        };
        // What is no number (an instant, an interval) is short.
        let numbers = |place: usize| -> Result<Option<Float64Array>> {
            let Some(array) = array(place)?.filter(|it| it.data_type().is_numeric()) else {
                return Ok(None);
            };
            let numbers = cast(&array, &DataType::Float64)?;
            Ok(Some(numbers.as_primitive::<Float64Type>().clone()))
        };
        let positive = |value: Option<f64>| value.unwrap_or(0.0).max(0.0);
        Ok(match self.grows {
            Grows::TextTimes => {
                let (Some(texts), Some(times)) = (array(0)?, numbers(1)?) else {
                    return Ok(0.0);
                };
                let texts = cast(&texts, &DataType::Utf8)?;
                let texts = texts.as_string::<i32>().iter();
                let lengths = texts.map(|text| text.map_or(0, str::len) as f64);
                lengths
                    .zip(&times)
                    .map(|(length, times)| length * positive(times))
                    .sum()
            }
            Grows::ToLength => numbers(1)?.iter().flatten().map(positive).sum(),
            Grows::ToItems => {
                let counts = numbers(1)?;
                counts
                    .iter()
                    .flatten()
                    .map(|count| positive(count) * ITEM_BYTES)
                    .sum()
            }
            Grows::FromTo => {
                let (first, last) = match arguments.len() {
                    1 => (None, numbers(0)?),
                    _ => (numbers(0)?, numbers(1)?),
                };
                let steps = numbers(2)?;
                let Some(last) = last else {
                    return Ok(0.0);
                };
                let of = |numbers: &Option<Float64Array>, row: usize, other: f64| {
                    let numbers = numbers.as_ref().filter(|it| it.is_valid(row));
                    numbers.map_or(other, |numbers| numbers.value(row))
                };
                let counts = (0..last.len())
                    .filter(|row| last.is_valid(*row))
                    .map(|row| {
                        let step = of(&steps, row, 1.0);
                        let count = (last.value(row) - of(&first, row, 0.0)) / step;
                        if count.is_finite() {
                            count.max(0.0)
                        } else {
                            0.0
                        }
                    });
                counts.sum::<f64>() * ITEM_BYTES
            }
        })
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(arguments)
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let bytes = self.bytes(&arguments.args, arguments.number_rows)?;
        if bytes > self.memory_max as f64 {
            return Err(carried(ReportError::TooLarge {
                limit: "memory of a query, sql.memory_max",
                message: format!(
                    "{}() would make more than {} bytes at once; ask it for less",
                    self.name(),
                    self.memory_max
                ),
            }));
        }
        self.inner.invoke_with_args(arguments)
    }
}
