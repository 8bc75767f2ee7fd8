//! Why a session has the numbers it has.
//!
//! [`explain`] runs the machine once more over the acknowledged events of one session, listens to
//! what it decides, and puts together a list of events with what each did and, for each metric,
//! the intervals and events it is made of. The intervals of a metric add up to it exactly, in
//! milliseconds before the one rounding. It is pure like the machine: bodies come in, an
//! [`Explanation`] goes out, as JSON or as text. `docs/explain.md` describes both forms.

mod change;
mod event;
mod facts;
mod interval;
mod json;
mod made;
mod metric;
mod parts;
mod recorder;
mod settled;
mod text;
mod verdicts;
mod words;

use std::borrow::Cow;

use playhead_model::body::{self, BodyError};
use playhead_model::event::{Event, Parsed, Start};
use playhead_model::ids::{EventRef, SessionId};
use playhead_model::outcome::{CloseReason, Rule, Settled};
use playhead_model::row::Rows;
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs};

pub use self::change::Change;
pub use self::event::{After, ExplainedEvent};
pub use self::interval::{ExplainedSpan, Interval, Label, Part};
pub use self::metric::{Exact, ExplainedMetric, Of};
pub use self::settled::{SettledEvent, settle};

use self::facts::{Facts, Source};
use self::recorder::Recorder;
use crate::batch::run_batch;
use crate::observe::Observer;
use crate::row::{self, Bodies, Identity};
use crate::state::Session;
use crate::window::Arrival;

/// How an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By itself.
    Alone,
    /// In the array that is the session.
    InBatch,
    /// Once more with a start, or an array, that the session has already.
    Repeated,
}

/// One acknowledged event of the session.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// Where it lies in the log. It is only handed through.
    pub event_ref: EventRef,
    /// Server time.
    pub at: ReceivedMs,
    /// The body in its compact form.
    pub body: &'a [u8],
    pub way: Way,
}

/// The events of one session, in the order of the log.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub sid: SessionId,
    /// The rules that the session began with.
    pub rules: &'a Rules,
    /// Its `sessionStart`.
    pub start: Received<'a>,
    /// All others. What is repeated is listed with the body that it repeats.
    pub events: &'a [Received<'a>],
    /// Whether they came as one batch.
    pub downloaded: bool,
    /// Server time up to which deadlines have passed. For a session that is known to be closed
    /// any later time will do, the largest included.
    pub now: ReceivedMs,
}

/// A body that cannot be read as what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainError {
    /// The body of the event with this number (0 is the start) is damaged.
    Body { number: usize, source: BodyError },
    /// The first event is no `sessionStart`.
    NoStart,
}

impl std::fmt::Display for ExplainError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Body { number, .. } => write!(f, "body of event {number} cannot be read"),
            Self::NoStart => f.write_str("the first event is no sessionStart"),
        }
    }
}

impl std::error::Error for ExplainError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Body { source, .. } => Some(source),
            Self::NoStart => None,
        }
    }
}

/// How the session ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    pub reason: CloseReason,
    /// Client time of the last accepted event, where every duration stops.
    pub ts: PlayerMs,
    /// The event that ended it, by number.
    pub by: Option<usize>,
    /// The instant of server time at which it ended, if no event did it.
    pub at: Option<ReceivedMs>,
    /// What the close itself closed, as not completed.
    pub closes: Vec<Change>,
}

/// Everything about one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The numbers, as every other surface has them.
    pub rows: Rows,
    /// How it ended; `None` while it is open, when all numbers are those of a close right now.
    pub closing: Option<Closing>,
    /// In the order of arrival; the place in this list is the event's number.
    pub events: Vec<ExplainedEvent>,
    /// What the time from the start to the last accepted event counts as, in order.
    pub spans: Vec<ExplainedSpan>,
    /// In the order of the catalog, then ads, chapters and states.
    pub metrics: Vec<ExplainedMetric>,
}

impl Explanation {
    /// Whether the session is open, so that what is said here may still change.
    pub fn is_provisional(&self) -> bool {
        self.closing.is_none()
    }
}

