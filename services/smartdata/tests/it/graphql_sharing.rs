//! Sharing through the real schema: from the catalogue to the exchange.

use chrono::TimeDelta;
use serde_json::{Value, json};
use smartdata::{store, worker};
use testkit::service::{data, reason};

use crate::{
    sharing::{
        CONSUMER, auditor, authority, call, consumer, done, granted, grids, organization, provider,
        published, read, request, requested, residents, third,
    },
    support::{GRID, House, citizen_id, neighbour, nobody, refused, themself},
};

const STATE: &str = "shareRequest { state dueAt refusalBasis }";

#[tokio::test]
async fn the_catalogue_says_what_is_shared_and_why_not() {
    let house = House::open().await;
    let publish = ("publishDataResource", "dataResource { id class basis }");
    let mut secret = residents("NO_SHARE");
    let bare = call(&house, &provider(), publish, "bare", secret.clone()).await;
    assert_eq!(
        refused(&bare),
        ("SHARE_BASIS_REQUIRED".into(), "input.basis".into())
    );
    let loose = call(
        &house,
        &provider(),
        publish,
        "loose",
        residents("UNCONDITIONAL"),
    )
    .await;
    assert_eq!(
        refused(&loose),
        ("SHARE_PERSONAL".into(), "input.class".into())
    );
    secret["basis"] = json!("《个人信息保护法》第二十八条");
    let kept = done(&house, &provider(), publish, "kept", secret.clone()).await;
    let id = kept["dataResource"]["id"].clone();
    let twice = call(&house, &provider(), publish, "twice", secret).await;
    assert_eq!(
        refused(&twice),
        ("DATA_RESOURCE_EXISTS".into(), "input.code".into())
    );
    for (who, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "DEPARTMENT_ONLY"),
    ] {
        let answer = call(&house, &who, publish, "strange", grids()).await;
        assert_eq!(reason(&answer), expected);
    }
    let ask = ("submitShareRequest", "shareRequest { id }");
    let input = request(&id, json!(["NAME"]), Value::Null);
    let answer = call(&house, &consumer(), ask, "secret", input).await;
    assert_eq!(
        refused(&answer),
        ("SHARE_NOT_SHARED".into(), "input.resourceId".into())
    );
    let list = "{ dataResources(first: 5) { nodes { code providerName provider { id } } } }";
    let seen = data(house.run(&nobody(), list, json!({})).await);
    assert_eq!(seen["dataResources"]["nodes"][0]["code"], "RESIDENT_BASIC");
}

