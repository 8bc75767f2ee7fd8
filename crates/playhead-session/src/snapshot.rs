//! The binary form of a session in a checkpoint.

use playhead_model::codec::{Codec, Cursor};
use playhead_model::limits::FINGERPRINTS;
use playhead_model::time::PlayerMs;
use playhead_model::{codec_enum, codec_struct};

use crate::stall::{Pending, Run};
use crate::state::{
    Ad, AfterStart, BitrateWeight, Break, Chapter, Closed, Considered, ErrorId, LastError, Listed,
    Phase, PlayerState, Rare, Reopenable, Session, Sums,
};
use crate::watched::Stretch;
use crate::window::{Held, Recent};

codec_enum!(Phase { Starting = 0, Playing = 1, Paused = 2, Buffering = 3, Completed = 4 });
codec_struct!(Break {
    event,
    pod_index,
    pod_second_bits,
    ad_started
});
codec_struct!(Reopenable { brk, playhead });
codec_struct!(Ad {
    event,
    pod,
    time_ms,
    completed
});
codec_struct!(Chapter {
    event,
    time_ms,
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
codec_struct!(Held {
    at,
    event_ref,
    event
});
codec_struct!(Rare {
    states,
    errors,
    chapters,
    reopenable,
    last_error
});
codec_struct!(LastError { at, content_ms });
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
    rebuffers,
    rebuffer_ms,
    first_play,
});
codec_struct!(Session {
    started,
    ads,
    sums,
    watched,
    started_at,
    last_at,
    clock_offset,
    closed,
    held,
    ts,
    moved,
    raw_playhead,
    wrap,
    live,
    resume,
    phase,
    remembered,
    completed,
    limited,
    ad,
    chapter,
    brk,
    quality,
    run,
    bitrate,
    considered,
    length,
    rare,
    recent,
});

impl Codec for Listed {
    fn put(&self, out: &mut Vec<u8>) {
        self.number().put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Option::get(cursor)?.map_or(Self::BEYOND, Self::at))
    }
}

impl Codec for AfterStart {
    fn put(&self, out: &mut Vec<u8>) {
        self.ms().put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        u64::get(cursor).map(Self::new)
    }
}

/// Fingerprints are random bits: no shorter form. Before each is a byte of no meaning.
impl Codec for Recent {
    fn put(&self, out: &mut Vec<u8>) {
        self.next.put(out);
        self.newest.put(out);
        self.len.put(out);
        for fingerprint in self.kept() {
            out.push(0);
            fingerprint.put(out);
        }
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut recent = Self {
            next: Codec::get(cursor)?,
            newest: PlayerMs::get(cursor)?,
            len: Codec::get(cursor)?,
            ..Self::default()
        };
        if usize::from(recent.len.max(recent.next)) > FINGERPRINTS {
            return None;
        }
        for fingerprint in recent.kept_mut() {
            cursor.byte()?;
            *fingerprint = Codec::get(cursor)?;
        }
        Some(recent)
    }
}

codec_struct!(Run {
    first,
    samples,
    is_stall,
    pending
});

/// Spans are for explaining only, which never goes through a checkpoint.
impl Codec for Pending {
    fn put(&self, out: &mut Vec<u8>) {
        self.bitrate.put(out);
        self.chapters.put(out);
    }

    fn get(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(Self {
            bitrate: Codec::get(cursor)?,
            chapters: Codec::get(cursor)?,
            spans: Vec::new(),
        })
    }
}
