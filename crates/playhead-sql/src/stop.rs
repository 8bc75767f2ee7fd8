//! Queries that end when they are told to.
//!
//! DataFusion looks up from its work where it reads rows of a table. A join makes so many of few
//! that it would go on for hours between two of those places: here it looks up at each batch it
//! makes and, since a batch can be long in coming, each time it looks whether rows fit together.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{FieldRef, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, HashJoinExecBuilder, NestedLoopJoinExec, NestedLoopJoinExecBuilder,
};
use datafusion::physical_plan::unnest::UnnestExec;
use playhead_model::report::ReportError;

use crate::error::carried;

/// Whether the work for a query is to go on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

/// Stops the work when it is dropped.
#[derive(Debug)]
pub(crate) struct StopAtEnd(Stop);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Stop {
    pub(crate) fn at_end(&self) -> StopAtEnd {
        StopAtEnd(self.clone())
    }

    fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) {
            // Nobody hears it.
            let error = ReportError::Unavailable("nobody waits for the query".to_owned());
            return Err(carried(error));
        }
        Ok(())
    }

    /// The same plan, which ends soon after it is told to.
    pub(crate) fn heeded_by(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        let heeding = plan.transform_up(|node| self.heeded_by_node(node))?;
        Ok(heeding.data)
    }

    fn heeded_by_node(
        &self,
        node: Arc<dyn ExecutionPlan>,
    ) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
        let node: Arc<dyn ExecutionPlan> = if let Some(join) = node.downcast_ref::<HashJoinExec>() {
            let filter = join.filter().map(|filter| self.heeded_by_filter(filter));
            HashJoinExecBuilder::from(join)
                .with_filter(filter)
                .build_exec()?
        } else if let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() {
            let filter = join.filter().map(|filter| self.heeded_by_filter(filter));
            let join = NestedLoopJoinExecBuilder::from(join).with_filter(filter);
            Arc::new(join.build()?)
        } else if node.is::<CrossJoinExec>() || node.is::<UnnestExec>() {
            node
        } else {
            return Ok(Transformed::no(node));
        };
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(node))))
    }

    fn heeded_by_filter(&self, filter: &JoinFilter) -> JoinFilter {
        let heeding = Heeding {
            inner: filter.expression().clone(),
            stop: self.clone(),
        };
        JoinFilter::new(
            Arc::new(heeding),
            filter.column_indices().to_vec(),
            filter.schema().clone(),
        )
    }
}

/// An expression that fails once its query is to stop.
#[derive(Clone, Debug)]
struct Heeding {
    inner: Arc<dyn PhysicalExpr>,
    stop: Stop,
}

impl PartialEq for Heeding {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Heeding {}

impl Hash for Heeding {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Heeding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PhysicalExpr for Heeding {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.stop.check()?;
        self.inner.evaluate(batch)
    }

    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        self.inner.return_field(input)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.into_iter().next();
        Ok(Arc::new(Self {
            inner: inner.unwrap_or_else(|| self.inner.clone()),
            stop: self.stop.clone(),
        }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}
