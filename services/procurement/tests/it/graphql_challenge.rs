//! Challenges and complaints: who, within which days, and what they hold up.

use kit::auth::Role;
use serde_json::{Value, json};
use testkit::service::caller;

use crate::{
    peers::COMMUNITY_CODE,
    support::{House, manager, nobody, officer, org_id, uuid_of},
};

fn authority() -> kit::auth::Caller {
    caller(Role::Auditor, COMMUNITY_CODE)
}

pub fn challenge(tender: &Value, org: u128, subject: &str) -> Value {
    json!({
        "tenderId": tender, "organizationId": org_id(org), "subject": subject,
        "facts": "评分与公布的标准不符", "request": "重新评审",
    })
}

impl House {
    /// A challenge against the result, raised by the second bidder: its id.
    pub async fn challenged(&self, tender: &Value) -> Value {
        let input = challenge(tender, 1, "RESULT");
        let want = "challenge { id }";
        self.act(&manager(1), "raiseChallenge", &input, want).await["challenge"]["id"].clone()
    }
}

#[tokio::test]
async fn an_open_challenge_holds_the_signing_up_and_its_time_stands_still() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let one = house.challenged(&tender).await;
    house.wait_days(3);
    let sign = json!({ "tenderId": tender, "fundId": fund });
    assert_eq!(
        house.refused(&officer(), "signContract", &sign).await,
        "CONTRACT_SUSPENDED"
    );
    // Beyond the thirty days for signing, of which the challenge took thirty.
    house.wait_days(27);
    let dismissed = json!({ "challengeId": one, "upheld": false, "answer": "经核查,评分无误" });
    let want = "challenge { state answeredInTime }";
    let after = house
        .act(&officer(), "answerChallenge", &dismissed, want)
        .await["challenge"]
        .clone();
    assert_eq!(
        after,
        json!({ "state": "DISMISSED", "answeredInTime": false })
    );
    house.wait_days(10);
    house
        .act(&officer(), "signContract", &sign, "contract { id }")
        .await;
}

#[tokio::test]
async fn an_upheld_challenge_ends_the_signing_and_is_a_ground_to_abandon() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let one = house.challenged(&tender).await;
    let odd = json!({ "challengeId": one, "upheld": false, "affectsResult": true, "answer": "否" });
    assert_eq!(
        house.refused_at(&officer(), "answerChallenge", &odd).await,
        (
            "DISMISSED_AFFECTS_RESULT".into(),
            "input.affectsResult".into()
        )
    );
    let upheld =
        json!({ "challengeId": one, "upheld": true, "affectsResult": true, "answer": "评分有误" });
    house
        .act(&officer(), "answerChallenge", &upheld, "challenge { id }")
        .await;
    let again = house.refused(&officer(), "answerChallenge", &upheld).await;
    assert_eq!(again, "CHALLENGE_STATE");
    house.wait_days(3);
    let sign = json!({ "tenderId": tender, "fundId": fund });
    assert_eq!(
        house.refused(&officer(), "signContract", &sign).await,
        "CHALLENGE_UPHELD"
    );
    let why = json!({ "tenderId": tender, "reason": "质疑成立", "ground": "CHALLENGE_UPHELD" });
    house
        .act(&officer(), "abandonTender", &why, "tender { state }")
        .await;
}

#[tokio::test]
async fn who_challenges_what_and_until_when() {
    let house = House::open().await;
    let (tender, _, _) = house.ranked().await;
    let house = &house;
    let refused = async |org: u128, subject: &str| {
        house
            .refused_at(
                &manager(org),
                "raiseChallenge",
                &challenge(&tender, org, subject),
            )
            .await
    };
    assert_eq!(
        refused(1, "RESULT").await,
        ("CHALLENGE_NOT_DUE".into(), "input.subject".into())
    );
    assert_eq!(
        refused(4, "PROCESS").await,
        (
            "CHALLENGER_DID_NOT_BID".into(),
            "input.organizationId".into()
        )
    );
    // The documents were offered until more than seven working days ago.
    assert_eq!(
        refused(4, "DOCUMENTS").await,
        ("CHALLENGE_TOO_LATE".into(), "input.subject".into())
    );
    let own = challenge(&tender, 1, "PROCESS");
    assert_eq!(
        house.refused(&manager(2), "raiseChallenge", &own).await,
        "FORBIDDEN"
    );
    house
        .act(&manager(1), "raiseChallenge", &own, "challenge { id }")
        .await;
    assert_eq!(
        refused(1, "PROCESS").await,
        ("CHALLENGE_EXISTS".into(), "input.subject".into())
    );
    house.wait_days(12);
    assert_eq!(
        refused(2, "PROCESS").await,
        ("CHALLENGE_TOO_LATE".into(), "input.subject".into())
    );
}

