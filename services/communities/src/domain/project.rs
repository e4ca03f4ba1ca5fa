//! 立项: how an adopted proposal is carried out, and what is bought for it.

use kernel::{Fen, Refusal, refuse};
use serde::{Deserialize, Serialize};

use super::words::check_words;

kernel::text_enum! {
    /// How an adopted proposal is carried out.
    pub enum ProjectRoute {
        /// 政府购买服务
        Procurement = "PROCUREMENT",
        /// 居民自办
        SelfRun = "SELF_RUN",
        /// 资助
        Grant = "GRANT",
    }
}

/// What is asked for: deliverables, never people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseLine {
    pub description: String,
    pub kind: String,
    pub unit: String,
    pub quantity: u32,
    pub unit_ceiling: Fen,
}

/// Checks the form of a project; whether its lines may be bought at all is
/// procurement's to say.
pub fn check_project(
    route: ProjectRoute,
    title: &str,
    lines: &[PurchaseLine],
) -> Result<(), Refusal> {
    check_words("input.title", title, 100)?;
    if (route == ProjectRoute::Procurement) == lines.is_empty() {
        return Err(refuse!(
            Invalid, "LINES_MISMATCH", field: "input.lines",
            zh: "购买服务须列明采购内容,其他方式不填",
            en: "a purchase lists what is bought, other routes list nothing",
        ));
    }
    if let Some(at) = lines.iter().position(|line| line.unit_ceiling < Fen::ZERO) {
        return Err(refuse!(
            Invalid, "PRICE_NEGATIVE", field: format!("input.lines.{at}.unitCeiling"),
            zh: "单价上限不能为负", en: "a ceiling cannot be negative",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fen: i64) -> PurchaseLine {
        PurchaseLine {
            description: "助餐".into(),
            kind: "SERVICE_UNIT".into(),
            unit: "次".into(),
            quantity: 10,
            unit_ceiling: Fen::new(fen),
        }
    }

    #[test]
    fn a_purchase_lists_what_is_bought_and_other_routes_list_nothing() {
        let lines = [line(1500)];
        assert!(check_project(ProjectRoute::Procurement, "助餐", &lines).is_ok());
        assert!(check_project(ProjectRoute::SelfRun, "助餐", &[]).is_ok());
        for (route, lines) in [
            (ProjectRoute::Procurement, &lines[..0]),
            (ProjectRoute::Grant, &lines[..]),
        ] {
            let refused = check_project(route, "助餐", lines).unwrap_err();
            assert_eq!(refused.reason, "LINES_MISMATCH");
        }
    }

    #[test]
    fn names_the_line_with_a_negative_ceiling() {
        let lines = [line(0), line(-1)];
        let refused = check_project(ProjectRoute::Procurement, "助餐", &lines).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("input.lines.1.unitCeiling"));
    }
}
