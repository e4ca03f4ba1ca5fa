-- 社区社会工作室 (A45): one in a community, opened once five things are there.
CREATE TABLE studios (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    address       text NOT NULL CHECK (length(address) BETWEEN 1 AND 200),
    state         text NOT NULL CHECK (state IN ('PREPARING', 'OPEN', 'CLOSED')),
    opened_at     timestamptz,
    closed_at     timestamptz,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT studio_days CHECK (
        (closed_at IS NOT NULL) = (state = 'CLOSED') AND (state <> 'OPEN' OR opened_at IS NOT NULL))
);
CREATE UNIQUE INDEX studio_exists ON studios (community_id) WHERE state <> 'CLOSED';
CREATE INDEX studios_by_division ON studios (division_code text_pattern_ops, id);

CREATE TABLE studio_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO studio_transitions VALUES ('PREPARING', 'OPEN'), ('PREPARING', 'CLOSED'), ('OPEN', 'CLOSED');
REVOKE INSERT, UPDATE, DELETE ON studio_transitions FROM sanshe_app;

-- What somebody saw there, visit after visit; the newest of an item counts.
CREATE TABLE studio_checks (
    id         uuid PRIMARY KEY,
    studio_id  uuid NOT NULL REFERENCES studios (id),
    item       text NOT NULL CHECK (item IN ('OWN_ROOM', 'SIGN', 'MISSION_BOARD', 'VALUES_BOARD', 'PROCESS_BOARD')),
    met        boolean NOT NULL,
    evidence   text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 500),
    checked_on date NOT NULL,
    checked_by text NOT NULL CHECK (checked_by <> ''),
    checked_at timestamptz NOT NULL,
    CONSTRAINT studio_check_in_future CHECK (checked_on <= sw_day(checked_at))
);
CREATE INDEX studio_checks_by_studio ON studio_checks (studio_id, item, id DESC);
CREATE TRIGGER studio_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON studio_checks
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON studio_checks FROM sanshe_app;

-- 专业社工岗位 (A46). A fact of staffing: where a social worker works, and who.
-- It carries no money and no contract, so that no purchase counts heads.
CREATE TABLE posts (
    id             uuid PRIMARY KEY,
    studio_id      uuid NOT NULL REFERENCES studios (id),
    division_code  text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    title          text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    duties         text NOT NULL CHECK (length(duties) BETWEEN 1 AND 1000),
    established_at timestamptz NOT NULL,
    abolished_at   timestamptz,
    CONSTRAINT post_days CHECK (abolished_at >= established_at)
);
CREATE UNIQUE INDEX post_exists ON posts (studio_id, title) WHERE abolished_at IS NULL;
CREATE INDEX posts_by_division ON posts (division_code text_pattern_ops, id);

CREATE TABLE post_holdings (
    id               uuid PRIMARY KEY,
    post_id          uuid NOT NULL REFERENCES posts (id),
    social_worker_id uuid NOT NULL REFERENCES social_workers (id),
    period           daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    appointed_by     text NOT NULL CHECK (appointed_by <> ''),
    appointed_at     timestamptz NOT NULL,
    -- A post has one holder at a time, and a worker one post.
    CONSTRAINT post_held EXCLUDE USING gist (post_id WITH =, period WITH &&),
    CONSTRAINT post_holder_elsewhere EXCLUDE USING gist (social_worker_id WITH =, period WITH &&)
);

