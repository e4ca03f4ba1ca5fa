//! Who may do what: every operation tried by everybody.

use kit::auth::Policies;
use serde_json::{Value, json};
use testkit::access::{self, Line, everywhere, local};

use crate::{
    graphql_challenge::challenge,
    graphql_commission::commission,
    graphql_guide::guide,
    peers::{COMMUNITY_CODE, ELSEWHERE},
    steps::{BUDGET, need_input, sealed, tender_input},
    support::{
        House, community_id, elder, elder_uuid, expert, fund_manager, manager, officer, org_id,
        resident_id, staff, uuid_of,
    },
    venture_steps::{
        FILED, OPERATOR, application, county as county_office, round_input, treasurer,
    },
};

const ABOVE: &str = "230103000000";

#[tokio::test]
async fn exactly_those_may_whom_the_table_names() {
    let house = House::open().await;
    // One procurement as far as a milestone handed in; a second one has a draft.
    let (contract, milestones, fund) = house.signed().await;
    let chain = "query($id: ID!) { contract(id: $id) { tender { id bids { id organization { id } }
        panel { members { expert { id } } } } } }";
    let found = house
        .ask(&officer(), chain, json!({ "id": contract }))
        .await;
    let tender = found["contract"]["tender"]["id"].clone();
    let bids = found["contract"]["tender"]["bids"].as_array().unwrap();
    let own = bids
        .iter()
        .find(|bid| bid["organization"]["id"] == org_id(0));
    let own = own.unwrap()["id"].clone();
    let seat = found["contract"]["tender"]["panel"]["members"][0]["expert"]["id"].clone();
    let plain = json!({ "tenderId": tender });
    let buyer = house.expert(true).await;
    let draft = house.second_draft(&fund).await;
    let disputes = house.disputes(&tender, &contract).await;
    let commissioned = house.third_commissioned(&fund).await;
    let (round, _, applied, seats) = house.on_show().await;
    let object = json!({ "roundId": round, "text": "异议" });
    let want = "objection { id }";
    let made = house
        .act(&elder(0), "raiseVentureObjection", &object, want)
        .await;
    let objection = made["objection"]["id"].clone();
    let answer = json!({ "objectionId": objection, "upheld": false, "answer": "不成立" });
    house
        .act(&county_office(), "answerVentureObjection", &answer, want)
        .await;
    house.settle(&round).await;
    let grants = house.grant(&applied).await;
    house.deliver(100, 3);

    let mut everybody = access::everybody(COMMUNITY_CODE, ABOVE, ELSEWHERE);
    everybody.insert("bidder".into(), manager(0));
    everybody.insert("another bidder".into(), manager(1));
    everybody.insert("member".into(), expert(uuid_of(&seat)));
    everybody.insert("recipient".into(), elder(0));
    everybody.insert("operator".into(), manager(OPERATOR));
    everybody.insert("grantee".into(), manager(FILED));
    everybody.insert("reviewer".into(), expert(uuid_of(&seats[0])));
    let name = |name: &str| vec![name.to_owned()];
    let (bidder, member) = (|| name("bidder"), || name("member"));
    // The fund is the county's: those of one community have no say in it.
    let county = |roles: &[&str]| -> Vec<String> {
        roles.iter().map(|role| format!("{role} above")).collect()
    };
    let over = || {
        let whole = ["auditor of nowhere", "platform_admin of nowhere"].map(ToOwned::to_owned);
        [county(&["auditor", "platform_admin"]), whole.to_vec()].concat()
    };
    let officers = || local(&["procurement_officer"]);
    let purse = || local(&["fund_manager"]);
    let buyers = || local(&["community_staff", "civil_affairs", "procurement_officer"]);
    let paper = || local(&["community_staff", "civil_affairs"]);
    let authority = || [local(&["auditor"]), name("auditor of nowhere")].concat();
    let keepers = || {
        [
            everywhere("procurement_officer"),
            everywhere("platform_admin"),
        ]
        .concat()
    };

    let t = |more: Value| {
        let mut input = more;
        input["tenderId"] = tender.clone();
        input
    };
    let bid = |more: Value| {
        let mut input = more;
        input["bidId"] = own.clone();
        input
    };
    let r = |more: Value| {
        let mut input = more;
        input["roundId"] = round.clone();
        input
    };
    let organisers = || county(&["civil_affairs", "procurement_officer"]);
    let treasury = || county(&["fund_manager"]);
    let working = || [organisers(), name("operator")].concat();
    let judges = || [name("member"), name("reviewer")].concat();
    let citizens = || {
        let roles = [
            "resident",
            "org_manager",
            "social_worker",
            "volunteer",
            "community_staff",
        ];
        let own = [
            "bidder",
            "another bidder",
            "recipient",
            "operator",
            "grantee",
        ];
        let own: Vec<String> = own.iter().map(|one| (*one).to_owned()).collect();
        let all = roles.iter().flat_map(|role| everywhere(role));
        all.chain(own).collect::<Vec<String>>()
    };
    let project = |at: usize, more: Value| {
        let mut input = more;
        input["applicationId"] = applied[at].clone();
        input
    };
    let grant = |more: Value| {
        let mut input = more;
        input["agreementId"] = grants[0].clone();
        input
    };
    let milestone = json!({ "milestoneId": milestones[0] });
    let mut signature = milestone.clone();
    signature["satisfied"] = json!(true);
    signature["residentId"] = resident_id(elder_uuid(0));
    let (envelope, key) = sealed(&tender, 0, "{}");
    let of = |id: &Value, rest: &str| format!("(id: \"{}\") {{ {rest} }}", id.as_str().unwrap());
    let asked = need_input("SERVICE_UNIT");
    let lines = vec![
        Line::act(
            "createFund",
            json!({ "name": "资金", "divisionCode": COMMUNITY_CODE }),
            &[purse()],
        ),
        Line::act(
            "appropriateFund",
            json!({ "fundId": fund, "amount": 1, "document": "文" }),
            &[county(&["fund_manager"])],
        ),
        Line::act("raiseNeed", asked, &[buyers()]),
        Line::act(
            "reserveBudget",
            json!({ "needId": draft.0, "fundId": fund, "amount": 1 }),
            &[purse(), officers()],
        ),
        Line::act("createTender", tender_input(&draft.0), &[officers()]),
        Line::act("publishTender", house.notice(&draft.1), &[officers()]),
        Line::act(
            "extendTender",
            t(json!({ "closesAt": house.in_days(40) })),
            &[officers()],
        ),
        Line::act("clarifyTender", t(json!({ "text": "澄清" })), &[officers()]),
        Line::act("openTender", plain.clone(), &[officers()]),
        Line::act("finishOpening", plain.clone(), &[officers()]),
        Line::act(
            "formPanel",
            House::panel_input(&tender, &buyer),
            &[officers()],
        ),
        Line::act("rankTender", plain.clone(), &[officers()]),
        Line::act("awardTender", t(bid(json!({}))), &[officers()]),
        Line::act("publishAward", plain.clone(), &[officers()]),
        Line::act("signContract", t(json!({ "fundId": fund })), &[officers()]),
        Line::act("abandonTender", t(json!({ "reason": "无" })), &[officers()]),
        Line::act("qualifyBid", bid(json!({ "passed": true })), &[officers()]),
        Line::act(
            "submitBid",
            t(json!({ "organizationId": org_id(0), "envelope": envelope })),
            &[bidder()],
        ),
        Line::act("withdrawBid", bid(json!({})), &[bidder()]),
        Line::act(
            "unsealBid",
            bid(json!({ "key": &*key.to_text() })),
            &[bidder()],
        ),
        Line::act("submitScores", t(json!({ "scores": [] })), &[member()]),
        Line::act("lockScoreSheet", plain, &[member()]),
        Line::act(
            "registerExpert",
            json!({ "specialty": "养老", "residentId": resident_id(elder_uuid(9)) }),
            &[keepers()],
        ),
        Line::act(
            "declareRelation",
            json!({ "expertId": seat, "organizationId": org_id(5), "kind": "OWNER" }),
            &[keepers(), member()],
        ),
        Line::act(
            "withdrawNeed",
            json!({ "needId": draft.0, "reason": "无" }),
            &[local(&["civil_affairs", "procurement_officer"])],
        ),
        Line::act(
            "replacePanelMember",
            t(json!({ "expertId": seat, "reason": "UNAVAILABLE", "statement": "病假" })),
            &[officers()],
        ),
        Line::act(
            "proposeTermination",
            json!({ "contractId": contract, "ground": "MUTUAL", "reason": "协商" }),
            &[officers(), bidder()],
        ),
        Line::act(
            "executeTermination",
            disputes.termination(json!({})),
            &[officers()],
        ),
        Line::act(
            "answerTermination",
            disputes.termination(json!({ "agrees": false })),
            &[officers(), bidder()],
        ),
        Line::act(
            "withdrawTermination",
            disputes.termination(json!({})),
            &[officers(), bidder()],
        ),
        Line::act(
            "raiseChallenge",
            challenge(&tender, 0, "RESULT"),
            &[bidder()],
        ),
        Line::act(
            "fileComplaint",
            disputes.challenge(json!({ "ground": "无" })),
            &[bidder()],
        ),
        Line::act(
            "answerChallenge",
            disputes.challenge(json!({ "upheld": false, "answer": "无" })),
            &[officers()],
        ),
        Line::act(
            "withdrawChallenge",
            disputes.challenge(json!({})),
            &[bidder()],
        ),
        Line::act(
            "suspendSigning",
            disputes.complaint(json!({ "until": house.in_days(5), "reason": "调查" })),
            &[authority()],
        ),
        Line::act(
            "decideComplaint",
            disputes.complaint(json!({ "upheld": false, "decision": "驳回" })),
            &[authority()],
        ),
        Line::act(
            "withdrawComplaint",
            disputes.complaint(json!({})),
            &[bidder()],
        ),
        Line::act(
            "recordMonitoring",
            json!({
                "contractId": contract, "kind": "SUPERVISION", "visitedOn": "2026-03-10",
                "findings": "按计划实施",
            }),
            &[judges()],
        ),
        Line::act(
            "proposeVariation",
            json!({ "contractId": contract, "content": "改为送餐", "reason": "居民要求" }),
            &[officers(), bidder()],
        ),
        Line::act(
            "decideVariation",
            json!({ "variationId": disputes.variation, "approved": true }),
            &[officers()],
        ),
        Line::act(
            "reportViolation",
            json!({ "contractId": contract, "kind": "OTHER", "facts": "未按时送餐" }),
            &[citizens(), judges()],
        ),
        Line::act(
            "answerViolation",
            json!({ "violationId": disputes.violation, "statement": "已整改" }),
            &[bidder()],
        ),
        Line::act(
            "decideViolation",
            json!({ "violationId": disputes.violation, "confirmed": true, "finding": "属实" }),
            &[local(&["civil_affairs"]), authority()],
        ),
        Line::act("publishGuide", guide(), &[organisers()]),
        Line::public("violations", "(first: 5) { nodes { id } }"),
        Line::public("guides", "(first: 5) { nodes { id } }"),
        Line::public(
            "applicationKpis",
            &format!(
                "(communityIds: [{}], year: 2026) {{ minimum }}",
                community_id()
            ),
        ),
        Line::act("publishCommission", commission(&draft.0), &[officers()]),
        Line::act(
            "objectToCommission",
            json!({ "commissionId": commissioned.0, "text": "异议" }),
            &[citizens()],
        ),
        Line::act(
            "answerCommissionObjection",
            json!({ "objectionId": commissioned.1, "upheld": false, "answer": "不成立" }),
            &[officers()],
        ),
        Line::act(
            "signCommission",
            json!({ "commissionId": commissioned.0 }),
            &[officers()],
        ),
        Line::act(
            "cancelCommission",
            json!({ "commissionId": commissioned.0, "reason": "无" }),
            &[officers()],
        ),
        Line::public("commission", &of(&commissioned.0, "id")),
        Line::public("commissions", "(first: 5) { nodes { id } }"),
        Line::act(
            "planVentureRound",
            round_input(&fund, OPERATOR),
            &[organisers()],
        ),
        Line::act(
            "callVentureRound",
            r(json!({ "closesAt": house.in_days(20) })),
            &[county(&["fund_manager", "procurement_officer"])],
        ),
        Line::act(
            "cancelVentureRound",
            r(json!({ "reason": "无" })),
            &[organisers()],
        ),
        Line::act(
            "beginVentureDefence",
            r(json!({ "reviewerIds": [] })),
            &[organisers()],
        ),
        Line::act("confirmVentureRound", r(json!({})), &[organisers()]),
        Line::act(
            "applyToVentureRound",
            application(&round, FILED, 1000),
            &[name("grantee")],
        ),
        Line::act(
            "withdrawVentureApplication",
            project(0, json!({})),
            &[name("grantee")],
        ),
        Line::act(
            "screenVentureApplication",
            project(0, json!({ "passed": true })),
            &[working()],
        ),
        Line::act(
            "recordDueDiligence",
            project(
                0,
                json!({ "passed": true, "visitedOn": "2026-03-10", "findings": "属实" }),
            ),
            &[working()],
        ),
        Line::act(
            "submitVentureScores",
            r(json!({ "scores": [] })),
            &[name("reviewer")],
        ),
        Line::act("lockVentureSheet", r(json!({})), &[name("reviewer")]),
        Line::act(
            "raiseVentureObjection",
            r(json!({ "text": "异议" })),
            &[citizens()],
        ),
        Line::act(
            "answerVentureObjection",
            json!({ "objectionId": objection, "upheld": false, "answer": "不成立" }),
            &[organisers()],
        ),
        Line::act(
            "signVentureAgreement",
            project(2, json!({})),
            &[organisers()],
        ),
        Line::act(
            "evaluateVenture",
            grant(json!({ "stage": "MIDTERM", "passed": true, "report": "好" })),
            &[judges()],
        ),
        Line::act(
            "recordVentureRecovery",
            grant(json!({ "amount": 1, "document": "回单" })),
            &[treasury()],
        ),
        Line::act("payVentureTranche", grant(json!({})), &[treasury()]),
        Line::act(
            "terminateVentureAgreement",
            grant(json!({ "reason": "违约", "toRecover": 0 })),
            &[organisers()],
        ),
        Line::public("ventureRound", &of(&round, "id")),
        Line::public("ventureRounds", "(first: 5) { nodes { id } }"),
        Line::public("ventureAgreement", &of(&grants[0], "id")),
        Line::public("procurementNeeds", "(first: 5) { nodes { id } }"),
        Line::public("contracts", "(first: 5) { nodes { id } }"),
        Line::public("challenge", &of(&disputes.challenge, "id")),
        Line::public("challenges", "(first: 5) { nodes { id } }"),
        Line::act("submitMilestone", milestone.clone(), &[bidder()]),
        Line::act("signAcceptance", signature, &[paper(), name("recipient")]),
        Line::act("acceptMilestone", milestone.clone(), &[buyers()]),
        Line::act("payMilestone", milestone, &[purse()]),
        Line::public("contract", &of(&contract, "id")),
        Line::public("tender", &of(&tender, "id")),
        Line::public("tenders", "(first: 5) { nodes { id } }"),
        Line::public("procurementNeed", &of(&draft.0, "id")),
        Line::public("fund", &of(&fund, "id")),
        Line::public("expert", &of(&seat, "id")),
        Line::read("expert", &of(&seat, "name"), &[keepers(), member()]).asks(&["readExpert"]),
        Line::read(
            "fund",
            &of(&fund, "entries(first: 5) { nodes { id } }"),
            &[
                county(&["fund_manager", "procurement_officer", "civil_affairs"]),
                over(),
            ],
        )
        .asks(&["readFundEntries"]),
    ];
    let definition = &procurement::serve::DEFINITION;
    let policies = Policies::load(definition.policy_schema, definition.policies).unwrap();
    let run = async |who: &_, query: &str, variables| house.run(who, query, variables).await;
    let beside = [
        "readTender",
        "readTenderFile",
        "readSignature",
        "readContractFile",
        "readChallenge",
        "readVentureFile",
    ];
    access::check(run, &policies, &everybody, lines, &beside).await;
}

