//! A certificate that vouches for itself, for a laptop: made once, kept in the data folder.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};

use super::{Error, Files};

const DAY_S: u64 = 24 * 60 * 60;
/// Longer ones are refused by some systems even where the user trusts them.
const VALID_DAYS: u64 = 397;
/// With less left, a start makes a new one.
const LEFT_DAYS_MIN: u64 = 30;
/// Names that are always in it.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const COMMON_NAME: &str = "playhead self-signed";

/// Gives the certificate in `folder`, for the loopback names and `names`. It is made anew if it
/// names others or ends within a month. `now_s` is the wall clock in seconds.
///
/// # Errors
/// If it cannot be made or written.
pub fn keep(folder: &Path, names: &[String], now_s: u64) -> Result<Files, Error> {
    let files = Files {
        certificate: folder.join("self-signed.pem"),
        key: folder.join("self-signed.key"),
    };
    let mut all: Vec<&str> = LOOPBACK.to_vec();
    all.extend(names.iter().map(String::as_str));
    let head = |ends_s| format!("names: {}\nends: {ends_s}\n", all.join(" "));
    if files.key.exists() && is_good(&files.certificate, now_s, head) {
        return Ok(files);
    }
    let ends_s = now_s + VALID_DAYS * DAY_S;
    let (certificate, key) = make(&all, now_s, ends_s)?;
    let keep = |source| Error::Keep {
        folder: folder.to_owned(),
        source,
    };
    let certificate = format!("{}{}", head(ends_s), pem("CERTIFICATE", &certificate));
    fs::create_dir_all(folder).map_err(keep)?;
    // The key first: a crash in between leaves no certificate, so that both are made again.
    let _absent = fs::remove_file(&files.certificate);
    write(&files.key, &pem("PRIVATE KEY", &key)).map_err(keep)?;
    write(&files.certificate, &certificate).map_err(keep)?;
    Ok(files)
}

/// Says whether the file begins with these names and lasts long enough.
fn is_good(file: &Path, now_s: u64, head: impl Fn(u64) -> String) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    let ends = text.lines().find_map(|line| line.strip_prefix("ends: "));
    ends.and_then(|ends| ends.parse().ok())
        .is_some_and(|ends_s: u64| {
            text.starts_with(&head(ends_s)) && ends_s > now_s + LEFT_DAYS_MIN * DAY_S
        })
}

/// Certificate and key in DER.
fn make(names: &[&str], now_s: u64, ends_s: u64) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    let begin = rcgen::date_time_ymd(1970, 1, 1);
    // A day back, for clients whose clock is slow.
    params.not_before = begin + Duration::from_secs(now_s.saturating_sub(DAY_S));
    params.not_after = begin + Duration::from_secs(ends_s);
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, COMMON_NAME);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().to_vec(), key.serialize_der()))
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    let unfinished = file.with_extension("new");
    let mut out = fs::OpenOptions::new();
    out.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut out, 0o600);
    let mut out = out.open(&unfinished)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&unfinished, file)
}

fn pem(label: &str, der: &[u8]) -> String {
    let digits = base64(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in digits.as_bytes().chunks(64) {
        text.extend(line.iter().map(|digit| char::from(*digit)));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |place| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() {
                digit.into()
            } else {
                '='
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::Certificate;

    const NOW_S: u64 = 1_800_000_000;

    #[test]
    fn base64_is_as_everywhere() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_certificate_is_kept_until_it_ends_or_others_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |names: &[&str], now_s| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let files = keep(&folder.path().join("tls"), &names, now_s).unwrap();
            Certificate::load(files).unwrap().fingerprints().certificate
        };
        let first = keep(&[], NOW_S);
        assert_eq!(keep(&[], NOW_S + 300 * DAY_S), first);
        let later = keep(&[], NOW_S + 370 * DAY_S);
        assert_ne!(later, first);
        let other = keep(&["laptop.lan", "192.0.2.7"], NOW_S + 370 * DAY_S);
        assert_ne!(other, later);
        assert_eq!(
            keep(&["laptop.lan", "192.0.2.7"], NOW_S + 371 * DAY_S),
            other
        );
    }
}
