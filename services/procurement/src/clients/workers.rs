//! socialwork: whether there is a social worker, and may serve.

use kernel::keys::SocialWorkerId;
use kit::{
    auth::Caller,
    error::{Error, Result},
    grpc::Peer,
};
use proto::socialwork::v1::{
    GetWorkerRequest, WorkerKind, worker_service_client::WorkerServiceClient,
};

/// The client.
pub struct Workers {
    peer: Peer,
}

impl Workers {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// Refuses a social worker that there is not, or who may not serve today.
    pub async fn check_serving(
        &self,
        caller: &Caller,
        id: SocialWorkerId,
        field: &'static str,
    ) -> Result<()> {
        let answer = Peer::read(|| async {
            let message = GetWorkerRequest {
                kind: WorkerKind::SocialWorker.into(),
                id: id.to_string(),
                on: String::new(),
            };
            let request =
                Peer::request(caller, message).map_err(|error| kit::grpc::status::write(&error))?;
            WorkerServiceClient::new(self.peer.channel())
                .get_worker(request)
                .await
        })
        .await
        .map_err(|error| error.at(field))?;
        if answer.may_serve {
            return Ok(());
        }
        let zh = format!("该社会工作者目前不能承接服务({})", answer.refusal);
        let en = format!("this social worker may not serve now ({})", answer.refusal);
        let reason = match answer.refusal {
            none if none.is_empty() => "WORKER_MAY_NOT_SERVE".to_owned(),
            reason => reason,
        };
        Err(Error::refused(reason, zh, en).at(field))
    }
}