/// What is under dispute, for the table.
struct Disputes {
    termination: Value,
    challenge: Value,
    complaint: Value,
    variation: Value,
    violation: Value,
}

impl Disputes {
    fn with(name: &str, id: &Value, mut more: Value) -> Value {
        more[name] = id.clone();
        more
    }

    fn termination(&self, more: Value) -> Value {
        Self::with("terminationId", &self.termination, more)
    }

    fn challenge(&self, more: Value) -> Value {
        Self::with("challengeId", &self.challenge, more)
    }

    fn complaint(&self, more: Value) -> Value {
        Self::with("complaintId", &self.complaint, more)
    }
}

impl House {
    /// A termination proposed by the buyer; an open challenge of the contractor, and a
    /// complaint of theirs about another one.
    async fn disputes(&self, tender: &Value, contract: &Value) -> Disputes {
        let end = json!({ "contractId": contract, "ground": "MUTUAL", "reason": "协商" });
        let want = "termination { id }";
        let made = self.act(&officer(), "proposeTermination", &end, want).await;
        let termination = made["termination"]["id"].clone();
        let mut raised = Vec::new();
        for subject in ["PROCESS", "RESULT"] {
            let input = challenge(tender, 0, subject);
            let want = "challenge { id }";
            let made = self.act(&manager(0), "raiseChallenge", &input, want).await;
            raised.push(made["challenge"]["id"].clone());
        }
        let answer = json!({ "challengeId": raised[0], "upheld": false, "answer": "无误" });
        self.act(&officer(), "answerChallenge", &answer, "challenge { id }")
            .await;
        let file = json!({ "challengeId": raised[0], "ground": "不服" });
        let made = self
            .act(&manager(0), "fileComplaint", &file, "complaint { id }")
            .await;
        let complaint = made["complaint"]["id"].clone();
        let change = json!({ "contractId": contract, "content": "改时间", "reason": "天气" });
        let want = "variation { id }";
        let made = self
            .act(&manager(0), "proposeVariation", &change, want)
            .await;
        let variation = made["variation"]["id"].clone();
        let report = json!({ "contractId": contract, "kind": "OTHER", "facts": "迟到" });
        let want = "violation { id }";
        let made = self.act(&elder(5), "reportViolation", &report, want).await;
        Disputes {
            variation,
            violation: made["violation"]["id"].clone(),
            termination,
            challenge: raised[1].clone(),
            complaint,
        }
    }

