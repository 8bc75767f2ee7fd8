//! The Media Edge API at the door: its paths, and what becomes of a request.

mod answer;
mod datastream;
mod document;
mod identity;
mod problem;
mod query;

use hyper::Method;
use hyper::body::Incoming;
use hyper::header::{COOKIE, EXPECT, HeaderMap, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use playhead_engine::intake::{EdgeRequest, EdgeTaken, Target};
use playhead_model::keys::EventType;
use playhead_model::outcome::Refusal;
use playhead_wire::edge::{self, Account, Event, Kind};

use super::progress::{Progress, Stage};
use super::request::{BodyKind, read_body, sender};
use super::response::{self, Answer};
use super::{Door, rates};
pub use datastream::{Datastream, Datastreams};
use document::Writer;
use identity::Identity;
use problem::Problem;
use query::Query;

/// What stands at a path of this API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One type of event.
    Event(Kind),
    /// Events of any type.
    Interact,
    /// The same, without an answer that anyone waits for.
    Collect,
    /// The viewer agrees, or does not.
    Consent,
    /// The client asks who its viewer is.
    Identity,
    /// Nothing, below a base path of this API.
    Nothing,
}

/// The place of a path: `/ee`, perhaps a location hint, and the rest; `None` if this is no path of
/// the API. What stands before is an operator's prefix. `ee-…` are names of test environments.
pub(super) fn place(path: &str) -> Option<Place> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    let is_base = |part: &str| part == "ee" || part.starts_with("ee-");
    let mut behind_bases = (0..parts.len())
        .filter(|at| is_base(parts[*at]))
        .map(|at| &parts[at + 1..]);
    let first = behind_bases.next()?;
    let mut all = std::iter::once(first).chain(behind_bases);
    Some(all.find_map(behind_base).unwrap_or(Place::Nothing))
}

fn behind_base(parts: &[&str]) -> Option<Place> {
    let is_hint = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let place = |parts: &[&str]| match *parts {
        ["va", "v1", name] => Kind::from_name(name).map(Place::Event),
        ["v1", "interact"] => Some(Place::Interact),
        ["v1", "collect"] => Some(Place::Collect),
        ["v1", "privacy", "set-consent"] => Some(Place::Consent),
        ["v1", "identity", "acquire"] => Some(Place::Identity),
        _ => None,
    };
    place(parts).or_else(|| match parts {
        [hint, rest @ ..] if !hint.is_empty() && is_hint(hint) => place(rest),
        _ => None,
    })
}

/// Where a client is told that it was served: a name and a number, of which there is one here.
const REGION: &str = "SELF;0";

/// Answers a request to a place of this API.
pub(super) async fn answer(
    door: &Door,
    place: Place,
    head: &Parts,
    body: Incoming,
    progress: &Progress,
) -> Answer {
    let mut answer = match (place, &head.method) {
        (_, &Method::OPTIONS) => answer::preflight(),
        (Place::Nothing, _) => answer::nothing_here(),
        (_, &Method::POST) => post(door, place, head, body, progress).await,
        _ => answer::not_allowed(),
    };
    let headers = answer.headers_mut();
    headers.insert("x-adobe-edge", HeaderValue::from_static(REGION));
    allow_origin(headers, head.headers.get(ORIGIN).cloned());
    answer
}

