//! The Party–mass platform through the real schema: the tree, members whom few
//! may see, check-ins, resources.

use kit::auth::Caller;
use serde_json::{Value, json};
use testkit::service::data;

use crate::{
    graphql_joint_meeting::unit,
    ground::{done, here, only, told},
    peers::{DEAD, STRANGER, WANG, adult},
    steps,
    support::{House, nobody, raw, resident_id, staff, voter, wang},
};

pub async fn organization(house: &House, kind: &str, parent: Option<&Value>) -> Value {
    let input =
        json!({ "communityId": here(house), "kind": kind, "name": kind, "parentId": parent });
    done(
        house,
        &staff(),
        "registerPartyOrganization",
        &input,
        "organization { id }",
    )
    .await["id"]
        .clone()
}

fn with_purpose(mut who: Caller) -> Caller {
    who.purpose = Some("组织生活通知".into());
    who
}

#[tokio::test]
async fn organisations_are_a_tree_under_one_committee() {
    let house = House::open().await;
    let committee = organization(&house, "COMMITTEE", None).await;
    let branch = organization(&house, "BRANCH", Some(&committee)).await;
    let group = organization(&house, "GRID_GROUP", Some(&branch)).await;
    let register = |kind: &str, parent: Value| json!({ "communityId": here(&house), "kind": kind, "name": "x", "parentId": parent });
    for (input, reason, field) in [
        (
            register("COMMITTEE", Value::Null),
            "PARTY_COMMITTEE",
            json!("input.kind"),
        ),
        (
            register("BRANCH", Value::Null),
            "PARTY_ORGANIZATION_PARENT",
            json!("input.parentId"),
        ),
        (
            register("GENERAL_BRANCH", branch.clone()),
            "PARTY_ORGANIZATION_PARENT",
            Value::Null,
        ),
    ] {
        assert_eq!(
            told(&house, &staff(), "registerPartyOrganization", &input).await,
            (reason.into(), field)
        );
    }
    assert_eq!(
        told(
            &house,
            &staff(),
            "dissolvePartyOrganization",
            &only(&branch)
        )
        .await
        .0,
        "PARTY_ORGANIZATION_IN_USE"
    );
    done(
        &house,
        &staff(),
        "dissolvePartyOrganization",
        &only(&group),
        "organization { active }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "dissolvePartyOrganization", &only(&group))
            .await
            .0,
        "PARTY_ORGANIZATION_GONE"
    );
    let moved = format!(
        "UPDATE party_organizations SET parent_id = NULL WHERE id = '{}'",
        raw(&branch)
    );
    assert_eq!(house.refused_sql(&moved).await, "PARTY_ORGANIZATION_ORIGIN");
}

