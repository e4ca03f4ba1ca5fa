//! 公益创投: an organisation that is being incubated takes part in a round, from
//! its application to the last instalment, with every shortcut refused.

use chrono::TimeDelta;
use kit::auth::{Account, Actor, Role};
use sanshe::demo::{
    seed::{self, show, uuid_of},
    world::World,
};
use serde_json::{Value, json};

use crate::support::House;

const REVIEWERS: [&str; 5] = ["e1", "e2", "e3", "e4", "e5"];

/// What one applies with.
fn applying(world: &World, account: &str, requested: i64, elder_care: bool) -> Value {
    json!({
        "roundId": world.id("venture round").unwrap(), "organizationId": world.id(account).unwrap(),
        "communityId": world.id("community").unwrap(), "socialWorkerId": world.id("social worker").unwrap(),
        "title": format!("{account} 的项目"), "plan": "每周三次上门陪伴", "elderCare": elder_care,
        "beneficiaries": 50, "requested": requested,
    })
}

/// Hands in an application.
async fn apply(world: &mut World, account: &str, requested: i64) {
    let input = applying(world, account, requested, false);
    let made = world
        .act(account, "applyToVentureRound", input, "application { id }")
        .await
        .unwrap();
    let name = format!("application of {account}");
    world.keep(&name, made["application"].clone());
}

/// It must not be taken.
async fn may_not_apply(world: &mut World, account: &str, input: Value, reason: &str) {
    world
        .must_refuse(account, "applyToVentureRound", input, reason)
        .await
        .unwrap();
}

fn of(world: &World, account: &str) -> Value {
    world.id(&format!("application of {account}")).unwrap()
}

/// The round as anybody sees it.
async fn round(world: &World, want: &str) -> Value {
    let query = format!("query($id: ID!) {{ ventureRound(id: $id) {{ {want} }} }}");
    let id = json!({ "id": world.id("venture round").unwrap() });
    let seen = world.send(None, &query, id).await.unwrap();
    assert_eq!(seen.errors, Vec::<Value>::new());
    seen.data["ventureRound"].clone()
}

/// What the fund holds.
async fn money(world: &World) -> Value {
    let query = "query($id: ID!) { fund(id: $id) { available reserved committed paid } }";
    let id = json!({ "id": world.id("venture fund").unwrap() });
    world.send(None, query, id).await.unwrap().data["fund"].clone()
}

