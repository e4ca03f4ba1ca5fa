//! 数据共享: a department asks for what another one keeps, reads it through its
//! grant over gRPC and the graph, and the person it is about sees both.

use chrono::TimeDelta;
use kit::{
    auth::{Actor, Caller},
    grpc::Peer,
};
use proto::smartdata::v1::{
    ReadSharedRequest, ReadSharedResponse, exchange_service_client::ExchangeServiceClient,
};
use sanshe::demo::{
    people::{COMMUNITY, RESIDENTS},
    seed::{self, show, uuid_of},
    world::World,
};
use serde_json::{Value, json};

use crate::support::House;

/// A department's own program, which speaks gRPC.
struct Department<'a> {
    account: &'static str,
    peer: Peer,
    world: &'a World,
}

impl<'a> Department<'a> {
    fn new(house: &House, world: &'a World, account: &'static str) -> Self {
        let peer = Peer::new(&house.platform.services["smartdata"]).unwrap();
        Self {
            account,
            peer,
            world,
        }
    }

    /// One record: what was answered, or the reason why not.
    async fn read(&self, subject: &str, fields: &[&str]) -> Result<ReadSharedResponse, String> {
        let token = self.world.desk().token(self.account).await.unwrap();
        let caller = Caller::of(Actor::new(self.account, [])).with_token(token);
        let grant = uuid_of(&self.world.id("grant").unwrap()).unwrap();
        let read = Peer::read(|| async {
            let message = ReadSharedRequest {
                grant_id: grant.to_string(),
                subject: subject.into(),
                fields: fields.iter().map(|&field| field.into()).collect(),
            };
            let request = Peer::request(&caller, message).unwrap();
            ExchangeServiceClient::new(self.peer.channel())
                .read_shared(request)
                .await
        });
        read.await.map_err(|error| error.reason().to_owned())
    }
}

fn number(of: &str) -> String {
    let at = RESIDENTS.iter().position(|one| one.account == of).unwrap();
    let number = RESIDENTS[at].citizen_id(at).unwrap();
    number.expose().to_owned()
}

/// From the catalogue to a grant that rests on consent.
async fn granted(world: &mut World) {
    let list = "{ dataResources(first: 5) { nodes { code class provider { name } providerName fields } } }";
    let seen = world.send(None, list, json!({})).await.unwrap();
    let entry = json!({
        "code": "RESIDENT_BASIC", "class": "CONDITIONAL",
        // A department is no organisation of the register: that is null, and no error.
        "provider": null, "providerName": "南岗区政务数据局",
        "fields": ["NAME", "CITIZEN_ID", "BIRTH_DATE", "STATUS", "VERIFIED"],
    });
    assert!(seen.failure().is_none(), "{:?}", seen.failure());
    let nodes = seen.data["dataResources"]["nodes"].as_array().unwrap();
    assert!(nodes.contains(&entry), "{nodes:#?}");

    let until = world.day().await.unwrap() + chrono::Days::new(60);
    let ask = json!({
        "resourceId": world.id("data resource").unwrap(), "consumerName": "南岗区卫生健康局",
        "purpose": "老年人健康建档", "statutoryBasis": null, "fields": ["NAME", "STATUS"],
        "rowDivisionCode": COMMUNITY, "until": until,
    });
    let mut more = ask.clone();
    more["fields"] = json!(["PHONE"]);
    let mut own = ask.clone();
    own["consumerName"] = json!("南岗区政务数据局");
    for (account, input, reason) in [
        ("wang", ask.clone(), "DEPARTMENT_ONLY"),
        ("health", more, "SHARE_FIELDS"),
        ("bureau", own, "SHARE_WITH_ANOTHER"),
    ] {
        world
            .must_refuse(account, "submitShareRequest", input, reason)
            .await
            .unwrap();
    }
    let made = world
        .act("health", "submitShareRequest", ask, "shareRequest { id }")
        .await
        .unwrap();
    let request = made["shareRequest"]["id"].clone();
    let check = json!({ "shareRequestId": request, "compliant": true });
    let reply = json!({ "shareRequestId": request, "agreed": true });
    // Neither side checks, and nobody else learns of it.
    for (account, reason) in [
        ("health", "FORBIDDEN"),
        ("bureau", "FORBIDDEN"),
        ("housing", "SHARE_REQUEST_NOT_FOUND"),
    ] {
        world
            .must_refuse(account, "checkShareRequest", check.clone(), reason)
            .await
            .unwrap();
    }
    for (account, verb, input, state) in [
        ("admin", "checkShareRequest", check, "REPLYING"),
        ("bureau", "replyShareRequest", reply, "GRANTED"),
    ] {
        let made = world
            .act(account, verb, input, "shareRequest { state }")
            .await
            .unwrap();
        assert_eq!(made["shareRequest"]["state"], state);
    }
    let list = "{ shareGrants(first: 5) { nodes { id state basis purpose fields until } } }";
    let seen = world.ask("health", list, json!({})).await.unwrap();
    let mut grant = seen["shareGrants"]["nodes"][0].clone();
    world.keep("grant", grant["id"].clone());
    grant.as_object_mut().unwrap().remove("id");
    assert_eq!(
        grant,
        json!({
            "state": "ACTIVE", "basis": "CONSENT", "purpose": "老年人健康建档",
            "fields": ["NAME", "STATUS"], "until": until,
        })
    );
}

