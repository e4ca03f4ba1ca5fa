//! The whole way, from the need to the last payment.

use serde_json::json;

use crate::{
    steps::kind_of,
    support::{
        House, elder, elder_uuid, fund_manager, manager, nobody, officer, resident_id, staff,
    },
};

#[tokio::test]
async fn goes_from_a_need_to_the_last_payment() {
    let house = House::open().await;
    let (contract, milestones, fund) = house.submitted().await;
    assert_eq!(kind_of(&contract), "contract");
    for n in 0..2 {
        let input = json!({ "milestoneId": milestones[0], "satisfied": true, "comment": "饭菜热" });
        house
            .act(
                &elder(n),
                "signAcceptance",
                &input,
                "milestone { signatureCount }",
            )
            .await;
    }
    let input = json!({ "milestoneId": milestones[0] });
    house
        .act(&officer(), "acceptMilestone", &input, "milestone { state }")
        .await;
    let want = "payment { amount } milestone { state }";
    let paid = house
        .act(&fund_manager(), "payMilestone", &input, want)
        .await;
    assert_eq!(paid["payment"]["amount"], 160_000);
    assert_eq!(paid["milestone"]["state"], "PAID");

    house.deliver(300, 3);
    let input = json!({ "milestoneId": milestones[1] });
    house
        .act(
            &manager(0),
            "submitMilestone",
            &input,
            "milestone { state }",
        )
        .await;
    house
        .act(
            &elder(0),
            "signAcceptance",
            &json!({ "milestoneId": milestones[1], "satisfied": true }),
            "milestone { state }",
        )
        .await;
    let on_paper = json!({
        "milestoneId": milestones[1], "satisfied": true, "residentId": resident_id(elder_uuid(2)),
    });
    house
        .act(&staff(), "signAcceptance", &on_paper, "milestone { state }")
        .await;
    house
        .act(&officer(), "acceptMilestone", &input, "milestone { state }")
        .await;
    house
        .act(
            &fund_manager(),
            "payMilestone",
            &input,
            "payment { amount }",
        )
        .await;

    // Anybody may see what became of the money.
    let query = "query($c: ID!, $f: ID!) {
        contract(id: $c) { state amount payments { amount } tender { state
            need { state } ranking { rank total } award { amount organization { id } }
            panel { size members { expert { name } } seed } scoreSheets { scores { score } } } }
        fund(id: $f) { appropriated available reserved committed paid } }";
    let seen = house
        .ask(&nobody(), query, json!({ "c": contract, "f": fund }))
        .await;
    assert_eq!(seen["contract"]["state"], "COMPLETED");
    assert_eq!(seen["contract"]["amount"], 400_000);
    assert_eq!(seen["contract"]["tender"]["need"]["state"], "FULFILLED");
    assert_eq!(
        seen["contract"]["tender"]["panel"]["members"][0]["expert"]["name"],
        "专家"
    );
    assert_eq!(
        seen["fund"],
        json!({
            "appropriated": 1_000_000, "available": 600_000, "reserved": 0, "committed": 0,
            "paid": 400_000,
        })
    );

    let told: Vec<(String, Option<bool>)> = sqlx::query_as(
        "SELECT subject, (data ->> 'final')::boolean FROM kit.outbox ORDER BY position",
    )
    .fetch_all(&house.service.db.owner)
    .await
    .unwrap();
    let told: Vec<(&str, Option<bool>)> = told
        .iter()
        .map(|(subject, last)| (subject.as_str(), *last))
        .collect();
    assert_eq!(
        told,
        [
            ("procurement.tender.published", None),
            ("procurement.contract.signed", None),
            ("procurement.payment.made", Some(false)),
            ("procurement.payment.made", Some(true)),
        ]
    );
}
