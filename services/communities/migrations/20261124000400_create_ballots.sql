-- 表决 (A25). One person, one ballot, whatever the channel; who voted is known,
-- how they voted is not.
CREATE TABLE ballots (
    id             uuid PRIMARY KEY,
    proposal_id    uuid NOT NULL REFERENCES proposals (id),
    -- Households and representatives wait for a register of who votes for them.
    unit           text NOT NULL CHECK (unit IN ('PERSON', 'HOUSEHOLD', 'REPRESENTATIVE')),
    rule           text NOT NULL CHECK (rule IN ('SIMPLE_MAJORITY', 'TWO_THIRDS')),
    eligible       integer NOT NULL CHECK (eligible > 0),
    quorum_percent integer NOT NULL CHECK (quorum_percent BETWEEN 0 AND 100),
    quorum_source  text NOT NULL,
    opens_at       timestamptz NOT NULL,
    closes_at      timestamptz NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT ballot_period CHECK (closes_at > opens_at AND opens_at >= created_at),
    CONSTRAINT ballot_unit_supported CHECK (unit = 'PERSON')
);
CREATE INDEX ballots_by_proposal ON ballots (proposal_id, created_at);

CREATE FUNCTION ballots_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM proposals p WHERE p.id = NEW.proposal_id AND p.state = 'ON_AGENDA') THEN
        PERFORM sanshe_refuse('PROPOSAL_STATE', '只有列入议程的议题可以表决',
            'a vote is held on a proposal of the agenda');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ballots_guard BEFORE INSERT ON ballots
    FOR EACH ROW EXECUTE FUNCTION ballots_guard();

-- Who voted: a keyed hash of ballot and person, so the register of voters
-- cannot be read from here without the key.
CREATE TABLE ballot_casts (
    ballot_id    uuid NOT NULL REFERENCES ballots (id),
    voter_key    bytea NOT NULL CHECK (length(voter_key) = 32),
    channel      text NOT NULL,
    paper_serial text CHECK (length(paper_serial) BETWEEN 1 AND 50),
    entered_by   text,
    cast_at      timestamptz NOT NULL,
    CONSTRAINT ballot_already_cast PRIMARY KEY (ballot_id, voter_key),
    CONSTRAINT ballot_paper_serial UNIQUE (ballot_id, paper_serial),
    CONSTRAINT ballot_paper_entered CHECK ((paper_serial IS NULL) = (entered_by IS NULL)),
    CONSTRAINT ballot_paper_channel CHECK ((paper_serial IS NOT NULL) = (channel = 'paper'))
);

-- How somebody voted: nothing here names a person or a time, and all sealed
-- choices are of one length, since the length alone would tell them apart.
CREATE TABLE ballot_choices (
    ballot_id    uuid NOT NULL REFERENCES ballots (id),
    receipt_hash bytea NOT NULL CHECK (length(receipt_hash) = 32),
    choice_enc   bytea NOT NULL CONSTRAINT ballot_choice_length CHECK (length(choice_enc) = 30),
    CONSTRAINT ballot_receipt PRIMARY KEY (ballot_id, receipt_hash)
);

CREATE TABLE ballot_results (
    ballot_id     uuid CONSTRAINT ballot_counted_already PRIMARY KEY REFERENCES ballots (id),
    votes_for     integer NOT NULL CHECK (votes_for >= 0),
    votes_against integer NOT NULL CHECK (votes_against >= 0),
    abstentions   integer NOT NULL CHECK (abstentions >= 0),
    decision      text NOT NULL CHECK (decision IN ('ADOPTED', 'REJECTED', 'NO_QUORUM')),
    closed_at     timestamptz NOT NULL
);

-- The share lock makes a vote wait for a count that is under way (which locks
-- the ballot alone), and a count wait for the votes that are: a vote is
-- either counted or refused.
CREATE FUNCTION ballot_box_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ballots WHERE id = NEW.ballot_id FOR SHARE;
    IF EXISTS (SELECT 1 FROM ballot_results r WHERE r.ballot_id = NEW.ballot_id) THEN
        PERFORM sanshe_refuse('BALLOT_CLOSED', '表决已经结束', 'the vote is over');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ballot_casts_box_guard BEFORE INSERT ON ballot_casts
    FOR EACH ROW EXECUTE FUNCTION ballot_box_guard();
