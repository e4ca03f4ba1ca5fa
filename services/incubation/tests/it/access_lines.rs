//! Who may do what with centres, incubations and money: the lines of the table.

use serde_json::{Value, json};
use testkit::access::{Everybody, Line, local, oversight};

use crate::{
    graphql_annual_report::report,
    steps::{
        account, adviser, community, done, growth, held, incubating, look, mandate, opened, pilot,
        room, sheet,
    },
    support::{
        COUNTY, GARDEN, House, OTHERS, community_staff, garden, keeper, manager, registrar,
        resident,
    },
};

/// What the lines are about.
pub struct World {
    body: Value,
    filed: Value,
    operator: Value,
    centre: Value,
    mandate: Value,
    service_centre: Value,
    adviser: Value,
    incubatee: Value,
    session: Value,
    licence: Value,
    account: Value,
    request: Value,
    report: Value,
    task: Value,
}

/// Everything there is to be done something with.
pub async fn world(house: &House, body: &Value, other: &Value, filed: &Value) -> World {
    let bureau = registrar();
    for n in 1..=10 {
        let fact = pilot(garden(n).0, 1200, "2026-03-01");
        done(house, &bureau, "attestPilotSite", fact, "__typename").await;
    }
    let tasks = crate::steps::seen(house, &bureau, "districtCentreTasks { nodes { id } }").await;
    let (centre, operator) = opened(house).await;
    let query = format!("incubationCentre(id: {centre}) {{ mandates {{ id }} }}");
    let mandates = crate::steps::seen(house, &bureau, &query).await;
    let new = json!({ "level": "COMMUNITY", "communityId": community(GARDEN), "name": "花园中心",
        "organizationId": other["id"], "foundedOn": "2026-01-01" });
    let select = "centre { id }";
    let made = done(house, &bureau, "establishServiceCentre", new, select).await;
    let service_centre = made["centre"]["id"].clone();
    let incubatee = incubating(house, &centre, body).await;
    let session = json!({ "incubateeId": incubatee, "kind": "TRAINING", "heldOn": "2026-03-02",
        "minutes": 60, "attendees": 5, "topic": "培训", "evidence": "签到表" });
    let select = "incubatee { sessions { id } }";
    let held_session = done(
        house,
        &community_staff(),
        "recordIncubationSession",
        session,
        select,
    )
    .await;
    let licence = held(house, &centre, body).await;
    let account = account(house, &service_centre, filed).await;
    let receive = json!({ "accountId": account, "amount": 50_000, "subject": "创投",
        "evidence": "凭证" });
    done(
        house,
        &keeper(),
        "receiveCustodyMoney",
        receive,
        "__typename",
    )
    .await;
    let request = json!({ "accountId": account, "amount": 1, "purpose": "物资", "payee": "商店",
        "evidence": "报价单" });
    let select = "account { requests { id } }";
    let asked = done(
        house,
        &manager(filed),
        "requestCustodyPayment",
        request,
        select,
    )
    .await;
    let select = "report { id }";
    let handed_in = done(
        house,
        &manager(body),
        "submitAnnualReport",
        report(body, 2025),
        select,
    )
    .await;
    let adviser = adviser_of_the_place(house).await;
    World {
        body: body.clone(),
        filed: filed.clone(),
        operator,
        mandate: mandates["incubationCentre"]["mandates"][0]["id"].clone(),
        service_centre,
        adviser,
        session: held_session["incubatee"]["sessions"][0]["id"].clone(),
        incubatee,
        licence,
        request: asked["account"]["requests"][0]["id"].clone(),
        account,
        report: handed_in["report"]["id"].clone(),
        task: tasks["districtCentreTasks"]["nodes"][0]["id"].clone(),
        centre,
    }
}

async fn adviser_of_the_place(house: &House) -> Value {
    let list = "incubationAdvisers(first: 1) { nodes { id } }";
    let found = crate::steps::seen(house, &registrar(), list).await;
    let one = &found["incubationAdvisers"]["nodes"][0]["id"];
    if one.is_null() {
        return adviser(house, 0, None).await;
    }
    one.clone()
}

impl World {
    /// Those who are somebody here.
    pub fn add_to(&self, everybody: &mut Everybody) {
        everybody.insert("operator".into(), manager(&self.operator));
        everybody.insert("filed manager".into(), manager(&self.filed));
    }

    fn about(&self) -> Value {
        json!({ "incubateeId": self.incubatee })
    }

    fn deposit(&self, more: Value) -> Value {
        let mut input = json!({ "licenceId": self.licence });
        for (key, value) in more.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        input
    }

