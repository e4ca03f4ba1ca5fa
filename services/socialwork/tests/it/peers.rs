//! The contracts of the peers, with the people, communities and organisations
//! that this service's cases need.

use proto::{
    communities::v1::{
        GetCommunityRequest, GetCommunityResponse,
        community_service_server::{CommunityService, CommunityServiceServer},
        get_community_request::Key,
    },
    incubation::v1::{
        GetOrganizationRequest, GetOrganizationResponse, OrganizationStanding,
        organization_service_server::{OrganizationService, OrganizationServiceServer},
    },
    smartdata::v1::{
        BatchGetResidentsRequest, BatchGetResidentsResponse, GetResidentRequest,
        GetResidentResponse, ResidentRef, ResidentStatus,
        resident_service_server::{ResidentService, ResidentServiceServer},
    },
};
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

pub const COMMUNITY: &str = "230103001001";
pub const ELSEWHERE: &str = "230102001001";
pub const HERE: Uuid = Uuid::from_u128(0xc1);
pub const THERE: Uuid = Uuid::from_u128(0xc2);
pub const MERGED: Uuid = Uuid::from_u128(0xc3);

pub const WANG: Uuid = Uuid::from_u128(0x0a);
pub const LI: Uuid = Uuid::from_u128(0x0b);
pub const TEEN: Uuid = Uuid::from_u128(0x0c);
pub const UNVERIFIED: Uuid = Uuid::from_u128(0x0d);
pub const DEAD: Uuid = Uuid::from_u128(0x0e);
pub const ELDER: Uuid = Uuid::from_u128(0x0f);
pub const CHEN: Uuid = Uuid::from_u128(0x10);
pub const ZHAO: Uuid = Uuid::from_u128(0x11);
pub const SUN: Uuid = Uuid::from_u128(0x12);

pub const AGENCY: Uuid = Uuid::from_u128(0xd1);
pub const ABNORMAL: Uuid = Uuid::from_u128(0xd2);

/// All peers of this service.
pub fn routes() -> Routes {
    Routes::new(ResidentServiceServer::new(Peers))
        .add_service(CommunityServiceServer::new(Peers))
        .add_service(OrganizationServiceServer::new(Peers))
}

struct Peers;

#[tonic::async_trait]
impl ResidentService for Peers {
    async fn get_resident(
        &self,
        request: Request<GetResidentRequest>,
    ) -> Result<Response<GetResidentResponse>, Status> {
        let id = request.into_inner().id;
        let (status, verified, age) = match id.parse::<Uuid>() {
            Ok(WANG | LI | CHEN | ZHAO | SUN) => (ResidentStatus::Alive, true, 40),
            Ok(ELDER) => (ResidentStatus::Alive, true, 81),
            Ok(TEEN) => (ResidentStatus::Alive, true, 16),
            Ok(UNVERIFIED) => (ResidentStatus::Alive, false, 40),
            Ok(DEAD) => (ResidentStatus::Deceased, true, 90),
            _ => return Err(Status::not_found("no such resident")),
        };
        let resident = ResidentRef {
            id,
            status: status.into(),
            community_code: COMMUNITY.into(),
            verified,
            age,
            demo: true,
            ..ResidentRef::default()
        };
        Ok(Response::new(GetResidentResponse {
            resident: Some(resident),
        }))
    }

    async fn batch_get_residents(
        &self,
        _: Request<BatchGetResidentsRequest>,
    ) -> Result<Response<BatchGetResidentsResponse>, Status> {
        Err(Status::unimplemented("this service never asks for many"))
    }
}

#[tonic::async_trait]
impl CommunityService for Peers {
    async fn get_community(
        &self,
        request: Request<GetCommunityRequest>,
    ) -> Result<Response<GetCommunityResponse>, Status> {
        let known = [
            (HERE, COMMUNITY, true),
            (THERE, ELSEWHERE, true),
            (MERGED, COMMUNITY, false),
        ];
        let asked = request
            .into_inner()
            .key
            .ok_or_else(|| Status::invalid_argument("no key"))?;
        let found = known.into_iter().find(|(id, code, _)| match &asked {
            Key::Id(text) => *text == id.to_string(),
            Key::DivisionCode(text) => text == code,
        });
        let (id, code, active) = found.ok_or_else(|| Status::not_found("no such community"))?;
        Ok(Response::new(GetCommunityResponse {
            id: id.to_string(),
            division_code: code.into(),
            name: "花园社区".into(),
            active,
        }))
    }
}

#[tonic::async_trait]
impl OrganizationService for Peers {
    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<GetOrganizationResponse>, Status> {
        let id = request.into_inner().id;
        let standing = match id.parse::<Uuid>() {
            Ok(AGENCY) => OrganizationStanding::Registered,
            Ok(ABNORMAL) => OrganizationStanding::Abnormal,
            _ => return Err(Status::not_found("no such organisation")),
        };
        Ok(Response::new(GetOrganizationResponse {
            id,
            standing: standing.into(),
            legal_person: true,
            ..GetOrganizationResponse::default()
        }))
    }
}