CREATE TRIGGER ballot_choices_box_guard BEFORE INSERT ON ballot_choices
    FOR EACH ROW EXECUTE FUNCTION ballot_box_guard();

CREATE FUNCTION ballot_casts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE b ballots%ROWTYPE;
BEGIN
    SELECT * INTO b FROM ballots WHERE id = NEW.ballot_id;
    IF NEW.cast_at < b.opens_at THEN
        PERFORM sanshe_refuse('BALLOT_NOT_OPEN', '表决尚未开始', 'the vote has not begun');
    END IF;
    IF NEW.cast_at >= b.closes_at THEN
        PERFORM sanshe_refuse('BALLOT_CLOSED', '表决已经结束', 'the vote is over');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ballot_casts_guard BEFORE INSERT ON ballot_casts
    FOR EACH ROW EXECUTE FUNCTION ballot_casts_guard();

CREATE FUNCTION ballot_results_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    b ballots%ROWTYPE;
    present bigint := NEW.votes_for + NEW.votes_against + NEW.abstentions;
    decided text;
BEGIN
    SELECT * INTO b FROM ballots WHERE id = NEW.ballot_id FOR UPDATE;
    IF NEW.closed_at < b.closes_at THEN
        PERFORM sanshe_refuse('BALLOT_STILL_OPEN', '表决尚未结束,不能计票', 'votes are counted after the close');
    END IF;
    IF present <> (SELECT count(*) FROM ballot_casts WHERE ballot_id = NEW.ballot_id)
       OR present <> (SELECT count(*) FROM ballot_choices WHERE ballot_id = NEW.ballot_id) THEN
        PERFORM sanshe_refuse('BALLOT_COUNT', '计票数与投票数不符', 'the count differs from the ballots cast');
    END IF;
    decided := CASE
        WHEN present * 100 <= b.eligible::bigint * b.quorum_percent THEN 'NO_QUORUM'
        WHEN b.rule = 'SIMPLE_MAJORITY' AND NEW.votes_for::bigint * 2 > present THEN 'ADOPTED'
        WHEN b.rule = 'TWO_THIRDS' AND NEW.votes_for::bigint * 3 >= present * 2 THEN 'ADOPTED'
        ELSE 'REJECTED'
    END;
    IF NEW.decision <> decided THEN
        PERFORM sanshe_refuse('BALLOT_DECISION', '表决结果与计票不符', 'the decision does not follow from the count');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ballot_results_guard BEFORE INSERT ON ballot_results
    FOR EACH ROW EXECUTE FUNCTION ballot_results_guard();

CREATE TRIGGER ballots_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ballots
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER ballot_casts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ballot_casts
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER ballot_choices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ballot_choices
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER ballot_results_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ballot_results
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON ballots, ballot_casts, ballot_choices, ballot_results FROM sanshe_app;
-- A row lock asks for the right to update; the trigger refuses the update itself.
GRANT UPDATE (id) ON ballots TO sanshe_app;

-- A proposal is deliberated while a vote on it is open, and decided as the
-- newest vote was. Comes after proposals_guard, by its name.
CREATE FUNCTION proposals_vote_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE voted boolean; decided text;
BEGIN
    SELECT true, r.decision INTO voted, decided
    FROM ballots b LEFT JOIN ballot_results r ON r.ballot_id = b.id
    WHERE b.proposal_id = NEW.id ORDER BY b.created_at DESC, b.id DESC LIMIT 1;
    IF NEW.state = 'DELIBERATING' AND (voted IS NULL OR decided IS NOT NULL) THEN
        PERFORM sanshe_refuse('PROPOSAL_WITHOUT_BALLOT', '该议题没有进行中的表决',
            'no vote on this proposal is open');
    END IF;
    IF OLD.state = 'DELIBERATING'
       AND decided IS DISTINCT FROM
           (CASE NEW.state WHEN 'MORE_WORK' THEN 'NO_QUORUM' ELSE NEW.state END) THEN
        PERFORM sanshe_refuse('PROPOSAL_UNDECIDED', '议题的决定与表决结果不符',
            'the decision is not what the vote decided');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposals_vote_guard BEFORE UPDATE ON proposals
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION proposals_vote_guard();
