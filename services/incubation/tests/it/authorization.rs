//! Who may do what: every operation tried by everybody.

use kit::auth::Policies;
use serde_json::json;
use testkit::{
    access::{self, Line, everywhere, local},
    service::data,
};

use crate::{
    access_lines::world,
    support::{CODES, COUNTY, ELSEWHERE, House, file, manager, register, registrar},
};

const ABOVE: &str = "230100000000";
const CERTIFY: &str = "mutation($input: CertifyElderCareInput!) {
    certifyElderCare(input: $input) { certification { id } } }";

#[tokio::test]
async fn exactly_those_may_whom_the_table_names() {
    let house = House::open().await;
    let (one, other, filed) = (
        house.registered(0).await,
        house.registered(1).await,
        house.filed().await,
    );
    let certify = json!({ "organizationId": other["id"], "evidence": "养老服务备案",
        "validFrom": "2026-03-02", "validTo": "2027-03-01" });
    let mut input = certify.clone();
    input["idempotencyKey"] = json!("certify-00001");
    let made = data(
        house
            .run(&registrar(), CERTIFY, json!({ "input": input }))
            .await,
    );
    let certification = &made["certifyElderCare"]["certification"]["id"];

    let world = world(&house, &one, &other, &filed).await;

    let mut everybody = access::everybody(COUNTY, ABOVE, ELSEWHERE);
    world.add_to(&mut everybody);
    everybody.insert("manager".into(), manager(&one));
    everybody.insert("another manager".into(), manager(&other));
    let registrars = || local(&["civil_affairs"]);
    let filing = || local(&["civil_affairs", "community_staff"]);
    let auditors = || {
        let mut names = local(&["auditor"]);
        names.push("auditor of nowhere".into());
        names
    };
    let admin = || everywhere("platform_admin");
    let own = || vec!["manager".to_owned()];

    let id = one["id"].as_str().unwrap();
    let related = |id: &str| format!("(id: \"{id}\") {{ relatedResidents {{ id }} }}");
    let change =
        |id: &serde_json::Value| json!({ "organizationId": id, "version": 99, "name": "新名字" });
    // Without a code it prepares; the codes of the tests are taken.
    let mut new = register(2)["input"].clone();
    new["uscc"] = json!(null);
    new["registeredOn"] = json!(null);
    new["name"] = json!("第三个中心");
    let status = |id: &serde_json::Value, to: &str| json!({ "organizationId": id, "status": to, "reason": "年检" });
    let mut lines = world.lines();
    lines.extend([
        Line::act("registerOrganization", new, &[registrars(), admin()]),
        Line::act(
            "fileOrganization",
            file("-")["input"].clone(),
            &[filing(), admin()],
        ),
        Line::act("recordChange", change(&one["id"]), &[registrars()]),
        Line::act("recordChange", change(&filed["id"]), &[filing()]),
        Line::act(
            "assessOrganization",
            json!({ "organizationId": one["id"], "score": 90, "on": "2026-03-02" }),
            &[registrars()],
        ),
        Line::act("certifyElderCare", certify, &[registrars()]),
        Line::act(
            "revokeElderCare",
            json!({ "certificationId": certification, "reason": "停业" }),
            &[registrars()],
        ),
        Line::act(
            "setOrganizationStatus",
            status(&one["id"], "ABNORMAL"),
            &[registrars()],
        ),
        Line::act(
            "setOrganizationStatus",
            status(&filed["id"], "DISSOLVED"),
            &[filing()],
        ),
        Line::public("organization", &format!("(id: \"{id}\") {{ name }}"))
            .asks(&["readOrganization"]),
        Line::read(
            "organization",
            &related(id),
            &[registrars(), auditors(), own()],
        )
        .asks(&["readRelatedPeople"]),
        Line::public(
            "organizationByUscc",
            &format!("(uscc: \"{}\") {{ name }}", CODES[0]),
        ),
        Line::public("organizations", "(first: 5) { nodes { id } }"),
    ]);
    let definition = &incubation::serve::DEFINITION;
    let policies = Policies::load(definition.policy_schema, definition.policies).unwrap();
    let run = async |who: &_, query: &str, variables| house.run(who, query, variables).await;
    access::check(run, &policies, &everybody, lines, &["checkConflicts"]).await;
}
