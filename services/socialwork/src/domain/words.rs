//! What people write: never empty, never endless.

use kernel::{Refusal, refuse};

/// The text without the space around it, where it has 1 to `most` characters.
pub fn words(field: &str, text: &str, most: usize) -> Result<String, Refusal> {
    let kept = text.trim();
    if kept.is_empty() || kept.chars().count() > most {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: field,
            zh: "须为 1 至 {most} 个字",
            en: "write 1 to {most} characters",
        ));
    }
    Ok(kept.to_owned())
}

/// The same where nothing need be said.
pub fn words_if_any(
    field: &str,
    text: Option<&str>,
    most: usize,
) -> Result<Option<String>, Refusal> {
    text.map(|text| words(field, text, most)).transpose()
}

/// The state of a thing does not allow the move.
pub fn no_move(reason: &'static str, from: &str, to: &str) -> Refusal {
    Refusal::refused(
        reason,
        format!("不能从 {from} 变为 {to}"),
        format!("one cannot go from {from} to {to}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_fits_and_names_the_field_of_what_does_not() {
        assert_eq!(words("input.text", " 关节痛 ", 3).as_deref(), Ok("关节痛"));
        for text in ["", "  ", "独居老人"] {
            let refused = words("input.text", text, 3).unwrap_err();
            assert_eq!(refused.reason, "TEXT_LENGTH");
            assert_eq!(refused.field.as_deref(), Some("input.text"));
        }
        assert_eq!(words_if_any("input.text", None, 3), Ok(None));
        assert!(words_if_any("input.text", Some(" "), 3).is_err());
    }
}
