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
        .join(format!("day={day}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_folders_and_never_meet() {
        assert_eq!(encoded("my.suite-1"), "my.suite-1");
        assert_eq!(encoded("../x=1/é"), "%2E.%2Fx%3D1%2F%C3%A9");
        assert_ne!(encoded(""), encoded("%00"));
    }
}
