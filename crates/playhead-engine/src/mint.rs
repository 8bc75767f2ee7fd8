//! Session ids: made here, and recognised as ours without a look-up (design: 24 bytes and a keyed
//! check over them).

use std::cell::{Cell, RefCell};
use std::hash::Hasher;

use playhead_model::ids::{SessionId, SlotId};
use playhead_model::time::ReceivedMs;
use siphasher::sip::SipHasher24;

/// A key of the check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key(pub [u8; 16]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Makes ids with the newest key, and honours those made with older ones.
#[derive(Debug)]
pub struct Mint {
    /// Newest first.
    keys: Vec<Key>,
    source: Source,
}

/// Random bits of an id: its slot and what tells it from others.
const RANDOM_BYTES: usize = 18;
/// Ids for which the operating system is asked at once; each time costs as much as the rest.
const IDS_AT_ONCE: usize = 64;

/// Where random bits come from.
enum Source {
    System(RefCell<Vec<[u8; RANDOM_BYTES]>>),
    /// A counter under a seed.
    Seeded(u64, Cell<u64>),
}

/// Bits that are not used yet are nobody's business.
impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::System(_) => "System",
            Self::Seeded(..) => "Seeded",
        })
    }
}

impl Mint {
    /// A mint with these keys, newest first.
    ///
    /// # Panics
    /// If there is no key.
    pub fn new(keys: Vec<Key>) -> Self {
        assert!(!keys.is_empty(), "a mint has a key");
        let source = Source::System(RefCell::default());
        Self { keys, source }
    }

    /// A mint that gives the same ids each time, for runs without a server.
    pub fn seeded(seed: u64) -> Self {
        Self {
            keys: vec![Key([0; 16])],
            source: Source::Seeded(seed, Cell::new(0)),
        }
    }

    /// A new id for a session that starts at `at`.
    pub fn session_id(&self, at: ReceivedMs) -> SessionId {
        let [a, b, bits @ ..] = self.source.take();
        let slot = SlotId::new(u16::from_le_bytes([a, b]));
        SessionId::mint(at.0, slot, bits, |checked| check(self.keys[0], checked))
    }

    /// Whether we made this id.
    pub fn is_ours(&self, sid: &SessionId) -> bool {
        let (checked, found) = sid.checked();
        self.keys.iter().any(|key| check(*key, checked) == found)
    }
}

impl Source {
    fn take(&self) -> [u8; RANDOM_BYTES] {
        match self {
            Self::System(ready) => {
                let mut ready = ready.borrow_mut();
                if ready.is_empty() {
                    ready.resize(IDS_AT_ONCE, [0; RANDOM_BYTES]);
                    getrandom::fill(ready.as_flattened_mut())
                        .expect("the operating system has random bits");
                }
                ready.pop().expect("it was filled")
            }
            Self::Seeded(seed, counter) => {
                let number = counter.replace(counter.get() + 1);
                let mut bytes = [0; RANDOM_BYTES];
                for (place, chunk) in bytes.chunks_mut(8).enumerate() {
                    let mut hasher = SipHasher24::new_with_keys(*seed, place as u64);
                    hasher.write_u64(number);
                    chunk.copy_from_slice(&hasher.finish().to_le_bytes()[..chunk.len()]);
                }
                bytes
            }
        }
    }
}

fn check(key: Key, checked: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new_with_key(&key.0);
    hasher.write(checked);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_ours_under_any_of_our_keys_and_no_other() {
        let old = Mint::new(vec![Key([1; 16])]);
        let sid = old.session_id(ReceivedMs(5));
        assert!(Mint::new(vec![Key([2; 16]), Key([1; 16])]).is_ours(&sid));
        assert!(!Mint::new(vec![Key([2; 16])]).is_ours(&sid));
    }

    #[test]
    fn a_changed_digit_is_noticed() {
        let mint = Mint::seeded(1);
        let mut bytes = *mint.session_id(ReceivedMs(5)).as_bytes();
        for place in 0..32 {
            bytes[place] ^= 1;
            assert!(!mint.is_ours(&SessionId::from_bytes(bytes)), "byte {place}");
            bytes[place] ^= 1;
        }
    }
}
