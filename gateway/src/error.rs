//! GraphQL errors as the gateway answers them, and the refusal of a whole
//! request.

use http::StatusCode;
use kernel::{Kind, Lang, Refusal};
use serde_json::{Map, Value as Json};

use crate::{context::RequestContext, value::write_string};

/// One step of an error path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathSegment {
    Key(String),
    Index(usize),
}

/// What an error says to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Ours: in both languages.
    Both { zh: String, en: String },
    /// A subgraph's, which saw the caller's Accept-Language itself.
    Plain(String),
}

/// One entry of `errors`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphError {
    pub code: String,
    pub reason: String,
    pub message: Message,
    pub path: Vec<PathSegment>,
    /// Line and column in the client's document.
    pub locations: Vec<(usize, usize)>,
    /// Further extensions, such as `field`.
    pub extensions: Map<String, Json>,
}

impl GraphError {
    /// An error of the gateway itself.
    pub fn new(refusal: Refusal) -> Self {
        let mut extensions = Map::new();
        if let Some(field) = refusal.field {
            extensions.insert("field".to_owned(), Json::String(field));
        }
        Self {
            code: refusal.kind.code().to_owned(),
            reason: refusal.reason.to_owned(),
            message: Message::Both {
                zh: refusal.zh,
                en: refusal.en,
            },
            path: Vec::new(),
            locations: Vec::new(),
            extensions,
        }
    }

    #[must_use]
    pub fn at(mut self, path: Vec<PathSegment>) -> Self {
        self.path = path;
        self
    }

    #[must_use]
    pub fn located(mut self, line: usize, column: usize) -> Self {
        self.locations.push((line, column));
        self
    }

    pub fn kind(&self) -> Option<Kind> {
        Kind::from_code(&self.code)
    }

    fn text(&self, lang: Lang) -> &str {
        match &self.message {
            Message::Both { zh, en } => lang.pick(zh.as_str(), en.as_str()),
            Message::Plain(text) => text,
        }
    }

    /// Writes the error as JSON.
    pub fn write(&self, out: &mut Vec<u8>, context: &RequestContext) {
        out.extend_from_slice(b"{\"message\":");
        write_string(out, self.text(context.lang));
        if !self.locations.is_empty() {
            out.extend_from_slice(b",\"locations\":[");
            for (index, (line, column)) in self.locations.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                let entry = format!("{comma}{{\"line\":{line},\"column\":{column}}}");
                out.extend_from_slice(entry.as_bytes());
            }
            out.push(b']');
        }
        if !self.path.is_empty() {
            out.extend_from_slice(b",\"path\":[");
            for (index, segment) in self.path.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                match segment {
                    PathSegment::Key(key) => write_string(out, key),
                    PathSegment::Index(at) => out.extend_from_slice(at.to_string().as_bytes()),
                }
            }
            out.push(b']');
        }
        out.extend_from_slice(b",\"extensions\":{\"code\":");
        write_string(out, &self.code);
        out.extend_from_slice(b",\"reason\":");
        write_string(out, &self.reason);
        for (key, value) in &self.extensions {
            out.push(b',');
            write_string(out, key);
            out.push(b':');
            out.extend_from_slice(value.to_string().as_bytes());
        }
        out.extend_from_slice(b",\"requestId\":");
        write_string(out, &context.request_id);
        out.extend_from_slice(b"}}");
    }
}

impl From<Refusal> for GraphError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal)
    }
}

/// A request that is answered without `data`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejection {
    /// The HTTP status for `application/graphql-response+json`.
    pub status: StatusCode,
    /// Whether the HTTP request itself was well formed: then a client that
    /// asked for `application/json` is answered 200.
    pub well_formed: bool,
    pub errors: Vec<GraphError>,
}

impl Rejection {
    /// The request cannot be understood, before any GraphQL.
    pub fn malformed(status: StatusCode, refusal: Refusal) -> Self {
        Self {
            status,
            well_formed: false,
            errors: vec![refusal.into()],
        }
    }

    /// A GraphQL request error: understood, but the document, its limits or its
    /// variables are not right.
    pub fn request(errors: Vec<GraphError>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            well_formed: true,
            errors,
        }
    }

    /// The document cannot be parsed.
    pub fn unparsable(errors: Vec<GraphError>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            well_formed: true,
            errors,
        }
    }

    /// Its reasons, where there is room for nothing else.
    pub fn reasons(&self) -> String {
        let reasons: Vec<_> = self.errors.iter().map(|it| it.reason.as_str()).collect();
        reasons.join(", ")
    }

    /// The gateway cannot serve now.
    pub fn unavailable(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            well_formed: false,
            errors: vec![refusal.into()],
        }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::request(vec![refusal.into()])
    }
}
