//! 交换记录 (B14, B15): every exchange and every denial, in a hash chain.

use chrono::{DateTime, SubsecRound, Utc};
use kernel::{
    DivisionCode, canonical_json,
    chain::{ChainHash, Entry, link},
    keys::{OrganizationId, ResidentId},
};
use serde_json::json;

use super::{
    data_resource::{DataField, DataResourceId},
    share_grant::{ShareGrant, ShareGrantId},
};

kernel::text_enum! {
    /// How an exchange ended.
    pub enum ExchangeOutcome {
        /// 已提供
        Ok = "OK",
        /// 被拒绝
        Denied = "DENIED",
        /// 无此记录
        NotFound = "NOT_FOUND",
    }
}

/// What a department did through its grant, or was not let do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub grant_id: ShareGrantId,
    pub resource_id: DataResourceId,
    pub division_code: DivisionCode,
    pub provider_organization_id: OrganizationId,
    pub consumer_organization_id: OrganizationId,
    pub consumer_name: String,
    pub resident_id: Option<ResidentId>,
    pub actor: String,
    pub purpose: String,
    pub fields: Vec<DataField>,
    pub outcome: ExchangeOutcome,
    pub reason: Option<String>,
    pub request_hash: Vec<u8>,
    pub response_hash: Option<Vec<u8>>,
    pub channel: String,
    pub request_id: String,
    pub at: DateTime<Utc>,
}

/// A record in its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRecord {
    pub seq: i64,
    pub exchange: Exchange,
    pub prev_hash: ChainHash,
    pub hash: ChainHash,
}

impl Exchange {
    /// An exchange through a grant that has not been decided yet.
    pub fn begin(grant: &ShareGrant, fields: Vec<DataField>, at: DateTime<Utc>) -> Self {
        Self {
            grant_id: grant.id,
            resource_id: grant.resource_id,
            division_code: grant.division_code,
            provider_organization_id: grant.provider_organization_id,
            consumer_organization_id: grant.consumer_organization_id,
            consumer_name: grant.consumer_name.clone(),
            resident_id: None,
            actor: String::new(),
            purpose: grant.purpose.clone(),
            fields,
            outcome: ExchangeOutcome::NotFound,
            reason: None,
            request_hash: Vec::new(),
            response_hash: None,
            channel: String::new(),
            request_id: String::new(),
            // As the database gives it back; the hash would not match otherwise.
            at: at.trunc_subsecs(6),
        }
    }

    /// What the hash covers: everything but the place in the chain.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let hex = |bytes: &[u8]| {
            ChainHash::from_slice(bytes).map_or_else(String::new, |hash| hash.to_hex())
        };
        canonical_json(&json!({
            "form": "sanshe.exchange.v1",
            "grant": self.grant_id,
            "resource": self.resource_id,
            "division": self.division_code,
            "provider": self.provider_organization_id,
            "consumer": self.consumer_organization_id,
            "consumer_name": self.consumer_name,
            "resident": self.resident_id,
            "actor": self.actor,
            "purpose": self.purpose,
            "fields": self.fields,
            "outcome": self.outcome,
            "reason": self.reason,
            "request": hex(&self.request_hash),
            "response": self.response_hash.as_deref().map(hex),
            "channel": self.channel,
            "request_id": self.request_id,
            "at": self.at.timestamp_micros(),
        }))
    }

    /// Takes its place behind the head of the chain.
    pub fn follow(self, (seq, prev_hash): (i64, ChainHash)) -> ExchangeRecord {
        let hash = link(&prev_hash, &self.canonical_bytes());
        ExchangeRecord {
            seq: seq + 1,
            exchange: self,
            prev_hash,
            hash,
        }
    }
}

impl ExchangeRecord {
    /// As the verifier of chains takes it.
    pub fn entry(&self) -> Entry<'static> {
        Entry {
            seq: self.seq,
            prev: self.prev_hash,
            hash: self.hash,
            bytes: self.exchange.canonical_bytes().into(),
        }
    }
}
