//! What other services may ask about proposals.

use communities::grpc;
use proto::communities::v1::{
    GetProposalRequest, GetProposalResponse, proposal_service_client::ProposalServiceClient,
};
use testkit::service::peer;
use tonic::{Code, Request, Status};

use crate::{
    steps::{self, Chain},
    support::{House, raw},
};

/// This service's calls, over a real connection.
pub async fn connect(house: &House) -> kit::grpc::Resending {
    let address = peer(grpc::routes(&house.state)).await;
    kit::grpc::Peer::new(&format!("http://{address}"))
        .unwrap()
        .channel()
}

async fn get(house: &House, chain: &Chain) -> Result<GetProposalResponse, Status> {
    let request = GetProposalRequest {
        id: raw(&chain.proposal).to_string(),
    };
    let mut client = ProposalServiceClient::new(connect(house).await);
    Ok(client.get_proposal(request).await?.into_inner())
}

#[tokio::test]
async fn a_proposal_counts_as_adopted_once_nobody_can_object_any_more() {
    let house = House::open().await;
    let chain = steps::published(&house).await;
    let shown = get(&house, &chain).await.unwrap();
    assert_eq!(shown.state, "PUBLISHED");
    assert!(!shown.adopted);
    assert_eq!(shown.trace_id, raw(&chain.trace).to_string());
    assert_eq!(shown.community_id, house.community.id.to_string());
    let until = steps::objection_until(&house, &chain).await;
    house
        .service
        .clock
        .set(until - chrono::TimeDelta::microseconds(1));
    assert!(!get(&house, &chain).await.unwrap().adopted);
    house.service.clock.set(until);
    assert!(get(&house, &chain).await.unwrap().adopted);
    let purchase = chain.purchase("SERVICE_UNIT");
    steps::step(&house, "projectiseProposal", &purchase, "PROJECTISED").await;
    assert!(get(&house, &chain).await.unwrap().adopted);
}

#[tokio::test]
async fn a_rejected_or_open_proposal_is_not_adopted() {
    let house = House::open().await;
    let open = steps::voting(&house, 5).await;
    assert!(!get(&house, &open).await.unwrap().adopted);
    let lost = steps::voted(&house, 2, 1, 1).await;
    steps::close(&house, &lost).await;
    assert!(!get(&house, &lost).await.unwrap().adopted);
}

#[tokio::test]
async fn refuses_unknown_and_malformed_ids_and_bad_tokens() {
    let house = House::open().await;
    let mut client = ProposalServiceClient::new(connect(&house).await);
    for (id, code) in [
        (uuid::Uuid::nil().to_string(), Code::NotFound),
        ("x".to_owned(), Code::InvalidArgument),
        (String::new(), Code::InvalidArgument),
    ] {
        let refused = client
            .get_proposal(GetProposalRequest { id })
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code);
    }
    let mut request = Request::new(GetProposalRequest {
        id: uuid::Uuid::nil().to_string(),
    });
    let token = "Bearer not.a.token".parse().unwrap();
    request.metadata_mut().insert("authorization", token);
    let refused = client.get_proposal(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
}
