//! procurement: raising a need to be bought.

use kernel::keys::{CommunityId, ProcurementNeedId, ProposalId, TraceId};
use kit::{auth::Caller, error::Result, grpc::Peer};
use proto::procurement::v1::{NeedLine, RaiseNeedRequest, need_service_client::NeedServiceClient};

use crate::domain::project::PurchaseLine;

/// What is asked for, and where it comes from.
#[derive(Clone, Debug)]
pub struct Purchase<'a> {
    pub key: String,
    pub trace: TraceId,
    pub proposal: ProposalId,
    pub community: CommunityId,
    pub division: String,
    pub title: &'a str,
    pub lines: &'a [PurchaseLine],
}

/// The client.
pub struct Purchases {
    peer: Peer,
}

impl Purchases {
    pub fn new(peer: Peer) -> Self {
        Self { peer }
    }

    /// Raises the need; procurement refuses lines that buy headcount, and its
    /// refusal is the answer. The key makes a repeated call harmless.
    pub async fn raise(
        &self,
        caller: &Caller,
        purchase: &Purchase<'_>,
    ) -> Result<ProcurementNeedId> {
        let request = RaiseNeedRequest {
            idempotency_key: purchase.key.clone(),
            trace_id: purchase.trace.to_string(),
            proposal_id: purchase.proposal.to_string(),
            community_id: purchase.community.to_string(),
            division_code: purchase.division.clone(),
            title: purchase.title.to_owned(),
            lines: purchase
                .lines
                .iter()
                .map(|line| NeedLine {
                    description: line.description.clone(),
                    kind: line.kind.clone(),
                    unit: line.unit.clone(),
                    quantity: line.quantity,
                    unit_ceiling_fen: line.unit_ceiling.get(),
                })
                .collect(),
        };
        let answer = NeedServiceClient::new(self.peer.channel())
            .raise_need(Peer::request(caller, request)?)
            .await?
            .into_inner();
        Ok(answer.need_id.parse()?)
    }
}
