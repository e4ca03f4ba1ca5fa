//! Inputs and mutations of incubations.

use async_graphql::ID;
use kit::graph::Date;

use super::{super::growth::GrowthScoreKind, super::session::IncubationServiceKind, Incubatee};
use crate::{
    app::{growth, incubatee as app, review, session},
    graphql::shape::{input, mutations},
};

input! {
    /// 申请入孵的输入。What an organisation applies with.
    ApplyForIncubationInput => app::Apply {
        /// 组织(筹备中、已备案或已登记)。The organisation: preparing, filed or registered.
        organization_id: ID,
        /// 孵化中心。The centre, an open one.
        centre_id: ID,
        /// 孵化目标(1 至 1000 字)。What it wants to become, 1 to 1000 characters.
        goal: String,
    }
}

input! {
    /// 初审的输入。Whether the application goes on.
    ScreenIncubateeInput => app::Decide {
        /// 入孵申请。The application.
        incubatee_id: ID,
        /// 是否通过。Whether it goes on.
        accepted: bool,
        /// 理由,不通过时必填。Why; needed where it does not.
        reason: Option<String>,
    }
}

input! {
    /// 评审的输入。The sheet of an adviser.
    ReviewIncubateeInput => review::Review {
        /// 入孵申请。The application.
        incubatee_id: ID,
        /// 评审顾问。The adviser.
        adviser_id: ID,
        /// 评分(0 至 100)。The score, 0 to 100.
        score: i32,
        /// 评审意见(1 至 1000 字)。The opinion, 1 to 1000 characters.
        opinion: String,
    }
}

input! {
    /// 评定的输入。Which application is decided.
    ConcludeReviewInput => app::Which {
        /// 入孵申请。The application.
        incubatee_id: ID,
    }
}

input! {
    /// 签订孵化协议的输入。How long the agreement runs.
    SignIncubationInput => app::Sign {
        /// 入孵申请。The application.
        incubatee_id: ID,
        /// 起始日。The first day.
        from: Date,
        /// 截止日。The last day.
        to: Date,
    }
}

input! {
    /// 入驻的输入。Who moves in.
    StartIncubationInput => app::Which {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
    }
}

input! {
    /// 进入下一阶段的输入。Who goes on to the next stage.
    AdvanceStageInput => app::Which {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
    }
}

