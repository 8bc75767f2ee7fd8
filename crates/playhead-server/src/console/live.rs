//! `GET /v1/live`: what the open sessions do, once a second, as server-sent events.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use bytes::Bytes;
use hyper::body::Frame as BodyFrame;
use playhead_engine::live::{
    Counts, Frame, Live, Question, QuestionError, Second, Split, Value as Group,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Console;
use super::error::{Answer, Failure};
use crate::door::Phase;

/// Frames that wait for a client; one that reads no faster misses some in between.
const FRAMES_MAX: usize = 4;
const TOP: usize = 10;

pub(super) async fn live(
    State(console): State<Arc<Console>>,
    parameters: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Answer<impl IntoResponse> {
    let Query(parameters) =
        parameters.map_err(|rejection| Failure::question(rejection.body_text()))?;
    let question = question(&parameters).map_err(Failure::question)?;
    let frames = Arc::new(Queue::default());
    let queue = Arc::downgrade(&frames);
    let follower = move |frame: &Arc<Frame>| {
        let queue = queue.upgrade();
        queue.is_some_and(|queue| {
            queue.put(frame.clone());
            true
        })
    };
    let followed = console.live.follow(question.clone(), Box::new(follower));
    followed.map_err(|error| match error {
        QuestionError::Full => Failure::too_many(error.to_string()),
        _ => Failure::question(error.to_string()),
    })?;
    let stream = Stream {
        frames,
        by: question.by.clone(),
        end: Box::pin(drained(console.phase.clone())),
        _place: InUse {
            live: console.live.clone(),
            question,
        },
    };
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::new(stream)))
}

fn question(parameters: &[(String, String)]) -> Result<Question, String> {
    let mut question = Question {
        top: TOP,
        ..Question::default()
    };
    for (name, value) in parameters {
        match name.as_str() {
            "suite" => question.suite = Some(value.clone()),
            "by" => question.by.push(value.clone()),
            "top" => question.top = value.parse().unwrap_or(0),
            "filter" => {
                let (dimension, value) = value.split_once(':').ok_or_else(|| {
                    format!("filter is a dimension, a colon and a value, not {value:?}")
                })?;
                let value = (!value.is_empty()).then(|| value.to_owned());
                question.filters.push((dimension.to_owned(), value));
            }
            other => {
                return Err(format!(
                    "there is no parameter {other:?}; there are suite, by, top and filter"
                ));
            }
        }
    }
    Ok(question)
}

async fn drained(mut phase: watch::Receiver<Phase>) {
    // The sender is gone only when the server is.
    let _ended = phase.wait_for(|phase| *phase == Phase::Draining).await;
}

/// Frames between the view and a client. The newest is always there, and so is the last one with
/// all seconds.
#[derive(Default)]
struct Queue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Arc<Frame>>,
    reader: Option<Waker>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing is half done behind this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, frame: Arc<Frame>) {
        let mut waiting = self.lock();
        if waiting.frames.len() == FRAMES_MAX {
            let is_short = |frame: &Arc<Frame>| !frame.is_full;
            let oldest = waiting.frames.iter().position(is_short).unwrap_or(0);
            waiting.frames.remove(oldest);
        }
        waiting.frames.push_back(frame);
        if let Some(reader) = waiting.reader.take() {
            reader.wake();
        }
    }

    fn poll_next(&self, context: &Context<'_>) -> Poll<Arc<Frame>> {
        let mut waiting = self.lock();
        if let Some(frame) = waiting.frames.pop_front() {
            return Poll::Ready(frame);
        }
        waiting.reader = Some(context.waker().clone());
        Poll::Pending
    }
}

/// One of the streams that may be open.
struct InUse {
    live: Live,
    question: Question,
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.live.end(&self.question);
    }
}

/// The body of the answer.
struct Stream {
    frames: Arc<Queue>,
    by: Vec<String>,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    _place: InUse,
}

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, Self::Error>>> {
        if self.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        let frame = ready!(self.frames.poll_next(context));
        let text = format!("data: {}\n\n", told(&frame, &self.by));
        Poll::Ready(Some(Ok(BodyFrame::data(text.into()))))
    }
}

fn told(frame: &Frame, by: &[String]) -> Value {
    let mut told = json!({
        "at": frame.at,
        "complete": frame.is_complete,
        "totals": counts(&frame.figures.totals),
        "curve": frame.seconds.as_ref().map(|(first, seconds)| curve(frame, *first, seconds)),
    });
    if let [first, others @ ..] = &*frame.figures.splits {
        told["groups"] = groups(first);
        told["groupCount"] = first.group_count.into();
        let others = by.iter().skip(1).zip(others);
        let others = others.map(|(by, split)| {
            json!({"by": by, "groups": groups(split), "groupCount": split.group_count})
        });
        told["splits"] = others.collect();
    }
    told
}

fn groups(split: &Split) -> Value {
    let groups = split.groups.iter();
    groups.map(|(value, it)| group(value, it)).collect()
}

fn counts(counts: &Counts) -> Value {
    json!({
        "active": counts.active,
        "viewers": counts.viewers,
        "starting": counts.starting,
        "playing": counts.playing,
        "paused": counts.paused,
        "buffering": counts.buffering,
        "completed": counts.completed,
        "inBreaks": counts.in_breaks,
        "rebuffering": counts.rebuffering,
        "bufferingShare": counts.buffering_share(),
        "starts": counts.starts,
        "contentStarts": counts.content_starts,
        "startFailures": counts.start_failures,
        "playbackFailures": counts.playback_failures,
    })
}

fn group(value: &Group, of: &Counts) -> Value {
    let mut told = counts(of);
    told["value"] = match value {
        Group::Text(text) => (**text).into(),
        Group::Nothing | Group::Beyond => Value::Null,
    };
    if *value == Group::Beyond {
        told["beyond"] = true.into();
    }
    told
}

fn curve(frame: &Frame, first: u64, seconds: &[Second]) -> Value {
    let each = |of: fn(&Second) -> i32| seconds.iter().map(of).collect::<Vec<_>>();
    let noted = |of: fn(&Second, (u32, u32)) -> u32| {
        let seconds = seconds.iter();
        seconds
            .map(|second| second.active.map(|active| of(second, active)))
            .collect::<Vec<_>>()
    };
    json!({
        "from": first * 1000,
        "provisionalFrom": frame.provisional_from.max(first) * 1000,
        "sessions": each(|second| second.sessions),
        "viewers": each(|second| second.viewers),
        "starts": each(|second| second.starts),
        "contentStarts": each(|second| second.content_starts),
        "startFailures": each(|second| second.start_failures),
        "playbackFailures": each(|second| second.playback_failures),
        "active": noted(|_, active| active.0),
        "activeViewers": noted(|_, active| active.1),
        "buffering": noted(|second, _| second.buffering),
    })
}
