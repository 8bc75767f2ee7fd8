//! Seeded random bodies: sound ones, and ones with slips.

use playhead_model::keys::{EventType, KEYS, KeySpec, Kind, Place, keys_of};
use serde_json::{Map, Value, json};

/// SplitMix64: enough for tests, and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// A sound value for a key.
pub(crate) fn value(kind: Kind, random: &mut Random) -> Value {
    match kind {
        Kind::String | Kind::ErrorId => {
            (*random.pick(&["", "a", "Ünïcode 😀", "two words", "player"])).into()
        }
        Kind::Number => random
            .pick(&[json!(0), json!(-1.5), json!(60), json!(86400.0)])
            .clone(),
        Kind::NonNegative => random
            .pick(&[json!(0), json!(-0.0), json!(12.75), json!(3)])
            .clone(),
        Kind::Integer => random
            .pick(&[json!(0), json!(-7), json!(15.0), json!(1e300)])
            .clone(),
        Kind::Boolean => random.one_in(2).into(),
        Kind::AuthState => random
            .pick(&[json!(0), json!(1), json!(2), json!(1.0)])
            .clone(),
        Kind::ErrorSource => (*random.pick(&["player", "external"])).into(),
        Kind::StateName => (*random.pick(&["mute", "a.b_C9", "x"])).into(),
        Kind::CustomerIds => json!({
            "crm": {"id": "42", "authState": 1}, "": {"id": "", "more": null}
        }),
        Kind::CustomMetadata => json!({"league": "first", "media.id": "x", "a_b.C": ""}),
        Kind::StateList => json!([{"media.state.name": "mute"}]),
        Kind::EventType | Kind::PlayerTime | Kind::Params | Kind::QoeData => Value::Null,
    }
}

/// A sound body with a random choice of the keys it may have, or with all of them.
pub(crate) fn sound(event: EventType, all: bool, random: &mut Random) -> Value {
    let members = |place: Place, random: &mut Random| {
        let mut chosen = Map::new();
        for spec in keys_of(event, place) {
            if all || spec.required.contains(event) || random.one_in(3) {
                chosen.insert(spec.name.to_owned(), value(spec.kind, random));
            }
        }
        chosen
    };
    let mut body = json!({
        "eventType": event.name(),
        "playerTime": {
            "ts": 1_772_474_400_000_i64 + random.below(1000) as i64,
            "playhead": value(Kind::NonNegative, random),
        },
    });
    let params = members(Place::Params, random);
    if all || !params.is_empty() || random.one_in(2) {
        body["params"] = params.into();
    }
    if all || random.one_in(2) {
        body["qoeData"] = members(Place::Qoe, random).into();
    }
    if all || random.one_in(3) {
        body["customMetadata"] = value(Kind::CustomMetadata, random);
    }
    if body["params"]["media.downloaded"] == true {
        body["params"]["media.downloaded"] = false.into();
    }
    body
}

/// Changes something somewhere in a body, for better or worse.
pub(crate) fn slip(body: &mut Value, random: &mut Random) {
    let Some(target) = some_object(body, random) else {
        return;
    };
    let present: Vec<String> = target.keys().cloned().collect();
    let some_key = |random: &mut Random| -> String {
        match random.below(6) {
            0 => "foo bar".to_owned(),
            1 => "unknown".to_owned(),
            2 => (*random.pick(&["bitrate", "media.qoe.bitrate", "league", "", "x.y"])).to_owned(),
            _ => random.pick::<KeySpec>(KEYS).name.to_owned(),
        }
    };
    match random.below(5) {
        0 | 1 if !present.is_empty() => {
            let odd = odd(random);
            target.insert(random.pick(&present).clone(), odd);
        }
        2 if !present.is_empty() => {
            target.remove(random.pick::<String>(&present));
        }
        3 => {
            let spec: &KeySpec = random.pick(KEYS);
            target.insert(spec.name.to_owned(), value(spec.kind, random));
        }
        _ => {
            let odd = odd(random);
            target.insert(some_key(random), odd);
        }
    }
}

/// One of the objects of a body, the body itself included.
fn some_object<'v>(
    value: &'v mut Value,
    random: &mut Random,
) -> Option<&'v mut Map<String, Value>> {
    let members = value.as_object_mut()?;
    let inner: Vec<String> = members
        .iter()
        .filter(|(_, value)| value.is_object())
        .map(|(key, _)| key.clone())
        .collect();
    if inner.is_empty() || random.one_in(4) {
        return Some(members);
    }
    some_object(members.get_mut(random.pick(&inner))?, random)
}

/// A value of any form, most of them wrong in most places.
fn odd(random: &mut Random) -> Value {
    let event = random.pick(&EventType::ALL).name();
    let odd = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-0.0),
        json!(-1),
        json!(-0.25),
        json!(1.5),
        json!(2.0),
        json!(1e15),
        json!(1e300),
        json!(u64::MAX),
        json!("60"),
        json!(event),
        json!("external"),
        json!("not a state!"),
        json!("s".repeat(64)),
        json!("s".repeat(65)),
        json!("line\n"),
        json!([]),
        json!([{"media.state.name": "mute"}]),
        json!({}),
        json!({"id": "1", "authState": 3}),
        json!({"a": {"id": "1", "authState": 2}}),
        json!({"a": {"authState": 2}}),
        json!({"playhead": 1, "ts": 1_772_474_400_000_i64}),
        json!({"key": "value"}),
    ];
    random.pick(&odd).clone()
}
