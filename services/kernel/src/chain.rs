//! The hash chain of append-only logs, and what can be told about one that was changed.
//!
//! Entries are numbered from 1 without gaps; each holds the hash of the one before. Someone who
//! rewrites every later entry too is found by a checkpoint kept elsewhere.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest, Sha256};

use crate::{Fault, Kind, Lang};

const LINK_TAG: &[u8] = b"sanshe.chain.link.v1";

/// The hash of an entry and, through it, of all before.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// What the first entry links to.
    pub const GENESIS: Self = Self([0; 32]);

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text)
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChainHash({})", self.to_hex())
    }
}

/// The hash of an entry: its canonical bytes behind the hash before.
pub fn link(prev: &ChainHash, canonical_bytes: &[u8]) -> ChainHash {
    let hash = Sha256::new().chain_update(LINK_TAG).chain_update(prev.0);
    ChainHash(hash.chain_update(canonical_bytes).finalize().into())
}

/// An entry as stored.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub seq: i64,
    pub prev: ChainHash,
    pub bytes: Cow<'a, [u8]>,
    pub hash: ChainHash,
}

/// How far a chain is known good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: ChainHash,
}

impl Head {
    /// Before the first entry.
    pub const GENESIS: Self = Self {
        seq: 0,
        hash: ChainHash::GENESIS,
    };
}

/// A head that was written down elsewhere; its signature is checked by whoever loads it.
pub type Checkpoint = Head;

/// What was done to a broken chain, at the first number where it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {seq} does not match its own hash: its content was changed")]
    FlippedByte { seq: i64 },
    #[error("entry {seq} is missing: it was deleted")]
    Deleted { seq: i64 },
    #[error("entry {seq} is out of its place: entries were reordered")]
    Reordered { seq: i64 },
    #[error("the log ends before entry {seq}, which a checkpoint knows: its tail was cut off")]
    Truncated { seq: i64 },
    #[error("entry {seq} hashes well but breaks the chain: it was rewritten with a new hash")]
    Rewritten { seq: i64 },
}

impl Broken {
    pub const fn seq(&self) -> i64 {
        match self {
            Self::FlippedByte { seq }
            | Self::Deleted { seq }
            | Self::Reordered { seq }
            | Self::Truncated { seq }
            | Self::Rewritten { seq } => *seq,
        }
    }
}

impl Fault for Broken {
    fn kind(&self) -> Kind {
        Kind::Internal
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::FlippedByte { .. } => "CHAIN_FLIPPED_BYTE",
            Self::Deleted { .. } => "CHAIN_DELETED",
            Self::Reordered { .. } => "CHAIN_REORDERED",
            Self::Truncated { .. } => "CHAIN_TRUNCATED",
            Self::Rewritten { .. } => "CHAIN_REWRITTEN",
        }
    }

    fn message(&self, lang: Lang) -> Cow<'static, str> {
        let zh = match self {
            Self::FlippedByte { seq } => format!("第 {seq} 条与其哈希不符，内容被改动"),
            Self::Deleted { seq } => format!("缺少第 {seq} 条，记录被删除"),
            Self::Reordered { seq } => format!("第 {seq} 条不在其位，记录被调换"),
            Self::Truncated { seq } => {
                format!("检查点记有第 {seq} 条，日志在其之前中断，尾部被截断")
            }
            Self::Rewritten { seq } => format!("第 {seq} 条自洽但与链不接，记录被重写"),
        };
        lang.pick(zh, self.to_string()).into()
    }
}

/// Walks a chain entry by entry, so that a log is checked in batches.
#[derive(Clone, Debug)]
pub struct Verifier {
    head: Head,
    checkpoints: Vec<Checkpoint>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Good,
    /// The entry that should follow the head is not where it should be. What follows decides
    /// what happened: if it turns up later, entries were moved; otherwise `unless` holds.
    Missing {
        unless: Broken,
    },
    Settled(Broken),
}

impl Verifier {
    /// Starts behind a head that is known good, or at [`Head::GENESIS`].
    pub fn new(from: Head, checkpoints: &[Checkpoint]) -> Self {
        let mut checkpoints = checkpoints.to_vec();
        checkpoints.sort_by_key(|c| c.seq);
        let mut verifier = Self {
            head: from,
            checkpoints,
            state: State::Good,
        };
        verifier.state = verifier.against_checkpoints(from);
        verifier
    }

    /// Whether more entries cannot change the finding.
    pub const fn is_settled(&self) -> bool {
        matches!(self.state, State::Settled(_))
    }

