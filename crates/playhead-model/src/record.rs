//! The records of the log: one for each thing that happened, in the order in which it counts.
//!
//! A record is a kind byte, the server's time, and what the kind needs; `docs/design/records.md`
//! has the bytes. Records are read without copying: bodies borrow from the frame.

use crate::codec::{self, Codec, Cursor};
use crate::event::EventBody;
use crate::ids::{LogPosition, SessionId};
use crate::outcome::Refusal;
use crate::rules::Rules;
use crate::time::ReceivedMs;

/// What the door found out about the sender of a session start, since a replay must not depend on
/// the databases of that day. Empty text means unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// `collection` or `edge`.
    pub api: Box<str>,
    /// The address, cut to the bits that are kept.
    pub address: Box<str>,
    /// ISO 3166-1 code.
    pub country: Box<str>,
    pub region: Box<str>,
    /// Name of the autonomous system.
    pub network: Box<str>,
    pub device: Box<str>,
    pub system: Box<str>,
    pub browser: Box<str>,
    pub bot: bool,
}

crate::codec_struct!(Sender {
    api,
    address,
    country,
    region,
    network,
    device,
    system,
    browser,
    bot,
});

/// Refusals of one sort since the last count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedCount {
    pub suite: Box<str>,
    pub player: Box<str>,
    pub sdk: Box<str>,
    pub reason: Refusal,
    pub count: u64,
}

crate::codec_struct!(RefusedCount {
    suite,
    player,
    sdk,
    reason,
    count
});

/// One record of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Record<'a> {
    /// A session opens; `rules` numbers the rules record it keeps to.
    Start {
        at: ReceivedMs,
        sid: SessionId,
        rules: u32,
        sender: Sender,
        body: &'a [u8],
    },
    /// An event of a session; `previous` is the record of the same session before this one.
    Event {
        at: ReceivedMs,
        sid: SessionId,
        previous: LogPosition,
        body: EventBody<'a>,
    },
    /// A whole downloaded session: the start, then its events in array order.
    Batch {
        at: ReceivedMs,
        sid: SessionId,
        rules: u32,
        sender: Sender,
        bodies: Vec<&'a [u8]>,
    },
    /// A session start, or a batch of so many events, that was answered with the id of an earlier,
    /// equal one.
    Repeat {
        at: ReceivedMs,
        sid: SessionId,
        previous: LogPosition,
        events: u32,
    },
    /// Time passed; and what the door refused meanwhile.
    Tick {
        at: ReceivedMs,
        refused: Vec<RefusedCount>,
    },
    /// Rules in force from here on for sessions that name this number.
    Rules {
        at: ReceivedMs,
        number: u32,
        rules: Rules,
    },
}

mod kind {
    pub(super) const START: u8 = 1;
    pub(super) const EVENT: u8 = 2;
    pub(super) const BATCH: u8 = 3;
    pub(super) const REPEAT: u8 = 4;
    pub(super) const TICK: u8 = 5;
    pub(super) const RULES: u8 = 6;
}

impl<'a> Record<'a> {
    /// Server time of the record.
    pub fn at(&self) -> ReceivedMs {
        match *self {
            Self::Start { at, .. }
            | Self::Event { at, .. }
            | Self::Batch { at, .. }
            | Self::Repeat { at, .. }
            | Self::Tick { at, .. }
            | Self::Rules { at, .. } => at,
        }
    }

    /// The session it belongs to, if it belongs to one.
    pub fn sid(&self) -> Option<SessionId> {
        match *self {
            Self::Start { sid, .. }
            | Self::Event { sid, .. }
            | Self::Batch { sid, .. }
            | Self::Repeat { sid, .. } => Some(sid),
            Self::Tick { .. } | Self::Rules { .. } => None,
        }
    }

    /// The session of a record in its binary form, without reading the rest.
    #[inline]
    pub fn sid_of(bytes: &[u8]) -> Option<SessionId> {
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.byte()?;
        cursor.unsigned()?;
        (kind::START..=kind::REPEAT)
            .contains(&kind)
            .then(|| Codec::get(&mut cursor))?
    }

