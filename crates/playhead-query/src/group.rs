//! Which rows count in which group: the codes of the dimensions of a row as one number.

use std::sync::Arc;

use playhead_model::catalog::Scope;
use playhead_model::report::{AxisClock, ReportError};

use crate::axis::Axis;
use crate::column::{Column, NULL};
use crate::dimension::{Coder, Codes};
use crate::plan::failed;
use crate::select::{ClockColumns, Rows, Selected, parents};
use crate::source::Table;

/// The dimensions of a report, and how their codes make one number.
pub(crate) struct Keys {
    pub(crate) coders: Vec<Coder>,
    strides: Vec<u64>,
    /// One more than the greatest key.
    pub(crate) count: u64,
    /// The scope of the parts that dimensions look at.
    part: Option<Scope>,
}

/// Rows of a table with the key of each, and the unit of time of each if there is an axis.
pub(crate) struct Frame<'a> {
    pub(crate) rows: std::borrow::Cow<'a, Rows>,
    /// Nothing if there are no dimensions.
    pub(crate) keys: Option<Vec<u64>>,
    pub(crate) units: Option<Vec<u32>>,
}

impl Keys {
    /// # Errors
    /// If the dimensions have too many combinations to be told apart.
    pub(crate) fn new(coders: Vec<Coder>, part: Option<Scope>) -> Result<Self, ReportError> {
        let mut strides = vec![1; coders.len()];
        let mut count: u64 = 1;
        for (stride, coder) in strides.iter_mut().zip(&coders).rev() {
            *stride = count;
            count =
                count
                    .checked_mul(u64::from(coder.len()))
                    .ok_or_else(|| ReportError::TooLarge {
                        limit: "combinations of dimensions",
                        message: "dimensions: their values have more than 2^64 combinations; take \
                              fewer, or filter"
                            .to_owned(),
                    })?;
        }
        Ok(Self {
            coders,
            strides,
            count,
            part,
        })
    }

    /// The code of each dimension.
    pub(crate) fn codes(&self, key: u64) -> impl Iterator<Item = (&Coder, u32)> {
        let places = self.coders.iter().zip(&self.strides);
        places.map(move |(coder, stride)| {
            let code = key / stride % u64::from(coder.len());
            (coder, code as u32)
        })
    }

    /// The text of each dimension.
    pub(crate) fn texts(&self, key: u64) -> Vec<Option<String>> {
        self.codes(key)
            .map(|(coder, code)| coder.text(code))
            .collect()
    }

    /// Whether a session may count in several groups.
    pub(crate) fn overlap(&self, scopes: &[Scope]) -> bool {
        let lists = self.coders.iter().any(|coder| coder.attribute.is_list);
        lists || (self.part.is_some() && scopes.contains(&Scope::Session))
    }

