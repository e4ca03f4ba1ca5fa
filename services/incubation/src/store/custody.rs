//! 托管账户 in SQL.

use std::collections::HashMap;

use kernel::Fen;
use kit::{
    error::Result,
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::custody::{
    CustodyAccount, CustodyAccountId, CustodyRequest, CustodyRequestId, CustodyRequestState,
};

ids!(CustodyAccountId, CustodyRequestId);
texts!(CustodyRequestState);
record!(
    CustodyAccount,
    CustodyAccountId,
    "custody_accounts",
    [
        id,
        centre_id,
        organization_id,
        division_code,
        opened_on,
        created_at
    ],
    [closed_on, updated_at]
);
record!(
    CustodyRequest,
    CustodyRequestId,
    "custody_requests",
    [
        id,
        account_id,
        amount_fen,
        purpose,
        payee,
        evidence,
        requested_by,
        requested_on,
        created_at
    ],
    [state, decided_by, decided_on, reason, entry_id]
);
part!(CustodyRequest, account_id: CustodyAccountId);

/// What each account holds.
pub async fn balances(
    conn: &mut PgConnection,
    accounts: &[CustodyAccountId],
    kind: &str,
) -> Result<HashMap<CustodyAccountId, Fen>> {
    let ids: Vec<Uuid> = accounts.iter().map(CustodyAccountId::as_uuid).collect();
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT id, money_balance(id, $2) FROM unnest($1::uuid[]) AS id")
            .bind(&ids)
            .bind(kind)
            .fetch_all(conn)
            .await?;
    let typed = |(id, fen)| (CustodyAccountId::from_uuid(id), Fen::new(fen));
    Ok(rows.into_iter().map(typed).collect())
}
