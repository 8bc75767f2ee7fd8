//! Functions of Postgres that clients call when they look around.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::tables;
use crate::catalog::{CATALOG, SCHEMA};

/// All of them.
pub(crate) fn functions() -> Vec<Arc<ScalarUDF>> {
    static ALL: LazyLock<Vec<Arc<ScalarUDF>>> = LazyLock::new(|| {
        let all = functions_of_postgres().into_iter();
        all.map(|(name, what)| Arc::new(ScalarUDF::new_from_impl(Function::new(name, what))))
            .collect()
    });
    ALL.clone()
}

fn functions_of_postgres() -> Vec<(&'static str, What)> {
    let text = |text: &str| What::Is(ScalarValue::Utf8(Some(text.to_owned())));
    let yes = What::Is(ScalarValue::Boolean(Some(true)));
    let no = What::Is(ScalarValue::Boolean(Some(false)));
    let nothing = What::Is(ScalarValue::Utf8(None));
    let number = |number| What::Is(ScalarValue::Int64(number));
    vec![
        ("col_description", nothing.clone()),
        ("current_catalog", text(CATALOG)),
        ("current_database", text(CATALOG)),
        ("current_schema", text(SCHEMA)),
        ("current_setting", What::Setting),
        ("current_user", text(CATALOG)),
        ("format_type", What::TypeName),
        ("has_any_column_privilege", yes.clone()),
        ("has_database_privilege", yes.clone()),
        ("has_schema_privilege", yes.clone()),
        ("has_table_privilege", yes.clone()),
        ("obj_description", nothing.clone()),
        ("pg_backend_pid", number(Some(1))),
        ("pg_database_size", number(None)),
        ("pg_encoding_to_char", text("UTF8")),
        ("pg_function_is_visible", yes.clone()),
        ("pg_get_constraintdef", nothing.clone()),
        ("pg_get_expr", nothing.clone()),
        ("pg_get_function_arguments", nothing.clone()),
        ("pg_get_function_result", nothing.clone()),
        ("pg_get_indexdef", nothing.clone()),
        ("pg_get_partkeydef", nothing.clone()),
        ("pg_get_statisticsobjdef_columns", nothing.clone()),
        ("pg_get_userbyid", text(CATALOG)),
        ("pg_get_viewdef", nothing.clone()),
        ("pg_is_in_recovery", no.clone()),
        ("pg_relation_is_publishable", no),
        ("pg_relation_size", number(None)),
        ("pg_size_pretty", nothing.clone()),
        ("pg_table_is_visible", yes.clone()),
        ("pg_table_size", number(None)),
        ("pg_tablespace_location", nothing.clone()),
        ("pg_total_relation_size", number(None)),
        ("pg_type_is_visible", yes),
        ("quote_ident", What::Quoted),
        ("session_user", text(CATALOG)),
        ("shobj_description", nothing),
        ("to_regclass", What::TableId),
        ("version", text("PostgreSQL 16.0 (playhead)")),
    ]
}

/// What a function answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum What {
    /// Always this.
    Is(ScalarValue),
    /// The name of a type by its id.
    TypeName,
    /// The id of the table that its argument names.
    TableId,
    /// Its argument, as an identifier.
    Quoted,
    /// The value of a parameter.
    Setting,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    name: &'static str,
    what: What,
    signature: Signature,
}

impl Function {
    fn new(name: &'static str, what: What) -> Self {
        let arguments = vec![
            datafusion::logical_expr::TypeSignature::Nullary,
            datafusion::logical_expr::TypeSignature::VariadicAny,
        ];
        Self {
            name,
            what,
            signature: Signature::one_of(arguments, Volatility::Stable),
        }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match &self.what {
            What::Is(value) => value.data_type(),
            What::TableId => DataType::Int64,
            _ => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let first = |kind: &DataType| -> Result<_> {
            let Some(first) = arguments.args.first() else {
                return Ok(datafusion::arrow::array::new_null_array(
                    kind,
                    arguments.number_rows,
                ));
            };
            let array = first.clone().into_array(arguments.number_rows)?;
            Ok(cast(&array, kind)?)
        };
        let texts: StringArray = match &self.what {
            What::Is(value) => return Ok(ColumnarValue::Scalar(value.clone())),
            What::TableId => {
                let names = first(&DataType::Utf8)?;
                let names = names.as_string::<i32>().iter();
                let ids: Int64Array = names.map(|name| super::table_id(name?)).collect();
                return Ok(ColumnarValue::Array(Arc::new(ids)));
            }
            What::TypeName => {
                let oids = first(&DataType::Int64)?;
                let oids = oids.as_primitive::<Int64Type>().iter();
                oids.map(|oid| oid.map(|oid| tables::title(oid).unwrap_or("text")))
                    .collect()
            }
            What::Quoted => {
                let names = first(&DataType::Utf8)?;
                let names = names.as_string::<i32>();
                let rows = 0..names.len();
                rows.map(|row| names.is_valid(row).then(|| quoted(names.value(row))))
                    .collect()
            }
            What::Setting => {
                let names = first(&DataType::Utf8)?;
                let names = names.as_string::<i32>().iter();
                names
                    .map(|name| crate::postgres::setting(&name?.to_lowercase()))
                    .collect()
            }
        };
        Ok(ColumnarValue::Array(Arc::new(texts)))
    }
}

/// A name as SQL needs it.
fn quoted(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let begins_plain = name.starts_with(|first: char| !first.is_ascii_digit());
    if begins_plain && name.bytes().all(is_plain) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}
