//! smartdata: whether a person is a verified, living resident, and of where.
//! Never a name, a number or an address.

use kernel::{DivisionCode, keys::ResidentId, refuse};
use kit::{
    auth::Caller,
    error::{Error, Result},
    grpc::Peer,
};
use proto::smartdata::v1::{
    GetResidentRequest, ResidentStatus, resident_service_client::ResidentServiceClient,
};

/// What this service needs to know of a resident.
#[derive(Clone, Debug)]
pub struct ResidentRef {
    pub id: ResidentId,
    pub community_code: DivisionCode,
    pub verified: bool,
    pub age: u32,
    pub demo: bool,
}

impl ResidentRef {
    /// Refuses somebody whose identity was not verified.
    pub fn check_verified(&self) -> Result<()> {
        if self.verified {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "RESIDENT_NOT_VERIFIED",
            field: "input.residentId",
            zh: "该居民尚未实名核验",
            en: "the identity of this resident was not verified yet",
        )
        .into())
    }
}

/// The client.
pub struct Residents {
    peer: Peer,
}

impl Residents {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// A living resident; anything else is refused with its reason.
    pub async fn living(&self, caller: &Caller, id: ResidentId) -> Result<ResidentRef> {
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, GetResidentRequest { id: id.to_string() })
                .map_err(|error| kit::grpc::status::write(&error))?;
            ResidentServiceClient::new(self.peer.channel())
                .get_resident(request)
                .await
        })
        .await
        .map_err(|error| error.at("input.residentId"))?;
        let resident = answer
            .resident
            .ok_or_else(|| Error::internal(anyhow::anyhow!("smartdata answered no resident")))?;
        if resident.status() != ResidentStatus::Alive {
            return Err(refuse!(
                Refused,
                "RESIDENT_NOT_LIVING_HERE",
                field: "input.residentId",
                zh: "该居民已迁出或登记为死亡,不能办理",
                en: "this resident has moved away or is recorded as deceased",
            )
            .into());
        }
        Ok(ResidentRef {
            id,
            community_code: resident.community_code.parse()?,
            verified: resident.verified,
            age: resident.age,
            demo: resident.demo,
        })
    }
}
