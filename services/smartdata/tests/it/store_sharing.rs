//! Sharing refuses what must never be, also by hand-written SQL.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smartdata::domain::{
    data_resource::{DataField, Dataset},
    share_grant::ShareGrantState,
    share_request::ShareRequestState,
};

use crate::{
    sharing::{consumer, granted, read},
    support::{House, citizen_id},
};

#[tokio::test]
async fn the_database_and_the_domain_know_the_same_moves_and_fields() {
    let house = House::open().await;
    let moves = async |table: &'static str| -> BTreeSet<(String, String)> {
        let sql = format!("SELECT from_state, to_state FROM {table}");
        sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .fetch_all(&house.service.db.app)
            .await
            .unwrap()
            .into_iter()
            .collect()
    };
    let text = |from: &dyn ToString, to: &dyn ToString| (from.to_string(), to.to_string());
    assert_eq!(
        moves("share_request_transitions").await,
        ShareRequestState::MOVES
            .iter()
            .map(|(a, b)| text(a, b))
            .collect()
    );
    assert_eq!(
        moves("share_grant_transitions").await,
        ShareGrantState::MOVES
            .iter()
            .map(|(a, b)| text(a, b))
            .collect()
    );
    for &dataset in Dataset::ALL {
        for &field in DataField::ALL {
            let class = if dataset.is_personal() {
                "CONDITIONAL"
            } else {
                "UNCONDITIONAL"
            };
            let condition = if dataset.is_personal() { "'c'" } else { "NULL" };
            let sql = format!(
                "INSERT INTO data_resources (id, code, name, provider_organization_id, provider_name,
                     division_code, dataset, class, condition, fields, update_cycle, state,
                     published_at, updated_at)
                 VALUES (gen_random_uuid(), 'X_{dataset}_{field}', 'x', gen_random_uuid(), 'p',
                     '230103000000', '{dataset}', '{class}', {condition}, ARRAY['{field}'], 'DAILY',
                     'PUBLISHED', now(), now())"
            );
            let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
                .execute(&house.service.db.owner)
                .await;
            assert_eq!(
                done.is_ok(),
                dataset.fields().contains(&field),
                "{dataset} {field}"
            );
        }
    }
}

#[tokio::test]
async fn refuses_grants_beyond_the_catalogue_and_exchanges_beyond_the_grant() {
    let house = House::open().await;
    let id = crate::support::uuid_of(&house.registered(1).await);
    granted(&house, Value::Null).await;
    let grant = |change: &str, value: &str| {
        let columns = "request_id, resource_id, division_code, provider_organization_id,
            consumer_organization_id, consumer_name, purpose, basis, fields, row_division, until,
            state, granted_at, updated_at";
        format!(
            "INSERT INTO share_grants (id, {columns}) SELECT gen_random_uuid(), {} FROM share_grants",
            columns.replace(change, value)
        )
    };
    for (change, value, expected) in [
        ("fields", "ARRAY['NAME','BIRTH_DATE']", "SHARE_FIELDS"),
        ("row_division", "'230103000000'", "SHARE_FIELDS"),
        ("until", "until + 1", "SHARE_FIELDS"),
        ("basis", "'STATUTORY'", "SHARE_BASIS"),
        ("state", "'SUSPENDED'", "SHARE_NOT_GRANTED"),
        ("purpose", "purpose", "SHARE_GRANTED_ONCE"),
    ] {
        assert_eq!(
            house.refusal(&grant(change, value)).await,
            expected,
            "{change}"
        );
    }
    for (change, expected) in [
        (
            "fields = ARRAY['NAME','STATUS','BIRTH_DATE']",
            "SHARE_GRANT_FIXED",
        ),
        ("until = until + 1", "SHARE_GRANT_FIXED"),
        ("state = 'SUSPENDED'", "SHARE_GRANT_REASON"),
    ] {
        let sql = format!("UPDATE share_grants SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    let exchange = |fields: &str, resident: &str, seq: i64, prev: &str| {
        format!(
            "INSERT INTO exchange_records (seq, grant_id, resource_id, division_code,
                 provider_organization_id, consumer_organization_id, consumer_name, resident_id,
                 actor, purpose, fields, outcome, request_hash, response_hash, channel, request_id,
                 at, prev_hash, hash)
             SELECT {seq}, id, resource_id, division_code, provider_organization_id,
                 consumer_organization_id, consumer_name, {resident}, 'u', purpose, {fields}, 'OK',
                 sha256('a'), sha256('b'), 'api', 'r', '2026-03-02T01:00:00Z', {prev}, sha256('c')
             FROM share_grants"
        )
    };
    let genesis = "decode(repeat('00', 32), 'hex')";
    let me = format!("'{id}'");
    for (fields, resident, seq, prev, expected) in [
        (
            "ARRAY['PHONE']",
            me.as_str(),
            1,
            genesis,
            "SHARE_NOT_COVERED",
        ),
        ("ARRAY['NAME']", "NULL", 1, genesis, "SHARE_ROWS"),
        ("ARRAY['NAME']", me.as_str(), 1, genesis, "CONSENT_MISSING"),
        ("ARRAY['NAME']", me.as_str(), 2, genesis, "EXCHANGE_CHAIN"),
        (
            "ARRAY['NAME']",
            me.as_str(),
            1,
            "sha256('x')",
            "EXCHANGE_CHAIN",
        ),
    ] {
        let sql = exchange(fields, resident, seq, prev);
        let denied = sql.replace("'OK'", "'DENIED'");
        if expected != "EXCHANGE_CHAIN" {
            assert_eq!(house.refusal(&denied).await, "EXCHANGE_ANSWER", "no reason");
        }
        assert_eq!(
            house.refusal(&sql).await,
            expected,
            "{fields} {resident} {seq} {prev}"
        );
    }
}

