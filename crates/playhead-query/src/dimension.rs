//! Dimensions of a report as codes: a small number for each value of each row.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::HashMap;
use playhead_model::catalog::{Attribute, Origin, Scope, TimePart};
use playhead_model::report::{FoundValue, ReportError};

use crate::column::{Column, Ints, ListColumn, NULL, Words};
use crate::plan::failed;
use crate::source::{Chunk, Table};
use crate::zone::{Zone, part_codes, part_text};

/// Different numbers that one dimension may have.
const NUMBERS_MAX: usize = 1 << 20;

/// Gives the codes of a dimension. Made once for all chunks of a report, so that a value has the
/// same code in all of them.
#[derive(Debug)]
pub(crate) struct Coder {
    pub(crate) attribute: Attribute,
    values: Values,
    /// One more than the greatest code.
    codes: u32,
}

#[derive(Debug)]
enum Values {
    Texts(Arc<Words>),
    /// Numbers, each with a code; where a chunk has them as text, that is read as well.
    Numbers {
        codes: HashMap<i64, u32>,
        texts: Vec<String>,
    },
    Time(TimePart, Zone),
}

/// The codes of the rows of one chunk.
pub(crate) enum Codes {
    /// Every row has the same.
    Same(u32),
    Column(Arc<Column>),
    Owned(Vec<u32>),
    Many(Arc<Column>),
}

impl Coder {
    /// # Errors
    /// If a column cannot be read, or has too many different numbers.
    pub(crate) fn new(
        attribute: Attribute,
        chunks: &[Arc<dyn Chunk>],
        zone: &Zone,
    ) -> Result<Self, ReportError> {
        if let Origin::Time(part) = attribute.source {
            return Ok(Self {
                codes: part_codes(part),
                values: Values::Time(part, zone.clone()),
                attribute,
            });
        }
        let mut words: Option<Arc<Words>> = None;
        let mut numbers: Vec<Arc<Column>> = Vec::new();
        for chunk in chunks {
            let column = column(&**chunk, &attribute)?;
            match &*column {
                Column::Text(text) => words = Some(text.words.clone()),
                Column::List(list) => words = Some(list.words.clone()),
                Column::Ints(_) => numbers.push(column),
                Column::Absent | Column::Spans(_) => {}
            }
        }
        let values = match words {
            Some(words) => {
                // A column may be numbers in one chunk and text in another.
                for column in numbers {
                    for number in distinct(&column, &attribute)?.into_keys() {
                        words.code(&text_of(&attribute, number));
                    }
                }
                Values::Texts(words)
            }
            None => number_codes(&attribute, &numbers)?,
        };
        let codes = match &values {
            Values::Texts(words) => words.len(),
            Values::Numbers { texts, .. } => texts.len() + 1,
            Values::Time(part, _) => part_codes(*part) as usize,
        };
        Ok(Self {
            attribute,
            values,
            codes: u32::try_from(codes).unwrap_or(u32::MAX),
        })
    }

    pub(crate) fn scope(&self) -> Scope {
        self.attribute.scope
    }

    /// One more than the greatest code.
    pub(crate) fn len(&self) -> u32 {
        self.codes
    }

    pub(crate) fn text(&self, code: u32) -> Option<String> {
        if code == NULL {
            return None;
        }
        match &self.values {
            Values::Texts(words) => words.text(code),
            Values::Numbers { texts, .. } => texts.get(code as usize - 1).cloned(),
            Values::Time(part, _) => Some(part_text(*part, code)),
        }
    }

    /// Numbers and parts of time by size, texts by their characters.
    pub(crate) fn compare(&self, one: u32, other: u32) -> std::cmp::Ordering {
        match &self.values {
            Values::Texts(words) => words.compare(one, other),
            Values::Numbers { .. } | Values::Time(..) => one.cmp(&other),
        }
    }

    /// Says of each code whether `matches` holds for its text, `null` for "no value".
    pub(crate) fn matching(&self, null: bool, matches: impl Fn(&str) -> bool) -> Vec<bool> {
        let mut all = match &self.values {
            Values::Texts(words) => words.matching(matches),
            Values::Numbers { texts, .. } => std::iter::once(false)
                .chain(texts.iter().map(|text| matches(text)))
                .collect(),
            Values::Time(part, _) => (0..self.codes)
                .map(|code| code != NULL && matches(&part_text(*part, code)))
                .collect(),
        };
        // Words that came since belong to no row that is read.
        all.resize(self.codes as usize, false);
        all[NULL as usize] = null;
        all
    }

    /// # Errors
    /// If the column cannot be read.
    pub(crate) fn codes(&self, chunk: &dyn Chunk) -> Result<Codes, ReportError> {
        if let Values::Time(part, zone) = &self.values {
            let started = chunk.column(Table::Sessions, "startTs").map_err(failed)?;
            let mut part = zone.parts(*part);
            let rows = 0..chunk.rows(Table::Sessions).map_err(failed)?;
            return Ok(Codes::Owned(
                rows.map(|row| started.number(row).map_or(NULL, &mut part))
                    .collect(),
            ));
        }
        let column = column(chunk, &self.attribute)?;
        Ok(match &*column {
            Column::Absent | Column::Spans(_) => Codes::Same(NULL),
            Column::Text(_) => Codes::Column(column),
            Column::List(_) => Codes::Many(column),
            Column::Ints(ints) => Codes::Owned(self.codes_of(ints)),
        })
    }

    fn codes_of(&self, ints: &Ints) -> Vec<u32> {
        let mut last = (None, NULL);
        let mut code = |number: Option<i64>| {
            let Some(number) = number else { return NULL };
            if last.0 != Some(number) {
                last = (Some(number), self.code_of(number));
            }
            last.1
        };
        crate::column::with_lane!(ints, values => {
            values.iter().map(|value| code(crate::column::Lane::number(*value))).collect()
        })
    }

