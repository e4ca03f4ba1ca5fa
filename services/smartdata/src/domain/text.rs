//! Rules that short texts share.

use kernel::{Refusal, refuse};

/// A name of 1 to 100 characters, without line breaks and other controls.
pub(super) fn name(text: &str, field: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let count = text.chars().count();
    if count == 0 || count > 100 || text.chars().any(char::is_control) {
        return Err(refuse!(
            Invalid,
            "NAME_LENGTH",
            field: field,
            zh: "名称须为 1 至 100 个字,不含控制字符",
            en: "a name has 1 to 100 characters and no control characters",
        ));
    }
    Ok(text.to_owned())
}