#[tokio::test]
async fn why_somebody_challenges_is_public_with_the_answer() {
    let house = House::open().await;
    let (tender, _) = house.told().await;
    let one = house.challenged(&tender).await;
    let query = "query($id: ID!) { challenge(id: $id) { state facts organization { id } answer } }";
    let house = &house;
    let seen = async |who: kit::auth::Caller| {
        house.ask(&who, query, json!({ "id": one })).await["challenge"].clone()
    };
    for outside in [nobody(), manager(2)] {
        let shown = seen(outside).await;
        assert_eq!(
            (&shown["state"], &shown["facts"], &shown["organization"]),
            (&json!("RAISED"), &json!(null), &json!(null))
        );
    }
    for inside in [manager(1), officer(), authority()] {
        assert_eq!(seen(inside).await["facts"], "评分与公布的标准不符");
    }
    let late = "{ challenges(first: 5, overdue: true) { nodes { id overdue } } }";
    let list = async || house.ask(&nobody(), late, json!({})).await["challenges"]["nodes"].clone();
    assert_eq!(list().await, json!([]));
    house.wait_days(14);
    assert_eq!(list().await, json!([{ "id": one, "overdue": true }]));
    let answer = json!({ "challengeId": one, "upheld": false, "answer": "评分无误" });
    house
        .act(&officer(), "answerChallenge", &answer, "challenge { id }")
        .await;
    let shown = seen(nobody()).await;
    assert_eq!(
        (&shown["facts"], &shown["answer"]),
        (&json!("评分与公布的标准不符"), &json!("评分无误"))
    );
    assert_eq!(shown["organization"]["id"], org_id(1));
    let tender = house
        .ask(
            &nobody(),
            "query($id: ID!) { tender(id: $id) { challenges { state } } }",
            json!({ "id": tender }),
        )
        .await;
    assert_eq!(
        tender["tender"]["challenges"],
        json!([{ "state": "DISMISSED" }])
    );
}

#[tokio::test]
async fn a_complaint_follows_the_answer_is_suspended_once_and_decided_by_another() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let one = house.challenged(&tender).await;
    let file = json!({ "challengeId": one, "ground": "对答复不满意" });
    assert_eq!(
        house.refused_at(&manager(1), "fileComplaint", &file).await,
        ("COMPLAINT_BEFORE_ANSWER".into(), "input.challengeId".into())
    );
    let answer = json!({ "challengeId": one, "upheld": false, "answer": "评分无误" });
    house
        .act(&officer(), "answerChallenge", &answer, "challenge { id }")
        .await;
    let made = house
        .act(&manager(1), "fileComplaint", &file, "complaint { id }")
        .await["complaint"]["id"]
        .clone();
    let twice = house.refused_at(&manager(1), "fileComplaint", &file).await;
    assert_eq!(
        twice,
        ("COMPLAINT_EXISTS".into(), "input.challengeId".into())
    );
    let order = |days: i64| json!({ "complaintId": made, "until": house.in_days(days), "reason": "调查期间暂停" });
    for (days, reason) in [(31, "SUSPENSION_TOO_LONG"), (-1, "SUSPENSION_IN_THE_PAST")] {
        assert_eq!(
            house
                .refused_at(&authority(), "suspendSigning", &order(days))
                .await,
            (reason.into(), "input.until".into())
        );
    }
    house
        .act(
            &authority(),
            "suspendSigning",
            &order(20),
            "complaint { id }",
        )
        .await;
    assert_eq!(
        house
            .refused(&authority(), "suspendSigning", &order(5))
            .await,
        "SIGNING_ALREADY_SUSPENDED"
    );
    house.wait_days(5);
    let sign = json!({ "tenderId": tender, "fundId": fund });
    assert_eq!(
        house.refused(&officer(), "signContract", &sign).await,
        "CONTRACT_SUSPENDED"
    );
    let decision = json!({ "complaintId": made, "upheld": false, "decision": "驳回投诉" });
    let mut both = authority();
    both.actor.subject = officer().actor.subject;
    assert_eq!(
        house.refused(&both, "decideComplaint", &decision).await,
        "COMPLAINT_OF_ANSWERER"
    );
    let want = "complaint { state decidedInTime ground }";
    let after = house
        .act(&authority(), "decideComplaint", &decision, want)
        .await["complaint"]
        .clone();
    assert_eq!(
        after,
        json!({ "state": "DISMISSED", "decidedInTime": true, "ground": "对答复不满意" })
    );
    house
        .act(&officer(), "signContract", &sign, "contract { id }")
        .await;
}

