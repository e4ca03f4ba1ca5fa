//! 居委会工作评价 in SQL. Who rated and what was said stand in two tables that
//! share nothing but the round.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::keys::CommunityId;
use kit::{
    error::Result,
    record::{ids, part, record, texts},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::evaluation::{
    Dimension, DimensionId, Evaluation, EvaluationId, EvaluationResult, EvaluationResultId,
    EvaluationState, Rectification, RectificationId, Score,
};

ids!(
    EvaluationId,
    DimensionId,
    EvaluationResultId,
    RectificationId
);
texts!(EvaluationState);
record!(
    Evaluation,
    EvaluationId,
    "committee_evaluations",
    [
        id,
        community_id,
        division_code,
        round,
        title,
        opens_at,
        closes_at,
        opened_by,
        created_at
    ],
    [
        state,
        published_at,
        second_opens_at,
        second_closes_at,
        updated_at
    ]
);
record!(
    Dimension,
    DimensionId,
    "evaluation_dimensions",
    [id, evaluation_id, code, title, weight]
);
part!(Dimension, evaluation_id: EvaluationId);
record!(
    EvaluationResult,
    EvaluationResultId,
    "evaluation_results",
    [id, evaluation_id, phase, dimension_id, raters, average]
);
part!(EvaluationResult, evaluation_id: EvaluationId);
record!(
    Rectification,
    RectificationId,
    "rectification_items",
    [id, evaluation_id, dimension_id, measure, due_on, created_at],
    [evidence, done_at]
);
part!(Rectification, evaluation_id: EvaluationId);

/// The number of the next round.
pub async fn next_round(conn: &mut PgConnection, community: CommunityId) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "SELECT coalesce(max(round), 0) + 1 FROM committee_evaluations WHERE community_id = $1",
    )
    .bind(community.as_uuid())
    .fetch_one(conn)
    .await?)
}

/// Enters who rates; a second time is refused by the key.
pub async fn insert_rater(
    conn: &mut PgConnection,
    (evaluation, phase): (EvaluationId, i32),
    key: &[u8],
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO evaluation_raters (evaluation_id, phase, rater_key, rated_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(evaluation.as_uuid())
    .bind(phase)
    .bind(key)
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops a slip: a number that nobody knows, and the scores.
pub async fn insert_slip(
    conn: &mut PgConnection,
    (evaluation, phase): (EvaluationId, i32),
    scores: &[Score],
) -> Result<()> {
    let dimensions: Vec<Uuid> = scores.iter().map(|it| it.dimension_id.as_uuid()).collect();
    let given: Vec<i32> = scores.iter().map(|it| it.score).collect();
    sqlx::query(
        "INSERT INTO evaluation_scores (slip, evaluation_id, phase, dimension_id, score)
         SELECT s.slip, $1, $2, d.id, d.score
         FROM (SELECT gen_random_uuid() AS slip) AS s,
              unnest($3::uuid[], $4::int[]) AS d (id, score)",
    )
    .bind(evaluation.as_uuid())
    .bind(phase)
    .bind(&dimensions)
    .bind(&given)
    .execute(conn)
    .await?;
    Ok(())
}

/// What residents said of each dimension: how many, and the average in hundredths.
pub async fn count(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    phase: i32,
) -> Result<Vec<(DimensionId, i32, i32)>> {
    let rows: Vec<(Uuid, i32, i32)> = sqlx::query_as(
        "SELECT d.id, count(s.score)::int, coalesce(round(avg(s.score) * 100), 0)::int
         FROM evaluation_dimensions d
         LEFT JOIN evaluation_scores s ON s.dimension_id = d.id AND s.phase = $2
         WHERE d.evaluation_id = $1 GROUP BY d.id ORDER BY d.id",
    )
    .bind(evaluation.as_uuid())
    .bind(phase)
    .fetch_all(conn)
    .await?;
    let typed = |(id, raters, average)| (DimensionId::from_uuid(id), raters, average);
    Ok(rows.into_iter().map(typed).collect())
}

/// How many have rated so far, by round and phase; nobody is left out.
pub async fn raters(
    conn: &mut PgConnection,
    of: &[(EvaluationId, i32)],
) -> Result<HashMap<(EvaluationId, i32), i64>> {
    let (ids, phases): (Vec<Uuid>, Vec<i32>) =
        of.iter().map(|(id, phase)| (id.as_uuid(), *phase)).unzip();
    let rows: Vec<(Uuid, i32, i64)> = sqlx::query_as(
        "SELECT evaluation_id, phase, count(*) FROM evaluation_raters
         WHERE (evaluation_id, phase) IN (SELECT * FROM unnest($1::uuid[], $2::int[]))
         GROUP BY 1, 2",
    )
    .bind(&ids)
    .bind(&phases)
    .fetch_all(conn)
    .await?;
    let typed = |(id, phase, count)| ((EvaluationId::from_uuid(id), phase), count);
    Ok(rows.into_iter().map(typed).collect())
}
