//! What other services may ask about communities.

use proto::communities::v1::{
    GetCommunityRequest, community_service_client::CommunityServiceClient,
    get_community_request::Key,
};
use tonic::Code;

use crate::{grpc_proposal::connect, peers::COMMUNITY, support::House};

async fn ask(
    client: &mut CommunityServiceClient<kit::grpc::Resending>,
    key: Option<Key>,
) -> Result<String, (Code, String)> {
    match client.get_community(GetCommunityRequest { key }).await {
        Ok(found) => Ok(found.into_inner().name),
        Err(status) => Err((
            status.code(),
            kit::grpc::status::read(&status).reason().to_owned(),
        )),
    }
}

#[tokio::test]
async fn answers_a_community_by_id_and_by_code_and_refuses_the_rest() {
    let house = House::open().await;
    let mut client = CommunityServiceClient::new(connect(&house).await);
    let id = house.community.id.to_string();
    assert_eq!(
        ask(&mut client, Some(Key::Id(id))).await.unwrap(),
        "花园社区"
    );
    let code = Key::DivisionCode(COMMUNITY.into());
    assert_eq!(ask(&mut client, Some(code)).await.unwrap(), "花园社区");
    let unknown = Key::Id(uuid::Uuid::nil().to_string());
    let expected = (Code::NotFound, "COMMUNITY_NOT_FOUND".to_owned());
    assert_eq!(ask(&mut client, Some(unknown)).await.unwrap_err(), expected);
    let missing = ask(&mut client, None).await.unwrap_err();
    assert_eq!(missing, (Code::InvalidArgument, "KEY_MISSING".to_owned()));
    let bad = ask(&mut client, Some(Key::DivisionCode("12".into()))).await;
    assert_eq!(bad.unwrap_err().0, Code::InvalidArgument);
}
