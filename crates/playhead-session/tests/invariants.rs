//! What is true of every session, tried on thousands of random ones. The checks of
//! `src/invariants.rs` run inside the machine meanwhile.
//!
//! A failure prints its seed; `PLAYHEAD_SEED=7 cargo test -p playhead-session` runs that one alone,
//! `PLAYHEAD_SESSIONS=100000` more of them.

mod common;
mod random;

use common::{Recording, Request, sums};
use playhead_model::codec::{Codec, Cursor};
use playhead_model::ids::EventRef;
use playhead_model::outcome::{CloseReason, Rule, Settled};
use playhead_model::rules::Rules;
use playhead_model::time::{PlayerMs, ReceivedMs};
use playhead_session::{Observer, Phase, Session, Silent, Span, Totals, Use};
use random::Rng;

/// Calls `check` with a random session for each seed.
fn for_each(check: impl Fn(&mut Rng, Recording)) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seeds = match number("PLAYHEAD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PLAYHEAD_SESSIONS").unwrap_or(2000),
    };
    for seed in seeds {
        let named = Named(seed);
        let mut rng = Rng::new(seed);
        let recording = random::session(&mut rng);
        check(&mut rng, recording);
        std::mem::forget(named);
    }
}

/// Prints the seed if the check panics.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        eprintln!("PLAYHEAD_SEED={}", self.0);
    }
}

/// The numbers that do not tell how the session ended.
fn numbers(session: &Session) -> Totals {
    let totals = session.totals(&Rules::default());
    Totals {
        close_reason: None,
        since_last_call_ms: 0,
        ..totals
    }
}

#[test]
fn explanations_add_up() {
    for_each(|rng, mut recording| {
        let last = recording.requests.last().map_or(0, |request| request.at);
        recording.look = rng
            .percent(50)
            .then(|| rng.between(0, last as i64 + 20_000) as u64);
        if let Some(look) = recording.look {
            recording.requests.retain(|request| request.at <= look);
        }
        recording.downloaded = rng.percent(10);
        let explanation = recording.explain();
        sums::check(&explanation, &recording.end());
        assert!(!explanation.to_text().is_empty());
        assert!(explanation.to_json().is_object());
    });
}

/// Counts how often each event was settled.
struct Once(Vec<u32>);

impl Observer for Once {
    fn settled(&mut self, event: EventRef, _: Settled, _: Rule) {
        self.0[event.0 as usize] += 1;
    }

    fn applied(&mut self, _: EventRef, ts: PlayerMs, session: &Session) {
        assert_eq!(session.client_span().1, ts);
    }
}

#[test]
fn every_event_is_settled_once() {
    for_each(|_, recording| {
        let mut once = Once(vec![0; recording.requests.len()]);
        recording.run(&mut once);
        assert!(once.0[1..].iter().all(|times| *times == 1), "{:?}", once.0);
    });
}

#[test]
fn an_order_that_the_window_can_undo_changes_no_number() {
    for_each(|rng, _| {
        let mut in_order = random::calm_session(rng);
        let mut shuffled = in_order.clone();
        for request in &mut shuffled.requests[1..] {
            request.at += rng.between(0, 4_999) as u64;
        }
        shuffled.requests[1..].sort_by_key(|request| request.at);
        assert_eq!(shuffled.end().totals(&Rules::default()), {
            in_order.requests[1..].sort_by_key(|request| request.at);
            in_order.end().totals(&Rules::default())
        });
    });
}

#[test]
fn a_snapshot_goes_on_as_if_nothing_had_been() {
    for_each(|rng, recording| {
        let rules = Rules::default();
        let mut arrivals = recording.arrivals();
        let rest = arrivals.split_off(rng.between(0, arrivals.len() as i64) as usize);
        let mut session = recording.open();
        for arrival in arrivals {
            session.arrive(arrival, &rules, &mut Silent);
        }
        let mut bytes = Vec::new();
        session.put(&mut bytes);
        let mut cursor = Cursor::new(&bytes);
        let mut restored = Session::get(&mut cursor).expect("what was put can be got");
        assert!(cursor.is_empty());
        assert_eq!(restored, session);
        for arrival in rest {
            restored.arrive(arrival, &rules, &mut Silent);
        }
        restored.advance(recording.now(), &rules, &mut Silent);
        assert_eq!(restored, recording.run(&mut Silent));
    });
}

#[test]
fn a_provisional_close_has_the_numbers_of_the_close() {
    for_each(|rng, mut recording| {
        let keep = rng.between(1, recording.requests.len() as i64) as usize;
        recording.requests.truncate(keep);
        recording.look = recording.requests.last().map(|request| request.at);
        let open = recording.run(&mut Silent);
        let provisional = open.so_far(&Rules::default());
        recording.look = None;
        let closed = recording.run(&mut Silent);
        assert_eq!(numbers(&provisional), numbers(&closed));
        assert_eq!(provisional.client_span(), closed.client_span());
        assert_eq!(provisional.ads(), closed.ads());
        assert_eq!(provisional.states(), closed.states());
    });
}

