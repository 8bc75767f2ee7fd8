//! Rows in memory as a source: what tests, `compute` and open sessions are made of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use hashbrown::{HashMap, HashSet};
use playhead_model::catalog::RATIO_SCALE;
use serde_json::{Map, Value};

use crate::column::{Column, Ints, ListColumn, NULL, Spans, TextColumn, Words};
use crate::select::code_of;
use crate::source::{Chunk, Read, Source, SourceError, Table, Times, Wanted};

/// Sessions of one chunk, unless told otherwise.
const CHUNK_ROWS: usize = 65_536;

/// One session as its public names have it.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow<'a> {
    pub suite: &'a str,
    pub session: &'a Map<String, Value>,
    pub ads: &'a [Map<String, Value>],
    pub chapters: &'a [Map<String, Value>],
    pub states: &'a Map<String, Value>,
    /// Stretches of content, µs.
    pub watched: &'a [(i64, i64)],
    pub is_live: bool,
    /// Server time of the first and the last arrival.
    pub started_at: i64,
    pub last_at: i64,
    /// Where it was closed, or nothing if it is open.
    pub position: Option<i64>,
}

/// Words by column, shared by all chunks.
#[derive(Debug, Default)]
struct Dictionary {
    words: Mutex<HashMap<(Table, String), Arc<Words>>>,
}

impl Dictionary {
    fn words(&self, table: Table, name: &str) -> Arc<Words> {
        let mut words = self.words.lock().unwrap_or_else(|it| it.into_inner());
        words.entry((table, name.to_owned())).or_default().clone()
    }
}

/// Sessions in memory.
#[derive(Debug)]
pub struct Memory {
    dictionary: Dictionary,
    suites: BTreeMap<String, Suite>,
    chunk_rows: usize,
    /// How many sessions were added.
    added: i64,
}

impl Default for Memory {
    fn default() -> Self {
        Self::in_chunks_of(CHUNK_ROWS)
    }
}

#[derive(Debug, Default)]
struct Suite {
    filling: [Filling; 2],
    chunks: Vec<Arc<MemoryChunk>>,
    position: i64,
}

impl Memory {
    /// Nothing yet, to be cut into chunks of so many sessions.
    pub fn in_chunks_of(rows: usize) -> Self {
        Self {
            dictionary: Dictionary::default(),
            suites: BTreeMap::new(),
            chunk_rows: rows,
            added: 0,
        }
    }

    /// Adds a session, unless reports leave it out (metrics D1).
    pub fn add(&mut self, row: &SessionRow<'_>) {
        let is_named = row.session.get("name").and_then(Value::as_str);
        let suite = self.suites.entry(row.suite.to_owned()).or_default();
        suite.position = suite.position.max(row.position.unwrap_or(0));
        self.added += 1;
        if is_named.is_none_or(str::is_empty) {
            return;
        }
        let is_open = row.position.is_none();
        let filling = &mut suite.filling[usize::from(is_open)];
        filling.add(&self.dictionary, row, self.added);
        if filling.rows[Table::Sessions as usize] == self.chunk_rows {
            let full = std::mem::take(filling);
            suite.chunks.push(Arc::new(full.finish(is_open)));
        }
    }

    /// Makes chunks of what was added; without it the last rows are not read.
    pub fn finish(&mut self) {
        for suite in self.suites.values_mut() {
            for is_open in [false, true] {
                let filling = std::mem::take(&mut suite.filling[usize::from(is_open)]);
                if filling.rows[Table::Sessions as usize] > 0 {
                    suite.chunks.push(Arc::new(filling.finish(is_open)));
                }
            }
        }
    }
}

impl Source for Memory {
    fn suites(&self) -> Result<Vec<String>, SourceError> {
        Ok(self.suites.keys().cloned().collect())
    }

    fn read(&self, wanted: &Wanted<'_>) -> Result<Read, SourceError> {
        let suite = wanted.suite;
        let now = self.suites.get(suite).map_or(0, |suite| suite.position);
        let position = match wanted.as_of {
            None => now,
            Some(token) => token
                .strip_prefix("p-")
                .and_then(|position| position.parse().ok())
                .ok_or_else(|| SourceError::NoToken(token.to_owned()))?,
        };
        let chunks = self
            .suites
            .get(suite)
            .map_or(&[][..], |suite| &suite.chunks);
        let chunks = chunks
            .iter()
            .filter(|chunk| wanted.include_open || !chunk.is_open);
        Ok(Read {
            chunks: chunks
                .map(|chunk| chunk.clone() as Arc<dyn Chunk>)
                .collect(),
            as_of: format!("p-{position}"),
            position,
        })
    }
}

