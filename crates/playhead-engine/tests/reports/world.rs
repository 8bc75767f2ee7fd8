//! The same random sessions as plain rows and as a store with an engine before it.

use std::sync::{Arc, Mutex};

use playhead_engine::columnar::{Cache, Live, OpenSet, Sessions, Waiting};
use playhead_model::catalog::{
    AdRow, Answer, Cell, ChapterRow, Column, ColumnKind, Row, SessionRow, StateRow,
};
use playhead_model::ids::{LogPosition, SessionId, SlotId};
use playhead_model::report::{self, ReportError, Request};
use playhead_model::row::{Rows, Stamp};
use playhead_model::time::{Playhead, ReceivedMs};
use playhead_query::{Memory, Source, SourceError, Surroundings};
use playhead_store::parts::storage::MemoryStorage;
use playhead_store::parts::{Effect, Store};
use serde_json::{Map, Value};

/// Positions of the log between two closes.
const STEP: u64 = 10;

pub(crate) fn memory(rows: &[Value]) -> Memory {
    let mut memory = Memory::default();
    for row in rows {
        let objects = |name: &str| -> Vec<Map<String, Value>> {
            let list = row[name].as_array().unwrap().iter();
            list.map(|part| part.as_object().unwrap().clone()).collect()
        };
        let watched = row["watched"].as_array().unwrap().iter();
        let watched: Vec<(i64, i64)> = watched
            .map(|pair| (pair[0].as_i64().unwrap(), pair[1].as_i64().unwrap()))
            .collect();
        memory.add(&playhead_query::SessionRow {
            suite: row["suite"].as_str().unwrap(),
            session: row["session"].as_object().unwrap(),
            ads: &objects("ads"),
            chapters: &objects("chapters"),
            states: row["states"].as_object().unwrap(),
            watched: &watched,
            is_live: row["isLive"] == true,
            started_at: row["startedAt"].as_i64().unwrap(),
            last_at: row["lastAt"].as_i64().unwrap(),
            position: row["position"].as_i64(),
        });
    }
    memory.finish();
    memory
}

/// What the engine has beside the store.
#[derive(Debug, Default)]
pub(crate) struct Engine {
    pub(crate) position: u64,
    pub(crate) waiting: Vec<Rows>,
    pub(crate) open: Vec<Rows>,
    /// Where the open ones are taken, if not at the present position.
    pub(crate) open_at: Option<u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Shared(pub(crate) Mutex<Engine>);

impl Live for Shared {
    fn suites(&self) -> Result<Vec<String>, SourceError> {
        let engine = self.0.lock().unwrap();
        let rows = engine.open.iter().chain(&engine.waiting);
        Ok(rows
            .map(|rows| rows.session.report_suite.to_string())
            .collect())
    }

    fn waiting(&self, suite: Option<&str>) -> Result<Waiting, SourceError> {
        let engine = self.0.lock().unwrap();
        let rows = engine
            .waiting
            .iter()
            .filter(|rows| suite.is_none_or(|suite| *rows.session.report_suite == *suite));
        Ok(Waiting {
            position: LogPosition(engine.position),
            rows: rows.cloned().collect(),
        })
    }

    fn open(&self, suite: Option<&str>, take: OpenSet<'_>) -> Result<LogPosition, SourceError> {
        let engine = self.0.lock().unwrap();
        let position = engine.open_at.unwrap_or(engine.position);
        let rows = engine.open.iter().filter(|rows| {
            let session = &rows.session;
            let is_asked_for = suite.is_none_or(|suite| *session.report_suite == *suite);
            is_asked_for && session.start_position as u64 <= position
        });
        let rows: Vec<Rows> = rows.cloned().collect();
        for some in rows.chunks(3) {
            take(some.to_vec())?;
        }
        Ok(LogPosition(position))
    }
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) engine: Arc<Shared>,
    pub(crate) sessions: Sessions,
}

impl World {
    pub(crate) fn new(cache: usize) -> Self {
        let storage = Arc::new(MemoryStorage::default());
        let store = Store::open(storage, LogPosition(u64::MAX)).unwrap();
        let engine = Arc::new(Shared::default());
        let live: Arc<dyn Live> = engine.clone();
        let sessions = Sessions::new(store.reader(), live, Cache::new(cache), usize::MAX);
        Self {
            store,
            engine,
            sessions,
        }
    }

    /// Closes a session, which the store is given at once or waits in the engine.
    pub(crate) fn close(&mut self, rows: Rows, is_given: bool) {
        let mut engine = self.engine.0.lock().unwrap();
        engine.position = rows.session.close_position as u64;
        if is_given {
            self.store.write(vec![Effect::Session(Box::new(rows))]);
        } else {
            engine.waiting.push(rows);
        }
    }

    pub(crate) fn open(&mut self, rows: Rows) {
        self.engine.0.lock().unwrap().open.push(rows);
    }

