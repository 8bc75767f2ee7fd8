//! Rows of the table of events: every event that was acknowledged, as it was received, with what
//! became of it.

use playhead_log::Reader;
use playhead_model::body;
use playhead_model::catalog::EventRow;
use playhead_model::event::Parsed;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::keys::EventType;
use playhead_model::outcome::Rule;
use playhead_model::row::{day_of, integer, of};
use playhead_model::time::ReceivedMs;
use playhead_session::explain::{self, Input, Received, SettledEvent};
use playhead_session::row;
use playhead_store::parts;

use crate::bodies;
use crate::core::{Introduction, Origin, Trailing};
use crate::history::{self, Events, Stored};
use crate::pump::{Closing, Trail};

/// The events of a session up to its close. They are not stamped with its close.
///
/// # Errors
/// Why they cannot be told: the log no longer has them, or not as they were.
pub(crate) fn of_session(
    log: &Reader,
    closing: &Closing,
    suite: &str,
) -> Result<Vec<EventRow>, String> {
    let open = &closing.open;
    let records = records(log, open.sid, open.tail)?;
    let events = Events::of(&records);
    let (start, rest) = events.received.split_first().ok_or("it has none")?;
    let input = Input {
        sid: open.sid,
        rules: &closing.rules,
        start: *start,
        events: rest,
        downloaded: open.origin == Origin::Batch,
        now: ReceivedMs(u64::MAX),
    };
    let settled = explain::settle(&input).map_err(|error| error.to_string())?;
    let rows = settled.iter().zip(&events.received).zip(&events.places);
    let rows = rows
        .map(|((event, received), place)| event_row(open.sid, suite, event, received.body, *place));
    Ok(rows.collect())
}

/// The events of a record that came for a session which had closed. Where the log no longer reaches
/// back to the start, what is known of the session is looked for in the store.
pub(crate) fn behind_close(log: &Reader, store: &parts::Reader, trail: &Trail) -> Vec<EventRow> {
    let Trailing { sid, position, .. } = trail.trailing;
    let (records, is_whole) = match records(log, sid, position) {
        Ok(records) => (records, true),
        Err(_) => match bodies::read(log, position) {
            Ok(bytes) => (vec![Stored { position, bytes }], false),
            Err(error) => {
                tracing::warn!(%error, "an event behind a close is not stored");
                return Vec::new();
            }
        },
    };
    let events = Events::of(&records);
    let first = events.received.first().filter(|_| is_whole);
    let suite = first.map(|start| row::report_suite(Introduction::read(start.body).tag.suite));
    let start = match first {
        Some(_) => of(records[0].position),
        None => start_of(store, sid),
    };
    let rows = events.received.iter().zip(&events.places);
    let rows = rows.filter(|(_, (found, _))| *found == position);
    let rows = rows.filter_map(|(received, place)| {
        let event = settled(received, trail.trailing.rule)?;
        let suite = suite.unwrap_or(&trail.suite);
        let mut row = event_row(sid, suite, &event, received.body, *place);
        row.start_position = start;
        row.close_position = row.position;
        row.day = day_of(received.at);
        Some(row)
    });
    rows.collect()
}

/// An event that the machine never saw.
fn settled(received: &Received<'_>, rule: Rule) -> Option<SettledEvent> {
    let (event_type, ts, playhead) = match Parsed::read(received.body).ok()? {
        Parsed::Start(start) => (EventType::SessionStart, start.ts, start.playhead),
        Parsed::Event(event) => (event.kind.event_type(), event.ts, event.playhead),
    };
    Some(SettledEvent {
        event_ref: received.event_ref,
        event_type,
        ts,
        at: received.at,
        playhead,
        settled: rule.outcome(),
        rule,
    })
}

fn start_of(store: &parts::Reader, sid: SessionId) -> i64 {
    let rows = store.get(sid).ok().flatten();
    rows.map_or(0, |rows| rows.session.start_position)
}

fn records(log: &Reader, sid: SessionId, tail: LogPosition) -> Result<Vec<Stored>, String> {
    history::records(log, sid, tail).map_err(|error| error.to_string())
}

fn event_row(
    sid: SessionId,
    suite: &str,
    event: &SettledEvent,
    body: &[u8],
    (position, number): (LogPosition, u32),
) -> EventRow {
    let body = body::to_json(body).map_or_else(|_| String::new(), |body| body.to_string());
    EventRow {
        sid,
        report_suite: suite.into(),
        position: of(position),
        number: number.into(),
        event_type: event.event_type.name().into(),
        ts: event.ts.0,
        received_at: integer(event.at.0),
        playhead: event.playhead.seconds(),
        outcome: event.settled.name().into(),
        rule: (event.rule != Rule::None).then(|| event.rule.name().into()),
        body: body.into(),
        start_position: 0,
        close_position: 0,
        day: Default::default(),
    }
}
