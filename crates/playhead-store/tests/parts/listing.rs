//! Lists, held against a plain filter over everything.

use playhead_model::outcome::CloseReason;
use playhead_model::time::ReceivedMs;
use playhead_store::parts::storage::MemoryStorage;
use playhead_store::parts::{Query, Reader};

use crate::model::{PLAYERS, SUITES, give, open, session, sid};

const END: u64 = 30;

/// Follows the cursor to the end.
fn all_pages(reader: &Reader, query: &Query) -> Vec<u64> {
    let mut found = Vec::new();
    let mut query = query.clone();
    loop {
        let page = reader.list(&query).unwrap();
        assert!(page.sessions.len() <= query.limit);
        found.extend(
            page.sessions
                .iter()
                .map(|rows| rows.session.time_played as u64),
        );
        query.after = page.sessions.last().map(|rows| rows.session.sid);
        if !page.has_more {
            return found;
        }
    }
}

#[test]
fn pages_add_up_to_what_a_filter_finds_newest_first() {
    let mut store = open(&MemoryStorage::default());
    // Three flushes, and the last sessions in memory.
    for numbers in [0..9, 9..14, 14..25] {
        give(&mut store, numbers);
        store.sync().unwrap();
    }
    give(&mut store, 25..END);
    let reader = store.reader();
    let started = |number: u64| Some(ReceivedMs(sid(number).start_ms()));
    let mut queries = 0;
    for suite in [None, Some(SUITES[0]), Some(SUITES[1]), Some("none")] {
        for player in [None, Some(PLAYERS[1])] {
            for close_reason in [
                None,
                Some(CloseReason::SessionEnd),
                Some(CloseReason::NoEvents),
            ] {
                for (from, to) in [(None, None), (started(5), started(27)), (started(20), None)] {
                    for limit in [1, 4, 100] {
                        let query = Query {
                            suite: suite.map(str::to_owned),
                            player: player.map(str::to_owned),
                            close_reason,
                            from,
                            to,
                            after: None,
                            limit,
                        };
                        let is_wanted = |number: &u64| {
                            let session = session(*number).session;
                            let at = ReceivedMs(session.sid.start_ms());
                            suite.is_none_or(|it| it == &*session.report_suite)
                                && player
                                    .is_none_or(|it| Some(it) == session.player_name.as_deref())
                                && close_reason != Some(CloseReason::NoEvents)
                                && from.is_none_or(|from| from <= at)
                                && to.is_none_or(|to| at < to)
                        };
                        let wanted: Vec<u64> = (0..END).rev().filter(is_wanted).collect();
                        assert_eq!(all_pages(&reader, &query), wanted, "{query:?}");
                        queries += 1;
                    }
                }
            }
        }
    }
    assert_eq!(queries, 216);
}
