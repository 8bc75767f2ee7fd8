//! Batches, computed before they are in the log.

use playhead_model::body;
use playhead_model::event::{Parsed, Start};
use playhead_model::rules::Rules;
use playhead_model::time::ReceivedMs;
use playhead_session::{Session, run_batch};

use super::ledger::{Booking, Counts};

/// What makes two batches equal.
fn batch_key<B: AsRef<[u8]>>(bodies: &[B]) -> u128 {
    let mut prints = Vec::with_capacity(bodies.len() * 16);
    for body in bodies {
        prints.extend_from_slice(&body::fingerprint128(body.as_ref()).to_le_bytes());
    }
    body::fingerprint128(&prints)
}

/// What a batch comes to. It depends on nothing but the batch and the rules, so it can be found out
/// before the batch is in the log, and elsewhere.
#[derive(Clone, Debug)]
pub struct Computed {
    /// What makes two batches equal.
    pub key: u128,
    /// Those that it was computed under.
    pub rules: Rules,
    pub(super) session: Session,
    /// What became of the events behind the start.
    pub(super) counts: Counts,
}

impl Computed {
    /// Computes a batch; `None` if it is none.
    pub fn of<B: AsRef<[u8]>>(bodies: &[B], rules: &Rules) -> Option<Self> {
        let (start, events) = read_batch(bodies)?;
        let mut counts = Counts {
            acknowledged: events.len() as u64,
            ..Counts::default()
        };
        // It arrives when its record says.
        let at = ReceivedMs(0);
        let session = run_batch(&start, events, at, rules, &mut Booking(&mut counts));
        let key = batch_key(bodies);
        Some(Self {
            key,
            rules: *rules,
            session,
            counts,
        })
    }
}

type BatchEvents = Vec<(u64, playhead_model::event::Event)>;

/// The typed events of a batch, or `None` if it is none.
fn read_batch<B: AsRef<[u8]>>(bodies: &[B]) -> Option<(Start, BatchEvents)> {
    let (first, rest) = bodies.split_first()?;
    let Ok(Parsed::Start(start)) = Parsed::read(first.as_ref()) else {
        return None;
    };
    let read = |body: &B| match Parsed::read(body.as_ref()) {
        Ok(Parsed::Event(event)) => Some((body::fingerprint(body.as_ref()), event)),
        _ => None,
    };
    Some((start, rest.iter().map(read).collect::<Option<_>>()?))
}
