//! Teams, activities and sign-ups through the real schema, and what the
//! database refuses.

use chrono::TimeDelta;
use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::resident;

use crate::{
    casework::Desk,
    peers::{CHEN, COMMUNITY, ELDER, HERE, TEEN, ZHAO},
    support::{community_id, elder, nobody, resident_id, staff},
};

pub fn founding() -> Value {
    json!({ "communityId": community_id(HERE), "name": "银龄护航队", "aim": "陪伴独居老人" })
}

pub fn publishing(team: &Value) -> Value {
    json!({ "teamId": team["id"], "title": "陪同就医", "place": "区医院", "startsAt": "2026-03-03T01:00:00Z",
        "endsAt": "2026-03-03T04:00:00Z", "capacity": 1 })
}

fn zhao() -> Caller {
    resident(ZHAO, COMMUNITY)
}

fn teen() -> Caller {
    resident(TEEN, COMMUNITY)
}

fn chen() -> Caller {
    resident(CHEN, COMMUNITY)
}

async fn team(desk: &Desk) -> Value {
    desk.done(
        &desk.worker(),
        "foundVolunteerTeam",
        founding(),
        "team { id }",
    )
    .await["team"]
        .clone()
}

/// An activity that is recruited for.
async fn activity(desk: &Desk, team: &Value, more: &[(&str, Value)]) -> Value {
    let mut input = publishing(team);
    for (name, value) in more {
        input[*name] = value.clone();
    }
    let made = desk
        .done(
            &desk.worker(),
            "publishTeamActivity",
            input,
            "activity { id state }",
        )
        .await["activity"]
        .clone();
    let open = json!({ "activityId": made["id"] });
    desk.done(
        &desk.worker(),
        "recruitForTeamActivity",
        open,
        "activity { state }",
    )
    .await;
    made
}

fn on(activity: &Value) -> Value {
    json!({ "activityId": activity["id"] })
}

fn of(signup: &Value) -> Value {
    json!({ "signupId": signup["id"] })
}

async fn step(desk: &Desk, who: &Caller, name: &str, input: Value) -> Value {
    desk.done(
        who,
        name,
        input,
        "signup { id state outAt record { minutes } }",
    )
    .await["signup"]
        .clone()
}

/// Zhao, who is a volunteer, signed up, matched and agreed.
async fn agreed(desk: &Desk, activity: &Value) -> Value {
    let signup = step(desk, &zhao(), "signUpForActivity", on(activity)).await;
    let accept = json!({ "signupId": signup["id"], "accepted": true });
    step(desk, &desk.worker(), "matchSignup", accept).await;
    step(desk, &zhao(), "agreeSignup", of(&signup)).await
}

