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
        .await?;
        let resident = answer
            .resident
            .ok_or_else(|| Error::internal(anyhow::anyhow!("smartdata answered no resident")))?;
        match resident.status() {
            ResidentStatus::Alive => {}
            ResidentStatus::Deceased => return Err(crate::domain::elder::deceased().into()),
            _ => {
                return Err(refuse!(
                    Refused,
                    "RESIDENT_NOT_LIVING_HERE",
                    zh: "该居民已迁出或档案已合并,不能办理",
                    en: "this resident has moved away or was merged into another record",
                )
                .into());
            }
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