#[tokio::test]
async fn a_request_is_checked_answered_and_settled_by_those_who_may() {
    let house = House::open().await;
    let resource = published(&house, residents("CONDITIONAL")).await;
    let ask = ("submitShareRequest", STATE);
    for (change, expected) in [
        (
            json!({ "fields": ["PHONE"] }),
            ("SHARE_FIELDS", "input.fields"),
        ),
        (
            json!({ "until": "2026-03-02" }),
            ("SHARE_UNTIL", "input.until"),
        ),
        (
            json!({ "rowDivisionCode": "230102000000" }),
            ("SHARE_ROWS", "input.rowDivisionCode"),
        ),
        (json!({ "purpose": " " }), ("TEXT_LENGTH", "input.purpose")),
    ] {
        let mut input = request(&resource, json!(["NAME"]), Value::Null);
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        let answer = call(&house, &consumer(), ask, expected.0, input).await;
        assert_eq!(refused(&answer), (expected.0.into(), expected.1.into()));
    }
    let own = request(&resource, json!(["NAME"]), Value::Null);
    let answer = call(&house, &provider(), ask, "own", own.clone()).await;
    assert_eq!(reason(&answer), "SHARE_WITH_ANOTHER");
    let id = requested(&house, "first", own).await;
    let check = |compliant: bool| json!({ "shareRequestId": id, "compliant": compliant });
    for who in [consumer(), provider()] {
        let answer = call(
            &house,
            &who,
            ("checkShareRequest", STATE),
            "side",
            check(true),
        )
        .await;
        assert_eq!(reason(&answer), "FORBIDDEN");
    }
    let stranger = call(
        &house,
        &third(),
        ("checkShareRequest", STATE),
        "third",
        check(true),
    )
    .await;
    assert_eq!(reason(&stranger), "SHARE_REQUEST_NOT_FOUND");
    let mute = call(
        &house,
        &authority(),
        ("checkShareRequest", STATE),
        "mute",
        check(false),
    )
    .await;
    assert_eq!(
        refused(&mute),
        ("NOTE_REQUIRED".into(), "input.note".into())
    );
    let checked = done(
        &house,
        &authority(),
        ("checkShareRequest", STATE),
        "good",
        check(true),
    )
    .await;
    assert_eq!(checked["shareRequest"]["state"], "REPLYING");
    // Ten working days from Monday 2 March.
    assert_eq!(
        checked["shareRequest"]["dueAt"],
        "2026-03-16T16:00:00+00:00"
    );
    let no = json!({ "shareRequestId": id, "agreed": false });
    let bare = call(
        &house,
        &provider(),
        ("replyShareRequest", STATE),
        "bare",
        no.clone(),
    )
    .await;
    assert_eq!(
        refused(&bare),
        ("SHARE_REFUSAL_BASIS".into(), "input.refusalBasis".into())
    );
    let mut no = no;
    no["refusalBasis"] = json!("《某条例》第三条");
    let answered = done(&house, &provider(), ("replyShareRequest", STATE), "no", no).await;
    assert_eq!(answered["shareRequest"]["refusalBasis"], "《某条例》第三条");
    let why = json!({ "shareRequestId": id, "reason": "建档为法定职责" });
    done(
        &house,
        &consumer(),
        ("disputeShareRefusal", STATE),
        "why",
        why,
    )
    .await;
    let yes = json!({ "shareRequestId": id, "share": true, "note": "应予共享" });
    let mixed = call(
        &house,
        &provider(),
        ("mediateShareRequest", STATE),
        "side",
        yes.clone(),
    )
    .await;
    assert_eq!(reason(&mixed), "FORBIDDEN");
    let settled = done(
        &house,
        &authority(),
        ("mediateShareRequest", STATE),
        "yes",
        yes,
    )
    .await;
    assert_eq!(settled["shareRequest"]["state"], "GRANTED");
    assert_eq!(house.count("share_grants WHERE basis = 'CONSENT'").await, 1);
    let late = call(
        &house,
        &consumer(),
        ("withdrawShareRequest", STATE),
        "late",
        json!({ "shareRequestId": id }),
    )
    .await;
    assert_eq!(reason(&late), "SHARE_STATE");
}

