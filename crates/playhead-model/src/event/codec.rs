//! Events as they stand in records and checkpoints.

use super::{BreakSaid, ErrorSaid, Event, Kind, StateName, StatesUpdate};
use crate::codec::{self, Codec, Cursor};
use crate::keys::EventType;
use crate::time::{PlayerMs, Playhead};

crate::codec_struct!(StatesUpdate { ends, starts });
crate::codec_struct!(ErrorSaid { id, external });

impl Codec for BreakSaid {
    fn put(&self, out: &mut Vec<u8>) {
        self.pod_index.put(out);
        self.pod_second.to_bits().to_le_bytes().put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            pod_index: Codec::get(cursor)?,
            pod_second: f64::from_bits(u64::from_le_bytes(Codec::get(cursor)?)),
        })
    }
}

/// The times have a fixed length, to be read in one step: there is one for each event of the log.
impl Codec for Event {
    fn put(&self, out: &mut Vec<u8>) {
        self.kind.put(out);
        self.ts.0.to_le_bytes().put(out);
        self.playhead.0.to_le_bytes().put(out);
        self.quality.put(out);
    }

    #[inline]
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            kind: Kind::get(cursor)?,
            ts: PlayerMs(i64::from_le_bytes(Codec::get(cursor)?)),
            playhead: Playhead(i64::from_le_bytes(Codec::get(cursor)?)),
            quality: Codec::get(cursor)?,
        })
    }
}

impl Codec for StateName {
    fn put(&self, out: &mut Vec<u8>) {
        codec::put_bytes(out, self.as_str().as_bytes());
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        cursor.text().map(Self::new)
    }
}

impl Codec for Kind {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.event_type().number());
        match self {
            Self::Error(said) => said.put(out),
            Self::AdBreakStart(said) => said.put(out),
            Self::StateStart(name) | Self::StateEnd(name) => name.put(out),
            Self::StatesUpdate(update) => update.put(out),
            _ => {}
        }
    }

    #[inline]
    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let event_type = EventType::from_number(cursor.byte()?)?;
        if event_type == EventType::Ping {
            return Some(Self::Ping);
        }
        Self::get_further(event_type, cursor)
    }
}

impl Kind {
    fn get_further(event_type: EventType, cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(match event_type {
            EventType::SessionStart => return None,
            EventType::Play => Self::Play,
            EventType::Ping => Self::Ping,
            EventType::PauseStart => Self::PauseStart,
            EventType::BufferStart => Self::BufferStart,
            EventType::BitrateChange => Self::BitrateChange,
            EventType::Error => Self::Error(Codec::get(cursor)?),
            EventType::AdBreakStart => Self::AdBreakStart(Codec::get(cursor)?),
            EventType::AdBreakComplete => Self::AdBreakComplete,
            EventType::AdStart => Self::AdStart,
            EventType::AdComplete => Self::AdComplete,
            EventType::AdSkip => Self::AdSkip,
            EventType::ChapterStart => Self::ChapterStart,
            EventType::ChapterComplete => Self::ChapterComplete,
            EventType::ChapterSkip => Self::ChapterSkip,
            EventType::StateStart => Self::StateStart(Codec::get(cursor)?),
            EventType::StateEnd => Self::StateEnd(Codec::get(cursor)?),
            EventType::StatesUpdate => Self::StatesUpdate(Codec::get(cursor)?),
            EventType::SessionComplete => Self::SessionComplete,
            EventType::SessionEnd => Self::SessionEnd,
        })
    }
}
