//! Input that no honest player sends: a clear answer, no panic, and nobody else notices.

mod bodies;
mod requests;
mod values;

use std::sync::atomic::{AtomicBool, Ordering};

use playhead_testkit::process::Server;

use crate::support::{Player, event, start};

/// The ordinary player stops here, so that a long test is not all about it.
const PINGS_MAX: i64 = 2_000;

/// Runs something while an ordinary player goes on sending; it gets its 204 each time, and the
/// server has nothing to complain of.
#[track_caller]
fn unnoticed(server: &Server, disturb: impl FnOnce()) {
    let mut player = Player::open(server, &start());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let is_over = &is_over;
        let pings = scope.spawn(move || {
            let mut sent = 0;
            while sent == 0 || (sent < PINGS_MAX && !is_over.load(Ordering::Relaxed)) {
                sent += 1;
                player.send_all([&event("ping", sent, sent * 10)]);
            }
            (player, sent)
        });
        // The player is stopped also when this fails.
        let disturbed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(disturb));
        is_over.store(true, Ordering::Relaxed);
        let (player, sent) = pings.join().unwrap();
        if let Err(panic) = disturbed {
            std::panic::resume_unwind(panic);
        }
        let listed = server.ask(&format!("/v1/sessions/{}/events", player.sid));
        assert_eq!(listed["events"].as_array().unwrap().len() as i64, sent + 1);
    });
    let said = server.home().stderr();
    assert!(
        !said.contains("panicked") && !said.contains("ERROR"),
        "{said}"
    );
    server.wait_until_ready();
}