/// Explains a session.
///
/// # Errors
/// If a body is not what the log's records say it is.
pub fn explain(input: &Input<'_>) -> Result<Explanation, ExplainError> {
    let read = Events::read(input)?;
    let mut recorder = Recorder::new(&read, input);
    let (session, held) = run(input, &read, &mut recorder);
    let is_open = !held.is_closed;
    let numbers = held.events.iter().map(|held| recorder.number(*held));
    let numbers: Vec<usize> = numbers.collect();
    let identity = Identity {
        sid: input.sid,
        start: EventRef(0),
        downloaded: input.downloaded,
    };
    let rows = row::rows(identity, &session, input.rules, &read);
    let closing = session
        .closed()
        .and_then(|closed| closed.reason)
        .filter(|_| !is_open)
        .map(|reason| closing(reason, input, &session, &recorder));
    let facts = Facts::new(input, &read, &recorder, &session, &rows);
    let events = event::explain_all(&facts, &numbers, closing.as_ref());
    let metrics = metric::explain_all(&facts);
    let spans = interval::spans(&facts);
    Ok(Explanation {
        closing,
        events,
        spans,
        metrics,
        rows,
    })
}

/// The events as the machine reads them.
struct Events<'a> {
    start: Start,
    start_body: &'a [u8],
    /// By number.
    sources: Vec<Source>,
    /// What goes through the machine, with its body: the first has the reference 1.
    taken: Vec<(usize, Event, &'a [u8])>,
}

impl<'a> Events<'a> {
    fn read(input: &Input<'a>) -> Result<Self, ExplainError> {
        let parse = |number, body| {
            Parsed::read(body).map_err(|source| ExplainError::Body { number, source })
        };
        let Parsed::Start(start) = parse(0, input.start.body)? else {
            return Err(ExplainError::NoStart);
        };
        let mut sources = vec![Source::of_start(&start, &input.start)];
        let mut taken = Vec::with_capacity(input.events.len());
        for (index, received) in input.events.iter().enumerate() {
            let number = index + 1;
            match parse(number, received.body)? {
                Parsed::Start(repeat) => sources.push(Source::of_start(&repeat, received)),
                Parsed::Event(event) => {
                    sources.push(Source::of_event(&event, received));
                    // What came by itself for a batch came after its end.
                    let own_way = match input.downloaded {
                        true => Way::InBatch,
                        false => Way::Alone,
                    };
                    if received.way == own_way {
                        taken.push((number, event, received.body));
                    }
                }
            }
        }
        Ok(Self {
            start,
            start_body: input.start.body,
            sources,
            taken,
        })
    }
}

impl Bodies for Events<'_> {
    fn body(&self, event: EventRef) -> Option<Cow<'_, [u8]>> {
        let Some(place) = usize::try_from(event.0).ok()?.checked_sub(1) else {
            return Some(Cow::Borrowed(self.start_body));
        };
        self.taken
            .get(place)
            .map(|(_, _, body)| Cow::Borrowed(*body))
    }
}

/// What waited in the window when the events ended.
struct Held {
    is_closed: bool,
    events: Vec<EventRef>,
}

/// Runs the machine to its end, or to a provisional end.
fn run<O: Observer>(input: &Input<'_>, events: &Events<'_>, observer: &mut O) -> (Session, Held) {
    let rules = input.rules;
    if input.downloaded {
        let batch = events.taken.iter();
        let batch = batch.map(|(_, event, body)| (body::fingerprint(body), event.clone()));
        let session = run_batch(
            &events.start,
            batch.collect(),
            input.start.at,
            rules,
            observer,
        );
        return (
            session,
            Held {
                is_closed: true,
                events: Vec::new(),
            },
        );
    }
    let mut session = Session::open(&events.start, input.start.at);
    for (place, (number, event, body)) in events.taken.iter().enumerate() {
        let arrival = Arrival {
            at: events.sources[*number].at,
            event_ref: EventRef(place as u64 + 1),
            fingerprint: body::fingerprint(body),
            event: event.clone(),
        };
        session.arrive(arrival, rules, observer);
    }
    session.advance(input.now, rules, observer);
    let held = Held {
        is_closed: session.closed().is_some(),
        events: session.held.iter().map(|held| held.event_ref).collect(),
    };
    (session.provisional(rules, observer), held)
}

fn closing(
    reason: CloseReason,
    input: &Input<'_>,
    session: &Session,
    recorder: &Recorder,
) -> Closing {
    let by = match reason {
        CloseReason::SessionEnd => recorder.accepted.last().map(|last| last.number),
        _ => recorder.tripped(),
    };
    let by_clock = by.is_none() && !input.downloaded;
    Closing {
        reason,
        ts: session.client_span().1,
        by,
        at: by_clock.then(|| session.end_by_clock(input.rules)),
        closes: recorder.closed_by_close(),
    }
}

/// What becomes of an event in the end, or would if the session closed now.
type Verdict = (Settled, Rule);
