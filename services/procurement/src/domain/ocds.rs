//! A tender as a release of the Open Contracting Data Standard 1.1, made only of what
//! is public. The prefix of the ocid is to be registered before others harvest it.

use kernel::{Fen, keys::OrganizationId};
use serde_json::{Value, json};

use super::{
    award::Award,
    bid::{Bid, BidState},
    contract::{Contract, ContractState},
    criterion::{Criterion, CriterionKind},
    milestone::{Milestone, MilestoneState, Payment},
    tender::{Tender, TenderMethod, TenderState},
};

/// What a release is made of.
#[derive(Clone, Debug)]
pub struct Sources {
    pub tender: Tender,
    pub criteria: Vec<Criterion>,
    /// Once they were read out.
    pub bids: Vec<Bid>,
    /// Once it was published.
    pub award: Option<Award>,
    pub contract: Option<Contract>,
    pub milestones: Vec<Milestone>,
    pub payments: Vec<Payment>,
}

/// Money in yuan: 分 are hundredths, and a number with two decimals says both exactly.
fn value(amount: Fen) -> Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "budgets are far below the 2^53 分 that a double holds"
    )]
    let yuan = amount.get() as f64 / 100.0;
    json!({ "amount": yuan, "currency": "CNY" })
}

fn organization(id: OrganizationId) -> String {
    format!("organization-{}", id.as_uuid())
}

/// The status of a tender in the codelist of the standard.
const fn status(state: TenderState) -> &'static str {
    match state {
        TenderState::Draft => "planning",
        TenderState::Published => "active",
        TenderState::Abandoned => "unsuccessful",
        TenderState::Opening
        | TenderState::Opened
        | TenderState::Evaluating
        | TenderState::Ranked
        | TenderState::Awarded
        | TenderState::ResultPublished
        | TenderState::Contracted => "complete",
    }
}

const fn method(method: TenderMethod) -> &'static str {
    match method {
        TenderMethod::Open | TenderMethod::Framework => "open",
        TenderMethod::SingleSource => "direct",
        TenderMethod::Consultation
        | TenderMethod::Invited
        | TenderMethod::Negotiation
        | TenderMethod::Inquiry => "selective",
    }
}

impl Sources {
    /// The release.
    pub fn release(&self) -> Value {
        let tender = &self.tender;
        let ocid = format!("ocds-unregistered-{}", tender.trace_id.as_uuid());
        json!({
            "ocid": ocid,
            "id": format!("{}-{}", tender.id.as_uuid(), tender.version),
            "date": tender.updated_at,
            "tag": self.tags(),
            "initiationType": "tender",
            "language": "zh",
            "parties": self.parties(),
            "planning": { "budget": { "amount": value(tender.budget) } },
            "tender": self.tender(),
            "bids": self.bids(),
            "awards": self.awards(),
            "contracts": self.contracts(),
        })
    }