    fn code_of(&self, number: i64) -> u32 {
        match &self.values {
            Values::Numbers { codes, .. } => codes.get(&number).copied().unwrap_or(NULL),
            Values::Texts(words) => words
                .find(&text_of(&self.attribute, number))
                .unwrap_or(NULL),
            Values::Time(..) => NULL,
        }
    }
}

impl Codes {
    /// The code of a row that has one only.
    #[inline]
    pub(crate) fn one(&self, row: usize) -> u32 {
        match self {
            Self::Same(code) => *code,
            Self::Owned(codes) => codes[row],
            Self::Column(column) => match &**column {
                Column::Text(text) => text.codes[row],
                _ => NULL,
            },
            Self::Many(_) => NULL,
        }
    }

    /// The same codes once more.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Same(code) => Self::Same(*code),
            Self::Owned(codes) => Self::Owned(codes.clone()),
            Self::Column(column) => Self::Column(column.clone()),
            Self::Many(column) => Self::Many(column.clone()),
        }
    }

    /// The code of every row, if rows have one each.
    pub(crate) fn slice(&self) -> Option<&[u32]> {
        match self {
            Self::Owned(codes) => Some(codes),
            Self::Column(column) => match &**column {
                Column::Text(text) => Some(&text.codes),
                _ => None,
            },
            Self::Same(_) | Self::Many(_) => None,
        }
    }

    fn list(&self) -> Option<&ListColumn> {
        match self {
            Self::Many(column) => match &**column {
                Column::List(list) => Some(list),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        self.list().is_some()
    }

    /// The codes of a row; "no value" counts as one.
    pub(crate) fn of(&self, row: usize) -> Cow<'_, [u32]> {
        match self.list() {
            Some(list) if list.of(row).is_empty() => Cow::Borrowed(&[NULL]),
            Some(list) => Cow::Borrowed(list.of(row)),
            None => Cow::Owned(vec![self.one(row)]),
        }
    }
}

/// What some sessions have of a dimension.
///
/// # Errors
/// If the column cannot be read.
pub(crate) fn values_of(
    attribute: &Attribute,
    chunk: &dyn Chunk,
    rows: &[u32],
    zone: &Zone,
) -> Result<Vec<FoundValue>, ReportError> {
    let column = column(chunk, attribute)?;
    let text = |text: Option<String>| text.map_or(FoundValue::Nothing, FoundValue::Text);
    let rows = rows.iter().map(|row| *row as usize);
    if let Origin::Time(part) = attribute.source {
        let mut code = zone.parts(part);
        let value = |row| text(column.number(row).map(|at| part_text(part, code(at))));
        return Ok(rows.map(value).collect());
    }
    let value = |row| match &*column {
        Column::Absent | Column::Spans(_) => FoundValue::Nothing,
        Column::Text(coded) => text(coded.words.text(coded.codes[row])),
        Column::Ints(ints) => text(ints.get(row).map(|number| text_of(attribute, number))),
        Column::List(list) if list.of(row).is_empty() => FoundValue::Nothing,
        Column::List(list) => {
            let texts = list.of(row).iter();
            FoundValue::List(texts.filter_map(|code| list.words.text(*code)).collect())
        }
    };
    Ok(rows.map(value).collect())
}

fn column(chunk: &dyn Chunk, attribute: &Attribute) -> Result<Arc<Column>, ReportError> {
    let table = Table::of(attribute.scope);
    match &attribute.source {
        Origin::Column(name) => chunk.column(table, name),
        Origin::Custom(key) => chunk.custom(table, key),
        Origin::Time(_) => chunk.column(table, "startTs"),
    }
    .map_err(failed)
}

fn distinct(column: &Column, attribute: &Attribute) -> Result<HashMap<i64, ()>, ReportError> {
    let mut distinct = HashMap::new();
    if let Column::Ints(ints) = column {
        crate::column::with_lane!(ints, values => {
            let mut last = None;
            for value in values {
                let number = crate::column::Lane::number(*value);
                if number != last {
                    last = number;
                    distinct.extend(number.map(|number| (number, ())));
                }
            }
        });
    }
    if distinct.len() > NUMBERS_MAX {
        return Err(ReportError::TooLarge {
            limit: "different numbers of a dimension",
            message: format!(
                "dimensions: {:?} has more than {NUMBERS_MAX} different numbers; \
                 filter by it, or ask for its percentiles",
                attribute.name
            ),
        });
    }
    Ok(distinct)
}

fn number_codes(attribute: &Attribute, columns: &[Arc<Column>]) -> Result<Values, ReportError> {
    let mut all = HashMap::new();
    for column in columns {
        all.extend(distinct(column, attribute)?);
    }
    let mut numbers: Vec<i64> = all.into_keys().collect();
    numbers.sort_unstable();
    let codes = numbers
        .iter()
        .zip(1..)
        .map(|(number, code)| (*number, code));
    Ok(Values::Numbers {
        codes: codes.collect(),
        texts: numbers
            .iter()
            .map(|number| text_of(attribute, *number))
            .collect(),
    })
}

/// The text of a number: flags are words.
fn text_of(attribute: &Attribute, number: i64) -> String {
    let name = attribute.name.rsplit('.').next().unwrap_or("");
    let is_flag = name.starts_with("is") || name.starts_with("has") || name == "authorized";
    match (is_flag, number) {
        (true, 0) => "false".to_owned(),
        (true, 1) => "true".to_owned(),
        _ => number.to_string(),
    }
}
