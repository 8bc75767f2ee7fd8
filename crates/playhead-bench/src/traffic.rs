//! Records of pings and starts, as the door would write them.

use playhead_engine::mint::Mint;
use playhead_model::event::EventBody;
use playhead_model::ids::{LogPosition, SessionId};
use playhead_model::record::{Record, Sender};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_simulator::{Mix, Network, Options, Plan};
use playhead_wire::{Clock, Profile};

/// What the devices' clocks say when a run begins.
pub(crate) const EPOCH_MS: u64 = 1_772_474_400_000;
/// Sessions that differ in what their viewers do.
pub(crate) const VARIANTS: usize = 64;

/// A ping of 139 bytes.
pub(crate) fn ping(ts: u64, playhead_ms: u64, dropped: u64) -> String {
    format!(
        "{{\"eventType\":\"ping\",\"playerTime\":{{\"playhead\":{:05}.{:01},\"ts\":{ts}}},\
         \"qoeData\":{{\"media.qoe.bitrate\":3200,\"media.qoe.droppedFrames\":{dropped:02}}}}}",
        10_000 + playhead_ms / 1000 % 80_000,
        playhead_ms / 100 % 10,
        dropped = 10 + dropped / 8 % 90,
    )
}

/// A ping that says nothing about quality.
pub(crate) fn plain_ping(ts: u64, playhead_ms: u64) -> String {
    format!(
        "{{\"eventType\":\"ping\",\"playerTime\":{{\"playhead\":{}.{:03},\"ts\":{ts}}}}}",
        playhead_ms / 1000,
        playhead_ms % 1000,
    )
}

/// A session start of 965 bytes; each number is a session of its own.
pub(crate) fn start(ts: u64, number: u64) -> String {
    format!(
        "{{\"eventType\":\"sessionStart\",\"playerTime\":{{\"playhead\":0,\"ts\":{ts}}},\
         \"customMetadata\":{{\"isUserLoggedIn\":\"false\",\"tvStation\":\"Station One\",\
         \"playbackId\":\"{number:012}\"}},\"params\":{{\"media.id\":\"asset-1001\",\
         \"media.name\":\"Sample feature\",\"media.length\":86000,\
         \"media.contentType\":\"vod\",\"media.streamType\":\"video\",\"media.resume\":false,\
         \"media.rating\":\"TV-14\",\"media.show\":\"The Show of the Evening\",\"media.season\":\"2\",\"media.episode\":\"7\",\
         \"media.genre\":\"Drama\",\"media.network\":\"Net\",\"media.streamFormat\":\"0\",\
         \"analytics.trackingServer\":\"metrics.example.test\",\
         \"analytics.reportSuite\":\"samplersid\",\"analytics.enableSSL\":false,\
         \"analytics.aid\":\"2F8A1B3C05158D4E-4000010A6000B7C2\",\
         \"visitor.marketingCloudOrgId\":\"0A1B2C3D4E5F60718293A4B5@AdobeOrg\",\
         \"visitor.marketingCloudUserId\":\"{number:038}\",\"visitor.aamLocationHint\":9,\
         \"media.channel\":\"sample channel\",\"media.playerName\":\"sample player\",\
         \"media.sdkVersion\":\"4.5.6\",\"media.libraryVersion\":\"js-3.1.0\"}}}}"
    )
}

/// The plan whose sessions all benches use: an hour and a bit of the ordinary session.
pub(crate) fn ordinary_plan() -> Plan {
    let options = Options {
        sessions: VARIANTS,
        mean_duration_ms: 4_500_000,
        mix: Mix::Ordinary,
        network: Network::Calm,
        epoch_ms: EPOCH_MS,
        ..Options::default()
    };
    Plan::new(1, options)
}

/// The start of an ordinary session, with a playback id of its own.
pub(crate) fn start_body(variants: &[String], session: usize) -> String {
    let variant = session % variants.len();
    let own = format!("p{session:08x}");
    variants[variant].replacen(&format!("p{variant:08x}"), &own, 1)
}

/// The starts of the variants.
pub(crate) fn start_variants(plan: &Plan) -> Vec<String> {
    let start = |number| {
        plan.session(number)
            .requests()
            .next()
            .expect("a session starts")
            .body
    };
    (0..VARIANTS).map(start).collect()
}

/// Encodes records, and reads the bodies as the door does.
#[derive(Debug)]
pub(crate) struct Recorder {
    mint: Mint,
    bytes: Vec<u8>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            mint: Mint::seeded(1),
            bytes: Vec::new(),
        }
    }

    pub(crate) fn session_id(&self, at: ReceivedMs) -> SessionId {
        self.mint.session_id(at)
    }

    pub(crate) fn rules(&mut self, at: ReceivedMs) -> &[u8] {
        self.encode(&Record::Rules {
            at,
            number: 0,
            rules: Rules::default(),
        })
    }

    pub(crate) fn tick(&mut self, at: ReceivedMs) -> &[u8] {
        self.encode(&Record::Tick {
            at,
            refused: Vec::new(),
        })
    }

    /// # Panics
    /// If the body is no start.
    pub(crate) fn start(&mut self, at: ReceivedMs, sid: SessionId, json: &str) -> &[u8] {
        let start =
            playhead_wire::session_start(json.as_bytes(), Profile::Lenient, Clock::Unchecked);
        let body = start.expect("the simulator sends sound starts").body;
        let sender = Sender {
            api: "collection".into(),
            ..Sender::default()
        };
        self.encode(&Record::Start {
            at,
            sid,
            rules: 0,
            sender,
            body: &body,
        })
    }

    pub(crate) fn event(
        &mut self,
        at: ReceivedMs,
        sid: SessionId,
        previous: LogPosition,
        body: &[u8],
    ) -> &[u8] {
        self.encode(&Record::Event {
            at,
            sid,
            previous,
            body: EventBody::read(body).expect("a sound event"),
        })
    }

    fn encode(&mut self, record: &Record<'_>) -> &[u8] {
        self.bytes.clear();
        record.encode(&mut self.bytes);
        &self.bytes
    }
}

/// The compact form of an event's body.
///
/// # Panics
/// If the body is no event.
pub(crate) fn compact(json: &str) -> Vec<u8> {
    let event = playhead_wire::event(json.as_bytes(), Profile::Lenient, Clock::Unchecked);
    event.expect("the simulator sends sound events").body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_has_139_bytes_whatever_it_says() {
        for (ts, playhead, dropped) in [(EPOCH_MS, 0, 0), (9_999_999_999_999, 86_399_999, 79_999)] {
            assert_eq!(ping(ts, playhead, dropped).len(), 139);
        }
        assert!(!compact(&ping(EPOCH_MS, 5, 5)).is_empty());
    }

    #[test]
    fn a_start_has_965_bytes_and_is_sound() {
        let start = start(EPOCH_MS, 7);
        assert_eq!(start.len(), 965);
        let read =
            playhead_wire::session_start(start.as_bytes(), Profile::Strict, Clock::Unchecked);
        assert!(read.is_ok());
    }

    #[test]
    fn starts_differ_between_sessions() {
        let variants = start_variants(&ordinary_plan());
        assert_ne!(
            start_body(&variants, 3),
            start_body(&variants, 3 + VARIANTS)
        );
    }
}
