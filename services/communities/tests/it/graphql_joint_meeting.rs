//! Joint meetings of resident units through the real schema.

use chrono::TimeDelta;
use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    ground::{CITY, done, here, only, told},
    support::{House, nobody, raw, staff},
};

pub async fn unit(house: &House, name: &str) -> Value {
    let input =
        json!({ "communityId": here(house), "name": name, "kind": "SCHOOL", "resources": "操场" });
    done(
        house,
        &staff(),
        "registerResidentUnit",
        &input,
        "unit { id }",
    )
    .await["id"]
        .clone()
}

pub fn call(house: &House, period: &str) -> Value {
    let at = house.service.core.clock.now() + TimeDelta::days(3);
    json!({ "communityId": here(house), "period": period, "agenda": "资源共享", "place": "议事厅", "meetsAt": at })
}

pub async fn called(house: &House) -> Value {
    done(
        house,
        &staff(),
        "callJointMeeting",
        &call(house, "2026-Q1"),
        "meeting { id }",
    )
    .await["id"]
        .clone()
}

#[tokio::test]
async fn units_meet_agree_and_do_what_they_agreed_on() {
    let house = House::open().await;
    let (school, bank) = (
        unit(&house, "第三小学").await,
        unit(&house, "工商银行").await,
    );
    let id = called(&house).await;
    let again = told(
        &house,
        &staff(),
        "callJointMeeting",
        &call(&house, "2026-Q1"),
    )
    .await;
    assert_eq!(
        again,
        ("JOINT_MEETING_PERIOD".into(), json!("input.period"))
    );
    let odd = told(&house, &staff(), "callJointMeeting", &call(&house, "2026")).await;
    assert_eq!(odd, ("PERIOD_MALFORMED".into(), json!("input.period")));
    let hold = |units: Value| json!({ "meetingId": id, "unitIds": units, "resolutions": ["周末开放操场"] });
    assert_eq!(
        told(
            &house,
            &staff(),
            "holdJointMeeting",
            &hold(json!([school, bank]))
        )
        .await
        .0,
        "JOINT_MEETING_EARLY"
    );
    house.service.clock.advance(TimeDelta::days(3));
    assert_eq!(
        told(&house, &staff(), "holdJointMeeting", &hold(json!([school])))
            .await
            .0,
        "JOINT_MEETING_TOO_FEW"
    );
    let twice = told(
        &house,
        &staff(),
        "holdJointMeeting",
        &hold(json!([school, school])),
    )
    .await;
    assert_eq!(
        twice,
        ("JOINT_ATTENDANCE_ONCE".into(), json!("input.unitIds"))
    );
    let action = json!({ "meetingId": id, "unitId": school, "title": "公布开放时间", "dueOn": "2026-03-20" });
    assert_eq!(
        told(&house, &staff(), "addJointAction", &action).await.0,
        "JOINT_MEETING_NOT_HELD"
    );
    done(
        &house,
        &staff(),
        "holdJointMeeting",
        &hold(json!([school, bank])),
        "meeting { state }",
    )
    .await;
    let made =
        done(&house, &staff(), "addJointAction", &action, "action { id }").await["id"].clone();
    let minutes = json!({ "meetingId": id, "minutes": "议定周末开放操场" });
    done(
        &house,
        &staff(),
        "minuteJointMeeting",
        &minutes,
        "meeting { state }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "closeJointMeeting", &only(&id))
            .await
            .0,
        "JOINT_ACTIONS_OPEN"
    );
    house.service.clock.advance(TimeDelta::days(20));
    let late = "{ jointActions(filter: { overdue: true }) { nodes { id overdue } } }";
    let found = data(house.run(&nobody(), late, json!({})).await)["jointActions"]["nodes"].clone();
    assert_eq!(found, json!([{ "id": made, "overdue": true }]));
    let result = json!({ "actionId": made, "result": "已公布" });
    done(
        &house,
        &staff(),
        "completeJointAction",
        &result,
        "action { doneAt }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "completeJointAction", &result)
            .await
            .0,
        "JOINT_ACTION_DONE"
    );
    done(
        &house,
        &staff(),
        "closeJointMeeting",
        &only(&id),
        "meeting { state }",
    )
    .await;
    let query = "query($id: ID!) { jointMeeting(id: $id) { attending { name } resolutions actions { title } history { state } } }";
    let read = data(house.run(&nobody(), query, json!({ "id": id })).await)["jointMeeting"].clone();
    assert_eq!(read["attending"].as_array().unwrap().len(), 2);
    assert_eq!(read["resolutions"], json!(["周末开放操场"]));
    assert_eq!(read["history"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_community_whose_units_do_not_meet_is_seen() {
    let house = House::open().await;
    let query =
        format!("{{ overdueJointMeetings(divisionCode: \"{CITY}\") {{ name lastMetAt }} }}");
    let read = async || {
        data(house.run(&nobody(), &query, json!({})).await)["overdueJointMeetings"].clone()
    };
    assert_eq!(read().await, json!([]));
    house.service.clock.advance(TimeDelta::days(93));
    assert_eq!(
        read().await,
        json!([{ "name": "花园社区", "lastMetAt": null }])
    );
    let id = called(&house).await;
    house.service.clock.advance(TimeDelta::days(3));
    let units = json!([
        unit(&house, "第三小学").await,
        unit(&house, "工商银行").await
    ]);
    let hold = json!({ "meetingId": id, "unitIds": units, "resolutions": [] });
    done(
        &house,
        &staff(),
        "holdJointMeeting",
        &hold,
        "meeting { state }",
    )
    .await;
    assert_eq!(read().await, json!([]));
}

#[tokio::test]
async fn units_are_registered_once_and_leave_once() {
    let house = House::open().await;
    let id = unit(&house, "第三小学").await;
    let input = json!({ "communityId": here(&house), "name": "第三小学", "kind": "SCHOOL" });
    assert_eq!(
        told(&house, &staff(), "registerResidentUnit", &input).await,
        ("RESIDENT_UNIT_NAME".into(), json!("input.name"))
    );
    done(
        &house,
        &staff(),
        "retireResidentUnit",
        &only(&id),
        "unit { leftAt }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "retireResidentUnit", &only(&id))
            .await
            .0,
        "RESIDENT_UNIT_LEFT"
    );
    // One that has left comes to no meeting.
    let meeting = called(&house).await;
    house.service.clock.advance(TimeDelta::days(3));
    let hold = json!({ "meetingId": meeting, "unitIds": [id], "resolutions": [] });
    assert_eq!(
        told(&house, &staff(), "holdJointMeeting", &hold).await.0,
        "JOINT_UNIT"
    );
    done(
        &house,
        &staff(),
        "cancelJointMeeting",
        &only(&meeting),
        "meeting { state }",
    )
    .await;
    let id = raw(&meeting);
    let back = format!("UPDATE joint_meetings SET state = 'HELD' WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&back).await, "JOINT_MEETING_TOO_FEW");
    let silent = format!("UPDATE joint_meetings SET state = 'MINUTED' WHERE id = '{id}'");
    assert_eq!(house.refused_sql(&silent).await, "JOINT_MEETING_STATE");
    assert_eq!(
        house
            .refused_sql("UPDATE joint_meetings SET place = 'x'")
            .await,
        "JOINT_MEETING_ORIGIN"
    );
    for table in ["joint_attendance", "joint_resolutions"] {
        assert_eq!(
            house.refused_sql(&format!("DELETE FROM {table}")).await,
            "APPEND_ONLY"
        );
    }
}
