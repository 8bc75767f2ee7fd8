//! From Arrow arrays to the columns of reports.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use hashbrown::HashSet;
use playhead_model::catalog::{self, ColumnKind, RATIO_SCALE};
use playhead_query::{Column, Ints, ListColumn, NULL, Spans, TextColumn, Words};

use super::names::{CUSTOM, LENGTH, LENGTH_US};

/// What is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    Column(&'static catalog::Column),
    /// The custom metadata of a key.
    Custom(&'a str),
}

impl What<'_> {
    /// The stored columns that it is made of.
    pub(super) fn stored(&self) -> &'static [&'static str] {
        match self {
            Self::Custom(_) => &[CUSTOM],
            Self::Column(column) if column.name == LENGTH_US => &[LENGTH_US, LENGTH],
            Self::Column(column) => std::slice::from_ref(&column.name),
        }
    }

    /// Decodes it from batches that have its stored columns; text gets the codes of `words`.
    pub(super) fn decode(&self, batches: &[RecordBatch], words: &Arc<Words>) -> Column {
        let arrays = |name: &str| -> Vec<&ArrayRef> {
            let arrays = batches.iter().map(|batch| batch.column_by_name(name));
            arrays.collect::<Option<Vec<_>>>().unwrap_or_default()
        };
        let column = match self {
            Self::Custom(key) => return custom(&arrays(CUSTOM), key, words),
            Self::Column(column) => column,
        };
        let own = arrays(column.name);
        if own.is_empty() {
            return Column::Absent;
        }
        match column.kind {
            ColumnKind::Flag => flags(&own),
            ColumnKind::Int if column.name == LENGTH_US => lengths(&own, &arrays(LENGTH)),
            ColumnKind::Int => ints(&own),
            ColumnKind::Float => floats(column, &own, words),
            ColumnKind::Text => text(&own, words),
            ColumnKind::Texts => list(&own, words),
            ColumnKind::Stretches => spans(&own),
            ColumnKind::Day | ColumnKind::Pairs => Column::Absent,
        }
    }
}

fn flags(arrays: &[&ArrayRef]) -> Column {
    let values = arrays.iter().flat_map(|array| array.as_boolean().iter());
    Column::Ints(Ints::I8(
        values
            .map(|value| value.map_or(i8::MIN, i8::from))
            .collect(),
    ))
}

fn numbers(values: impl Iterator<Item = Option<i64>> + Clone) -> Column {
    if values.clone().all(|value| value.is_none()) {
        return Column::Absent;
    }
    Column::Ints(Ints::new(values))
}

fn ints(arrays: &[&ArrayRef]) -> Column {
    let values = arrays.iter();
    numbers(values.flat_map(|array| array.as_primitive::<Int64Type>().iter()))
}

fn lengths(microseconds: &[&ArrayRef], lengths: &[&ArrayRef]) -> Column {
    let values = microseconds.iter().zip(lengths);
    numbers(values.flat_map(|(values, lengths)| {
        let values = values.as_primitive::<Int64Type>().iter().enumerate();
        values.map(|(row, value)| value.filter(|_| lengths.is_valid(row)))
    }))
}

/// A ratio is a number in fixed point. Others are numbers where all of them are whole, else text;
/// lengths are text always.
fn floats(column: &catalog::Column, arrays: &[&ArrayRef], words: &Arc<Words>) -> Column {
    let values = || {
        let arrays = arrays.iter();
        arrays.flat_map(|array| array.as_primitive::<Float64Type>().iter())
    };
    if column.about.unit == catalog::Unit::Ratio {
        let scaled = |value: f64| (value * RATIO_SCALE as f64 + 0.5).floor() as i64;
        return numbers(values().map(move |value| value.map(scaled)));
    }
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_whole = |value: f64| value.fract() == 0.0 && value.abs() <= EXACT;
    if column.name != LENGTH && values().flatten().all(is_whole) {
        return numbers(values().map(|value| value.map(|value| value as i64)));
    }
    let mut last = (None, NULL);
    let codes: Vec<u32> = values()
        .map(|value| {
            let Some(value) = value else { return NULL };
            if last.0 != Some(value) {
                last = (Some(value), words.code(&value.to_string()));
            }
            last.1
        })
        .collect();
    coded(codes, words)
}

