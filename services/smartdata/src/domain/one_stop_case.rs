//! 一站式办件 (A62, SM-13): applied for, accepted, decided, delivered, rated.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::ResidentId, refuse};

use super::{
    resident::Resident,
    service_item::{FormField, FormSource},
    text,
};

kernel::typed_id!(
    /// Case (办件).
    CaseId, "one_stop_case");

kernel::text_enum! {
    /// Where a case stands.
    pub enum CaseState {
        /// 已提交
        Submitted = "SUBMITTED",
        /// 待补正
        Supplement = "SUPPLEMENT",
        /// 不予受理
        NotAccepted = "NOT_ACCEPTED",
        /// 已受理
        Accepted = "ACCEPTED",
        /// 办理中
        Processing = "PROCESSING",
        /// 已办结
        Decided = "DECIDED",
        /// 已送达
        Delivered = "DELIVERED",
        /// 已评价
        Rated = "RATED",
        /// 已归档
        Archived = "ARCHIVED",
    }
}

impl CaseState {
    /// Every legal move; the database holds the same.
    pub const MOVES: &[(Self, Self)] = &[
        (Self::Submitted, Self::Accepted),
        (Self::Submitted, Self::Supplement),
        (Self::Submitted, Self::NotAccepted),
        (Self::Supplement, Self::Submitted),
        (Self::Supplement, Self::NotAccepted),
        (Self::Accepted, Self::Processing),
        (Self::Processing, Self::Decided),
        (Self::Decided, Self::Delivered),
        (Self::Delivered, Self::Rated),
        (Self::Delivered, Self::Archived),
        (Self::Rated, Self::Archived),
    ];
}

/// What a resident wrote, by the keys of the form. No Debug: it is personal data.
pub type Answers = BTreeMap<String, String>;

/// A case. What was written is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneStopCase {
    pub id: CaseId,
    pub number: String,
    pub item_code: String,
    pub division_code: DivisionCode,
    pub resident_id: ResidentId,
    pub answers_sealed: Vec<u8>,
    pub submitted_by: String,
    pub channel: String,
    pub assisted_by: Option<String>,
    pub state: CaseState,
    pub due_at: Option<DateTime<Utc>>,
    pub decide_by: Option<DateTime<Utc>>,
    pub supplement_note: Option<String>,
    pub supplement_at: Option<DateTime<Utc>>,
    pub supplements: i32,
    pub refusal_reason: Option<String>,
    pub granted: Option<bool>,
    pub decision: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub stars: Option<i32>,
    pub rating_note: Option<String>,
    pub version: i32,
    pub submitted_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Where the sealed answers of a case are bound to.
pub fn bound(id: CaseId) -> String {
    format!("one_stop_cases.answers/{id}")
}

/// Whether the platform knows this of a resident.
pub fn knows(resident: &Resident, source: FormSource) -> bool {
    match source {
        FormSource::Name
        | FormSource::CitizenId
        | FormSource::BirthDate
        | FormSource::Community => true,
        FormSource::Phone => resident.sealed.phone.is_some(),
        FormSource::Grid => resident.grid_code.is_some(),
    }
}

/// Whether a line of a form is asked of a resident.
pub fn is_asked(resident: &Resident, line: &FormField) -> bool {
    !line.source.is_some_and(|source| knows(resident, source))
}

/// Checks what was written: all that is asked for, and nothing that is known.
pub fn check_answers(
    form: &[FormField],
    resident: &Resident,
    answers: Answers,
) -> Result<Answers, Refusal> {
    for key in answers.keys() {
        let Some(line) = form.iter().find(|line| line.key == *key) else {
            return Err(refuse!(
                Invalid,
                "ANSWER_UNKNOWN",
                field: "input.answers",
                zh: "表单中没有“{key}”这一项",
                en: "the form has no line {key}",
            ));
        };
        if !is_asked(resident, line) {
            let label = &line.label;
            return Err(refuse!(
                Invalid,
                "ANSWER_KNOWN",
                field: "input.answers",
                zh: "“{label}”平台已有,无须填写;如有误请更正居民信息",
                en: "the platform knows {label} already; do not ask for it again",
            ));
        }
    }
    let missing = form
        .iter()
        .find(|line| line.required && is_asked(resident, line) && !answers.contains_key(&line.key));
    if let Some(line) = missing {
        let label = &line.label;
        return Err(refuse!(
            Invalid,
            "ANSWER_MISSING",
            field: "input.answers",
            zh: "请填写“{label}”",
            en: "{label} is missing",
        ));
    }
    answers
        .into_iter()
        .map(|(key, words)| Ok((key, text::words(&words, "input.answers", 500)?)))
        .collect()
}