    /// Writes everything that was given into parts.
    pub(crate) fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.engine.0.lock().unwrap().waiting);
        let effects = waiting
            .into_iter()
            .map(|rows| Effect::Session(Box::new(rows)));
        self.store.write(effects.collect());
        let position = self.engine.0.lock().unwrap().position;
        self.store.complete(LogPosition(position));
        self.store.sync().unwrap();
    }
}

pub(crate) fn ask(source: &dyn Source, request: &Value) -> Result<report::Answer, ReportError> {
    let request: Request = serde_json::from_value(request.clone()).unwrap();
    playhead_query::run(source, &request, &Surroundings::default(), &|| None)
}

pub(crate) fn find(
    source: &dyn Source,
    request: &Value,
) -> Result<report::SearchAnswer, ReportError> {
    let request = serde_json::from_value(request.clone()).unwrap();
    playhead_query::search(source, &request, &Surroundings::default(), &|| None)
}

/// Where the session of a number closes.
pub(crate) fn position(number: i64) -> LogPosition {
    LogPosition(number as u64 * STEP)
}

pub(crate) fn session_id(number: i64, start_ms: u64) -> SessionId {
    let random = std::array::from_fn(|place| (number as u8).wrapping_mul(31) ^ place as u8);
    SessionId::mint(start_ms, SlotId::new(number as u16), random, |_| {
        number as u64
    })
}

/// A random row as a typed one; `number` makes its id and places in the log.
pub(crate) fn typed(row: &Value, number: i64) -> Rows {
    let (started_at, last_at) = (&row["startedAt"], &row["lastAt"]);
    let sid = session_id(number, started_at.as_u64().unwrap());
    let suite = &row["suite"];
    let mut session: SessionRow = of_members(&row["session"]);
    session.sid = sid;
    session.report_suite = suite.as_str().unwrap().into();
    session.is_reported = session.name.as_deref().is_some_and(|name| !name.is_empty());
    session.length_us = session
        .length
        .map_or(0, |length| Playhead::from_seconds(length).0);
    session.is_live = row["isLive"] == true;
    session.started_at = started_at.as_i64().unwrap();
    session.last_at = last_at.as_i64().unwrap();
    for pair in row["watched"].as_array().unwrap() {
        session
            .watched
            .push(playhead_model::catalog::WatchedStretch {
                from_us: pair[0].as_i64().unwrap(),
                to_us: pair[1].as_i64().unwrap(),
            });
    }
    let (start_ts, end_ts) = (session.start_ts, session.end_ts);
    macro_rules! parts {
        ($row:ident, $name:literal) => {
            row[$name]
                .as_array()
                .unwrap()
                .iter()
                .zip(1..)
                .map(|(part, number)| $row {
                    sid,
                    number,
                    report_suite: session.report_suite.clone(),
                    start_ts,
                    end_ts,
                    ..of_members(part)
                })
        };
    }
    let states = row["states"].as_object().unwrap().iter().zip(1..);
    let states = states.map(|((name, state), number)| StateRow {
        sid,
        number,
        report_suite: session.report_suite.clone(),
        name: name.as_str().into(),
        start_ts,
        end_ts,
        ..of_members(state)
    });
    let mut rows = Rows {
        ads: parts!(AdRow, "ads").collect(),
        chapters: parts!(ChapterRow, "chapters").collect(),
        states: states.collect(),
        events: Vec::new(),
        session,
    };
    rows.stamp(&Stamp {
        start: LogPosition((number as u64 * STEP).saturating_sub(STEP / 2)),
        tail: position(number),
        close: position(number),
        closed_at: ReceivedMs(last_at.as_u64().unwrap()),
        rules: 0,
        is_batch: false,
    });
    rows
}

fn of_members<R: Row>(members: &Value) -> R {
    R::of(&mut |place| {
        let column = &R::COLUMNS[place];
        match column.about.answer {
            Answer::Always(name) | Answer::IfSet(name) => cell(column, &members[name]),
            Answer::No => Cell::Null,
        }
    })
}

fn cell(column: &Column, value: &Value) -> Cell<'static> {
    let text = |value: &Value| -> Box<str> { value.as_str().unwrap().into() };
    match column.kind {
        _ if value.is_null() => Cell::Null,
        ColumnKind::Flag => Cell::Flag(value.as_bool().unwrap()),
        ColumnKind::Int => Cell::Int(value.as_i64().unwrap()),
        ColumnKind::Float => Cell::Float(value.as_f64().unwrap()),
        ColumnKind::Text => Cell::Text(value.as_str().unwrap().to_owned().into()),
        ColumnKind::Texts => {
            let texts = value.as_array().unwrap().iter().map(text);
            Cell::Texts(texts.collect::<Vec<_>>().into())
        }
        ColumnKind::Pairs => {
            let pairs = value.as_object().unwrap().iter();
            let pairs = pairs.map(|(key, value)| (key.as_str().into(), text(value)));
            Cell::Pairs(pairs.collect::<Vec<_>>().into())
        }
        ColumnKind::Day | ColumnKind::Stretches => Cell::Null,
    }
}
