//! Venture rounds through the real schema: from the plan to what came back.

use serde_json::{Value, json};

use crate::{
    support::{House, elder, expert, manager, nobody, officer, org_id, resident_id, uuid_of},
    venture_steps::{FILED, GRANT_BUDGET, OPERATOR, application, county, round_input, treasurer},
};

async fn money(house: &House, fund: &Value) -> Value {
    let query = "query($f: ID!) { fund(id: $f) { available reserved committed paid } }";
    house.ask(&nobody(), query, json!({ "f": fund })).await["fund"].clone()
}

async fn round(house: &House, id: &Value, want: &str) -> Value {
    let query = format!("query($id: ID!) {{ ventureRound(id: $id) {{ {want} }} }}");
    house.ask(&nobody(), &query, json!({ "id": id })).await["ventureRound"].clone()
}

#[tokio::test]
async fn a_round_goes_from_the_plan_to_its_last_instalment() {
    let house = House::open().await;
    let (id, fund, agreements, _) = house.granted().await;
    // What is not granted went back when the round was confirmed.
    assert_eq!(
        money(&house, &fund).await,
        json!({ "available": 700_000, "reserved": 0, "committed": 300_000, "paid": 0 })
    );
    let outsider = house.expert(false).await;
    let judge = expert(uuid_of(&outsider));
    for agreement in &agreements {
        for stage in ["", "MIDTERM", "FINAL"] {
            let pay = json!({ "agreementId": agreement });
            if !stage.is_empty() {
                let early = house.refused(&treasurer(), "payVentureTranche", &pay).await;
                assert_eq!(early, "EVALUATION_MISSING");
                let found = json!({
                    "agreementId": agreement, "stage": stage, "passed": true, "report": "达到目标",
                });
                house
                    .act(&judge, "evaluateVenture", &found, "agreement { id }")
                    .await;
                assert_eq!(
                    house.refused_at(&judge, "evaluateVenture", &found).await,
                    ("EVALUATION_PASSED_ALREADY".into(), "input.stage".into())
                );
            }
            house
                .act(&treasurer(), "payVentureTranche", &pay, "agreement { id }")
                .await;
        }
    }
    let want = "state agreements { state amount fiscalHost { id } tranches { amount } }";
    let seen = round(&house, &id, want).await;
    assert_eq!(seen["state"], "CLOSED");
    assert_eq!(
        seen["agreements"][0],
        json!({
            "state": "CLOSED", "amount": 100_000, "fiscalHost": { "id": org_id(2) },
            "tranches": [{ "amount": 50_000 }, { "amount": 30_000 }, { "amount": 20_000 }],
        })
    );
    assert_eq!(
        money(&house, &fund).await,
        json!({ "available": 700_000, "reserved": 0, "committed": 0, "paid": 300_000 })
    );
    let pay = json!({ "agreementId": agreements[0] });
    let again = house.refused(&treasurer(), "payVentureTranche", &pay).await;
    assert_eq!(again, "AGREEMENT_STATE");
}

