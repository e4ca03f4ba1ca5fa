//! What was delivered under a contract, as other services learn it.

use kernel::keys::ContractId;
use kit::{
    auth::{Account, Caller, DevIssuer, Role},
    grpc::Peer,
};
use proto::eldercare::v1::{
    SummarizeContractRequest, SummarizeContractResponse, visit_service_client::VisitServiceClient,
};
use testkit::service::{caller, peer};
use tonic::Code;

use crate::{
    peers::{COMMUNITY, CONTRACT, CONTRACT_ENDED, ELSEWHERE, LI},
    support::{House, contractor, li, staff_elsewhere, wang},
};

async fn ask(
    house: &mut House,
    who: &Caller,
    contract: &str,
) -> Result<SummarizeContractResponse, tonic::Status> {
    let clock = house.service.clock.shared();
    let issuer = DevIssuer::generate("http://127.0.0.1/test", "sanshe", clock);
    house.state.core.verifier = issuer.verifier();
    let account = Account {
        name: "test".into(),
        title_zh: "测试".into(),
        actor: who.actor.clone(),
    };
    let who = who.clone().with_token(issuer.issue(&account));
    let address = peer(eldercare::grpc::routes(&house.state)).await;
    let mut client =
        VisitServiceClient::new(Peer::new(&format!("http://{address}")).unwrap().channel());
    let request = SummarizeContractRequest {
        contract_id: contract.into(),
    };
    let answer = client
        .summarize_contract(Peer::request(&who, request).unwrap())
        .await;
    answer.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn tells_the_settled_visits_of_a_contract_and_whom_they_served() {
    let mut house = House::open().await;
    house.volunteer_earned("00000001").await;
    house.volunteer_earned("00000002").await;
    house.ordered(LI, "order-not-yet").await;
    let contract = ContractId::from_uuid(CONTRACT).to_string();
    let officer = caller(Role::ProcurementOfficer, COMMUNITY);
    for who in [officer.clone(), contractor()] {
        let told = ask(&mut house, &who, &contract).await.unwrap();
        assert_eq!((told.settled_visits, told.settled_minutes), (2, 120));
        assert_eq!(told.recipients.len(), 1);
        assert_eq!(told.recipients[0].resident_id, LI.to_string());
        assert_eq!(told.recipients[0].visits, 2);
    }
    let other = ContractId::from_uuid(CONTRACT_ENDED).to_string();
    let told = ask(&mut house, &officer, &other).await.unwrap();
    assert_eq!(told, SummarizeContractResponse::default());
}

#[tokio::test]
async fn tells_a_resident_of_themself_alone() {
    let mut house = House::open().await;
    house.volunteer_earned("00000001").await;
    let contract = ContractId::from_uuid(CONTRACT).to_string();
    assert_eq!(
        ask(&mut house, &li(), &contract)
            .await
            .unwrap()
            .recipients
            .len(),
        1
    );
    let roles = [
        Role::ProcurementOfficer,
        Role::FundManager,
        Role::CivilAffairs,
        Role::Auditor,
        Role::PlatformAdmin,
    ];
    let foreign = roles.map(|role| caller(role, ELSEWHERE));
    for who in [wang(), staff_elsewhere()].into_iter().chain(foreign) {
        let told = ask(&mut house, &who, &contract).await.unwrap();
        assert_eq!((told.settled_visits, told.recipients.len()), (1, 0));
    }
}

#[tokio::test]
async fn refuses_strangers_and_malformed_ids() {
    let mut house = House::open().await;
    let refused = ask(&mut house, &li(), "c1").await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let address = peer(eldercare::grpc::routes(&house.state)).await;
    let mut client =
        VisitServiceClient::new(Peer::new(&format!("http://{address}")).unwrap().channel());
    let request = SummarizeContractRequest {
        contract_id: ContractId::from_uuid(CONTRACT).to_string(),
    };
    let refused = client.summarize_contract(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}
