//! Rules that short texts share.

use kernel::{Refusal, refuse};

/// Words of 1 to `most` characters at `field`; line breaks are part of words.
pub fn words(text: &str, field: &str, most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let count = text.chars().count();
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if count == 0 || count > most || text.chars().any(odd) {
        return Err(refuse!(
            Invalid,
            "TEXT_LENGTH",
            field: field,
            zh: "内容须为 1 至 {most} 个字",
            en: "1 to {most} characters are expected here",
        ));
    }
    Ok(text.to_owned())
}

/// The same, where nothing may be said.
pub fn some_words(text: Option<&str>, field: &str, most: usize) -> Result<Option<String>, Refusal> {
    text.map(|text| words(text, field, most)).transpose()
}

/// The account of somebody who is given work.
pub fn subject(text: &str, field: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 {
        return Err(refuse!(
            Invalid,
            "WORKER_SUBJECT",
            field: field,
            zh: "请给出办理人的账号",
            en: "name the account of whoever is to do it",
        ));
    }
    Ok(text.to_owned())
}

/// A name of 1 to 100 characters, without line breaks and other controls.
pub fn name(text: &str, field: &str) -> Result<String, Refusal> {
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
