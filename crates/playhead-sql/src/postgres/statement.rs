//! What a client of Postgres says: questions, and words about its session, which are taken and
//! mean nothing here.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    self, BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentList, FunctionArguments, Ident, ObjectName, SelectItem, SetExpr, VisitMut,
    VisitorMut,
};
use playhead_model::report::ReportError;

use super::catalogue;
use super::titles::{self, Titles};
use crate::check;

/// One statement.
#[derive(Clone, Debug)]
pub(super) enum Said {
    /// A question, and names of its columns.
    Query(Box<Statement>, Titles),
    /// `SHOW` of a parameter that Postgres has: its name and value.
    Parameter(String, String),
    Begin,
    /// `COMMIT` or `ROLLBACK`.
    End(&'static str),
    /// About the session.
    Taken(&'static str),
}

/// All statements of a text.
///
/// # Errors
/// If it is no SQL, or one of them does more than read.
pub(super) fn read(sql: &str) -> Result<Vec<Said>, ReportError> {
    let statements = check::statements(sql)?;
    statements.into_iter().map(of).collect()
}

fn of(statement: Statement) -> Result<Said, ReportError> {
    use ast::Statement as S;
    let said = match &statement {
        Statement::Statement(inner) => match &**inner {
            S::Set(_) => Said::Taken("SET"),
            S::Discard { .. } => Said::Taken("DISCARD"),
            S::Deallocate { .. } => Said::Taken("DEALLOCATE"),
            S::StartTransaction { .. } => Said::Begin,
            S::Commit { .. } => Said::End("COMMIT"),
            S::Rollback { .. } => Said::End("ROLLBACK"),
            S::ShowVariable { variable } => {
                let words: Vec<String> = variable.iter().map(|word| word.value.clone()).collect();
                let name = words.join(" ").to_lowercase();
                match parameter(&name) {
                    Some(value) => Said::Parameter(name.replace(' ', "_"), value.to_owned()),
                    None => return question(statement),
                }
            }
            _ => return question(statement),
        },
        Statement::Reset(_) => Said::Taken("RESET"),
        _ => return question(statement),
    };
    Ok(said)
}

fn question(statement: Statement) -> Result<Said, ReportError> {
    check::is_query(&statement)?;
    let Statement::Statement(mut inner) = statement else {
        return Ok(Said::Query(Box::new(statement), Titles::default()));
    };
    let titles = titles::of(&inner);
    // Nothing breaks these walks off.
    let _walked: ControlFlow<()> = inner.visit(&mut Plainer);
    catalogue::simplify(&mut inner);
    let _walked: ControlFlow<()> = inner.visit(&mut Names);
    Ok(Said::Query(Box::new(Statement::Statement(inner)), titles))
}

/// What clients ask for when they connect.
pub(super) fn parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "server_version" => super::door::VERSION,
        "server_version_num" => "160000",
        "transaction isolation level" | "transaction_isolation" => "repeatable read",
        "standard_conforming_strings"
        | "transaction_read_only"
        | "default_transaction_read_only" => "on",
        "client_encoding" | "server_encoding" => "UTF8",
        "search_path" => "public",
        "timezone" | "time zone" => "UTC",
        "datestyle" => "ISO, YMD",
        "max_identifier_length" => "63",
        _ => return None,
    })
}

/// Takes out what only Postgres needs: `pg_catalog.` before functions, operators and types.
struct Plainer;

