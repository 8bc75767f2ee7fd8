//! Who sends a start: on what the viewer watches, and where, in which country, region and network.
//!
//! Addresses are of 198.18.0.0/15, which is set aside for tests (RFC 2544), so they are nobody's. Where
//! each of them lies is in a file for `door.geo_file`; the networks in it are made up.

use std::net::{IpAddr, Ipv4Addr};

use crate::body::Voice;
use crate::catalogue::{DEVICES, Device};
use crate::mmdb::{self, Value, map, text};

/// What a request tells of its sender beside the body. Only starts do, and some of them nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The user agent.
    pub agent: Option<&'static str>,
    /// The address of the viewer, as a proxy in front of the server would name it.
    pub address: Option<Ipv4Addr>,
}

impl Origin {
    pub(crate) fn of(voice: &Voice) -> Self {
        let viewer = voice.viewer.unwrap_or(voice.number as u64);
        Self::on(voice.device(), voice.number, viewer)
    }

    /// That of whoever does not say on what they watch.
    pub(crate) fn of_any(number: usize) -> Self {
        Self::on(&DEVICES[number % DEVICES.len()], number, number as u64)
    }

    fn on(device: &Device, number: usize, viewer: u64) -> Self {
        Self {
            agent: Some(device.agents[number % device.agents.len()]),
            address: Some(address(viewer)),
        }
    }
}

struct Place {
    country: &'static str,
    region: &'static str,
    network: &'static str,
    /// Viewers of a hundred that are here.
    share: u64,
}

const fn place(
    country: &'static str,
    region: &'static str,
    network: &'static str,
    share: u64,
) -> Place {
    Place {
        country,
        region,
        network,
        share,
    }
}

const PLACES: [Place; 14] = [
    place("DE", "Bavaria", "Isar Telecom", 15),
    place("DE", "Berlin", "Spree Cable", 12),
    place("DE", "Hamburg", "Isar Telecom", 8),
    place("AT", "Vienna", "Donau Net", 8),
    place("CH", "Zurich", "Limmat Fibre", 7),
    place("FR", "Île-de-France", "Seine Mobile", 10),
    place("FR", "Brittany", "Seine Mobile", 4),
    place("NL", "Utrecht", "Polder Glas", 6),
    place("GB", "Scotland", "Tweed Broadband", 6),
    place("GB", "England", "Tweed Broadband", 8),
    place("US", "California", "Bay Wireless", 6),
    place("US", "New York", "Hudson Cable", 4),
    place("JP", "Tokyo", "Sumida Hikari", 4),
    place("BR", "São Paulo", "Tietê Móvel", 2),
];

/// The first octets of all addresses.
const NET: [u8; 2] = [198, 18];
/// Each place has so many networks of 254 viewers.
const NETS_OF_A_PLACE: u64 = 16;
/// Bits of the networks of a place together.
const PLACE_BITS: u32 = 20;

/// The address of a viewer: always the same.
fn address(viewer: u64) -> Ipv4Addr {
    // Neighbours live apart.
    let mut at = viewer.wrapping_mul(61) % 100;
    let place = PLACES.iter().position(|place| {
        let is_here = at < place.share;
        at = at.saturating_sub(place.share);
        is_here
    });
    let net = place.unwrap_or(0) as u64 * NETS_OF_A_PLACE + viewer / 254 % NETS_OF_A_PLACE;
    let [a, b] = NET;
    Ipv4Addr::new(a, b, net as u8, (viewer % 254) as u8 + 1)
}

/// A database of the addresses of all simulated viewers (MMDB), laid out as those of cities and of
/// networks are.
pub fn geo_file() -> Vec<u8> {
    let networks: Vec<((IpAddr, u32), Value)> = PLACES
        .iter()
        .enumerate()
        .map(|(number, place)| {
            let [a, b] = NET;
            let first = Ipv4Addr::new(a, b, (number as u64 * NETS_OF_A_PLACE) as u8, 0);
            let region = map([("names", map([("en", text(place.region))]))]);
            let value = map([
                ("country", map([("iso_code", text(place.country))])),
                ("subdivisions", Value::List(vec![region])),
                ("autonomous_system_organization", text(place.network)),
            ]);
            ((IpAddr::V4(first), PLACE_BITS), value)
        })
        .collect();
    mmdb::file(&networks)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_hundred_viewers_are_where_the_shares_say() {
        assert_eq!(PLACES.iter().map(|place| place.share).sum::<u64>(), 100);
        let mut viewers: BTreeMap<u8, u64> = BTreeMap::new();
        for viewer in 0..100 {
            let [a, b, net, last] = address(viewer).octets();
            assert_eq!(([a, b], last > 0), (NET, true));
            *viewers.entry(net / NETS_OF_A_PLACE as u8).or_default() += 1;
        }
        let shares: Vec<u64> = PLACES.iter().map(|place| place.share).collect();
        assert_eq!(viewers.into_values().collect::<Vec<_>>(), shares);
    }

    #[test]
    fn viewers_have_addresses_of_their_own() {
        let mut addresses: Vec<Ipv4Addr> = (0..2_000).map(address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), 2_000);
    }
}
