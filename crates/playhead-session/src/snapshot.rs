//! The binary form of a session in a checkpoint.

use playhead_model::codec::{Codec, Cursor};
use playhead_model::limits::FINGERPRINTS;
use playhead_model::time::PlayerMs;
use playhead_model::{codec_enum, codec_newtype, codec_struct};

use crate::stall::Run;
use crate::state::{
    Ad, BitrateWeight, Break, Chapter, Closed, Considered, ErrorId, LastQuality, Listed, Phase,
    PlayerState, Rare, Reopenable, Said, Session, Sums,
};
use crate::watched::{Stretch, Watched};
use crate::window::{Held, Recent, Window};

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
codec_newtype!(Said);
codec_struct!(LastQuality {
    bitrate,
    dropped_frames,
    frames_per_second,
    time_to_start
});
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
    wrap,
    phase,
    remembered,
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

/// Fingerprints are random bits: no shorter form.
impl Codec for Recent {
    fn put(&self, out: &mut Vec<u8>) {
        self.next.put(out);
        self.newest.put(out);
        self.len.put(out);
        for fingerprint in self.kept() {
            for part in fingerprint {
                out.extend_from_slice(&part.to_le_bytes());
            }
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
            for part in fingerprint {
                *part = u16::from_le_bytes(Codec::get(cursor)?);
            }
        }
        Some(recent)
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
            spans: None,
        })
    }
}
