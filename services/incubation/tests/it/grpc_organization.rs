//! What other services are told.

use incubation::{app, grpc};
use proto::incubation::v1::{
    GetOrganizationRequest, OrganizationStanding,
    organization_service_client::OrganizationServiceClient,
};
use testkit::service::{caller, data, peer};
use tonic::{Code, transport::Endpoint};

use crate::{
    graphql_capability::{CERTIFY, certify},
    support::{CODES, COUNTY, House, manager, nobody, organization_id, registrar},
};

async fn client(house: &House) -> OrganizationServiceClient<tonic::transport::Channel> {
    let address = peer(grpc::routes(&house.state)).await;
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    OrganizationServiceClient::new(endpoint.connect_lazy())
}

#[tokio::test]
async fn tells_how_an_organisation_stands_today() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let id = organization_id(&one).to_string();
    let mut client = client(&house).await;
    let before = client
        .get_organization(GetOrganizationRequest { id: id.clone() })
        .await;
    let before = before.unwrap().into_inner();
    assert_eq!(before.standing(), OrganizationStanding::Registered);
    assert!(before.legal_person && before.may_bid && !before.elder_care_capable);
    assert_eq!(
        (before.uscc.as_str(), before.division_code.as_str()),
        (CODES[0], COUNTY)
    );
    let input = certify(&one, "key-certify-01", "2026-03-01", "2026-03-31");
    data(house.run(&registrar(), CERTIFY, input).await);
    let held = client
        .get_organization(GetOrganizationRequest { id: id.clone() })
        .await;
    assert!(held.unwrap().into_inner().elder_care_capable);
    house.service.clock.advance(chrono::TimeDelta::days(30));
    let after = client.get_organization(GetOrganizationRequest { id }).await;
    assert!(!after.unwrap().into_inner().elder_care_capable);
}

#[tokio::test]
async fn a_filed_organisation_has_no_code_and_is_no_legal_person() {
    let house = House::open().await;
    let id = organization_id(&house.filed().await).to_string();
    let told = client(&house)
        .await
        .get_organization(GetOrganizationRequest { id })
        .await;
    let told = told.unwrap().into_inner();
    assert_eq!(
        (told.standing(), told.uscc.as_str()),
        (OrganizationStanding::Filed, "")
    );
    assert!(!told.legal_person && told.may_bid);
}

#[tokio::test]
async fn refuses_ids_that_are_malformed_or_unknown() {
    let house = House::open().await;
    let mut client = client(&house).await;
    for (id, code) in [
        ("nonsense".to_owned(), Code::InvalidArgument),
        (uuid::Uuid::nil().to_string(), Code::NotFound),
    ] {
        let refused = client
            .get_organization(GetOrganizationRequest { id })
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code);
    }
}

#[tokio::test]
async fn tells_related_people_only_where_conflicts_are_looked_for_and_records_it() {
    let house = House::open().await;
    let one = house.registered(0).await;
    let id = organization_id(&one);
    let request = GetOrganizationRequest { id: id.to_string() };
    let told = client(&house)
        .await
        .get_organization(request)
        .await
        .unwrap();
    assert!(told.into_inner().related_resident_ids.is_empty());
    let found = app::organization::load_many(&house.state, &nobody(), &[id])
        .await
        .unwrap();
    for (caller, people) in [
        (caller(kit::auth::Role::ProcurementOfficer, COUNTY), 1),
        (manager(&one), 1),
        (caller(kit::auth::Role::Volunteer, COUNTY), 0),
    ] {
        let told = app::organization::check_conflicts(&house.state, &caller, &found[&id]).await;
        assert_eq!(told.unwrap().len(), people);
    }
    let looks: i64 =
        sqlx::query_scalar("SELECT count(*) FROM kit.audit_log WHERE action = 'checkConflicts'")
            .fetch_one(&house.service.db.owner)
            .await
            .unwrap();
    assert_eq!(looks, 2);
}
