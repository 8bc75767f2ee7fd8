//! Sizes and durations as people write them.

use std::time::Duration;

/// Binary units first: the one that divides a size exactly is how it is written.
const SIZE_UNITS: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Each unit in milliseconds, largest first.
const DURATION_UNITS: &[(&str, u64)] = &[
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a size in bytes such as `64 MiB`, `10 GB` or `4096`. Units may be in any case.
pub fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_number(text.trim())?;
    let unit = unit.trim();
    if unit.is_empty() {
        return Some(number);
    }
    let (_, bytes) = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*bytes)
}

/// Reads a duration such as `500ms`, `30m`, `30d` or `1h 30m`. A bare number has no unit and is
/// refused, `0` too.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total_ms = 0_u64;
    while !rest.is_empty() {
        let (number, after_number) = split_number(rest)?;
        let after_number = after_number.trim_start();
        let unit_end = after_number
            .find(|character: char| !character.is_ascii_alphabetic())
            .unwrap_or(after_number.len());
        let (unit, after_unit) = after_number.split_at(unit_end);
        let (_, unit_ms) = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?;
        total_ms = total_ms.checked_add(number.checked_mul(*unit_ms)?)?;
        rest = after_unit.trim_start();
    }
    Some(Duration::from_millis(total_ms))
}

/// Reads a whole number; underscores may group its digits.
pub(crate) fn parse_count(text: &str) -> Option<u64> {
    let (number, rest) = split_number(text.trim())?;
    rest.is_empty().then_some(number)
}

/// Writes a size in the largest unit that divides it exactly.
pub fn format_size(bytes: u64) -> String {
    let exact = |(_, unit): &&(&str, u64)| bytes >= *unit && bytes.is_multiple_of(*unit);
    match SIZE_UNITS.iter().find(exact) {
        Some((name, unit)) => format!("{} {name}", bytes / unit),
        None => String::from("0 B"),
    }
}

/// Writes a duration as the sum of its units, `1h 30m`; what is below a millisecond is dropped.
pub fn format_duration(duration: Duration) -> String {
    let mut rest_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut parts = Vec::new();
    for (name, unit_ms) in DURATION_UNITS {
        if rest_ms >= *unit_ms {
            parts.push(format!("{}{name}", rest_ms / unit_ms));
            rest_ms %= unit_ms;
        }
    }
    if parts.is_empty() {
        String::from("0s")
    } else {
        parts.join(" ")
    }
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit() && character != '_')
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    Some((digits.replace('_', "").parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let cases = [
            ("0", Some(0)),
            ("4096", Some(4096)),
            ("4_096", Some(4096)),
            ("64 KiB", Some(65_536)),
            ("64KiB", Some(65_536)),
            ("64 kib", Some(65_536)),
            ("10 kB", Some(10_000)),
            ("2 GB", Some(2_000_000_000)),
            ("1 TiB", Some(1 << 40)),
            (" 7 B ", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("17592186044416 TiB", None),
            ("", None),
            ("_1", None),
            ("-1", None),
            ("1.5 GiB", None),
            ("64 M", None),
            ("64 MiB/s", None),
            ("MiB", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(parse_size(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        let cases = [
            ("0s", Some(0)),
            ("500ms", Some(500)),
            ("5s", Some(5_000)),
            ("30m", Some(1_800_000)),
            ("30 m", Some(1_800_000)),
            ("30d", Some(2_592_000_000)),
            ("1h30m", Some(5_400_000)),
            ("1h 30m 5s", Some(5_405_000)),
            ("", None),
            ("0", None),
            ("30", None),
            ("1h30", None),
            ("m", None),
            ("-5s", None),
            ("1.5h", None),
            ("5 fortnights", None),
            ("5S", None),
            ("213503982335d", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(
                parse_duration(text),
                wanted.map(Duration::from_millis),
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        for bytes in [
            0,
            1,
            1000,
            1023,
            1024,
            1536,
            65_536,
            10_000_000,
            1 << 30,
            u64::MAX,
        ] {
            assert_eq!(parse_size(&format_size(bytes)), Some(bytes));
        }
        for ms in [
            0,
            1,
            999,
            1000,
            90_000,
            86_400_000,
            86_400_001,
            2_592_000_000,
        ] {
            let duration = Duration::from_millis(ms);
            assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
        }
        assert_eq!(format_size(64 << 20), "64 MiB");
        assert_eq!(format_duration(Duration::from_secs(5_400)), "1h 30m");
    }
}
