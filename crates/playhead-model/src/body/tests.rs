use serde_json::{Value as Json, json};

use super::{typed::*, *};
use crate::keys::{EventType, KEYS, KeyId};

/// SplitMix64: enough for tests, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

fn random_json(random: &mut Random, depth: usize) -> Json {
    let strings = [
        "",
        "play",
        "é😀\u{0}",
        "statesUpdate",
        "a long string, longer than the others",
    ];
    match random.below(if depth == 0 { 7 } else { 9 }) {
        0 => Json::Null,
        1 => random.below(2).eq(&0).into(),
        2 => (random.next() as i64 >> random.below(64)).into(),
        3 => (random.next() >> random.below(64)).into(),
        4 => serde_json::Number::from_f64(f64::from_bits(random.next()))
            .map_or(Json::Null, Json::Number),
        5 => ((random.below(2000) as f64 - 1000.0) / 4.0).into(),
        6 => strings[random.below(strings.len())].into(),
        7 => (0..random.below(6))
            .map(|_| random_json(random, depth - 1))
            .collect(),
        _ => {
            let members = [0, 1, 3, 9, 30, 90][random.below(6)];
            let mut object = serde_json::Map::new();
            for _ in 0..random.below(members + 1) {
                let key = match random.below(4) {
                    0 => format!("key{}", random.below(100)),
                    1 => strings[random.below(strings.len())].to_owned(),
                    _ => KEYS[random.below(KEYS.len())].name.to_owned(),
                };
                object.insert(key, random_json(random, depth / 2));
            }
            object.into()
        }
    }
}

/// The value with each number in the one form that the compact form has.
fn one_form(value: &Json) -> Json {
    match value {
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => match Node::number(float) {
                Node::Int(value) => value.into(),
                Node::Uint(value) => value.into(),
                _ => float.into(),
            },
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(one_form).collect(),
        Json::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), one_form(value)))
            .collect(),
        other => other.clone(),
    }
}

fn encoded(value: &Json) -> Vec<u8> {
    let mut body = Vec::new();
    encode_json(value, &mut body);
    body
}

#[test]
fn any_value_comes_back_and_equal_values_have_equal_bytes() {
    let mut random = Random(7);
    for round in 0..20_000 {
        let value = random_json(&mut random, 4);
        let body = encoded(&value);
        assert_eq!(to_json(&body), Ok(one_form(&value)), "round {round}");
        assert_eq!(verify(&body), Ok(()));
        assert_eq!(encoded(&one_form(&value)), body, "round {round}");
        assert_eq!(
            shuffled(&Node::from(&value), &mut random),
            body,
            "round {round}"
        );
    }
}

/// Encodes with members in another order, behind older members of the same name.
fn shuffled(node: &Node<'_>, random: &mut Random) -> Vec<u8> {
    fn turn<'a>(node: &Node<'a>, random: &mut Random) -> Node<'a> {
        match node {
            Node::Array(items) => {
                Node::Array(items.iter().map(|item| turn(item, random)).collect())
            }
            Node::Object(members) => {
                let mut members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| (key.clone(), turn(value, random)))
                    .collect();
                for at in (1..members.len()).rev() {
                    members.swap(at, random.below(at + 1));
                }
                if let Some((key, _)) = members.last().cloned() {
                    members.insert(0, (key.clone(), Node::Bool(true)));
                    members.insert(random.below(members.len()), (key, Node::Null));
                }
                Node::Object(members)
            }
            Node::Int(value) if value.unsigned_abs() < 1 << 50 => Node::Float(*value as f64),
            other => other.clone(),
        }
    }
    let mut body = Vec::new();
    encode(&turn(node, random), &mut body);
    body
}

#[test]
fn numbers_have_one_form() {
    for (left, right) in [
        ("15", "15.0"),
        ("0", "-0.0"),
        ("1e3", "1000"),
        ("9223372036854775808", "9223372036854775808.0"),
        ("18446744073709549568", "18446744073709549568.0"),
        ("-9223372036854775808", "-9.223372036854775808e18"),
    ] {
        let parse = |text: &str| encoded(&serde_json::from_str(text).expect("test data"));
        assert_eq!(parse(left), parse(right), "{left} {right}");
    }
    assert_ne!(encoded(&json!(15)), encoded(&json!(15.5)));
    assert_ne!(encoded(&json!(u64::MAX)), encoded(&json!(u64::MAX - 1)));
}

#[test]
fn a_ping_is_small_and_its_layout_is_fixed() {
    let ping =
        json!({"playerTime": {"ts": 1_735_732_800_000_i64, "playhead": 12.5}, "eventType": "ping"});
    let body = encoded(&ping);
    assert_eq!(
        body,
        [
            7, 24, // object
            1, 8, 5, // eventType: ping
            2, 7, 18, // playerTime: object
            3, 3, 0x80, 0xA8, 0xE5, 0x9B, 0x84, 0x65, // ts, zigzag
            4, 4, 0, 0, 0, 0, 0, 0, 0x29, 0x40, // playhead
        ],
        "{body:?}"
    );
}

