//! What people write: never empty, never endless.

use kernel::{Refusal, refuse};

/// The text without the space around it, where it is 1 to `most` characters.
pub fn check_words(field: &str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: field,
            zh: "须为 1 至 {most} 个字",
            en: "this has 1 to {most} characters",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_has_no_space_around_it_and_fits(text in "\\PC{0,30}") {
            match check_words("input.text", &text, 20) {
                Ok(kept) => {
                    prop_assert_eq!(kept.trim(), kept.as_str());
                    prop_assert!((1..=20).contains(&kept.chars().count()));
                }
                Err(refused) => prop_assert_eq!(refused.field.as_deref(), Some("input.text")),
            }
        }
    }
}
