//! The rules that shape numbers. They are records in the log, and a session keeps those it began
//! with, so that a replay needs no configuration of today.

/// The unit of `media.qoe.bitrate` as a suite's players send it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BitrateUnit {
    /// Taken as it is.
    #[default]
    Kbps,
    /// Divided by 1,000 (protocol §9-10).
    Bps,
}

/// The rules in force for the sessions of a suite that begin now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// How long an event waits to be put in order (R2.3), ms of server time.
    pub hold_ms: u64,
    /// How many events may wait (R2.3).
    pub held_max: usize,
    /// Silence that ends a session (R2.5), ms.
    pub idle_ms: u64,
    /// Standing playhead that ends a session (R2.5), ms of the client's clock.
    pub still_ms: u64,
    /// Age that ends a session (R2.5), ms of server time.
    pub age_ms: u64,
    /// Unmoved `play` and `ping` events that make a stall (R4.4).
    pub stall_samples: u32,
    /// Least span of a stall (R4.4), ms.
    pub stall_ms: u64,
    /// How long after `adStart` a repeated pause or buffer is the old one (R5.3), ms.
    pub ad_echo_ms: u64,
    /// Unit of the bitrate (R8.1).
    pub bitrate_unit: BitrateUnit,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hold_ms: 5_000,
            held_max: crate::limits::HELD_EVENTS,
            idle_ms: 600_000,
            still_ms: 1_800_000,
            age_ms: 87_000_000,
            stall_samples: 3,
            stall_ms: 1_000,
            ad_echo_ms: 1_000,
            bitrate_unit: BitrateUnit::Kbps,
        }
    }
}

crate::codec_enum!(BitrateUnit { Kbps = 0, Bps = 1 });
crate::codec_struct!(Rules {
    hold_ms,
    held_max,
    idle_ms,
    still_ms,
    age_ms,
    stall_samples,
    stall_ms,
    ad_echo_ms,
    bitrate_unit,
});