#[tokio::test]
async fn a_department_reads_what_was_granted_and_nothing_else() {
    let house = House::open().await;
    let me = house.registered(1).await;
    let (_, grant) = granted(&house, json!("《老年人权益保障法》第三条")).await;
    let number = citizen_id(1);
    let seen = data(read(&house, &consumer(), &grant, &number, "NAME, STATUS").await);
    assert_eq!(
        seen["sharedData"],
        json!([{ "field": "NAME", "value": "王秀兰" }, { "field": "STATUS", "value": "ALIVE" }])
    );
    let more = read(&house, &consumer(), &grant, &number, "NAME, CITIZEN_ID").await;
    assert_eq!(reason(&more), "SHARE_NOT_COVERED");
    let other = read(&house, &third(), &grant, &number, "NAME").await;
    assert_eq!(reason(&other), "SHARE_GRANT_NOT_FOUND");
    let side = read(&house, &provider(), &grant, &number, "NAME").await;
    assert_eq!(reason(&side), "FORBIDDEN");
    let bad = read(&house, &consumer(), &grant, "123", "NAME").await;
    assert_eq!(refused(&bad).1, "subject");
    let none = data(read(&house, &consumer(), &grant, &citizen_id(9), "NAME").await);
    assert_eq!(none["sharedData"], Value::Null);

    // Every exchange and every denial is there, and the chain is whole.
    assert_eq!(house.count("exchange_records").await, 5);
    assert_eq!(
        house
            .count("exchange_records WHERE outcome = 'DENIED'")
            .await,
        3
    );
    let chain = "{ exchangeChain { records intact broken } }";
    let whole = data(house.run(&auditor(), chain, json!({})).await);
    assert_eq!(
        whole["exchangeChain"],
        json!({ "records": "5", "intact": true, "broken": null })
    );
    let denied = house.run(&consumer(), chain, json!({})).await;
    assert_eq!(reason(&denied), "FORBIDDEN");
    let list = "{ exchangeRecords(first: 9) { nodes { outcome reason } } }";
    for who in [consumer(), provider(), auditor(), authority()] {
        let seen = data(house.run(&who, list, json!({})).await);
        assert_eq!(
            seen["exchangeRecords"]["nodes"].as_array().unwrap().len(),
            5
        );
    }
    let none = data(house.run(&third(), list, json!({})).await);
    assert_eq!(none["exchangeRecords"]["nodes"], json!([]));

    // The resident finds the look in both places.
    let mine = "{ exchangesAboutMe(first: 9) { nodes { consumerName purpose fields outcome
            grant { id } } } accessLog(first: 9) { nodes { purpose fields organization { id } } } }";
    let seen = data(house.run(&themself(&me), mine, json!({})).await);
    assert_eq!(
        seen["exchangesAboutMe"]["nodes"],
        json!([{ "consumerName": "卫生健康局", "purpose": "老年人健康建档",
                 "fields": ["NAME", "STATUS"], "outcome": "OK", "grant": null }])
    );
    assert_eq!(
        seen["accessLog"]["nodes"],
        json!([{ "purpose": "老年人健康建档", "fields": ["NAME"],
                 "organization": { "id": organization(CONSUMER) } }])
    );
}

#[tokio::test]
async fn a_grant_stops_where_it_is_suspended_revoked_withdrawn_or_over() {
    let house = House::open().await;
    house.registered(1).await;
    let (resource, grant) = granted(&house, json!("《老年人权益保障法》第三条")).await;
    let number = citizen_id(1);
    let settle = async |who, name: &str, key: &str, more: Value| {
        let mut input = json!({ "shareGrantId": grant });
        if more != Value::Null {
            input["reason"] = more;
        }
        call(
            &house,
            &who,
            (name, "shareGrant { state stateNote }"),
            key,
            input,
        )
        .await
    };
    let stop = settle(consumer(), "suspendShareGrant", "side", json!("x")).await;
    assert_eq!(reason(&stop), "FORBIDDEN");
    let stop = data(settle(provider(), "suspendShareGrant", "one", json!("核查用途")).await);
    assert_eq!(
        stop["suspendShareGrant"]["shareGrant"]["stateNote"],
        "核查用途"
    );
    let answer = read(&house, &consumer(), &grant, &number, "NAME").await;
    assert_eq!(reason(&answer), "SHARE_NOT_COVERED");
    data(settle(provider(), "resumeShareGrant", "one", Value::Null).await);
    data(read(&house, &consumer(), &grant, &number, "NAME").await);

    // The last day passes: nothing is read from the next one on, and the timer
    // says so.
    house
        .service
        .clock
        .set("2026-12-31T15:00:00Z".parse().unwrap());
    data(read(&house, &consumer(), &grant, &number, "NAME").await);
    house.service.clock.advance(TimeDelta::hours(1));
    let answer = read(&house, &consumer(), &grant, &number, "NAME").await;
    assert_eq!(reason(&answer), "SHARE_NOT_COVERED");
    let timers = worker::timers(&house.state);
    while timers.run_due_once().await.unwrap() > 0 {}
    let list = "{ shareGrants(first: 5, state: EXPIRED) { nodes { id } } }";
    let seen = data(house.run(&consumer(), list, json!({})).await);
    assert_eq!(seen["shareGrants"]["nodes"], json!([{ "id": grant }]));
    let answer = settle(provider(), "revokeShareGrant", "late", json!("x")).await;
    assert_eq!(reason(&answer), "SHARE_GRANT_STATE");

    let input = json!({ "dataResourceId": resource });
    let what = ("withdrawDataResource", "dataResource { published }");
    let gone = done(&house, &provider(), what, "one", input.clone()).await;
    assert_eq!(gone["dataResource"]["published"], false);
    let twice = call(&house, &provider(), what, "two", input).await;
    assert_eq!(reason(&twice), "DATA_RESOURCE_FIXED");
}

