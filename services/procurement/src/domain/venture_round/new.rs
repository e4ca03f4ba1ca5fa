//! What a round is made of: instalments and weights that make the whole.

use kernel::{Fen, Ids, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::VentureCriterion;
use crate::domain::{tender::CriterionId, text};

/// What is planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewVentureRound {
    pub title: String,
    pub theme: String,
    pub budget: Fen,
    pub grant_cap: Fen,
    pub drop_extremes: bool,
    pub pass_points: i32,
    pub tranche_percents: Vec<i32>,
    /// Name, weight, highest score.
    pub criteria: Vec<(String, i32, i32)>,
}

impl NewVentureRound {
    /// Checks what a round is made of.
    pub fn check(self) -> Result<Self, Refusal> {
        let title = text("input.title", &self.title, 200)?;
        let theme = text("input.theme", &self.theme, 2000)?;
        if self.budget <= Fen::ZERO || self.grant_cap <= Fen::ZERO || self.grant_cap > self.budget {
            return Err(refuse!(
                Invalid,
                "GRANT_ABOVE_BUDGET",
                field: "input.grantCap",
                zh: "预算和单个项目上限须大于零,且上限不超过预算",
                en: "budget and cap are above zero, and the cap is not above the budget",
            ));
        }
        if !(0..=100).contains(&self.pass_points) {
            return Err(refuse!(
                Invalid,
                "PASS_POINTS_RANGE",
                field: "input.passPoints",
                zh: "入围分数线须在 0 至 100 之间",
                en: "the points to pass lie between 0 and 100",
            ));
        }
        let percents = &self.tranche_percents;
        if percents.len() != 3
            || percents.iter().any(|one| *one < 1)
            || percents.iter().map(|one| i64::from(*one)).sum::<i64>() != 100
        {
            return Err(refuse!(
                Invalid,
                "TRANCHE_PERCENTS",
                field: "input.tranchePercents",
                zh: "资助款分三期,各期大于零,合计 100%",
                en: "there are three instalments, each above zero, that sum to 100 %",
            ));
        }
        let weights = self
            .criteria
            .iter()
            .map(|(_, weight, _)| i64::from(*weight));
        if weights.sum::<i64>() != 100 || self.criteria.iter().any(|(_, weight, _)| *weight < 1) {
            return Err(refuse!(
                Invalid,
                "CRITERIA_WEIGHTS",
                field: "input.criteria",
                zh: "评审因素权重均大于零,合计 100",
                en: "the weights of the criteria are above zero and sum to 100",
            ));
        }
        let mut criteria = Vec::new();
        for (at, (name, weight, most)) in self.criteria.into_iter().enumerate() {
            let name = text(&format!("input.criteria.{at}.name"), &name, 100)?;
            if !(1..=1000).contains(&most) {
                return Err(refuse!(
                    Invalid,
                    "CRITERION_MAX_SCORE",
                    field: format!("input.criteria.{at}.maxScore"),
                    zh: "最高分须在 1 至 1000 之间",
                    en: "the highest score lies between 1 and 1000",
                ));
            }
            criteria.push((name, weight, most));
        }
        Ok(Self {
            title,
            theme,
            criteria,
            ..self
        })
    }

    /// The criteria with their ids.
    pub fn criteria(&self, ids: &Ids) -> Vec<VentureCriterion> {
        let made = |(name, weight, most): &(String, i32, i32)| VentureCriterion {
            id: CriterionId::new(ids),
            name: name.clone(),
            weight: *weight,
            max_score: *most,
        };
        self.criteria.iter().map(made).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> NewVentureRound {
        NewVentureRound {
            title: "为老服务创投".into(),
            theme: "助餐、陪伴".into(),
            budget: Fen::new(100),
            grant_cap: Fen::new(60),
            drop_extremes: true,
            pass_points: 60,
            tranche_percents: vec![50, 30, 20],
            criteria: vec![("方案".into(), 60, 100), ("团队".into(), 40, 50)],
        }
    }

    #[test]
    fn instalments_and_weights_make_the_whole() {
        sound().check().unwrap();
        let reason = |round: NewVentureRound| round.check().unwrap_err().reason;
        let mut odd = sound();
        odd.tranche_percents = vec![50, 30, 30];
        assert_eq!(reason(odd), "TRANCHE_PERCENTS");
        let mut two = sound();
        two.tranche_percents = vec![50, 50];
        assert_eq!(reason(two), "TRANCHE_PERCENTS");
        let mut weights = sound();
        weights.criteria[0].1 = 50;
        assert_eq!(reason(weights), "CRITERIA_WEIGHTS");
        let mut cap = sound();
        cap.grant_cap = Fen::new(101);
        assert_eq!(reason(cap), "GRANT_ABOVE_BUDGET");
        let mut most = sound();
        most.criteria[1].2 = 0;
        assert_eq!(reason(most), "CRITERION_MAX_SCORE");
        let mut pass = sound();
        pass.pass_points = 101;
        assert_eq!(reason(pass), "PASS_POINTS_RANGE");
    }
}