/// An expert who judges nothing of the round.
async fn outsider(world: &mut World) {
    let new = json!({ "name": "评估 e6", "specialty": "项目评估" });
    let made = world
        .act("officer", "registerExpert", new, "expert { id }")
        .await
        .unwrap();
    let mut actor = Actor::new("e6", [Role::Expert]);
    actor.expert_id = Some(uuid_of(&made["expert"]["id"]).unwrap());
    let account = Account {
        name: "e6".into(),
        title_zh: "评估专家".into(),
        actor,
    };
    world.desk().register(vec![account]).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incubated_organisation_wins_a_round_and_is_paid_once() {
    let house = House::open().await;
    let mut world = house.world();
    seed::seed(&mut world).await.unwrap();
    show::centre::seed(&mut world).await.unwrap();
    show::venture::seed(&mut world).await.unwrap();
    let incubated = world
        .ask(
            "staff",
            "{ incubatees(first: 5) { nodes { state organization { id } } } }",
            json!({}),
        )
        .await
        .unwrap();
    assert_eq!(
        incubated["incubatees"]["nodes"],
        json!([{ "state": "INCUBATING", "organization": { "id": world.id("org-d").unwrap() } }])
    );

    handed_in(&mut world).await;
    looked_at(&mut world).await;
    judged(&mut world).await;
    on_show(&mut world).await;
    signed(&mut world).await;
    paid(&mut world).await;
    house.platform.stop().await;
}

/// In time, once, under the cap, never by the operator.
async fn handed_in(world: &mut World) {
    for (account, requested, elder_care, reason) in [
        ("raiser", 100_000, false, "OPERATOR_APPLIES"),
        ("org-d", 300_001, false, "GRANT_ABOVE_CAP"),
        ("org-d", 100_000, true, "SUPPLIER_NOT_ELDER_CARE_CAPABLE"),
    ] {
        let input = applying(world, account, requested, elder_care);
        may_not_apply(world, account, input, reason).await;
    }
    let anothers = applying(world, "org-d", 100_000, false);
    may_not_apply(world, "org-a", anothers, "FORBIDDEN").await;
    for (account, requested) in [("org-d", 100_000), ("org-a", 200_000), ("org-b", 150_000)] {
        apply(world, account, requested).await;
    }
    let twice = applying(world, "org-d", 50_000, false);
    may_not_apply(world, "org-d", twice, "VENTURE_APPLICATION_EXISTS").await;
    let early = json!({ "applicationId": of(world, "org-d"), "passed": true });
    world
        .must_refuse(
            "raiser",
            "screenVentureApplication",
            early,
            "VENTURE_CALL_OPEN",
        )
        .await
        .unwrap();
    world.wait(TimeDelta::days(31)).await.unwrap();
    let late = applying(world, "org-c", 100_000, false);
    may_not_apply(world, "org-c", late, "VENTURE_CALL_CLOSED").await;
    // Nobody learns who applied before the totals are public.
    assert_eq!(
        round(world, "state operatorOutside applications { id }").await,
        json!({ "state": "CALLING", "operatorOutside": true, "applications": [] })
    );
}

/// Screened by the operator, visited by the county.
async fn looked_at(world: &mut World) {
    let today = kernel::china_date(world.desk().now().await.unwrap());
    for account in ["org-d", "org-a", "org-b"] {
        let one = of(world, account);
        let screen = json!({ "applicationId": one, "passed": true });
        let visit = json!({
            "applicationId": one, "passed": true, "visitedOn": today, "findings": "属实",
        });
        for (who, verb, input) in [
            ("raiser", "screenVentureApplication", screen),
            ("civil", "recordDueDiligence", visit),
        ] {
            world
                .act(who, verb, input, "application { state }")
                .await
                .unwrap();
        }
    }
}

/// Before five who are tied to nobody; the last lock publishes every total.
async fn judged(world: &mut World) {
    let round_id = world.id("venture round").unwrap();
    let seats = |world: &World, last: &str| -> Value {
        let mut names = REVIEWERS;
        names[4] = last;
        let ids = names.map(|name| world.id(name).unwrap());
        json!({ "roundId": world.id("venture round").unwrap(), "reviewerIds": ids })
    };
    // Employed by one of the applicants.
    let tied = seats(world, "tied");
    world
        .must_refuse(
            "civil",
            "beginVentureDefence",
            tied,
            "VENTURE_REVIEWER_CONFLICTED",
        )
        .await
        .unwrap();
    let fair = seats(world, "e5");
    world
        .act("civil", "beginVentureDefence", fair, "round { state }")
        .await
        .unwrap();

    let criteria = round(world, "criteria { id maxScore }").await["criteria"].clone();
    let which = json!({ "roundId": round_id });
    for (n, reviewer) in REVIEWERS.into_iter().enumerate() {
        // The last one is far off: the lowest of each project is dropped.
        let base = if n == 4 { 40 } else { 90 };
        let mut scores = Vec::new();
        for (below, account) in [(0, "org-d"), (10, "org-a"), (20, "org-b")] {
            for criterion in criteria.as_array().unwrap() {
                let most = criterion["maxScore"].as_i64().unwrap();
                scores.push(json!({
                    "applicationId": of(world, account), "criterionId": criterion["id"],
                    "score": (base - below) * most / 100,
                }));
            }
        }
        let sheet = json!({ "roundId": round_id, "scores": scores });
        world
            .act(reviewer, "submitVentureScores", sheet, "sheet { lockedAt }")
            .await
            .unwrap();
        let so_far = round(world, "state results { total } sheets { expertId }").await;
        assert_eq!(
            so_far,
            json!({ "state": "DEFENCE", "results": [], "sheets": [] }),
            "before the last lock nobody sees a score"
        );
        world
            .act(
                reviewer,
                "lockVentureSheet",
                which.clone(),
                "sheet { lockedAt }",
            )
            .await
            .unwrap();
    }
    world
        .must_refuse("e1", "lockVentureSheet", which, "SHEET_LOCKED")
        .await
        .unwrap();
    let seen = round(
        world,
        "state results { rank total applicationId } applications { title organization { name } }",
    )
    .await;
    let name = |account: &str| world.made(account).unwrap()["name"].clone();
    assert_eq!(
        seen,
        json!({
            "state": "PUBLISHED",
            "results": [
                { "rank": 1, "total": 90.0, "applicationId": of(world, "org-d") },
                { "rank": 2, "total": 80.0, "applicationId": of(world, "org-a") },
                { "rank": 3, "total": 70.0, "applicationId": of(world, "org-b") },
            ],
            "applications": [
                { "title": "org-d 的项目", "organization": { "name": name("org-d") } },
                { "title": "org-a 的项目", "organization": { "name": name("org-a") } },
                { "title": "org-b 的项目", "organization": { "name": name("org-b") } },
            ],
        })
    );
}

/// A resident objects, is answered, and only then it is settled who is funded.
async fn on_show(world: &mut World) {
    let which = json!({ "roundId": world.id("venture round").unwrap() });
    let mut objection = which.clone();
    objection["applicationId"] = of(world, "org-d");
    objection["text"] = json!("受益人数是否属实?");
    let made = world
        .act(
            "wang",
            "raiseVentureObjection",
            objection,
            "objection { id }",
        )
        .await
        .unwrap();
    world.wait(TimeDelta::days(12)).await.unwrap();
    world
        .must_refuse(
            "civil",
            "confirmVentureRound",
            which.clone(),
            "OBJECTIONS_OPEN",
        )
        .await
        .unwrap();
    let answer = json!({
        "objectionId": made["objection"]["id"], "upheld": false, "answer": "经走访属实",
    });
    world
        .act(
            "civil",
            "answerVentureObjection",
            answer,
            "objection { state }",
        )
        .await
        .unwrap();
    world
        .act("civil", "confirmVentureRound", which, "round { state }")
        .await
        .unwrap();
    let seen = round(
        world,
        "state applications { state } objections { text answer }",
    )
    .await;
    assert_eq!(
        seen,
        json!({
            "state": "CONFIRMED",
            // The money does not last for the third.
            "applications": [{ "state": "SELECTED" }, { "state": "SELECTED" }, { "state": "NOT_SELECTED" }],
            "objections": [{ "text": "受益人数是否属实?", "answer": "经走访属实" }],
        })
    );
    assert_eq!(
        money(world).await,
        json!({ "available": 700_000, "reserved": 300_000, "committed": 0, "paid": 0 })
    );
}

/// No legal person signs by itself, and the operator holds nobody's money.
async fn signed(world: &mut World) {
    let sign = |world: &World, account: &str, host: Option<&str>| {
        let host = host.map(|host| world.id(host).unwrap());
        json!({ "applicationId": of(world, account), "fiscalHostId": host })
    };
    for (account, host, reason) in [
        ("org-d", None, "FISCAL_HOST_MISSING"),
        ("org-d", Some("raiser"), "HOST_IS_OPERATOR"),
        ("org-b", None, "VENTURE_APPLICATION_STATE"),
    ] {
        let input = sign(world, account, host);
        world
            .must_refuse("civil", "signVentureAgreement", input, reason)
            .await
            .unwrap();
    }
    for (account, host) in [("org-d", Some("org-c")), ("org-a", None)] {
        let input = sign(world, account, host);
        let made = world
            .act(
                "civil",
                "signVentureAgreement",
                input,
                "agreement { id amount }",
            )
            .await
            .unwrap();
        let name = format!("agreement of {account}");
        world.keep(&name, made["agreement"].clone());
    }
    assert_eq!(
        money(world).await,
        json!({ "available": 700_000, "reserved": 0, "committed": 300_000, "paid": 0 })
    );
}

/// Each instalment once, the later ones after somebody from outside looked.
async fn paid(world: &mut World) {
    outsider(world).await;
    for account in ["org-d", "org-a"] {
        let agreement = world.id(&format!("agreement of {account}")).unwrap();
        let pay = json!({ "agreementId": agreement });
        world
            .must_refuse("civil", "payVentureTranche", pay.clone(), "FORBIDDEN")
            .await
            .unwrap();
        world
            .act("fund", "payVentureTranche", pay.clone(), "agreement { id }")
            .await
            .unwrap();
        for stage in ["MIDTERM", "FINAL"] {
            world
                .must_refuse(
                    "fund",
                    "payVentureTranche",
                    pay.clone(),
                    "EVALUATION_MISSING",
                )
                .await
                .unwrap();
            let found = json!({
                "agreementId": agreement, "stage": stage, "passed": true, "report": "达到目标",
            });
            world
                .must_refuse(
                    "e1",
                    "evaluateVenture",
                    found.clone(),
                    "EVALUATOR_WAS_REVIEWER",
                )
                .await
                .unwrap();
            world
                .act("e6", "evaluateVenture", found, "agreement { id }")
                .await
                .unwrap();
            world
                .act("fund", "payVentureTranche", pay.clone(), "agreement { id }")
                .await
                .unwrap();
        }
        world
            .must_refuse("fund", "payVentureTranche", pay, "AGREEMENT_STATE")
            .await
            .unwrap();
    }
    let seen = round(
        world,
        "state agreements { state amount organization { name } fiscalHost { name } tranches { seq amount } }",
    )
    .await;
    let name = |account: &str| json!({ "name": world.made(account).unwrap()["name"] });
    let parts = |amounts: [i64; 3]| {
        let parts = (1..).zip(amounts);
        parts
            .map(|(seq, amount)| json!({ "seq": seq, "amount": amount }))
            .collect::<Value>()
    };
    assert_eq!(
        seen,
        json!({
            "state": "CLOSED",
            "agreements": [
                { "state": "CLOSED", "amount": 100_000, "organization": name("org-d"), "fiscalHost": name("org-c"),
                  "tranches": parts([50_000, 30_000, 20_000]) },
                { "state": "CLOSED", "amount": 200_000, "organization": name("org-a"), "fiscalHost": null,
                  "tranches": parts([100_000, 60_000, 40_000]) },
            ],
        })
    );
    assert_eq!(
        money(world).await,
        json!({ "available": 700_000, "reserved": 0, "committed": 0, "paid": 300_000 })
    );
}
