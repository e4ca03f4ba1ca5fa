-- 事件库 (A61) hears of what the outcome goals (A7) are counted from. What is
-- new has no chain: the chain of a need goes on to show how it began.
ALTER TABLE happenings
    DROP CONSTRAINT happenings_kind_check,
    ADD CONSTRAINT happening_kind CHECK (kind IN (
        'NEED_REPORTED', 'PROPOSAL_DECIDED', 'RESULT_RATED', 'WORK_LIST_IN_FORCE',
        'EVALUATION_PUBLISHED', 'PILOT_APPROVED', 'PILOT_ENDED', 'CONTRACT_SIGNED',
        'VIOLATION_CONFIRMED', 'INCUBATEE_GRADUATED', 'CENTRE_OPENED', 'CENTRE_CLOSED',
        'STUDIO_OPENED', 'STUDIO_CLOSED', 'POST_TAKEN', 'SUPERVISION_COUNTED',
        'SOCIAL_WORKER_VISIT', 'VOLUNTEER_VISIT', 'VISIT_VOIDED')),
    -- What it happened to, so that it counts once; unknown of what was told before.
    ADD COLUMN subject_id uuid;
CREATE INDEX happenings_by_kind ON happenings (kind, division_code text_pattern_ops, at);
CREATE INDEX happenings_by_subject ON happenings (subject_id, kind) WHERE subject_id IS NOT NULL;