    /// Takes the next entry in the order the log gives them.
    pub fn push(&mut self, entry: &Entry<'_>) {
        let expected = self.head.seq + 1;
        match self.state {
            State::Settled(_) => {}
            State::Missing { .. } => {
                if entry.prev == self.head.hash && link(&entry.prev, &entry.bytes) == entry.hash {
                    self.state = State::Settled(Broken::Reordered { seq: expected });
                }
            }
            State::Good => {
                self.state = self.judge(entry, expected);
                if matches!(self.state, State::Good) {
                    self.head = Head {
                        seq: entry.seq,
                        hash: entry.hash,
                    };
                }
            }
        }
    }

    fn judge(&self, entry: &Entry<'_>, expected: i64) -> State {
        if entry.seq < expected {
            return State::Settled(Broken::Reordered { seq: entry.seq });
        }
        if link(&entry.prev, &entry.bytes) != entry.hash {
            // A hole before a changed entry is still the earlier finding.
            return State::Settled(if entry.seq == expected {
                Broken::FlippedByte { seq: entry.seq }
            } else {
                Broken::Deleted { seq: expected }
            });
        }
        if entry.seq > expected {
            return State::Missing {
                unless: Broken::Deleted { seq: expected },
            };
        }
        if entry.prev != self.head.hash {
            // The entry before was rewritten, unless it is this one that stands in a wrong place.
            return State::Missing {
                unless: Broken::Rewritten {
                    seq: self.head.seq.max(1),
                },
            };
        }
        self.against_checkpoints(Head {
            seq: entry.seq,
            hash: entry.hash,
        })
    }

    fn against_checkpoints(&self, head: Head) -> State {
        let from = self.checkpoints.partition_point(|c| c.seq < head.seq);
        let mut same = self.checkpoints[from..]
            .iter()
            .take_while(|c| c.seq == head.seq);
        if same.any(|c| c.hash != head.hash) {
            return State::Settled(Broken::Rewritten { seq: head.seq });
        }
        State::Good
    }

    /// The finding after the last entry.
    pub fn finish(self) -> Result<Head, Broken> {
        match self.state {
            State::Settled(broken) | State::Missing { unless: broken } => Err(broken),
            State::Good => match self.checkpoints.last() {
                Some(last) if last.seq > self.head.seq => Err(Broken::Truncated {
                    seq: self.head.seq + 1,
                }),
                _ => Ok(self.head),
            },
        }
    }
}

