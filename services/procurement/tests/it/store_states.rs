//! The database and the domain hold the same tables of legal moves.

use procurement::domain::{
    bid::BidState, challenge::ChallengeState, commission::CommissionState,
    complaint::ComplaintState, milestone::MilestoneState, need::ProcurementNeedState,
    tender::TenderState, termination::TerminationState, venture_agreement::VentureAgreementState,
    venture_application::VentureApplicationState, venture_round::VentureRoundState,
};
use sqlx::AssertSqlSafe;

use crate::support::House;

async fn same<S: std::fmt::Display>(house: &House, table: &str, moves: &[(S, S)]) {
    let sql = format!("SELECT from_state, to_state FROM {table}");
    let mut stored: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_all(&house.service.db.app)
        .await
        .unwrap();
    let mut known: Vec<(String, String)> = moves
        .iter()
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known, "{table}");
    // Nobody adds a move at run time.
    let add = format!("INSERT INTO {table} VALUES ('A', 'B')");
    assert_eq!(house.refused_sql_as_app(&add).await, "INTERNAL");
}

#[tokio::test]
async fn knows_the_same_moves_as_the_domain() {
    let house = House::open().await;
    same(
        &house,
        "procurement_need_transitions",
        ProcurementNeedState::MOVES,
    )
    .await;
    same(&house, "tender_transitions", TenderState::MOVES).await;
    same(&house, "bid_transitions", BidState::MOVES).await;
    same(&house, "milestone_transitions", MilestoneState::MOVES).await;
    same(
        &house,
        "contract_termination_transitions",
        TerminationState::MOVES,
    )
    .await;
    same(&house, "challenge_transitions", ChallengeState::MOVES).await;
    same(&house, "complaint_transitions", ComplaintState::MOVES).await;
    same(&house, "commission_transitions", CommissionState::MOVES).await;
    same(
        &house,
        "venture_round_transitions",
        VentureRoundState::MOVES,
    )
    .await;
    same(
        &house,
        "venture_application_transitions",
        VentureApplicationState::MOVES,
    )
    .await;
    same(
        &house,
        "venture_agreement_transitions",
        VentureAgreementState::MOVES,
    )
    .await;
}

#[tokio::test]
async fn refuses_jumps_and_changes_of_origin_by_hand() {
    let house = House::open().await;
    house.submitted().await;
    for (sql, reason) in [
        ("UPDATE procurement_needs SET state = 'RAISED'", "PROCUREMENT_NEED_STATE"),
        ("UPDATE procurement_needs SET trace_id = gen_random_uuid()", "PROCUREMENT_NEED_ORIGIN"),
        ("UPDATE tenders SET state = 'PUBLISHED'", "TENDER_STATE"),
        ("UPDATE tenders SET ceiling_fen = 1", "TENDER_TERMS_FIXED"),
        ("UPDATE bids SET ciphertext = ciphertext || 'x'", "BID_IMMUTABLE"),
        ("UPDATE bids SET price_fen = 1", "BID_IMMUTABLE"),
        ("UPDATE bids SET state = 'WITHDRAWN'", "BID_STATE"),
        ("UPDATE contracts SET amount_fen = 1", "CONTRACT_IMMUTABLE"),
        ("UPDATE contracts SET state = 'COMPLETED'", "CONTRACT_STATE"),
        ("UPDATE milestones SET amount_fen = 1", "MILESTONE_TERMS_FIXED"),
        ("UPDATE milestones SET state = 'PAID' WHERE state = 'SUBMITTED'", "MILESTONE_NOT_ACCEPTED"),
        (
            "UPDATE milestones SET state = 'ACCEPTED', accepted_at = now(), accepted_by = 'x' WHERE state = 'SUBMITTED'",
            "ACCEPTANCE_SIGNATURES_MISSING",
        ),
        (
            "UPDATE milestones SET state = 'SUBMITTED', submitted_at = now(), delivered_units = 299 WHERE state = 'PLANNED'",
            "MILESTONE_NOT_DELIVERED",
        ),
        (
            "UPDATE awards SET amount_fen = 1",
            "AWARD_IMMUTABLE",
        ),
        ("UPDATE score_sheets SET locked_at = NULL", "SHEET_LOCKED"),
        ("UPDATE scores SET score_h = 1", "SHEET_LOCKED"),
        ("DELETE FROM scores", "SHEET_LOCKED"),
        (
            "INSERT INTO procurement_need_lines SELECT need_id, 9, 'x', 'HEADCOUNT', 'x', 1, 1 FROM procurement_need_lines",
            "LINE_NOT_A_SERVICE_UNIT",
        ),
        (
            "INSERT INTO payments SELECT gen_random_uuid(), m.id, m.contract_id, c.fund_id, e.id, m.amount_fen, 'x', now()
             FROM milestones m JOIN contracts c ON c.id = m.contract_id, fund_entries e WHERE m.seq = 0 LIMIT 1",
            "MILESTONE_NOT_ACCEPTED",
        ),
    ] {
        assert_eq!(house.refused_sql(sql).await, reason, "{sql}");
    }
}
