//! Whose request it is when proxies stand in between.
//!
//! Each proxy appends the address it was called from, so the list is trustworthy only from its
//! right end, and only as long as the addresses in it are our own proxies: what stands to the left
//! of the first stranger is that stranger's claim.

use std::net::{IpAddr, SocketAddr};

use playhead_config::Network;

use crate::Headers;

/// Proxies in a row that are followed. More is a loop or a game, and the sender unknown.
const HOPS_MAX: usize = 32;

/// Finds the right-most address that is no trusted proxy. `None` if a proxy passed the request on
/// for someone it does not name, or in a form that can't be read.
pub(crate) fn client(trusted: &[Network], peer: IpAddr, headers: &Headers<'_>) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !is_trusted(trusted, peer) {
        return Some(peer);
    }
    if let Some(list) = headers.forwarded_for {
        walk(trusted, peer, elements(list).rev().map(node))
    } else if let Some(list) = headers.forwarded {
        walk(trusted, peer, elements(list).rev().map(forwarded_node))
    } else {
        Some(peer)
    }
}

/// Goes from the nearest hop outwards while the hops are trusted.
fn walk(
    trusted: &[Network],
    peer: IpAddr,
    hops: impl Iterator<Item = Option<IpAddr>>,
) -> Option<IpAddr> {
    let mut last = peer;
    for (number, hop) in hops.enumerate() {
        last = hop?;
        if !is_trusted(trusted, last) {
            return Some(last);
        }
        if number == HOPS_MAX {
            return None;
        }
    }
    // Trusted to the end: the request began at one of our own.
    Some(last)
}

fn is_trusted(trusted: &[Network], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// Splits a list at its commas. Quotes hide no commas here: neither addresses nor ports have any,
/// and an odd quote in a stranger's part must not swallow what a proxy appended.
fn elements(list: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    list.split(|&byte| byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|element| !element.is_empty())
}

/// Reads the `for` of an element such as `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_node(element: &[u8]) -> Option<IpAddr> {
    let mut pairs = element.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let value = pairs.find_map(|pair| match pair.split_at_checked(4) {
        Some((name, value)) if name.eq_ignore_ascii_case(b"for=") => Some(value),
        _ => None,
    })?;
    let unquoted = value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    node(unquoted.unwrap_or(value))
}

/// Reads an address with or without brackets and port.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address = inside.unwrap_or(text).parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: [&str; 3] = ["10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48"];

    fn find(peer: &str, headers: &Headers<'_>) -> String {
        let trusted: Vec<_> = PROXIES
            .iter()
            .map(|text| Network::parse(text).unwrap())
            .collect();
        let client = client(&trusted, peer.parse().unwrap(), headers);
        client.map_or_else(|| "unknown".into(), |address| address.to_string())
    }

    fn forwarded_for(peer: &str, list: &str) -> String {
        let list = Some(list.as_bytes());
        find(
            peer,
            &Headers {
                forwarded_for: list,
                ..Headers::default()
            },
        )
    }

    fn forwarded(peer: &str, list: &str) -> String {
        find(
            peer,
            &Headers {
                forwarded: Some(list.as_bytes()),
                ..Headers::default()
            },
        )
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(forwarded_for("203.0.113.9", "198.51.100.7"), "203.0.113.9");
        assert_eq!(forwarded("203.0.113.9", "for=198.51.100.7"), "203.0.113.9");
        assert_eq!(
            forwarded_for("::ffff:203.0.113.9", "10.0.0.1"),
            "203.0.113.9"
        );
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_its_caller() {
        assert_eq!(forwarded_for("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(
            forwarded_for("::ffff:10.0.0.1", "198.51.100.7"),
            "198.51.100.7"
        );
        assert_eq!(
            forwarded_for("10.0.0.1", "198.51.100.7, 10.2.3.4"),
            "198.51.100.7"
        );
        assert_eq!(forwarded_for("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(find("10.0.0.1", &Headers::default()), "10.0.0.1");
        assert_eq!(forwarded_for("10.0.0.1", "10.0.0.9, 10.0.0.8"), "10.0.0.9");
    }

    #[test]
    fn what_a_client_put_in_front_does_not_count() {
        assert_eq!(
            forwarded_for("10.0.0.1", "1.2.3.4, 203.0.113.9"),
            "203.0.113.9"
        );
        assert_eq!(
            forwarded_for("10.0.0.1", "10.9.9.9, 203.0.113.9, 10.0.0.2"),
            "203.0.113.9"
        );
        assert_eq!(forwarded_for("10.0.0.1", "\", 203.0.113.9"), "203.0.113.9");
        assert_eq!(
            forwarded_for("10.0.0.1", "1.2.3.4,203.0.113.9"),
            "203.0.113.9"
        );
        assert_eq!(
            forwarded("10.0.0.1", "for=1.2.3.4,for=203.0.113.9"),
            "203.0.113.9"
        );
        assert_eq!(
            forwarded("10.0.0.1", "for=\"1.2.3.4, for=203.0.113.9"),
            "203.0.113.9"
        );
        let both = Headers {
            forwarded_for: Some(b"203.0.113.9"),
            forwarded: Some(b"for=1.2.3.4"),
            ..Headers::default()
        };
        assert_eq!(find("10.0.0.1", &both), "203.0.113.9");
    }

    #[test]
    fn addresses_come_in_many_forms() {
        for (text, wanted) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            (" \t203.0.113.9 , ,", "203.0.113.9"),
        ] {
            assert_eq!(forwarded_for("10.0.0.1", text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("for=203.0.113.9;proto=https;by=10.0.0.1", "203.0.113.9"),
            ("proto=https; For=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("for=\"203.0.113.9:80\", for=10.0.0.3", "203.0.113.9"),
        ] {
            assert_eq!(forwarded("2001:db8:ffff::1", text), wanted, "{text}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_unknown() {
        for text in [
            "unknown",
            "1.2.3.4, unknown",
            "203.0.113.999",
            "\u{1}",
            "fe80::1%eth0",
            "1.2.3",
        ] {
            assert_eq!(forwarded_for("10.0.0.1", text), "unknown", "{text}");
        }
        for text in [
            "for=_hidden",
            "proto=https",
            "for=",
            "for=unknown;for=1.2.3.4",
            "for",
        ] {
            assert_eq!(forwarded("10.0.0.1", text), "unknown", "{text}");
        }
        assert_eq!(
            forwarded_for("10.0.0.1", &"10.0.0.1,".repeat(9999)),
            "unknown"
        );
    }
}