/// The player and the break after the last event that was applied.
struct Last(Phase, bool);

impl Observer for Last {
    fn applied(&mut self, _: EventRef, _: PlayerMs, session: &Session) {
        *self = Self(session.phase(), !session.open_parts().0);
    }
}

#[test]
fn a_session_stands_where_a_close_right_now_would_find_it() {
    let mut failing = [0; 2];
    for_each(|_, recording| {
        let rules = Rules::default();
        let mut session = recording.open();
        let mut before = session.standing(&rules);
        for arrival in recording.arrivals() {
            session.arrive(arrival, &rules, &mut Silent);
            let standing = session.standing(&rules);
            if session.closed().is_none() && session.stands_as_before(&rules) {
                assert_eq!(standing, before);
            }
            before = standing;
            let mut last = Last(session.phase(), !session.open_parts().0);
            let closed = session.provisional(&rules, &mut last);
            let totals = closed.totals(&rules);
            assert_eq!(standing.is_started, totals.is_played);
            assert_eq!(standing.is_failing, {
                totals.is_start_failure() || totals.is_playback_failure()
            });
            let reason = closed.closed().and_then(|closed| closed.reason);
            assert_eq!(standing.is_ended, reason.is_some());
            if reason.is_none() {
                assert_eq!((standing.phase, standing.is_main), (last.0, last.1));
            }
        }
    });
    for seed in 0..2000 {
        let session = random::session(&mut Rng::new(seed)).run(&mut Silent);
        let standing = session.standing(&Rules::default());
        failing[usize::from(standing.is_started)] += u32::from(standing.is_failing);
    }
    assert!(failing.iter().all(|times| *times > 5), "{failing:?}");
}

#[test]
fn ticks_change_no_number() {
    for_each(|rng, recording| {
        let rules = Rules::default();
        let mut ticked = recording.open();
        let mut now = ticked.started_at();
        for arrival in recording.arrivals() {
            while rng.percent(60) {
                let gap = arrival.at.0 - now.0;
                now = ReceivedMs(now.0 + rng.between(0, gap as i64) as u64);
                ticked.advance(now, &rules, &mut Silent);
            }
            now = arrival.at;
            ticked.arrive(arrival, &rules, &mut Silent);
        }
        for _ in 0..rng.between(0, 50) {
            now = ReceivedMs(now.0 + rng.between(0, 30_000) as u64);
            ticked.advance(now, &rules, &mut Silent);
        }
        ticked.advance(recording.now(), &rules, &mut Silent);
        assert_eq!(ticked, recording.run(&mut Silent));
    });
}

#[test]
fn nothing_happens_before_the_next_deadline() {
    for_each(|rng, mut recording| {
        let rules = Rules::default();
        recording
            .requests
            .truncate(rng.between(1, recording.requests.len() as i64) as usize);
        recording.look = recording
            .requests
            .last()
            .map(|request: &Request| request.at);
        let session = recording.run(&mut Silent);
        let Some(due) = session.next_deadline(&rules) else {
            return;
        };
        let mut before = session.clone();
        before.advance(ReceivedMs(due.0 - 1), &rules, &mut Silent);
        assert_eq!(before, session);
        let mut after = session.clone();
        after.advance(due, &rules, &mut Silent);
        assert_ne!(after, session);
    });
}

/// Notes which rules decided, what time counted as, and how sessions ended.
#[derive(Default)]
struct Seen {
    rules: Vec<Rule>,
    uses: Vec<&'static str>,
}

impl Observer for &mut Seen {
    const SPANS: bool = true;

    fn settled(&mut self, _: EventRef, outcome: Settled, rule: Rule) {
        assert_eq!(rule.outcome(), outcome);
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    fn span(&mut self, span: Span) {
        let name = match span.counts_as {
            Use::Starting => "starting",
            Use::Content => "content",
            Use::Stall => "stall",
            Use::Ad(_) => "ad",
            Use::Gap => "gap",
            Use::Paused => "paused",
            Use::Buffering => "buffering",
            Use::Completed => "completed",
        };
        if span.to > span.from && !self.uses.contains(&name) {
            self.uses.push(name);
        }
    }
}

#[test]
fn random_sessions_reach_everything() {
    let mut seen = Seen::default();
    let mut reasons = Vec::new();
    for seed in 0..3000 {
        let recording = random::session(&mut Rng::new(seed));
        let session = recording.run(&mut &mut seen);
        let reason = session
            .closed()
            .and_then(|closed| closed.reason)
            .expect("all close");
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    // A repeated start does not go through the machine.
    let reached = |rule: &&Rule| **rule != Rule::RepeatedStart && !seen.rules.contains(rule);
    assert_eq!(Rule::ALL.iter().find(reached), None);
    assert_eq!(seen.uses.len(), 8, "{:?}", seen.uses);
    assert_eq!(reasons.len(), CloseReason::ALL.len(), "{reasons:?}");
}
