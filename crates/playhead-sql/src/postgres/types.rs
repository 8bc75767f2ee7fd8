//! Values on the wire, as text or in Postgres's binary forms.

use bytes::{BufMut as _, BytesMut};
use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int16Type, Int32Type, Int64Type, Schema, SchemaRef,
    TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{EncoderOptions, make_encoder};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use pgwire::api::Type;
use pgwire::api::results::{FieldFormat, FieldInfo};
use pgwire::messages::data::DataRow;
use std::sync::Arc;

use crate::output::{plain_batch, plain_schema};

/// Days and microseconds from 1970 to 2000, where Postgres begins.
const DAYS_1970: i32 = 10_957;
const MICROSECONDS_1970: i64 = 946_684_800_000_000;

/// The type that stands for a type of ours.
pub(super) fn of(kind: &DataType) -> Type {
    match kind {
        DataType::Boolean => Type::BOOL,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => Type::INT2,
        DataType::Int32 | DataType::UInt16 => Type::INT4,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Type::INT8,
        DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Type::FLOAT8,
        DataType::Date32 | DataType::Date64 => Type::DATE,
        DataType::Timestamp(_, None) => Type::TIMESTAMP,
        DataType::Timestamp(_, Some(_)) => Type::TIMESTAMPTZ,
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::Struct(_)
        | DataType::Map(..) => Type::JSON,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Type::BYTEA,
        DataType::Dictionary(_, value) => of(value),
        _ => Type::TEXT,
    }
}

/// The type of ours that a type is sent from.
fn sent_as(kind: &Type, plain: &DataType) -> DataType {
    match *kind {
        Type::INT2 => DataType::Int16,
        Type::INT4 => DataType::Int32,
        Type::INT8 => DataType::Int64,
        Type::FLOAT8 => DataType::Float64,
        Type::DATE => DataType::Date32,
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::TEXT => DataType::Utf8,
        _ => plain.clone(),
    }
}

/// What a client is told of columns.
pub(super) fn fields(
    schema: &SchemaRef,
    titles: &[Option<String>],
    format: impl Fn(usize) -> FieldFormat,
) -> Vec<FieldInfo> {
    let fields = schema.fields().iter().enumerate();
    fields
        .map(|(place, field)| {
            let kind = of(field.data_type());
            let title = titles.get(place).and_then(Option::as_ref);
            let name = title.unwrap_or(field.name()).clone();
            FieldInfo::new(name, None, None, kind, format(place))
        })
        .collect()
}

/// Rows of a batch as they go out.
///
/// # Errors
/// If a value has no form there.
pub(super) fn rows(batch: &RecordBatch, fields: &[FieldInfo]) -> Result<Vec<DataRow>, ArrowError> {
    let plain = plain_schema(&batch.schema());
    let batch = plain_batch(batch, &plain)?;
    let mut out = vec![BytesMut::new(); batch.num_rows()];
    for (place, info) in fields.iter().enumerate() {
        let wanted = sent_as(info.datatype(), batch.column(place).data_type());
        let column = if *batch.column(place).data_type() == DataType::Null {
            datafusion::arrow::array::new_null_array(&wanted, batch.num_rows())
        } else {
            cast(batch.column(place), &wanted)?
        };
        let is_binary = info.format() == FieldFormat::Binary;
        write(&column, info.datatype(), is_binary, &mut out)?;
    }
    let count = i16::try_from(fields.len()).unwrap_or(i16::MAX);
    Ok(out
        .into_iter()
        .map(|row| DataRow::new(row, count))
        .collect())
}

