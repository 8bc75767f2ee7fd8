//! Between typed rows and Arrow batches: the schema of each table, and the way there and back.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder,
    MapBuilder, StringBuilder, StructBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use playhead_model::catalog::{Cell, Column, ColumnKind, Day, Row, Table, Text, WatchedStretch};

/// The schema of a table.
pub fn schema(table: Table) -> SchemaRef {
    static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
        let tables = Table::ALL.into_iter();
        tables
            .map(|table| {
                let fields = table.columns().iter().map(field);
                Arc::new(Schema::new(fields.collect::<Vec<_>>()))
            })
            .collect()
    });
    SCHEMAS[table as usize].clone()
}

fn field(column: &Column) -> Field {
    Field::new(column.name, data_type(column.kind), column.is_nullable)
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Flag => DataType::Boolean,
        ColumnKind::Int => DataType::Int64,
        ColumnKind::Float => DataType::Float64,
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Day => DataType::Date32,
        ColumnKind::Texts => DataType::List(item(DataType::Utf8)),
        ColumnKind::Pairs => DataType::Map(
            Arc::new(Field::new(
                "entries",
                DataType::Struct(Fields::from(vec![
                    Field::new("keys", DataType::Utf8, false),
                    Field::new("values", DataType::Utf8, false),
                ])),
                false,
            )),
            false,
        ),
        ColumnKind::Stretches => DataType::List(item(DataType::Struct(stretch()))),
    }
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", data_type, false))
}

fn stretch() -> Fields {
    Fields::from(vec![
        Field::new("from_us", DataType::Int64, false),
        Field::new("to_us", DataType::Int64, false),
    ])
}

/// The rows as one batch.
pub fn batch<'a, R: Row + 'a>(rows: impl IntoIterator<Item = &'a R>) -> RecordBatch {
    let mut builders: Vec<Builder> = R::COLUMNS.iter().map(Builder::new).collect();
    for row in rows {
        let mut places = builders.iter_mut();
        row.cells(&mut |cell| {
            let builder = places.next().expect("a cell for each column");
            builder.push(cell);
        });
    }
    let arrays = builders.iter_mut().map(Builder::finish).collect();
    RecordBatch::try_new(schema(R::TABLE), arrays).expect("builders follow the schema")
}

/// A batch of a table with all of its columns, in order: those that it lacks are empty.
pub fn complete(table: Table, batch: &RecordBatch) -> RecordBatch {
    let wanted = schema(table);
    if batch.schema_ref().fields() == wanted.fields() {
        return batch.clone();
    }
    let columns = table
        .columns()
        .iter()
        .zip(wanted.fields())
        .map(|(column, field)| {
            let found = batch.column_by_name(column.name);
            match found.filter(|found| found.data_type() == field.data_type()) {
                Some(found) => found.clone(),
                None => nothing(column, batch.num_rows()),
            }
        });
    RecordBatch::try_new(wanted.clone(), columns.collect()).expect("columns follow the schema")
}

/// A column of a table as it is where a part lacks it.
pub(crate) fn empty(table: Table, name: &str, rows: usize) -> ArrayRef {
    let mut columns = table.columns().iter();
    let column = columns.find(|column| column.name == name);
    nothing(column.expect("a column of the table"), rows)
}

fn nothing(column: &Column, rows: usize) -> ArrayRef {
    let mut builder = Builder::new(column);
    for _ in 0..rows {
        if column.is_nullable {
            builder.push_null();
        } else {
            builder.push_default();
        }
    }
    builder.finish()
}

/// The rows of a batch, whose columns may be fewer or in another order.
pub fn rows<R: Row>(batch: &RecordBatch) -> Vec<R> {
    let columns = R::COLUMNS.iter();
    let columns: Vec<_> = columns
        .map(|column| {
            let array = batch.column_by_name(column.name)?;
            (*array.data_type() == data_type(column.kind)).then_some((column.kind, array))
        })
        .collect();
    let numbers = 0..batch.num_rows();
    numbers
        .map(|row| {
            R::of(&mut |place| match columns[place] {
                Some((kind, array)) => cell(kind, array, row),
                None => Cell::Null,
            })
        })
        .collect()
}