#[tokio::test]
async fn consent_withdrawn_stops_at_once() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let (resource, grant) = granted(&house, Value::Null).await;
    let number = citizen_id(1);
    let missing = read(&house, &consumer(), &grant, &number, "NAME").await;
    assert_eq!(reason(&missing), "CONSENT_MISSING");
    let give = json!({ "resourceId": resource, "consumerOrganizationId": organization(CONSUMER),
        "consumerName": "卫生健康局", "purpose": "健康建档" });
    let what = ("giveDataConsent", "dataConsent { id withdrawnAt }");
    let consent = done(&house, &me, what, "one", give.clone()).await["dataConsent"]["id"].clone();
    let twice = call(&house, &me, what, "two", give).await;
    assert_eq!(reason(&twice), "CONSENT_IN_FORCE");
    data(read(&house, &consumer(), &grant, &number, "NAME").await);

    let input = json!({ "dataConsentId": consent });
    let what = ("withdrawDataConsent", "dataConsent { withdrawnAt }");
    let other = call(&house, &neighbour(), what, "other", input.clone()).await;
    assert_eq!(reason(&other), "CONSENT_NOT_FOUND");
    // Never before it was given, and never given back.
    let early = "UPDATE data_consents SET withdrawn_at = given_at - interval '1 day'";
    assert_eq!(house.refusal(early).await, "CONSENT_WITHDRAWN");
    done(&house, &me, what, "one", input.clone()).await;
    let twice = call(&house, &me, what, "two", input).await;
    assert_eq!(reason(&twice), "CONSENT_WITHDRAWN");
    let back = "UPDATE data_consents SET withdrawn_at = NULL";
    assert_eq!(house.refusal(back).await, "CONSENT_WITHDRAWN");
    let gone = read(&house, &consumer(), &grant, &number, "NAME").await;
    assert_eq!(reason(&gone), "CONSENT_MISSING");
    let mine = "{ myDataConsents(first: 5) { nodes { consumerName withdrawnAt } }
        exchangesAboutMe(first: 5) { nodes { outcome reason } } }";
    let seen = data(house.run(&me, mine, json!({})).await);
    assert_eq!(
        seen["myDataConsents"]["nodes"][0]["withdrawnAt"],
        "2026-03-02T01:00:00+00:00"
    );
    assert_eq!(
        seen["exchangesAboutMe"]["nodes"],
        json!([{ "outcome": "DENIED", "reason": "CONSENT_MISSING" },
               { "outcome": "OK", "reason": null },
               { "outcome": "DENIED", "reason": "CONSENT_MISSING" }])
    );
}

#[tokio::test]
async fn unconditional_data_is_granted_by_the_check() {
    let house = House::open().await;
    let resource = published(&house, grids()).await;
    let id = requested(
        &house,
        "grids",
        request(&resource, json!(["GRID_NAME", "GRID_CODE"]), Value::Null),
    )
    .await;
    let fine = json!({ "shareRequestId": id, "compliant": true });
    let checked = done(
        &house,
        &authority(),
        ("checkShareRequest", STATE),
        "grids",
        fine,
    )
    .await;
    assert_eq!(checked["shareRequest"]["state"], "GRANTED");
    let list = data(
        house
            .run(
                &consumer(),
                "{ shareGrants(first: 5) { nodes { id basis } } }",
                json!({}),
            )
            .await,
    );
    let grant = &list["shareGrants"]["nodes"][0];
    assert_eq!(grant["basis"], "NOT_PERSONAL");
    let seen = data(
        read(
            &house,
            &consumer(),
            &grant["id"],
            GRID,
            "GRID_NAME, GRID_CODE",
        )
        .await,
    );
    assert_eq!(
        seen["sharedData"],
        json!([{ "field": "GRID_CODE", "value": GRID }, { "field": "GRID_NAME", "value": "第一网格" }])
    );
}

