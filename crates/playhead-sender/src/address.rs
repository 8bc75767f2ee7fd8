//! Cutting an address to the bits that are kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Writes an address with all but its leading bits set to zero. An IPv4 address that is mapped
/// into IPv6 is cut as IPv4: cut as IPv6 it would be kept whole or lost whole.
pub(crate) fn cut(address: IpAddr, bits_v4: u8, bits_v6: u8) -> Box<str> {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let gone = u32::from(32_u8.saturating_sub(bits_v4));
            let mask = u32::MAX.checked_shl(gone).unwrap_or(0);
            text_v4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let gone = u32::from(128_u8.saturating_sub(bits_v6));
            let mask = u128::MAX.checked_shl(gone).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask)
                .to_string()
                .into()
        }
    }
}

/// As it is shown, without the machinery of formatting: nearly every session start has one.
fn text_v4(address: Ipv4Addr) -> Box<str> {
    let mut text = String::with_capacity(15);
    for (place, octet) in address.octets().into_iter().enumerate() {
        if place > 0 {
            text.push('.');
        }
        for unit in [100, 10, 1] {
            if octet >= unit || unit == 1 {
                text.push(char::from(b'0' + octet / unit % 10));
            }
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, bits_v4: u8, bits_v6: u8, wanted: &str) {
        let cut = cut(address.parse().unwrap(), bits_v4, bits_v6);
        assert_eq!(&*cut, wanted, "{address} to {bits_v4} and {bits_v6} bits");
    }

    #[test]
    fn addresses_keep_their_leading_bits() {
        check("203.0.113.77", 24, 48, "203.0.113.0");
        check("203.0.113.77", 32, 48, "203.0.113.77");
        check("203.0.113.77", 31, 48, "203.0.113.76");
        check("203.0.113.77", 16, 48, "203.0.0.0");
        check("203.0.113.77", 0, 48, "0.0.0.0");
        check("2001:db8:1:2:3:4:5:6", 24, 48, "2001:db8:1::");
        check("2001:db8:1:2:3:4:5:6", 24, 56, "2001:db8:1::");
        check("2001:db8:1:2:3:4:5:6", 24, 64, "2001:db8:1:2::");
        check("2001:db8:1:2:3:4:5:6", 24, 128, "2001:db8:1:2:3:4:5:6");
        check("2001:db8:1:2:3:4:5:6", 24, 0, "::");
    }

    #[test]
    fn a_mapped_address_is_cut_as_ipv4() {
        check("::ffff:203.0.113.77", 24, 48, "203.0.113.0");
        check("::ffff:203.0.113.77", 32, 0, "203.0.113.77");
        check("::ffff:203.0.113.77", 0, 128, "0.0.0.0");
    }
}
