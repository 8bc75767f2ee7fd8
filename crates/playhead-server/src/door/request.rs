//! One request: which path, how much body, and then the intake.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{
    CONNECTION, EXPECT, FORWARDED, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode, Version};
use playhead_engine::intake::Target;
use playhead_model::ids::SessionId;
use playhead_model::outcome::Refusal;
use playhead_model::record::Sender;
use playhead_sender::Headers;
use playhead_wire::schema;

use super::progress::{Progress, Stage, Told};
use super::reader::LARGE_BYTES;
use super::response::{self, Answer};
use super::{Door, Phase, edge, quiet, rates};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const CLOSE: HeaderValue = HeaderValue::from_static("close");
/// How long the beginning of a body is waited for that will be refused.
const BEGINNING_WITHIN: Duration = Duration::from_millis(100);

/// What stands at a path.
enum Place<'a> {
    Post(Target),
    Schema(&'a str),
    Readiness,
}

pub(super) async fn answer(door: &Door, request: Request<Incoming>, progress: &Progress) -> Answer {
    progress.enter(Stage::Body);
    let (head, body) = request.into_parts();
    let mut answer = route(door, &head, body, progress).await;
    if *door.phase.borrow() == Phase::Draining {
        // The connection ends by itself behind this answer, and is waited for until then.
        answer.headers_mut().insert(CONNECTION, CLOSE);
    } else {
        progress.enter(Stage::Idle);
    }
    if head.version == Version::HTTP_2 {
        // A stream ends alone, and its connection says farewell in its own way.
        answer.headers_mut().remove(CONNECTION);
    }
    answer
}

async fn route(door: &Door, head: &Parts, body: Incoming, progress: &Progress) -> Answer {
    let path = head.uri.path();
    let Some(place) = place(path) else {
        if let Some(place) = edge::place(path) {
            return edge::answer(door, place, head, body, progress).await;
        }
        let unknown = "nothing is served here; see the paths of the two media APIs";
        return response::message(StatusCode::NOT_FOUND, unknown);
    };
    match (place, &head.method) {
        (Place::Post(target), &Method::POST) => post(door, target, head, body, progress).await,
        (Place::Schema(name), &Method::GET) => response::schema(schema::by_name(name)),
        (Place::Readiness, &Method::GET) => response::readiness(is_ready(door)),
        (Place::Post(_) | Place::Schema(_), &Method::OPTIONS) => response::preflight(),
        (Place::Post(_), _) => response::not_allowed("POST, OPTIONS"),
        (Place::Schema(_), _) => response::not_allowed("GET, OPTIONS"),
        (Place::Readiness, _) => response::not_allowed("GET"),
    }
}

/// The place of a path. A prefix before `/api` is what an operator's host setting may contain, and
/// a slash at the end is what a documented snippet sends.
fn place(path: &str) -> Option<Place<'_>> {
    if path == "/readyz" {
        return Some(Place::Readiness);
    }
    let rest = match path.strip_prefix("/api/v1/") {
        Some(rest) => rest,
        None => path.split_once("/api/v1/")?.1,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    match rest {
        "sessions" => Some(Place::Post(Target::Sessions)),
        "downloaded" => Some(Place::Post(Target::Downloaded)),
        _ => {
            if let Some(name) = rest.strip_prefix("schemas/") {
                return Some(Place::Schema(name));
            }
            let sid = rest.strip_prefix("sessions/")?.strip_suffix("/events")?;
            let is_one_part = !sid.is_empty() && !sid.contains('/');
            is_one_part.then(|| Place::Post(Target::Events(SessionId::parse(sid.as_bytes()))))
        }
    }
}