#[tokio::test]
async fn a_plan_is_whole_and_the_first_round_comes_from_outside() {
    let house = House::open().await;
    let fund = house.fund(1_000_000).await;
    let sound = round_input(&fund, 3);
    for (field, value, reason) in [
        ("tranchePercents", json!([50, 50]), "TRANCHE_PERCENTS"),
        ("grantCap", json!(GRANT_BUDGET + 1), "GRANT_ABOVE_BUDGET"),
        ("passPoints", json!(101), "PASS_POINTS_RANGE"),
        (
            "criteria",
            json!([{ "name": "方案", "weight": 60, "maxScore": 100 }]),
            "CRITERIA_WEIGHTS",
        ),
    ] {
        let mut input = sound.clone();
        input[field] = value;
        assert_eq!(
            house
                .refused_at(&county(), "planVentureRound", &input)
                .await,
            (reason.into(), format!("input.{field}"))
        );
    }
    house
        .peers
        .world()
        .orgs
        .entry(crate::support::org_uuid(5))
        .and_modify(|one| one.may_bid = false);
    let unfit = round_input(&fund, 5);
    assert_eq!(
        house
            .refused_at(&county(), "planVentureRound", &unfit)
            .await,
        ("OPERATOR_UNFIT".into(), "input.operatorId".into())
    );
    let made = house
        .act(
            &county(),
            "planVentureRound",
            &sound,
            "round { id operatorOutside }",
        )
        .await["round"]
        .clone();
    assert_eq!(made["operatorOutside"], false);
    let call = json!({ "roundId": made["id"], "closesAt": house.in_days(15) });
    assert_eq!(
        house.refused(&treasurer(), "callVentureRound", &call).await,
        "FIRST_ROUND_NOT_OUTSIDE"
    );
    let (other, _) = house.called_round_of(&fund).await;
    let short = json!({ "roundId": made["id"], "closesAt": house.in_days(14) });
    assert_eq!(
        house
            .refused_at(&treasurer(), "callVentureRound", &short)
            .await,
        ("VENTURE_CALL_TOO_SHORT".into(), "input.closesAt".into())
    );
    // After a first round from outside the second may be operated at home.
    house
        .act(&treasurer(), "callVentureRound", &call, "round { id }")
        .await;
    assert_eq!(money(&house, &fund).await["reserved"], 2 * GRANT_BUDGET);
    let cancel = json!({ "roundId": other, "reason": "经费调整" });
    house
        .act(&county(), "cancelVentureRound", &cancel, "round { state }")
        .await;
    assert_eq!(money(&house, &fund).await["reserved"], GRANT_BUDGET);
    let list = "{ ventureRounds(first: 5, state: CALLING, divisionCode: \"230100000000\") { nodes { id } } }";
    let seen = house.ask(&nobody(), list, json!({})).await;
    assert_eq!(
        seen["ventureRounds"]["nodes"],
        json!([{ "id": made["id"] }])
    );
}

impl House {
    async fn called_round_of(&self, fund: &Value) -> (Value, Value) {
        let input = round_input(fund, OPERATOR);
        let made = self
            .act(&county(), "planVentureRound", &input, "round { id }")
            .await["round"]["id"]
            .clone();
        let call = json!({ "roundId": made, "closesAt": self.in_days(15) });
        self.act(&treasurer(), "callVentureRound", &call, "round { id }")
            .await;
        (made, fund.clone())
    }
}

#[tokio::test]
async fn an_application_fits_its_round_and_comes_once_and_in_time() {
    let house = House::open().await;
    let (id, _) = house.called_round().await;
    let house = &house;
    let refused = async |org: u128, input: &Value| {
        house
            .refused_at(&manager(org), "applyToVentureRound", input)
            .await
    };
    let sound = application(&id, 0, 200_000);
    let own = application(&id, OPERATOR, 1000);
    assert_eq!(
        refused(OPERATOR, &own).await,
        ("OPERATOR_APPLIES".into(), "input.organizationId".into())
    );
    for (field, value, reason) in [
        ("requested", json!(300_001), "GRANT_ABOVE_CAP"),
        ("requested", json!(0), "GRANT_ABOVE_CAP"),
        ("beneficiaries", json!(0), "BENEFICIARIES_MISSING"),
        ("plan", json!(" "), "TEXT_LENGTH"),
    ] {
        let mut input = sound.clone();
        input[field] = value;
        assert_eq!(
            refused(0, &input).await,
            (reason.into(), format!("input.{field}"))
        );
    }
    house
        .act(
            &manager(0),
            "applyToVentureRound",
            &sound,
            "application { state }",
        )
        .await;
    assert_eq!(
        refused(0, &sound).await,
        (
            "VENTURE_APPLICATION_EXISTS".into(),
            "input.organizationId".into()
        )
    );
    assert_eq!(
        house
            .refused(&manager(1), "applyToVentureRound", &sound)
            .await,
        "FORBIDDEN"
    );
    house.wait_days(16);
    assert_eq!(
        refused(1, &application(&id, 1, 1000)).await,
        ("VENTURE_CALL_CLOSED".into(), "input.roundId".into())
    );
}

