//! The binary form of a session in a checkpoint.

use playhead_model::codec::{Codec, Cursor};
use playhead_model::time::PlayerMs;
use playhead_model::{codec_enum, codec_struct};

use crate::stall::Run;
use crate::state::{
    Ad, BitrateWeight, Break, Chapter, Closed, Considered, ErrorId, Listed, Phase, PlayerState,
    Rare, Reopenable, Session, Sums,
};
use crate::watched::{Stretch, Watched};
use crate::window::{Held, Recent, Window};

codec_enum!(Phase { Starting = 0, Playing = 1, Paused = 2, Buffering = 3, Completed = 4 });
codec_struct!(Break {
    event,
    pod_index,
    pod_second_bits,
    has_ads
});
codec_struct!(Reopenable { brk, playhead });
codec_struct!(Ad {
    event,
    pod,
    started,
    ended,
    time_ms,
    completed
});
codec_struct!(Chapter {
    event,
    started,
    ended,
    time_ms,
    pending_ms,
    completed
});
codec_struct!(PlayerState {
    name,
    count,
    time_ms,
    since
});
codec_struct!(ErrorId {
    event,
    hash,
    external
});
codec_struct!(Closed {
    reason,
    since_last_call_ms
});
codec_struct!(Considered {
    first,
    lowest,
    highest
});
codec_struct!(BitrateWeight { ms, sum });
codec_struct!(Stretch { from, to });
codec_struct!(Watched { stretches });
codec_struct!(Window { held, recent });
codec_struct!(Held {
    at,
    event_ref,
    event
});
codec_struct!(Rare {
    states,
    errors,
    chapters,
    reopenable
});
codec_struct!(Sums {
    content_ms,
    ad_ms,
    gap_ms,
    pause_ms,
    buffer_ms,
    stall_ms,
    pauses,
    buffers,
    stalls,
    ads,
    chapters,
    bitrate_changes,
    errors,
});
codec_struct!(Session {
    started_at,
    last_at,
    window,
    closed,
    live,
    resume,
    length,
    started,
    ts,
    moved,
    raw_playhead,
    place,
    wrap,
    accepted,
    phase,
    remembered,
    ad_started,
    completed,
    limited,
    brk,
    ad,
    chapter,
    quality,
    run,
    sums,
    bitrate,
    considered,
    watched,
    ads,
    rare,
});

impl Codec for Listed {
    fn put(&self, out: &mut Vec<u8>) {
        self.number().put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Option::get(cursor)?.map_or(Self::Beyond, Self::At))
    }
}

/// Fingerprints are random bits: eight bytes each, no shorter form.
impl Codec for Recent {
    fn put(&self, out: &mut Vec<u8>) {
        self.next.put(out);
        self.newest.put(out);
        self.ring.len().put(out);
        for fingerprint in &self.ring {
            out.extend_from_slice(&fingerprint.to_le_bytes());
        }
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let next = u8::get(cursor)?;
        let newest = PlayerMs::get(cursor)?;
        let count = usize::get(cursor)?;
        let bytes = cursor.take(count.checked_mul(8)?)?;
        let ring = bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .collect();
        Some(Self { ring, next, newest })
    }
}

/// Spans are for explaining only, which never goes through a checkpoint.
impl Codec for Run {
    fn put(&self, out: &mut Vec<u8>) {
        self.first.put(out);
        self.last.put(out);
        self.playhead.put(out);
        self.samples.put(out);
        self.is_stall.put(out);
        self.content_ms.put(out);
        self.bitrate.put(out);
        self.chapter_from.put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            first: Codec::get(cursor)?,
            last: Codec::get(cursor)?,
            playhead: Codec::get(cursor)?,
            samples: Codec::get(cursor)?,
            is_stall: Codec::get(cursor)?,
            content_ms: Codec::get(cursor)?,
            bitrate: Codec::get(cursor)?,
            chapter_from: Codec::get(cursor)?,
            spans: Vec::new(),
        })
    }
}
