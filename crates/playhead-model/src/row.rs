//! Everything told about one closed session: its row in each table, and the JSON answer that is
//! made of them.

use serde_json::{Map, Value, json};

use crate::catalog::{AdRow, ChapterRow, Day, EventRow, Row as _, SessionRow, StateRow};
use crate::ids::LogPosition;
use crate::record::Sender;
use crate::time::ReceivedMs;

/// The version of the definitions by which numbers are computed. It grows with every change that
/// gives the same events other numbers, or a number that they had not: a row says by it what its
/// empty columns mean.
pub const DEFINITION_VERSION: i64 = 2;

/// The rows of one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub session: SessionRow,
    pub ads: Vec<AdRow>,
    pub chapters: Vec<ChapterRow>,
    pub states: Vec<StateRow>,
    /// Its events up to the close, in the order of the log.
    pub events: Vec<EventRow>,
}

/// What the engine knows of a session beside its events.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Its first record, its last one, and the one at which it closed.
    pub start: LogPosition,
    pub tail: LogPosition,
    pub close: LogPosition,
    pub closed_at: ReceivedMs,
    /// Number of the rules that it was computed under.
    pub rules: u32,
    /// Whether it came as one batch.
    pub is_batch: bool,
}

impl Rows {
    /// Writes into all rows where the session lies in the log, and when it closed.
    pub fn stamp(&mut self, stamp: &Stamp) {
        let (start, close) = (of(stamp.start), of(stamp.close));
        let closed_at = integer(stamp.closed_at.0);
        let day = day_of(stamp.closed_at);
        self.session.tail_position = of(stamp.tail);
        self.session.rules = stamp.rules.into();
        self.session.is_batch = stamp.is_batch;
        macro_rules! stamped {
            ($($rows:expr),*) => {
                $(for row in $rows {
                    row.closed_at = closed_at;
                    row.start_position = start;
                    row.close_position = close;
                    row.day = day;
                })*
            };
        }
        stamped!(
            [&mut self.session],
            &mut self.ads,
            &mut self.chapters,
            &mut self.states
        );
        for event in &mut self.events {
            event.start_position = start;
            event.close_position = close;
            event.day = day;
        }
    }

    /// Adds what the door found out about the sender.
    pub fn add_sender(&mut self, sender: &Sender) {
        let known = |text: &str| (!text.is_empty()).then(|| text.into());
        let session = &mut self.session;
        session.api = known(&sender.api);
        session.country = known(&sender.country);
        session.region = known(&sender.region);
        session.network_name = known(&sender.network);
        session.device = known(&sender.device);
        session.system = known(&sender.system);
        session.browser = known(&sender.browser);
        session.is_bot = sender.bot;
    }

    /// The object that `compute` prints and the console answers with.
    pub fn answer(&self) -> Value {
        let states = self.states.iter();
        let states: Map<_, _> = states
            .map(|state| (state.name.to_string(), Value::Object(state.json())))
            .collect();
        json!({
            "session": self.session.json(),
            "ads": self.ads.iter().map(AdRow::json).collect::<Vec<_>>(),
            "chapters": self.chapters.iter().map(ChapterRow::json).collect::<Vec<_>>(),
            "states": states,
        })
    }
}

/// The UTC day of an instant of server time.
pub fn day_of(at: ReceivedMs) -> Day {
    Day(i32::try_from(at.0 / 86_400_000).unwrap_or(i32::MAX))
}

/// A position as a column has it.
pub fn of(position: LogPosition) -> i64 {
    integer(position.0)
}

/// A count as a column has it.
pub fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