    /// The rows of a scope that count, with their keys.
    ///
    /// # Errors
    /// If a column cannot be read.
    pub(crate) fn frame<'a>(
        &self,
        selected: &'a Selected,
        scope: Scope,
        axis: Option<(&Axis, AxisClock)>,
    ) -> Result<Frame<'a>, ReportError> {
        let chunk = &*selected.chunk;
        let codes: Result<Vec<Codes>, _> =
            self.coders.iter().map(|coder| coder.codes(chunk)).collect();
        let codes = codes?;
        let is_simple = !codes.iter().any(Codes::is_list);
        let mut frame = match (scope, self.part) {
            (Scope::Session, None) if is_simple => Frame {
                keys: self.simple_keys(&selected.sessions, &codes),
                rows: std::borrow::Cow::Borrowed(&selected.sessions),
                units: None,
            },
            (Scope::Session, None) => {
                let mut wide = Wide::default();
                selected.sessions.each(|row| {
                    self.expand(&mut wide, row, row, row, &codes);
                });
                wide.frame()
            }
            (Scope::Session, Some(part)) => self.by_parts(selected, part, &codes)?,
            _ => {
                let table = Table::of(scope);
                let parents = parents(chunk, table)?;
                let mut wide = Wide::default();
                each_part(selected, table, &parents, |part, session| {
                    self.expand(&mut wide, part, part, session, &codes);
                })?;
                wide.frame()
            }
        };
        if let Some((axis, clock)) = axis {
            let ends = chunk
                .column(Table::Sessions, clock.columns().1)
                .map_err(failed)?;
            let parents = match scope {
                Scope::Session => None,
                _ => Some(parents(chunk, Table::of(scope))?),
            };
            frame.units = Some(units(axis, &frame.rows, &ends, parents.as_deref()));
        }
        Ok(frame)
    }

    fn simple_keys(&self, rows: &Rows, codes: &[Codes]) -> Option<Vec<u64>> {
        if codes.is_empty() {
            return None;
        }
        let mut keys = vec![0; rows.len()];
        for (codes, stride) in codes.iter().zip(&self.strides) {
            match (codes.slice(), rows) {
                (Some(codes), Rows::All(_)) => {
                    for (key, code) in keys.iter_mut().zip(codes) {
                        *key += u64::from(*code) * stride;
                    }
                }
                (Some(codes), Rows::Some(rows)) => {
                    for (key, row) in keys.iter_mut().zip(rows) {
                        *key += u64::from(codes[*row as usize]) * stride;
                    }
                }
                (None, _) => {
                    let same = u64::from(codes.one(0)) * stride;
                    keys.iter_mut().for_each(|key| *key += same);
                }
            }
        }
        Some(keys)
    }

    /// Adds a row under each combination of the values that its part and its session have.
    fn expand(&self, wide: &mut Wide, row: usize, part: usize, session: usize, codes: &[Codes]) {
        let first = wide.keys.len();
        wide.push(row, 0);
        for ((codes, coder), stride) in codes.iter().zip(&self.coders).zip(&self.strides) {
            let of = match coder.scope() {
                Scope::Session => session,
                _ => part,
            };
            if !codes.is_list() {
                let add = u64::from(codes.one(of)) * stride;
                wide.keys[first..].iter_mut().for_each(|key| *key += add);
                continue;
            }
            let values = codes.of(of);
            let so_far = first..wide.keys.len();
            for value in values.iter().skip(1) {
                for place in so_far.clone() {
                    let key = wide.keys[place] + u64::from(*value) * stride;
                    wide.push(row, key);
                }
            }
            let add = u64::from(values[0]) * stride;
            wide.keys[so_far].iter_mut().for_each(|key| *key += add);
        }
    }

    /// Each session once per combination of values that its parts have; one without parts counts
    /// under "no value".
    fn by_parts(
        &self,
        selected: &Selected,
        part: Scope,
        codes: &[Codes],
    ) -> Result<Frame<'static>, ReportError> {
        let table = Table::of(part);
        let parents = parents(&*selected.chunk, table)?;
        let mut pairs: Vec<(u32, u64)> = Vec::new();
        let mut has_part = vec![false; selected.chunk.rows(Table::Sessions).map_err(failed)?];
        each_part(selected, table, &parents, |part, session| {
            has_part[session] = true;
            let mut wide = Wide::default();
            self.expand(&mut wide, session, part, session, codes);
            pairs.extend(wide.rows.into_iter().zip(wide.keys));
        })?;
        let of_session: Vec<Codes> = codes
            .iter()
            .zip(&self.coders)
            .map(|(codes, coder)| match coder.scope() {
                Scope::Session => codes.again(),
                _ => Codes::Same(NULL),
            })
            .collect();
        selected.sessions.each(|session| {
            if !has_part[session] {
                let mut wide = Wide::default();
                self.expand(&mut wide, session, 0, session, &of_session);
                pairs.extend(wide.rows.into_iter().zip(wide.keys));
            }
        });
        pairs.sort_unstable();
        pairs.dedup();
        let mut wide = Wide::default();
        for (row, key) in pairs {
            wide.push(row as usize, key);
        }
        Ok(wide.frame())
    }
}

/// Rows and keys that are not one to one with those selected.
#[derive(Default)]
struct Wide {
    rows: Vec<u32>,
    keys: Vec<u64>,
}

impl Wide {
    fn push(&mut self, row: usize, key: u64) {
        self.rows.push(row as u32);
        self.keys.push(key);
    }

    fn frame(self) -> Frame<'static> {
        Frame {
            rows: std::borrow::Cow::Owned(Rows::Some(self.rows)),
            keys: Some(self.keys),
            units: None,
        }
    }
}

/// The parts of selected sessions that meet the conditions on them, each with its session.
fn each_part(
    selected: &Selected,
    table: Table,
    parents: &Column,
    mut work: impl FnMut(usize, usize),
) -> Result<(), ReportError> {
    let sessions = selected.chunk.rows(Table::Sessions).map_err(failed)?;
    let mut is_selected = vec![false; sessions];
    selected.sessions.each(|row| is_selected[row] = true);
    let meets = selected.parts[table as usize].as_deref();
    for part in 0..selected.chunk.rows(table).map_err(failed)? {
        let session = parents.number(part).unwrap_or(0) as usize;
        if is_selected[session] && meets.is_none_or(|meets| meets[part]) {
            work(part, session);
        }
    }
    Ok(())
}

fn units(axis: &Axis, rows: &Rows, ends: &Arc<Column>, parents: Option<&Column>) -> Vec<u32> {
    let mut units = Vec::with_capacity(rows.len());
    rows.each(|row| {
        let session = parents.map_or(row, |parents| parents.number(row).unwrap_or(0) as usize);
        units.push(axis.place(ends.number(session).unwrap_or(0)) as u32);
    });
    units
}
