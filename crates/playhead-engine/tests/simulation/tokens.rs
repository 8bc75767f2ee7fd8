//! What a token stands for: the sessions that closed up to a position stay the same ones.

use std::collections::{BTreeMap, BTreeSet};

use playhead_engine::intake::{Taken, Target};
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::record::Sender;
use playhead_model::row::Rows;

use crate::life::Life;
use crate::pressure::{END, START};
use crate::rng::Rng;
use crate::traffic::Traffic;
use crate::world::options;

/// Where each stored session closed.
type Closed = BTreeMap<SessionId, LogPosition>;

/// Where a report of closed sessions stands now, and all there are.
fn answer(life: &Life) -> (LogPosition, Closed) {
    let (token, _) = life.cell.closing().closed();
    life.cell.wait_until_stored();
    let stored = life.world.sink.rows().into_iter();
    let place = |rows: &Rows| LogPosition(rows.session.close_position as u64);
    (
        token,
        stored.map(|(sid, rows)| (sid, place(&rows))).collect(),
    )
}

/// Those that closed at a position or before.
fn of_token(closed: &Closed, token: LogPosition) -> BTreeSet<SessionId> {
    let of_token = closed.iter().filter(|(_, at)| **at <= token);
    of_token.map(|(sid, _)| *sid).collect()
}

#[test]
fn a_token_gives_the_same_sessions_whatever_happens_later() {
    let batch = [b"[", START, b",", END, b"]"].concat();
    let mut seen = 0;
    for seed in crate::seeds(8) {
        let what = format!("seed {seed}");
        let mut rng = Rng::new(seed);
        let (nobody, _) = Traffic::new(seed, 0);
        let mut life = Life::begin(options(), nobody, &what);
        let mut answers = BTreeMap::new();
        // Sessions begin and fall silent; ten minutes later the clock closes them.
        for _ in 0..80 {
            let later = life.cell.now().plus(rng.below(40_000));
            life.cell.move_clock(later).unwrap();
            for _ in 0..rng.below(3) {
                let taken = life.cell.take(Target::Sessions, START, Sender::default);
                assert!(matches!(taken, Ok(Taken::Created(_))), "{what}");
            }
            life.commit();
            if rng.percent(10) {
                (life, _) = life.next_in(life.world.after_kill());
            }
            life.tick().unwrap();
            // Before anybody has looked at what is due, and after; what closes by itself meanwhile
            // moves the position on.
            for _ in 0..rng.below(3) {
                if rng.percent(50) {
                    let taken = life.cell.take(Target::Downloaded, &batch, Sender::default);
                    assert!(taken.is_ok(), "{what}: {taken:?}");
                    life.commit();
                }
                let (token, closed) = answer(&life);
                let sids = of_token(&closed, token);
                let before = answers.entry(token).or_insert_with(|| sids.clone());
                assert_eq!(*before, sids, "{what}: at {token:?}");
                life.work(1);
            }
        }
        life.closed_rows();
        let (_, closed) = answer(&life);
        for (token, sids) in answers {
            seen += sids.len();
            let again = of_token(&closed, token);
            assert_eq!(again, sids, "{what}: at {token:?}, in the end");
        }
    }
    assert!(seen > 0, "some sessions had closed");
}