#[tokio::test]
async fn a_complaint_upheld_after_the_signature_lets_the_buyer_end_the_contract() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let one = house.challenged(&tender).await;
    let answer = json!({ "challengeId": one, "upheld": false, "answer": "评分无误" });
    house
        .act(&officer(), "answerChallenge", &answer, "challenge { id }")
        .await;
    house.wait_days(3);
    let sign = json!({ "tenderId": tender, "fundId": fund });
    let contract = house
        .act(&officer(), "signContract", &sign, "contract { id }")
        .await["contract"]["id"]
        .clone();
    let file = json!({ "challengeId": one, "ground": "对答复不满意" });
    let made = house
        .act(&manager(1), "fileComplaint", &file, "complaint { id }")
        .await["complaint"]["id"]
        .clone();
    let decision = json!({
        "complaintId": made, "upheld": true, "affectsResult": true, "decision": "中标无效",
    });
    house
        .act(
            &authority(),
            "decideComplaint",
            &decision,
            "complaint { id }",
        )
        .await;
    let end = json!({ "contractId": contract, "ground": "UNLAWFUL", "reason": "中标无效" });
    let id = house
        .act(&officer(), "proposeTermination", &end, "termination { id }")
        .await["termination"]["id"]
        .clone();
    let said = json!({ "terminationId": id, "agrees": false, "statement": "无异议" });
    house
        .act(
            &manager(0),
            "answerTermination",
            &said,
            "termination { id }",
        )
        .await;
    let want = "termination { contract { state } }";
    let id = json!({ "terminationId": id });
    let after = house.act(&officer(), "executeTermination", &id, want).await;
    assert_eq!(after["termination"]["contract"]["state"], "TERMINATED");
}

#[tokio::test]
async fn an_overdue_answer_opens_the_complaint_and_so_many_days_close_it() {
    let house = House::open().await;
    let (tender, _) = house.told().await;
    let one = house.challenged(&tender).await;
    let file = json!({ "challengeId": one, "ground": "逾期未答复" });
    house.wait_days(40);
    assert_eq!(
        house.refused_at(&manager(1), "fileComplaint", &file).await,
        ("COMPLAINT_TOO_LATE".into(), "input.challengeId".into())
    );
    let back = json!({ "challengeId": one });
    let want = "challenge { state }";
    let after = house
        .act(&manager(1), "withdrawChallenge", &back, want)
        .await;
    assert_eq!(after["challenge"]["state"], "WITHDRAWN");
    assert_eq!(
        house
            .refused_at(&manager(1), "fileComplaint", &file)
            .await
            .0,
        "COMPLAINT_BEFORE_ANSWER"
    );
}

#[tokio::test]
async fn the_database_keeps_the_days_and_what_was_said() {
    let house = House::open().await;
    let (tender, fund) = house.told().await;
    let one = house.challenged(&tender).await;
    let id = uuid_of(&one);
    let copy = |what: &str, at: &str| {
        format!(
            "INSERT INTO challenges (id, tender_id, division_code, organization_id, subject, facts, request,
                 raised_by, raised_at, known_at, answer_by, state, updated_at)
             SELECT gen_random_uuid(), tender_id, division_code, {what}, facts, request,
                 raised_by, {at}, known_at, {at} + interval '9 days', 'RAISED', updated_at FROM challenges"
        )
    };
    let bidder = "(SELECT organization_id FROM bids ORDER BY received_at DESC LIMIT 1), subject";
    for (sql, reason) in [
        (copy("gen_random_uuid(), subject", "raised_at"), "CHALLENGER_DID_NOT_BID"),
        (copy(bidder, "(known_at + interval '12 days')"), "CHALLENGE_TOO_LATE"),
        (copy("organization_id, 'PROCESS'", "raised_at"), "CHALLENGE_NOT_DUE"),
        (copy("organization_id, subject", "raised_at"), "CHALLENGE_EXISTS"),
        ("UPDATE challenges SET facts = 'x'".into(), "CHALLENGE_FIXED"),
        ("UPDATE challenges SET state = 'UPHELD', ended_at = now()".into(), "CHALLENGE_ANSWER_MISSING"),
        (
            format!(
                "INSERT INTO complaints (id, challenge_id, tender_id, ground, filed_by, filed_at, decide_by, state, updated_at)
                 SELECT id, id, tender_id, 'x', 'x', raised_at, answer_by, 'FILED', raised_at FROM challenges WHERE id = '{id}'"
            ),
            "COMPLAINT_BEFORE_ANSWER",
        ),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
    // Nor is a contract written by hand while one is open.
    house.wait_days(3);
    let back = json!({ "challengeId": one });
    let sign = json!({ "tenderId": tender, "fundId": fund });
    house
        .act(&manager(1), "withdrawChallenge", &back, "challenge { id }")
        .await;
    assert_eq!(
        house
            .refused_sql("UPDATE challenges SET state = 'RAISED', ended_at = NULL")
            .await,
        "CHALLENGE_FIXED"
    );
    house
        .act(&officer(), "signContract", &sign, "contract { id }")
        .await;
}