#[tokio::test]
async fn nothing_is_screened_before_the_close_nor_judged_before_the_visit() {
    let house = House::open().await;
    let (id, _, all) = house.applied().await;
    let screen = json!({ "applicationId": all[0], "passed": false });
    assert_eq!(
        house
            .refused(&county(), "screenVentureApplication", &screen)
            .await,
        "VENTURE_CALL_OPEN"
    );
    house.wait_days(16);
    assert_eq!(
        house
            .refused_at(&county(), "screenVentureApplication", &screen)
            .await,
        ("TEXT_LENGTH".into(), "input.note".into())
    );
    let yes = json!({ "applicationId": all[0], "passed": true });
    house
        .act(
            &manager(OPERATOR),
            "screenVentureApplication",
            &yes,
            "application { state }",
        )
        .await;
    assert_eq!(
        house
            .refused(&manager(2), "screenVentureApplication", &yes)
            .await,
        "FORBIDDEN"
    );
    let visit = json!({
        "applicationId": all[0], "passed": true, "visitedOn": "2027-01-01", "findings": "属实",
    });
    assert_eq!(
        house
            .refused_at(&county(), "recordDueDiligence", &visit)
            .await,
        ("VISIT_IN_FUTURE".into(), "input.visitedOn".into())
    );
    let early = json!({ "applicationId": all[1], "passed": true, "visitedOn": "2026-03-10", "findings": "属实" });
    assert_eq!(
        house.refused(&county(), "recordDueDiligence", &early).await,
        "VENTURE_APPLICATION_STATE"
    );
    let begin = json!({ "roundId": id, "reviewerIds": [] });
    assert_eq!(
        house
            .refused(&county(), "beginVentureDefence", &begin)
            .await,
        "DILIGENCE_PENDING"
    );
}

#[tokio::test]
async fn reviewers_are_odd_enough_and_tied_to_nobody() {
    let house = House::open().await;
    let (id, _, _) = house.visited().await;
    let mut seats = Vec::new();
    for _ in 0..6 {
        seats.push(house.expert(false).await);
    }
    let house = &house;
    let refused = async |seats: &[Value]| {
        let input = json!({ "roundId": id, "reviewerIds": seats });
        house
            .refused_at(&county(), "beginVentureDefence", &input)
            .await
    };
    let size: (String, String) = ("PANEL_SIZE".into(), "input.reviewerIds".into());
    assert_eq!(refused(&seats[..3]).await, size);
    assert_eq!(refused(&seats).await, size);
    let mut twice = seats[..4].to_vec();
    twice.push(seats[0].clone());
    assert_eq!(refused(&twice).await, size);
    for (org, kind) in [(0, "EMPLOYMENT"), (OPERATOR, "DIRECTOR")] {
        let tied = house.expert(false).await;
        let declare = json!({ "expertId": tied, "organizationId": org_id(org), "kind": kind });
        house
            .act(&officer(), "declareRelation", &declare, "expert { id }")
            .await;
        let mut some = seats[..4].to_vec();
        some.push(tied);
        assert_eq!(
            refused(&some).await,
            (
                "VENTURE_REVIEWER_CONFLICTED".into(),
                "input.reviewerIds".into()
            )
        );
    }
    let leads =
        json!({ "specialty": "会计", "residentId": resident_id(crate::support::leader(1)) });
    let leads = house
        .act(&officer(), "registerExpert", &leads, "expert { id }")
        .await["expert"]["id"]
        .clone();
    let mut some = seats[..4].to_vec();
    some.push(leads);
    assert_eq!(refused(&some).await.0, "VENTURE_REVIEWER_CONFLICTED");
}

