//! Which endpoint takes what.

use playhead_wire::{Profile, SessionsPost, downloaded, event, session_start, sessions_post};

use crate::{
    CLOCK,
    bodies::{BROWSER_START, EVENTS, mobile_batch},
};

const PLAY: &str = EVENTS[2];

fn on_sessions(body: &str) -> String {
    match sessions_post(body.as_bytes(), Profile::Lenient, CLOCK) {
        Ok(SessionsPost::Start(_)) => "start".to_owned(),
        Ok(SessionsPost::Batch(events)) => format!("batch of {}", events.len()),
        Err(faults) => faults.message(),
    }
}

fn on_downloaded(body: &str) -> String {
    match downloaded(body.as_bytes(), Profile::Lenient, CLOCK) {
        Ok(events) => format!("batch of {}", events.len()),
        Err(faults) => faults.message(),
    }
}

fn on_events(body: &str) -> String {
    match event(body.as_bytes(), Profile::Lenient, CLOCK) {
        Ok(_) => "taken".to_owned(),
        Err(faults) => faults.message(),
    }
}

#[test]
fn the_sessions_path_takes_a_start_or_a_marked_array() {
    let batch = mobile_batch();
    let marked = BROWSER_START.replace("\"media.resume\":false", "\"media.downloaded\":true");
    assert_eq!(on_sessions(BROWSER_START), "start");
    assert_eq!(
        on_sessions(&batch),
        format!("batch of {}", EVENTS.len() + 1)
    );
    assert_eq!(
        on_sessions(&marked),
        "params.media.downloaded: true marks an offline session: send it to /api/v1/downloaded as \
         an array"
    );
    assert_eq!(
        on_sessions(&format!("[{BROWSER_START},{PLAY}]")),
        "[0].params.media.downloaded: must be true in an array sent to this path; \
         /api/v1/downloaded needs no flag"
    );
    assert_eq!(
        on_sessions(PLAY),
        "eventType: expected sessionStart, got play; other events need a session"
    );
    let array = session_start(batch.as_bytes(), Profile::Lenient, CLOCK).expect_err("an array");
    assert_eq!(
        array.message(),
        "body: expected one event, an object, got an array"
    );
}

#[test]
fn the_downloaded_path_takes_one_whole_session() {
    assert_eq!(
        on_downloaded(&mobile_batch()),
        format!("batch of {}", EVENTS.len() + 1)
    );
    assert_eq!(on_downloaded(&format!("[{BROWSER_START}]")), "batch of 1");
    assert_eq!(
        on_downloaded("[]"),
        "body: expected at least a sessionStart, got an empty array"
    );
    assert_eq!(
        on_downloaded(BROWSER_START),
        "body: expected an array of events, got an object"
    );
    assert_eq!(
        on_downloaded(&format!("[{PLAY},{BROWSER_START}]")),
        "[0].eventType: a batch begins with sessionStart, got play; [1].eventType: only the first \
         event of a batch is a sessionStart"
    );
    assert_eq!(
        on_downloaded(&format!("[{BROWSER_START},{PLAY},7]")),
        "[2]: expected one event, an object, got 7"
    );
    let no_ad_id = EVENTS[1].replace("\"media.ad.id\":\"ad-1\",", "");
    assert_eq!(
        on_downloaded(&format!(
            "[{BROWSER_START},{PLAY},{},{no_ad_id}]",
            EVENTS[0]
        )),
        "[3].params.media.ad.id: is missing; adStart needs it"
    );
}

#[test]
fn the_events_path_takes_one_event_of_a_session() {
    assert_eq!(on_events(PLAY), "taken");
    assert_eq!(on_events(&format!("\u{FEFF} {PLAY}\n")), "taken");
    assert_eq!(
        on_events(&format!("[{PLAY}]")),
        "body: expected one event, an object, got an array"
    );
    assert_eq!(
        on_events(BROWSER_START),
        "eventType: sessionStart opens a session: send it to /api/v1/sessions"
    );
}
