//! Words that people write, checked in one way.

use kernel::{Refusal, refuse};

/// A text of 1 to `most` characters, without the blanks around it.
pub fn check_text(text: &str, most: usize, field: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if (1..=most).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(refuse!(
        Invalid,
        "TEXT_LENGTH",
        field: field,
        zh: "须为 1 至 {most} 个字",
        en: "has 1 to {most} characters",
    ))
}

/// The same, or nothing.
pub fn check_optional(
    text: Option<&str>,
    most: usize,
    field: &str,
) -> Result<Option<String>, Refusal> {
    text.filter(|text| !text.trim().is_empty())
        .map(|text| check_text(text, most, field))
        .transpose()
}

/// A list of 1 to `most` texts of at most `longest` characters.
pub fn check_texts(
    texts: &[String],
    (most, longest): (usize, usize),
    field: &str,
) -> Result<Vec<String>, Refusal> {
    if (1..=most).contains(&texts.len()) {
        return texts
            .iter()
            .map(|text| check_text(text, longest, field))
            .collect();
    }
    Err(refuse!(
        Invalid,
        "LIST_LENGTH",
        field: field,
        zh: "须为 1 至 {most} 项",
        en: "has 1 to {most} entries",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_no_words_and_length_counts_characters() {
        assert_eq!(check_text("  午餐 ", 2, "x").unwrap(), "午餐");
        for bad in ["", "  ", "三个字"] {
            assert_eq!(check_text(bad, 2, "x").unwrap_err().reason, "TEXT_LENGTH");
        }
        assert_eq!(check_optional(Some(" "), 2, "x").unwrap(), None);
        assert!(check_optional(Some("三个字"), 2, "x").is_err());
    }

    #[test]
    fn a_list_is_neither_empty_nor_endless() {
        let list = |n: usize| vec!["一".to_owned(); n];
        assert_eq!(check_texts(&list(2), (2, 5), "x").unwrap().len(), 2);
        for n in [0, 3] {
            assert_eq!(
                check_texts(&list(n), (2, 5), "x").unwrap_err().reason,
                "LIST_LENGTH"
            );
        }
    }
}