#[tokio::test]
async fn the_rows_of_a_grant_go_by_levels_and_not_by_zeros() {
    let house = House::open().await;
    // 230110 ends in a zero and is a county: 230111 is another one.
    let request = |rows: &str| {
        format!(
            "INSERT INTO divisions (code, name, valid) VALUES
                 ('230110000000', '香坊区', '(,)'), ('230111000000', '呼兰区', '(,)') ON CONFLICT DO NOTHING;
             INSERT INTO data_resources (id, code, name, provider_organization_id, provider_name,
                 division_code, dataset, class, condition, fields, update_cycle, state,
                 published_at, updated_at)
             VALUES (gen_random_uuid(), 'ROWS', 'x', gen_random_uuid(), 'p', '230110000000',
                 'RESIDENT', 'CONDITIONAL', 'c', ARRAY['NAME'], 'DAILY', 'PUBLISHED', now(), now());
             INSERT INTO share_requests (id, resource_id, division_code, provider_organization_id,
                 consumer_organization_id, consumer_name, purpose, fields, row_division, until,
                 state, requested_by, submitted_at, updated_at)
             SELECT gen_random_uuid(), id, division_code, provider_organization_id, gen_random_uuid(),
                 'c', 'p', fields, '{rows}', '2030-01-01', 'SUBMITTED', 'u', now(), now()
             FROM data_resources WHERE code = 'ROWS'"
        )
    };
    assert_eq!(
        house.refusal(&request("230111000000")).await,
        "SHARE_FIELDS"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(request("230110000000")))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_changed_record_breaks_the_chain_and_the_service_may_not_try() {
    let house = House::open().await;
    house.registered(1).await;
    let (_, grant) = granted(&house, json!("《老年人权益保障法》第三条")).await;
    for _ in 0..3 {
        read(&house, &consumer(), &grant, &citizen_id(1), "NAME").await;
    }
    for sql in [
        "UPDATE exchange_records SET actor = 'x'",
        "DELETE FROM exchange_records",
        "DELETE FROM exchange_head",
    ] {
        assert_eq!(house.refusal(sql).await, "APPEND_ONLY", "{sql}");
    }
    for sql in [
        "UPDATE exchange_records SET actor = 'x'",
        "DELETE FROM exchange_records",
        "DELETE FROM share_grants",
        "UPDATE data_consents SET consumer_name = 'x'",
        "DELETE FROM data_consents",
    ] {
        assert!(house.app_may_not(sql).await, "{sql}");
    }
    let state = async || {
        let auditor = crate::sharing::auditor();
        smartdata::app::exchange_record::verify(&house.state, &auditor)
            .await
            .unwrap()
    };
    assert_eq!(state().await.broken, None);
    let tamper = async |sql: &str| {
        let sql = format!(
            "ALTER TABLE exchange_records DISABLE TRIGGER USER; {sql};
             ALTER TABLE exchange_records ENABLE TRIGGER USER"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&house.service.db.owner)
            .await
            .unwrap();
    };
    tamper("UPDATE exchange_records SET actor = 'somebody' WHERE seq = 2").await;
    assert!(state().await.broken.is_some_and(|it| it.seq() == 2));
    tamper("UPDATE exchange_records SET actor = 'consumer' WHERE seq = 2").await;
    assert_eq!(state().await.broken, None);
    tamper("DELETE FROM exchange_records WHERE seq = 3").await;
    assert!(
        state().await.broken.is_some(),
        "a cut tail is told by the head"
    );
}

#[tokio::test]
async fn refuses_a_catalogue_without_reasons_and_rewritten_requests() {
    let house = House::open().await;
    granted(&house, Value::Null).await;
    for (change, expected) in [
        ("fields = ARRAY['NAME']", "DATA_RESOURCE_FIXED"),
        (
            "class = 'NO_SHARE', condition = NULL",
            "DATA_RESOURCE_FIXED",
        ),
    ] {
        let sql = format!("UPDATE data_resources SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    let entry = |class: &str, rest: &str| {
        format!(
            "INSERT INTO data_resources (id, code, name, provider_organization_id, provider_name,
                 division_code, dataset, class, basis, condition, fields, update_cycle, state,
                 published_at, updated_at)
             VALUES (gen_random_uuid(), 'OTHER', 'x', gen_random_uuid(), 'p', '230103000000',
                 'RESIDENT', '{class}', {rest}, ARRAY['NAME'], 'DAILY', 'PUBLISHED', now(), now())"
        )
    };
    for (class, rest, expected) in [
        ("NO_SHARE", "NULL, NULL", "DATA_RESOURCE_BASIS"),
        ("CONDITIONAL", "NULL, NULL", "DATA_RESOURCE_CONDITION"),
        ("UNCONDITIONAL", "NULL, NULL", "DATA_RESOURCE_PERSONAL"),
    ] {
        assert_eq!(house.refusal(&entry(class, rest)).await, expected);
    }
    for (change, expected) in [
        ("purpose = '别的'", "SHARE_REQUEST_FIXED"),
        ("state = 'SUBMITTED'", "SHARE_STATE"),
        ("checked_by = requested_by", "SHARE_CHECKED"),
    ] {
        let sql = format!("UPDATE share_requests SET {change}");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    // Conditional data is never granted by the check alone, nor refused
    // without a law.
    let fresh = |state: &str| {
        format!(
            "WITH fresh AS (
                 INSERT INTO share_requests (id, resource_id, division_code, provider_organization_id,
                     consumer_organization_id, consumer_name, purpose, fields, row_division, until,
                     state, requested_by, submitted_at, updated_at)
                 SELECT '00000000-0000-7000-8000-00000000abcd', resource_id, division_code,
                     provider_organization_id, consumer_organization_id, consumer_name, purpose,
                     fields, row_division, until, '{state}', requested_by, submitted_at, updated_at
                 FROM share_requests RETURNING id) SELECT id FROM fresh"
        )
    };
    assert_eq!(house.refusal(&fresh("GRANTED")).await, "SHARE_STATE");
    for (from, to, expected) in [
        (
            "until, 'SUBMITTED'",
            "submitted_at::date, 'SUBMITTED'",
            "SHARE_UNTIL",
        ),
        (
            "provider_organization_id, consumer_organization_id,",
            "provider_organization_id, provider_organization_id,",
            "SHARE_WITH_ANOTHER",
        ),
    ] {
        let sql = fresh("SUBMITTED").replace(from, to);
        assert_eq!(house.refusal(&sql).await, expected);
    }
    sqlx::raw_sql(sqlx::AssertSqlSafe(fresh("SUBMITTED")))
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let one = "WHERE id = '00000000-0000-7000-8000-00000000abcd'";
    let checked = "checked_by = 'a', checked_at = now()";
    assert_eq!(
        house
            .refusal(&format!(
                "UPDATE share_requests SET state = 'GRANTED', {checked} {one}"
            ))
            .await,
        "SHARE_CONDITIONAL"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "UPDATE share_requests SET state = 'REPLYING', {checked} {one}"
    )))
    .execute(&house.service.db.owner)
    .await
    .unwrap();
    assert_eq!(
        house
            .refusal(&format!(
                "UPDATE share_requests SET state = 'REFUSED' {one}"
            ))
            .await,
        "SHARE_REFUSAL_BASIS"
    );
    for (done, next, expected) in [
        (
            "state = 'REFUSED', refusal_basis = '某法'",
            "state = 'MEDIATION'",
            "SHARE_DISPUTE",
        ),
        (
            "state = 'MEDIATION', dispute = 'x'",
            "state = 'REFUSED_FINALLY'",
            "SHARE_MEDIATED",
        ),
    ] {
        let done = format!("UPDATE share_requests SET {done} {one}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(done))
            .execute(&house.service.db.owner)
            .await
            .unwrap();
        let next = format!("UPDATE share_requests SET {next} {one}");
        assert_eq!(house.refusal(&next).await, expected);
    }
}

#[tokio::test]
async fn refuses_challenges_of_nobody_and_findings_without_a_check() {
    let house = House::open().await;
    granted(&house, Value::Null).await;
    for (consumer, state, checked_by, expected) in [
        ("NULL", "RAISED", "NULL", "CHALLENGE_RAISER"),
        ("gen_random_uuid()", "CHECKING", "NULL", "CHALLENGE_CHECKED"),
        ("gen_random_uuid()", "CHECKING", "'u'", "CHALLENGE_CHECKED"),
        (
            "gen_random_uuid()",
            "CORRECTED",
            "'w'",
            "CHALLENGE_CONCLUDED",
        ),
    ] {
        let sql = format!(
            "INSERT INTO quality_challenges (id, resource_id, division_code, provider_organization_id,
                 consumer_organization_id, field, statement, state, raised_by, raised_at, due_at,
                 checked_by, updated_at)
             SELECT gen_random_uuid(), id, division_code, provider_organization_id, {consumer}, 'NAME',
                 'x', '{state}', 'u', now(), now(), {checked_by}, now() FROM data_resources"
        );
        assert_eq!(house.refusal(&sql).await, expected, "{state}");
    }
}