input! {
    /// 延期的输入。Until when it is extended, and why.
    ExtendIncubationInput => app::Extend {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
        /// 新的截止日。The new last day.
        to: Date,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

input! {
    /// 出壳的输入。Who graduates.
    GraduateIncubateeInput => app::Which {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
    }
}

input! {
    /// 出壳后跟踪的输入。Who is followed.
    TrackIncubateeInput => app::Which {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
    }
}

input! {
    /// 终止孵化的输入。What ends, and why.
    TerminateIncubationInput => app::Terminate {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
        /// 理由(1 至 500 字)。Why, 1 to 500 characters.
        reason: String,
    }
}

input! {
    /// 确认移交的输入。Whose room was handed over.
    ConfirmVacatedInput => app::Which {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
    }
}

input! {
    /// 撤回申请的输入。Which application is taken back.
    WithdrawApplicationInput => app::Which {
        /// 入孵申请。The application.
        incubatee_id: ID,
    }
}

input! {
    /// 记录孵化服务的输入。One time of a service.
    RecordIncubationSessionInput => session::Record {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
        /// 服务类别。Which of the seven services.
        kind: IncubationServiceKind,
        /// 服务日期。The day.
        held_on: Date,
        /// 时长(1 至 1440 分钟)。Minutes, 1 to 1440.
        minutes: i32,
        /// 参加人数(1 至 1000)。How many took part, 1 to 1000.
        attendees: i32,
        /// 主题(1 至 200 字)。The topic, 1 to 200 characters.
        topic: String,
        /// 顾问。The adviser, where there was one.
        adviser_id: Option<ID>,
        /// 佐证(1 至 1000 字)。The evidence, 1 to 1000 characters.
        evidence: String,
    }
}

input! {
    /// 确认服务的输入。What those who had a service say.
    ConfirmSessionInput => session::Confirm {
        /// 服务记录。The service.
        session_id: ID,
        /// 评价(1 至 5)。The rating, 1 to 5.
        rating: i32,
        /// 意见。What else there is to say.
        remark: Option<String>,
    }
}

input! {
    /// 成长评估的输入。A growth score.
    ScoreGrowthInput => growth::Score {
        /// 入孵组织。The incubation.
        incubatee_id: ID,
        /// 评估类别。Which assessment it is.
        kind: GrowthScoreKind,
        /// 得分(0 至 100)。The score, 0 to 100.
        score: i32,
        /// 评估依据(1 至 1000 字)。What it rests on, 1 to 1000 characters.
        evidence: String,
        /// 评估日期。The day.
        on: Date,
    }
}

mutations! {
    /// Mutations of incubations.
    IncubateeMutation {
        /// 申请入孵(组织,或社区代办)。Applies to a centre (the organisation, or staff for it).
        apply_for_incubation(ApplyForIncubationInput)
          -> ApplyForIncubationPayload { incubatee: Incubatee } by app::apply;
        /// 初审(中心)。Screens an application (the centre).
        screen_incubatee(ScreenIncubateeInput)
          -> ScreenIncubateePayload { incubatee: Incubatee } by app::screen;
        /// 评审(顾问本人,或民政部门据评审表录入);利害关系人须回避。Reviews an application; nobody of the house.
        review_incubatee(ReviewIncubateeInput)
          -> ReviewIncubateePayload { incubatee: Incubatee } by review::review;
        /// 评定:按评审得分通过或不予通过。Decides by the sheets: passed, or rejected.
        conclude_review(ConcludeReviewInput)
          -> ConcludeReviewPayload { incubatee: Incubatee } by app::conclude;
        /// 签订孵化协议。The agreement was signed.
        sign_incubation(SignIncubationInput)
          -> SignIncubationPayload { incubatee: Incubatee } by app::sign;
        /// 入驻,进入种子期。Moves in, at the seed stage.
        start_incubation(StartIncubationInput)
          -> StartIncubationPayload { incubatee: Incubatee } by app::start;
        /// 进入下一阶段;成长期须先中期评估。The next stage; growth comes after the midterm assessment.
        advance_stage(AdvanceStageInput)
          -> AdvanceStagePayload { incubatee: Incubatee } by app::advance;
        /// 延期。Gives it more time.
        extend_incubation(ExtendIncubationInput)
          -> ExtendIncubationPayload { incubatee: Incubatee } by app::extend;
        /// 出壳:已登记或备案,且期末成长评估达标。Graduates: registered or filed, and grown enough.
        graduate_incubatee(GraduateIncubateeInput)
          -> GraduateIncubateePayload { incubatee: Incubatee } by app::graduate;
        /// 出壳后跟踪。Follows it after graduation.
        track_incubatee(TrackIncubateeInput)
          -> TrackIncubateePayload { incubatee: Incubatee } by app::track;
        /// 终止孵化,并定下移交期限。Ends it, and sets the day to hand the room over.
        terminate_incubation(TerminateIncubationInput)
          -> TerminateIncubationPayload { incubatee: Incubatee } by app::terminate;
        /// 确认移交。The room was handed over.
        confirm_vacated(ConfirmVacatedInput)
          -> ConfirmVacatedPayload { incubatee: Incubatee } by app::vacate;
        /// 撤回申请(组织)。Takes the application back (the organisation).
        withdraw_application(WithdrawApplicationInput)
          -> WithdrawApplicationPayload { incubatee: Incubatee } by app::withdraw;
        /// 记录一次孵化服务(中心)。Records one time of a service (the centre).
        record_incubation_session(RecordIncubationSessionInput)
          -> RecordIncubationSessionPayload { incubatee: Incubatee } by session::record;
        /// 确认并评价一次服务(受益组织)。Confirms and rates a service (the organisation).
        confirm_session(ConfirmSessionInput)
          -> ConfirmSessionPayload { incubatee: Incubatee } by session::confirm;
        /// 成长评估(中心)。Scores how far it has grown (the centre).
        score_growth(ScoreGrowthInput)
          -> ScoreGrowthPayload { incubatee: Incubatee } by growth::score;
    }
}
