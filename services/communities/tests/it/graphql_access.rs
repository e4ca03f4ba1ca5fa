//! Who may do and see what through the graph: every operation tried by everybody.

use kit::auth::{Caller, Policies, Role};
use serde_json::{Value, json};
use testkit::{
    access::{self, Line, everywhere, local, oversight},
    service::caller,
};

use crate::{
    access_governance, access_platform, access_study,
    ground::city,
    peers::{COMMUNITY, ELSEWHERE, WANG},
    steps,
    support::{House, resident_id, stranger, voter, wang},
};

const ABOVE: &str = "230103000000";

/// Manages the organisation that applies for space.
fn manager() -> Caller {
    let mut one = caller(Role::OrgManager, ELSEWHERE);
    one.actor.subject = "manager".into();
    one.actor.organization_id = Some(uuid::Uuid::from_u128(0x51));
    one
}

#[tokio::test]
async fn exactly_those_may_whom_the_table_names() {
    let house = House::open().await;
    let chain = steps::voting(&house, 5).await;

    let mut everybody = access::everybody(COMMUNITY, ABOVE, ELSEWHERE);
    // Residents are people: each has a record.
    everybody.retain(|name, _| !name.starts_with("resident"));
    // Who has nothing to do here is tried once; what policies say of them in
    // every place, `authorization` asks.
    let idle = [
        "procurement_officer ",
        "expert ",
        "volunteer ",
        "fund_manager ",
    ];
    everybody.retain(|name, _| !idle.iter().any(|role| name.starts_with(role)));
    everybody.insert("owner".into(), wang());
    everybody.insert("neighbour".into(), voter(0));
    everybody.insert("stranger".into(), stranger());
    everybody.insert("city".into(), city());
    everybody.insert("manager".into(), manager());
    let owner = || vec!["owner".to_owned()];
    let residents = || vec!["owner".to_owned(), "neighbour".into()];
    let staff = || local(&["community_staff"]);
    let workers = || {
        let mut names = local(&["community_staff", "grid_worker", "civil_affairs"]);
        names.push("city".into());
        names
    };

    let with = |more: Value| {
        let mut input = chain.input();
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let community = kit::graph::global(house.community.id).to_string();
    let report = json!({ "communityId": community, "category": "MEALS",
        "description": "想吃热饭", "onBehalfOf": resident_id(WANG) });
    let register = json!({ "divisionCode": "230103001009", "name": "河畔社区",
        "kind": "RESIDENTS", "households": 1, "population": 1, "serviceAreaM2": 1 });
    let verify = json!({ "needId": chain.need, "accept": true });
    let objection = with(json!({ "upheld": true, "note": "属实" }));
    let of = |id: &Value| format!("(id: \"{}\") {{ id }}", id.as_str().unwrap());
    let linked = format!(
        "(traceId: \"{}\") {{ need {{ id }} }}",
        chain.trace.as_str().unwrap()
    );
    // Those of the community itself make no other one.
    let registrars = [
        vec!["civil_affairs above".to_owned(), "city".into()],
        everywhere("platform_admin"),
    ];
    let readers = || [owner(), workers(), oversight()];
    // First those that move the clock: a vote is called in the future.
    let mut beside = access_governance::lines(&house).await;
    beside.extend(access_platform::lines(&house, &chain).await);
    beside.extend(access_study::lines(&house).await);
    let mut lines = vec![
        Line::act("registerCommunity", register, &registrars),
        Line::act("reportNeed", report, &[owner(), workers()]),
        Line::act("verifyNeed", verify, &[workers()]),
        Line::act("raiseProposal", steps::raise(&chain), &[owner(), staff()]),
        Line::act(
            "screenProposal",
            with(json!({ "inScope": true })),
            &[staff()],
        ),
        Line::act("secondProposal", chain.input(), &[residents()]),
        Line::act("placeOnAgenda", chain.input(), &[staff()]),
        Line::act("openBallot", steps::ballot(&house, &chain, 5), &[staff()]),
        Line::act("castBallot", chain.vote("FOR"), &[residents()]),
        Line::act(
            "castBallot",
            chain.paper("FOR", resident_id(WANG), "P-1"),
            &[staff()],
        )
        .asks(&["enterPaperBallot"]),
        Line::act(
            "closeBallot",
            json!({ "ballotId": chain.ballot }),
            &[staff()],
        ),
        Line::act("publishDecision", chain.input(), &[staff()]),
        Line::act(
            "objectDecision",
            with(json!({ "text": "不同意" })),
            &[residents()],
        ),
        Line::act("resolveObjection", objection, &[staff()]),
        Line::act(
            "projectiseProposal",
            chain.purchase("SERVICE_UNIT"),
            &[staff()],
        ),
        Line::act(
            "rateResult",
            json!({ "needId": chain.need, "stars": 5 }),
            &[owner()],
        ),
        Line::public("community", &format!("(id: \"{community}\") {{ name }}")),
        Line::public(
            "communityByCode",
            &format!("(divisionCode: \"{COMMUNITY}\") {{ name }}"),
        ),
        Line::public("communities", "(first: 5) { nodes { id } }"),
        Line::public("proposal", &of(&chain.proposal)),
        Line::public(
            "proposals",
            &format!("(communityId: \"{community}\") {{ nodes {{ id }} }}"),
        ),
        Line::public("ballot", &of(&chain.ballot)),
        // Nobody finds a vote without its receipt.
        Line::read(
            "ballotReceipt",
            "(receipt: \"no-such-receipt\") { counted }",
            &[],
        ),
        Line::read("need", &of(&chain.need), &readers()).asks(&["readNeed"]),
        Line::read("needs", "(first: 5) { nodes { id } }", &readers()),
        Line::read("linkage", &linked, &readers()),
    ];
    lines.extend(beside);
    let definition = &communities::serve::DEFINITION;
    let policies = Policies::load(definition.policy_schema, definition.policies).unwrap();
    let run = async |who: &_, query: &str, variables| house.run(who, query, variables).await;
    // Members are a field of their organisation.
    let nested = ["readPartyMember"];
    access::check(run, &policies, &everybody, lines, &nested).await;
}