CREATE FUNCTION studios_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed numeric;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PREPARING' THEN
            PERFORM sanshe_refuse('STUDIO_STATE', '工作室须从筹备开始', 'a studio begins as PREPARING');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.community_id, NEW.division_code, NEW.created_at)
       IS DISTINCT FROM (OLD.community_id, OLD.division_code, OLD.created_at) THEN
        PERFORM sanshe_refuse('STUDIO_ORIGIN', '工作室所在社区不可更改', 'a studio stays in its community');
    END IF;
    PERFORM sw_check_move('studio_transitions', 'STUDIO_STATE', OLD.state, NEW.state);
    IF NEW.state = 'OPEN' AND OLD.state <> 'OPEN' THEN
        IF (SELECT count(*) FROM (
                SELECT DISTINCT ON (item) met FROM studio_checks
                WHERE studio_id = NEW.id ORDER BY item, id DESC) AS newest WHERE met) < 5 THEN
            PERFORM sanshe_refuse('STUDIO_INCOMPLETE', '工作室清单尚未全部达标,不能启用',
                'not every item of the checklist is met: the studio does not open');
        END IF;
        needed := sw_parameter('sw.posts_per_pilot', NEW.division_code, sw_day(NEW.updated_at));
        IF (SELECT count(*) FROM posts WHERE studio_id = NEW.id AND abolished_at IS NULL) < needed THEN
            PERFORM sanshe_refuse('STUDIO_POSTS_MISSING', format('专业社工岗位须达 %s 个', needed),
                format('a studio has at least %s posts', needed));
        END IF;
    END IF;
    IF NEW.state = 'CLOSED' AND EXISTS (SELECT 1 FROM posts WHERE studio_id = NEW.id AND abolished_at IS NULL) THEN
        PERFORM sanshe_refuse('STUDIO_HAS_POSTS', '工作室尚有岗位,不能关闭', 'the studio still has posts');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER studios_guard BEFORE INSERT OR UPDATE ON studios
    FOR EACH ROW EXECUTE FUNCTION studios_guard();

CREATE FUNCTION posts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    studio studios;
BEGIN
    SELECT * INTO studio FROM studios WHERE id = NEW.studio_id FOR SHARE;
    IF TG_OP = 'INSERT' THEN
        IF studio.state = 'CLOSED' THEN
            PERFORM sanshe_refuse('STUDIO_CLOSED', '工作室已关闭', 'the studio is closed');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.abolished_at IS NOT NULL OR to_jsonb(NEW) - 'abolished_at' <> to_jsonb(OLD) - 'abolished_at' THEN
        PERFORM sanshe_refuse('POST_FIXED', '岗位只能撤销一次', 'a post is only abolished, and once');
    END IF;
    IF EXISTS (SELECT 1 FROM post_holdings h WHERE h.post_id = NEW.id
               AND h.period && daterange(sw_day(NEW.abolished_at) + 1, NULL)) THEN
        PERFORM sanshe_refuse('POST_HELD', '岗位仍有人在岗,不能撤销', 'somebody still holds the post');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER posts_guard BEFORE INSERT OR UPDATE ON posts
    FOR EACH ROW EXECUTE FUNCTION posts_guard();

CREATE FUNCTION post_holdings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'period' <> to_jsonb(OLD) - 'period' OR lower(NEW.period) <> lower(OLD.period)
           OR NOT NEW.period <@ OLD.period THEN
            PERFORM sanshe_refuse('POST_HOLDING_FIXED', '任职记录只能提前结束', 'a holding only ends, earlier');
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM posts p WHERE p.id = NEW.post_id AND p.abolished_at IS NOT NULL) THEN
        PERFORM sanshe_refuse('POST_ABOLISHED', '岗位已撤销', 'the post is abolished');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM social_workers w WHERE w.id = NEW.social_worker_id AND w.active) THEN
        PERFORM sanshe_refuse('WORKER_INACTIVE', '该社会工作者已停用', 'this social worker serves no longer');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM posts p JOIN studios s ON s.id = p.studio_id
                   JOIN social_worker_communities c ON c.community_id = s.community_id
                   WHERE p.id = NEW.post_id AND c.social_worker_id = NEW.social_worker_id) THEN
        PERFORM sanshe_refuse('POST_OTHER_COMMUNITY', '该社会工作者不服务此社区',
            'this social worker does not serve the community of the post');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER post_holdings_guard BEFORE INSERT OR UPDATE ON post_holdings
    FOR EACH ROW EXECUTE FUNCTION post_holdings_guard();
REVOKE DELETE ON studios, posts, post_holdings FROM sanshe_app;

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.posts_per_pilot', '', 2, 'posts', '[2009-01-01,)',
     '《三社联动试点工作实施方案》四(三):每个试点社区设置 x 个专业社工岗位;示范默认值,待市级文件核定');
