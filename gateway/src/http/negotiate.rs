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
        let lines = headers.get_all(header::ACCEPT).iter();
        let entries = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','))
            .enumerate()
            .filter_map(|(place, entry)| Range::read(place, entry));
        let ranges: Vec<Range> = entries.collect();
        if ranges.is_empty() && !headers.contains_key(header::ACCEPT) {
            return Some(Self::Json);
        }
        // Where all is equal the older type is the safer one.
        let best = |media: Self| {
            let range = ranges
                .iter()
                .filter(|range| range.covers(media))
                .max_by_key(|range| (range.exact, std::cmp::Reverse(range.place)))?;
            (range.weight > 0).then_some((range.weight, range.exact, range.place))
        };
        match (best(Self::Json), best(Self::GraphqlResponse)) {
            (None, None) => None,
            (Some(_), None) => Some(Self::Json),
            (None, Some(_)) => Some(Self::GraphqlResponse),
            (Some(json), Some(graphql)) => {
                let rank = |(weight, exact, place): (u16, u8, usize)| {
                    (weight, exact, std::cmp::Reverse(place))
                };
                if rank(graphql) > rank(json) {
                    Some(Self::GraphqlResponse)
                } else {
                    Some(Self::Json)
                }
            }
        }
    }
}

/// An entry of `Accept` that covers one of our types.
#[derive(Debug)]
struct Range {
    place: usize,
    media: Option<MediaType>,
    /// How closely it names its types: 0 is all of them.
    exact: u8,
    /// Thousandths.
    weight: u16,
}

impl Range {
    fn read(place: usize, entry: &str) -> Option<Self> {
        let mut parts = entry.split(';').map(str::trim);
        let (media, exact) = match parts.next()?.to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => (Some(MediaType::GraphqlResponse), 2),
            "application/json" => (Some(MediaType::Json), 2),
            "application/*" => (None, 1),
            "*/*" => (None, 0),
            _ => return None,
        };
        let mut weight = 1_000;
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("charset") && !is_utf_8(value) {
                // We write nothing else.
                return None;
            }
            if name.eq_ignore_ascii_case("q") {
                weight = thousandths(value)?;
            }
        }
        Some(Self {
            place,
            media,
            exact,
            weight,
        })
    }

    fn covers(&self, media: MediaType) -> bool {
        self.media.is_none_or(|own| own == media)
    }
}

/// `0.125` → 125; None for what is no weight.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = fraction.len() <= 3 && fraction.bytes().all(|it| it.is_ascii_digit());
    let fraction: u16 = format!("{fraction:0<3}")
        .parse()
        .ok()
        .filter(|_| is_digits)?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
    }
}

fn is_utf_8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
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
    let mut lines = headers.get_all(header::CONTENT_TYPE).iter();
    // Two types are none that readers agree on.
    let (Some(value), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    media.eq_ignore_ascii_case("application/json")
        && parts.all(|part| match part.split_once('=') {
            Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
                is_utf_8(charset.trim().trim_matches('"'))
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
        assert_eq!(accepted("*/*, application/json;q=0"), Some(GraphqlResponse));
        assert_eq!(
            accepted("*/*;q=0.9, application/graphql-response+json;q=0.5"),
            Some(Json)
        );
        assert_eq!(
            accepted("application/*, application/graphql-response+json"),
            Some(GraphqlResponse)
        );
        assert_eq!(accepted("application/json; charset=gbk"), None);
        assert_eq!(accepted("application/json ; Q = 0.5"), Some(Json));
        for bad in ["2", "0.1234", "-1", "nan", "", "1.5", "."] {
            assert_eq!(
                accepted(&format!("application/json;q={bad}")),
                None,
                "{bad}"
            );
        }
        assert_eq!(MediaType::accepted(&HeaderMap::new()), Some(Json));
    }
}
