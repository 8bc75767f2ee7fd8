//! Tests of the decoder from the outside, in one program.

mod agreement;
mod any_bytes;
mod bodies;
mod edge;
mod endpoints;
mod faults;
mod lenient;
mod random;

use playhead_model::keys::EventType;
use playhead_wire::{Clock, Decoded, Faults, Profile, event, session_start};
use serde_json::Value;

/// A few seconds after the times in the bodies.
const CLOCK: Clock = Clock::ReceivedMs(1_772_474_405_000);

/// Sends a body to the endpoint that its type belongs to.
fn decode(body: &Value, profile: Profile, clock: Clock) -> Result<Decoded, Faults> {
    let text = body.to_string();
    if body["eventType"] == EventType::SessionStart.name() {
        session_start(text.as_bytes(), profile, clock)
    } else {
        event(text.as_bytes(), profile, clock)
    }
}
