-- Social workers who are registered, and who serve no longer, are told of by now:
-- the goal that their number grows (A7) has what it is counted from, and every
-- indicator has a number.
ALTER TABLE happenings
    DROP CONSTRAINT happening_kind,
    ADD CONSTRAINT happening_kind CHECK (kind IN (
        'NEED_REPORTED', 'PROPOSAL_DECIDED', 'RESULT_RATED', 'WORK_LIST_IN_FORCE',
        'EVALUATION_PUBLISHED', 'PILOT_APPROVED', 'PILOT_ENDED', 'CONTRACT_SIGNED',
        'VIOLATION_CONFIRMED', 'INCUBATEE_GRADUATED', 'CENTRE_OPENED', 'CENTRE_CLOSED',
        'SOCIAL_WORKER_REGISTERED', 'SOCIAL_WORKER_ENDED', 'STUDIO_OPENED', 'STUDIO_CLOSED',
        'POST_TAKEN', 'SUPERVISION_COUNTED', 'SOCIAL_WORKER_VISIT', 'VOLUNTEER_VISIT', 'VISIT_VOIDED'));
UPDATE goal_indicators
SET personal = false, measure = 'STANDING', counts = 'SOCIAL_WORKER_REGISTERED', takes_back = 'SOCIAL_WORKER_ENDED',
    provenance = '社会工作:已登记、未退出的专业社工,按首个服务社区计(socialwork.social_worker.moved)'
WHERE code = 'SOCIAL_WORKERS';
ALTER TABLE goal_indicators
    DROP CONSTRAINT goal_indicators_measure_check,
    ADD CONSTRAINT goal_indicator_measure CHECK (measure IN ('IN_YEAR', 'STANDING', 'REGISTER'));
