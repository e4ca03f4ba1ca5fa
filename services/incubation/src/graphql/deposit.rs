//! 押金 in the graph.

use async_graphql::{ID, Object};
use kernel::china_date;
use kit::graph::{Date, Fen, global};

use super::{
    ledger::MoneyEntry,
    shape::{Shown, StateChange, asked, enums, history, input, mutations, output, part},
    space_licence::SpaceLicence,
};
use crate::{app::deposit as app, domain::deposit as domain};

enums! {
    /// 押金状态。Where a deposit stands.
    SpaceDepositState = domain::DepositState {
        /// 待缴。To be paid.
        Due,
        /// 已报缴,待确认到账。Said to be paid, to be confirmed.
        Paid,
        /// 已收存。Held.
        Held,
        /// 已部分返还。Given back in part.
        PartiallyRefunded,
        /// 已全额返还。Given back in full.
        Refunded,
        /// 扣除后结清。Settled after something was kept.
        Deducted,
        /// 已没收。Kept.
        Forfeited,
    }
}

output! {
    /// 返还阶段。A part of a deposit that is given back when something was done.
    DepositStage of domain::DepositStage {
        /// 阶段序号。Its number, from 1.
        stage_no: i32,
        /// 阶段名称。What is to be done.
        title: String,
        /// 返还金额。What is given back.
        #[graphql(name = "amount")]
        amount_fen: Fen,
        /// 验收依据。What its acceptance rests on.
        evidence: Option<String>,
        /// 验收日期。The day it was accepted.
        accepted_on: Option<Date>,
    }
    plus {}
}

/// 押金。A deposit with its stages and what happened to it.
pub struct SpaceDeposit(pub app::Account);

/// 押金。A deposit with its stages and what happened to it.
#[Object]
impl SpaceDeposit {
    /// 全局编号。Global id.
    async fn id(&self) -> ID {
        global(self.0.deposit.id)
    }

    /// 金额。The amount.
    async fn amount(&self) -> Fen {
        Fen(self.0.deposit.amount_fen)
    }

    /// 缴纳期限。The last day to pay it.
    async fn due_on(&self) -> Date {
        Date(self.0.deposit.due_on)
    }

    /// 状态。Where it stands.
    async fn state(&self) -> SpaceDepositState {
        self.0.deposit.state.shown()
    }

    /// 是否逾期未缴。Whether it was due and has not been paid.
    async fn overdue(&self, ctx: &async_graphql::Context<'_>) -> bool {
        let (state, _) = asked(ctx);
        let today = china_date(state.core.clock.now());
        self.0.deposit.state == domain::DepositState::Due && self.0.deposit.due_on < today
    }

    /// 缴款凭证。The slip of the payment.
    async fn slip(&self) -> Option<&str> {
        self.0.deposit.slip.as_deref()
    }

    /// 尚存金额。What of it is still held.
    async fn held(&self) -> kit::Result<Fen> {
        Ok(Fen(domain::left(&self.0.entries)?))
    }

    /// 返还阶段。Its stages.
    async fn stages(&self) -> Vec<DepositStage> {
        self.0.stages.iter().cloned().map(DepositStage).collect()
    }

    /// 账目,按时间先后。What happened to it, in order.
    async fn entries(&self) -> Vec<MoneyEntry> {
        self.0.entries.iter().cloned().map(MoneyEntry).collect()
    }

    /// 办理经过。The states it has been in.
    async fn history(&self, ctx: &async_graphql::Context<'_>) -> kit::Result<Vec<StateChange>> {
        history(ctx, self.0.deposit.id).await
    }
}

part! {
    /// 返还阶段约定。A stage as it is agreed.
    NewDepositStageInput => domain::NewStage {
        /// 阶段名称(1 至 100 字)。What is to be done, 1 to 100 characters.
        title: String,
        /// 返还金额。What is given back.
        amount: Fen,
    }
}

input! {
    /// 报缴押金的输入。The slip of a payment.
    ReportDepositPaidInput => app::Report {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 缴款凭证号(1 至 200 字)。The slip, 1 to 200 characters.
        slip: String,
    }
}

input! {
    /// 确认押金到账的输入。Whether the money has come.
    ConfirmDepositInput => app::Confirm {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 是否到账。Whether it has come.
        received: bool,
        /// 未到账的说明。Why not.
        reason: Option<String>,
    }
}

input! {
    /// 阶段验收的输入。What was done for a stage.
    AcceptDepositStageInput => app::Accept {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 阶段序号。Which stage.
        stage_no: i32,
        /// 验收依据(1 至 1000 字)。What it rests on, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 返还押金的输入。Which stage is given back.
    RefundDepositStageInput => app::Refund {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 阶段序号,须已验收。Which stage; it has been accepted.
        stage_no: i32,
        /// 付款凭证(1 至 1000 字)。The payment, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 扣除押金的输入。What is kept, and why.
    DeductDepositInput => app::Deduct {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 扣除金额,不超过尚存金额。What is kept, not more than is held.
        amount: Fen,
        /// 理由(1 至 200 字)。Why, 1 to 200 characters.
        reason: String,
        /// 依据(1 至 1000 字)。What it rests on, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 没收押金的输入。Why all that is left is kept.
    ForfeitDepositInput => app::Forfeit {
        /// 场地使用。The licence.
        licence_id: ID,
        /// 理由(1 至 200 字)。Why, 1 to 200 characters.
        reason: String,
        /// 依据(1 至 1000 字)。What it rests on, 1 to 1000 characters.
        evidence: String,
    }
}

mutations! {
    /// Mutations of deposits.
    DepositMutation {
        /// 报缴押金(组织,或社区代办)。Says that the deposit was paid.
        report_deposit_paid(ReportDepositPaidInput)
          -> ReportDepositPaidPayload { licence: SpaceLicence } by app::report;
        /// 确认押金到账(资金管理人,不得为报缴人)。Confirms that it has come; not who said so.
        confirm_deposit(ConfirmDepositInput)
          -> ConfirmDepositPayload { licence: SpaceLicence } by app::confirm;
        /// 阶段验收(社区)。Accepts what was done for a stage (the community).
        accept_deposit_stage(AcceptDepositStageInput)
          -> AcceptDepositStagePayload { licence: SpaceLicence } by app::accept;
        /// 返还一个已验收的阶段(资金管理人)。Gives back a stage that was accepted.
        refund_deposit_stage(RefundDepositStageInput)
          -> RefundDepositStagePayload { licence: SpaceLicence } by app::refund;
        /// 扣除押金(社区)。Keeps a part (the community).
        deduct_deposit(DeductDepositInput)
          -> DeductDepositPayload { licence: SpaceLicence } by app::deduct;
        /// 没收余下的押金(民政部门)。Keeps all that is left (the bureau).
        forfeit_deposit(ForfeitDepositInput)
          -> ForfeitDepositPayload { licence: SpaceLicence } by app::forfeit;
    }
}