    /// Appends the record.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Start {
                at,
                sid,
                rules,
                sender,
                body,
            } => {
                out.push(kind::START);
                at.put(out);
                sid.put(out);
                rules.put(out);
                sender.put(out);
                out.extend_from_slice(body);
            }
            Self::Event {
                at,
                sid,
                previous,
                body,
            } => {
                out.push(kind::EVENT);
                at.put(out);
                sid.put(out);
                previous.put(out);
                body.put(out);
            }
            Self::Batch {
                at,
                sid,
                rules,
                sender,
                bodies,
            } => {
                out.push(kind::BATCH);
                at.put(out);
                sid.put(out);
                rules.put(out);
                sender.put(out);
                bodies.len().put(out);
                for body in bodies {
                    codec::put_bytes(out, body);
                }
            }
            Self::Repeat {
                at,
                sid,
                previous,
                events,
            } => {
                out.push(kind::REPEAT);
                at.put(out);
                sid.put(out);
                previous.put(out);
                events.put(out);
            }
            Self::Tick { at, refused } => {
                out.push(kind::TICK);
                at.put(out);
                refused.put(out);
            }
            Self::Rules { at, number, rules } => {
                out.push(kind::RULES);
                at.put(out);
                number.put(out);
                rules.put(out);
            }
        }
    }

    /// Reads a record; `None` if the bytes are none.
    #[inline]
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let kind = cursor.byte()?;
        let at = ReceivedMs::get(&mut cursor)?;
        Some(match kind {
            kind::EVENT => Self::Event {
                at,
                sid: Codec::get(&mut cursor)?,
                previous: Codec::get(&mut cursor)?,
                body: EventBody::get(&mut cursor)?,
            },
            _ => Self::decode_further(kind, at, cursor)?,
        })
    }

    fn decode_further(kind: u8, at: ReceivedMs, mut cursor: Cursor<'a>) -> Option<Self> {
        let record = match kind {
            kind::START => Self::Start {
                at,
                sid: Codec::get(&mut cursor)?,
                rules: Codec::get(&mut cursor)?,
                sender: Codec::get(&mut cursor)?,
                body: cursor.rest(),
            },
            kind::BATCH => {
                let sid = Codec::get(&mut cursor)?;
                let rules = Codec::get(&mut cursor)?;
                let sender = Codec::get(&mut cursor)?;
                let count = cursor.count()?;
                let bodies = (0..count).map(|_| cursor.bytes()).collect::<Option<_>>()?;
                Self::Batch {
                    at,
                    sid,
                    rules,
                    sender,
                    bodies,
                }
            }
            kind::REPEAT => Self::Repeat {
                at,
                sid: Codec::get(&mut cursor)?,
                previous: Codec::get(&mut cursor)?,
                events: Codec::get(&mut cursor)?,
            },
            kind::TICK => Self::Tick {
                at,
                refused: Codec::get(&mut cursor)?,
            },
            kind::RULES => Self::Rules {
                at,
                number: Codec::get(&mut cursor)?,
                rules: Codec::get(&mut cursor)?,
            },
            _ => return None,
        };
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_come_back() {
        let sid = SessionId::from_bytes([7; 32]);
        let at = ReceivedMs(1_772_474_400_000);
        let sender = Sender {
            api: "collection".into(),
            bot: true,
            ..Sender::default()
        };
        let mut ping = Vec::new();
        crate::body::encode_json(
            &json!({
                "eventType": "ping",
                "playerTime": {"ts": 1_772_474_401_000_i64, "playhead": 10.5},
                "qoeData": {"media.qoe.bitrate": 3200},
            }),
            &mut ping,
        );
        let records = [
            Record::Start {
                at,
                sid,
                rules: 3,
                sender: sender.clone(),
                body: b"body",
            },
            Record::Event {
                at,
                sid,
                previous: LogPosition(99),
                body: EventBody::read(&ping).expect("a ping is an event"),
            },
            Record::Batch {
                at,
                sid,
                rules: 0,
                sender,
                bodies: vec![b"a", b"", b"ccc"],
            },
            Record::Repeat {
                at,
                sid,
                previous: LogPosition(4),
                events: 5,
            },
            Record::Tick {
                at,
                refused: vec![],
            },
            Record::Rules {
                at,
                number: 1,
                rules: Rules::default(),
            },
        ];
        for record in records {
            let mut bytes = Vec::new();
            record.encode(&mut bytes);
            assert_eq!(Record::sid_of(&bytes), record.sid());
            assert_eq!(Record::decode(&bytes), Some(record));
        }
        assert_eq!(Record::decode(&[]), None);
        assert_eq!(Record::decode(&[200, 1]), None);
    }
}