/// Appends each value of a column to its row.
fn write(
    column: &ArrayRef,
    kind: &Type,
    is_binary: bool,
    rows: &mut [BytesMut],
) -> Result<(), ArrowError> {
    if *kind == Type::JSON {
        return write_json(column, rows);
    }
    let options = FormatOptions::new()
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.6f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.6f%:z"))
        .with_date_format(Some("%Y-%m-%d"));
    let formatter = ArrayFormatter::try_new(column, &options)?;
    for (row, out) in rows.iter_mut().enumerate() {
        if column.is_null(row) {
            out.put_i32(-1);
            continue;
        }
        let begin = out.len();
        out.put_i32(0);
        match column.data_type() {
            DataType::Utf8 => out.put_slice(column.as_string::<i32>().value(row).as_bytes()),
            DataType::Binary if is_binary => {
                out.put_slice(column.as_binary::<i32>().value(row));
            }
            DataType::Binary => {
                out.put_slice(b"\\x");
                for byte in column.as_binary::<i32>().value(row) {
                    out.put_slice(format!("{byte:02x}").as_bytes());
                }
            }
            DataType::Boolean => {
                let value = column.as_boolean().value(row);
                out.put_u8(match (is_binary, value) {
                    (true, value) => value.into(),
                    (false, true) => b't',
                    (false, false) => b'f',
                });
            }
            DataType::Float64 if !is_binary => {
                let value = column.as_primitive::<Float64Type>().value(row);
                out.put_slice(float(value).as_bytes());
            }
            _ if !is_binary => out.put_slice(formatter.value(row).to_string().as_bytes()),
            DataType::Int16 => out.put_i16(column.as_primitive::<Int16Type>().value(row)),
            DataType::Int32 => out.put_i32(column.as_primitive::<Int32Type>().value(row)),
            DataType::Int64 => out.put_i64(column.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => out.put_f64(column.as_primitive::<Float64Type>().value(row)),
            DataType::Date32 => {
                let days = column.as_primitive::<Date32Type>().value(row);
                out.put_i32(days.saturating_sub(DAYS_1970));
            }
            DataType::Timestamp(..) => {
                let values = column.as_primitive::<TimestampMicrosecondType>();
                out.put_i64(values.value(row).saturating_sub(MICROSECONDS_1970));
            }
            _ => out.put_slice(formatter.value(row).to_string().as_bytes()),
        }
        fill_length(out, begin);
    }
    Ok(())
}

fn float(value: f64) -> String {
    if value.is_infinite() {
        let sign = if value < 0.0 { "-" } else { "" };
        return format!("{sign}Infinity");
    }
    value.to_string()
}

fn write_json(column: &ArrayRef, rows: &mut [BytesMut]) -> Result<(), ArrowError> {
    let options = EncoderOptions::default();
    let field = Arc::new(Field::new("value", column.data_type().clone(), true));
    let mut encoder = make_encoder(&field, column, &options)?;
    let mut value = Vec::new();
    for (row, out) in rows.iter_mut().enumerate() {
        if encoder.is_null(row) {
            out.put_i32(-1);
            continue;
        }
        value.clear();
        encoder.encode(row, &mut value);
        out.put_i32(i32::try_from(value.len()).unwrap_or(i32::MAX));
        out.put_slice(&value);
    }
    Ok(())
}

/// The length of a value stands before it.
fn fill_length(out: &mut BytesMut, begin: usize) {
    let length = i32::try_from(out.len() - begin - 4).unwrap_or(i32::MAX);
    out[begin..begin + 4].copy_from_slice(&length.to_be_bytes());
}

/// The value of a parameter.
///
/// # Errors
/// If the bytes are none of the type.
pub(super) fn parameter(
    bytes: Option<&[u8]>,
    kind: &Type,
    is_binary: bool,
) -> Result<ScalarValue, String> {
    let wrong = || format!("it is no {}", kind.name());
    let of_type = || match *kind {
        Type::BOOL => DataType::Boolean,
        Type::INT2 => DataType::Int16,
        Type::INT4 | Type::OID => DataType::Int32,
        Type::INT8 => DataType::Int64,
        Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => DataType::Float64,
        Type::DATE => DataType::Date32,
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => DataType::Utf8,
    };
    let Some(bytes) = bytes else {
        return ScalarValue::try_from(&of_type()).map_err(|error| error.to_string());
    };
    if !is_binary {
        let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
        let text = match (kind, text) {
            (&Type::BOOL, "t") => "true",
            (&Type::BOOL, "f") => "false",
            (_, text) => text,
        };
        return ScalarValue::try_from_string(text.to_owned(), &of_type()).map_err(|_| wrong());
    }
    let integer = |bytes: &[u8]| i64::from_be_bytes(bytes.try_into().unwrap_or_default());
    Ok(match (kind, bytes.len()) {
        (&Type::BOOL, 1) => ScalarValue::Boolean(Some(bytes[0] != 0)),
        (&Type::INT2, 2) => ScalarValue::Int16(Some(i16::from_be_bytes([bytes[0], bytes[1]]))),
        (&(Type::INT4 | Type::OID), 4) => ScalarValue::Int32(Some(i32::from_be_bytes(
            bytes.try_into().map_err(|_| wrong())?,
        ))),
        (&Type::INT8, 8) => ScalarValue::Int64(Some(integer(bytes))),
        (&Type::FLOAT4, 4) => {
            let value = f32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?);
            ScalarValue::Float64(Some(value.into()))
        }
        (&Type::FLOAT8, 8) => ScalarValue::Float64(Some(f64::from_bits(integer(bytes) as u64))),
        (&Type::DATE, 4) => {
            let days = i32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?);
            ScalarValue::Date32(Some(days.saturating_add(DAYS_1970)))
        }
        (&Type::TIMESTAMP, 8) => ScalarValue::TimestampMicrosecond(
            Some(integer(bytes).saturating_add(MICROSECONDS_1970)),
            None,
        ),
        (&Type::TIMESTAMPTZ, 8) => ScalarValue::TimestampMicrosecond(
            Some(integer(bytes).saturating_add(MICROSECONDS_1970)),
            Some("UTC".into()),
        ),
        (&(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN), _) => {
            let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
            ScalarValue::Utf8(Some(text.to_owned()))
        }
        _ => return Err(format!("{} is not taken in binary form", kind.name())),
    })
}

/// A schema of one column of text.
pub(super) fn text_column(name: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(name, DataType::Utf8, false)]))
}