#[tokio::test]
async fn the_last_lock_publishes_every_total_at_once() {
    let house = House::open().await;
    let (id, _, all, seats) = house.judged().await;
    let lock = json!({ "roundId": id });
    let last = expert(uuid_of(&seats[4]));
    // One wild sheet is dropped at either end.
    let wild = house.venture_sheet(&id, &all, 20).await;
    house
        .act(&last, "submitVentureScores", &wild, "sheet { lockedAt }")
        .await;
    for seat in &seats[..4] {
        house
            .act(
                &expert(uuid_of(seat)),
                "lockVentureSheet",
                &lock,
                "sheet { lockedAt }",
            )
            .await;
    }
    let before = round(
        &house,
        &id,
        "state results { total } applications { id } sheets { expertId } reviewers { id }",
    )
    .await;
    assert_eq!(
        before,
        json!({ "state": "DEFENCE", "results": [], "applications": [], "sheets": [], "reviewers": null })
    );
    // A reviewer sees their own sheet and no other.
    let query =
        "query($id: ID!) { ventureRound(id: $id) { sheets { expertId } applications { plan } } }";
    let own = house.ask(&last, query, json!({ "id": id })).await["ventureRound"].clone();
    assert_eq!(own["sheets"].as_array().unwrap().len(), 1);
    assert_eq!(own["applications"][0]["plan"], "方案");
    let want = "round { state publishedAt results { rank total applicationId } }";
    let after = house.act(&last, "lockVentureSheet", &lock, want).await["round"].clone();
    assert_eq!(after["state"], "PUBLISHED");
    assert_eq!(
        after["results"],
        json!([
            { "rank": 1, "total": 90.0, "applicationId": all[0] },
            { "rank": 2, "total": 80.0, "applicationId": all[1] },
            { "rank": 3, "total": 70.0, "applicationId": all[2] },
        ])
    );
    let seen = round(
        &house,
        &id,
        "reviewers { id } sheets { expertId } applications { title plan finding }",
    )
    .await;
    assert_eq!(seen["reviewers"].as_array().unwrap().len(), 5);
    assert_eq!(seen["sheets"].as_array().unwrap().len(), 5);
    assert_eq!(
        seen["applications"][0],
        json!({ "title": "项目 7", "plan": null, "finding": null })
    );
    let again = house.refused(&last, "lockVentureSheet", &lock).await;
    assert_eq!(again, "SHEET_LOCKED");
    let told = "SELECT count(*) FROM kit.outbox WHERE subject = 'procurement.venture.published'";
    assert_eq!(house.count(told).await, 1);
}

#[tokio::test]
async fn a_sheet_is_whole_in_range_and_a_reviewers_own() {
    let house = House::open().await;
    let (id, _, all, seats) = house.defended().await;
    let sheet = house.venture_sheet(&id, &all, 90).await;
    let own = expert(uuid_of(&seats[0]));
    let lock = json!({ "roundId": id });
    assert_eq!(
        house.refused(&own, "lockVentureSheet", &lock).await,
        "SHEET_MISSING"
    );
    let mut short = sheet.clone();
    short["scores"].as_array_mut().unwrap().pop();
    let mut high = sheet.clone();
    high["scores"][0]["score"] = json!(100.5);
    let mut fine = sheet.clone();
    fine["scores"][0]["score"] = json!(1.005);
    let mut twice = sheet.clone();
    twice["scores"][1] = twice["scores"][0].clone();
    for (input, reason, field) in [
        (short, "SCORES_INCOMPLETE", "input.scores"),
        (high, "SCORE_OUT_OF_RANGE", "input.scores.0.score"),
        (fine, "SCORE_MALFORMED", "input.scores.0.score"),
        (twice, "SCORE_TWICE", "input.scores.1.criterionId"),
    ] {
        assert_eq!(
            house.refused_at(&own, "submitVentureScores", &input).await,
            (reason.into(), field.into())
        );
    }
    let stranger = house.expert(false).await;
    assert_eq!(
        house
            .refused(&expert(uuid_of(&stranger)), "submitVentureScores", &sheet)
            .await,
        "NOT_VENTURE_REVIEWER"
    );
    let back = json!({ "applicationId": all[0] });
    assert_eq!(
        house
            .refused(&manager(FILED), "withdrawVentureApplication", &back)
            .await,
        "VENTURE_ROUND_STATE"
    );
}