/// The values of one column while rows are added; rows that say nothing are left out.
#[derive(Debug)]
struct Values {
    words: Arc<Words>,
    sparse: Vec<(usize, Held)>,
}

#[derive(Debug)]
enum Held {
    Number(i64),
    Code(u32),
    Codes(Vec<u32>),
}

#[derive(Debug, Default)]
struct Filling {
    rows: [usize; 4],
    columns: HashMap<(Table, String), Values>,
    watched: Vec<Vec<(i64, i64)>>,
}

impl Filling {
    fn add(&mut self, dictionary: &Dictionary, row: &SessionRow<'_>, number: i64) {
        let session = self.rows[Table::Sessions as usize];
        self.add_members(dictionary, Table::Sessions, row.session);
        let numbers = [
            ("isLive", Some(i64::from(row.is_live))),
            ("startedAt", Some(row.started_at)),
            ("lastAt", Some(row.last_at)),
            ("position", Some(row.position.unwrap_or(i64::MAX))),
            ("startPosition", Some(number)),
            ("lengthUs", length_us(row.session.get("length"))),
        ];
        for (name, number) in numbers {
            self.put(dictionary, Table::Sessions, name, number.map(Held::Number));
        }
        self.rows[Table::Sessions as usize] += 1;
        self.watched.push(row.watched.to_vec());
        for (table, parts) in [(Table::Ads, row.ads), (Table::Chapters, row.chapters)] {
            for part in parts {
                let id = part.get("id").and_then(Value::as_str);
                if table == Table::Chapters || id.is_some_and(|id| !id.is_empty()) {
                    self.add_part(dictionary, table, session, part);
                }
            }
        }
        for (name, state) in row.states {
            let mut part = state.as_object().cloned().unwrap_or_default();
            part.insert("name".into(), name.as_str().into());
            self.add_part(dictionary, Table::States, session, &part);
        }
    }

    fn add_part(
        &mut self,
        dictionary: &Dictionary,
        table: Table,
        session: usize,
        part: &Map<String, Value>,
    ) {
        self.add_members(dictionary, table, part);
        let parent = i64::try_from(session).expect("rows of a chunk are few");
        self.put(dictionary, table, "parent", Some(Held::Number(parent)));
        self.rows[table as usize] += 1;
    }

    fn add_members(&mut self, dictionary: &Dictionary, table: Table, members: &Map<String, Value>) {
        for (name, value) in members {
            if name == "customMetadata" {
                for (key, value) in value.as_object().into_iter().flatten() {
                    self.add_value(dictionary, table, &format!("custom.{key}"), value);
                }
            } else {
                self.add_value(dictionary, table, name, value);
            }
        }
    }

    fn add_value(&mut self, dictionary: &Dictionary, table: Table, name: &str, value: &Value) {
        let words = || dictionary.words(table, name);
        let held = match value {
            Value::Null | Value::Object(_) => None,
            Value::Bool(flag) => Some(Held::Number(i64::from(*flag))),
            Value::Number(number) if name == "averageMinuteAudience" => {
                let ratio = number.as_f64().unwrap_or(0.0) * RATIO_SCALE as f64;
                Some(Held::Number((ratio + 0.5).floor() as i64))
            }
            Value::Number(number) => Some(match number.as_i64() {
                Some(whole) if name != "length" => Held::Number(whole),
                _ => Held::Code(words().code(&number.as_f64().unwrap_or(0.0).to_string())),
            }),
            Value::String(text) => Some(Held::Code(words().code(text))),
            Value::Array(items) => {
                let words = words();
                let texts = items.iter().filter_map(Value::as_str);
                let mut seen = HashSet::new();
                let codes = texts.map(|text| words.code(text));
                Some(Held::Codes(
                    codes.filter(|code| seen.insert(*code)).collect(),
                ))
            }
        };
        self.put(dictionary, table, name, held);
    }

    fn put(&mut self, dictionary: &Dictionary, table: Table, name: &str, held: Option<Held>) {
        let Some(held) = held else { return };
        let row = self.rows[table as usize];
        let values = self
            .columns
            .entry((table, name.to_owned()))
            .or_insert_with(|| Values {
                words: dictionary.words(table, name),
                sparse: Vec::new(),
            });
        values.sparse.push((row, held));
    }

