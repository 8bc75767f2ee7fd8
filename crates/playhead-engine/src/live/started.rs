//! What the start of a session says, read without making a row of it where that can be avoided:
//! most sessions have a content, a client and a place that others have.

use playhead_model::body::typed::{Event, as_text};
use playhead_model::body::{Stored, fingerprint128};
use playhead_model::catalog::SessionRow;
use playhead_model::event::Parsed;
use playhead_model::ids::EventRef;
use playhead_model::keys::{KeyId, KeySet};
use playhead_model::record::{Record, Sender};
use playhead_model::rules::Rules;
use playhead_session::Session;
use playhead_session::row::{Bodies, Identity, rows};
use playhead_wire::first_suite;

use super::profile::KINDS;
use crate::core::{Opening, Origin};

/// What a profile is made of, as it was sent: a fingerprint. Equal ones make equal profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Traits(u128);

/// Keys of a start that tell its client.
const CLIENT: KeySet = KeySet::of(&[
    KeyId::PLAYER_NAME,
    KeyId::SDK_VERSION,
    KeyId::LIBRARY_VERSION,
    KeyId::DOWNLOADED,
]);
/// Keys of which no profile is made. All others may tell the content.
const OF_NONE: KeySet = KeySet::of(&[
    KeyId::MARKETING_CLOUD_USER_ID,
    KeyId::VISITOR_ID,
    KeyId::ANALYTICS_ID,
    KeyId::APP_INSTALLATION_ID,
    KeyId::CUSTOMER_IDS,
    KeyId::LOCATION_HINT,
    KeyId::PLAYER_NAME,
    KeyId::SDK_VERSION,
    KeyId::LIBRARY_VERSION,
    KeyId::QOE_BITRATE,
    KeyId::QOE_DROPPED_FRAMES,
    KeyId::QOE_FRAMES_PER_SECOND,
    KeyId::QOE_TIME_TO_START,
]);

/// The start of a session that opens.
#[derive(Debug)]
pub(super) struct Started<'a> {
    opening: &'a Opening,
    sender: Sender,
    body: &'a [u8],
    event: Event<'a>,
    /// The first suite, the content and the visitor that it names.
    pub(super) suite: &'a str,
    pub(super) content: &'a str,
    pub(super) visitor: Option<&'a str>,
    content_print: Print,
    client_print: Print,
}

impl<'a> Started<'a> {
    /// Reads the first record of a session; none if it is none.
    pub(super) fn read(opening: &'a Opening, record: &'a [u8]) -> Option<Self> {
        let (sender, body) = match Record::decode(record)? {
            Record::Start { sender, body, .. } => (sender, body),
            Record::Batch { sender, bodies, .. } => (sender, *bodies.first()?),
            _ => return None,
        };
        let event = Event::open(body).ok()?;
        let mut started = Self {
            opening,
            sender,
            body,
            event,
            suite: "",
            content: "",
            visitor: None,
            content_print: Print::with_room(body.len()),
            client_print: Print::with_room(128),
        };
        let is_batch = u8::from(opening.origin == Origin::Batch);
        started.content_print.bytes.push(is_batch);
        started.client_print.bytes.push(is_batch);
        let mut visitors = [""; 4];
        for member in event.params.stored() {
            let (key, value) = member.ok()?;
            let text = || value.as_str().unwrap_or_default();
            match key {
                KeyId::REPORT_SUITE => started.suite = first_suite(text()),
                KeyId::MEDIA_ID => started.content = text(),
                KeyId::MARKETING_CLOUD_USER_ID => visitors[0] = text(),
                KeyId::VISITOR_ID => visitors[1] = text(),
                KeyId::ANALYTICS_ID => visitors[2] = text(),
                KeyId::APP_INSTALLATION_ID => visitors[3] = text(),
                _ => {}
            }
            if CLIENT.contains(key) {
                started.client_print.add(key, value);
            }
            if !OF_NONE.contains(key) {
                started.content_print.add(key, value);
            }
        }
        started.visitor = visitors.into_iter().find(|id| !id.is_empty());
        Some(started)
    }

    /// Custom metadata, each key once.
    pub(super) fn custom(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let members = self.event.custom.flatten();
        members.filter_map(|(key, value)| Some((key.name(), as_text(value)?)))
    }

    /// Of what its content, client and place are made.
    pub(super) fn traits(&mut self) -> [Traits; KINDS - 1] {
        let Sender {
            api,
            address: _,
            country,
            region,
            network,
            device,
            system,
            browser,
            bot,
        } = &self.sender;
        self.client_print.bytes.push(u8::from(*bot));
        for text in [api, device, system, browser] {
            self.client_print.text(text);
        }
        let mut place = Print::with_room(128);
        for text in [country, region, network] {
            place.text(text);
        }
        let content = self.content_print.traits();
        [content, self.client_print.traits(), place.traits()]
    }

    /// The row that the session has at its start, with all that is known of it then.
    pub(super) fn row(&self) -> Option<SessionRow> {
        let Ok(Parsed::Start(start)) = Parsed::read(self.body) else {
            return None;
        };
        let session = Session::open(&start, self.opening.started_at);
        let identity = Identity {
            sid: self.opening.sid,
            start: EventRef(0),
            downloaded: self.opening.origin == Origin::Batch,
        };
        let mut rows = rows(identity, &session, &Rules::default(), &StartBody(self.body));
        rows.add_sender(&self.sender);
        Some(rows.session)
    }
}

