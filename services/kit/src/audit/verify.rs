//! Checking the whole log against itself and against its checkpoints.

use std::borrow::Cow;

use kernel::{
    Fault, Lang,
    chain::{ChainHash, Entry as Link, Head, Verifier},
};
use sqlx::PgConnection;

use super::{Checkpoint, Trust, log};
use crate::error::{Error, Result};

const BATCH: i64 = 1_000;

/// What the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many entries were read.
    pub entries: i64,
    /// How many checkpoints could be believed.
    pub checkpoints: usize,
    /// What is wrong; empty where the log is as it was written.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the log is as it was written, as far as the checkpoints reach.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `CHAIN_FLIPPED_BYTE`, `CHAIN_DELETED`, `CHAIN_REORDERED`,
    /// `CHAIN_TRUNCATED`, `CHAIN_REWRITTEN`, `HEAD_BEHIND`,
    /// `CHECKPOINT_UNTRUSTED`, `CHECKPOINT_OF_OTHER_SERVICE`.
    pub reason: &'static str,
    /// The first entry where it shows.
    pub seq: i64,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Finding {
    /// The sentence in a language.
    pub fn message(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// Reads the whole log of `service`, a thousand entries at a time. Runs beside
/// a service that goes on appending.
pub async fn verify(
    conn: &mut PgConnection,
    service: &str,
    checkpoints: &[Checkpoint],
    trust: &Trust,
) -> Result<Report> {
    let (mut known, mut findings) = believe(service, checkpoints, trust);
    let believed = known.len();
    // The head is a checkpoint too, the weakest: it lives beside the log.
    let head = head(conn).await?;
    if head.seq > 0 {
        known.push(head);
    }
    let mut verifier = Verifier::new(Head::GENESIS, &known);
    let (mut entries, mut last) = (0, 0);
    loop {
        let batch = log::batch(conn, last, BATCH).await?;
        let Some(end) = batch.last() else { break };
        last = end.recorded.seq;
        for row in &batch {
            entries += 1;
            verifier.push(&Link {
                seq: row.recorded.seq,
                prev: row.prev,
                bytes: Cow::Owned(row.recorded.entry.canonical_bytes()),
                hash: row.hash,
            });
        }
        if verifier.is_settled() {
            break;
        }
    }
    if let Err(broken) = verifier.finish() {
        findings.push(Finding {
            reason: broken.reason(),
            seq: broken.seq(),
            zh: broken.message(Lang::Zh).into_owned(),
            en: broken.message(Lang::En).into_owned(),
        });
    }
    if let Some(seq) = beyond_head(conn).await? {
        findings.push(Finding {
            reason: "HEAD_BEHIND",
            seq,
            zh: format!("第 {seq} 条在链头之后,不是由系统写入的"),
            en: format!("entry {seq} lies beyond the head: the system did not write it"),
        });
    }
    Ok(Report {
        entries,
        checkpoints: believed,
        findings,
    })
}

fn believe(service: &str, checkpoints: &[Checkpoint], trust: &Trust) -> (Vec<Head>, Vec<Finding>) {
    let (mut known, mut findings) = (Vec::new(), Vec::new());
    for checkpoint in checkpoints {
        let seq = checkpoint.seq;
        match checkpoint.chain_hash() {
            Some(hash) if trust.believes(checkpoint) => {
                if checkpoint.service == service {
                    known.push(Head { seq, hash });
                } else {
                    let other = &checkpoint.service;
                    findings.push(Finding {
                        reason: "CHECKPOINT_OF_OTHER_SERVICE",
                        seq,
                        zh: format!("第 {seq} 条的检查点属于 {other},不属于 {service}"),
                        en: format!("the checkpoint at {seq} is of {other}, not of {service}"),
                    });
                }
            }
            _ => findings.push(Finding {
                reason: "CHECKPOINT_UNTRUSTED",
                seq,
                zh: format!("第 {seq} 条的检查点不是由受信任的密钥签署的"),
                en: format!("no trusted key signed the checkpoint at {seq}"),
            }),
        }
    }
    (known, findings)
}

async fn head(conn: &mut PgConnection) -> Result<Head> {
    let (seq, hash): (i64, Vec<u8>) = sqlx::query_as("SELECT seq, hash FROM kit.audit_head")
        .fetch_one(conn)
        .await?;
    let hash = ChainHash::from_slice(&hash)
        .ok_or_else(|| Error::inconsistent("audit_head", "hash", seq))?;
    Ok(Head { seq, hash })
}

/// One statement, one view: appends that go on do not show as a difference.
async fn beyond_head(conn: &mut PgConnection) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar(
        "SELECT min(l.seq) FROM kit.audit_log l, kit.audit_head h WHERE l.seq > h.seq",
    )
    .fetch_one(conn)
    .await?)
}
