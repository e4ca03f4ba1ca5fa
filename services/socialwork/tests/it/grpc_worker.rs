//! What services that assign work are told.

use kit::auth::{Account, Actor, DevIssuer, Role};
use proto::socialwork::v1::{
    GetWorkerRequest, GetWorkerResponse, WorkerKind, worker_service_client::WorkerServiceClient,
};
use serde_json::Value;
use socialwork::grpc;
use testkit::service::{data, peer};
use tonic::{Code, Request, Status, transport::Endpoint};

use crate::{
    peers::{AGENCY, COMMUNITY, ELSEWHERE, TEEN, WANG},
    support::{House, REGISTER, civil, elder, qualified, staff, wang},
};

/// Asks over the wire, with a token of this actor.
async fn ask(
    house: &House,
    actor: Option<&Actor>,
    request: GetWorkerRequest,
) -> Result<GetWorkerResponse, Status> {
    let issuer = DevIssuer::generate("test", "sanshe", house.service.core.clock.clone());
    let mut state = house.state.clone();
    state.core.verifier = issuer.verifier();
    let address = peer(grpc::routes(&state)).await;
    let mut request = Request::new(request);
    if let Some(actor) = actor {
        let account = Account {
            name: "a".into(),
            title_zh: "演示".into(),
            actor: actor.clone(),
        };
        let bearer = format!("Bearer {}", issuer.issue(&account));
        request
            .metadata_mut()
            .insert("authorization", bearer.parse().unwrap());
    }
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = WorkerServiceClient::new(endpoint.connect_lazy());
    Ok(client.get_worker(request).await?.into_inner())
}

fn about(kind: WorkerKind, of: &Value, on: &str) -> GetWorkerRequest {
    let id = kernel::GlobalId::decode(of["id"].as_str().unwrap())
        .unwrap()
        .id;
    GetWorkerRequest {
        kind: kind.into(),
        id,
        on: on.into(),
    }
}

#[tokio::test]
async fn tells_why_a_volunteer_may_not_serve() {
    let house = House::open().await;
    let actor = staff().actor;
    let one = house.volunteer(WANG, "key-00000001").await;
    let asked = |on: &str| about(WorkerKind::Volunteer, &one, on);
    let before = ask(&house, Some(&actor), asked("")).await.unwrap();
    assert_eq!(
        (before.may_serve, before.refusal.as_str()),
        (false, "VOLUNTEER_NOT_TRAINED")
    );
    assert_eq!(before.resident_id, WANG.to_string());
    house.train(&one, "key-00000002").await;
    let after = ask(&house, Some(&actor), asked("")).await.unwrap();
    assert_eq!((after.may_serve, after.refusal.as_str()), (true, ""));
    let later = ask(&house, Some(&actor), asked("2027-01-01"))
        .await
        .unwrap();
    assert_eq!(later.refusal, "VOLUNTEER_NOT_INSURED");
    let teen = house.volunteer(TEEN, "key-00000003").await;
    let minor = ask(
        &house,
        Some(&actor),
        about(WorkerKind::Volunteer, &teen, ""),
    )
    .await
    .unwrap();
    assert_eq!(minor.refusal, "MINOR_WITHOUT_CONSENT");
}

#[tokio::test]
async fn tells_when_a_registration_runs_out() {
    let house = House::open().await;
    let actor = staff().actor;
    let answer = data(
        house
            .run(&civil(), REGISTER, qualified(WANG, "key-00000001"))
            .await,
    );
    let worker = &answer["registerSocialWorker"]["socialWorker"];
    let asked = |on: &str| about(WorkerKind::SocialWorker, worker, on);
    let last = ask(&house, Some(&actor), asked("2027-01-09"))
        .await
        .unwrap();
    assert!(last.may_serve && last.organization_id.is_empty());
    let over = ask(&house, Some(&actor), asked("2027-01-10"))
        .await
        .unwrap();
    assert_eq!(
        (over.may_serve, over.refusal.as_str()),
        (false, "REGISTRATION_EXPIRED")
    );
}

#[tokio::test]
async fn names_the_organisation_that_sent_them() {
    let house = House::open().await;
    let worker = house.dispatched(WANG, "key-00000001").await;
    let mut manager = Actor::new("m", [Role::OrgManager]);
    manager.organization_id = Some(AGENCY);
    let told = ask(
        &house,
        Some(&manager),
        about(WorkerKind::SocialWorker, &worker, ""),
    )
    .await;
    assert_eq!(told.unwrap().organization_id, AGENCY.to_string());
}

#[tokio::test]
async fn refuses_strangers_and_what_is_malformed() {
    let house = House::open().await;
    let one = house.volunteer(WANG, "key-00000001").await;
    let asked = || about(WorkerKind::Volunteer, &one, "");
    let code = async |actor: Option<Actor>, request| {
        ask(&house, actor.as_ref(), request)
            .await
            .err()
            .map(|status| status.code())
    };
    assert_eq!(code(None, asked()).await, Some(Code::Unauthenticated));
    assert_eq!(
        code(Some(elder().actor), asked()).await,
        Some(Code::PermissionDenied)
    );
    assert_eq!(code(Some(wang().actor), asked()).await, None);
    // Who volunteers is for those who assign in the division.
    for role in Role::ALL.iter().filter(|role| **role != Role::Service) {
        let far = testkit::service::caller(*role, ELSEWHERE).actor;
        assert_eq!(
            code(Some(far), asked()).await,
            Some(Code::PermissionDenied),
            "{role}"
        );
    }
    let other = testkit::service::caller(Role::Volunteer, COMMUNITY).actor;
    assert_eq!(
        code(Some(other), asked()).await,
        Some(Code::PermissionDenied)
    );
    // A manager learns of the organisation's own people, wherever it works.
    let mut near = testkit::service::caller(Role::OrgManager, COMMUNITY).actor;
    near.organization_id = Some(AGENCY);
    let mut nowhere = Actor::new("m", [Role::OrgManager]);
    for manager in [near, nowhere.clone()] {
        assert_eq!(
            code(Some(manager), asked()).await,
            Some(Code::PermissionDenied)
        );
    }
    house.place(&one, "key-00000002").await;
    nowhere.organization_id = Some(uuid::Uuid::from_u128(0xdd));
    assert_eq!(
        code(Some(nowhere.clone()), asked()).await,
        Some(Code::PermissionDenied)
    );
    nowhere.organization_id = Some(AGENCY);
    assert_eq!(code(Some(nowhere), asked()).await, None);
    let staff = || Some(staff().actor);
    let mut unspecified = asked();
    unspecified.kind = WorkerKind::Unspecified.into();
    let mut nonsense = asked();
    nonsense.id = "nonsense".into();
    let mut day = asked();
    day.on = "tomorrow".into();
    for wrong in [unspecified, nonsense, day] {
        assert_eq!(code(staff(), wrong).await, Some(Code::InvalidArgument));
    }
    let other_register = about(WorkerKind::SocialWorker, &one, "");
    assert_eq!(code(staff(), other_register).await, Some(Code::NotFound));
}
