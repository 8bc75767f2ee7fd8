//! Questions to the catalogue of Postgres, made such that they can be planned: psql and drivers ask
//! them with what only Postgres has.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    self, Expr, JoinOperator, ObjectName, SelectItem, SetExpr, TableFactor, TableWithJoins, Visit,
    VisitMut, Visitor, VisitorMut,
};

use super::statement::{called, each_select, null};
use crate::pg_catalog;

/// Changes a statement that reads the catalogue, and no other.
pub(super) fn simplify(statement: &mut ast::Statement) {
    if reads_catalogue(statement) {
        // Nothing breaks this walk off.
        let _walked: ControlFlow<()> = statement.visit(&mut Simpler);
    }
}

fn reads_catalogue(statement: &ast::Statement) -> bool {
    let found = ast::visit_relations(statement, |name| match last(name) {
        Some(name) if pg_catalog::has(name) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

fn last(name: &ObjectName) -> Option<&str> {
    let last = name.0.last()?.as_ident()?;
    Some(&last.value)
}

/// Queries that stand for one value are made such that they can't have more, which they have not in
/// Postgres; and no list has anything, since all that Postgres keeps in lists is not here.
struct Simpler;

impl VisitorMut for Simpler {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<()> {
        each_select(&mut query.body, &mut |select| {
            if finds_nothing(select) {
                forget_columns(select);
            }
        });
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::AnyOp { right, .. } = expr
            && matches!(**right, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            *expr = Expr::Value(ast::Value::Boolean(false).into());
        }
        let Expr::Subquery(query) = expr else {
            return ControlFlow::Continue(());
        };
        let SetExpr::Select(select) = &mut *query.body else {
            return ControlFlow::Continue(());
        };
        let [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }] =
            &mut select.projection[..]
        else {
            return ControlFlow::Continue(());
        };
        let aggregated = aggregates(value);
        if !aggregated {
            *value = called("max", std::mem::replace(value, null()));
        }
        if finds_nothing(select) && !(aggregated && counts(select)) {
            *expr = null();
        }
        ControlFlow::Continue(())
    }
}

/// Whether a query reads a table of which there is nothing here, and no other's rows without it.
fn finds_nothing(select: &ast::Select) -> bool {
    let has_none = |from: &TableWithJoins| match &from.relation {
        TableFactor::Table { name, .. } => {
            last(name).is_some_and(pg_catalog::is_empty)
                && !from.joins.iter().any(|join| keeps(&join.join_operator))
        }
        _ => false,
    };
    select.from.iter().any(has_none)
}

/// Whether a join keeps rows of its right side for which there is none on its left.
fn keeps(join: &JoinOperator) -> bool {
    use JoinOperator as J;
    matches!(
        join,
        J::Right(_) | J::RightOuter(_) | J::FullOuter(_) | J::RightAnti(_)
    )
}

/// Has a query that finds nothing compute nothing: how it would does not matter, and may be what only
/// Postgres can. One that makes a row of any number of them, or of none, does so all the same.
fn forget_columns(select: &mut ast::Select) {
    if select.having.is_some() || columns(select).any(aggregates) {
        return;
    }
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item
            && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            *expr = null();
        }
    }
}

fn columns(select: &ast::Select) -> impl Iterator<Item = &Expr> {
    select.projection.iter().filter_map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    })
}

fn aggregates(expr: &Expr) -> bool {
    let all = [
        "array_agg",
        "bool_and",
        "bool_or",
        "count",
        "max",
        "min",
        "string_agg",
        "sum",
    ];
    calls(expr, &all)
}

/// Whether a query has a value of its own where it finds nothing.
fn counts(select: &ast::Select) -> bool {
    columns(select).any(|expr| calls(expr, &["count", "coalesce"]))
}

/// Whether an expression itself, not a query in it, calls one of these over all rows.
fn calls(expr: &Expr, names: &[&str]) -> bool {
    let mut calls = Calls { names, depth: 0 };
    expr.visit(&mut calls).is_break()
}

struct Calls<'a> {
    names: &'a [&'a str],
    /// In how many queries that stand in the expression.
    depth: usize,
}

impl Visitor for Calls<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &ast::Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &ast::Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Function(function) if self.depth == 0 && function.over.is_none() => {
                let is_named = last(&function.name)
                    .is_some_and(|name| self.names.iter().any(|it| name.eq_ignore_ascii_case(it)));
                if is_named {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    #[track_caller]
    fn simplified(sql: &str) -> String {
        let mut statement = Parser::parse_sql(&PostgreSqlDialect {}, sql)
            .unwrap()
            .remove(0);
        simplify(&mut statement);
        statement.to_string()
    }

    #[test]
    fn where_nothing_is_found_nothing_is_computed() {
        assert_eq!(
            simplified(
                "SELECT polname, only_there(polqual) FROM pg_policy LEFT JOIN pg_class ON true \
                 UNION SELECT relname, only_there(oid) FROM pg_class"
            ),
            "SELECT polname, NULL FROM pg_policy LEFT JOIN pg_class ON true \
             UNION SELECT relname, only_there(oid) FROM pg_class"
        );
        assert_eq!(
            simplified(
                "SELECT CASE WHEN a THEN (SELECT count(*) FROM pg_class) END FROM pg_policy"
            ),
            "SELECT NULL FROM pg_policy"
        );
    }

    #[test]
    fn what_answers_a_row_of_nothing_is_computed() {
        for sql in [
            "SELECT count(*) FROM pg_policy",
            "SELECT count(*) > 0 AS any FROM pg_policy",
            "SELECT 1 FROM pg_policy HAVING count(*) = 0",
            "SELECT (SELECT count(*) + 1 FROM pg_policy) FROM pg_class",
            "SELECT upper(relname) FROM pg_policy RIGHT JOIN pg_class ON polrelid = oid",
            "SELECT upper(relname) FROM pg_policy FULL JOIN pg_class ON polrelid = oid",
            "SELECT count(*) > 0 FROM sessions",
        ] {
            assert_eq!(simplified(sql), sql);
        }
    }

    #[test]
    fn what_stands_for_a_value_has_one() {
        assert_eq!(
            simplified(
                "SELECT (SELECT relname FROM pg_class), (SELECT coalesce(polname, '') FROM pg_policy)"
            ),
            "SELECT (SELECT max(relname) FROM pg_class), NULL"
        );
    }
}