    /// A third need, commissioned, and an objection to it.
    async fn third_commissioned(&self, fund: &Value) -> (Value, Value) {
        let more = json!({ "fundId": fund, "amount": BUDGET, "document": "追加" });
        self.act(&treasurer(), "appropriateFund", &more, "fund { id }")
            .await;
        let need = self.other_need(fund).await;
        let want = "commission { id }";
        let made = self
            .act(&officer(), "publishCommission", &commission(&need), want)
            .await;
        let id = made["commission"]["id"].clone();
        let object = json!({ "commissionId": id, "text": "异议" });
        let want = "objection { id }";
        let made = self
            .act(&elder(0), "objectToCommission", &object, want)
            .await;
        (id, made["objection"]["id"].clone())
    }

    /// Another need with its budget.
    async fn other_need(&self, fund: &Value) -> Value {
        let mut input = need_input("SERVICE_UNIT");
        input["proposalId"] = json!(null);
        input["consultation"] =
            json!({ "method": "MEETING", "participants": 30, "summary": "同意" });
        let made = self.act(&staff(), "raiseNeed", &input, "need { id }").await;
        let need = made["need"]["id"].clone();
        let held = json!({ "needId": need, "fundId": fund, "amount": BUDGET });
        self.act(&fund_manager(), "reserveBudget", &held, "need { id }")
            .await;
        need
    }

    /// Another need with its budget, and the draft of its tender.
    async fn second_draft(&self, fund: &Value) -> (Value, Value) {
        let need = self.other_need(fund).await;
        let made = self
            .act(
                &officer(),
                "createTender",
                &tender_input(&need),
                "tender { id }",
            )
            .await;
        (need, made["tender"]["id"].clone())
    }
}
