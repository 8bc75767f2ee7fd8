//! The short way of an event: from plain JSON to its canonical form, without a tree between them.
//!
//! It takes what is sound in both profiles and whose values hold no others, which nearly all events
//! are. Of everything else it takes nothing, and the tree is checked: faults are found there alone,
//! and what is taken here is taken there with the same outcome.

use playhead_model::{
    body::{Flat, Scalar, encode_event},
    keys::{EventType, KeyId, KeySet, Place},
};

use crate::{
    Clock, Decoded, Profile,
    collection::{
        check::{is_plausible, is_sound_ts, lacks},
        values::{fits, is_name},
    },
    scan::{Number, Scan},
};

/// The parameters of an event are most of its members: about so many bytes take one. Room is made for
/// them at once.
const MEMBER_BYTES: usize = 32;
const MEMBERS_MAX: usize = 32;

/// Decodes an event that is not one of a downloaded session.
pub(crate) fn decode(text: &str, profile: Profile, clock: Clock) -> Option<Decoded> {
    let found = Envelope::scan(text)?;
    // Lists of states are no plain values, and one without any is none.
    let event_type = found
        .event_type
        .filter(|it| *it != EventType::StatesUpdate)?;
    let player_time = found.player_time?;
    let ts = ts(&player_time).filter(|ts| is_plausible(*ts, profile, clock).is_ok())?;
    let playhead = playhead(&player_time)?;
    let is_strict = profile == Profile::Strict;
    let mut unknown_keys = 0;
    match &found.params {
        None if KeyId::PARAMS.spec().required.contains(event_type) => return None,
        // A ping carries no parameters by the documentation; what comes is ignored.
        None => {}
        Some(_) if event_type == EventType::Ping => {}
        Some(params) => {
            if lacks(event_type, params.seen()) || is_downloaded(params) {
                return None;
            }
            unknown_keys += check(params, Place::Params, event_type, is_strict)?;
        }
    }
    if let Some(qoe) = &found.qoe_data {
        unknown_keys += check(qoe, Place::Qoe, event_type, is_strict)?;
    }
    if let Some(custom) = &found.custom_metadata
        && !is_custom(custom)
    {
        return None;
    }
    let mut body = Vec::with_capacity(text.len());
    let members = [
        (KeyId::PLAYER_TIME, Some(&player_time)),
        (KeyId::PARAMS, found.params.as_ref()),
        (KeyId::QOE_DATA, found.qoe_data.as_ref()),
        (KeyId::CUSTOM_METADATA, found.custom_metadata.as_ref()),
    ];
    encode_event(event_type, &members, &mut body);
    Some(Decoded {
        event_type,
        ts,
        playhead,
        body,
        unknown_keys: u16::try_from(unknown_keys).unwrap_or(u16::MAX),
    })
}

/// The members of an event.
#[derive(Default)]
struct Envelope<'a> {
    event_type: Option<EventType>,
    player_time: Option<Flat<'a>>,
    params: Option<Flat<'a>>,
    qoe_data: Option<Flat<'a>>,
    custom_metadata: Option<Flat<'a>>,
}

impl<'a> Envelope<'a> {
    fn scan(text: &'a str) -> Option<Self> {
        let mut scan = Scan::new(text)?;
        let mut found = Self::default();
        scan.pass(b'{')?;
        loop {
            match KeyId::lookup(scan.key()?)? {
                KeyId::EVENT_TYPE => {
                    let event_type = EventType::from_name(string(&mut scan)?)?;
                    once(&mut found.event_type, event_type)?;
                }
                KeyId::PLAYER_TIME => once(&mut found.player_time, flat(&mut scan, 2)?)?,
                KeyId::PARAMS => {
                    let expected = (scan.left() / MEMBER_BYTES).min(MEMBERS_MAX);
                    once(&mut found.params, flat(&mut scan, expected)?)?;
                }
                KeyId::QOE_DATA => once(&mut found.qoe_data, flat(&mut scan, 4)?)?,
                KeyId::CUSTOM_METADATA => {
                    once(&mut found.custom_metadata, flat(&mut scan, 0)?)?;
                }
                _ => return None,
            }
            if scan.is_last(b'}')? {
                return scan.is_at_end().then_some(found);
            }
        }
    }
}

/// Nothing if the member is a repeated one.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn string<'a>(scan: &mut Scan<'a>) -> Option<&'a str> {
    (scan.pass_blanks()? == b'"').then(|| scan.string())?
}

fn flat<'a>(scan: &mut Scan<'a>, expected: usize) -> Option<Flat<'a>> {
    scan.pass(b'{')?;
    let mut flat = Flat::with_capacity(expected);
    if scan.ends_at_once(b'}')? {
        return Some(flat);
    }
    loop {
        let name = scan.key()?;
        flat.add(name, scalar(scan)?)?;
        if scan.is_last(b'}')? {
            return flat.finish();
        }
    }
}

#[inline]
fn scalar<'a>(scan: &mut Scan<'a>) -> Option<Scalar<'a>> {
    match scan.pass_blanks()? {
        b'"' => scan.string().map(Scalar::Str),
        b'-' | b'0'..=b'9' => Some(match scan.number()? {
            Number::Int(value) => Scalar::Int(value),
            Number::Other(value) => Scalar::Float(value),
        }),
        b't' => scan.word("true", Scalar::Bool(true)),
        b'f' => scan.word("false", Scalar::Bool(false)),
        _ => None,
    }
}

