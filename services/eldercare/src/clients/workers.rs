//! socialwork: who serves, and whether they may on a day.

use chrono::NaiveDate;
use kernel::keys::ResidentId;
use kit::{
    auth::Caller,
    error::{Error, Result},
    grpc::Peer,
};
use proto::socialwork::v1::{
    GetWorkerRequest, WorkerKind, worker_service_client::WorkerServiceClient,
};

use crate::domain::visit::Worker;

/// A worker who may serve.
#[derive(Clone, Debug)]
pub struct WorkerRef {
    pub resident_id: Option<ResidentId>,
}

/// The client.
pub struct Workers {
    peer: Peer,
}

impl Workers {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// A worker who may serve on the day; else the refusal of their register.
    pub async fn serving(
        &self,
        caller: &Caller,
        worker: Worker,
        on: NaiveDate,
    ) -> Result<WorkerRef> {
        let kind = match worker {
            Worker::SocialWorker(_) => WorkerKind::SocialWorker,
            Worker::Volunteer(_) => WorkerKind::Volunteer,
            Worker::CareWorker(_) => {
                return Err(Error::internal(anyhow::anyhow!(
                    "care workers are registered here and not with socialwork"
                )));
            }
        };
        let answer = Peer::read(|| async {
            let message = GetWorkerRequest {
                kind: kind.into(),
                id: worker.id().to_string(),
                on: on.to_string(),
            };
            let request =
                Peer::request(caller, message).map_err(|error| kit::grpc::status::write(&error))?;
            WorkerServiceClient::new(self.peer.channel())
                .get_worker(request)
                .await
        })
        .await?;
        if !answer.may_serve {
            let reason = answer.refusal;
            let (zh, en) = (
                format!("该服务人员 {on} 不能上门服务({reason})"),
                format!("this worker may not serve on {on} ({reason})"),
            );
            let reason = if reason.is_empty() {
                "WORKER_MAY_NOT_SERVE".into()
            } else {
                reason
            };
            return Err(Error::refused(reason, zh, en));
        }
        let resident_id = Some(answer.resident_id)
            .filter(|id| !id.is_empty())
            .map(|id| id.parse())
            .transpose()?;
        Ok(WorkerRef { resident_id })
    }
}