#[tokio::test]
async fn service_that_was_confirmed_becomes_a_record_of_the_volunteer() {
    let desk = Desk::open().await;
    desk.house.volunteer(ZHAO, "key-zhao").await;
    let team = team(&desk).await;
    assert_eq!(
        desk.refused(&desk.worker(), "foundVolunteerTeam", founding())
            .await,
        ("TEAM_EXISTS".into(), "input.name".into())
    );
    let which = json!({ "teamId": team["id"] });
    desk.done(
        &zhao(),
        "joinVolunteerTeam",
        which.clone(),
        "team { memberCount }",
    )
    .await;
    assert_eq!(
        desk.refused(&zhao(), "joinVolunteerTeam", which.clone())
            .await
            .0,
        "TEAM_MEMBER_EXISTS"
    );
    assert_eq!(
        desk.refused(&elder(), "joinVolunteerTeam", which.clone())
            .await
            .0,
        "NOT_A_VOLUNTEER"
    );
    let activity = activity(
        &desk,
        &team,
        &[("recipientResidentId", json!(resident_id(ELDER)))],
    )
    .await;
    let signup = agreed(&desk, &activity).await;
    assert_eq!(
        desk.refused(&zhao(), "signUpForActivity", on(&activity))
            .await
            .0,
        "SIGNUP_EXISTS"
    );
    assert_eq!(
        desk.refused(&zhao(), "checkInSignup", of(&signup)).await.0,
        "CHECK_IN_TIME"
    );
    desk.house.service.clock.advance(TimeDelta::hours(24));
    step(&desk, &zhao(), "checkInSignup", of(&signup)).await;
    assert_eq!(
        desk.refused(&zhao(), "withdrawSignup", of(&signup)).await.0,
        "SIGNUP_STATE"
    );
    assert_eq!(
        desk.refused(&zhao(), "checkOutSignup", of(&signup)).await.0,
        "CHECK_OUT_TIME"
    );
    let off = json!({ "activityId": activity["id"], "reason": "下雪" });
    assert_eq!(
        desk.refused(&desk.worker(), "cancelTeamActivity", off)
            .await
            .0,
        "ACTIVITY_UNDER_WAY"
    );
    desk.house.service.clock.advance(TimeDelta::hours(9));
    let out = step(&desk, &zhao(), "checkOutSignup", of(&signup)).await;
    assert_eq!(
        out["outAt"], "2026-03-03T04:00:00+00:00",
        "minutes end with the activity"
    );
    // The person served confirms; the lead does not do it for them.
    assert_eq!(
        desk.refused(&desk.worker(), "confirmSignup", of(&signup))
            .await
            .0,
        "FORBIDDEN"
    );
    assert_eq!(
        desk.refused(&zhao(), "confirmSignup", of(&signup)).await.0,
        "FORBIDDEN"
    );
    let done = desk
        .done(
            &elder(),
            "confirmSignup",
            of(&signup),
            "signup { state record { minutes activity } }",
        )
        .await;
    assert_eq!(
        done["signup"],
        json!({ "state": "RECORDED", "record": { "minutes": 180, "activity": "TEAM_ACTIVITY" } })
    );
    assert_eq!(
        desk.refused(&elder(), "confirmSignup", of(&signup)).await.0,
        "SIGNUP_STATE"
    );
    let mine = desk.read(&zhao(), "{ mySignups { nodes { state activity { title } } } myVolunteerRecords(first: 5) { nodes { minutes } } }").await;
    assert_eq!(
        mine["mySignups"]["nodes"],
        json!([{ "state": "RECORDED", "activity": { "title": "陪同就医" } }])
    );
    assert_eq!(
        mine["myVolunteerRecords"]["nodes"],
        json!([{ "minutes": 180 }])
    );
    let told =
        "SELECT count(*) FROM kit.outbox WHERE subject = 'socialwork.volunteer_record.recorded'";
    assert_eq!(desk.house.count(told).await, 1);

    // Who signed up is for the lead.
    let query = format!(
        "{{ teamActivity(id: {}) {{ matched signups {{ nodes {{ state }} }} }} }}",
        activity["id"]
    );
    assert_eq!(
        desk.read(&nobody(), &query).await["teamActivity"],
        json!({ "matched": 1, "signups": null })
    );
    assert_eq!(
        desk.read(&desk.worker(), &query).await["teamActivity"]["signups"]["nodes"],
        json!([{ "state": "RECORDED" }])
    );
    desk.done(
        &zhao(),
        "leaveVolunteerTeam",
        which.clone(),
        "team { memberCount }",
    )
    .await;
    assert_eq!(
        desk.refused(&zhao(), "leaveVolunteerTeam", which.clone())
            .await
            .0,
        "TEAM_MEMBER_NOT_FOUND"
    );
    desk.done(
        &desk.worker(),
        "disbandVolunteerTeam",
        which.clone(),
        "team { disbandedAt }",
    )
    .await;
    assert_eq!(
        desk.refused(&zhao(), "joinVolunteerTeam", which).await.0,
        "TEAM_DISBANDED"
    );
    let mut later = publishing(&team);
    later["startsAt"] = json!("2026-04-03T01:00:00Z");
    later["endsAt"] = json!("2026-04-03T04:00:00Z");
    assert_eq!(
        desk.refused(&desk.worker(), "publishTeamActivity", later)
            .await
            .0,
        "TEAM_DISBANDED"
    );
}

