//! Who may do what: every operation tried by everybody.

mod event;
mod registers;
mod services;
mod sharing;

use kit::auth::{Policies, Role};
use serde_json::{Value, json};
use testkit::{
    access::{self, Line, everywhere, local, oversight},
    service::{caller, data},
};

use crate::support::{
    self, COMMUNITY, ELSEWHERE, GRID, House, citizen_id, neighbour, registration, staff_for,
    themself,
};

const ABOVE: &str = "230103000000";
const GRID_ID: &str = "00000000-0000-7000-8000-000000000001";

fn staff() -> Vec<String> {
    local(&["community_staff", "civil_affairs"])
}

fn workers() -> Vec<String> {
    local(&["grid_worker", "community_staff", "civil_affairs"])
}

fn owner() -> Vec<String> {
    vec!["owner".to_owned()]
}

/// Wang with a household, and somebody who looked at her.
async fn household(house: &House, id: &str) -> String {
    let register = "mutation($input: RegisterHouseholdInput!) {
        registerHousehold(input: $input) { household { id } } }";
    let input = json!({ "input": { "idempotencyKey": "household-1", "communityCode": COMMUNITY,
        "headResidentId": id } });
    let made = data(house.run(&support::staff(), register, input).await);
    let look = "query($id: ID!) { resident(id: $id) { name } }";
    data(
        house
            .run(&staff_for("入户核对"), look, json!({ "id": id }))
            .await,
    );
    let household = &made["registerHousehold"]["household"]["id"];
    household.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn exactly_those_may_whom_the_table_names() {
    let house = House::open().await;
    let (id, other) = (house.registered(1).await, house.registered(2).await);
    let household = household(&house, &id).await;
    let grid = kit::graph::global(kernel::keys::GridId::from_uuid(GRID_ID.parse().unwrap()));
    let grid = grid.to_string();

    let mut everybody = access::everybody(COMMUNITY, ABOVE, ELSEWHERE);
    everybody.insert("owner".into(), themself(&id));
    everybody.insert("neighbour".into(), neighbour());
    let mut both = caller(Role::ProcurementOfficer, COMMUNITY);
    both.actor.roles.insert(Role::SocialWorker);
    everybody.insert("officer who is a social worker".into(), both);
    let mut more = event::lines(&house, &mut everybody, &id).await;
    more.extend(sharing::lines(&house, &mut everybody, &id).await);
    more.extend(services::lines(&house, &id).await);
    more.extend(registers::lines(&house, &everybody, &id).await);
    for one in everybody.values_mut() {
        one.purpose = Some("核对身份".into());
    }
    let admin = || everywhere("platform_admin");
    let professionals: Vec<String> = Role::ALL
        .iter()
        .filter(|role| {
            !matches!(
                role,
                Role::Resident | Role::ProcurementOfficer | Role::Service
            )
        })
        .flat_map(|role| everywhere(role.as_str()))
        .collect();

    let mut new = registration(9)["input"].clone();
    new["communityCode"] = json!(COMMUNITY);
    let of = |more: Value| {
        let mut input = more;
        input["residentId"] = json!(other);
        input
    };
    let look = |field: &str| format!("(id: \"{id}\") {{ {field} }}");
    more.extend([
        Line::act("registerResident", new, &[workers(), admin()]),
        Line::act(
            "verifyResident",
            of(json!({ "method": "HOME_VISIT" })),
            &[workers(), admin()],
        ),
        Line::act(
            "moveResident",
            of(json!({ "communityCode": COMMUNITY, "gridCode": GRID })),
            &[workers()],
        ),
        Line::act(
            "registerGrid",
            json!({ "code": "230103001001002", "name": "第二网格", "kind": "RESIDENTIAL" }),
            &[staff(), admin()],
        ),
        Line::act(
            "assignGridLead",
            json!({ "gridId": grid, "workerSubject": "u-1", "workerName": "李" }),
            &[staff(), admin()],
        ),
        Line::act(
            "createDemoDivision",
            json!({ "code": "230103001009", "name": "新社区" }),
            &[admin()],
        ),
        Line::act(
            "registerHousehold",
            json!({ "communityCode": COMMUNITY, "headResidentId": other }),
            &[workers(), admin()],
        ),
        Line::act(
            "addHouseholdMember",
            of(json!({ "householdId": household, "relation": "CHILD" })),
            &[workers(), admin()],
        ),
        Line::act(
            "recordDeath",
            of(json!({ "diedOn": "2026-03-01" })),
            &[staff()],
        ),
        Line::public("division", &format!("(code: \"{COMMUNITY}\") {{ code }}")),
        Line::public("divisions", "(first: 5) { nodes { code } }"),
        Line::public("grid", &format!("(id: \"{grid}\") {{ code }}")),
        Line::public("gridByCode", &format!("(code: \"{GRID}\") {{ code }}")),
        Line::public("grids", "(first: 5) { nodes { code } }"),
        Line::read("me", " { id }", &[owner()]),
        Line::read("accessLog", "(first: 5) { nodes { id } }", &[owner()]),
        Line::read("resident", &look("verified"), &[owner(), professionals])
            .asks(&["readResident"]),
        Line::read("resident", &look("name"), &[owner(), workers()]).asks(&[
            "readOwnData",
            "readPersonalData",
            "readMaskedData",
        ]),
        Line::read(
            "residentByCitizenId",
            &format!("(citizenId: \"{}\") {{ id }}", citizen_id(1)),
            &[workers()],
        )
        .asks(&["findResident"]),
        Line::read(
            "residents",
            "(first: 5) { nodes { id } }",
            &[workers(), oversight()],
        ),
        Line::read(
            "household",
            &format!("(id: \"{household}\") {{ id }}"),
            &[owner(), workers()],
        )
        .asks(&["readHousehold"]),
    ]);
    let definition = &smartdata::serve::DEFINITION;
    let policies = Policies::load(definition.policy_schema, definition.policies).unwrap();
    let run = async |who: &_, query: &str, variables| house.run(who, query, variables).await;
    let beside = ["readHappening", "readServiceDraft"];
    access::check(run, &policies, &everybody, more, &beside).await;
}
