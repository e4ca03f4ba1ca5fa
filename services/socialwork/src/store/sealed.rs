//! Where this service keeps personal data under a key: what a renewal after a
//! rotation of keys goes through.

use kit::sealed::SealedColumn;

pub const SEALED: &[SealedColumn] = &[
    SealedColumn {
        table: "social_workers",
        column: "certificate_no_enc",
        of: "id",
        bound: |_| "social_workers.certificate_no".to_owned(),
    },
    SealedColumn {
        table: "cases",
        column: "problem_enc",
        of: "id",
        bound: |id| format!("cases.problem:{id}"),
    },
    SealedColumn {
        table: "case_assessments",
        column: "findings_enc",
        of: "id",
        bound: |id| format!("case_assessments.findings:{id}"),
    },
    SealedColumn {
        table: "case_plans",
        column: "review_note_enc",
        of: "id",
        bound: |id| format!("case_plans.review_note:{id}"),
    },
    SealedColumn {
        table: "case_plan_goals",
        column: "goal_enc",
        of: "plan_id",
        bound: |id| format!("case_plan_goals.goal:{id}"),
    },
    SealedColumn {
        table: "case_plan_goals",
        column: "indicator_enc",
        of: "plan_id",
        bound: |id| format!("case_plan_goals.indicator:{id}"),
    },
    SealedColumn {
        table: "case_evaluations",
        column: "summary_enc",
        of: "id",
        bound: |id| format!("case_evaluations.summary:{id}"),
    },
    SealedColumn {
        table: "case_notes",
        column: "body_enc",
        of: "id",
        bound: |id| format!("case_notes.body:{id}"),
    },
    SealedColumn {
        table: "case_referrals",
        column: "summary_enc",
        of: "id",
        bound: |id| format!("case_referrals.summary:{id}"),
    },
    SealedColumn {
        table: "supervision_sessions",
        column: "record_enc",
        of: "id",
        bound: |id| format!("supervision_sessions.record:{id}"),
    },
];
