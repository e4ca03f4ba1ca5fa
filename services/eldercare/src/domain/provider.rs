//! 服务机构 (A56): an organisation that serves elders, and in which lines.

use chrono::{DateTime, Utc};
use kernel::{DivisionCode, Refusal, keys::OrganizationId, refuse};
use serde::{Deserialize, Serialize};

use super::tier::ServiceLine;

/// A provider, by the id of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub lines: Vec<ServiceLine>,
    pub registered_by: String,
    pub registered_at: DateTime<Utc>,
}

/// What a registration says; a later one changes the lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterProvider {
    pub organization_id: OrganizationId,
    pub division_code: DivisionCode,
    pub lines: Vec<ServiceLine>,
}

impl RegisterProvider {
    /// At least one line, each once.
    pub fn check(mut self) -> Result<Self, Refusal> {
        self.lines.sort_unstable();
        self.lines.dedup();
        if self.lines.is_empty() {
            return Err(refuse!(
                Invalid,
                "PROVIDER_LINES",
                field: "input.lines",
                zh: "请至少选择一类服务",
                en: "a provider serves in at least one line",
            ));
        }
        Ok(self)
    }
}
