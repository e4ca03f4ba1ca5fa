//! Which paths a Rust source names: `use` lines with their groups, and paths
//! in the code itself. Comments and text are left out.

/// A path such as `crate::store::need`, with the line where it stands and the
/// modules written around it in the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub segments: Vec<String>,
    pub inside: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Colons,
    Sign(char),
}

/// Every path in a source.
pub fn paths(text: &str) -> Vec<Named> {
    let tokens = tokens(&without_comments_and_text(text));
    let mut found = Vec::new();
    let mut modules: Vec<usize> = Vec::new();
    let (mut depth, mut at) = (0_usize, 0);
    while at < tokens.len() {
        match &tokens[at].1 {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => {
                depth = depth.saturating_sub(1);
                modules.retain(|opened| *opened <= depth);
            }
            Token::Word(word) => {
                let next = tokens.get(at + 1).map(|(_, token)| token);
                let opens = tokens.get(at + 2).map(|(_, token)| token);
                if word == "mod" && matches!(opens, Some(Token::Sign('{'))) {
                    modules.push(depth + 1);
                    at += 2;
                    continue;
                }
                if word == "use" && !matches!(next, Some(Token::Colons)) {
                    at = tree(&tokens, at + 1, &[], modules.len(), &mut found);
                    continue;
                }
                if matches!(next, Some(Token::Colons)) {
                    at = tree(&tokens, at, &[], modules.len(), &mut found);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The modules that a source declares: `mod need;` and `mod tests {`.
pub fn modules(text: &str) -> Vec<String> {
    let tokens = tokens(&without_comments_and_text(text));
    tokens
        .windows(2)
        .filter_map(|pair| match (&pair[0].1, &pair[1].1) {
            (Token::Word(word), Token::Word(name)) if word == "mod" => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// Reads one path or group from `at`; answers where the next token is.
fn tree(
    tokens: &[(usize, Token)],
    mut at: usize,
    above: &[String],
    inside: usize,
    found: &mut Vec<Named>,
) -> usize {
    let mut segments = above.to_vec();
    let mut line = tokens.get(at).map_or(0, |(line, _)| *line);
    while let Some((here, token)) = tokens.get(at) {
        match token {
            Token::Word(word) => {
                line = *here;
                segments.push(word.clone());
                at += 1;
                if !matches!(tokens.get(at), Some((_, Token::Colons))) {
                    break;
                }
            }
            Token::Colons => at += 1,
            Token::Sign('{') => {
                at += 1;
                while !matches!(tokens.get(at), None | Some((_, Token::Sign('}')))) {
                    let before = at;
                    at = tree(tokens, at, &segments, inside, found);
                    at += usize::from(at == before);
                }
                return at + 1;
            }
            Token::Sign(_) => break,
        }
    }
    if segments.len() > above.len() {
        found.push(Named {
            line,
            segments,
            inside,
        });
    }
    at
}

fn tokens(code: &str) -> Vec<(usize, Token)> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut line = 1;
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            found.push((line, Token::Word(std::mem::take(&mut word))));
        }
        match letter {
            '\n' => line += 1,
            ':' if letters.peek() == Some(&':') => {
                letters.next();
                found.push((line, Token::Colons));
            }
            other if other.is_whitespace() => {}
            other => found.push((line, Token::Sign(other))),
        }
    }
    found
}

/// The source with comments, strings and characters as blanks; lines stay.
pub fn without_comments_and_text(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    let blank = |letter: char| if letter == '\n' { '\n' } else { ' ' };
    while at < letters.len() {
        let end = match (letters[at], letters.get(at + 1)) {
            ('/', Some('/')) => end_of(&letters, at, |i| letters[i] == '\n'),
            ('/', Some('*')) => block_comment(&letters, at),
            ('"', _) => string(&letters, at),
            ('r', Some('"' | '#')) if !continues_word(&letters, at) => raw_string(&letters, at),
            ('\'', Some('\\')) => end_of(&letters, at + 3, |i| letters[i] == '\'') + 1,
            ('\'', Some(_)) if letters.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        if end == at {
            out.push(letters[at]);
            at += 1;
        } else {
            let end = end.min(letters.len());
            out.extend(letters[at..end].iter().map(|letter| blank(*letter)));
            at = end;
        }
    }
    out
}

fn continues_word(letters: &[char], at: usize) -> bool {
    at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_')
}

fn end_of(letters: &[char], from: usize, ends: impl Fn(usize) -> bool) -> usize {
    (from..letters.len())
        .find(|i| ends(*i))
        .unwrap_or(letters.len())
}

fn block_comment(letters: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0_usize, from);
    while at < letters.len() {
        match (letters[at], letters.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn string(letters: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < letters.len() && letters[at] != '"' {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string(letters: &[char], from: usize) -> usize {
    let marks = letters[from + 1..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    if letters.get(from + 1 + marks) != Some(&'"') {
        // A raw identifier, `r#type`.
        return from;
    }
    let closes = |i: usize| {
        letters[i] == '"'
            && letters[i + 1..]
                .iter()
                .take(marks)
                .filter(|l| **l == '#')
                .count()
                == marks
    };
    end_of(letters, from + 2 + marks, closes) + 1 + marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        paths(text)
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let text = "use crate::{app, store::{self, need::{Need, NeedFilter as F}}};\nuse sqlx;";
        let expected = [
            "crate::app",
            "crate::store::self",
            "crate::store::need::Need",
            "crate::store::need::NeedFilter",
        ];
        let found = named(text);
        assert!(
            expected
                .iter()
                .all(|path| found.contains(&(*path).to_owned())),
            "{found:?}"
        );
        assert!(found.contains(&"sqlx".to_owned()));
    }

    #[test]
    fn paths_in_code_and_attributes_are_seen() {
        let found = named("#[derive(sqlx::FromRow)]\nfn f() { let x = ::tonic::Status::ok(); }");
        assert_eq!(found, ["sqlx::FromRow", "tonic::Status::ok"]);
    }

    #[test]
    fn comments_and_text_are_not_code() {
        let text = "/* sqlx::a /* nested */ tokio::b */ // kit::c\n\
                    let s = \"tonic::d\"; let r = r#\"kit::\"e\"#; let c = ':'; let l: &'static str = s;";
        assert_eq!(named(text), Vec::<String>::new());
    }

    #[test]
    fn lines_and_modules_in_the_file_are_counted() {
        let found = paths("fn a() {}\nmod tests {\n    use super::*;\n}\nuse b::c;");
        assert_eq!((found[0].line, found[0].inside), (3, 1));
        assert_eq!((found[1].line, found[1].inside), (5, 0));
    }
}