#[tokio::test]
async fn members_are_seen_by_few_for_a_purpose_and_every_look_is_logged() {
    let house = House::open().await;
    let committee = organization(&house, "COMMITTEE", None).await;
    let add = |id, role: &str| json!({ "organizationId": committee, "residentId": resident_id(id), "role": role, "joinedOn": "2020-07-01" });
    let member = done(
        &house,
        &staff(),
        "addPartyMember",
        &add(WANG, "SECRETARY"),
        "member { id role }",
    )
    .await["id"]
        .clone();
    for (input, reason, field) in [
        (
            add(WANG, "MEMBER"),
            "PARTY_MEMBER_ONCE",
            json!("input.residentId"),
        ),
        (
            add(adult(1), "SECRETARY"),
            "PARTY_SECRETARY",
            json!("input.role"),
        ),
        (add(DEAD, "MEMBER"), "RESIDENT_NOT_LIVING_HERE", Value::Null),
        (
            add(STRANGER, "MEMBER"),
            "RESIDENT_OF_OTHER_COMMUNITY",
            json!("input.residentId"),
        ),
    ] {
        assert_eq!(
            told(&house, &staff(), "addPartyMember", &input).await,
            (reason.into(), field)
        );
    }
    let query =
        "query($id: ID!) { partyOrganization(id: $id) { name members { id resident { id } } } }";
    let look = async |who: &Caller| house.run(who, query, json!({ "id": committee })).await;
    for who in [nobody(), voter(0), with_purpose(voter(0))] {
        assert_eq!(
            look(&who).await["data"]["partyOrganization"]["members"],
            Value::Null,
            "{}",
            who.actor.subject
        );
    }
    assert_eq!(
        testkit::service::reason(&look(&staff()).await),
        "PURPOSE_REQUIRED"
    );
    let seen = data(look(&with_purpose(staff())).await)["partyOrganization"]["members"].clone();
    assert_eq!(seen[0]["resident"]["id"], resident_id(WANG));
    let logged = house
        .count("SELECT count(*) FROM kit.audit_log WHERE action = 'readPartyMember' AND purpose = '组织生活通知'")
        .await;
    assert_eq!(logged, 1);
    done(
        &house,
        &staff(),
        "removePartyMember",
        &only(&member),
        "member { leftOn }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "removePartyMember", &only(&member))
            .await
            .0,
        "PARTY_MEMBER_LEFT"
    );
    // Moved to another organisation afterwards.
    done(
        &house,
        &staff(),
        "addPartyMember",
        &add(WANG, "MEMBER"),
        "member { id }",
    )
    .await;
    let two = "INSERT INTO party_members SELECT gen_random_uuid(), organization_id, community_id, division_code, resident_id, 'MEMBER', joined_on, NULL, 1 FROM party_members WHERE left_on IS NULL";
    assert_eq!(house.refused_sql(two).await, "PARTY_MEMBER_ONCE");
}

#[tokio::test]
async fn a_member_reports_takes_up_a_need_and_is_rated() {
    let house = House::open().await;
    let chain = steps::verified(&house).await;
    let report = json!({ "communityId": here(&house), "residentId": resident_id(adult(3)), "offers": "周末送餐" });
    let made = done(
        &house,
        &voter(3),
        "registerCheckIn",
        &report,
        "checkIn { id state }",
    )
    .await["id"]
        .clone();
    assert_eq!(
        told(&house, &voter(4), "registerCheckIn", &report).await.0,
        "FORBIDDEN"
    );
    let both = json!({ "communityId": here(&house), "offers": "x" });
    assert_eq!(
        told(&house, &staff(), "registerCheckIn", &both).await,
        ("CHECK_IN_ONE_OF_TWO".into(), json!("input.unitId"))
    );
    let claim = json!({ "checkInId": made, "needId": chain.need });
    done(
        &house,
        &voter(3),
        "claimNeed",
        &claim,
        "checkIn { need { id } }",
    )
    .await;
    // Each need is taken up once, and only where somebody looked at it.
    let school = unit(&house, "第三小学").await;
    let second = json!({ "communityId": here(&house), "unitId": school, "offers": "食堂" });
    let second = done(
        &house,
        &staff(),
        "registerCheckIn",
        &second,
        "checkIn { id }",
    )
    .await["id"]
        .clone();
    let twice = json!({ "checkInId": second, "needId": chain.need });
    assert_eq!(
        told(&house, &staff(), "claimNeed", &twice).await,
        ("CHECK_IN_NEED".into(), json!("input.needId"))
    );
    let new = steps::reported(&house).await;
    let early = json!({ "checkInId": second, "needId": new.need });
    assert_eq!(
        told(&house, &staff(), "claimNeed", &early).await.0,
        "NEED_NOT_OPEN"
    );
    let rate = |stars: i32| json!({ "checkInId": made, "stars": stars });
    assert_eq!(
        told(&house, &wang(), "rateCheckIn", &rate(5)).await.0,
        "CHECK_IN_STATE"
    );
    let result = json!({ "checkInId": made, "result": "已送餐八次" });
    done(
        &house,
        &voter(3),
        "completeCheckIn",
        &result,
        "checkIn { state }",
    )
    .await;
    assert_eq!(
        told(&house, &voter(3), "rateCheckIn", &rate(5)).await.0,
        "FORBIDDEN"
    );
    assert_eq!(
        told(&house, &wang(), "rateCheckIn", &rate(6)).await,
        ("STARS_RANGE".into(), json!("input.stars"))
    );
    done(
        &house,
        &wang(),
        "rateCheckIn",
        &rate(5),
        "checkIn { stars }",
    )
    .await;
    // Who reported is not for everybody to see.
    let query = "query($id: ID!) { checkIn(id: $id) { state } checkIns { nodes { id } } }";
    for (who, many) in [(staff(), 2), (voter(3), 1), (voter(5), 0), (nobody(), 0)] {
        let found = data(house.run(&who, query, json!({ "id": made })).await);
        assert_eq!(
            found["checkIn"].is_object(),
            many > 0,
            "{}",
            who.actor.subject
        );
        assert_eq!(found["checkIns"]["nodes"].as_array().unwrap().len(), many);
    }
    done(
        &house,
        &staff(),
        "withdrawCheckIn",
        &only(&second),
        "checkIn { state }",
    )
    .await;
    assert_eq!(
        house.refused_sql("UPDATE check_ins SET offers = 'x'").await,
        "CHECK_IN_ORIGIN"
    );
    let rated = format!(
        "UPDATE check_ins SET stars = NULL WHERE id = '{}'",
        raw(&made)
    );
    assert_eq!(house.refused_sql(&rated).await, "CHECK_IN_RATED");
}