#[tokio::test]
async fn anybody_objects_and_an_upheld_objection_takes_the_project_out() {
    let house = House::open().await;
    let (id, fund, all, _) = house.on_show().await;
    let object = json!({ "roundId": id, "applicationId": all[0], "text": "项目与他人雷同" });
    assert_eq!(
        house
            .refused(&nobody(), "raiseVentureObjection", &object)
            .await,
        "UNAUTHENTICATED"
    );
    let made = house
        .act(
            &elder(0),
            "raiseVentureObjection",
            &object,
            "objection { id }",
        )
        .await["objection"]["id"]
        .clone();
    let confirm = json!({ "roundId": id });
    assert_eq!(
        house
            .refused(&county(), "confirmVentureRound", &confirm)
            .await,
        "OBJECTIONS_OPEN"
    );
    house.wait_days(12);
    assert_eq!(
        house
            .refused(&county(), "confirmVentureRound", &confirm)
            .await,
        "OBJECTIONS_OPEN"
    );
    let late = house
        .refused_at(&elder(1), "raiseVentureObjection", &object)
        .await;
    assert_eq!(late, ("OBJECTION_CLOSED".into(), "input.roundId".into()));
    let answer = json!({ "objectionId": made, "upheld": true, "answer": "经查属实" });
    house
        .act(
            &county(),
            "answerVentureObjection",
            &answer,
            "objection { id }",
        )
        .await;
    let again = house
        .refused(&county(), "answerVentureObjection", &answer)
        .await;
    assert_eq!(again, "OBJECTION_ANSWERED");
    house
        .act(&county(), "confirmVentureRound", &confirm, "round { id }")
        .await;
    // The published totals stand; the next in rank take the money.
    let seen = round(
        &house,
        &id,
        "results { rank } applications { state } objections { text answer }",
    )
    .await;
    assert_eq!(seen["results"].as_array().unwrap().len(), 3);
    assert_eq!(
        seen["applications"],
        json!([{ "state": "DISQUALIFIED" }, { "state": "SELECTED" }, { "state": "SELECTED" }])
    );
    assert_eq!(
        seen["objections"],
        json!([{ "text": "项目与他人雷同", "answer": "经查属实" }])
    );
    assert_eq!(money(&house, &fund).await["reserved"], 350_000);
    // Whoever gives a grant up lets the money go at once.
    let back = json!({ "applicationId": all[1] });
    house
        .act(
            &manager(0),
            "withdrawVentureApplication",
            &back,
            "application { state }",
        )
        .await;
    assert_eq!(money(&house, &fund).await["reserved"], 150_000);
}

#[tokio::test]
async fn a_filed_organisation_signs_through_a_host_that_is_a_legal_person() {
    let house = House::open().await;
    let (_, _, all, _) = house.confirmed_round().await;
    let house = &house;
    let refused = async |one: &Value, host: Value| {
        let input = json!({ "applicationId": one, "fiscalHostId": host });
        house
            .refused_at(&county(), "signVentureAgreement", &input)
            .await
    };
    let at = |reason: &str| (reason.to_owned(), "input.fiscalHostId".to_owned());
    assert_eq!(
        refused(&all[0], json!(null)).await,
        at("FISCAL_HOST_MISSING")
    );
    assert_eq!(
        refused(&all[0], org_id(FILED)).await,
        at("FISCAL_HOST_UNFIT")
    );
    assert_eq!(
        refused(&all[0], org_id(OPERATOR)).await,
        at("HOST_IS_OPERATOR")
    );
    // The third was not selected: the budget did not last.
    assert_eq!(
        refused(&all[2], json!(null)).await.0,
        "VENTURE_APPLICATION_STATE"
    );
    let twice = json!({ "applicationId": all[1] });
    house
        .act(
            &county(),
            "signVentureAgreement",
            &twice,
            "agreement { id }",
        )
        .await;
    assert_eq!(
        house
            .refused(&county(), "signVentureAgreement", &twice)
            .await,
        "VENTURE_APPLICATION_STATE"
    );
}

