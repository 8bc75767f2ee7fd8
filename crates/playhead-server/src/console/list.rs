//! Sessions, newest start first, open and closed ones together.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query as UrlQuery, State};
use playhead_model::ids::{SLOTS, SessionId};
use playhead_model::outcome::CloseReason;
use playhead_model::time::ReceivedMs;
use playhead_store::Query;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Console;
use super::error::{Answer, Failure};
use super::filter::{Filter, LOOKED_AT_MAX};
use super::find::Found;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 500;
/// Slots looked through in one question, so that a million open sessions make nobody wait.
const SLOTS_AT_ONCE: u16 = 128;

/// The parameters of `GET /v1/sessions`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    state: Option<String>,
    suite: Option<String>,
    player: Option<String>,
    close_reason: Option<String>,
    sid: Option<String>,
    content: Option<String>,
    visitor: Option<String>,
    sdk: Option<String>,
    /// Server time of the start, ms.
    from: Option<u64>,
    to: Option<u64>,
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) async fn sessions(
    State(console): State<Arc<Console>>,
    parameters: Result<UrlQuery<Parameters>, axum::extract::rejection::QueryRejection>,
) -> Answer<Json<Value>> {
    let UrlQuery(parameters) =
        parameters.map_err(|rejection| Failure::question(rejection.body_text()))?;
    let mut query = parameters.query()?;
    let states = parameters.states()?;
    let filter = parameters.filter();
    let wanted = query.limit;
    query.limit = filter.step(&query);

    let mut sessions = Vec::new();
    let mut looked_at = 0;
    let next = 'looking: loop {
        let (found, has_more) = page(&console, &query, states).await?;
        let last = found.last().map(Found::place);
        for found in found {
            let mut answer = found.answer(&console)?;
            looked_at += 1;
            if !filter.takes(&answer) {
                continue;
            }
            answer["startedAt"] = found.place().0.0.into();
            answer["lastAt"] = found.last_at().0.into();
            sessions.push(answer);
            if sessions.len() == wanted && (has_more || last != Some(found.place())) {
                break 'looking Some(found.place());
            }
        }
        if !has_more || sessions.len() == wanted || looked_at >= LOOKED_AT_MAX {
            break last.filter(|_| has_more);
        }
        query.after = last;
    };
    Ok(Json(
        json!({ "sessions": sessions, "next": next.map(cursor) }),
    ))
}

/// The next sessions, and whether there are more behind them.
async fn page(
    console: &Console,
    query: &Query,
    (open, closed): (bool, bool),
) -> Answer<(Vec<Found>, bool)> {
    let mut found = Vec::new();
    if open {
        found.extend(open_sessions(console, query).await?);
    }
    let mut has_more = found.len() > query.limit;
    if closed {
        found.extend(closing_sessions(console, query));
        let page = console.store.list(query)?;
        has_more |= page.has_more;
        found.extend(
            page.sessions
                .into_iter()
                .map(|row| Found::Stored(Box::new(row))),
        );
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.place()));
    found.dedup_by_key(|found| found.place());
    has_more |= found.len() > query.limit;
    found.truncate(query.limit);
    Ok((found, has_more))
}

impl Parameters {
    fn query(&self) -> Answer<Query> {
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        if limit == 0 || limit > LIMIT_MAX {
            return Err(Failure::question(format!("limit is 1 to {LIMIT_MAX}")));
        }
        let close_reason = self.close_reason.as_deref().map(reason).transpose()?;
        Ok(Query {
            suite: self.suite.clone(),
            player: self.player.clone(),
            close_reason,
            from: self.from.map(ReceivedMs),
            to: self.to.map(ReceivedMs),
            after: self.cursor.as_deref().map(place).transpose()?,
            limit,
        })
    }

    fn filter(&self) -> Filter {
        Filter {
            sid: self.sid.clone(),
            content: self.content.clone(),
            visitor: self.visitor.clone(),
            sdk: self.sdk.clone(),
        }
    }

    /// Whether open ones, and whether closed ones are asked for.
    fn states(&self) -> Answer<(bool, bool)> {
        match self.state.as_deref() {
            None => Ok((self.close_reason.is_none(), true)),
            Some("open") => Ok((true, false)),
            Some("closed") => Ok((false, true)),
            Some(other) => Err(Failure::question(format!(
                "state is `open` or `closed`, not {other:?}"
            ))),
        }
    }
}

fn reason(name: &str) -> Answer<CloseReason> {
    CloseReason::ALL
        .into_iter()
        .find(|reason| reason.name() == name)
        .ok_or_else(|| {
            let names = CloseReason::ALL.map(CloseReason::name).join(", ");
            Failure::question(format!("close_reason is one of {names}"))
        })
}

type Place = (ReceivedMs, SessionId);

fn cursor((started_at, sid): Place) -> String {
    format!("{}-{sid}", started_at.0)
}

fn place(cursor: &str) -> Answer<Place> {
    let parts = cursor.split_once('-').and_then(|(started_at, sid)| {
        Some((ReceivedMs(started_at.parse().ok()?), sid.parse().ok()?))
    });
    parts.ok_or_else(|| Failure::question("cursor is not one that an answer gave"))
}

impl Found {
    fn place(&self) -> Place {
        match self {
            Self::Open { open, .. } => (open.session.started_at(), open.sid),
            Self::Closing(closing) => (closing.open.session.started_at(), closing.open.sid),
            Self::Stored(stored) => (stored.started_at, stored.sid),
        }
    }

    fn last_at(&self) -> ReceivedMs {
        match self {
            Self::Open { open, .. } => open.session.last_at(),
            Self::Closing(closing) => closing.open.session.last_at(),
            Self::Stored(stored) => stored.last_at,
        }
    }
}

/// The newest open sessions that are asked for; one more than the limit if there are more.
async fn open_sessions(console: &Console, query: &Query) -> Answer<Vec<Found>> {
    let mut places: Vec<Place> = Vec::new();
    for first in (0..SLOTS).step_by(usize::from(SLOTS_AT_ONCE)) {
        let (wanted, count) = (query.clone(), query.limit + 1);
        let some = console
            .cell
            .ask(move |cell| {
                let core = cell.core();
                let slots = first..(first + SLOTS_AT_ONCE).min(SLOTS);
                let found = core.sessions_of(slots).filter(move |open| {
                    let tag = core.ledger().tag(open.tag);
                    let started_at = open.session.started_at();
                    wanted.matches(open.sid, started_at, &tag.suite, &tag.player, None)
                });
                let mut places: Vec<Place> = found
                    .map(|open| (open.session.started_at(), open.sid))
                    .collect();
                places.sort_unstable_by(|a, b| b.cmp(a));
                places.truncate(count);
                places
            })
            .await?;
        places.extend(some);
        places.sort_unstable_by(|a, b| b.cmp(a));
        places.truncate(query.limit + 1);
    }
    let mut found = Vec::new();
    for (_, sid) in places {
        // One that closed meanwhile is still found.
        found.push(console.find(sid).await?);
    }
    Ok(found)
}

fn closing_sessions(console: &Console, query: &Query) -> Vec<Found> {
    let closing = console.closing.all_closing().into_iter();
    closing
        .filter(|closing| {
            let session = &closing.open.session;
            let reason = session.closed().and_then(|closed| closed.reason);
            let (suite, player) = (&closing.tag.suite, &closing.tag.player);
            query.matches(
                closing.open.sid,
                session.started_at(),
                suite,
                player,
                reason,
            )
        })
        .map(Found::Closing)
        .collect()
}