async fn post(
    door: &Door,
    target: Target,
    head: &Parts,
    body: Incoming,
    progress: &Progress,
) -> Answer {
    // A client that waits to be asked for its body is not asked for one that will be refused.
    let waits = head.headers.contains_key(EXPECT);
    let kind = match target {
        Target::Sessions => BodyKind::EventOrArray,
        Target::Downloaded => BodyKind::Array,
        Target::Events(_) => BodyKind::Event,
    };
    let body = match read_body(door, kind, body, waits, progress).await {
        Ok(body) => body,
        Err(unread) => return unread.answer(door),
    };
    progress.enter(Stage::Answer);
    if let Some(refused) = rates::too_many(door, target, progress.peer, &head.headers) {
        door.cell.get_mut().note_refused(&refused, &body);
        return response::refused(&refused);
    }
    let sender = || sender(door, "collection", progress, &head.headers);
    let taken = if body.len() > LARGE_BYTES {
        let reading = door.cell.get_mut().reading(target);
        let policy = door.cell.get().policy().clone();
        let bytes = body.clone();
        match door
            .reader
            .read(move || reading.read(&policy, &bytes))
            .await
        {
            Ok(read) => door.cell.get_mut().take_read(read, &body, sender),
            Err(_) => return overloaded(door),
        }
    } else {
        door.cell.get_mut().take(target, &body, sender)
    };
    match taken {
        Err(refused) => response::refused(&refused),
        Ok(taken) => match door.cell.durable().await {
            Ok(()) => response::taken(taken),
            Err(_) => response::unavailable("the log cannot be written"),
        },
    }
}

/// What is known of the sender of a start.
pub(super) fn sender(door: &Door, api: &str, progress: &Progress, headers: &HeaderMap) -> Sender {
    with_headers(headers, |headers| {
        let mut lookup = door.lookup.borrow_mut();
        lookup.sender(api, progress.peer, headers)
    })
}

/// Gives what a head says about its sender.
pub(super) fn with_headers<T>(head: &HeaderMap, look: impl FnOnce(Headers<'_>) -> T) -> T {
    let forwarded = all_lines(head, &FORWARDED);
    let forwarded_for = all_lines(head, &FORWARDED_FOR);
    look(Headers {
        user_agent: head.get(USER_AGENT).map(|value| value.as_bytes()),
        forwarded: forwarded.as_deref(),
        forwarded_for: forwarded_for.as_deref(),
    })
}

/// All lines of a header as one list: a proxy may add a line of its own to those it got.
fn all_lines(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers
        .get_all(name)
        .iter()
        .map(|line| line.as_bytes())
        .collect();
    (!lines.is_empty()).then(|| lines.join(&b','))
}

pub(super) enum Unread {
    /// The limit, and the beginning of the body if any of it was read.
    TooLarge(usize, Bytes),
    Overloaded,
    TooSlow,
    Broken,
}

impl Unread {
    /// The connection ends with the answer, since the rest of the body is not read; it says so,
    /// or the client would send its next request into the void.
    pub(super) fn answer(self, door: &Door) -> Answer {
        let mut answer = match self {
            Self::TooLarge(limit, beginning) => too_large(door, limit, &beginning),
            Self::Overloaded => overloaded(door),
            Self::TooSlow => response::slow_body(),
            Self::Broken => response::message(StatusCode::BAD_REQUEST, "the body ends too early"),
        };
        answer.headers_mut().insert(CONNECTION, CLOSE);
        answer
    }
}

/// What a body holds, which decides how large it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    Event,
    /// It shows by itself.
    EventOrArray,
    Array,
}