#[tokio::test]
async fn whoever_judged_the_round_or_is_tied_to_it_evaluates_nothing_of_it() {
    let house = House::open().await;
    let (_, _, agreements, seats) = house.granted().await;
    let found = json!({
        "agreementId": agreements[0], "stage": "MIDTERM", "passed": false, "report": "进度滞后",
    });
    let outsider = house.expert(false).await;
    let judge = expert(uuid_of(&outsider));
    assert_eq!(
        house.refused_at(&judge, "evaluateVenture", &found).await,
        ("EVALUATION_NOT_DUE".into(), "input.stage".into())
    );
    let pay = json!({ "agreementId": agreements[0] });
    house
        .act(&treasurer(), "payVentureTranche", &pay, "agreement { id }")
        .await;
    assert_eq!(
        house
            .refused(&expert(uuid_of(&seats[0])), "evaluateVenture", &found)
            .await,
        "EVALUATOR_WAS_REVIEWER"
    );
    let tied = house.expert(false).await;
    let declare = json!({ "expertId": tied, "organizationId": org_id(0), "kind": "OWNER" });
    house
        .act(&officer(), "declareRelation", &declare, "expert { id }")
        .await;
    assert_eq!(
        house
            .refused(&expert(uuid_of(&tied)), "evaluateVenture", &found)
            .await,
        "EVALUATOR_CONFLICTED"
    );
    house
        .act(&judge, "evaluateVenture", &found, "agreement { id }")
        .await;
    assert_eq!(
        house.refused(&treasurer(), "payVentureTranche", &pay).await,
        "EVALUATION_MISSING"
    );
}

#[tokio::test]
async fn a_grant_that_ends_early_gives_back_what_is_left_and_what_was_wrong() {
    let house = House::open().await;
    let (id, fund, agreements, _) = house.granted().await;
    let pay = json!({ "agreementId": agreements[0] });
    house
        .act(&treasurer(), "payVentureTranche", &pay, "agreement { id }")
        .await;
    let mut end =
        json!({ "agreementId": agreements[0], "reason": "挪用资金", "toRecover": 50_001 });
    assert_eq!(
        house
            .refused_at(&county(), "terminateVentureAgreement", &end)
            .await,
        ("RECOVER_MORE_THAN_PAID".into(), "input.toRecover".into())
    );
    end["toRecover"] = json!(50_000);
    house
        .act(
            &county(),
            "terminateVentureAgreement",
            &end,
            "agreement { id }",
        )
        .await;
    assert_eq!(money(&house, &fund).await["committed"], 200_000);
    assert_eq!(
        house.refused(&treasurer(), "payVentureTranche", &pay).await,
        "AGREEMENT_STATE"
    );
    let back = |amount: i64| json!({ "agreementId": agreements[0], "amount": amount, "document": "回单 1" });
    for amount in [0, 50_001] {
        assert_eq!(
            house
                .refused_at(&treasurer(), "recordVentureRecovery", &back(amount))
                .await,
            ("RECOVERED_TOO_MUCH".into(), "input.amount".into())
        );
    }
    let want = "agreement { state recovered }";
    house
        .act(&treasurer(), "recordVentureRecovery", &back(20_000), want)
        .await;
    let after = house
        .act(&treasurer(), "recordVentureRecovery", &back(30_000), want)
        .await;
    assert_eq!(
        after["agreement"],
        json!({ "state": "RECOVERED", "recovered": 50_000 })
    );
    // The other grant is given up without anything paid: the round is over.
    let other = json!({ "agreementId": agreements[1], "reason": "组织解散", "toRecover": 0 });
    house
        .act(
            &county(),
            "terminateVentureAgreement",
            &other,
            "agreement { id }",
        )
        .await;
    assert_eq!(round(&house, &id, "state").await["state"], "CLOSED");
    assert_eq!(
        money(&house, &fund).await,
        json!({ "available": 1_000_000, "reserved": 0, "committed": 0, "paid": 0 })
    );
}