    fn finish(self, is_open: bool) -> MemoryChunk {
        let rows = self.rows;
        let columns = self.columns.into_iter().map(|((table, name), values)| {
            let column = values.column(rows[table as usize]);
            ((table, name), Arc::new(column))
        });
        let mut columns: HashMap<_, _> = columns.collect();
        let mut spans = Spans {
            starts: vec![0],
            spans: Vec::new(),
        };
        for watched in self.watched {
            spans.spans.extend(watched);
            spans.starts.push(spans.spans.len() as u32);
        }
        columns.insert(
            (Table::Sessions, "watched".to_owned()),
            Arc::new(Column::Spans(spans)),
        );
        let mut chunk = MemoryChunk {
            rows,
            columns,
            is_open,
            times: [NEVER; 5],
        };
        chunk.times = ["startTs", "endTs", "startedAt", "lastAt", "position"]
            .map(|name| chunk.times_of(name));
        chunk
    }
}

impl Values {
    fn column(self, rows: usize) -> Column {
        let is_list = matches!(self.sparse.first(), Some((_, Held::Codes(_))));
        let is_number = self
            .sparse
            .iter()
            .all(|(_, held)| matches!(held, Held::Number(_)));
        if is_list {
            return self.list(rows);
        }
        if is_number {
            let mut numbers = vec![None; rows];
            for (row, held) in self.sparse {
                if let Held::Number(number) = held {
                    numbers[row] = Some(number);
                }
            }
            return Column::Ints(Ints::new(numbers.into_iter()));
        }
        let mut codes = vec![NULL; rows];
        for (row, held) in self.sparse {
            codes[row] = match held {
                Held::Code(code) => code,
                Held::Number(number) => self.words.code(&number.to_string()),
                Held::Codes(_) => NULL,
            };
        }
        Column::Text(TextColumn {
            codes,
            words: self.words,
        })
    }

    fn list(self, rows: usize) -> Column {
        let mut starts = Vec::with_capacity(rows + 1);
        let mut codes = Vec::new();
        let mut sparse = self.sparse.into_iter().peekable();
        for row in 0..rows {
            starts.push(codes.len() as u32);
            if let Some((_, Held::Codes(own))) = sparse.next_if(|(at, _)| *at == row) {
                codes.extend(own);
            }
        }
        starts.push(codes.len() as u32);
        Column::List(ListColumn {
            starts,
            codes,
            words: self.words,
        })
    }
}

fn length_us(length: Option<&Value>) -> Option<i64> {
    let seconds = length?.as_f64()?;
    Some(playhead_model::time::Playhead::from_seconds(seconds).0)
}

#[derive(Debug)]
struct MemoryChunk {
    rows: [usize; 4],
    columns: HashMap<(Table, String), Arc<Column>>,
    is_open: bool,
    /// Starts and ends, arrivals of both, positions.
    times: [Times; 5],
}

const NEVER: Times = Times {
    least: i64::MAX,
    greatest: i64::MIN,
};

impl MemoryChunk {
    fn find(&self, table: Table, name: &str) -> Arc<Column> {
        let column = self.columns.get(&(table, name.to_owned()));
        column.cloned().unwrap_or(Arc::new(Column::Absent))
    }

    fn times_of(&self, name: &str) -> Times {
        let column = self.find(Table::Sessions, name);
        let values = (0..self.rows[0]).filter_map(|row| column.number(row));
        values.fold(NEVER, |times, value| Times {
            least: times.least.min(value),
            greatest: times.greatest.max(value),
        })
    }
}

impl Chunk for MemoryChunk {
    fn rows(&self, table: Table) -> Result<usize, SourceError> {
        Ok(self.rows[table as usize])
    }

    fn column(&self, table: Table, name: &str) -> Result<Arc<Column>, SourceError> {
        Ok(self.find(table, name))
    }

    fn custom(&self, table: Table, key: &str) -> Result<Arc<Column>, SourceError> {
        Ok(self.find(table, &format!("custom.{key}")))
    }

    /// Those that are given, or the number of a session among those that were added.
    fn ids(&self, rows: &[u32]) -> Result<Vec<String>, SourceError> {
        let (given, numbers) = (
            self.find(Table::Sessions, "ID"),
            self.find(Table::Sessions, "startPosition"),
        );
        let id = |row: &u32| {
            let code = code_of(&given, *row as usize);
            let given = given.words().and_then(|words| words.text(code));
            let number = || numbers.number(*row as usize).unwrap_or(0).to_string();
            given.unwrap_or_else(number)
        };
        Ok(rows.iter().map(id).collect())
    }

    fn started(&self) -> Times {
        self.times[0]
    }

    fn ended(&self) -> Times {
        self.times[1]
    }

    fn started_at(&self) -> Times {
        self.times[2]
    }

    fn last_at(&self) -> Times {
        self.times[3]
    }

    fn position(&self) -> i64 {
        self.times[4].greatest
    }

    fn is_open(&self) -> bool {
        self.is_open
    }
}
