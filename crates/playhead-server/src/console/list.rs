//! Sessions, newest start first, open and closed ones together.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query as UrlQuery, State};
use playhead_model::ids::{SLOTS, SessionId};
use playhead_model::outcome::CloseReason;
use playhead_model::time::ReceivedMs;
use playhead_store::parts::Query;
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
        let last = found.last().map(Found::sid);
        for found in found {
            let mut answer = found.answer(&console);
            looked_at += 1;
            if !filter.takes(&answer) {
                continue;
            }
            answer["startedAt"] = found.sid().start_ms().into();
            answer["lastAt"] = found.last_at().0.into();
            sessions.push(answer);
            if sessions.len() == wanted && (has_more || last != Some(found.sid())) {
                break 'looking Some(found.sid());
            }
        }
        if !has_more || sessions.len() == wanted || looked_at >= LOOKED_AT_MAX {
            break last.filter(|_| has_more);
        }
        query.after = last;
    };
    Ok(Json(
        json!({ "sessions": sessions, "next": next.map(|sid| sid.to_string()) }),
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
        found.extend(page.sessions.into_iter().map(Found::Stored));
    }
    found.sort_by_key(|found| std::cmp::Reverse(found.sid()));
    found.dedup_by_key(|found| found.sid());
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
            after: self.cursor.as_deref().map(after).transpose()?,
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

fn after(cursor: &str) -> Answer<SessionId> {
    let sid = cursor.parse().ok();
    sid.ok_or_else(|| Failure::question("cursor is not one that an answer gave"))
}

impl Found {
    /// Ids are in the order of starting.
    fn sid(&self) -> SessionId {
        match self {
            Self::Open { open, .. } => open.sid,
            Self::Closing(closing) => closing.open.sid,
            Self::Stored(rows) => rows.session.sid,
        }
    }

    fn last_at(&self) -> ReceivedMs {
        match self {
            Self::Open { open, .. } => open.session.last_at(),
            Self::Closing(closing) => closing.open.session.last_at(),
            Self::Stored(rows) => ReceivedMs(u64::try_from(rows.session.last_at).unwrap_or(0)),
        }
    }
}

/// The newest open sessions that are asked for; one more than the limit if there are more.
async fn open_sessions(console: &Console, query: &Query) -> Answer<Vec<Found>> {
    let mut sids: Vec<SessionId> = Vec::new();
    for first in (0..SLOTS).step_by(usize::from(SLOTS_AT_ONCE)) {
        let (wanted, count) = (query.clone(), query.limit + 1);
        let some = console
            .cell
            .ask(move |cell| {
                let core = cell.core();
                let slots = first..(first + SLOTS_AT_ONCE).min(SLOTS);
                let found = core.sessions_of(slots).filter(move |open| {
                    let tag = core.ledger().tag(open.tag);
                    wanted.matches(open.sid, &tag.suite, &tag.player, None)
                });
                newest(found.map(|open| open.sid).collect(), count)
            })
            .await?;
        sids.extend(some);
        sids = newest(sids, query.limit + 1);
    }
    let mut found = Vec::new();
    for sid in sids {
        // One that closed meanwhile is still found.
        found.push(console.find(sid).await?);
    }
    Ok(found)
}

fn newest(mut sids: Vec<SessionId>, count: usize) -> Vec<SessionId> {
    sids.sort_unstable_by(|a, b| b.cmp(a));
    sids.truncate(count);
    sids
}

fn closing_sessions(console: &Console, query: &Query) -> Vec<Found> {
    let closing = console.closing.all_closing().into_iter();
    closing
        .filter(|closing| {
            let reason = closing
                .open
                .session
                .closed()
                .and_then(|closed| closed.reason);
            let reason = reason.map(CloseReason::name);
            let (suite, player) = (&closing.tag.suite, &closing.tag.player);
            query.matches(closing.open.sid, suite, player, reason)
        })
        .map(Found::Closing)
        .collect()
}
