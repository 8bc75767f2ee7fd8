//! What may come from one address. What may come for one report suite is known only from the body,
//! and a matter of the intake.

use std::net::IpAddr;

use hyper::HeaderMap;
use playhead_engine::intake::{Refused, Target};
use playhead_engine::rates::Arrival;

use super::Door;
use super::request::with_headers;

/// The refusal of one request too many.
pub(super) fn too_many(
    door: &Door,
    target: Target,
    peer: IpAddr,
    head: &HeaderMap,
) -> Option<Refused> {
    let rate = door.limits.get().address_rate;
    if !rate.is_limited() {
        return None;
    }
    let arrival = match target {
        Target::Events(_) => Arrival::Event,
        Target::Sessions | Target::Downloaded => Arrival::Start,
    };
    let address = with_headers(head, |headers| door.lookup.borrow().address(peer, &headers))?;
    let cell = door.cell.get();
    let mut addresses = door.addresses.borrow_mut();
    if addresses.takes(&address, arrival, &rate, cell.now()) {
        return None;
    }
    let tag = match target {
        Target::Events(Some(sid)) => cell.core().tag_of_session(sid).cloned(),
        _ => None,
    };
    Some(Refused::rate_limited(
        arrival,
        "address",
        tag.unwrap_or_default(),
    ))
}