#[test]
fn any_bytes_end_in_a_value_or_an_error() {
    let seeds = [
        encoded(&json!({"eventType": "play", "playerTime": {"ts": 1, "playhead": 2.5}})),
        encoded(
            &json!({"eventType": "sessionStart", "params": {"media.id": "a", "x": [1, {"y": 2}]},
            "customMetadata": {"long": "z".repeat(300)}, "playerTime": {"ts": u64::MAX, "playhead": 0}}),
        ),
    ];
    let mut random = Random(11);
    for _ in 0..200_000 {
        let mut body = seeds[random.below(seeds.len())].clone();
        for _ in 0..random.below(4) {
            let at = random.below(body.len());
            match random.below(4) {
                0 => body[at] = random.next() as u8,
                1 => body[at] ^= 1 << random.below(8),
                2 => body.truncate(at + 1),
                _ => body.insert(at, random.next() as u8),
            }
        }
        let verified = verify(&body);
        let json = to_json(&body);
        // An event may be opened without looking into all of it, but what is sound opens as JSON.
        assert!(verified.is_err() || json.is_ok(), "{body:?}");
        if let Ok(event) = Event::open(&body) {
            assert!(event.playhead >= 0.0);
        }
    }
}

#[test]
fn damage_is_named() {
    let nested = |depth: usize| {
        let mut value = Node::Null;
        for _ in 0..depth {
            value = Node::Array(vec![value]);
        }
        let mut body = Vec::new();
        encode(&value, &mut body);
        body
    };
    assert_eq!(verify(&nested(DEPTH_MAX)), Ok(()));
    assert_eq!(verify(&nested(DEPTH_MAX + 1)), Err(BodyError::Depth));
    assert_eq!(to_json(&nested(DEPTH_MAX + 1)), Err(BodyError::Depth));
    for (body, error) in [
        (&[][..], BodyError::Truncated),
        (&[0, 0], BodyError::Trailing),
        (&[10], BodyError::Tag(10)),
        (&[8, 21], BodyError::EventType(21)),
        (&[5, 1, 0xFF], BodyError::Utf8),
        (&[5, 2, b'a'], BodyError::Truncated),
        (&[7, 2, 255, 0], BodyError::Key(255)),
        (&[7, 4, 4, 0, 3, 0], BodyError::Order),
        (&[7, 4, 4, 0, 4, 0], BodyError::Order),
        (&[3, 0x80, 0], BodyError::Varint),
        (
            &[9, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
            BodyError::Varint,
        ),
    ] {
        assert_eq!(verify(body), Err(error), "{body:?}");
    }
}

#[test]
fn typed_values_follow_the_lenient_profile() {
    let rounded = [
        (2.5, 3),
        (-2.5, -2),
        (0.499_999_999_999_999_94, 0),
        (-0.5, 0),
        (1e300, i64::MAX),
        (-1e300, i64::MIN),
    ];
    for (value, integer) in rounded {
        assert_eq!(
            as_integer_half_up(Value::Float(value)),
            Some(integer),
            "{value}"
        );
    }
    assert_eq!(as_integer_half_up(Value::Str("3")), None);
    assert_eq!(as_playhead(Value::Float(-0.5)), Some(0.0));
    assert_eq!(as_text_or_number(Value::Int(404)).as_deref(), Some("404"));
    assert_eq!(
        as_text_or_number(Value::Float(12.5)).as_deref(),
        Some("12.5")
    );
    assert_eq!(as_text_or_number(Value::Bool(true)), None);
    assert!(present(Value::Null).is_none());
}

#[test]
fn an_event_opens_in_one_walk() {
    let body = encoded(&json!({
        "a": 1, "customMetadata": {"k": "v"}, "params": {"media.length": 60, "media.id": "m"},
        "playerTime": {"ts": 5.5, "playhead": -3}, "eventType": "sessionStart",
    }));
    let event = Event::open(&body).expect("a sound event");
    assert_eq!(
        (event.event_type, event.ts, event.playhead),
        (EventType::SessionStart, 6, 0.0)
    );
    let length = event
        .params
        .get(KeyId::MEDIA_LENGTH)
        .expect("sound members");
    assert_eq!(length.and_then(as_number), Some(60.0));
    assert!(
        event
            .params
            .get(KeyId::MEDIA_NAME)
            .expect("sound members")
            .is_none()
    );
    assert!(event.qoe.is_empty() && !event.custom.is_empty());
    assert_eq!(
        Event::open(&encoded(&json!({"eventType": "play"}))).err(),
        Some(BodyError::NotAnEvent("no player time"))
    );
}