/// The resident agrees.
async fn consent(world: &mut World) -> Value {
    let give = json!({
        "resourceId": world.id("data resource").unwrap(), "consumerName": "南岗区卫生健康局",
        "consumerOrganizationId": world.id("health").unwrap(), "purpose": "健康建档",
    });
    let made = world
        .act("wang", "giveDataConsent", give, "dataConsent { id }")
        .await
        .unwrap();
    made["dataConsent"]["id"].clone()
}

/// The same through the graph.
async fn ask(world: &World, account: &str, fields: &str) -> Result<Value, String> {
    let query = format!(
        "query($grant: ID!, $of: String!) {{
           sharedData(shareGrantId: $grant, subject: $of, fields: [{fields}]) {{ field value }} }}"
    );
    let variables = json!({ "grant": world.id("grant").unwrap(), "of": number("wang") });
    let answer = world.send(Some(account), &query, variables).await.unwrap();
    match answer.failure() {
        Some(failure) => Err(failure.reason),
        None => Ok(answer.data["sharedData"].clone()),
    }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, String>) -> String {
    answer.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_department_reads_by_its_grant_and_the_resident_sees_it() {
    let house = House::open().await;
    let mut world = house.world();
    seed::seed(&mut world).await.unwrap();
    show::catalogue::share(&mut world).await.unwrap();
    granted(&mut world).await;
    let (wang, zhang) = (number("wang"), number("zhang"));

    let health = Department::new(&house, &world, "health");
    assert_eq!(
        refused(health.read(&wang, &["NAME"]).await),
        "CONSENT_MISSING"
    );
    let agreed = consent(&mut world).await;
    let health = Department::new(&house, &world, "health");
    let answer = health.read(&wang, &["NAME", "STATUS"]).await.unwrap();
    let told: Vec<_> = answer
        .fields
        .iter()
        .map(|one| (one.name.as_str(), one.value.as_str()))
        .collect();
    assert!(answer.found);
    assert_eq!(told, [("NAME", "王秀兰"), ("STATUS", "ALIVE")]);
    assert_eq!(
        ask(&world, "health", "STATUS").await.unwrap(),
        json!([{ "field": "STATUS", "value": "ALIVE" }])
    );

    // Beyond the grant: another field, another person, another department.
    assert_eq!(
        refused(health.read(&wang, &["CITIZEN_ID"]).await),
        "SHARE_NOT_COVERED"
    );
    assert_eq!(
        refused(ask(&world, "health", "BIRTH_DATE").await),
        "SHARE_NOT_COVERED"
    );
    assert_eq!(
        refused(health.read(&zhang, &["NAME"]).await),
        "CONSENT_MISSING"
    );
    let housing = Department::new(&house, &world, "housing");
    assert_eq!(
        refused(housing.read(&wang, &["NAME"]).await),
        "SHARE_GRANT_NOT_FOUND"
    );
    // Who is not there is told like who lies outside of the rows.
    let nobody = RESIDENTS[0].citizen_id(400).unwrap();
    let none = health.read(nobody.expose(), &["NAME"]).await;
    assert!(!none.unwrap().found);

    // What was agreed to ends at once, and what has a last day after it.
    let back = json!({ "dataConsentId": agreed });
    world
        .act("wang", "withdrawDataConsent", back, "dataConsent { id }")
        .await
        .unwrap();
    let health = Department::new(&house, &world, "health");
    assert_eq!(
        refused(health.read(&wang, &["NAME"]).await),
        "CONSENT_MISSING"
    );
    consent(&mut world).await;
    world.wait(TimeDelta::days(61)).await.unwrap();
    let health = Department::new(&house, &world, "health");
    assert_eq!(
        refused(health.read(&wang, &["NAME"]).await),
        "SHARE_NOT_COVERED"
    );
    let over = "{ shareGrants(first: 5, state: EXPIRED) { nodes { id } } }";
    let grant = json!([{ "id": world.id("grant").unwrap() }]);
    world
        .settle("health", over, json!({}), |seen| {
            seen["shareGrants"]["nodes"] == grant
        })
        .await
        .unwrap();
    seen_by_the_resident(&world).await;
    whole(&world).await;
    house.platform.stop().await;
}

/// Who read what, what for, and who was kept from it.
async fn seen_by_the_resident(world: &World) {
    let mine =
        "{ exchangesAboutMe(first: 20) { nodes { consumerName purpose fields outcome reason } }
        accessLog(first: 20) { nodes { actorName purpose fields organization { id } } } }";
    let seen = world.ask("wang", mine, json!({})).await.unwrap();
    let look = |fields: Value, outcome: &str, reason: Option<&str>| {
        json!({
            "consumerName": "南岗区卫生健康局", "purpose": "老年人健康建档", "fields": fields,
            "outcome": outcome, "reason": reason,
        })
    };
    assert_eq!(
        seen["exchangesAboutMe"]["nodes"],
        json!([
            look(json!(["NAME"]), "DENIED", Some("CONSENT_MISSING")),
            look(json!(["STATUS"]), "OK", None),
            look(json!(["NAME", "STATUS"]), "OK", None),
            look(json!(["NAME"]), "DENIED", Some("CONSENT_MISSING")),
        ])
    );
    assert_eq!(
        seen["accessLog"]["nodes"],
        json!([{
            "actorName": "南岗区卫生健康局", "purpose": "老年人健康建档", "fields": ["NAME"],
            "organization": { "id": world.id("health").unwrap() },
        }])
    );
    // Somebody else's looks are nobody's business.
    let seen = world.ask("li", mine, json!({})).await.unwrap();
    assert_eq!(seen["exchangesAboutMe"]["nodes"], json!([]));
}