/// Checks a whole log against its checkpoints.
pub fn verify<'a>(
    entries: impl IntoIterator<Item = Entry<'a>>,
    checkpoints: &[Checkpoint],
) -> Result<Head, Broken> {
    let mut verifier = Verifier::new(Head::GENESIS, checkpoints);
    for entry in entries {
        verifier.push(&entry);
        if verifier.is_settled() {
            break;
        }
    }
    verifier.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chain(n: i64) -> Vec<Entry<'static>> {
        let mut prev = ChainHash::GENESIS;
        (1..=n)
            .map(|seq| {
                let bytes = format!("entry {seq}").into_bytes();
                let entry = Entry {
                    seq,
                    prev,
                    hash: link(&prev, &bytes),
                    bytes: bytes.into(),
                };
                prev = entry.hash;
                entry
            })
            .collect()
    }

    fn head(entry: &Entry<'_>) -> Head {
        Head {
            seq: entry.seq,
            hash: entry.hash,
        }
    }

    fn check(log: &[Entry<'static>], checkpoints: &[Checkpoint]) -> Result<Head, Broken> {
        verify(log.iter().cloned(), checkpoints)
    }

    #[test]
    fn a_sound_log_gives_its_head() {
        let log = chain(9);
        assert_eq!(check(&log, &[]), Ok(head(&log[8])));
        assert_eq!(
            check(&log, &[head(&log[3]), head(&log[8])]),
            Ok(head(&log[8]))
        );
        assert_eq!(check(&[], &[]), Ok(Head::GENESIS));
    }

    #[test]
    fn a_flipped_byte_is_told_wherever_it_is() {
        for at in 0..5 {
            let seq = i64::try_from(at).unwrap() + 1;
            let mut log = chain(5);
            log[at].bytes.to_mut()[0] ^= 1;
            assert_eq!(check(&log, &[]), Err(Broken::FlippedByte { seq }));
            let mut log = chain(5);
            log[at].hash.0[31] ^= 1;
            assert_eq!(check(&log, &[]), Err(Broken::FlippedByte { seq }));
            let mut log = chain(5);
            log[at].prev.0[0] ^= 1;
            assert_eq!(check(&log, &[]), Err(Broken::FlippedByte { seq }));
        }
    }

    #[test]
    fn a_deleted_entry_is_named_the_first_one_too() {
        for at in 0..4 {
            let mut log = chain(5);
            let gone = log.remove(at);
            assert_eq!(check(&log, &[]), Err(Broken::Deleted { seq: gone.seq }));
        }
        let mut log = chain(9);
        log.drain(2..5);
        assert_eq!(check(&log, &[]), Err(Broken::Deleted { seq: 3 }));
    }

    #[test]
    fn reordering_is_told_from_deletion() {
        let mut log = chain(6);
        log.swap(2, 4);
        assert_eq!(check(&log, &[]), Err(Broken::Reordered { seq: 3 }));
        // The same with the numbers put back in order.
        let mut log = chain(6);
        log.swap(1, 2);
        (log[1].seq, log[2].seq) = (2, 3);
        assert_eq!(check(&log, &[]), Err(Broken::Reordered { seq: 2 }));
        let mut log = chain(3);
        log.push(log[1].clone());
        assert_eq!(
            check(&log, &[]),
            Err(Broken::Reordered { seq: 2 }),
            "an entry told twice"
        );
    }

    #[test]
    fn a_cut_tail_is_told_by_a_checkpoint_only() {
        let whole = chain(8);
        let cut = &whole[..5];
        assert_eq!(check(cut, &[]), Ok(head(&whole[4])));
        assert_eq!(
            check(cut, &[head(&whole[7])]),
            Err(Broken::Truncated { seq: 6 })
        );
        assert_eq!(
            check(&[], &[head(&whole[0])]),
            Err(Broken::Truncated { seq: 1 })
        );
    }

    #[test]
    fn an_entry_rewritten_with_a_new_hash_breaks_the_next_link() {
        let mut log = chain(5);
        log[2].bytes = b"better".to_vec().into();
        log[2].hash = link(&log[2].prev, b"better");
        assert_eq!(check(&log, &[]), Err(Broken::Rewritten { seq: 3 }));
    }

    #[test]
    fn a_chain_rewritten_to_its_end_is_told_by_a_checkpoint() {
        let true_log = chain(5);
        let mut log = chain(2);
        for seq in 3..=5 {
            let prev = log.last().unwrap().hash;
            let hash = link(&prev, b"better");
            log.push(Entry {
                seq,
                prev,
                bytes: b"better".to_vec().into(),
                hash,
            });
        }
        assert!(check(&log, &[]).is_ok());
        assert_eq!(
            check(&log, &[head(&true_log[3])]),
            Err(Broken::Rewritten { seq: 4 })
        );
    }

    #[test]
    fn a_log_is_checked_onward_from_a_known_head() {
        let log = chain(6);
        let mut verifier = Verifier::new(head(&log[2]), &[head(&log[1]), head(&log[5])]);
        log[3..].iter().for_each(|entry| verifier.push(entry));
        assert_eq!(verifier.finish(), Ok(head(&log[5])));
        let false_head = Head {
            seq: 3,
            hash: log[0].hash,
        };
        let verifier = Verifier::new(false_head, &[head(&log[2])]);
        assert!(verifier.is_settled());
        assert_eq!(verifier.finish(), Err(Broken::Rewritten { seq: 3 }));
    }

    #[test]
    fn hashes_have_a_text_form() {
        let hash = link(&ChainHash::GENESIS, b"x");
        assert_eq!(ChainHash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(ChainHash::from_hex("00"), None);
        assert_eq!(ChainHash::from_slice(&[0; 31]), None);
    }

    proptest! {
        #[test]
        fn any_single_change_is_noticed(n in 2i64..30, at in any::<prop::sample::Index>(), how in 0u8..3) {
            let mut log = chain(n);
            let last = head(log.last().unwrap());
            let at = at.index(log.len());
            let seq = i64::try_from(at).unwrap() + 1;
            let expected = match how {
                0 => {
                    log[at].bytes.to_mut().push(b'!');
                    Broken::FlippedByte { seq }
                }
                1 => {
                    log.remove(at);
                    if seq == n { Broken::Truncated { seq } } else { Broken::Deleted { seq } }
                }
                _ => {
                    let other = (at + 1) % log.len();
                    log.swap(at, other);
                    Broken::Reordered { seq: i64::try_from(at.min(other)).unwrap() + 1 }
                }
            };
            prop_assert_eq!(check(&log, &[last]), Err(expected));
        }
    }
}