type Texts = ListBuilder<StringBuilder>;
type Pairs = MapBuilder<StringBuilder, StringBuilder>;
type Stretches = ListBuilder<StructBuilder>;

enum Builder {
    Flag(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Day(Date32Builder),
    Texts(Texts),
    Pairs(Pairs),
    Stretches(Stretches),
}

impl Builder {
    fn new(column: &Column) -> Self {
        match column.kind {
            ColumnKind::Flag => Self::Flag(BooleanBuilder::new()),
            ColumnKind::Int => Self::Int(Int64Builder::new()),
            ColumnKind::Float => Self::Float(Float64Builder::new()),
            ColumnKind::Text => Self::Text(StringBuilder::new()),
            ColumnKind::Day => Self::Day(Date32Builder::new()),
            ColumnKind::Texts => {
                Self::Texts(ListBuilder::new(StringBuilder::new()).with_field(item(DataType::Utf8)))
            }
            ColumnKind::Pairs => {
                let text = StringBuilder::new;
                let values = Field::new("values", DataType::Utf8, false);
                Self::Pairs(MapBuilder::new(None, text(), text()).with_values_field(values))
            }
            ColumnKind::Stretches => {
                let parts = StructBuilder::from_fields(stretch(), 0);
                let field = item(DataType::Struct(stretch()));
                Self::Stretches(ListBuilder::new(parts).with_field(field))
            }
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Flag(builder), Cell::Flag(value)) => builder.append_value(value),
            (Self::Int(builder), Cell::Int(value)) => builder.append_value(value),
            (Self::Float(builder), Cell::Float(value)) => builder.append_value(value),
            (Self::Text(builder), Cell::Text(value)) => builder.append_value(value),
            (Self::Day(builder), Cell::Day(value)) => builder.append_value(value.0),
            (Self::Texts(builder), Cell::Texts(value)) => push_texts(builder, &value),
            (Self::Pairs(builder), Cell::Pairs(value)) => push_pairs(builder, &value),
            (Self::Stretches(builder), Cell::Stretches(value)) => push_stretches(builder, &value),
            (builder, _) => builder.push_null(),
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Flag(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Text(builder) => builder.append_null(),
            Self::Day(builder) => builder.append_null(),
            Self::Texts(builder) => builder.append(false),
            Self::Pairs(builder) => builder.append(false).expect("keys and values are in step"),
            Self::Stretches(builder) => builder.append(false),
        }
    }

