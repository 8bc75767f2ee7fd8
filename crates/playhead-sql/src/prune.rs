//! Which parts and row groups may have rows that pass a filter.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{Column, ScalarValue};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::{
    PruningPredicate, PruningPredicateBuilder, PruningStatistics,
};
use playhead_store::parts::{Footer, Part, PartFacts};

/// A filter as a question to the bounds of columns.
pub(crate) struct Pruner {
    predicate: Arc<PruningPredicate>,
    schema: SchemaRef,
}

impl Pruner {
    /// Nothing if bounds never decide.
    pub(crate) fn new(filter: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> Option<Self> {
        let builder = PruningPredicateBuilder::new().with_file_schema(schema.clone());
        Some(Self {
            predicate: builder.build(filter.clone())?,
            schema: schema.clone(),
        })
    }

    /// Those of some parts that may have rows, by what the manifest says of them.
    ///
    /// # Errors
    /// If a bound cannot be compared.
    pub(crate) fn parts<'a>(&self, parts: Vec<&'a Arc<Part>>) -> Result<Vec<&'a Arc<Part>>> {
        let kept = self.predicate.prune(&Parts(&parts))?;
        let kept = parts.into_iter().zip(kept).filter(|(_, kept)| *kept);
        Ok(kept.map(|(part, _)| part).collect())
    }

    /// The row groups of a part that may have rows.
    ///
    /// # Errors
    /// If a bound cannot be compared.
    pub(crate) fn groups(&self, part: &Part, footer: &Footer) -> Result<Vec<usize>> {
        let groups = Groups {
            facts: &part.facts,
            footer,
            schema: &self.schema,
        };
        let kept = self.predicate.prune(&groups)?;
        let kept = kept.into_iter().enumerate().filter(|(_, kept)| *kept);
        Ok(kept.map(|(group, _)| group).collect())
    }
}

struct Parts<'a>(&'a [&'a Arc<Part>]);

impl Parts<'_> {
    fn bounds(&self, column: &Column, pick: fn((i64, i64)) -> i64) -> Option<ArrayRef> {
        let facts = self.0.iter().map(|part| &part.facts);
        let numbers = |range: fn(&PartFacts) -> (i64, i64)| {
            let values = facts.clone().map(|facts| pick(range(facts)));
            Arc::new(Int64Array::from_iter_values(values)) as ArrayRef
        };
        Some(match column.name() {
            "report_suite" => Arc::new(StringViewArray::from_iter_values(
                facts.map(|facts| facts.suite.as_str()),
            )),
            "day" => Arc::new(Date32Array::from_iter_values(facts.map(|it| it.day.0))),
            "close_position" => numbers(|facts| facts.positions),
            // A session ends no earlier than it starts.
            "start_ts" | "end_ts" | "ts" => numbers(|facts| facts.client),
            _ => return None,
        })
    }
}

impl PruningStatistics for Parts<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |range| range.0)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |range| range.1)
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

struct Groups<'a> {
    facts: &'a PartFacts,
    footer: &'a Footer,
    schema: &'a SchemaRef,
}

impl Groups<'_> {
    fn bounds(&self, column: &Column, is_max: bool) -> Option<ArrayRef> {
        let name = column.name();
        let groups = 0..self.footer.groups();
        let field = self.schema.field_with_name(name).ok()?;
        Some(match field.data_type() {
            DataType::Int64 => {
                let range = |group| self.footer.range(group, name);
                let bound = |(least, most)| if is_max { most } else { least };
                let bounds = groups.map(|group| range(group).map(bound));
                Arc::new(bounds.collect::<Int64Array>())
            }
            DataType::Utf8View => {
                let texts = |group| self.footer.texts(group, name);
                let bounds = groups.map(|group| {
                    let (least, most) = texts(group)?;
                    Some(if is_max { most } else { least })
                });
                Arc::new(bounds.collect::<StringViewArray>())
            }
            DataType::Date32 if name == "day" => {
                let days = groups.map(|_| self.facts.day.0);
                Arc::new(Date32Array::from_iter_values(days))
            }
            _ => return None,
        })
    }
}

impl PruningStatistics for Groups<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, false)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, true)
    }

    fn num_containers(&self) -> usize {
        self.footer.groups()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