#[tokio::test]
async fn wrong_data_is_challenged_checked_and_answered() {
    let house = House::open().await;
    let me = themself(&house.registered(1).await);
    let (resource, grant) = granted(&house, json!("《老年人权益保障法》第三条")).await;
    let raise = |grant: Value| json!({ "resourceId": resource, "field": "STATUS", "statement": "已迁出", "shareGrantId": grant });
    let what = (
        "raiseQualityChallenge",
        "qualityChallenge { id byResident dueAt }",
    );
    let other = call(&house, &third(), what, "third", raise(grant.clone())).await;
    assert_eq!(reason(&other), "FORBIDDEN");
    let own = done(&house, &me, what, "own", raise(Value::Null)).await["qualityChallenge"].clone();
    assert_eq!(
        (&own["byResident"], &own["dueAt"]),
        (&json!(true), &json!("2026-03-09T16:00:00+00:00"))
    );
    let theirs = done(&house, &consumer(), what, "theirs", raise(grant)).await;
    assert_eq!(theirs["qualityChallenge"]["byResident"], false);
    let one = json!({ "qualityChallengeId": own["id"] });
    let start = ("startQualityCheck", "qualityChallenge { state }");
    let side = call(&house, &me, start, "me", one.clone()).await;
    assert_eq!(reason(&side), "FORBIDDEN");
    let end = json!({ "qualityChallengeId": own["id"], "corrected": true, "finding": "已更正" });
    let conclude = ("concludeQualityCheck", "qualityChallenge { state finding }");
    let early = call(&house, &provider(), conclude, "early", end.clone()).await;
    assert_eq!(reason(&early), "CHALLENGE_STATE");
    done(&house, &provider(), start, "one", one).await;
    done(&house, &provider(), conclude, "one", end).await;
    for (change, expected) in [
        ("statement = 'x'", "CHALLENGE_FIXED"),
        ("state = 'CORRECTED'", "CHALLENGE_STATE"),
    ] {
        let sql = format!("UPDATE quality_challenges SET {change} WHERE state <> 'CORRECTED'");
        assert_eq!(house.refusal(&sql).await, expected, "{change}");
    }
    let list = "{ qualityChallenges(first: 5) { nodes { state finding } } }";
    let mine = data(house.run(&me, list, json!({})).await);
    assert_eq!(
        mine["qualityChallenges"]["nodes"],
        json!([{ "state": "CORRECTED", "finding": "已更正" }])
    );
    let all = data(house.run(&provider(), list, json!({})).await);
    assert_eq!(
        all["qualityChallenges"]["nodes"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn a_denial_is_written_under_the_name_that_was_told_and_older_ones_stay_as_they_are() {
    let house = House::open().await;
    house.registered(1).await;
    let (_, grant) = granted(&house, json!("《老年人权益保障法》第三条")).await;
    let number = citizen_id(1);
    let answer = read(&house, &consumer(), &grant, &number, "CITIZEN_ID").await;
    assert_eq!(reason(&answer), "SHARE_NOT_COVERED");

    // As releases before wrote it.
    let mut conn = house.service.db.app.acquire().await.unwrap();
    let head = store::exchange_record::lock_head(&mut conn).await.unwrap();
    let last = store::exchange_record::behind(&mut conn, 0, 9)
        .await
        .unwrap();
    let mut before = last[0].exchange.clone();
    before.reason = Some("NOT_COVERED".to_owned());
    store::exchange_record::insert(&mut conn, &before.follow(head))
        .await
        .unwrap();
    drop(conn);
    let query =
        "{ exchangeChain { records intact } exchangeRecords(first: 9) { nodes { reason } } }";
    let seen = data(house.run(&auditor(), query, json!({})).await);
    assert_eq!(
        seen,
        json!({
            "exchangeChain": { "records": "2", "intact": true },
            "exchangeRecords": { "nodes": [
                { "reason": "NOT_COVERED" }, { "reason": "SHARE_NOT_COVERED" },
            ] },
        })
    );
}
