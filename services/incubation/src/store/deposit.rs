//! 押金 in SQL.

use kit::{
    error::Result,
    record::{ids, lock, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    deposit::{DepositStage, DepositStageId, DepositState, SpaceDeposit, SpaceDepositId},
    space_licence::SpaceLicenceId,
};

ids!(SpaceDepositId, DepositStageId);
texts!(DepositState);
record!(
    SpaceDeposit,
    SpaceDepositId,
    "space_deposits",
    [id, licence_id, amount_fen, due_on],
    [
        state,
        slip,
        reported_by,
        reported_on,
        confirmed_by,
        confirmed_on
    ]
);
part!(SpaceDeposit, licence_id: SpaceLicenceId);
record!(
    DepositStage,
    DepositStageId,
    "deposit_stages",
    [id, licence_id, stage_no, title, amount_fen],
    [evidence, accepted_on, accepted_by]
);
part!(DepositStage, licence_id: SpaceLicenceId);

/// The deposit of a licence, locked.
pub async fn lock_of(
    conn: &mut PgConnection,
    licence: SpaceLicenceId,
) -> Result<Option<SpaceDeposit>> {
    let id: Option<Uuid> =
        sqlx::query_scalar("SELECT id FROM space_deposits WHERE licence_id = $1")
            .bind(licence.as_uuid())
            .fetch_optional(&mut *conn)
            .await?;
    match id {
        Some(id) => lock(conn, SpaceDepositId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// A stage of a licence's deposit, locked.
pub async fn lock_stage(
    conn: &mut PgConnection,
    licence: SpaceLicenceId,
    stage_no: i32,
) -> Result<Option<DepositStage>> {
    let id: Option<Uuid> =
        sqlx::query_scalar("SELECT id FROM deposit_stages WHERE licence_id = $1 AND stage_no = $2")
            .bind(licence.as_uuid())
            .bind(stage_no)
            .fetch_optional(&mut *conn)
            .await?;
    match id {
        Some(id) => lock(conn, DepositStageId::from_uuid(id)).await,
        None => Ok(None),
    }
}