impl OneStopCase {
    fn move_to(&mut self, next: CaseState, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !CaseState::MOVES.contains(&(self.state, next)) {
            let state = self.state;
            return Err(refuse!(
                Refused,
                "CASE_STATE",
                zh: "办件当前状态为 {state},不能变为 {next}",
                en: "the case is {state} and cannot become {next}",
            ));
        }
        self.state = next;
        self.due_at = None;
        self.updated_at = now;
        Ok(())
    }

    /// 受理: it will be decided by then.
    pub fn accept(&mut self, decide_by: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(CaseState::Accepted, now)?;
        self.decide_by = Some(decide_by);
        self.due_at = Some(decide_by);
        Ok(())
    }

    /// 补正: all that is missing is said at once, and once.
    pub fn ask_supplement(&mut self, note: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.supplements > 0 {
            return Err(refuse!(
                Refused,
                "CASE_SUPPLEMENT_ONCE",
                zh: "补正只能要求一次,请受理或说明不予受理的理由",
                en: "a supplement is asked for once; accept the case, or say why not",
            ));
        }
        self.move_to(CaseState::Supplement, now)?;
        self.supplements = 1;
        self.supplement_note = Some(note);
        self.supplement_at = Some(now);
        Ok(())
    }

    /// What was missing is there; the clock of acceptance runs again.
    pub fn supplement(
        &mut self,
        answers_sealed: Vec<u8>,
        due: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.state != CaseState::Supplement {
            let state = self.state;
            return Err(refuse!(
                Refused,
                "CASE_STATE",
                zh: "办件当前状态为 {state},不需补正",
                en: "the case is {state}; no supplement is wanted",
            ));
        }
        self.move_to(CaseState::Submitted, now)?;
        self.answers_sealed = answers_sealed;
        self.due_at = Some(due);
        Ok(())
    }

    /// 不予受理, with the reason.
    pub fn refuse(&mut self, reason: String, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(CaseState::NotAccepted, now)?;
        self.refusal_reason = Some(reason);
        Ok(())
    }

    /// 办理.
    pub fn process(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(CaseState::Processing, now)?;
        self.due_at = self.decide_by;
        Ok(())
    }

    /// 办结.
    pub fn decide(
        &mut self,
        (granted, words): (bool, String),
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.move_to(CaseState::Decided, now)?;
        self.granted = Some(granted);
        self.decision = Some(words);
        self.decided_at = Some(now);
        Ok(())
    }

    /// 送达: the resident may rate it until then.
    pub fn deliver(&mut self, rate_by: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.move_to(CaseState::Delivered, now)?;
        self.delivered_at = Some(now);
        self.due_at = Some(rate_by);
        Ok(())
    }

    /// 好差评.
    pub fn rate(
        &mut self,
        stars: i32,
        note: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if !(1..=5).contains(&stars) {
            return Err(refuse!(
                Invalid,
                "STARS_RANGE",
                field: "input.stars",
                zh: "评价须为 1 至 5 星",
                en: "a rating is 1 to 5 stars",
            ));
        }
        self.move_to(CaseState::Rated, now)?;
        self.stars = Some(stars);
        self.rating_note = note;
        Ok(())
    }

    /// 归档: rated, or nobody rated it in time.
    pub fn archive(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.state == CaseState::Delivered && self.due_at.is_some_and(|due| now < due) {
            return Err(refuse!(
                Refused,
                "CASE_RATING_OPEN",
                zh: "评价期限未满,暂不能归档",
                en: "the resident may still rate it",
            ));
        }
        self.move_to(CaseState::Archived, now)
    }

    /// Whether staff are late with the present step.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.state != CaseState::Delivered && self.due_at.is_some_and(|due| due <= now)
    }

    /// Whether it was, or is to be, decided too late.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.decide_by
            .is_some_and(|due| self.decided_at.unwrap_or(now) >= due)
    }
}