    fn push_default(&mut self) {
        let nothing: &[Text] = &[];
        match self {
            Self::Flag(builder) => builder.append_value(false),
            Self::Int(builder) => builder.append_value(0),
            Self::Float(builder) => builder.append_value(0.0),
            Self::Text(builder) => builder.append_value(""),
            Self::Day(builder) => builder.append_value(0),
            Self::Texts(builder) => push_texts(builder, nothing),
            Self::Pairs(builder) => push_pairs(builder, &[]),
            Self::Stretches(builder) => push_stretches(builder, &[]),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Flag(builder) => ArrayBuilder::finish(builder),
            Self::Int(builder) => ArrayBuilder::finish(builder),
            Self::Float(builder) => ArrayBuilder::finish(builder),
            Self::Text(builder) => ArrayBuilder::finish(builder),
            Self::Day(builder) => ArrayBuilder::finish(builder),
            Self::Texts(builder) => ArrayBuilder::finish(builder),
            Self::Pairs(builder) => ArrayBuilder::finish(builder),
            Self::Stretches(builder) => ArrayBuilder::finish(builder),
        }
    }
}

fn push_texts(builder: &mut Texts, texts: &[Text]) {
    for text in texts {
        builder.values().append_value(text);
    }
    builder.append(true);
}

fn push_pairs(builder: &mut Pairs, pairs: &[(Text, Text)]) {
    for (key, value) in pairs {
        builder.keys().append_value(key);
        builder.values().append_value(value);
    }
    builder.append(true).expect("keys and values are in step");
}

fn push_stretches(builder: &mut Stretches, stretches: &[WatchedStretch]) {
    for stretch in stretches {
        let parts = builder.values();
        for (place, value) in [stretch.from_us, stretch.to_us].into_iter().enumerate() {
            let field: Option<&mut Int64Builder> = parts.field_builder(place);
            field.expect("two fields of integers").append_value(value);
        }
        parts.append(true);
    }
    builder.append(true);
}

fn cell(kind: ColumnKind, array: &ArrayRef, row: usize) -> Cell<'_> {
    if array.is_null(row) {
        return Cell::Null;
    }
    match kind {
        ColumnKind::Flag => Cell::Flag(array.as_boolean().value(row)),
        ColumnKind::Int => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        ColumnKind::Float => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        ColumnKind::Text => Cell::Text(Cow::Borrowed(array.as_string::<i32>().value(row))),
        ColumnKind::Day => Cell::Day(Day(array.as_primitive::<Date32Type>().value(row))),
        ColumnKind::Texts => {
            let texts = array.as_list::<i32>().value(row);
            let texts = texts.as_string::<i32>().iter().flatten();
            Cell::Texts(texts.map(Text::from).collect())
        }
        ColumnKind::Pairs => {
            let pairs = array.as_map().value(row);
            let keys = pairs.column(0).as_string::<i32>().iter().flatten();
            let values = pairs.column(1).as_string::<i32>().iter().flatten();
            let pairs = keys.zip(values);
            Cell::Pairs(
                pairs
                    .map(|(key, value)| (key.into(), value.into()))
                    .collect(),
            )
        }
        ColumnKind::Stretches => {
            let stretches = array.as_list::<i32>().value(row);
            let stretches = stretches.as_struct();
            let values =
                |place: usize| stretches.column(place).as_primitive::<Int64Type>().values();
            let pairs = values(0).iter().zip(values(1).iter());
            let stretches = pairs.map(|(&from_us, &to_us)| WatchedStretch { from_us, to_us });
            Cell::Stretches(stretches.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use playhead_model::catalog::{AdRow, ChapterRow, EventRow, SessionRow, StateRow};

    use super::*;

    /// A row whose every cell is set, to a value that depends on its place and on `number`.
    fn full<R: Row>(number: i64) -> R {
        R::of(&mut |place| {
            let value = number * 1_000 + place as i64;
            let text = |text: &str| -> Text { format!("{text} {value}").into() };
            match R::COLUMNS[place].kind {
                ColumnKind::Flag => Cell::Flag(value % 2 == 0),
                ColumnKind::Int => Cell::Int(value),
                ColumnKind::Float => Cell::Float(value as f64 / 8.0),
                ColumnKind::Text if R::COLUMNS[place].name == "sid" => {
                    Cell::Text(format!("{value:064x}").into())
                }
                ColumnKind::Text => Cell::Text(format!("é {value}").into()),
                ColumnKind::Day => Cell::Day(Day(value as i32)),
                ColumnKind::Texts => Cell::Texts(vec![text("a"), text("b")].into()),
                ColumnKind::Pairs => Cell::Pairs(vec![(text("key"), text("value"))].into()),
                ColumnKind::Stretches => Cell::Stretches(Cow::Owned(vec![
                    WatchedStretch {
                        from_us: value,
                        to_us: value + 1,
                    };
                    3
                ])),
            }
        })
    }

    fn nothing<R: Row>() -> R {
        R::of(&mut |_| Cell::Null)
    }

    fn check<R: Row + PartialEq + std::fmt::Debug>() {
        let written = [full(1), nothing(), full::<R>(2)];
        let batch = batch(&written);
        assert_eq!(batch.schema(), schema(R::TABLE));
        assert_eq!(rows::<R>(&batch), written);
        // A part of an older version lacks columns: they are empty.
        let older = batch.project(&[]).unwrap();
        assert_eq!(rows::<R>(&older), [nothing::<R>(), nothing(), nothing()]);
        let completed = complete(R::TABLE, &older);
        assert_eq!(
            rows::<R>(&completed),
            [nothing::<R>(), nothing(), nothing()]
        );
        assert_eq!(complete(R::TABLE, &batch), batch);
    }

    #[test]
    fn rows_come_back_from_batches() {
        check::<SessionRow>();
        check::<AdRow>();
        check::<ChapterRow>();
        check::<StateRow>();
        check::<EventRow>();
    }
}