impl VisitorMut for Plainer {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) => {
                let is_theirs = unqualify(&mut function.name);
                // Lists in the catalogue are lists of what is not here.
                if is_theirs && function.name.to_string() == "array_to_string" {
                    *expr = null();
                } else if let FunctionArguments::Subquery(_) = function.args
                    && function.name.to_string().eq_ignore_ascii_case("array")
                {
                    *expr = null();
                }
            }
            Expr::Collate { expr: inner, .. } => {
                *expr = std::mem::replace(inner, null());
                return self.pre_visit_expr(expr);
            }
            Expr::BinaryOp { op, .. } => {
                if let BinaryOperator::PGCustomBinaryOperator(words) = op {
                    match words.last().map(String::as_str) {
                        Some("~") => *op = BinaryOperator::PGRegexMatch,
                        Some("!~") => *op = BinaryOperator::PGRegexNotMatch,
                        Some("~*") => *op = BinaryOperator::PGRegexIMatch,
                        Some("=") => *op = BinaryOperator::Eq,
                        Some("<>") => *op = BinaryOperator::NotEq,
                        _ => {}
                    }
                }
            }
            Expr::Cast {
                data_type,
                expr: inner,
                ..
            } => {
                if let Some(name) = custom(data_type) {
                    match name.as_str() {
                        "text" | "name" | "char" | "information_schema.sql_identifier" => {
                            *data_type = DataType::Text;
                        }
                        "oid" | "int8" => *data_type = DataType::BigInt(None),
                        "regclass" if is_text(inner) => *expr = table_id(inner),
                        // An object by its name, or a name by its object: told as it is.
                        _ => *expr = std::mem::replace(inner, null()),
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn null() -> Expr {
    Expr::Value(ast::Value::Null.into())
}

/// The name of a type that is Postgres's own.
fn custom(kind: &DataType) -> Option<String> {
    let name = match kind {
        DataType::Custom(name, _) => name.to_string(),
        DataType::Regclass => "regclass".to_owned(),
        _ => return None,
    };
    let name = name.to_lowercase().replace('"', "");
    Some(
        name.strip_prefix("pg_catalog.")
            .map_or(name.clone(), str::to_owned),
    )
}

/// Answers whether the name had the schema of Postgres's own.
fn unqualify(name: &mut ObjectName) -> bool {
    let is_theirs = name.0.len() == 2
        && name.0[0]
            .as_ident()
            .is_some_and(|schema| schema.value.eq_ignore_ascii_case("pg_catalog"));
    if is_theirs {
        name.0.remove(0);
    }
    is_theirs
}

/// Whether an expression is a text that names something.
fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => matches!(
            value.value,
            ast::Value::SingleQuotedString(_) | ast::Value::Placeholder(_)
        ),
        _ => false,
    }
}

/// The id of the table that a text names.
fn table_id(name: &Expr) -> Expr {
    called("to_regclass", name.clone())
}

pub(super) fn called(name: &str, argument: Expr) -> Expr {
    let argument = FunctionArg::Unnamed(FunctionArgExpr::Expr(argument));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![argument],
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// The parts of a query between `UNION` and its like.
pub(super) fn each_select(body: &mut SetExpr, act: &mut impl FnMut(&mut ast::Select)) {
    match body {
        SetExpr::Select(select) => act(select),
        SetExpr::SetOperation { left, right, .. } => {
            each_select(left, act);
            each_select(right, act);
        }
        _ => {}
    }
}

/// Gives each column without a name that repeats one before it a name of its own: Postgres answers
/// both, and the planner takes no two that are the same.
struct Names;

impl VisitorMut for Names {
    type Break = ();

    fn post_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<()> {
        each_select(&mut query.body, &mut name_repeated);
        ControlFlow::Continue(())
    }
}

fn name_repeated(select: &mut ast::Select) {
    let mut seen = HashSet::new();
    for (place, item) in (1..).zip(&mut select.projection) {
        if let SelectItem::UnnamedExpr(expr) = item
            && !seen.insert(expr.to_string())
        {
            *item = SelectItem::ExprWithAlias {
                expr: std::mem::replace(expr, null()),
                alias: Ident::new(format!("column{place}")),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_the_session_are_taken_and_writing_is_not() {
        let said = read("SET a = 1; BEGIN; SHOW server_version; SELECT 1; COMMIT").unwrap();
        assert!(matches!(
            said[..],
            [
                Said::Taken("SET"),
                Said::Begin,
                Said::Parameter(..),
                Said::Query(..),
                Said::End("COMMIT"),
            ]
        ));
        assert!(read("INSERT INTO sessions VALUES (1)").is_err());
        assert!(read("BEGIN; DROP TABLE sessions").is_err());
    }

    #[test]
    fn what_only_postgres_needs_is_taken_out() {
        let said = read(
            "SELECT pg_catalog.pg_table_is_visible(c.oid), c.oid::pg_catalog.regclass FROM pg_class AS c \
             WHERE c.relname OPERATOR(pg_catalog.~) '^(a)$' COLLATE pg_catalog.default",
        );
        let Said::Query(query, _) = &said.unwrap()[0] else {
            panic!("no query");
        };
        assert_eq!(
            query.to_string(),
            "SELECT pg_table_is_visible(c.oid), c.oid FROM pg_class AS c WHERE c.relname ~ '^(a)$'"
        );
    }

    #[test]
    fn a_column_that_is_asked_for_twice_is_answered_twice() {
        let said = read("SELECT a, NULL, NULL FROM t UNION (SELECT a, count(*), count(*) FROM t)");
        let Said::Query(query, _) = &said.unwrap()[0] else {
            panic!("no query");
        };
        assert_eq!(
            query.to_string(),
            "SELECT a, NULL, NULL AS column3 FROM t UNION (SELECT a, count(*), count(*) AS column3 FROM t)"
        );
    }
}