    fn tags(&self) -> Vec<&'static str> {
        let mut tags = vec!["tender"];
        if self.tender.state == TenderState::Abandoned {
            tags.push("tenderCancellation");
        }
        if self.award.is_some() {
            tags.push("award");
        }
        if let Some(contract) = &self.contract {
            tags.push(match contract.state {
                ContractState::Terminated => "contractTermination",
                ContractState::Performing | ContractState::Completed => "contract",
            });
        }
        if !self.payments.is_empty() {
            tags.push("implementation");
        }
        tags
    }

    fn parties(&self) -> Vec<Value> {
        let winner = self.award.as_ref().map(|award| award.organization_id);
        let bidder = |bid: &Bid| {
            let mut roles = vec!["tenderer"];
            if winner == Some(bid.organization_id) {
                roles.push("supplier");
            }
            json!({ "id": organization(bid.organization_id), "roles": roles })
        };
        self.bids.iter().map(bidder).collect()
    }

    fn tender(&self) -> Value {
        let tender = &self.tender;
        let criterion = |one: &Criterion| {
            json!({
                "id": one.id.as_uuid(),
                "title": one.name,
                "weight": one.weight,
                "isPrice": one.kind == CriterionKind::Price,
            })
        };
        let tenderer = |bid: &Bid| json!({ "id": organization(bid.organization_id) });
        json!({
            "id": tender.id.as_uuid(),
            "title": tender.title,
            "status": status(tender.state),
            "procurementMethod": method(tender.method),
            "procurementMethodDetails": tender.method,
            "mainProcurementCategory": "services",
            "value": value(tender.budget),
            "awardCriteria": "ratedCriteria",
            "selectionCriteria": self.criteria.iter().map(criterion).collect::<Vec<_>>(),
            "tenderPeriod": {
                "startDate": tender.published_at,
                "endDate": tender.clocks.map(|clocks| clocks.closes_at),
            },
            "numberOfTenderers": tender.state.is_opened().then_some(self.bids.len()),
            "tenderers": self.bids.iter().map(tenderer).collect::<Vec<_>>(),
            "statusDetails": tender.abandoned_reason,
        })
    }

    fn bids(&self) -> Value {
        let detail = |bid: &Bid| {
            json!({
                "id": bid.id.as_uuid(),
                "date": bid.received_at,
                "status": match bid.state {
                    BidState::Qualified => "valid",
                    BidState::Disqualified | BidState::Invalid => "disqualified",
                    BidState::Withdrawn => "withdrawn",
                    BidState::Sealed | BidState::Unsealed => "pending",
                },
                "tenderers": [{ "id": organization(bid.organization_id) }],
                "value": bid.price.map(value),
            })
        };
        json!({ "details": self.bids.iter().map(detail).collect::<Vec<_>>() })
    }

    fn awards(&self) -> Vec<Value> {
        let undone = self.tender.state == TenderState::Abandoned;
        let told = |award: &Award| {
            json!({
                "id": award.id.as_uuid(),
                "status": if undone { "cancelled" } else { "active" },
                "date": award.decided_at,
                "value": value(award.amount),
                "suppliers": [{ "id": organization(award.organization_id) }],
                "contractPeriod": {
                    "startDate": self.contract.as_ref().map(|one| one.signed_at),
                    "endDate": self.contract.as_ref().map(|one| one.ends_on),
                },
            })
        };
        self.award.iter().map(told).collect()
    }

    fn contracts(&self) -> Vec<Value> {
        let milestone = |one: &Milestone| {
            json!({
                "id": one.id.as_uuid(),
                "title": one.title,
                "type": "delivery",
                "status": match one.state {
                    MilestoneState::Planned => "scheduled",
                    MilestoneState::Submitted => "partiallyMet",
                    MilestoneState::Accepted | MilestoneState::Paid => "met",
                    MilestoneState::Cancelled => "notMet",
                },
                "dateMet": one.accepted_at,
                "value": value(one.amount),
            })
        };
        let transaction = |one: &Payment| {
            json!({
                "id": one.id.as_uuid(),
                "date": one.paid_at,
                "value": value(one.amount),
                "relatedMilestone": one.milestone_id.as_uuid(),
            })
        };
        let told = |contract: &Contract| {
            json!({
                "id": contract.id.as_uuid(),
                "awardID": contract.award_id.map(|id| id.as_uuid()),
                "status": match contract.state {
                    ContractState::Performing => "active",
                    ContractState::Completed | ContractState::Terminated => "terminated",
                },
                "dateSigned": contract.signed_at,
                "period": { "startDate": contract.signed_at, "endDate": contract.ends_on },
                "value": value(contract.amount),
                "implementation": {
                    "milestones": self.milestones.iter().map(milestone).collect::<Vec<_>>(),
                    "transactions": self.payments.iter().map(transaction).collect::<Vec<_>>(),
                },
            })
        };
        self.contract.iter().map(told).collect()
    }
}
