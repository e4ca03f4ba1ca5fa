//! 清单 in SQL.

use kernel::DivisionCode;
use kit::{
    error::Result,
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::work_list::{
    WorkList, WorkListComment, WorkListCommentId, WorkListId, WorkListItem, WorkListItemId,
    WorkListKind, WorkListState, WorkPeriod,
};

ids!(WorkListId, WorkListItemId, WorkListCommentId);
texts!(WorkListKind, WorkListState, WorkPeriod);

record!(
    WorkList,
    WorkListId,
    "work_lists",
    [
        id,
        kind,
        division_code,
        number,
        title,
        basis_document,
        drafted_by,
        created_at
    ],
    [
        state,
        comment_from,
        comment_until,
        approval_document,
        approved_by,
        starts_on,
        until_on,
        updated_at
    ]
);
record!(
    WorkListItem,
    WorkListItemId,
    "work_list_items",
    [
        id,
        list_id,
        code,
        title,
        basis_document,
        department,
        period,
        funding,
        admission_id,
        created_at
    ]
);
part!(WorkListItem, list_id: WorkListId);
record!(
    WorkListComment,
    WorkListCommentId,
    "work_list_comments",
    [id, list_id, resident_id, text, commented_at],
    [answer, answered_by, answered_at]
);
part!(WorkListComment, list_id: WorkListId);

/// The number of the next version; two drafts at once meet at the constraint.
pub async fn next_number(
    conn: &mut PgConnection,
    kind: WorkListKind,
    division: &DivisionCode,
) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "SELECT coalesce(max(number), 0) + 1 FROM work_lists
         WHERE kind = $1 AND division_code = $2",
    )
    .bind(kind.as_str())
    .bind(division.as_str())
    .fetch_one(conn)
    .await?)
}

/// The version in force, locked.
pub async fn lock_in_force(
    conn: &mut PgConnection,
    kind: WorkListKind,
    division: &DivisionCode,
) -> Result<Option<WorkList>> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM work_lists WHERE kind = $1 AND division_code = $2 AND state = 'IN_FORCE'",
    )
    .bind(kind.as_str())
    .bind(division.as_str())
    .fetch_optional(&mut *conn)
    .await?;
    match id {
        Some(id) => kit::record::lock(conn, WorkListId::from_uuid(id)).await,
        None => Ok(None),
    }
}

/// The admitted works of a list that comes into force are in the catalogue;
/// those that only stood in lists now retired have expired.
pub async fn settle_admissions(
    conn: &mut PgConnection,
    list: &WorkList,
    gone: Option<WorkListId>,
) -> Result<()> {
    sqlx::query(
        "UPDATE admission_applications a
         SET state = 'IN_CATALOGUE', updated_at = $2, version = version + 1
         FROM work_list_items i
         WHERE i.list_id = $1 AND a.id = i.admission_id AND a.state = 'APPROVED'",
    )
    .bind(list.id.as_uuid())
    .bind(list.updated_at)
    .execute(&mut *conn)
    .await?;
    let Some(gone) = gone else { return Ok(()) };
    sqlx::query(
        "UPDATE admission_applications a
         SET state = 'EXPIRED', updated_at = $2, version = version + 1
         FROM work_list_items i
         WHERE i.list_id = $1 AND a.id = i.admission_id AND a.state = 'IN_CATALOGUE'
           AND NOT EXISTS (SELECT 1 FROM work_list_items j JOIN work_lists l ON l.id = j.list_id
                           WHERE j.admission_id = a.id AND l.state = 'IN_FORCE')",
    )
    .bind(gone.as_uuid())
    .bind(list.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}