#[tokio::test]
async fn the_database_holds_a_round_to_its_rules_by_hand() {
    let house = House::open().await;
    let (id, _, all, seats) = house.on_show().await;
    let (id, first) = (uuid_of(&id), uuid_of(&all[0]));
    let seat = uuid_of(&seats[0]);
    for (sql, reason) in [
        ("UPDATE venture_results SET total_micro = 1".to_owned(), "APPEND_ONLY"),
        ("UPDATE venture_rounds SET published_at = now()".into(), "VENTURE_TERMS_FIXED"),
        ("UPDATE venture_rounds SET drop_extremes = false".into(), "VENTURE_TERMS_FIXED"),
        ("UPDATE venture_rounds SET state = 'DEFENCE'".into(), "VENTURE_ROUND_STATE"),
        ("UPDATE venture_rounds SET state = 'CONFIRMED', updated_at = objections_until".into(), "OBJECTIONS_OPEN"),
        (
            "UPDATE venture_rounds SET state = 'CONFIRMED', updated_at = objections_until + interval '1 day'".into(),
            "BUDGET_NOT_RELEASED",
        ),
        ("UPDATE venture_scores SET score_h = 1".into(), "SHEET_LOCKED"),
        ("UPDATE venture_sheets SET locked_at = NULL".into(), "SHEET_LOCKED"),
        ("UPDATE venture_applications SET requested_fen = 1".into(), "VENTURE_APPLICATION_FIXED"),
        ("UPDATE venture_applications SET state = 'AGREED'".into(), "VENTURE_APPLICATION_STATE"),
        (
            format!("INSERT INTO venture_results VALUES ('{id}', '{first}', 9, 1, now())"),
            "VENTURE_RESULT_DIFFERS",
        ),
        (
            format!("INSERT INTO venture_reviewers SELECT '{id}', id, now() FROM experts WHERE id <> '{seat}'"),
            "VENTURE_ROUND_STATE",
        ),
        (
            format!(
                "INSERT INTO venture_agreements (id, application_id, round_id, organization_id, legal_person, fund_id,
                     division_code, amount_fen, state, signed_by, signed_at, updated_at)
                 SELECT a.id, a.id, a.round_id, a.organization_id, true, r.fund_id, r.division_code, a.requested_fen,
                     'PERFORMING', 'x', now(), now()
                 FROM venture_applications a JOIN venture_rounds r ON r.id = a.round_id WHERE a.id = '{first}'"
            ),
            "VENTURE_NOT_SELECTED",
        ),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
}

#[tokio::test]
async fn the_database_locks_no_last_sheet_without_the_publication() {
    let house = House::open().await;
    let (_, _, _, seats) = house.judged().await;
    assert_eq!(
        house
            .refused_sql("UPDATE venture_sheets SET locked_at = now()")
            .await,
        "VENTURE_NOT_PUBLISHED"
    );
    let four = format!(
        "UPDATE venture_sheets SET locked_at = now() WHERE expert_id <> '{}'",
        uuid_of(&seats[0])
    );
    house.sql(&four).await;
    assert_eq!(
        house.refused_sql("UPDATE venture_rounds SET state = 'PUBLISHED', published_at = now(), objections_until = now() + interval '1 day'").await,
        "SHEETS_NOT_LOCKED"
    );
}

#[tokio::test]
async fn the_database_pays_no_instalment_out_of_turn() {
    let house = House::open().await;
    let (_, _, agreements, seats) = house.granted().await;
    let (one, seat) = (uuid_of(&agreements[0]), uuid_of(&seats[0]));
    let pay = |seq: i32| {
        format!(
            "UPDATE venture_tranches SET paid_at = now(), paid_by = 'x',
                 entry_id = (SELECT id FROM fund_entries WHERE kind = 'COMMIT' LIMIT 1)
             WHERE agreement_id = '{one}' AND seq = {seq}"
        )
    };
    for (sql, reason) in [
        (pay(1), "PAYMENT_DIFFERS"),
        (pay(2), "TRANCHE_OUT_OF_ORDER"),
        ("UPDATE venture_tranches SET amount_fen = 1".into(), "TRANCHE_FIXED"),
        ("UPDATE venture_agreements SET amount_fen = 1".into(), "AGREEMENT_FIXED"),
        ("UPDATE venture_agreements SET state = 'CLOSED'".into(), "TRANCHES_OPEN"),
        ("UPDATE venture_agreements SET to_recover_fen = 1".into(), "RECOVER_MORE_THAN_PAID"),
        (
            "UPDATE venture_agreements SET state = 'TERMINATED', ended_at = now(), ended_reason = 'x'".into(),
            "BUDGET_NOT_RELEASED",
        ),
        (
            format!("INSERT INTO venture_evaluations VALUES ('{one}', '{one}', 'MIDTERM', true, 'x', '{seat}', now())"),
            "EVALUATOR_WAS_REVIEWER",
        ),
        ("UPDATE venture_rounds SET state = 'CLOSED'".into(), "AGREEMENTS_OPEN"),
    ] {
        assert_eq!(house.refused_sql(&sql).await, reason, "{sql}");
    }
}