    /// The lines, in an order in which each still finds something.
    pub fn lines(&self) -> Vec<Line> {
        [
            self.centres(),
            self.incubations(),
            self.deposits(),
            self.custody_and_reports(),
            self.reads(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn centres(&self) -> Vec<Line> {
        let bureau = || local(&["civil_affairs"]);
        let staff = || local(&["civil_affairs", "community_staff"]);
        let which = json!({ "centreId": self.centre });
        let plan = json!({ "communityId": community(GARDEN), "name": "中心", "areaM2": 100 });
        let establish = json!({ "level": "COMMUNITY", "communityId": community(GARDEN),
            "name": "中心", "organizationId": self.body["id"], "foundedOn": "2026-01-01" });
        let close = |id: &Value| json!({ "centreId": id, "reason": "调整" });
        let enrol = json!({ "residentId": resident(OTHERS[2]), "divisionCode": COUNTY,
            "expertise": "LAW", "qualification": "律师" });
        let end = json!({ "mandateId": self.mandate, "on": "2026-11-30", "reason": "解除" });
        let granted = mandate(&self.centre, &self.operator, "2027-01-01", "2027-12-31");
        let fact = pilot(garden(1).0, 1200, "2026-03-02");
        vec![
            Line::act("attestPilotSite", fact, &[bureau()]),
            Line::act(
                "waiveDistrictCentre",
                json!({ "taskId": self.task, "reason": "县级" }),
                &[bureau()],
            ),
            Line::act("establishServiceCentre", establish, &[bureau()]),
            Line::act(
                "closeServiceCentre",
                close(&self.service_centre),
                &[bureau()],
            ),
            Line::act("planIncubationCentre", plan, &[staff()]),
            Line::act(
                "checkFacility",
                look(&self.centre, "SIGN", true),
                &[staff()],
            ),
            Line::act("openIncubationCentre", which, &[bureau()]),
            Line::act("closeIncubationCentre", close(&self.centre), &[bureau()]),
            Line::act("grantOperationMandate", granted, &[bureau()]),
            Line::act("endOperationMandate", end, &[bureau()]),
            Line::act("enrolAdviser", enrol, &[bureau()]),
        ]
    }

    fn incubations(&self) -> Vec<Line> {
        let bureau = || local(&["civil_affairs"]);
        let staff = || local(&["civil_affairs", "community_staff"]);
        let own = || vec!["manager".to_owned()];
        let runs = || vec!["operator".to_owned()];
        let about = || self.about();
        let with = |key: &str, value: Value| {
            let mut input = about();
            input[key] = value;
            input
        };
        let apply = json!({ "organizationId": self.body["id"], "centreId": self.centre,
            "goal": "孵化" });
        let mut sign = with("from", json!("2026-03-02"));
        sign["to"] = json!("2026-12-31");
        let mut extend = with("to", json!("2027-06-01"));
        extend["reason"] = json!("延期");
        let session = json!({ "incubateeId": self.incubatee, "kind": "TRAINING",
            "heldOn": "2026-03-02", "minutes": 60, "attendees": 5, "topic": "培训",
            "evidence": "签到表" });
        let confirm = json!({ "sessionId": self.session, "rating": 5 });
        let score = growth(&self.incubatee, "REGULAR", 50);
        vec![
            Line::act("applyForIncubation", apply, &[staff(), own()]),
            Line::act(
                "screenIncubatee",
                with("accepted", json!(true)),
                &[staff(), runs()],
            ),
            Line::act(
                "reviewIncubatee",
                sheet(&self.incubatee, &self.adviser, 80),
                &[bureau()],
            ),
            Line::act(
                "releaseAdviser",
                json!({ "adviserId": self.adviser }),
                &[bureau()],
            ),
            Line::act("concludeReview", about(), &[staff()]),
            Line::act("signIncubation", sign, &[staff()]),
            Line::act("startIncubation", about(), &[staff()]),
            Line::act("recordIncubationSession", session, &[staff(), runs()]),
            Line::act("confirmSession", confirm, &[own()]),
            Line::act("scoreGrowth", score, &[staff(), runs()]),
            Line::act("advanceStage", about(), &[staff(), runs()]),
            Line::act("extendIncubation", extend, &[staff()]),
            Line::act("graduateIncubatee", about(), &[staff()]),
            Line::act("trackIncubatee", about(), &[staff()]),
            Line::act("withdrawApplication", about(), &[own()]),
            Line::act(
                "terminateIncubation",
                with("reason", json!("停止")),
                &[staff()],
            ),
            Line::act("confirmVacated", about(), &[staff()]),
        ]
    }

    fn deposits(&self) -> Vec<Line> {
        let bureau = || local(&["civil_affairs"]);
        let staff = || local(&["civil_affairs", "community_staff"]);
        let funds = || local(&["fund_manager"]);
        let own = || vec!["manager".to_owned()];
        let stage = || self.deposit(json!({ "stageNo": 1, "evidence": "单" }));
        let keep = json!({ "reason": "损坏", "evidence": "单" });
        let mut deduct = self.deposit(keep.clone());
        deduct["amount"] = json!(100);
        let end = self.deposit(json!({ "on": "2026-12-31", "reason": "结束" }));
        vec![
            Line::act(
                "grantSpaceLicence",
                room(&self.centre, &self.body, "301"),
                &[staff()],
            ),
            Line::act(
                "reportDepositPaid",
                self.deposit(json!({ "slip": "回单" })),
                &[staff(), own()],
            ),
            Line::act(
                "confirmDeposit",
                self.deposit(json!({ "received": true })),
                &[funds()],
            ),
            Line::act("acceptDepositStage", stage(), &[staff()]),
            Line::act("refundDepositStage", stage(), &[funds()]),
            Line::act("deductDeposit", deduct, &[staff()]),
            Line::act("forfeitDeposit", self.deposit(keep), &[bureau()]),
            Line::act("endSpaceLicence", end, &[staff()]),
        ]
    }

    fn custody_and_reports(&self) -> Vec<Line> {
        let bureau = || local(&["civil_affairs"]);
        let staff = || local(&["community_staff"]);
        let funds = || local(&["fund_manager"]);
        let account = |more: Value| {
            let mut input = json!({ "accountId": self.account });
            for (key, value) in more.as_object().into_iter().flatten() {
                input[key] = value.clone();
            }
            input
        };
        let request = json!({ "amount": 1, "purpose": "物资", "payee": "商店", "evidence": "单" });
        vec![
            Line::act(
                "openCustodyAccount",
                json!({ "centreId": self.service_centre, "organizationId": self.filed["id"] }),
                &[staff()],
            ),
            Line::act(
                "receiveCustodyMoney",
                account(json!({ "amount": 1, "subject": "资助", "evidence": "凭证" })),
                &[funds()],
            ),
            Line::act(
                "requestCustodyPayment",
                account(request),
                &[staff(), vec!["filed manager".to_owned()]],
            ),
            Line::act(
                "decideCustodyPayment",
                json!({ "requestId": self.request, "granted": true }),
                &[staff(), funds()],
            ),
            Line::act("closeCustodyAccount", account(json!({})), &[staff()]),
            Line::act(
                "submitAnnualReport",
                report(&self.body, 2024),
                &[bureau(), vec!["manager".to_owned()]],
            ),
            Line::act(
                "decideAnnualReport",
                json!({ "reportId": self.report, "accepted": true }),
                &[bureau()],
            ),
        ]
    }

    fn reads(&self) -> Vec<Line> {
        let staff = || local(&["civil_affairs", "community_staff"]);
        let funds = || local(&["fund_manager"]);
        let people = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let by_id = |id: &Value| format!("(id: {id}) {{ id }}");
        let list = "(first: 5) { nodes { id } }";
        let work = || vec![staff(), oversight()];
        let mut seen = vec![staff(), funds(), oversight()];
        seen.push(people(&["manager", "operator"]));
        let money = [staff(), funds(), oversight(), people(&["filed manager"])];
        let reports = [staff(), oversight(), people(&["manager"])];
        let mut due = work();
        due.push(people(&["manager", "another manager", "operator"]));
        vec![
            Line::read("incubationPilotSites", list, &work()),
            Line::read("centreObligations", list, &work()),
            Line::read("districtCentreTasks", list, &work()),
            Line::public("serviceCentre", &by_id(&self.service_centre)),
            Line::public("serviceCentres", list),
            Line::public("incubationCentre", &by_id(&self.centre)),
            Line::public("incubationCentres", list),
            Line::read("incubationAdviser", &by_id(&self.adviser), &work()).asks(&["readAdviser"]),
            Line::read("incubationAdvisers", list, &work()),
            Line::read("incubatee", &by_id(&self.incubatee), &seen)
                .asks(&["readIncubatee", "readIncubateeReviews"]),
            Line::read("incubatees", list, &seen),
            Line::read("spaceLicence", &by_id(&self.licence), &seen).asks(&["readSpaceLicence"]),
            Line::read("spaceLicences", list, &seen),
            Line::read("custodyAccount", &by_id(&self.account), &money)
                .asks(&["readCustodyAccount"]),
            Line::read("custodyAccounts", list, &money),
            Line::read("annualReport", &by_id(&self.report), &reports).asks(&["readAnnualReport"]),
            Line::read("annualReports", list, &reports),
            Line::read(
                "annualReportDuties",
                "(year: 2025) { nodes { year } }",
                &due,
            ),
        ]
    }
}
