//! 亲属关系 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    graph::{global, typed},
};

use super::{foreign::Resident, given};
use crate::{app, domain::relation as domain};

/// 亲属关系。What the relative is to the resident.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::Kinship")]
pub enum Kinship {
    /// 配偶。Spouse.
    Spouse,
    /// 父母。Parent.
    Parent,
    /// 子女。Child.
    Child,
    /// 祖父母、外祖父母。Grandparent.
    Grandparent,
    /// 配偶的父母。Parent of the spouse.
    ParentInLaw,
    /// 兄弟姐妹。Sibling.
    Sibling,
}

/// A registered relation.
pub struct Relation(pub domain::Relation);

/// 亲属关系登记。A relation that staff have verified.
#[Object(name = "ElderRelation")]
impl Relation {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 居民。The resident.
    async fn resident(&self) -> Option<Resident> {
        Some(Resident(self.0.resident_id))
    }

    /// 亲属。The relative.
    async fn relative(&self) -> Option<Resident> {
        Some(Resident(self.0.relative_id))
    }

    /// 亲属是居民的什么人。What the relative is to the resident.
    async fn relation(&self) -> Kinship {
        self.0.kinship.into()
    }

    /// 核验时间。When it was verified.
    async fn verified_at(&self) -> DateTime<Utc> {
        self.0.verified_at
    }
}

/// 登记亲属关系的输入。A relation and its evidence.
#[derive(InputObject)]
pub struct RegisterRelationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 居民。The resident.
    resident_id: ID,
    /// 亲属。The relative.
    relative_resident_id: ID,
    /// 亲属是居民的什么人。What the relative is to the resident.
    relation: Kinship,
    /// 证明材料(1 至 200 个字)。The evidence seen, 1 to 200 characters.
    evidence: String,
}

/// 登记亲属关系的结果。The relation registered.
#[derive(SimpleObject)]
pub struct RegisterRelationPayload {
    /// 亲属关系。The relation.
    relation: Relation,
}

/// 终止亲属关系的输入。Which relation is over, and why.
#[derive(InputObject)]
pub struct EndRelationInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 亲属关系登记。The relation.
    relation_id: ID,
    /// 理由(1 至 200 个字)。Why, 1 to 200 characters.
    reason: String,
}

/// 终止亲属关系的结果。The relation that ended.
#[derive(SimpleObject)]
pub struct EndRelationPayload {
    /// 已终止的亲属关系编号。The id of the relation that ended.
    relation_id: ID,
}

/// Relation mutations.
#[derive(Default)]
pub struct RelationMutation;

#[Object]
impl RelationMutation {
    /// 登记亲属关系(工作人员核验证明材料)。Registers a relation, by staff who saw the evidence.
    async fn register_relation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RegisterRelationInput,
    ) -> Result<RegisterRelationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let register = domain::RegisterRelation {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            relative_id: typed(&input.relative_resident_id, "input.relativeResidentId")?,
            kinship: input.relation.into(),
            evidence: input.evidence,
        };
        let (state, caller) = given(ctx);
        let relation = app::relation::register(state, caller, key, register).await?;
        Ok(RegisterRelationPayload {
            relation: Relation(relation),
        })
    }
    /// 终止亲属关系(老人本人或工作人员);此后该亲属不能查看、确认或受让。Ends a relation, by the elder or by staff: it opens nothing any more.
    async fn end_relation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: EndRelationInput,
    ) -> Result<EndRelationPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let end = domain::EndRelation {
            relation_id: typed(&input.relation_id, "input.relationId")?,
            reason: input.reason,
        };
        let (state, caller) = given(ctx);
        let ended = app::relation::end(state, caller, key, end).await?;
        Ok(EndRelationPayload {
            relation_id: global(ended),
        })
    }
}
