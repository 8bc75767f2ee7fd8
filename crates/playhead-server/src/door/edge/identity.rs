//! The viewer of a request: read back from what earlier answers handed out, or made up.

use hyper::header::{GetAll, HeaderValue};
use playhead_model::body::fingerprint128;
use playhead_model::keys::EventType;
use playhead_wire::edge::{Kind, Request};

use super::Place;
use super::datastream::Found;

/// How long a client keeps the id, in seconds: thirteen months.
pub(super) const KEPT_S: u64 = 34_128_000;

/// Digits of half an id.
const HALF_DIGITS: usize = 19;

/// The ECID of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    ecid: Option<String>,
    /// Whether the body names it; then each start does so itself.
    is_named: bool,
    /// Whether the answer hands it out.
    pub(super) is_told: bool,
    /// Whether the client asked for it.
    pub(super) is_asked: bool,
}

impl Identity {
    pub(super) fn find(
        request: &Request<'_>,
        cookies: GetAll<'_, HeaderValue>,
        datastream: &Found<'_>,
        place: Place,
    ) -> Self {
        let is_asked = request.fetches_ecid();
        let is_told = match place {
            Place::Event(kind) => kind == Kind::Event(EventType::SessionStart),
            Place::Interact | Place::Identity | Place::Consent => true,
            Place::Collect | Place::Nothing => false,
        };
        let named = request.ecid().map(str::to_owned);
        let is_named = named.is_some();
        let ecid = named
            .or_else(|| kept(request, cookies, datastream.organisation))
            .or_else(|| {
                // One that the client could not bring back would be of no use.
                let can_return = is_asked || datastream.organisation.is_some();
                (is_told && can_return).then(|| made_for(request))
            });
        Self {
            ecid,
            is_named,
            is_told,
            is_asked,
        }
    }

    /// The id, whoever made it.
    pub(super) fn ecid(&self) -> Option<&str> {
        self.ecid.as_deref()
    }

    /// The id for starts that name none.
    pub(super) fn spare(&self) -> Option<&str> {
        self.ecid().filter(|_| !self.is_named)
    }
}

/// The name under which a client keeps something for an organisation.
pub(super) fn cookie_name(organisation: &str, what: &str) -> String {
    format!("kndctr_{}_{what}", organisation.replace('@', "_"))
}

/// What a client keeps: the id as the first field of a protocol buffer, in base 64.
pub(super) fn cookie_value(ecid: &str) -> String {
    let mut bytes = vec![0x0a, u8::try_from(ecid.len()).unwrap_or(u8::MAX)];
    bytes.extend_from_slice(&ecid.as_bytes()[..ecid.len().min(usize::from(u8::MAX))]);
    base64(&bytes)
}

fn kept(
    request: &Request<'_>,
    cookies: GetAll<'_, HeaderValue>,
    organisation: Option<&str>,
) -> Option<String> {
    let name = organisation.map(|organisation| cookie_name(organisation, "identity"));
    let is_ours = |key: &str| match &name {
        Some(name) => key == name,
        None => key.starts_with("kndctr_") && key.ends_with("_identity"),
    };
    let lines = cookies.iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    let cookies = pairs.filter_map(|pair| pair.trim().split_once('='));
    let mut kept = cookies
        .chain(request.state_entries())
        .filter(|(key, _)| is_ours(key));
    kept.find_map(|(_, value)| ecid_in(value))
}

/// The id in what a client kept.
fn ecid_in(value: &str) -> Option<String> {
    let bytes = from_base64(value)?;
    let [0x0a, length, rest @ ..] = &bytes[..] else {
        return None;
    };
    let id = rest.get(..usize::from(*length))?;
    let is_id = id.len() == 2 * HALF_DIGITS && id.iter().all(u8::is_ascii_digit);
    is_id.then(|| String::from_utf8_lossy(id).into_owned())
}

/// A new id. From an id of the device, or of the event, always the same follows: a client that
/// comes back, or tries again, is known.
fn made_for(request: &Request<'_>) -> String {
    let named = request.fpid().or_else(|| request.event_id());
    let number = named.map_or_else(random, |id| fingerprint128(id.as_bytes()));
    // Each half is a positive 64-bit number.
    let half = |number: u128| (number as u64) >> 1;
    format!(
        "{:0width$}{:0width$}",
        half(number >> 64),
        half(number),
        width = HALF_DIGITS
    )
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random bits");
    u128::from_le_bytes(bytes)
}

/// Of base 64 as it is safe in cookies and addresses, without padding.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let group = u32::from_be_bytes(group);
        for place in 0..=chunk.len() {
            let digit = (group >> (18 - 6 * place)) & 63;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text
}

/// Reads base 64 of either alphabet, padded or not.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut group, mut bits) = (0_u32, 0);
    for digit in text {
        let digit = match digit {
            b'+' => b'-',
            b'/' => b'_',
            digit => *digit,
        };
        let value = DIGITS.iter().position(|known| *known == digit)?;
        group = group << 6 | value as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits) as u8);
            group &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECID: &str = "53450609465138318405885465194198586082";

    #[test]
    fn an_id_comes_back_out_of_what_a_client_keeps() {
        let ours = cookie_value(ECID);
        assert_eq!(ecid_in(&ours).as_deref(), Some(ECID));
        // As the vendor's servers hand it out, padded and with more behind it.
        let theirs = "CiY1MzQ1MDYwOTQ2NTEzODMxODQwNTg4NTQ2NTE5NDE5ODU4NjA4Mg==";
        assert_eq!(ecid_in(theirs).as_deref(), Some(ECID));
        assert_eq!(theirs.trim_end_matches('='), ours);
        for other in ["", "=", "CiY1", "é", "CgEx", "AAAA", ECID] {
            assert_eq!(ecid_in(other), None, "{other}");
        }
    }

    #[test]
    fn base_64_goes_both_ways() {
        for length in 0..9 {
            let bytes: Vec<u8> = (0..length).map(|number| 251 - number).collect();
            assert_eq!(from_base64(&base64(&bytes)), Some(bytes));
        }
    }

    #[test]
    fn a_new_id_has_38_digits() {
        let anyone = Request::parse(b"{}").unwrap();
        let one = made_for(&anyone);
        assert!(one.len() == 38 && one.bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(one, made_for(&anyone));
        let device = br#"{"xdm":{"identityMap":{"FPID":[{"id":"device-7"}]}}}"#;
        let device = Request::parse(device).unwrap();
        assert_eq!(made_for(&device), made_for(&device));
    }
}
