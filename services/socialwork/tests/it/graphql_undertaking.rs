//! Groups, programmes and advocacy through the real schema, and what the
//! database refuses.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    casework::Desk,
    peers::{CHEN, ELDER, HERE, SUN, THERE, ZHAO},
    support::{community_id, elder, nobody, resident_id, staff},
};

pub fn starting(kind: &str) -> Value {
    json!({ "kind": kind, "communityId": community_id(HERE), "title": "银龄手拉手",
        "aim": "扩大独居老人的社会支持", "audience": "独居老人" })
}

pub fn measuring(undertaking: &Value) -> Value {
    json!({ "undertakingId": undertaking["id"], "name": "孤独感量表", "unit": "分",
        "baseline": 50, "target": 40 })
}

pub fn joining(undertaking: &Value, who: Uuid) -> Value {
    json!({ "undertakingId": undertaking["id"], "residentId": resident_id(who) })
}

async fn started(desk: &Desk, kind: &str) -> Value {
    desk.done(
        &desk.worker(),
        "startUndertaking",
        starting(kind),
        "undertaking { id phase }",
    )
    .await["undertaking"]
        .clone()
}

async fn measured(desk: &Desk, undertaking: &Value) -> Value {
    let seen = "undertaking { measures { id } }";
    let done = desk
        .done(
            &desk.worker(),
            "addUndertakingMeasure",
            measuring(undertaking),
            seen,
        )
        .await;
    done["undertaking"]["measures"][0].clone()
}

async fn next(desk: &Desk, undertaking: &Value, words: &[(&str, &str)]) -> Value {
    let mut input = json!({ "undertakingId": undertaking["id"] });
    for (name, text) in words {
        input[*name] = json!(text);
    }
    desk.done(
        &desk.worker(),
        "advanceUndertaking",
        input,
        "undertaking { phase }",
    )
    .await["undertaking"]["phase"]
        .clone()
}

