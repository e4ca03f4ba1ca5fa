//! 托管账户 in SQL.

use super::record::{ids, record, texts};
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
