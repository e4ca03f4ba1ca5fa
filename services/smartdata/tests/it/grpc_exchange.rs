//! Departments read through their grants over the wire.

use std::net::SocketAddr;

use kit::{
    auth::{Account, Caller, DevIssuer},
    grpc::Peer,
};
use proto::smartdata::v1::{ReadSharedRequest, exchange_service_client::ExchangeServiceClient};
use serde_json::json;
use smartdata::domain::share_grant::ShareGrantId;
use testkit::service::peer;
use tonic::Code;

use crate::{
    sharing::{consumer, granted, provider},
    support::{House, citizen_id},
};

/// The caller with a token of the service's own login.
fn signed_in(house: &mut House, callers: [Caller; 2]) -> [Caller; 2] {
    let clock = house.service.clock.shared();
    let issuer = DevIssuer::generate("http://127.0.0.1/test", "sanshe", clock);
    house.state.core.verifier = issuer.verifier();
    callers.map(|caller| {
        let account = Account {
            name: caller.actor.subject.clone(),
            title_zh: "测试".into(),
            actor: caller.actor.clone(),
        };
        caller.with_token(issuer.issue(&account))
    })
}

#[tokio::test]
async fn a_department_reads_over_the_wire_and_leaves_a_record() {
    let mut house = House::open().await;
    house.registered(1).await;
    let (_, grant) = granted(&house, json!("《老年人权益保障法》第三条")).await;
    let grant = ShareGrantId::from_global(grant.as_str().unwrap()).unwrap();
    let [user, owner] = signed_in(&mut house, [consumer(), provider()]);
    let address: SocketAddr = peer(smartdata::grpc::routes(&house.state)).await;
    let channel = Peer::new(&format!("http://{address}")).unwrap().channel();
    let mut client = ExchangeServiceClient::new(channel);
    let request = |subject: &str, field: &str| ReadSharedRequest {
        grant_id: grant.to_string(),
        subject: subject.into(),
        fields: vec![field.into()],
    };
    let number = citizen_id(1);
    let answer = client
        .read_shared(Peer::request(&user, request(&number, "STATUS")).unwrap())
        .await
        .unwrap()
        .into_inner();
    assert!(answer.found);
    assert_eq!(
        (
            answer.fields[0].name.as_str(),
            answer.fields[0].value.as_str()
        ),
        ("STATUS", "ALIVE")
    );
    let none = client
        .read_shared(Peer::request(&user, request(&citizen_id(9), "STATUS")).unwrap())
        .await
        .unwrap()
        .into_inner();
    assert!(!none.found && none.fields.is_empty());
    for (who, field, code) in [
        (&user, "PHONE", Code::FailedPrecondition),
        (&user, "COLOUR", Code::InvalidArgument),
        (&owner, "STATUS", Code::PermissionDenied),
    ] {
        let refused = client
            .read_shared(Peer::request(who, request(&number, field)).unwrap())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code, "{field}");
    }
    let refused = client
        .read_shared(request(&number, "STATUS"))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert_eq!(house.count("exchange_records").await, 4);
    assert_eq!(
        house
            .count("exchange_records WHERE outcome = 'DENIED'")
            .await,
        2
    );
}
