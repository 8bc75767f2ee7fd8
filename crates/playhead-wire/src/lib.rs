//! From the bytes of a request to canonical event bodies, or to every fault they have.
//!
//! A body is parsed, checked against the one table of keys ([`playhead_model::keys`]) under a
//! profile, and handed on in the compact form of [`playhead_model::body`], as received: nothing is
//! coerced, filled in or left out. The published JSON Schemas and the table for the reference pages
//! come from the same table.
//!
//! Nothing here does I/O or reads a clock; the time of arrival is an argument. Whether a session
//! exists, is open or has seen an event before is not known here: validation is stateless.

pub mod collection;
mod direct;
pub mod docs;
pub mod edge;
mod faults;
mod parse;
mod plain;
mod scan;
pub mod schema;

pub use self::{
    collection::{
        Decoded, SessionsPost, StartFacts, downloaded, event, first_suite, session_start,
        sessions_post,
    },
    faults::{Fault, Faults},
};

/// How much a body may differ from the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// What the published schemas say, to the letter, and a plausible clock.
    Strict,
    /// Required keys and types hold; unknown keys are kept and counted, and some slips of real
    /// clients are taken: null for an absent key, a fraction for an integer, a negative playhead.
    #[default]
    Lenient,
}

/// What client times are compared with; looked at in the strict profile only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Time of arrival, in milliseconds since 1970-01-01 UTC.
    ReceivedMs(i64),
    /// Nothing: the arrival is not on the same time line, as in a recorded test.
    Unchecked,
}

/// Decodes any bytes in every way there is, and checks what must hold for all of them.
///
/// # Panics
/// If a promise between decoder and stored form is broken.
#[doc(hidden)]
pub fn fuzz_decode(bytes: &[u8]) {
    use playhead_model::body::{to_json, typed::Event, verify};

    if let Ok(text) = std::str::from_utf8(bytes) {
        parse::check_plain(text);
    }
    let clock = Clock::ReceivedMs(1_735_732_800_000);
    for profile in [Profile::Strict, Profile::Lenient] {
        if let Ok(text) = parse::text(bytes) {
            collection::check_direct(text, profile, clock);
        }
        let mut all = Vec::new();
        all.extend(event(bytes, profile, clock));
        all.extend(session_start(bytes, profile, clock));
        all.extend(downloaded(bytes, profile, clock).into_iter().flatten());
        match sessions_post(bytes, profile, clock) {
            Ok(SessionsPost::Start(start)) => all.push(start),
            Ok(SessionsPost::Batch(batch)) => all.extend(batch),
            Err(faults) => assert!(!faults.message().is_empty()),
        }
        for decoded in all {
            verify(&decoded.body).expect("a decoded body is canonical");
            let opened = Event::open(&decoded.body).expect("a decoded body is an event");
            assert_eq!(opened.event_type, decoded.event_type);
            assert_eq!(opened.ts, decoded.ts);
            assert_eq!(opened.playhead.to_bits(), decoded.playhead.to_bits());
            let text = to_json(&decoded.body)
                .expect("a decoded body is JSON")
                .to_string();
            let again = if decoded.event_type == playhead_model::keys::EventType::SessionStart {
                session_start(text.as_bytes(), profile, clock).or_else(|_| {
                    downloaded(format!("[{text}]").as_bytes(), profile, clock)
                        .map(|mut batch| batch.pop().expect("a batch has an event"))
                })
            } else {
                event(text.as_bytes(), profile, clock)
            };
            assert_eq!(
                again.expect("what was taken is taken again").body,
                decoded.body
            );
        }
    }
}