#[tokio::test]
async fn risk_asks_for_training_and_insurance_and_a_minor_for_consent() {
    let desk = Desk::open().await;
    let team = team(&desk).await;
    let risky = activity(&desk, &team, &[("risk", json!(true))]).await;
    let volunteer = desk.house.volunteer(ZHAO, "key-zhao").await;
    assert_eq!(
        desk.refused(&zhao(), "signUpForActivity", on(&risky))
            .await
            .0,
        "VOLUNTEER_NOT_TRAINED"
    );
    desk.house.train(&volunteer, "key-train").await;
    let set = |day: &str| json!({ "volunteerId": volunteer["id"], "insuredUntil": day });
    desk.done(
        &staff(),
        "updateVolunteer",
        set("2026-03-02"),
        "volunteer { id }",
    )
    .await;
    assert_eq!(
        desk.refused(&zhao(), "signUpForActivity", on(&risky))
            .await
            .0,
        "VOLUNTEER_NOT_INSURED"
    );
    desk.done(
        &staff(),
        "updateVolunteer",
        set("2026-12-31"),
        "volunteer { id }",
    )
    .await;
    let signup = step(&desk, &zhao(), "signUpForActivity", on(&risky)).await;
    // Asked again when somebody is taken: the insurance may have ended.
    desk.done(
        &staff(),
        "updateVolunteer",
        set("2026-03-02"),
        "volunteer { id }",
    )
    .await;
    let accept = json!({ "signupId": signup["id"], "accepted": true });
    assert_eq!(
        desk.refused(&desk.worker(), "matchSignup", accept.clone())
            .await
            .0,
        "VOLUNTEER_NOT_INSURED"
    );
    desk.done(
        &staff(),
        "updateVolunteer",
        set("2026-12-31"),
        "volunteer { id }",
    )
    .await;
    assert_eq!(
        desk.refused(&zhao(), "matchSignup", accept.clone()).await.0,
        "FORBIDDEN"
    );
    step(&desk, &desk.worker(), "matchSignup", accept).await;
    assert_eq!(
        desk.refused(&chen(), "agreeSignup", of(&signup)).await.0,
        "SIGNUP_NOT_FOUND"
    );

    let safe = activity(&desk, &team, &[("title", json!("图书整理"))]).await;
    let young = desk.house.volunteer(TEEN, "key-teen").await;
    assert_eq!(
        desk.refused(&teen(), "signUpForActivity", on(&safe))
            .await
            .0,
        "MINOR_WITHOUT_CONSENT"
    );
    let consent = json!({ "volunteerId": young["id"], "guardianConsent": true });
    desk.done(&staff(), "updateVolunteer", consent, "volunteer { id }")
        .await;
    let teens = step(&desk, &teen(), "signUpForActivity", on(&safe)).await;
    let accept =
        |signup: &Value, accepted: bool| json!({ "signupId": signup["id"], "accepted": accepted });
    step(&desk, &desk.worker(), "matchSignup", accept(&teens, true)).await;
    desk.house.volunteer(CHEN, "key-chen-v").await;
    let late = step(&desk, &chen(), "signUpForActivity", on(&safe)).await;
    assert_eq!(
        desk.refused(&desk.worker(), "matchSignup", accept(&late, true))
            .await
            .0,
        "ACTIVITY_FULL"
    );
    assert_eq!(
        step(&desk, &desk.worker(), "matchSignup", accept(&late, false)).await["state"],
        "DECLINED"
    );
    assert_eq!(
        step(&desk, &teen(), "withdrawSignup", of(&teens)).await["state"],
        "WITHDRAWN"
    );
    step(&desk, &chen(), "signUpForActivity", on(&safe)).await;
}

#[tokio::test]
async fn an_activity_lies_ahead_and_is_recruited_for_before_anybody_signs_up() {
    let desk = Desk::open().await;
    desk.house.volunteer(ZHAO, "key-zhao").await;
    let team = team(&desk).await;
    for (field, value, refused, at) in [
        (
            "startsAt",
            json!("2026-03-01T01:00:00Z"),
            "ACTIVITY_HOURS",
            "input.endsAt",
        ),
        (
            "endsAt",
            json!("2026-03-05T01:00:00Z"),
            "ACTIVITY_HOURS",
            "input.endsAt",
        ),
        ("capacity", json!(0), "ACTIVITY_CAPACITY", "input.capacity"),
        ("place", json!(""), "TEXT_LENGTH", "input.place"),
    ] {
        let mut input = publishing(&team);
        input[field] = value;
        assert_eq!(
            desk.refused(&desk.worker(), "publishTeamActivity", input)
                .await,
            (refused.into(), at.into())
        );
    }
    assert_eq!(
        desk.refused(&desk.supervisor(), "publishTeamActivity", publishing(&team))
            .await
            .0,
        "FORBIDDEN"
    );
    let made = desk
        .done(
            &desk.worker(),
            "publishTeamActivity",
            publishing(&team),
            "activity { id }",
        )
        .await["activity"]
        .clone();
    assert_eq!(
        desk.refused(&zhao(), "signUpForActivity", on(&made))
            .await
            .0,
        "ACTIVITY_NOT_RECRUITING"
    );
    desk.done(
        &desk.worker(),
        "recruitForTeamActivity",
        on(&made),
        "activity { state }",
    )
    .await;
    assert_eq!(
        desk.refused(&desk.worker(), "recruitForTeamActivity", on(&made))
            .await
            .0,
        "ACTIVITY_STATE"
    );
    let list = "{ teamActivities(state: RECRUITING, upcoming: true) { nodes { title } } volunteerTeams { nodes { name } } }";
    let listed = desk.read(&nobody(), list).await;
    assert_eq!(
        listed["teamActivities"]["nodes"],
        json!([{ "title": "陪同就医" }])
    );
    assert_eq!(
        listed["volunteerTeams"]["nodes"],
        json!([{ "name": "银龄护航队" }])
    );
    let off = json!({ "activityId": made["id"], "reason": "下雪" });
    desk.done(
        &desk.worker(),
        "cancelTeamActivity",
        off.clone(),
        "activity { state reason }",
    )
    .await;
    assert_eq!(
        desk.refused(&desk.worker(), "cancelTeamActivity", off)
            .await
            .0,
        "ACTIVITY_STATE"
    );
    assert_eq!(
        desk.refused(&zhao(), "signUpForActivity", on(&made))
            .await
            .0,
        "ACTIVITY_NOT_RECRUITING"
    );
}

