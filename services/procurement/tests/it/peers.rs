//! The contracts of communities, incubation, socialwork and eldercare, answered on loopback
//! with what the cases need.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use proto::{
    communities::v1::{
        GetCommunityRequest, GetCommunityResponse, GetProposalRequest, GetProposalResponse,
        community_service_server::{CommunityService, CommunityServiceServer},
        get_community_request::Key,
        proposal_service_server::{ProposalService, ProposalServiceServer},
    },
    eldercare::v1::{
        Recipient, SummarizeContractRequest, SummarizeContractResponse,
        visit_service_server::{VisitService, VisitServiceServer},
    },
    incubation::v1::{
        GetOrganizationRequest, GetOrganizationResponse,
        organization_service_server::{OrganizationService, OrganizationServiceServer},
    },
    socialwork::v1::{
        GetWorkerRequest, GetWorkerResponse,
        worker_service_server::{WorkerService, WorkerServiceServer},
    },
};
use tonic::{Request, Response, Status, service::Routes};
use uuid::Uuid;

pub const COMMUNITY_CODE: &str = "230103001001";
pub const ELSEWHERE: &str = "230102001001";
pub const COMMUNITY: Uuid = Uuid::from_u128(0xc0);
pub const PROPOSAL: Uuid = Uuid::from_u128(0x70);
pub const UNDECIDED: Uuid = Uuid::from_u128(0x71);
/// A social worker who may serve, and one whose registration ran out.
pub const WORKER: Uuid = Uuid::from_u128(0x50);
pub const EXPIRED: Uuid = Uuid::from_u128(0x51);
pub const TRACE: Uuid = Uuid::from_u128(0x7a);

/// What an organisation is, for these cases.
#[derive(Clone, Debug)]
pub struct Org {
    pub may_bid: bool,
    pub elder_care: bool,
    pub legal_person: bool,
    /// Where its registrar is.
    pub division: &'static str,
    pub led_by: Vec<Uuid>,
}

/// What the peers know.
#[derive(Debug, Default)]
pub struct World {
    pub orgs: HashMap<Uuid, Org>,
    pub delivered: u32,
    pub recipients: Vec<Uuid>,
}

/// The peers; clones share one world.
#[derive(Clone, Debug, Default)]
pub struct Peers(Arc<Mutex<World>>);

impl Peers {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    pub fn routes(&self) -> Routes {
        Routes::new(ProposalServiceServer::new(self.clone()))
            .add_service(CommunityServiceServer::new(self.clone()))
            .add_service(OrganizationServiceServer::new(self.clone()))
            .add_service(WorkerServiceServer::new(self.clone()))
            .add_service(VisitServiceServer::new(self.clone()))
    }
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap_or_default()
}

#[tonic::async_trait]
impl ProposalService for Peers {
    async fn get_proposal(
        &self,
        request: Request<GetProposalRequest>,
    ) -> Result<Response<GetProposalResponse>, Status> {
        let asked = request.into_inner().id;
        let adopted = match id(&asked) {
            PROPOSAL => true,
            UNDECIDED => false,
            _ => return Err(Status::not_found("no such proposal")),
        };
        Ok(Response::new(GetProposalResponse {
            id: asked,
            trace_id: TRACE.to_string(),
            community_id: COMMUNITY.to_string(),
            state: "PUBLISHED".into(),
            adopted,
        }))
    }
}

#[tonic::async_trait]
impl CommunityService for Peers {
    async fn get_community(
        &self,
        request: Request<GetCommunityRequest>,
    ) -> Result<Response<GetCommunityResponse>, Status> {
        match request.into_inner().key {
            Some(Key::Id(asked)) if id(&asked) == COMMUNITY => {
                Ok(Response::new(GetCommunityResponse {
                    id: asked,
                    division_code: COMMUNITY_CODE.into(),
                    name: "花园社区".into(),
                    active: true,
                }))
            }
            _ => Err(Status::not_found("no such community")),
        }
    }
}

#[tonic::async_trait]
impl OrganizationService for Peers {
    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<GetOrganizationResponse>, Status> {
        let asked = request.into_inner().id;
        let org = self.world().orgs.get(&id(&asked)).cloned();
        let org = org.ok_or_else(|| Status::not_found("no such organisation"))?;
        Ok(Response::new(GetOrganizationResponse {
            id: asked,
            may_bid: org.may_bid,
            elder_care_capable: org.elder_care,
            legal_person: org.legal_person,
            division_code: org.division.into(),
            related_resident_ids: org.led_by.iter().map(Uuid::to_string).collect(),
            ..GetOrganizationResponse::default()
        }))
    }
}

#[tonic::async_trait]
impl WorkerService for Peers {
    async fn get_worker(
        &self,
        request: Request<GetWorkerRequest>,
    ) -> Result<Response<GetWorkerResponse>, Status> {
        let asked = request.into_inner();
        let refusal = match id(&asked.id) {
            WORKER => "",
            EXPIRED => "REGISTRATION_EXPIRED",
            _ => {
                let unknown = kit::Error::not_found(
                    "SOCIAL_WORKER_NOT_FOUND",
                    "没有这位社会工作者",
                    "there is no such social worker",
                );
                return Err(kit::grpc::status::write(&unknown));
            }
        };
        Ok(Response::new(GetWorkerResponse {
            kind: asked.kind,
            id: asked.id,
            may_serve: refusal.is_empty(),
            refusal: refusal.into(),
            ..GetWorkerResponse::default()
        }))
    }
}

#[tonic::async_trait]
impl VisitService for Peers {
    async fn summarize_contract(
        &self,
        _: Request<SummarizeContractRequest>,
    ) -> Result<Response<SummarizeContractResponse>, Status> {
        let world = self.world();
        let recipients = world.recipients.iter();
        Ok(Response::new(SummarizeContractResponse {
            settled_visits: world.delivered,
            settled_minutes: u64::from(world.delivered) * 30,
            recipients: recipients
                .map(|one| Recipient {
                    resident_id: one.to_string(),
                    visits: 1,
                })
                .collect(),
        }))
    }
}
