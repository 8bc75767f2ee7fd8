use super::*;

#[test]
fn every_key_is_found_by_its_name_and_number() {
    for spec in KEYS {
        assert_eq!(KeyId::lookup(spec.name), Some(spec.id), "{}", spec.name);
        assert_eq!(KeyId::from_number(spec.id.number()), Some(spec.id));
        assert_eq!(spec.id.name(), spec.name);
    }
    assert_eq!(KeyId::from_number(0), None);
    assert_eq!(KeyId::from_number(KEYS.len() as u8 + 1), None);
    for name in [
        "",
        "media",
        "media.idx",
        "Media.id",
        "media.id ",
        "\u{0}",
        "playhead2",
    ] {
        assert_eq!(KeyId::lookup(name), None, "{name:?}");
    }
}

#[test]
fn every_event_type_is_found_by_its_name_and_number() {
    for event in EventType::ALL {
        assert_eq!(EventType::from_name(event.name()), Some(event));
        assert_eq!(EventType::from_number(event.number()), Some(event));
    }
    assert_eq!(EventType::PUBLISHED.len(), 19);
    assert!(!EventType::PUBLISHED.contains(&EventType::StatesUpdate));
    assert_eq!(EventType::from_number(0), None);
    assert_eq!(EventType::from_number(21), None);
    assert_eq!(EventType::from_name("Play"), None);
}

/// Numbers are on disk: this test fails when one of them moves.
#[test]
fn stored_numbers_stay() {
    for (key, number) in [
        (KeyId::EVENT_TYPE, 1),
        (KeyId::PLAYER_TIME, 2),
        (KeyId::TS, 3),
        (KeyId::PLAYHEAD, 4),
        (KeyId::CUSTOM_METADATA, 7),
        (KeyId::MEDIA_ID, 21),
        (KeyId::STATION, 54),
        (KeyId::PLACEMENT_ID, 68),
        (KeyId::STATES_END, 75),
        (KeyId::QOE_ERROR_SOURCE, 83),
        (KeyId::AUTH_STATE, 89),
        (KeyId::EVENT_ID, 90),
    ] {
        assert_eq!(key.number(), number, "{key:?}");
    }
    assert_eq!(EventType::SessionStart.number(), 1);
    assert_eq!(EventType::StatesUpdate.number(), 20);
}

#[test]
fn what_must_be_there_may_be_there() {
    for spec in KEYS {
        for event in EventType::ALL {
            assert!(
                !spec.required.contains(event) || spec.events.contains(event),
                "{spec:?}"
            );
        }
    }
    let of_ads: Vec<_> = required_keys(EventType::AdStart, Place::Params)
        .iter()
        .map(KeyId::name)
        .collect();
    assert_eq!(
        of_ads,
        [
            "media.ad.id",
            "media.ad.length",
            "media.ad.podPosition",
            "media.ad.playerName"
        ]
    );
}
