//! 志愿服务记录证明 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{Date, Minutes, global, typed},
};

use super::{loaders::Loaders, volunteer::Volunteer};
use crate::{app, domain::certificate as domain, state::State};

/// Certificate of the domain, as the graph shows it.
pub struct VolunteerCertificate(pub domain::Certificate);

/// 志愿服务记录证明,免费出具。A certificate of volunteer service, free of charge.
#[Object]
impl VolunteerCertificate {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 志愿者。The volunteer.
    async fn volunteer(&self, ctx: &Context<'_>) -> Result<Option<Volunteer>> {
        let found = ctx
            .data_unchecked::<Loaders>()
            .load_one(self.0.volunteer_id)
            .await;
        Ok(found?.map(Volunteer))
    }

    /// 证明编号。Its number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// 查验码。The code by which anybody can verify it.
    async fn code(&self) -> String {
        self.0.printed_code()
    }

    /// 起始日期。The first day it covers.
    async fn from(&self) -> Date {
        Date(self.0.from)
    }

    /// 截止日期。The last day it covers.
    async fn to(&self) -> Date {
        Date(self.0.to)
    }

    /// 服务次数。How many services it names.
    async fn records(&self) -> i64 {
        self.0.records
    }

    /// 服务分钟数。Minutes served.
    async fn minutes(&self) -> Minutes {
        Minutes(self.0.minutes)
    }

    /// 出具时间。When it was issued.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.issued_at
    }
}

/// 证明查验结果,不含个人信息。What a code proves; no personal data.
#[derive(SimpleObject)]
pub struct CertificateVerification {
    /// 是否真实有效;所列记录有更正的不再有效。Whether it is genuine and all it names still stands.
    valid: bool,
    /// 证明编号。Its number, where the code is genuine.
    number: Option<String>,
    /// 起始日期。The first day it covers.
    from: Option<Date>,
    /// 截止日期。The last day it covers.
    to: Option<Date>,
    /// 服务次数。How many services it names.
    records: Option<i64>,
    /// 服务分钟数。Minutes served.
    minutes: Option<Minutes>,
    /// 出具时间。When it was issued.
    issued_at: Option<DateTime<Utc>>,
}

/// Certificate queries.
#[derive(Default)]
pub struct CertificateQuery;

#[Object]
impl CertificateQuery {
    /// 查验证明,无需登录。Verifies a certificate by its code; open to all.
    async fn verify_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "查验码,连字符可省略。The code; hyphens may be left out.")] code: String,
    ) -> Result<Option<CertificateVerification>> {
        let found = app::certificate::verify(ctx.data_unchecked::<State>(), &code).await?;
        Ok(Some(match found {
            Some(found) => CertificateVerification {
                valid: found.standing,
                number: Some(found.number),
                from: Some(Date(found.from)),
                to: Some(Date(found.to)),
                records: Some(found.records),
                minutes: Some(Minutes(found.minutes)),
                issued_at: Some(found.issued_at),
            },
            None => CertificateVerification {
                valid: false,
                number: None,
                from: None,
                to: None,
                records: None,
                minutes: None,
                issued_at: None,
            },
        }))
    }
}

/// 出具证明的输入。What is to be certified.
#[derive(InputObject)]
pub struct IssueVolunteerCertificateInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 志愿者。The volunteer.
    volunteer_id: ID,
    /// 起始日期。The first day.
    from: Date,
    /// 截止日期,不晚于今天。The last day, not after today.
    to: Date,
}

/// 出具证明的结果。The certificate.
#[derive(SimpleObject)]
pub struct IssueVolunteerCertificatePayload {
    /// 证明。The certificate.
    certificate: VolunteerCertificate,
}

/// Certificate mutations.
#[derive(Default)]
pub struct CertificateMutation;

#[Object]
impl CertificateMutation {
    /// 出具志愿服务记录证明(本人或工作人员)。Issues a certificate: to the volunteer or by staff.
    async fn issue_volunteer_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: IssueVolunteerCertificateInput,
    ) -> Result<IssueVolunteerCertificatePayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let issue = app::certificate::Issue {
            volunteer_id: typed(&input.volunteer_id, "input.volunteerId")?,
            from: input.from.0,
            to: input.to.0,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        let issued = app::certificate::issue(state, caller, key, issue).await?;
        Ok(IssueVolunteerCertificatePayload {
            certificate: VolunteerCertificate(issued),
        })
    }
}
