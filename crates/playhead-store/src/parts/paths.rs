//! Where the files of the store lie, relative to its folder.

use std::fmt::Write as _;
use std::path::PathBuf;

use playhead_model::catalog::{Day, Table};

/// Longer names of suites are cut in folders.
const NAME_BYTES_MAX: usize = 200;

/// The folder of a table, a suite and a day.
pub(crate) fn folder(table: Table, suite: &str, day: Day) -> PathBuf {
    let folder = format!("suite={}", encoded(suite));
    PathBuf::from(table.name())
        .join(folder)
        .join(format!("day={}", date(day)))
}

/// The name of a suite as a folder can have it: what is no ASCII letter, digit, `-`, `_` or `.`
/// inside is percent-encoded. The empty name is `%00`: a zero
/// byte makes the same folder, which does no harm: the manifest has the names, and no two parts
/// have the same number. So may names that are too long for a file system and are cut.
pub(crate) fn encoded(suite: &str) -> String {
    if suite.is_empty() {
        return "%00".to_owned();
    }
    let mut out = String::new();
    for byte in suite.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => out.push(byte.into()),
            b'.' if !out.is_empty() => out.push('.'),
            _ => write!(out, "%{byte:02X}").expect("a string takes text"),
        }
        if out.len() > NAME_BYTES_MAX {
            return format!("{out}~{:08x}", crc32c::crc32c(suite.as_bytes()));
        }
    }
    out
}

/// `YYYY-MM-DD`.
pub(crate) fn date(day: Day) -> String {
    // Days since 0000-03-01, in eras of 400 years.
    let days = i64::from(day.0) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders_and_never_meet() {
        assert_eq!(encoded("my.suite-1"), "my.suite-1");
        assert_eq!(encoded("../x=1/é"), "%2E.%2Fx%3D1%2F%C3%A9");
        assert_ne!(encoded(""), encoded("%00"));
    }

    #[test]
    fn days_have_dates() {
        for (day, wanted) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_783, "2026-11-26"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date(Day(day)), wanted);
        }
    }
}