#[tokio::test]
async fn a_group_forms_with_members_and_ends_with_what_came_of_it() {
    let desk = Desk::open().await;
    let (lead, group) = (desk.worker(), started(&desk, "GROUP").await);
    assert_eq!(group["phase"], "PREPARING");
    let on = json!({ "undertakingId": group["id"] });
    let stuck = async || desk.refused(&lead, "advanceUndertaking", on.clone()).await;
    assert_eq!(stuck().await.0, "MEASURES_MISSING");
    let mut flat = measuring(&group);
    flat["target"] = json!(50);
    assert_eq!(
        desk.refused(&lead, "addUndertakingMeasure", flat).await,
        ("MEASURE_MOVES".into(), "input.target".into())
    );
    let measure = measured(&desk, &group).await;
    assert_eq!(
        desk.refused(&lead, "addUndertakingMeasure", measuring(&group))
            .await,
        ("MEASURE_NAMED".into(), "input.name".into())
    );
    desk.done(
        &elder(),
        "joinUndertaking",
        joining(&group, ELDER),
        "undertaking { members }",
    )
    .await;
    assert_eq!(
        desk.refused(&elder(), "joinUndertaking", joining(&group, ELDER))
            .await
            .0,
        "PARTICIPANT_EXISTS"
    );
    assert_eq!(
        desk.refused(&elder(), "joinUndertaking", joining(&group, ZHAO))
            .await
            .0,
        "FORBIDDEN"
    );
    desk.done(
        &lead,
        "joinUndertaking",
        joining(&group, ZHAO),
        "undertaking { members }",
    )
    .await;
    assert_eq!(stuck().await.0, "GROUP_TOO_SMALL");
    let three = desk
        .done(
            &lead,
            "joinUndertaking",
            joining(&group, SUN),
            "undertaking { members }",
        )
        .await;
    assert_eq!(three["undertaking"]["members"], 3);
    assert_eq!(next(&desk, &group, &[]).await, "FORMING");

    desk.house.service.clock.advance(TimeDelta::hours(3));
    let mut held = json!({ "undertakingId": group["id"], "topic": "认识彼此", "from": "2026-03-02T01:30:00Z",
        "to": "2026-03-02T03:00:00Z", "attendedIds": [resident_id(ELDER), resident_id(ZHAO)] });
    let mut strange = held.clone();
    strange["attendedIds"] = json!([resident_id(CHEN)]);
    assert_eq!(
        desk.refused(&lead, "holdUndertakingSession", strange).await,
        ("ATTENDANCE_UNKNOWN".into(), "input.attendedIds".into())
    );
    let mut late = held.clone();
    late["to"] = json!("2026-03-02T09:00:00Z");
    assert_eq!(
        desk.refused(&lead, "holdUndertakingSession", late).await,
        ("UNDERTAKING_SESSION_HOURS".into(), "input.to".into())
    );
    let mut crowd = held.clone();
    crowd["visitors"] = json!(5);
    assert_eq!(
        desk.refused(&lead, "holdUndertakingSession", crowd).await.1,
        "input.visitors"
    );
    desk.done(
        &lead,
        "holdUndertakingSession",
        held.clone(),
        "undertaking { id }",
    )
    .await;
    held["topic"] = json!("同时段");
    assert_eq!(
        desk.refused(&lead, "holdUndertakingSession", held).await.1,
        "input.from"
    );
    desk.done(
        &elder(),
        "leaveUndertaking",
        joining(&group, ELDER),
        "undertaking { members }",
    )
    .await;
    assert_eq!(
        desk.refused(&elder(), "leaveUndertaking", joining(&group, ELDER))
            .await
            .0,
        "PARTICIPANT_NOT_FOUND"
    );

    next(&desk, &group, &[]).await;
    assert_eq!(next(&desk, &group, &[]).await, "MATURE");
    assert_eq!(stuck().await.0, "READINGS_MISSING");
    let read = json!({ "undertakingId": group["id"], "measureId": measure["id"], "value": 38, "on": "2026-03-02" });
    desk.done(&lead, "readUndertakingMeasure", read, "undertaking { id }")
        .await;
    assert_eq!(
        stuck().await,
        ("UNDERTAKING_WORDS".into(), "input.summary".into())
    );
    assert_eq!(
        next(&desk, &group, &[("summary", "成员形成互助网络")]).await,
        "ENDED"
    );
    assert_eq!(stuck().await.0, "UNDERTAKING_PHASE");
    assert_eq!(
        desk.refused(&lead, "joinUndertaking", joining(&group, ELDER))
            .await
            .0,
        "UNDERTAKING_OVER"
    );

    let query = format!(
        "{{ undertaking(id: {}) {{ summary members measures {{ value reached }}
        sessions {{ number attendance }} participants {{ attended leftAt }} }} }}",
        group["id"]
    );
    let open = desk.read(&nobody(), &query).await["undertaking"].clone();
    assert_eq!(
        open,
        json!({ "summary": "成员形成互助网络", "members": 2, "measures": [{ "value": 38, "reached": true }],
        "sessions": [{ "number": 1, "attendance": 2 }], "participants": null })
    );
    let seen = desk.read(&lead, &query).await["undertaking"]["participants"].clone();
    assert_eq!(seen.as_array().unwrap().len(), 3);
    assert_eq!(seen[0]["attended"], 1);
    let looks = "SELECT count(*) FROM kit.audit_log WHERE action = 'readParticipants'";
    assert_eq!(desk.house.count(looks).await, 3);
    let mine = desk
        .read(&elder(), "{ myUndertakings { nodes { title } } }")
        .await;
    assert_eq!(mine["myUndertakings"]["nodes"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_programme_is_handed_over_and_an_advocacy_is_answered() {
    let desk = Desk::open().await;
    let programme = started(&desk, "PROGRAMME").await;
    assert_eq!(next(&desk, &programme, &[]).await, "PLAN");
    let measure = measured(&desk, &programme).await;
    for phase in ["MOBILISE", "IMPLEMENT", "EVALUATE"] {
        assert_eq!(next(&desk, &programme, &[]).await, phase);
    }
    desk.house.service.clock.advance(TimeDelta::hours(3));
    let fair = json!({ "undertakingId": programme["id"], "topic": "健康集市", "from": "2026-03-02T01:30:00Z",
        "to": "2026-03-02T03:00:00Z", "visitors": 120 });
    let held = desk
        .done(
            &desk.worker(),
            "holdUndertakingSession",
            fair,
            "undertaking { sessions { attendance } }",
        )
        .await;
    assert_eq!(
        held["undertaking"]["sessions"],
        json!([{ "attendance": 120 }])
    );
    let read = json!({ "undertakingId": programme["id"], "measureId": measure["id"], "value": 45, "on": "2026-03-02" });
    desk.done(
        &desk.worker(),
        "readUndertakingMeasure",
        read,
        "undertaking { id }",
    )
    .await;
    let on = json!({ "undertakingId": programme["id"], "summary": "由居委会接续" });
    assert_eq!(
        desk.refused(&desk.worker(), "advanceUndertaking", on).await,
        ("UNDERTAKING_WORDS".into(), "input.addressee".into())
    );
    let words = [("summary", "由居委会接续"), ("addressee", "花园社区居委会")];
    assert_eq!(next(&desk, &programme, &words).await, "HANDED_OVER");

    let issue = started(&desk, "ADVOCACY").await;
    measured(&desk, &issue).await;
    assert_eq!(next(&desk, &issue, &[]).await, "EVIDENCE");
    assert_eq!(
        next(&desk, &issue, &[("addressee", "区民政局")]).await,
        "SUBMITTED"
    );
    let silent = json!({ "undertakingId": issue["id"] });
    assert_eq!(
        desk.refused(&desk.worker(), "advanceUndertaking", silent.clone())
            .await
            .1,
        "input.answer"
    );
    assert_eq!(
        next(&desk, &issue, &[("answer", "纳入明年实事")]).await,
        "ANSWERED"
    );
    assert_eq!(
        next(&desk, &issue, &[("summary", "已采纳")]).await,
        "CLOSED"
    );
    let list = "{ undertakings(kind: ADVOCACY, running: false) { nodes { answer addressee } } }";
    assert_eq!(
        desk.read(&nobody(), list).await["undertakings"]["nodes"],
        json!([{ "answer": "纳入明年实事", "addressee": "区民政局" }])
    );
}

#[tokio::test]
async fn only_the_lead_carries_it_on_and_staff_may_call_it_off() {
    let desk = Desk::open().await;
    let mut far = starting("GROUP");
    far["communityId"] = json!(community_id(THERE));
    assert_eq!(
        desk.refused(&desk.worker(), "startUndertaking", far)
            .await
            .0,
        "FORBIDDEN"
    );
    let group = started(&desk, "GROUP").await;
    for who in [desk.supervisor(), staff(), elder()] {
        assert_eq!(
            desk.refused(&who, "addUndertakingMeasure", measuring(&group))
                .await
                .0,
            "FORBIDDEN"
        );
    }
    let off = json!({ "undertakingId": group["id"], "reason": "场地维修" });
    assert_eq!(
        desk.refused(&elder(), "cancelUndertaking", off.clone())
            .await
            .0,
        "FORBIDDEN"
    );
    let done = desk
        .done(
            &staff(),
            "cancelUndertaking",
            off.clone(),
            "undertaking { phase summary }",
        )
        .await;
    assert_eq!(
        done["undertaking"],
        json!({ "phase": "CANCELLED", "summary": "场地维修" })
    );
    assert_eq!(
        desk.refused(&staff(), "cancelUndertaking", off).await.0,
        "UNDERTAKING_OVER"
    );
}

#[tokio::test]
async fn the_database_keeps_the_way_the_numbers_and_who_came() {
    let desk = Desk::open().await;
    let group = started(&desk, "GROUP").await;
    let set = |rest: &str| format!("UPDATE undertakings SET updated_at = '2026-03-02', {rest}");
    for (rest, refused) in [
        ("phase = 'SURVEY'", "UNDERTAKING_PHASE"),
        ("phase = 'FORMING'", "MEASURES_MISSING"),
        ("title = '别的'", "UNDERTAKING_ORIGIN"),
        ("phase = 'CANCELLED'", "UNDERTAKING_END"),
    ] {
        assert_eq!(desk.by_hand(&set(rest)).await, refused, "{rest}");
    }
    measured(&desk, &group).await;
    assert_eq!(
        desk.by_hand(&set("phase = 'FORMING'")).await,
        "GROUP_TOO_SMALL"
    );
    for who in [ELDER, ZHAO, SUN] {
        desk.done(
            &desk.worker(),
            "joinUndertaking",
            joining(&group, who),
            "undertaking { id }",
        )
        .await;
    }
    desk.hand(&set("phase = 'FORMING'")).await;
    desk.hand(&set("phase = 'TURNING'")).await;
    desk.hand(&set("phase = 'MATURE'")).await;
    let end = set("phase = 'ENDED', ended_at = now(), summary = 'x'");
    assert_eq!(desk.by_hand(&end).await, "READINGS_MISSING");
    let session = "INSERT INTO undertaking_sessions SELECT gen_random_uuid(), id, 1, 'x', '2026-03-01', '2026-03-01T01:00Z',
        9, 'x', '2026-03-02' FROM undertakings";
    assert_eq!(desk.by_hand(session).await, "ATTENDANCE_UNTRUE");
    let crowd = "INSERT INTO undertaking_participants SELECT id, gen_random_uuid(), '2026-03-02' FROM undertakings,
        generate_series(1, 13)";
    assert_eq!(desk.by_hand(crowd).await, "GROUP_FULL");
    assert_eq!(
        desk.by_hand("DELETE FROM undertaking_measures").await,
        "APPEND_ONLY"
    );
    let begun = "INSERT INTO undertakings (id, kind, community_id, division_code, lead_id, title, aim, audience,
        phase, started_at, updated_at) SELECT gen_random_uuid(), 'ADVOCACY', community_id, division_code, lead_id,
        title, aim, audience, 'SUBMITTED', now(), now() FROM undertakings";
    assert_eq!(desk.by_hand(begun).await, "UNDERTAKING_PHASE");
}