/// Reads a body up to the limit of its kind: one event, or an array of them. What is said of the
/// length beforehand is believed only if it is too much.
pub(super) async fn read_body(
    door: &Door,
    kind: BodyKind,
    mut body: Incoming,
    waits: bool,
    progress: &Progress,
) -> Result<Bytes, Unread> {
    let limits = door.limits.get();
    let limit_at_most = match kind {
        BodyKind::Event => limits.body_event_max,
        _ => limits.body_array_max,
    };
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit_at_most {
        let beginning = if waits {
            Bytes::new()
        } else {
            beginning(&mut body, progress).await
        };
        return Err(Unread::TooLarge(limit_at_most, beginning));
    }
    let mut room = Room::take(door, kind, announced).ok_or(Unread::Overloaded)?;
    let Some(first) = next_part(&mut body, progress).await? else {
        return Ok(Bytes::new());
    };
    let is_array = first.trim_ascii_start().starts_with(b"[")
        || first.trim_ascii_start().starts_with(b"\xef\xbb\xbf[");
    let limit = match kind {
        BodyKind::Array => limits.body_array_max,
        BodyKind::EventOrArray if is_array => limits.body_array_max,
        _ => limits.body_event_max,
    };
    if first.len().max(announced) > limit {
        return Err(Unread::TooLarge(limit, first));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut all = BytesMut::from(first);
    while let Some(part) = next_part(&mut body, progress).await? {
        let length = all.len() + part.len();
        if length > limit {
            return Err(Unread::TooLarge(limit, all.freeze()));
        }
        room.grow(length).ok_or(Unread::Overloaded)?;
        all.extend_from_slice(&part);
    }
    Ok(all.freeze())
}

/// What has come of a body, or comes soon: a sample of it.
async fn beginning(body: &mut Incoming, progress: &Progress) -> Bytes {
    let first = tokio::time::timeout(BEGINNING_WITHIN, next_part(body, progress)).await;
    first
        .ok()
        .and_then(Result::ok)
        .flatten()
        .unwrap_or_default()
}

async fn next_part(body: &mut Incoming, progress: &Progress) -> Result<Option<Bytes>, Unread> {
    loop {
        let frame = std::future::poll_fn(|context| {
            if progress.told(context) == Told::SlowBody {
                return Poll::Ready(Err(Unread::TooSlow));
            }
            let (frame, is_woken) = quiet::hush(|| Pin::new(&mut *body).poll_frame(context));
            // Where this was all, there is nothing to go on with.
            if is_woken && !(frame.is_ready() && body.is_end_stream()) {
                context.waker().wake_by_ref();
            }
            frame.map(|frame| frame.transpose().map_err(|_| Unread::Broken))
        });
        match frame.await?.map(Frame::into_data) {
            None => return Ok(None),
            Some(Ok(data)) => return Ok(Some(data)),
            // Trailers say nothing here.
            Some(Err(_)) => {}
        }
    }
}

/// Bytes of bodies that are being read, given back when dropped.
struct Room<'a> {
    door: &'a Door,
    /// Most that may be taken by all together.
    max: usize,
    bytes: usize,
}

impl<'a> Room<'a> {
    /// Events go before session starts: a lost event costs seconds, a refused start the session.
    fn take(door: &'a Door, kind: BodyKind, bytes: usize) -> Option<Self> {
        let max = door.options.in_flight_bytes_max;
        let max = match kind {
            BodyKind::Event => max - max / 4,
            BodyKind::EventOrArray | BodyKind::Array => max,
        };
        let mut room = Self {
            door,
            max,
            bytes: 0,
        };
        room.grow(bytes).map(|()| room)
    }

    /// Takes more for a body that turns out larger than was said.
    fn grow(&mut self, bytes: usize) -> Option<()> {
        let more = bytes.saturating_sub(self.bytes);
        let taken = self.door.in_flight_bytes.get() + more;
        (taken <= self.max).then(|| {
            self.door.in_flight_bytes.set(taken);
            self.bytes += more;
        })
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let taken = self.door.in_flight_bytes.get();
        self.door.in_flight_bytes.set(taken - self.bytes);
    }
}

fn too_large(door: &Door, limit: usize, beginning: &[u8]) -> Answer {
    let message = format!("the body is larger than {limit} bytes");
    door.cell
        .get_mut()
        .note_refusal(Refusal::TooLarge, &message, beginning);
    response::message(StatusCode::PAYLOAD_TOO_LARGE, &message)
}

fn overloaded(door: &Door) -> Answer {
    let message = "too many bodies are being read";
    door.cell
        .get_mut()
        .note_refusal(Refusal::Unavailable, message, b"");
    response::unavailable(message)
}

fn is_ready(door: &Door) -> bool {
    *door.phase.borrow() == Phase::Running && door.cell.get().unready().is_none()
}