/// A browser gives an answer to a page that sent cookies along only if it names the page.
fn allow_origin(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    use hyper::header;

    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else {
        return;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let credentials = HeaderValue::from_static("true");
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
    let exposed = HeaderValue::from_static("x-adobe-edge, Retry-After");
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

async fn post(
    door: &Door,
    place: Place,
    head: &Parts,
    body: Incoming,
    progress: &Progress,
) -> Answer {
    let kind = match place {
        Place::Event(Kind::Downloaded) => BodyKind::Array,
        _ => BodyKind::Event,
    };
    let waits = head.headers.contains_key(EXPECT);
    let body = match read_body(door, kind, body, waits, progress).await {
        Ok(body) => body,
        Err(unread) => return problem::of_transport(unread.answer(door)),
    };
    progress.enter(Stage::Answer);
    let target = match place {
        Place::Event(Kind::Downloaded | Kind::Event(EventType::SessionStart)) => Target::Sessions,
        _ => Target::Events(None),
    };
    if let Some(refused) = rates::too_many(door, target, progress.peer, &head.headers) {
        door.cell.get_mut().note_refused(&refused, &body);
        return problem::of_transport(response::refused(&refused));
    }
    let query = Query::read(head.uri.query().unwrap_or_default());
    match take(door, place, head, &query, &body, progress) {
        Err(problem) => problem.answer(&query),
        Ok(taken) => {
            if taken.waits && door.cell.durable().await.is_err() {
                return Problem::unavailable("the log cannot be written").answer(&query);
            }
            taken.answer
        }
    }
}

/// An answer that may be given once what was appended is durable.
struct Ready {
    answer: Answer,
    waits: bool,
}

fn take(
    door: &Door,
    place: Place,
    head: &Parts,
    query: &Query,
    body: &[u8],
    progress: &Progress,
) -> Result<Ready, Problem> {
    let refuse = |reason, problem: Problem| {
        let detail = problem.detail.clone();
        door.cell.get_mut().note_refusal(reason, &detail, body);
        problem
    };
    let request = edge::Request::parse(body)
        .map_err(|faults| refuse(Refusal::Invalid, Problem::not_json(&faults)))?;
    let datastreams = door.datastreams.borrow().clone();
    let datastream = datastreams.find(query.datastream.as_deref());
    let datastream =
        datastream.ok_or_else(|| refuse(Refusal::NotAllowed, Problem::unknown_datastream()))?;
    let identity = Identity::find(&request, head.headers.get_all(COOKIE), &datastream, place);
    let writer = Writer::new(&request, query, &datastream, &identity);
    let kind = match place {
        Place::Event(kind) => Some(kind),
        Place::Consent => return Ok(Ready::at_once(writer.consent())),
        Place::Identity => return Ok(Ready::at_once(writer.nothing())),
        _ => None,
    };
    let events = request
        .events()
        .map_err(|faults| refuse(Refusal::Invalid, Problem::faulty(&faults)))?;
    if query.datastream.is_none() && opens_a_session(kind, &events) {
        return Err(refuse(Refusal::Invalid, Problem::no_datastream()));
    }
    let account = Account {
        suite: datastream.suite,
        organisation: datastream.organisation,
    };
    let request = EdgeRequest {
        kind,
        account,
        ecid: identity.spare(),
        events: &events,
    };
    let sender = || sender(door, "edge", progress, &head.headers);
    let taken = door.cell.get_mut().take_edge(&request, body, sender);
    let waits = taken.taken > 0;
    let answer = told(place, &taken, &writer)?;
    Ok(Ready { answer, waits })
}

impl Ready {
    fn at_once(answer: Answer) -> Self {
        Self {
            answer,
            waits: false,
        }
    }
}

fn opens_a_session(kind: Option<Kind>, events: &[Event<'_, '_>]) -> bool {
    let opens = |kind| {
        matches!(
            kind,
            Kind::Downloaded | Kind::Event(EventType::SessionStart)
        )
    };
    match kind {
        Some(kind) => opens(kind),
        None => events.iter().filter_map(Event::kind).any(opens),
    }
}

/// What the client is told of its events.
fn told(place: Place, taken: &EdgeTaken, writer: &Writer<'_>) -> Result<Answer, Problem> {
    // A client that may try again shall do so with everything: what is known already is a repeat.
    for reason in [Refusal::Unavailable, Refusal::RateLimited] {
        if taken.taken == 0 && taken.has_refused(reason) {
            return Err(Problem::of_events(taken, reason));
        }
    }
    match place {
        Place::Collect => Ok(answer::no_content()),
        Place::Event(Kind::Downloaded | Kind::Event(EventType::SessionStart)) => {
            if let Some(problem) = Problem::of_start(taken) {
                return Err(problem);
            }
            Ok(writer.events(taken))
        }
        Place::Event(_) => match Problem::of_event(taken) {
            Some(problem) => Err(problem),
            None => Ok(answer::no_content()),
        },
        _ => Ok(writer.events(taken)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_places() {
        let play = Place::Event(Kind::Event(EventType::Play));
        for (path, expected) in [
            ("/ee/va/v1/play", Some(play)),
            ("/ee/or2/va/v1/play", Some(play)),
            ("/ee/or2/va/v1/play/", Some(play)),
            ("/prefix/ee/va/v1/play", Some(play)),
            ("/ee-pre-prd/or2/va/v1/play", Some(play)),
            ("/ee/ee/va/v1/play", Some(play)),
            ("/ee/va/v1/downloaded", Some(Place::Event(Kind::Downloaded))),
            ("/ee/v1/interact", Some(Place::Interact)),
            ("/ee/v1/v1/collect", Some(Place::Collect)),
            ("/ee/irl1/v1/privacy/set-consent", Some(Place::Consent)),
            ("/ee/v1/identity/acquire", Some(Place::Identity)),
            ("/ee/va/v1/stateStart", Some(Place::Nothing)),
            ("/ee/va/v1/Play", Some(Place::Nothing)),
            ("/ee/va/v2/play", Some(Place::Nothing)),
            ("/ee/a-b/va/v1/play", Some(Place::Nothing)),
            ("/ee//va/v1/play", Some(Place::Nothing)),
            ("/ee", Some(Place::Nothing)),
            ("/va/v1/play", None),
            ("/eel/va/v1/play", None),
            ("/", None),
        ] {
            assert_eq!(place(path), expected, "{path}");
        }
    }
}
