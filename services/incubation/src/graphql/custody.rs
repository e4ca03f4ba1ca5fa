//! 公益创投资金托管 in the graph.

use async_graphql::ID;
use kit::graph::{Date, DivisionCode, Fen};

use super::{
    foreign::Division,
    ledger::MoneyEntry,
    loaders::{BalanceOf, EntriesOf, Loaders},
    organization::Organization,
    service_centre::ServiceCentre,
    shape::{enums, input, mutations, output, part, queries},
};
use crate::{
    app::custody as app,
    domain::custody::{self as domain, CustodyAccountId},
};

enums! {
    /// 用款申请状态。Where a request to pay stands.
    CustodyRequestState = domain::CustodyRequestState {
        /// 待审批。Waits for a decision.
        Requested,
        /// 已支付。Paid.
        Paid,
        /// 未批准。Not granted.
        Refused,
    }
}

output! {
    /// 用款申请。A request of the organisation; another account decides.
    CustodyRequest of domain::CustodyRequest {
        /// 全局编号。Global id.
        id: ID,
        /// 金额。The amount.
        #[graphql(name = "amount")]
        amount_fen: Fen,
        /// 用途。For what.
        purpose: String,
        /// 收款方。To whom.
        payee: String,
        /// 依据。The evidence.
        evidence: String,
        /// 状态。Where it stands.
        state: CustodyRequestState,
        /// 申请日期。The day it was asked for.
        requested_on: Date,
        /// 审批日期。The day it was decided.
        decided_on: Option<Date>,
        /// 未批准的理由。Why it was not granted.
        reason: Option<String>,
    }
    plus {}
}

output! {
    /// 托管账户。Money of a filed organisation, kept by the service centre of its community.
    CustodyAccount of domain::CustodyAccount {
        /// 全局编号。Global id.
        id: ID,
        /// 开户日期。The day it was opened.
        opened_on: Date,
        /// 销户日期。The day it was closed.
        closed_on: Option<Date>,
    }
    refers {
        /// 区划。Where it is kept.
        division: Division = division_code,
    }
    links {
        /// 代管的社区社会组织服务中心。The centre that keeps it.
        centre: ServiceCentre = centre_id,
        /// 备案组织。Whose money it is.
        organization: Organization = organization_id,
    }
    parts {
        /// 用款申请,按时间先后。What was asked of it, in order.
        requests: [CustodyRequest],
    }
    plus {
        /// 余额。What it holds.
        async fn balance(&self, ctx: &async_graphql::Context<'_>) -> kit::Result<Fen> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(BalanceOf(self.0.id)).await?;
            Ok(Fen(found.unwrap_or(kernel::Fen::ZERO)))
        }

        /// 账目,按时间先后。What happened to it, in order.
        async fn entries(
            &self,
            ctx: &async_graphql::Context<'_>,
        ) -> kit::Result<Vec<MoneyEntry>> {
            let loaders = ctx.data_unchecked::<Loaders>();
            let found = loaders.load_one(EntriesOf(self.0.id.as_uuid())).await?;
            Ok(found.into_iter().flatten().map(MoneyEntry).collect())
        }
    }
}

input! {
    /// 开立托管账户的输入。Whose money is kept by whom.
    OpenCustodyAccountInput => app::NewAccount {
        /// 社区社会组织服务中心。The centre of the community.
        centre_id: ID,
        /// 备案组织。The filed organisation.
        organization_id: ID,
    }
}

input! {
    /// 托管资金入账的输入。What came in.
    ReceiveCustodyMoneyInput => app::Receive {
        /// 托管账户。The account.
        account_id: ID,
        /// 金额。The amount.
        amount: Fen,
        /// 来源及项目(1 至 200 字)。From whom, for which project, 1 to 200 characters.
        subject: String,
        /// 凭证(1 至 1000 字)。The evidence, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 用款申请的输入。What is to be paid.
    RequestCustodyPaymentInput => app::Request {
        /// 托管账户。The account.
        account_id: ID,
        /// 金额,不超过余额。The amount, not more than it holds.
        amount: Fen,
        /// 用途(1 至 200 字)。For what, 1 to 200 characters.
        purpose: String,
        /// 收款方(1 至 100 字)。To whom, 1 to 100 characters.
        payee: String,
        /// 依据(1 至 1000 字)。The evidence, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 审批用款的输入。Whether it is paid.
    DecideCustodyPaymentInput => app::Decide {
        /// 用款申请。The request.
        request_id: ID,
        /// 是否支付。Whether it is paid.
        granted: bool,
        /// 理由,不予支付时必填。Why; needed where it is not.
        reason: Option<String>,
    }
}

input! {
    /// 销户的输入。Which account is closed.
    CloseCustodyAccountInput => app::Which {
        /// 托管账户,余额须为零。The account, an empty one.
        account_id: ID,
    }
}

part! {
    /// 筛选托管账户。Which accounts.
    CustodyAccountFilter => app::Filter {
        /// 在此区划内。Within this division.
        division_code: Option<DivisionCode>,
        /// 只看此中心代管。Only kept by this centre.
        centre_id: Option<ID>,
        /// 只看此组织。Only of this organisation.
        organization_id: Option<ID>,
        /// 是否有待审批的用款申请。Whether a request waits for a decision.
        waiting: Option<bool>,
    }
}

queries! {
    /// Queries for custody.
    CustodyQuery of CustodyAccount, CustodyAccountId {
        entity find_custody_account_by_id;
        /// 按编号查托管账户。An account by id.
        one custody_account;
        /// 托管账户,新的在前;本辖区和本组织可见。Accounts one may see, newest first.
        many custody_accounts(CustodyAccountFilter => app::Filter) by app::list;
    }
}

mutations! {
    /// Mutations of custody.
    CustodyMutation {
        /// 为备案组织开立托管账户(社区)。Opens an account for a filed organisation (the community).
        open_custody_account(OpenCustodyAccountInput)
          -> OpenCustodyAccountPayload { account: CustodyAccount } by app::open;
        /// 托管资金入账(资金管理人)。Books what came in (the keeper of the funds).
        receive_custody_money(ReceiveCustodyMoneyInput)
          -> ReceiveCustodyMoneyPayload { account: CustodyAccount } by app::receive;
        /// 用款申请(组织,或社区代办)。Asks for a payment (the organisation, or staff for it).
        request_custody_payment(RequestCustodyPaymentInput)
          -> RequestCustodyPaymentPayload { account: CustodyAccount } by app::request;
        /// 审批用款(社区、资金管理人,不得为申请人)。Pays or refuses; not who asked.
        decide_custody_payment(DecideCustodyPaymentInput)
          -> DecideCustodyPaymentPayload { account: CustodyAccount } by app::decide;
        /// 销户(社区)。Closes an account that is empty (the community).
        close_custody_account(CloseCustodyAccountInput)
          -> CloseCustodyAccountPayload { account: CustodyAccount } by app::close;
    }
}