/// Every exchange and every denial stands in one chain.
async fn whole(world: &World) {
    let chain = "{ exchangeChain { records intact broken } exchangeRecords(first: 20) { nodes { outcome reason } } }";
    let seen = world.ask("auditor", chain, json!({})).await.unwrap();
    assert_eq!(
        seen["exchangeChain"],
        json!({ "records": "10", "intact": true, "broken": null })
    );
    let records = seen["exchangeRecords"]["nodes"].as_array().unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|one| {
            let reason = one["reason"].as_str();
            (one["outcome"].as_str().unwrap(), reason.unwrap_or_default())
        })
        .collect();
    // Newest first.
    assert_eq!(
        told,
        [
            ("DENIED", "SHARE_NOT_COVERED"),
            ("DENIED", "CONSENT_MISSING"),
            ("NOT_FOUND", ""),
            ("DENIED", "FORBIDDEN"),
            ("DENIED", "CONSENT_MISSING"),
            ("DENIED", "SHARE_NOT_COVERED"),
            ("DENIED", "SHARE_NOT_COVERED"),
            ("OK", ""),
            ("OK", ""),
            ("DENIED", "CONSENT_MISSING"),
        ]
    );
    let answer = world
        .send(Some("health"), "{ exchangeChain { intact } }", json!({}))
        .await
        .unwrap();
    assert_eq!(answer.failure().unwrap().reason, "FORBIDDEN");
}