fn ts(player_time: &Flat<'_>) -> Option<i64> {
    const BOTH: KeySet = KeySet::of(&[KeyId::TS, KeyId::PLAYHEAD]);
    if player_time.seen() != BOTH || !player_time.others().is_empty() {
        return None;
    }
    match player_time.get(KeyId::TS)? {
        Scalar::Int(ts) => is_sound_ts(ts).then_some(ts),
        _ => None,
    }
}

fn playhead(player_time: &Flat<'_>) -> Option<f64> {
    let seconds = match player_time.get(KeyId::PLAYHEAD)? {
        Scalar::Int(seconds) => seconds as f64,
        Scalar::Float(seconds) => seconds,
        _ => return None,
    };
    (seconds >= 0.0).then_some(seconds)
}

/// Checks `params` or `qoeData`; answers how many of the keys are not known there.
fn check(flat: &Flat<'_>, place: Place, event: EventType, is_strict: bool) -> Option<usize> {
    let mut unknown = flat.others().len();
    for (key, value) in flat.known() {
        let spec = key.spec();
        if spec.place != place || !spec.events.contains(event) {
            unknown += 1;
        } else if !fits(spec.kind, *value) {
            return None;
        }
    }
    (unknown == 0 || !is_strict).then_some(unknown)
}

fn is_downloaded(params: &Flat<'_>) -> bool {
    params.seen().contains(KeyId::DOWNLOADED)
        && params.get(KeyId::DOWNLOADED) == Some(Scalar::Bool(true))
}

fn is_custom(custom: &Flat<'_>) -> bool {
    let known = custom.known().iter().map(|(key, it)| (key.name(), *it));
    let mut all = known.chain(custom.others().iter().copied());
    all.all(|(name, value)| is_name(name) && matches!(value, Scalar::Str(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::check_direct;

    const CLOCK: Clock = Clock::ReceivedMs(1_772_474_400_000);
    const PING: &str = r#"{"playerTime":{"ts":1772474400000,"playhead":12.5},"eventType":"ping"}"#;
    const START: &str = r#"{"eventType": "sessionStart", "playerTime": {"playhead": 0, "ts": 1772474400000},
        "params": {"analytics.trackingServer": "a", "analytics.reportSuite": "b",
        "visitor.marketingCloudOrgId": "c", "media.id": "é", "media.length": 60.5,
        "media.contentType": "vod", "media.playerName": "d", "media.channel": "e", "media.resume": false},
        "customMetadata": {"plan": "free", "media.id": "f"}, "qoeData": {"media.qoe.bitrate": 3200}}"#;

    fn is_taken(text: &str, profile: Profile) -> bool {
        check_direct(text, profile, CLOCK);
        decode(text, profile, CLOCK).is_some()
    }

    #[track_caller]
    fn check(from: &str, to: &str, [strict, lenient]: [bool; 2]) {
        let start = START.replace('\n', " ");
        assert!(start.contains(from), "{from}");
        let text = start.replacen(from, to, 1);
        assert_eq!(is_taken(&text, Profile::Strict), strict, "{text}");
        assert_eq!(is_taken(&text, Profile::Lenient), lenient, "{text}");
    }

    #[test]
    fn ordinary_events_are_taken() {
        assert!(is_taken(PING, Profile::Strict));
        check("free", "gratis", [true, true]);
        check("\"c\",", "\"c\", \"media.season\": \"\",", [true, true]);
        check("60.5", "86400", [true, true]);
        check("60.5", "-60.5", [true, true]);
    }

    #[test]
    fn what_one_profile_refuses_or_takes_otherwise_is_left_to_the_tree() {
        // Keys that are not known are kept and counted, in one of them.
        check("media.resume", "media.resumed", [false, true]);
        check("media.qoe.bitrate", "bitrate", [false, true]);
        for (from, to) in [
            ("60.5", "null"),
            ("3200", "3200.5"),
            ("3200", "12345678901234567890"),
            ("\"playhead\": 0", "\"playhead\": -1"),
            ("\"playhead\": 0,", ""),
            ("\"playhead\": 0", "\"playhead\": 0, \"ts\": 5"),
            ("1772474400000", "1e12"),
            ("1772474400000", "9772474400000000"),
            ("false", "\"false\""),
            ("false", "[]"),
            ("\"free\"", "7"),
            ("plan", "pl an"),
            ("plan", "eventType"),
            ("media.resume\": false", "media.downloaded\": true"),
            ("media.channel", "media.id"),
            ("\"qoeData\"", "\"params\""),
            ("\"qoeData\"", "\"other\""),
            ("sessionStart", "sessionstart"),
            ("{\"plan\"", "{\"new\": \"\", \"new\": \"\", \"plan\""),
            ("free", "fr\\u0065e"),
        ] {
            check(from, to, [false, false]);
        }
        // A day and a bit ahead of the clock.
        check("1772474400000", "1772570000000", [false, true]);
    }
}
