//! What other services are told of residents: references, never personal data.

use std::net::SocketAddr;

use kernel::keys::ResidentId;
use kit::{
    auth::{Account, Caller, DevIssuer},
    grpc::Peer,
};
use proto::smartdata::v1::{
    BatchGetResidentsRequest, GetResidentRequest, ResidentStatus,
    resident_service_client::ResidentServiceClient,
};
use smartdata::app::resident::see;
use testkit::service::{caller, peer};
use tonic::Code;

use crate::support::{
    COMMUNITY, ELSEWHERE, GRID, House, neighbour, nobody, staff_elsewhere, themself, uuid_of,
};

const ISSUER: &str = "http://127.0.0.1/test";

/// The service with a login of its own, and a token of a caller.
async fn signed_in(house: &mut House, caller: &Caller) -> Caller {
    let clock = house.service.clock.shared();
    let issuer = DevIssuer::generate(ISSUER, "sanshe", clock);
    house.state.core.verifier = issuer.verifier();
    let account = Account {
        name: "test".into(),
        title_zh: "测试".into(),
        actor: caller.actor.clone(),
    };
    caller.clone().with_token(issuer.issue(&account))
}

#[tokio::test]
async fn answers_over_the_wire_in_the_name_of_the_caller() {
    let mut house = House::open().await;
    let id = uuid_of(&house.registered(1).await);
    let worker = caller(kit::auth::Role::SocialWorker, ELSEWHERE);
    let worker = signed_in(&mut house, &worker).await;
    let mut client = serve(&house).await;
    let request = GetResidentRequest { id: id.to_string() };
    let answer = client
        .get_resident(Peer::request(&worker, request).unwrap())
        .await
        .unwrap()
        .into_inner()
        .resident
        .unwrap();
    assert_eq!(answer.status(), ResidentStatus::Alive);
    assert_eq!(
        (answer.community_code.as_str(), answer.grid_code.as_str()),
        (COMMUNITY, GRID)
    );
    assert_eq!(
        (answer.verified, answer.age, answer.demo),
        (false, 75, true)
    );

    let unknown = ResidentId::from_uuid(uuid::Uuid::nil()).to_string();
    let ids = vec![id.to_string(), unknown.clone()];
    let many = client
        .batch_get_residents(Peer::request(&worker, BatchGetResidentsRequest { ids }).unwrap())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(many.residents, [answer]);
    let request = GetResidentRequest { id: unknown };
    let none = client
        .get_resident(Peer::request(&worker, request).unwrap())
        .await;
    let none = kit::Error::from(none.unwrap_err());
    assert_eq!(none.reason(), "RESIDENT_NOT_FOUND");
}

async fn serve(house: &House) -> ResidentServiceClient<kit::grpc::Resending> {
    let address: SocketAddr = peer(smartdata::grpc::routes(&house.state)).await;
    ResidentServiceClient::new(Peer::new(&format!("http://{address}")).unwrap().channel())
}

#[tokio::test]
async fn refuses_callers_without_a_token_and_malformed_requests() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let mut client = serve(&house).await;
    let request = GetResidentRequest {
        id: uuid_of(&id).to_string(),
    };
    let refused = client.get_resident(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let refused = client
        .get_resident(GetResidentRequest { id: "x".into() })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let ids = vec![uuid_of(&id).to_string(); 501];
    let refused = client
        .batch_get_residents(BatchGetResidentsRequest { ids })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn tells_references_to_those_who_work_with_residents() {
    let house = House::open().await;
    let id = house.registered(1).await;
    let roles = [
        kit::auth::Role::GridWorker,
        kit::auth::Role::CommunityStaff,
        kit::auth::Role::CivilAffairs,
        kit::auth::Role::OrgManager,
        kit::auth::Role::SocialWorker,
        kit::auth::Role::Volunteer,
        kit::auth::Role::Auditor,
    ];
    let everybody = roles
        .into_iter()
        .map(|role| caller(role, ELSEWHERE))
        .chain([themself(&id), staff_elsewhere()]);
    for caller in everybody {
        let seen = see::refer_one(&house.state, &caller, uuid_of(&id))
            .await
            .unwrap();
        assert_eq!(seen.resident.community_code.as_str(), COMMUNITY);
        assert_eq!(seen.resident.grid_code.unwrap().as_str(), GRID);
        assert!(seen.name.is_none() && seen.citizen_id.is_none() && seen.phone.is_none());
        assert_eq!(seen.age, 75);
    }
    assert_eq!(house.count("access_log").await, 0);
}

#[tokio::test]
async fn tells_nothing_to_the_others() {
    let house = House::open().await;
    let id = uuid_of(&house.registered(1).await);
    let officer = caller(kit::auth::Role::ProcurementOfficer, COMMUNITY);
    for (caller, expected) in [
        (nobody(), "UNAUTHENTICATED"),
        (neighbour(), "RESIDENT_NOT_FOUND"),
        (officer.clone(), "RESIDENT_NOT_FOUND"),
    ] {
        let refused = see::refer_one(&house.state, &caller, id)
            .await
            .err()
            .unwrap();
        assert_eq!(refused.reason(), expected);
    }
    let unknown = ResidentId::from_uuid(uuid::Uuid::nil());
    let many = see::refer(&house.state, &officer, &[id, unknown])
        .await
        .unwrap();
    assert!(many.is_empty());
    let worker = caller(kit::auth::Role::SocialWorker, ELSEWHERE);
    let many = see::refer(&house.state, &worker, &[id, unknown])
        .await
        .unwrap();
    assert_eq!(many.len(), 1);
}