fn coded(codes: Vec<u32>, words: &Arc<Words>) -> Column {
    if codes.iter().all(|code| *code == NULL) {
        return Column::Absent;
    }
    Column::Text(TextColumn {
        codes,
        words: words.clone(),
    })
}

fn text(arrays: &[&ArrayRef], words: &Arc<Words>) -> Column {
    let mut codes = Vec::new();
    for array in arrays {
        append_codes(array, words, &mut codes);
    }
    coded(codes, words)
}

fn append_codes(array: &ArrayRef, words: &Words, codes: &mut Vec<u32>) {
    if let DataType::Dictionary(..) = array.data_type() {
        let coded = array.as_dictionary::<Int32Type>();
        let values = words.codes(coded.values().as_string::<i32>().iter());
        let code = |key: Option<i32>| key.map_or(NULL, |key| values[key as usize]);
        codes.extend(coded.keys().iter().map(code));
    } else {
        codes.extend(words.codes(array.as_string::<i32>().iter()));
    }
}

fn list(arrays: &[&ArrayRef], words: &Arc<Words>) -> Column {
    let (mut starts, mut codes) = (vec![0], Vec::new());
    let mut seen = HashSet::new();
    for array in arrays {
        let lists = array.as_list::<i32>();
        let values = words.codes(lists.values().as_string::<i32>().iter());
        for (row, ends) in lists.value_offsets().windows(2).enumerate() {
            if lists.is_valid(row) {
                seen.clear();
                let own = &values[ends[0] as usize..ends[1] as usize];
                codes.extend(own.iter().filter(|code| seen.insert(**code)));
            }
            starts.push(codes.len() as u32);
        }
    }
    if codes.is_empty() {
        return Column::Absent;
    }
    Column::List(ListColumn {
        starts,
        codes,
        words: words.clone(),
    })
}

fn spans(arrays: &[&ArrayRef]) -> Column {
    let (mut starts, mut spans) = (vec![0], Vec::new());
    for array in arrays {
        let lists = array.as_list::<i32>();
        let pairs = lists.values().as_struct();
        let numbers = |place: usize| pairs.column(place).as_primitive::<Int64Type>().values();
        let (from, to) = (numbers(0), numbers(1));
        for ends in lists.value_offsets().windows(2) {
            let own = ends[0] as usize..ends[1] as usize;
            spans.extend(own.map(|place| (from[place], to[place])));
            starts.push(spans.len() as u32);
        }
    }
    Column::Spans(Spans { starts, spans })
}

fn custom(arrays: &[&ArrayRef], key: &str, words: &Arc<Words>) -> Column {
    let mut codes = Vec::new();
    for array in arrays {
        let maps = array.as_map();
        let (keys, values) = (
            maps.keys().as_string::<i32>(),
            maps.values().as_string::<i32>(),
        );
        let found = maps.value_offsets().windows(2).map(|ends| {
            // Of a key that is there twice the last counts, as in JSON.
            let mut own = (ends[0] as usize..ends[1] as usize).rev();
            let place = own.find(|place| keys.value(*place) == key);
            place.map(|place| values.value(place))
        });
        codes.extend(words.codes(found));
    }
    coded(codes, words)
}

/// Every key of custom metadata in some batches.
pub(super) fn custom_keys(batches: &[RecordBatch]) -> HashSet<String> {
    let mut found = HashSet::new();
    for array in batches
        .iter()
        .filter_map(|batch| batch.column_by_name(CUSTOM))
    {
        let maps = array.as_map();
        for key in maps.keys().as_string::<i32>().iter().flatten() {
            if !found.contains(key) {
                found.insert(key.to_owned());
            }
        }
    }
    found
}
