//! What each table of the catalogue has.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::TableType;

use super::{
    DATABASE, FIRST_TABLE, OWNER, SCHEMA_OF_CATALOG, SCHEMA_OF_TABLES, TABLESPACE, Value, columns,
};
use crate::catalog::{CATALOG, Tables};

/// Types that columns have: id, name, length, category, id of an array of it.
const TYPES: &[(i64, &str, i64, &str, i64)] = &[
    (16, "bool", 1, "B", 1_000),
    (17, "bytea", -1, "U", 1_001),
    (20, "int8", 8, "N", 1_016),
    (21, "int2", 2, "N", 1_005),
    (23, "int4", 4, "N", 1_007),
    (25, "text", -1, "S", 1_009),
    (26, "oid", 4, "N", 1_028),
    (114, "json", -1, "U", 199),
    (700, "float4", 4, "N", 1_021),
    (701, "float8", 8, "N", 1_022),
    (1_043, "varchar", -1, "S", 1_015),
    (1_082, "date", 4, "D", 1_182),
    (1_114, "timestamp", 8, "D", 1_115),
    (1_184, "timestamptz", 8, "D", 1_185),
    (1_700, "numeric", -1, "N", 1_231),
];

/// The name that people know a type by.
pub(super) fn title(oid: i64) -> Option<&'static str> {
    let found = TYPES.iter().find(|(known, ..)| *known == oid);
    found.map(|(_, name, ..)| match *name {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "varchar" => "character varying",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        name => name,
    })
}

/// The columns and rows of a table.
pub(super) fn table(name: &str, tables: &Tables) -> Option<(Vec<&'static str>, Vec<Vec<Value>>)> {
    let columns = columns::of(name)?;
    let named = rows(name, tables);
    let rows = named.into_iter().map(|row| {
        let value = |column: &&str| {
            let name = column.split(':').next();
            let found = row.iter().find(|(known, _)| Some(*known) == name);
            found.map_or_else(|| default(column), |(_, value)| value.clone())
        };
        columns.iter().map(value).collect()
    });
    let rows = rows.collect();
    Some((columns, rows))
}

/// What a column has where a row says nothing.
fn default(column: &str) -> Value {
    match column {
        "relpersistence" => "p".into(),
        "relreplident" => "n".into(),
        "attidentity" | "attgenerated" | "attcompression" => "".into(),
        "atttypmod:i" | "reltuples:i" | "typtypmod:i" | "datconnlimit:i" | "rolconnlimit:i" => {
            (-1).into()
        }
        _ if column.ends_with(":b") => false.into(),
        _ if column.ends_with(":i") => 0.into(),
        _ => Value::Null,
    }
}

type Row = Vec<(&'static str, Value)>;

fn rows(name: &str, tables: &Tables) -> Vec<Row> {
    let all = tables.all();
    match name {
        "pg_namespace" => [
            (SCHEMA_OF_CATALOG, super::SCHEMA),
            (SCHEMA_OF_TABLES, "public"),
        ]
        .map(|(oid, name)| {
            vec![
                ("oid", oid.into()),
                ("nspname", name.into()),
                ("nspowner", OWNER.into()),
            ]
        })
        .to_vec(),
        "pg_class" => (FIRST_TABLE..)
            .zip(&all)
            .map(|(oid, (name, table))| {
                let kind = if table.table_type() == TableType::View {
                    "v"
                } else {
                    "r"
                };
                let count = i64::try_from(table.schema().fields().len()).unwrap_or(0);
                vec![
                    ("oid", oid.into()),
                    ("relname", (*name).into()),
                    ("relnamespace", SCHEMA_OF_TABLES.into()),
                    ("relkind", kind.into()),
                    ("relowner", OWNER.into()),
                    ("relnatts", count.into()),
                ]
            })
            .collect(),
        "pg_attribute" => {
            let mut rows = Vec::new();
            for (oid, (_, table)) in (FIRST_TABLE..).zip(&all) {
                for (number, field) in (1_i64..).zip(table.schema().fields()) {
                    let kind = type_of(field.data_type());
                    rows.push(vec![
                        ("attrelid", oid.into()),
                        ("attname", field.name().as_str().into()),
                        ("atttypid", kind.0.into()),
                        ("attlen", kind.2.into()),
                        ("attnum", number.into()),
                        ("attnotnull", (!field.is_nullable()).into()),
                        ("attislocal", true.into()),
                    ]);
                }
            }
            rows
        }
        "pg_type" => TYPES
            .iter()
            .map(|(oid, name, length, category, array)| {
                vec![
                    ("oid", (*oid).into()),
                    ("typname", (*name).into()),
                    ("typnamespace", SCHEMA_OF_CATALOG.into()),
                    ("typlen", (*length).into()),
                    ("typtype", "b".into()),
                    ("typcategory", (*category).into()),
                    ("typarray", (*array).into()),
                    ("typdelim", ",".into()),
                    ("typowner", OWNER.into()),
                ]
            })
            .collect(),
        "pg_database" => vec![vec![
            ("oid", DATABASE.into()),
            ("datname", CATALOG.into()),
            ("datdba", OWNER.into()),
            ("encoding", 6.into()),
            ("datcollate", "C".into()),
            ("datctype", "C".into()),
            ("datlocprovider", "c".into()),
            ("datallowconn", true.into()),
            ("dattablespace", TABLESPACE.into()),
        ]],
        "pg_roles" => vec![vec![
            ("oid", OWNER.into()),
            ("rolname", CATALOG.into()),
            ("rolcanlogin", true.into()),
            ("rolinherit", true.into()),
        ]],
        "pg_tablespace" => vec![vec![
            ("oid", TABLESPACE.into()),
            ("spcname", "pg_default".into()),
            ("spcowner", OWNER.into()),
        ]],
        "pg_user" => vec![vec![
            ("usesysid", OWNER.into()),
            ("usename", CATALOG.into()),
        ]],
        "pg_tables" | "pg_views" => {
            let wanted = if name == "pg_views" {
                TableType::View
            } else {
                TableType::Base
            };
            let all = all.iter().filter(|(_, table)| table.table_type() == wanted);
            all.map(|(name, table)| {
                vec![
                    ("schemaname", "public".into()),
                    ("tablename", (*name).into()),
                    ("viewname", (*name).into()),
                    ("tableowner", CATALOG.into()),
                    ("viewowner", CATALOG.into()),
                    (
                        "definition",
                        table.get_table_definition().unwrap_or("").into(),
                    ),
                ]
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

/// The type of a column, as it goes over the wire.
fn type_of(kind: &DataType) -> &'static (i64, &'static str, i64, &'static str, i64) {
    let oid = i64::from(crate::postgres::type_oid(kind));
    let found = TYPES.iter().find(|(known, ..)| *known == oid);
    found.unwrap_or(&TYPES[5])
}
