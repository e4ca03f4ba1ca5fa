//! 个案记录 in the graph.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kit::{
    Result,
    graph::{Date, global, typed},
};

use super::{
    super::{at, keyed, loaders::Loaders, maybe, social_worker::SocialWorker},
    Case,
};
use crate::{app::case as app, domain::case::note as domain};

/// 保密级别。Who may read a note.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::NoteLevel", name = "CaseNoteLevel")]
pub enum NoteLevel {
    /// 服务对象可读。The client as well.
    Client,
    /// 个案社工与督导可读。The worker and the supervisor.
    Team,
    /// 记录人与督导可读。Whoever wrote it, and the supervisor.
    Restricted,
}

/// 记录类型。How the client was met.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::NoteKind", name = "CaseNoteKind")]
pub enum NoteKind {
    /// 面谈。An interview.
    Interview,
    /// 家访。A visit at home.
    HomeVisit,
    /// 电话。By telephone.
    Phone,
    /// 相关人会谈。With somebody near the client.
    Collateral,
    /// 资源链接。Something was found for the client.
    Resource,
    /// 督导意见。The supervisor's word.
    Supervision,
}

/// Note of the domain, opened, as the graph shows it.
pub struct CaseNote(pub app::NoteText);

/// 个案记录。A note; it never changes, a wrong one is followed by a right one.
#[Object]
impl CaseNote {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.note.id)
    }

    /// 记录人。Who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<SocialWorker>> {
        let loaders = ctx.data_unchecked::<Loaders>();
        let found = loaders.load_one(self.0.note.author_id).await?;
        Ok(found.map(SocialWorker))
    }

    /// 类型。How the client was met.
    async fn kind(&self) -> NoteKind {
        self.0.note.kind.into()
    }

    /// 保密级别。Who may read it.
    async fn level(&self) -> NoteLevel {
        self.0.note.level.into()
    }

    /// 日期。The day.
    async fn on(&self) -> Date {
        Date(self.0.note.held_on)
    }

    /// 时长(分钟)。How long, in minutes.
    async fn minutes(&self) -> i32 {
        self.0.note.minutes
    }

    /// 内容。What happened.
    async fn text(&self) -> &str {
        &self.0.body
    }

    /// 更正的记录编号。The note that this one corrects.
    async fn corrects_id(&self) -> Option<ID> {
        self.0.note.corrects.map(global)
    }

    /// 记录时间。When it was written.
    async fn written_at(&self) -> DateTime<Utc> {
        self.0.note.written_at
    }
}

/// 写个案记录的输入。What happened.
#[derive(InputObject)]
pub struct AddCaseNoteInput {
    /// 幂等键,由客户端选定。Chosen by the client; the same key is answered the same.
    idempotency_key: String,
    /// 个案。The case.
    case_id: ID,
    /// 类型。How the client was met.
    kind: NoteKind,
    /// 保密级别。Who may read it.
    level: NoteLevel,
    /// 日期。The day.
    on: Date,
    /// 时长(分钟)。How long, in minutes.
    minutes: i32,
    /// 内容(1 至 10000 字,加密保存)。What happened; kept encrypted.
    text: String,
    /// 更正的记录。The note that this one corrects.
    corrects_id: Option<ID>,
}

/// 写个案记录的结果。The case; its next contact may have moved.
#[derive(SimpleObject)]
pub struct AddCaseNotePayload {
    /// 个案。The case.
    case: Case,
}

/// Mutations of notes.
#[derive(Default)]
pub struct NoteMutation;

#[Object]
impl NoteMutation {
    /// 写个案记录(个案社工、督导)。Writes a note: the worker or the supervisor.
    async fn add_case_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "输入。The input.")] input: AddCaseNoteInput,
    ) -> Result<AddCaseNotePayload> {
        let key = keyed(&input.idempotency_key)?;
        let note = app::AddNote {
            case_id: typed(&input.case_id, "input.caseId")?,
            kind: input.kind.into(),
            level: input.level.into(),
            on: input.on.0,
            minutes: input.minutes,
            body: input.text,
            corrects: maybe(input.corrects_id.as_ref(), "input.correctsId")?,
        };
        let (state, caller) = at(ctx);
        let case = Case(app::add_note(state, caller, key, note).await?);
        Ok(AddCaseNotePayload { case })
    }
}
