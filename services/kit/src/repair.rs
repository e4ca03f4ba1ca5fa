//! What a person does about events and jobs that failed for good: each act is
//! one transaction with its entry in the audit log.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::{
    audit::{self, Entry, Outcome},
    error::{Error, Result},
    events::dead_letters,
    jobs,
};

/// Who acts, and why.
#[derive(Clone, Debug)]
pub struct Hand {
    /// A desk or a staff number, never a password or a person's data.
    pub by: String,
    /// For the auditor.
    pub why: String,
    /// Ties the act to the logs.
    pub request_id: Uuid,
    /// By the injected clock.
    pub at: DateTime<Utc>,
}

impl Hand {
    pub(crate) fn entry(
        &self,
        action: &str,
        (kind, id): (&str, String),
        detail: serde_json::Value,
    ) -> Entry {
        Entry {
            at: self.at,
            actor: self.by.clone(),
            roles: vec!["operations".into()],
            action: action.into(),
            resource_kind: kind.into(),
            resource_id: id,
            subject_resident_id: None,
            purpose: Some(self.why.clone()),
            fields: Vec::new(),
            channel: "command_line".into(),
            assisted_by: None,
            request_id: self.request_id.to_string(),
            outcome: Outcome::Allowed,
            detail,
        }
    }
}

/// Gives a parked event all its attempts again.
pub async fn retry_event(
    conn: &mut PgConnection,
    hand: &Hand,
    consumer: &str,
    event: Uuid,
) -> Result<()> {
    let mut tx = conn.begin().await?;
    if !dead_letters::replay(&mut tx, consumer, event, hand.at).await? {
        return Err(not_parked(consumer, event));
    }
    let detail = json!({ "consumer": consumer });
    let entry = hand.entry("retryParkedEvent", ("Event", event.to_string()), detail);
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts a parked event aside for good: its effect does not happen.
pub async fn drop_event(
    conn: &mut PgConnection,
    hand: &Hand,
    consumer: &str,
    event: Uuid,
) -> Result<()> {
    let mut tx = conn.begin().await?;
    if !dead_letters::drop(&mut tx, consumer, event, hand.at).await? {
        return Err(not_parked(consumer, event));
    }
    let detail = json!({ "consumer": consumer });
    let entry = hand.entry("dropParkedEvent", ("Event", event.to_string()), detail);
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a dead job all its attempts again, at once.
pub async fn retry_job(conn: &mut PgConnection, hand: &Hand, job: i64) -> Result<()> {
    let mut tx = conn.begin().await?;
    match jobs::revive(&mut tx, job, hand.at).await {
        Ok(true) => {}
        Ok(false) => {
            return Err(Error::not_found(
                "JOB_NOT_DEAD",
                format!("没有失败的任务 {job}"),
                format!("there is no dead job {job}"),
            ));
        }
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("jobs_live_key") => {
            return Err(Error::refused(
                "JOB_REPLACED",
                format!("任务 {job} 已有同键的新任务在等待,无需重试"),
                format!("a newer job with the key of {job} is waiting already"),
            ));
        }
        Err(error) => return Err(error.into()),
    }
    let entry = hand.entry("retryDeadJob", ("Job", job.to_string()), json!({}));
    audit::append(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(())
}

fn not_parked(consumer: &str, event: Uuid) -> Error {
    Error::not_found(
        "EVENT_NOT_PARKED",
        format!("{consumer} 没有待处理的事件 {event}"),
        format!("no event {event} is parked at {consumer}"),
    )
}
