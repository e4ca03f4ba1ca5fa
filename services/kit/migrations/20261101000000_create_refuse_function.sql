-- Triggers refuse through one function, so that the runtime can tell the
-- caller why: MESSAGE carries the reason code, DETAIL the Chinese sentence,
-- HINT the English one. SQLSTATE class SS is the house's own.
CREATE FUNCTION sanshe_refuse(reason text, zh text, en text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'SS001', MESSAGE = reason, DETAIL = zh, HINT = en;
END
$$;

-- For append-only tables: CREATE TRIGGER … BEFORE UPDATE OR DELETE OR TRUNCATE
-- ON t FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE FUNCTION sanshe_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sanshe_refuse('APPEND_ONLY',
        format('表 %s 只能追加,不能修改或删除', TG_TABLE_NAME),
        format('table %s is append-only', TG_TABLE_NAME));
    RETURN NULL;
END
$$;
