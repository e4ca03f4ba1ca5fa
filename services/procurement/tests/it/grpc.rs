//! What other services ask, over a real connection.

use kernel::keys::ContractId;
use proto::procurement::v1::{
    GetContractRequest, NeedLine, RaiseNeedRequest, contract_service_client::ContractServiceClient,
    need_service_client::NeedServiceClient,
};
use testkit::service::peer;
use tonic::{Code, transport::Channel};
use uuid::Uuid;

use crate::{
    peers::{COMMUNITY, COMMUNITY_CODE, PROPOSAL, TRACE},
    support::{House, uuid_of},
};

async fn channel(house: &House) -> Channel {
    let address = peer(procurement::grpc::routes(&house.state)).await;
    Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_contract_is_told_with_what_orders_need() {
    let house = House::open().await;
    let (contract, _, _) = house.signed().await;
    let id = uuid_of(&contract).to_string();
    let mut client = ContractServiceClient::new(channel(&house).await);
    let told = client
        .get_contract(GetContractRequest { id: id.clone() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(told.id, id);
    assert_eq!(
        (told.trace_id, told.community_id),
        (TRACE.to_string(), COMMUNITY.to_string())
    );
    assert_eq!(
        (told.performing, told.quantity, told.amount_fen),
        (true, 300, 400_000)
    );
    assert_eq!(told.unit_price_fen, 1333);
    let unknown = ContractId::from_uuid(Uuid::nil()).to_string();
    let refused = client
        .get_contract(GetContractRequest { id: unknown })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let refused = client
        .get_contract(GetContractRequest { id: "x".into() })
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_need_without_a_token_or_with_an_unknown_kind_is_refused() {
    let house = House::open().await;
    let mut client = NeedServiceClient::new(channel(&house).await);
    let mut asked = RaiseNeedRequest {
        idempotency_key: "project-key-1".into(),
        trace_id: TRACE.to_string(),
        proposal_id: PROPOSAL.to_string(),
        community_id: COMMUNITY.to_string(),
        division_code: COMMUNITY_CODE.into(),
        title: "助餐".into(),
        lines: vec![NeedLine {
            description: "送餐".into(),
            kind: "SERVICE_UNIT".into(),
            unit: "次".into(),
            quantity: 1,
            unit_ceiling_fen: 1,
        }],
    };
    let refused = client.raise_need(asked.clone()).await.unwrap_err();
    assert_eq!(
        kit::grpc::status::read(&refused).reason(),
        "UNAUTHENTICATED"
    );
    asked.lines[0].kind = "PEOPLE".into();
    let refused = kit::grpc::status::read(&client.raise_need(asked).await.unwrap_err());
    assert_eq!(refused.reason(), "LINE_KIND_UNKNOWN");
    assert_eq!(refused.field(), Some("input.lines.0.kind"));
}
