//! From text to a plan.

use std::sync::{Arc, LazyLock};

use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::config::Dialect;
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, LogicalPlan, ScalarUDF, WindowUDF};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast;
use playhead_engine::columnar::Sessions;
use playhead_model::report::ReportError;

use crate::bounded::bounded;
use crate::catalog::{CATALOG, OPEN_SESSIONS, SCHEMA, Tables};
use crate::check;
use crate::error::told;
use crate::footers::Footers;
use crate::pg_catalog;
use crate::present::Present;
use crate::run::Limits;
use crate::views::{self, OF_OPEN_SESSIONS, VIEWS};

/// A plan, and what it is carried out in.
pub(crate) struct Planned {
    pub(crate) state: SessionState,
    pub(crate) plan: LogicalPlan,
}

/// Plans a statement over what there is now.
///
/// # Errors
/// If it names what is not there, makes no sense, does more than read, or the present cannot be
/// had.
pub(crate) async fn plan(
    statement: Statement,
    sessions: &Sessions,
    footers: Arc<Footers>,
    pool: Arc<dyn MemoryPool>,
    limits: &Limits,
) -> std::result::Result<Planned, ReportError> {
    let memory_max = limits.memory_max;
    let told = |error| told(&error, memory_max);
    let named = Named::by(&statement).map_err(told)?;
    // The engine is waited for.
    let present = tokio::task::block_in_place(|| {
        Present::take(sessions, footers, named.open_sessions, &pool, memory_max)
    })?;
    let tables = Tables::new(Arc::new(present));
    let state = state(&tables, pool, limits).map_err(told)?;
    for name in named.views {
        let view = view(&state, name).await.map_err(told)?;
        tables.add_view(name, view);
    }
    let plan = state.statement_to_plan(statement).await.map_err(told)?;
    check::only_reads(&plan)?;
    Ok(Planned { state, plan })
}

/// What a statement reads.
struct Named {
    open_sessions: bool,
    views: Vec<&'static str>,
}

impl Named {
    fn by(statement: &Statement) -> Result<Self> {
        let (references, _) = resolve_table_references(statement, true)?;
        let is_catalog = |it: &TableReference| {
            it.schema().is_some_and(|name| name != SCHEMA) || pg_catalog::has(it.table())
        };
        // What lists tables lists views too.
        let is_query = matches!(
            statement,
            Statement::Statement(inner) if matches!(**inner, ast::Statement::Query(_))
        );
        let lists = !is_query || references.iter().any(is_catalog);
        let is_named = |name: &str| references.iter().any(|it| it.table() == name);
        let views = VIEWS.iter().map(|view| view.name);
        let views: Vec<_> = views.filter(|name| lists || is_named(name)).collect();
        let open = OF_OPEN_SESSIONS.iter().chain([&OPEN_SESSIONS]);
        Ok(Self {
            open_sessions: open.copied().any(is_named),
            views,
        })
    }
}

async fn view(state: &SessionState, name: &str) -> Result<Arc<dyn TableProvider>> {
    let sql = views::find(name).map_or("", |view| view.sql);
    let statement = state.sql_to_statement(sql, &Dialect::PostgreSQL)?;
    let plan = state.statement_to_plan(statement).await?;
    Ok(Arc::new(ViewTable::new(plan, Some(sql.to_owned()))))
}

static SCALARS: LazyLock<Vec<Arc<ScalarUDF>>> =
    LazyLock::new(SessionStateDefaults::default_scalar_functions);
static HIGHER: LazyLock<Vec<Arc<HigherOrderUDF>>> =
    LazyLock::new(SessionStateDefaults::default_higher_order_functions);
static AGGREGATES: LazyLock<Vec<Arc<AggregateUDF>>> =
    LazyLock::new(SessionStateDefaults::default_aggregate_functions);
static WINDOWS: LazyLock<Vec<Arc<WindowUDF>>> =
    LazyLock::new(SessionStateDefaults::default_window_functions);

/// A session that can read the tables and nothing else: no file is read or written, and nothing
/// that does not fit into memory goes to the disk.
fn state(tables: &Arc<Tables>, pool: Arc<dyn MemoryPool>, limits: &Limits) -> Result<SessionState> {
    let mut config = SessionConfig::new()
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_information_schema(true)
        .with_target_partitions(limits.threads);
    config.options_mut().sql_parser.dialect = Dialect::PostgreSQL;
    // Nothing is spilled, so nothing is kept back for it.
    config.options_mut().execution.sort_spill_reservation_bytes = 0;
    let no_disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(pool)
        .with_disk_manager_builder(no_disk)
        .build_arc()?;
    let functions = SessionStateDefaults::default_table_functions().into_iter();
    let functions = functions.map(|function| (function.name().to_owned(), function));
    let own = bounded(&SCALARS, limits.memory_max);
    let scalars = [own, pg_catalog::functions()].concat();
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_catalog_list(tables.catalogs()?)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(scalars)
        .with_higher_order_functions(HIGHER.clone())
        .with_aggregate_functions(AGGREGATES.clone())
        .with_window_functions(WINDOWS.clone())
        .with_table_functions(functions.collect())
        .build();
    Ok(state)
}
