//! Divisions and grids for other services.

use kit::grpc::Peer;
use proto::smartdata::v1::{
    GetDivisionRequest, GetGridRequest, division_service_client::DivisionServiceClient,
};
use testkit::service::peer;
use tonic::Code;

use crate::support::{COMMUNITY, GRID, House};

#[tokio::test]
async fn answers_what_is_in_force_and_refuses_what_is_not() {
    let house = House::open().await;
    let address = peer(smartdata::grpc::routes(&house.state)).await;
    let mut client =
        DivisionServiceClient::new(Peer::new(&format!("http://{address}")).unwrap().channel());
    let found = client
        .get_division(GetDivisionRequest {
            code: COMMUNITY.into(),
        })
        .await
        .unwrap()
        .into_inner();
    assert_eq!((found.name.as_str(), found.demo), ("向阳社区", true));
    let grid = client
        .get_grid(GetGridRequest { code: GRID.into() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(grid.community_code, COMMUNITY);

    sqlx::raw_sql("UPDATE divisions SET valid = '(,2026-03-02)' WHERE code = '230103001001'")
        .execute(&house.service.db.owner)
        .await
        .unwrap();
    let ended = client
        .get_division(GetDivisionRequest {
            code: COMMUNITY.into(),
        })
        .await;
    assert_eq!(ended.unwrap_err().code(), Code::NotFound);
    let none = client
        .get_grid(GetGridRequest {
            code: "230103001001009".into(),
        })
        .await;
    assert_eq!(none.unwrap_err().code(), Code::NotFound);
    let bad = client
        .get_division(GetDivisionRequest {
            code: "2301".into(),
        })
        .await;
    assert_eq!(bad.unwrap_err().code(), Code::InvalidArgument);
}