#[tokio::test]
async fn what_a_unit_offers_meets_a_need() {
    let house = House::open().await;
    let chain = steps::verified(&house).await;
    let school = unit(&house, "第三小学").await;
    let input = json!({ "unitId": school, "kind": "VENUE", "description": "食堂可供午餐" });
    let id = done(
        &house,
        &staff(),
        "offerUnitResource",
        &input,
        "offer { id }",
    )
    .await["id"]
        .clone();
    let meets = json!({ "offerId": id, "needId": chain.need });
    done(
        &house,
        &staff(),
        "matchUnitOffer",
        &meets,
        "offer { state need { id } }",
    )
    .await;
    assert_eq!(
        told(&house, &staff(), "withdrawUnitOffer", &only(&id))
            .await
            .0,
        "RESOURCE_OFFER_STATE"
    );
    let free = done(
        &house,
        &staff(),
        "unmatchUnitOffer",
        &only(&id),
        "offer { state need { id } }",
    )
    .await;
    assert_eq!(
        (&free["state"], &free["need"]),
        (&json!("OFFERED"), &Value::Null)
    );
    done(
        &house,
        &staff(),
        "matchUnitOffer",
        &meets,
        "offer { state }",
    )
    .await;
    let result = json!({ "offerId": id, "result": "每日供餐 30 份" });
    let delivered = done(
        &house,
        &staff(),
        "deliverUnitOffer",
        &result,
        "offer { state history { state } }",
    )
    .await;
    assert_eq!(delivered["history"].as_array().unwrap().len(), 5);
    let query =
        "{ unitOffers(filter: { kind: VENUE, state: DELIVERED }) { nodes { description } } }";
    let found = data(house.run(&nobody(), query, json!({})).await)["unitOffers"]["nodes"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1);
    let other = done(
        &house,
        &staff(),
        "offerUnitResource",
        &input,
        "offer { id }",
    )
    .await["id"]
        .clone();
    done(
        &house,
        &staff(),
        "withdrawUnitOffer",
        &only(&other),
        "offer { state }",
    )
    .await;
    assert_eq!(
        house
            .refused_sql("UPDATE resource_offers SET description = 'x'")
            .await,
        "RESOURCE_OFFER_ORIGIN"
    );
}
