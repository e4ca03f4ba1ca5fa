//! Checkpoints: "the chain stood at `seq` with this hash", signed.

use std::{io, path::Path};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use kernel::chain::ChainHash;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tokio::io::AsyncWriteExt;

use super::Signer;

const SIGNED_TAG: &[u8] = b"sanshe.audit.checkpoint.v1";

/// A signed head of a service's log. One JSON line in the exported file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Whose log.
    pub service: String,
    /// The number of the last entry.
    pub seq: i64,
    /// Its hash, as hex.
    pub hash: String,
    /// When it was signed, by the injected clock.
    pub at: DateTime<Utc>,
    /// Which key signed.
    pub key_id: String,
    /// Ed25519 over all of the above, as hex.
    pub signature: String,
}

impl Checkpoint {
    /// What the signature covers: every field but itself.
    pub(super) fn signed_bytes(&self) -> Vec<u8> {
        let mut out = SIGNED_TAG.to_vec();
        for text in [&self.service, &self.hash, &self.key_id] {
            out.extend_from_slice(&(text.len() as u64).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.at.timestamp_micros().to_be_bytes());
        out
    }

    /// The hash of the chain at `seq`.
    pub fn chain_hash(&self) -> Option<ChainHash> {
        ChainHash::from_hex(&self.hash)
    }
}

/// Signs the present head and keeps the statement in the database; none where
/// nothing was appended since the last one.
pub async fn checkpoint(
    conn: &mut PgConnection,
    signer: &Signer,
    service: &str,
    at: DateTime<Utc>,
) -> Result<Option<Checkpoint>> {
    let head: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT seq, hash FROM kit.audit_head h
         WHERE seq > 0
           AND NOT EXISTS (SELECT 1 FROM kit.audit_checkpoints c WHERE c.seq = h.seq)",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some((seq, hash)) = head else {
        return Ok(None);
    };
    let hash = ChainHash::from_slice(&hash).context("audit_head.hash is no hash")?;
    let signed = signer.sign(service, seq, &hash, at);
    sqlx::query(
        "INSERT INTO kit.audit_checkpoints (seq, hash, at, service, key_id, signature)
         VALUES ($1, $2, $3, $4, $5, decode($6, 'hex')) ON CONFLICT (seq) DO NOTHING",
    )
    .bind(seq)
    .bind(hash.as_bytes().as_slice())
    .bind(at)
    .bind(service)
    .bind(&signed.key_id)
    .bind(&signed.signature)
    .execute(conn)
    .await?;
    Ok(Some(signed))
}

/// The checkpoints the database keeps. Whoever can change the log can change
/// these too; the exported file is the better witness.
pub async fn stored(conn: &mut PgConnection) -> Result<Vec<Checkpoint>> {
    let rows: Vec<(String, i64, String, DateTime<Utc>, String, String)> = sqlx::query_as(
        "SELECT service, seq, encode(hash, 'hex'), at, key_id, encode(signature, 'hex')
         FROM kit.audit_checkpoints ORDER BY seq",
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(service, seq, hash, at, key_id, signature)| Checkpoint {
            service,
            seq,
            hash,
            at,
            key_id,
            signature,
        })
        .collect())
}

/// Adds a checkpoint to the exported file and waits until it is on the disk.
pub async fn export(checkpoint: &Checkpoint, path: &Path) -> Result<()> {
    let mut line = serde_json::to_vec(checkpoint)?;
    line.push(b'\n');
    let written: io::Result<()> = async {
        let mut file = tokio::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .await?;
        file.write_all(&line).await?;
        file.sync_all().await
    }
    .await;
    written.with_context(|| format!("{} cannot be written", path.display()))
}

/// Reads an exported file.
pub fn read_exported(text: &str) -> Result<Vec<Checkpoint>> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("line {} is no checkpoint", number + 1))
        })
        .collect()
}