#[tokio::test]
async fn the_database_records_nothing_that_was_not_served_and_confirmed() {
    let desk = Desk::open().await;
    desk.house.volunteer(ZHAO, "key-zhao").await;
    let team = team(&desk).await;
    let activity = activity(
        &desk,
        &team,
        &[("recipientResidentId", json!(resident_id(ELDER)))],
    )
    .await;
    agreed(&desk, &activity).await;
    let record = "INSERT INTO volunteer_records (id, volunteer_id, activity, visit_id, order_id, contract_id, trace_id,
        in_at, out_at, confirmed_by, recorded_by, recorded_at) SELECT gen_random_uuid(), s.volunteer_id, 'TEAM_ACTIVITY',
        s.id, a.id, a.team_id, a.trace_id, '2026-03-03T01:00Z', '2026-03-03T02:00Z', gen_random_uuid(), 'x', now()
        FROM signups s JOIN team_activities a ON a.id = s.activity_id";
    assert_eq!(desk.by_hand(record).await, "SERVICE_NOT_CONFIRMED");
    let set = |rest: &str| format!("UPDATE signups SET {rest}");
    for (rest, refused) in [
        ("state = 'RECORDED'", "SIGNUP_STATE"),
        ("volunteer_id = gen_random_uuid()", "SIGNUP_FIXED"),
        ("state = 'CHECKED_IN'", "SIGNUP_TIMES"),
    ] {
        assert_eq!(desk.by_hand(&set(rest)).await, refused);
    }
    desk.hand("UPDATE volunteers SET active = false").await;
    assert_eq!(
        desk.by_hand(&set("state = 'CHECKED_IN', in_at = '2026-03-03T01:00Z'"))
            .await,
        "WORKER_INACTIVE"
    );
    desk.hand("UPDATE volunteers SET active = true").await;
    desk.hand(&set("state = 'CHECKED_IN', in_at = '2026-03-03T01:00Z'"))
        .await;
    assert_eq!(
        desk.by_hand(&set("in_at = '2026-03-03T00:00Z'")).await,
        "SIGNUP_FIXED"
    );
    desk.hand(&set("state = 'CHECKED_OUT', out_at = '2026-03-03T02:00Z'"))
        .await;
    assert_eq!(
        desk.by_hand(&set("state = 'CONFIRMED'")).await,
        "SIGNUP_CONFIRMED"
    );
    assert_eq!(
        desk.by_hand(&set(
            "state = 'CONFIRMED', confirmed_by = gen_random_uuid()"
        ))
        .await,
        "OTHER_RECIPIENT"
    );
    desk.hand(&set(&format!(
        "state = 'CONFIRMED', confirmed_by = '{ELDER}'"
    )))
    .await;
    assert_eq!(
        desk.by_hand(record).await,
        "SERVICE_NOT_CONFIRMED",
        "by somebody else"
    );
    assert_eq!(
        desk.by_hand(&set("state = 'RECORDED'")).await,
        "SIGNUP_RECORDED"
    );
    for (sql, refused) in [
        ("UPDATE team_activities SET title = '别的'", "ACTIVITY_FIXED"),
        ("UPDATE team_activities SET state = 'CANCELLED', reason = 'x'", "ACTIVITY_UNDER_WAY"),
        ("UPDATE team_activities SET state = 'PUBLISHED'", "ACTIVITY_FIXED"),
        ("INSERT INTO signups SELECT gen_random_uuid(), activity_id, volunteer_id, 'APPLIED', NULL, NULL, NULL, NULL, 1,
          now(), now() FROM signups", "SIGNUP_EXISTS"),
        ("INSERT INTO volunteer_teams SELECT gen_random_uuid(), community_id, division_code, lead_id, name, aim, NULL, now()
          FROM volunteer_teams", "TEAM_EXISTS"),
    ] {
        assert_eq!(desk.by_hand(sql).await, refused, "{sql}");
    }
}
