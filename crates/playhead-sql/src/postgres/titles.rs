//! What Postgres calls columns to which a question gives no name: tools show these, and some look for
//! `count` by name.

use datafusion::sql::sqlparser::ast::{
    self, AccessExpr, Expr, Function, ObjectName, Query, SelectItem, SetExpr, Subscript,
};

/// Names of columns in their order. Nothing for those that have names of their own, and none at all
/// where `*` stands for it is not known how many.
pub(super) type Titles = Vec<Option<String>>;

/// For an expression that has no name in it.
const NO_NAME: &str = "?column?";

/// The names that a question gives none.
pub(super) fn of(statement: &ast::Statement) -> Titles {
    let ast::Statement::Query(query) = statement else {
        return Titles::new();
    };
    let mut body = &*query.body;
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::Query(query) => body = &query.body,
            // The first of them names the columns.
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return Titles::new(),
        }
    };
    let names = select.projection.iter().map(|item| match item {
        SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        | SelectItem::ExprWithAlias { .. }
        | SelectItem::ExprWithAliases { .. } => Some(None),
        SelectItem::UnnamedExpr(expr) => {
            Some(Some(name(expr).unwrap_or_else(|| NO_NAME.to_owned())))
        }
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => None,
    });
    names.collect::<Option<_>>().unwrap_or_default()
}

fn name(expr: &Expr) -> Option<String> {
    let fixed = match expr {
        Expr::Identifier(name) => return Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => return names.last().map(|name| name.value.clone()),
        Expr::Function(Function { name, .. }) => return last(name),
        Expr::Nested(inner)
        | Expr::Collate { expr: inner, .. }
        | Expr::Cast { expr: inner, .. } => return name(inner),
        Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(field) => name(field),
                AccessExpr::Subscript(Subscript::Index { .. } | Subscript::Slice { .. }) => None,
            });
            return field.or_else(|| name(root));
        }
        Expr::Subquery(query) => return first(query),
        Expr::Case { .. } => "case",
        Expr::Exists { .. } => "exists",
        Expr::Extract { .. } => "extract",
        Expr::AtTimeZone { .. } => "timezone",
        Expr::Ceil { .. } => "ceil",
        Expr::Floor { .. } => "floor",
        Expr::Position { .. } => "position",
        Expr::Substring { .. } => "substring",
        Expr::Trim { .. } => "btrim",
        Expr::Array(_) => "array",
        Expr::Interval(_) => "interval",
        _ => return None,
    };
    Some(fixed.to_owned())
}

fn last(name: &ObjectName) -> Option<String> {
    Some(name.0.last()?.as_ident()?.value.to_lowercase())
}

/// The name of the one column of a query that stands for a value.
fn first(query: &Query) -> Option<String> {
    match &*query.body {
        SetExpr::Select(select) => match select.projection.first()? {
            SelectItem::UnnamedExpr(expr) => name(expr),
            SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    #[track_caller]
    fn titles(sql: &str) -> Titles {
        of(&Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap()[0])
    }

    #[test]
    fn columns_are_called_as_postgres_calls_them() {
        for (expr, title) in [
            ("1", "?column?"),
            ("a + b", "?column?"),
            ("count(*)", "count"),
            ("pg_catalog.Lower(a)", "lower"),
            ("max(a) FILTER (WHERE b)", "max"),
            ("t.a::text", "a"),
            ("(a)", "a"),
            ("custom_metadata['plan']", "custom_metadata"),
            ("CASE WHEN a THEN 1 END", "case"),
            ("EXISTS (SELECT 1)", "exists"),
            ("(SELECT sum(a) AS b FROM t)", "b"),
        ] {
            let sql = format!("SELECT a, {expr}, {expr} AS x FROM t");
            let wanted = vec![None, Some(title.to_owned()), None];
            assert_eq!(titles(&sql), wanted, "{expr}");
        }
        assert_eq!(
            titles("SELECT 1 UNION SELECT a"),
            [Some("?column?".to_owned())]
        );
        assert!(titles("SELECT *, 1 FROM t").is_empty());
    }
}
