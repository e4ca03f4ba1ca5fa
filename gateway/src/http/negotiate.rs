//! Media types of the GraphQL-over-HTTP draft.

use http::{HeaderMap, header};

/// What a response may be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`: a well-formed request is answered 200.
    Json,
    /// `application/graphql-response+json`: the status tells request errors.
    GraphqlResponse,
}

impl MediaType {
    pub const fn header(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    /// What the client likes best; None where it takes neither.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(header::ACCEPT).iter().peekable();
        if lines.peek().is_none() {
            return Some(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for entry in lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
        {
            let mut parts = entry.split(';').map(str::trim);
            let media = match parts
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.and_then(|it| it.parse().ok()).unwrap_or(1.0_f32);
            if weight > 0.0 && best.is_none_or(|(top, _)| weight > top) {
                best = Some((weight, media));
            }
        }
        best.map(|(_, media)| media)
    }
}

/// Whether a browser asks for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.trim_start().starts_with("text/html"))
}

/// Whether the body is JSON in UTF-8.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
    else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    media.eq_ignore_ascii_case("application/json")
        && parts.all(|part| match part.split_once('=') {
            Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
                charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<MediaType> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        MediaType::accepted(&headers)
    }

    #[test]
    fn the_better_weighted_type_wins_and_the_earlier_on_a_tie() {
        use MediaType::{GraphqlResponse, Json};
        assert_eq!(
            accepted("application/graphql-response+json, application/json;q=0.9"),
            Some(GraphqlResponse)
        );
        assert_eq!(
            accepted("application/json, application/graphql-response+json"),
            Some(Json)
        );
        assert_eq!(
            accepted("application/json;q=0.1, application/graphql-response+json;q=0.2"),
            Some(GraphqlResponse)
        );
        assert_eq!(accepted("*/*"), Some(Json));
        assert_eq!(accepted("text/html, application/json;q=0"), None);
        assert_eq!(MediaType::accepted(&HeaderMap::new()), Some(Json));
    }
}
