//! Every mutation refuses nobody in particular, the wrong role and another
//! division; a new action without a case is noticed.

use kit::auth::{Caller, Role};
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    peers::{COMMUNITY_CODE, ELSEWHERE},
    steps::{need_input, sealed, tender_input},
    support::{House, nobody, org_id},
};

/// A volunteer of the same community: somebody, but nobody for this service.
fn wrong() -> Caller {
    caller(Role::Volunteer, COMMUNITY_CODE)
}

fn elsewhere() -> Caller {
    let mut caller = caller(Role::ProcurementOfficer, ELSEWHERE);
    for role in [
        Role::FundManager,
        Role::CivilAffairs,
        Role::CommunityStaff,
        Role::OrgManager,
    ] {
        caller.actor.roles.insert(role);
    }
    caller.actor.resident_id = Some(uuid::Uuid::from_u128(0xbad));
    caller
}

async fn refuses(house: &House, verb: &str, input: &Value, bound_to_division: bool) {
    assert_eq!(
        house.refused(&nobody(), verb, input).await,
        "UNAUTHENTICATED",
        "{verb}"
    );
    assert_eq!(
        house.refused(&wrong(), verb, input).await,
        "FORBIDDEN",
        "{verb}"
    );
    if bound_to_division {
        assert_eq!(
            house.refused(&elsewhere(), verb, input).await,
            "FORBIDDEN",
            "{verb}"
        );
    }
}

#[tokio::test]
async fn funds_needs_and_tenders_are_for_their_own_people() {
    let house = House::open().await;
    let (need, fund) = house.reserved().await;
    refuses(
        &house,
        "createFund",
        &json!({ "name": "资金", "divisionCode": COMMUNITY_CODE }),
        true,
    )
    .await;
    let money = json!({ "fundId": fund, "amount": 1, "document": "文" });
    refuses(&house, "appropriateFund", &money, true).await;
    refuses(&house, "raiseNeed", &need_input("SERVICE_UNIT"), true).await;
    let held = json!({ "needId": need, "fundId": fund, "amount": 1 });
    refuses(&house, "reserveBudget", &held, true).await;
    refuses(&house, "createTender", &tender_input(&need), true).await;
    refuses(
        &house,
        "registerExpert",
        &json!({ "specialty": "养老" }),
        false,
    )
    .await;
}

#[tokio::test]
async fn the_steps_of_a_tender_are_for_the_officer_of_the_division() {
    let house = House::open().await;
    let (tender, fund, bids, members) = house.seated().await;
    let plain = json!({ "tenderId": tender });
    for verb in ["openTender", "finishOpening", "rankTender", "publishAward"] {
        refuses(&house, verb, &plain, true).await;
    }
    refuses(&house, "publishTender", &house.notice(&tender), true).await;
    let later = json!({ "tenderId": tender, "closesAt": house.in_days(40) });
    refuses(&house, "extendTender", &later, true).await;
    refuses(
        &house,
        "clarifyTender",
        &json!({ "tenderId": tender, "text": "澄清" }),
        true,
    )
    .await;
    refuses(
        &house,
        "abandonTender",
        &json!({ "tenderId": tender, "reason": "无" }),
        true,
    )
    .await;
    refuses(
        &house,
        "formPanel",
        &House::panel_input(&tender, &members[0]),
        true,
    )
    .await;
    refuses(
        &house,
        "qualifyBid",
        &json!({ "bidId": bids[0].id, "passed": true }),
        true,
    )
    .await;
    let award = json!({ "tenderId": tender, "bidId": bids[0].id });
    refuses(&house, "awardTender", &award, true).await;
    let sign = json!({ "tenderId": tender, "fundId": fund });
    refuses(&house, "signContract", &sign, true).await;
    // Scoring and declaring go with the person, not with a division.
    let sheet = house.sheet(&tender, &bids, 80).await;
    refuses(&house, "submitScores", &sheet, false).await;
    refuses(&house, "lockScoreSheet", &plain, false).await;
    let tie = json!({ "expertId": members[0], "organizationId": org_id(0), "kind": "OWNER" });
    refuses(&house, "declareRelation", &tie, false).await;
    // Bids go with the organisation.
    let (envelope, key) = sealed(&tender, 0, "{}");
    let submit = json!({ "tenderId": tender, "organizationId": org_id(0), "envelope": envelope });
    refuses(&house, "submitBid", &submit, true).await;
    refuses(&house, "withdrawBid", &json!({ "bidId": bids[0].id }), true).await;
    let open = json!({ "bidId": bids[0].id, "key": &*key.to_text() });
    refuses(&house, "unsealBid", &open, true).await;
}

#[tokio::test]
async fn the_steps_of_a_milestone_are_for_their_own_people() {
    let house = House::open().await;
    let (_, milestones, _) = house.submitted().await;
    let plain = json!({ "milestoneId": milestones[0] });
    for verb in ["submitMilestone", "acceptMilestone", "payMilestone"] {
        refuses(&house, verb, &plain, true).await;
    }
    let for_elder = json!({
        "milestoneId": milestones[0], "satisfied": true,
        "residentId": crate::support::resident_id(crate::support::elder_uuid(0)),
    });
    refuses(&house, "signAcceptance", &for_elder, true).await;
}

#[tokio::test]
async fn every_action_of_the_policies_has_a_case() {
    let house = House::open().await;
    // Reading is covered beside the fields it opens.
    let reads = [
        "readTender",
        "readTenderFile",
        "readFundEntries",
        "readExpert",
        "readSignature",
    ];
    let source = include_str!("graphql_reach.rs");
    let actions = house.state.core.policies.actions();
    let without: Vec<&str> = actions
        .filter(|action| !reads.contains(action) && !source.contains(action))
        .collect();
    assert!(without.is_empty(), "no authorisation case: {without:?}");
}
