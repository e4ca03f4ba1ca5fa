//! smartdata: whether people exist. Never a name, a number or an address.

use std::collections::HashSet;

use kernel::{keys::ResidentId, refuse};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::smartdata::v1::{
    BatchGetResidentsRequest, ResidentStatus, resident_service_client::ResidentServiceClient,
};

/// The client.
pub struct Residents {
    peer: Peer,
}

impl Residents {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// Refuses where one of these people is unknown or has died.
    pub async fn check_living(
        &self,
        caller: &Caller,
        ids: &[ResidentId],
        field: &str,
    ) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let asked: HashSet<String> = ids.iter().map(ToString::to_string).collect();
        let message = BatchGetResidentsRequest {
            ids: asked.iter().cloned().collect(),
        };
        let answer = Peer::read(|| async {
            let request = Peer::request(caller, message.clone())
                .map_err(|error| kit::grpc::status::write(&error))?;
            ResidentServiceClient::new(self.peer.channel())
                .batch_get_residents(request)
                .await
        })
        .await?;
        let living: HashSet<String> = answer
            .residents
            .into_iter()
            .filter(|one| matches!(one.status(), ResidentStatus::Alive | ResidentStatus::Moved))
            .map(|one| one.id)
            .collect();
        if asked.is_subset(&living) {
            return Ok(());
        }
        Err(refuse!(
            Refused,
            "RELATED_RESIDENT_UNKNOWN",
            field: field,
            zh: "关联人员中有不存在或已故的居民",
            en: "one of the related people is unknown or has died",
        )
        .into())
    }
}
