//! Money of filed organisations in custody, through the real schema.

use serde_json::{Value, json};

use crate::{
    steps::{account, colleague, community_centre, done, no, no_at, seen},
    support::{House, community_staff, keeper, manager, nobody, registrar},
};

const BOOK: &str = "account { balance entries { kind amount } requests { id state reason } }";

fn receive(account: &Value, amount: i64) -> Value {
    json!({ "accountId": account, "amount": amount, "subject": "首届公益创投资助",
        "evidence": "拨款凭证" })
}

fn request(account: &Value, amount: i64) -> Value {
    json!({ "accountId": account, "amount": amount, "purpose": "购买活动物资",
        "payee": "文具商店", "evidence": "报价单" })
}

#[tokio::test]
async fn money_comes_in_is_asked_for_and_paid_by_somebody_else() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    let filed = house.filed().await;
    let account = account(&house, &centre, &filed).await;
    done(
        &house,
        &keeper(),
        "receiveCustodyMoney",
        receive(&account, 50_000),
        BOOK,
    )
    .await;
    let mine = manager(&filed);
    let refused = no_at(
        &house,
        &mine,
        "requestCustodyPayment",
        request(&account, 50_001),
    )
    .await;
    assert_eq!(
        refused,
        ("MONEY_INSUFFICIENT".into(), "input.amount".into())
    );
    let made = done(
        &house,
        &mine,
        "requestCustodyPayment",
        request(&account, 20_000),
        BOOK,
    )
    .await;
    let asked = made["account"]["requests"][0]["id"].clone();
    let waiting = "custodyAccounts(filter: { waiting: true }) { nodes { id } }";
    let found = seen(&house, &community_staff(), waiting).await;
    assert_eq!(
        found["custodyAccounts"]["nodes"],
        json!([{ "id": account }])
    );
    let decide = json!({ "requestId": asked, "granted": true });
    let made = done(
        &house,
        &community_staff(),
        "decideCustodyPayment",
        decide.clone(),
        BOOK,
    )
    .await;
    assert_eq!(made["account"]["balance"], 30_000);
    assert_eq!(
        made["account"]["entries"],
        json!([{ "kind": "CUSTODY_RECEIVED", "amount": 50_000 },
            { "kind": "CUSTODY_PAID", "amount": 20_000 }])
    );
    let refused = no(&house, &community_staff(), "decideCustodyPayment", decide).await;
    assert_eq!(refused, "STATE_MOVE");
    let which = json!({ "accountId": account });
    let refused = no(&house, &community_staff(), "closeCustodyAccount", which).await;
    assert_eq!(refused, "CUSTODY_NOT_EMPTY");
}

#[tokio::test]
async fn who_asked_does_not_decide_and_a_refusal_says_why() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    let filed = house.filed().await;
    let account = account(&house, &centre, &filed).await;
    done(
        &house,
        &keeper(),
        "receiveCustodyMoney",
        receive(&account, 50_000),
        BOOK,
    )
    .await;
    let staff = community_staff();
    let made = done(
        &house,
        &staff,
        "requestCustodyPayment",
        request(&account, 20_000),
        BOOK,
    )
    .await;
    let asked = made["account"]["requests"][0]["id"].clone();
    let decide = |granted: bool| json!({ "requestId": asked, "granted": granted });
    let refused = no(&house, &staff, "decideCustodyPayment", decide(true)).await;
    assert_eq!(refused, "CUSTODY_TWO_PEOPLE");
    let refused = no_at(&house, &colleague(), "decideCustodyPayment", decide(false)).await;
    assert_eq!(refused, ("REASON_MISSING".into(), "input.reason".into()));
    let mut why = decide(false);
    why["reason"] = json!("不属于项目预算");
    let made = done(&house, &colleague(), "decideCustodyPayment", why, BOOK).await;
    assert_eq!(made["account"]["requests"][0]["state"], "REFUSED");
    assert_eq!(made["account"]["balance"], 50_000);
}

#[tokio::test]
async fn two_requests_cannot_spend_the_same_money() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    let filed = house.filed().await;
    let account = account(&house, &centre, &filed).await;
    done(
        &house,
        &keeper(),
        "receiveCustodyMoney",
        receive(&account, 50_000),
        BOOK,
    )
    .await;
    let mine = manager(&filed);
    done(
        &house,
        &mine,
        "requestCustodyPayment",
        request(&account, 30_000),
        BOOK,
    )
    .await;
    let made = done(
        &house,
        &mine,
        "requestCustodyPayment",
        request(&account, 30_000),
        BOOK,
    )
    .await;
    let asked =
        |at: usize| json!({ "requestId": made["account"]["requests"][at]["id"], "granted": true });
    done(&house, &keeper(), "decideCustodyPayment", asked(0), BOOK).await;
    let refused = no(&house, &keeper(), "decideCustodyPayment", asked(1)).await;
    assert_eq!(refused, "MONEY_INSUFFICIENT");
}

#[tokio::test]
async fn money_is_kept_for_filed_organisations_by_their_own_community() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    let (filed, registered) = (house.filed().await, house.registered(1).await);
    let open = |body: &Value| json!({ "centreId": centre, "organizationId": body["id"] });
    let staff = community_staff();
    let refused = no_at(&house, &staff, "openCustodyAccount", open(&registered)).await;
    assert_eq!(
        refused,
        ("CUSTODY_ONLY_FILED".into(), "input.organizationId".into())
    );
    let first = account(&house, &centre, &filed).await;
    let refused = no(&house, &staff, "openCustodyAccount", open(&filed)).await;
    assert_eq!(refused, "CUSTODY_ACCOUNT_EXISTS");
    let which = json!({ "accountId": first });
    let closed = done(
        &house,
        &staff,
        "closeCustodyAccount",
        which,
        "account { closedOn }",
    )
    .await;
    assert_eq!(closed["account"]["closedOn"], "2026-03-02");
    let refused = no(&house, &keeper(), "receiveCustodyMoney", receive(&first, 1)).await;
    assert_eq!(refused, "CUSTODY_CLOSED");
    account(&house, &centre, &filed).await;
}

#[tokio::test]
async fn an_account_is_seen_by_its_own_and_the_place_and_booked_by_the_keeper() {
    let house = House::open().await;
    let centre = community_centre(&house, 0).await;
    let (filed, other) = (house.filed().await, house.registered(1).await);
    let account = account(&house, &centre, &filed).await;
    let query = format!("custodyAccount(id: {account}) {{ balance }}");
    for (who, expected) in [
        (manager(&filed), true),
        (keeper(), true),
        (registrar(), true),
        (manager(&other), false),
        (nobody(), false),
    ] {
        let found = seen(&house, &who, &query).await;
        assert_eq!(
            !found["custodyAccount"].is_null(),
            expected,
            "{:?}",
            who.actor
        );
    }
    for who in [manager(&filed), community_staff(), registrar()] {
        let refused = no(&house, &who, "receiveCustodyMoney", receive(&account, 1)).await;
        assert_eq!(refused, "FORBIDDEN");
    }
}
