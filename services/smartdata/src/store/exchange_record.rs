//! 交换记录 in SQL: append to the chain and read, nothing else.

use chrono::{DateTime, Utc};
use kernel::{
    Direction, Page,
    chain::ChainHash,
    keys::{OrganizationId, ResidentId},
};
use kit::{
    auth::Scope,
    error::{Error, Result},
};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::page;
use crate::domain::{
    data_resource::{DataField, DataResourceId},
    exchange_record::{Exchange, ExchangeRecord},
    share_grant::ShareGrantId,
};

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    grant_id: Uuid,
    resource_id: Uuid,
    division_code: String,
    provider_organization_id: Uuid,
    consumer_organization_id: Uuid,
    consumer_name: String,
    resident_id: Option<Uuid>,
    actor: String,
    purpose: String,
    fields: Vec<String>,
    outcome: String,
    reason: Option<String>,
    request_hash: Vec<u8>,
    response_hash: Option<Vec<u8>>,
    channel: String,
    request_id: String,
    at: DateTime<Utc>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// The columns of [`Row`] by name: a statement that was prepared before a later
/// release added one still answers what it answered.
macro_rules! columns {
    () => {
        "seq, grant_id, resource_id, division_code, provider_organization_id,
         consumer_organization_id, consumer_name, resident_id, actor, purpose, fields, outcome,
         reason, request_hash, response_hash, channel, request_id, at, prev_hash, hash"
    };
}

impl TryFrom<Row> for ExchangeRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let bad = |column| Error::inconsistent("exchange_records", column, row.seq);
        Ok(Self {
            seq: row.seq,
            exchange: Exchange {
                grant_id: ShareGrantId::from_uuid(row.grant_id),
                resource_id: DataResourceId::from_uuid(row.resource_id),
                division_code: row
                    .division_code
                    .parse()
                    .map_err(|_| bad("division_code"))?,
                provider_organization_id: OrganizationId::from_uuid(row.provider_organization_id),
                consumer_organization_id: OrganizationId::from_uuid(row.consumer_organization_id),
                consumer_name: row.consumer_name,
                resident_id: row.resident_id.map(ResidentId::from_uuid),
                actor: row.actor,
                purpose: row.purpose,
                fields: row
                    .fields
                    .iter()
                    .map(|text| text.parse())
                    .collect::<Result<_, _>>()
                    .map_err(|_| bad("fields"))?,
                outcome: row.outcome.parse().map_err(|_| bad("outcome"))?,
                reason: row.reason,
                request_hash: row.request_hash,
                response_hash: row.response_hash,
                channel: row.channel,
                request_id: row.request_id,
                at: row.at,
            },
            prev_hash: ChainHash::from_slice(&row.prev_hash).ok_or_else(|| bad("prev_hash"))?,
            hash: ChainHash::from_slice(&row.hash).ok_or_else(|| bad("hash"))?,
        })
    }
}

/// The head of the chain, locked: the next record follows it.
pub async fn lock_head(conn: &mut PgConnection) -> Result<(i64, ChainHash)> {
    let (seq, hash): (i64, Vec<u8>) =
        sqlx::query_as("SELECT seq, hash FROM exchange_head FOR UPDATE")
            .fetch_one(conn)
            .await?;
    Ok((seq, hash_of(seq, &hash)?))
}

/// The head of the chain as the database keeps it.
pub async fn head(conn: &mut PgConnection) -> Result<(i64, ChainHash)> {
    let (seq, hash): (i64, Vec<u8>) = sqlx::query_as("SELECT seq, hash FROM exchange_head")
        .fetch_one(conn)
        .await?;
    Ok((seq, hash_of(seq, &hash)?))
}

fn hash_of(seq: i64, bytes: &[u8]) -> Result<ChainHash> {
    ChainHash::from_slice(bytes).ok_or_else(|| Error::inconsistent("exchange_head", "hash", seq))
}

/// Writes a record behind the head; the database moves the head.
pub async fn insert(conn: &mut PgConnection, record: &ExchangeRecord) -> Result<()> {
    let it = &record.exchange;
    let fields: Vec<&str> = it.fields.iter().copied().map(DataField::as_str).collect();
    sqlx::query(
        "INSERT INTO exchange_records (seq, grant_id, resource_id, division_code,
             provider_organization_id, consumer_organization_id, consumer_name, resident_id,
             actor, purpose, fields, outcome, reason, request_hash, response_hash, channel,
             request_id, at, prev_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20)",
    )
    .bind(record.seq)
    .bind(it.grant_id.as_uuid())
    .bind(it.resource_id.as_uuid())
    .bind(it.division_code.as_str())
    .bind(it.provider_organization_id.as_uuid())
    .bind(it.consumer_organization_id.as_uuid())
    .bind(&it.consumer_name)
    .bind(it.resident_id.map(|id| id.as_uuid()))
    .bind(&it.actor)
    .bind(&it.purpose)
    .bind(fields)
    .bind(it.outcome.as_str())
    .bind(&it.reason)
    .bind(&it.request_hash)
    .bind(&it.response_hash)
    .bind(&it.channel)
    .bind(&it.request_id)
    .bind(it.at)
    .bind(record.prev_hash.as_bytes().as_slice())
    .bind(record.hash.as_bytes().as_slice())
    .execute(conn)
    .await?;
    Ok(())
}

/// Which records a list asks for.
#[derive(Clone, Debug)]
pub enum ExchangeFilter {
    /// About one resident.
    About(ResidentId),
    /// Within a reach, or of an organisation on either side; perhaps of one grant.
    Of(Scope, Option<ShareGrantId>),
}

/// A page of records, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &ExchangeFilter,
    page: &Page,
) -> Result<Vec<ExchangeRecord>> {
    let mut query: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        columns!(),
        " FROM exchange_records WHERE true"
    ));
    match filter {
        ExchangeFilter::About(resident) => {
            query
                .push(" AND resident_id = ")
                .push_bind(resident.as_uuid());
        }
        ExchangeFilter::Of(scope, grant) => {
            page::of_departments(&mut query, scope, None);
            if let Some(grant) = grant {
                query.push(" AND grant_id = ").push_bind(grant.as_uuid());
            }
        }
    }
    let (compare, order) = match page.direction {
        Direction::Forward => (" < ", " ORDER BY seq DESC"),
        Direction::Backward => (" > ", " ORDER BY seq"),
    };
    if let Some((after,)) = page.keys::<(i64,)>()? {
        query.push(" AND seq").push(compare).push_bind(after);
    }
    query
        .push(order)
        .push(" LIMIT ")
        .push_bind(page.fetch_limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    rows.into_iter().map(ExchangeRecord::try_from).collect()
}

/// The next records of the chain behind a place, in their order.
pub async fn behind(conn: &mut PgConnection, seq: i64, limit: i64) -> Result<Vec<ExchangeRecord>> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM exchange_records WHERE seq > $1 ORDER BY seq LIMIT $2"
    ))
    .bind(seq)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(ExchangeRecord::try_from).collect()
}
