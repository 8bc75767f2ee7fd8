//! What may be asked: one statement, and it has to be a query.

use std::ops::ControlFlow;

use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SQLOptions;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{self, visit_statements};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use playhead_model::report::ReportError;

use crate::error::{invalid, told};

/// The one query that a text has.
///
/// # Errors
/// If it is no SQL, none, several, or something other than a query.
pub(crate) fn query(sql: &str) -> Result<Statement, ReportError> {
    let mut statements = statements(sql)?;
    if statements.len() > 1 {
        return Err(invalid(format!(
            "there are {} statements; send one at a time",
            statements.len()
        )));
    }
    let statement = statements.pop();
    let statement = statement.ok_or_else(|| invalid("there is no statement; begin with SELECT"))?;
    is_query(&statement)?;
    Ok(statement)
}

/// All statements that a text has.
///
/// # Errors
/// If it is no SQL.
pub(crate) fn statements(sql: &str) -> Result<Vec<Statement>, ReportError> {
    let parser = DFParserBuilder::new(sql)
        .with_dialect(&PostgreSqlDialect {})
        .build();
    let statements = parser.and_then(|mut parser| parser.parse_statements());
    let statements = statements.map_err(|error| told(&error, 0))?;
    Ok(statements.into())
}

/// # Errors
/// If it is something other than a query.
pub(crate) fn is_query(statement: &Statement) -> Result<(), ReportError> {
    match statement {
        Statement::Statement(statement) => {
            let found = visit_statements(&**statement, |inner| {
                if reads(inner) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(refused(inner))
                }
            });
            match found {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(error) => Err(error),
            }
        }
        Statement::Explain(explain) => is_query(&explain.statement),
        Statement::CopyTo(_) => Err(invalid(
            "COPY writes files, and SQL only reads here; `playhead export` writes files",
        )),
        Statement::CreateExternalTable(_) => Err(no("CREATE EXTERNAL TABLE")),
        Statement::Reset(_) => Err(setting("RESET")),
    }
}

/// # Errors
/// If a plan does more than read, whatever its words were.
pub(crate) fn only_reads(plan: &LogicalPlan) -> Result<(), ReportError> {
    let reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    reading
        .verify_plan(plan)
        .map_err(|_| no("a statement that makes or changes tables"))
}

fn reads(statement: &ast::Statement) -> bool {
    use ast::Statement as S;
    matches!(
        statement,
        S::Query(_)
            | S::Explain { .. }
            | S::ExplainTable { .. }
            | S::ShowTables { .. }
            | S::ShowColumns { .. }
            | S::ShowFunctions { .. }
            | S::ShowVariable { .. }
    )
}

fn refused(statement: &ast::Statement) -> ReportError {
    use ast::Statement as S;
    let text = statement.to_string();
    let word = text.split_whitespace().next().unwrap_or_default();
    match statement {
        S::Set(_) => setting(word),
        S::Copy { .. } => {
            invalid("COPY writes files, and SQL only reads here; `playhead export` writes files")
        }
        S::StartTransaction { .. } | S::Commit { .. } | S::Rollback { .. } => invalid(format!(
            "{word}: there are no transactions here; each query sees one moment"
        )),
        S::Prepare { .. } | S::Execute { .. } | S::Deallocate { .. } => invalid(format!(
            "{word}: send the query itself; nothing is kept between two requests"
        )),
        _ => no(word),
    }
}

fn no(what: &str) -> ReportError {
    invalid(format!(
        "{what} is refused: SQL only reads here; begin with SELECT, WITH, SHOW, DESCRIBE or EXPLAIN"
    ))
}

fn setting(word: &str) -> ReportError {
    invalid(format!(
        "{word} is refused: each query runs with the settings of the server (keys sql.*)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_pass() {
        for sql in [
            "SELECT 1",
            "select sid from sessions where name = 'a;b'; ",
            "WITH a AS (SELECT 1 AS x) SELECT * FROM a UNION ALL SELECT 2",
            "(SELECT 1)",
            "VALUES (1), (2)",
            "EXPLAIN SELECT 1",
            "EXPLAIN ANALYZE SELECT 1",
            "DESCRIBE sessions",
            "SHOW TABLES",
            "SHOW COLUMNS FROM sessions",
            "SELECT custom_metadata['a'] FROM sessions -- DROP TABLE x",
        ] {
            assert!(query(sql).is_ok(), "{sql}: {:?}", query(sql).err());
        }
    }

    #[test]
    fn what_changes_something_is_refused_with_its_name() {
        for (sql, word) in [
            ("INSERT INTO sessions VALUES (1)", "INSERT"),
            ("UPDATE sessions SET name = 'a'", "UPDATE"),
            ("DELETE FROM sessions", "DELETE"),
            ("TRUNCATE sessions", "TRUNCATE"),
            ("CREATE TABLE a AS SELECT 1", "CREATE"),
            ("CREATE VIEW a AS SELECT 1", "CREATE"),
            (
                "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION '/etc/passwd'",
                "CREATE",
            ),
            ("CREATE FUNCTION f() RETURNS INT RETURN 1", "CREATE"),
            ("DROP TABLE sessions", "DROP"),
            ("ALTER TABLE sessions ADD COLUMN a INT", "ALTER"),
            ("COPY sessions TO '/tmp/a.parquet'", "COPY"),
            ("COPY (SELECT 1) TO '/tmp/a.csv'", "COPY"),
            ("SET datafusion.execution.target_partitions = 64", "SET"),
            ("RESET datafusion.execution.batch_size", "RESET"),
            ("BEGIN", "BEGIN"),
            ("COMMIT", "COMMIT"),
            ("PREPARE a AS SELECT 1", "PREPARE"),
            ("EXPLAIN INSERT INTO sessions VALUES (1)", "INSERT"),
            ("EXPLAIN ANALYZE DELETE FROM sessions", "DELETE"),
            (
                "WITH a AS (INSERT INTO sessions VALUES (1) RETURNING 1) SELECT * FROM a",
                "INSERT",
            ),
            ("GRANT SELECT ON sessions TO a", "GRANT"),
        ] {
            let error = query(sql).unwrap_err().to_string();
            assert!(error.contains(word), "{sql}: {error}");
        }
    }

    #[test]
    fn one_statement_at_a_time() {
        let error = query("SELECT 1; DROP TABLE sessions").unwrap_err();
        assert!(error.to_string().contains("2 statements"), "{error}");
        for nothing in ["", " ; ", "-- a remark"] {
            let error = query(nothing).unwrap_err();
            assert!(
                error.to_string().contains("no statement"),
                "{nothing}: {error}"
            );
        }
    }

    #[test]
    fn nonsense_says_where() {
        let error = query("SELECT * FORM sessions").unwrap_err().to_string();
        assert!(error.contains("Column"), "{error}");
        let deep = format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(query(&deep).is_err());
    }
}
