//! Processes that are killed, machines that lose power, and ticks that come as they like.

use playhead_engine::cell::CellOptions;
use playhead_engine::intake::{Taken, Target};
use playhead_model::record::Sender;

use crate::life::Life;
use crate::pressure::{END, START};
use crate::rng::Rng;
use crate::traffic::Traffic;
use crate::world::options;

/// How a run goes, beside what is sent.
#[derive(Clone, Debug)]
struct Course {
    options: CellOptions,
    /// Percent of requests after which the process ends.
    ends: u64,
    seed: u64,
}

/// Runs the traffic of a seed; answers every session's numbers, and whether segments were retired.
fn run(traffic_seed: u64, course: &Course) -> (Vec<String>, bool) {
    let what = format!("seed {traffic_seed}, {course:?}");
    let mut rng = Rng::new(course.seed);
    let (traffic, requests) = Traffic::new(traffic_seed, 4);
    let mut life = Life::begin(course.options.clone(), traffic, &what);
    for request in &requests {
        let ends = rng.percent(course.ends);
        if ends {
            // Only the last request may be lost: it can be sent again at the same instant.
            life.commit();
        }
        life.send(request);
        if ends {
            interrupt(&mut life, &mut rng, &what);
        }
        life.live_a_little(&mut rng).unwrap();
        if life.pending.is_empty() {
            life.check_now();
        }
    }
    let has_retired = life.cell.log().begin().get() > 0;
    (life.end(), has_retired)
}

/// Ends the process in one way or another, and starts the next.
fn interrupt(life: &mut Life, rng: &mut Rng, what: &str) {
    if rng.percent(50) {
        life.commit();
    }
    let before = life.pending.is_empty().then(|| life.door());
    let world = match rng.below(3) {
        0 => life.world.after_power_loss(rng.next()),
        _ => life.world.after_kill(),
    };
    let (next, lost) = life.next_in(world);
    *life = next;
    if let Some(before) = before {
        assert_eq!(life.door(), before, "{what}: the door says something else");
    }
    // Who was not answered asks again.
    for request in lost {
        life.send(&request);
    }
}

fn is_same_for_all(courses: &[CellOptions], seeds: std::ops::Range<u64>) -> usize {
    let mut retired = 0;
    for seed in seeds {
        let quiet = Course {
            options: options(),
            ends: 0,
            seed,
        };
        let (wanted, _) = run(seed, &quiet);
        for (number, options) in courses.iter().enumerate() {
            let seed_of_course = seed * 1_000 + number as u64;
            let ends = [3, 15][number % 2];
            let course = Course {
                options: options.clone(),
                ends,
                seed: seed_of_course,
            };
            let (found, has_retired) = run(seed, &course);
            assert_eq!(found, wanted, "seed {seed}, {course:?}");
            retired += usize::from(has_retired);
        }
    }
    retired
}

#[test]
fn no_interruption_and_no_schedule_changes_a_number() {
    let seldom = CellOptions {
        checkpoint_ms: 60_000,
        ..options()
    };
    let never = CellOptions {
        checkpoint_ms: u64::MAX,
        ..options()
    };
    is_same_for_all(&[options(), options(), seldom, never], crate::seeds(16));
}

#[test]
fn retention_never_takes_what_a_checkpoint_or_a_session_needs() {
    let small = CellOptions {
        segment_bytes: 8 << 10,
        log_bytes_max: Some(16 << 10),
        ..options()
    };
    let by_age = CellOptions {
        segment_bytes: 8 << 10,
        log_age_max_ms: Some(1_000),
        ..options()
    };
    let retired = is_same_for_all(&[small.clone(), small, by_age], crate::seeds(10));
    assert!(retired > 0, "segments were retired in some run");
}

/// A start that was not answered must not be taken for the first of two: its session is not there.
#[test]
fn what_is_not_committed_is_in_no_checkpoint() {
    let (nobody, _) = Traffic::new(0, 0);
    let mut life = Life::begin(options(), nobody, "uncommitted");
    let names_visitor = r#""params": { "analytics.visitorId": "v1","#;
    let start = String::from_utf8_lossy(START).replace(r#""params": {"#, names_visitor);
    let send = |life: &mut Life, target, body: &[u8]| {
        life.cell.take(target, body, Sender::default).unwrap()
    };
    // The log is not empty, so that there is a position to cut at.
    send(&mut life, Target::Sessions, START);
    life.commit();
    life.cell.move_clock(life.cell.now().plus(10)).unwrap();
    send(&mut life, Target::Sessions, start.as_bytes());
    life.work(10_000);
    life.cell.wait_until_stored();

    let (mut next, _) = life.next_in(life.world.after_kill());
    let Taken::Created(sid) = send(&mut next, Target::Sessions, start.as_bytes()) else {
        panic!("a start gives an id");
    };
    next.commit();
    assert_eq!(
        send(&mut next, Target::Events(Some(sid)), END),
        Taken::NoContent
    );
    next.commit();
    assert_eq!(next.closed_rows().len(), 2);
}
