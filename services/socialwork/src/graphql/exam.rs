//! 市民政考试 in the graph.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use kernel::IdempotencyKey;
use kit::{
    Result,
    auth::Caller,
    graph::{Date, global, typed},
};

use super::foreign::Resident;
use crate::{app, domain::exam as domain, state::State};

/// Exam of the domain, as the graph shows it.
pub struct MunicipalExam(pub domain::Exam);

/// 市民政考试成绩。A sitting of the municipal examination.
#[Object]
impl MunicipalExam {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// 考生。Who sat it.
    async fn resident(&self) -> Option<Resident> {
        Some(self.0.resident_id.into())
    }

    /// 是否合格。Whether it was passed.
    async fn passed(&self) -> bool {
        self.0.passed
    }

    /// 成绩(0 至 100)。The score, 0 to 100.
    async fn score(&self) -> i32 {
        self.0.score
    }

    /// 考试日期。The day.
    async fn on(&self) -> Date {
        Date(self.0.held_on)
    }
}

/// 登记考试成绩的输入。The result of a sitting.
#[derive(InputObject)]
pub struct RecordExamInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 考生。Who sat it.
    resident_id: ID,
    /// 是否合格。Whether it was passed.
    passed: bool,
    /// 成绩(0 至 100)。The score, 0 to 100.
    score: i32,
    /// 考试日期。The day.
    on: Date,
}

/// 登记考试成绩的结果。The result recorded.
#[derive(SimpleObject)]
pub struct RecordExamPayload {
    /// 考试成绩。The result.
    exam: MunicipalExam,
}

/// Exam mutations.
#[derive(Default)]
pub struct ExamMutation;

#[Object]
impl ExamMutation {
    /// 登记市民政考试成绩(民政部门)。Records a result of the examination: civil affairs.
    async fn record_exam(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: RecordExamInput,
    ) -> Result<RecordExamPayload> {
        let key = IdempotencyKey::try_new(&input.idempotency_key)?;
        let new = domain::NewExam {
            resident_id: typed(&input.resident_id, "input.residentId")?,
            passed: input.passed,
            score: input.score,
            held_on: input.on.0,
        };
        let (state, caller) = (
            ctx.data_unchecked::<State>(),
            ctx.data_unchecked::<Caller>(),
        );
        Ok(RecordExamPayload {
            exam: MunicipalExam(app::exam::record(state, caller, key, new).await?),
        })
    }
}
