//! The tables of a moment, as DataFusion asks for them.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNode as _;
use datafusion::common::{DFSchema, project_schema};
use datafusion::error::Result;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, col, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use playhead_model::catalog::Table;
use playhead_store::parts::scan;

use crate::error::carried;
use crate::present::{Present, open_schema};
use crate::prune::Pruner;
use crate::read::{Filter, Piece, Pieces};

/// Sessions in memory that are made into one batch.
const ROWS_AT_ONCE: usize = 4_096;

/// A table of closed sessions, or the open ones.
#[derive(Debug)]
pub(crate) struct PresentTable {
    table: Table,
    is_open: bool,
    schema: SchemaRef,
    present: Arc<Present>,
}

impl PresentTable {
    /// A table of closed sessions.
    pub(crate) fn closed(table: Table, present: Arc<Present>) -> Self {
        Self {
            table,
            is_open: false,
            schema: scan::schema(table),
            present,
        }
    }

    /// The open sessions.
    pub(crate) fn open(present: Arc<Present>) -> Self {
        Self {
            table: Table::Sessions,
            is_open: true,
            schema: open_schema(),
            present,
        }
    }

    fn filter(&self, state: &dyn Session, filters: &[Expr]) -> Result<Option<Filter>> {
        // What closed while the open sessions were taken was among them.
        let closed_by = self.present.moment.open_at.filter(|_| !self.is_open);
        let closed_by = closed_by.map(|position| col("close_position").lt_eq(lit(position)));
        let all = filters.iter().cloned().chain(closed_by);
        let Some(filter) = conjunction(all) else {
            return Ok(None);
        };
        let used = filter.column_refs();
        let fields = self.schema.fields().iter();
        let fields = fields.filter(|field| used.iter().any(|it| it.name() == field.name()));
        let columns = Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()));
        let known = DFSchema::try_from(columns.clone())?;
        Ok(Some(Filter {
            columns,
            expression: state.create_physical_expr(filter, &known)?,
        }))
    }

    /// Where there may be rows.
    fn pieces(&self, filter: Option<&Filter>) -> Result<Vec<Piece>> {
        if self.is_open {
            return Ok(self.present.open.iter().cloned().map(Piece::Open).collect());
        }
        let moment = &self.present.moment;
        let pruner = filter.and_then(|it| Pruner::new(&it.expression, &it.columns));
        let parts = moment.parts.iter();
        let mut parts: Vec<_> = parts.filter(|it| it.facts.table == self.table).collect();
        if let Some(pruner) = &pruner {
            parts = pruner.parts(parts)?;
        }
        let mut pieces = Vec::new();
        for part in parts {
            let footer = self.present.footers.of(part);
            let footer = footer.map_err(|error| carried(crate::read::of_store(&error)))?;
            let groups = match &pruner {
                Some(pruner) => pruner.groups(part, &footer)?,
                None => (0..footer.groups()).collect(),
            };
            let groups = groups.into_iter();
            pieces.extend(groups.map(|it| Piece::Group(part.clone(), footer.clone(), it)));
        }
        let rows = moment.rows.chunks(ROWS_AT_ONCE);
        pieces.extend(rows.map(|rows| Piece::Rows(rows.to_vec())));
        if self.table == Table::Events && !moment.late.is_empty() {
            pieces.push(Piece::Late(moment.late.clone()));
        }
        Ok(pieces)
    }
}

#[async_trait]
impl TableProvider for PresentTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let supports = |filter: &&Expr| match is_plain(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(supports).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = project_schema(&self.schema, projection)?;
        let filter = self.filter(state, filters)?;
        let pieces = self.pieces(filter.as_ref())?;
        let threads = state
            .config()
            .target_partitions()
            .clamp(1, pieces.len().max(1));
        let mut shares = vec![Vec::new(); threads];
        for (number, piece) in pieces.into_iter().enumerate() {
            shares[number % threads].push(piece);
        }
        let shares = shares.into_iter().map(|pieces| {
            Arc::new(Pieces {
                table: self.table,
                columns: columns.clone(),
                filter: filter.clone(),
                pieces,
                _present: self.present.clone(),
            }) as Arc<dyn PartitionStream>
        });
        let shares = shares.collect();
        let plan = StreamingTableExec::try_new(columns, shares, None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// Whether a filter can be told from the columns of one row alone.
fn is_plain(filter: &Expr) -> bool {
    let beyond = filter.exists(|part| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_)
        ))
    });
    !beyond.unwrap_or(true) && !filter.is_volatile()
}