/// What traits are hashed of.
#[derive(Debug)]
struct Print {
    bytes: Vec<u8>,
}

impl Print {
    fn with_room(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes
            .extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn add(&mut self, key: KeyId, value: Stored<'_>) {
        self.bytes.push(key.number());
        self.bytes.extend_from_slice(value.bytes());
    }

    fn traits(&self) -> Traits {
        Traits(fingerprint128(&self.bytes))
    }
}

/// The body of the start of a session.
struct StartBody<'a>(&'a [u8]);

impl Bodies for StartBody<'_> {
    fn body(&self, event: EventRef) -> Option<std::borrow::Cow<'_, [u8]>> {
        (event == EventRef(0)).then_some(self.0.into())
    }
}

#[cfg(test)]
mod tests {
    use playhead_model::body::encode_json;
    use playhead_model::ids::{LogPosition, SessionId};
    use playhead_model::keys::{KEYS, Place};
    use playhead_model::time::ReceivedMs;
    use serde_json::{Value as Json, json};

    use super::super::profile::{Profiles, SUITE, dimensions};
    use super::*;

    fn base() -> Json {
        json!({
            "eventType": "sessionStart",
            "playerTime": {"ts": 1_772_474_400_000_i64, "playhead": 0},
            "params": {
                "media.id": "film", "media.genre": "Drama, Comedy",
                "media.playerName": "ours", "analytics.reportSuite": "suite",
            },
            "customMetadata": {"plan": "gold", "media.id": "odd"},
        })
    }

    /// What the profiles of a session say, by dimension.
    fn said(profiles: &mut Profiles, body: &Json, sender: &Sender, origin: Origin) -> Vec<String> {
        let mut bytes = Vec::new();
        encode_json(body, &mut bytes);
        let (at, sid) = (
            ReceivedMs(1_772_474_400_000),
            SessionId::from_bytes([7; 32]),
        );
        let (rules, sender) = (0, sender.clone());
        let record = match origin {
            Origin::Live => Record::Start {
                at,
                sid,
                rules,
                sender,
                body: &bytes,
            },
            Origin::Batch => Record::Batch {
                at,
                sid,
                rules,
                sender,
                bodies: vec![&bytes],
            },
        };
        let mut record_bytes = Vec::new();
        record.encode(&mut record_bytes);
        let opening = Opening {
            sid,
            start: LogPosition(0),
            started_at: at,
            origin,
            told: 0,
        };
        let mut started = Started::read(&opening, &record_bytes).expect("a start");
        let taken = profiles
            .take(&mut started)
            .expect("a start that can be read");
        let names = dimensions().map(|it| it.name.to_string());
        let names = names.chain([SUITE, "custom.plan", "custom.media.id"].map(str::to_owned));
        let said = names.filter_map(|name| {
            let dimension = profiles.dimension(&name)?;
            let values = profiles.values(&dimension);
            let words = values.of(taken[Profiles::kind(&dimension)]).iter();
            let texts: Vec<_> = words.map(|word| profiles.text(&dimension, *word)).collect();
            Some(format!("{name} {texts:?}"))
        });
        said.collect()
    }

    #[test]
    fn sessions_that_share_profiles_say_the_same() {
        let mut shared = Profiles::new();
        let mut check = |body: &Json, sender: &Sender, origin| {
            let wanted = said(&mut Profiles::new(), body, sender, origin);
            assert_eq!(said(&mut shared, body, sender, origin), wanted, "{body}");
            wanted
        };
        let nobody = Sender::default();
        let plain = check(&base(), &nobody, Origin::Live);
        assert!(plain.len() > 30, "{plain:?}");
        assert_ne!(check(&base(), &nobody, Origin::Batch), plain);
        let mut changed = 0;
        for key in KEYS.iter().filter(|key| key.place == Place::Params) {
            for value in [
                json!("a"),
                json!("b"),
                json!(1),
                json!(2.5),
                json!(true),
                json!([{}]),
            ] {
                let mut body = base();
                body["params"][key.name] = value;
                changed += u32::from(check(&body, &nobody, Origin::Live) != plain);
            }
        }
        assert!(changed > 50, "{changed}");
        for field in 0..8 {
            let mut sender = Sender::default();
            let texts = [
                &mut sender.api,
                &mut sender.country,
                &mut sender.region,
                &mut sender.network,
                &mut sender.device,
                &mut sender.system,
                &mut sender.browser,
            ];
            match texts.into_iter().nth(field) {
                Some(text) => *text = "x".into(),
                None => sender.bot = true,
            }
            assert_ne!(check(&base(), &sender, Origin::Live), plain);
        }
        assert_eq!(check(&base(), &nobody, Origin::Live), plain);
    }

    #[test]
    fn a_profile_that_nobody_uses_is_made_anew() {
        let (mut profiles, nobody) = (Profiles::new(), Sender::default());
        let first = said(&mut profiles, &base(), &nobody, Origin::Live);
        // Each kind has the profile for all that there is no room for first.
        profiles.give_back([1; KINDS]);
        let mut other = base();
        other["params"]["media.id"] = json!("show");
        assert_ne!(said(&mut profiles, &other, &nobody, Origin::Live), first);
        assert_eq!(said(&mut profiles, &base(), &nobody, Origin::Live), first);
    }
}
