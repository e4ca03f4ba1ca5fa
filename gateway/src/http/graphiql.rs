//! GraphiQL from a local folder, never from a network of others.

use std::path::Path;

use axum::{
    body::Body,
    extract::{Path as UrlPath, State},
    response::Response,
};
use http::{HeaderValue, Method, StatusCode, header};

use super::{plain, reads_only};
use crate::gateway::Gateway;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'";

/// The files served, where they lie in the packages, and their type. A fixed
/// list: no name from a request ever reaches the file system.
const FILES: [(&str, &str, &str); 4] = [
    ("react.js", "react/umd/react.production.min.js", SCRIPT),
    (
        "react-dom.js",
        "react-dom/umd/react-dom.production.min.js",
        SCRIPT,
    ),
    ("graphiql.js", "graphiql/graphiql.min.js", SCRIPT),
    ("graphiql.css", "graphiql/graphiql.min.css", STYLE),
];

/// The page; without its files it says how to fetch them.
pub async fn page(State(gateway): State<Gateway>, method: Method) -> Response {
    if let Some(refusal) = reads_only(&method) {
        return refusal.map(Body::from);
    }
    let folder = gateway.config().http.graphiql_assets.as_deref();
    let complete =
        folder.is_some_and(|folder| FILES.iter().all(|(_, path, _)| folder.join(path).is_file()));
    let body = if complete {
        include_str!("graphiql.html")
    } else {
        include_str!("no_graphiql.html")
    };
    let mut response = plain(StatusCode::OK, HTML, body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response.map(Body::from)
}

/// One of the files.
pub async fn file(
    State(gateway): State<Gateway>,
    UrlPath(name): UrlPath<String>,
    method: Method,
) -> Response {
    if let Some(refusal) = reads_only(&method) {
        return refusal.map(Body::from);
    }
    if name == "start.js" {
        return plain(StatusCode::OK, SCRIPT, include_str!("graphiql.js")).map(Body::from);
    }
    let known = FILES.iter().find(|(known, ..)| *known == name);
    let folder = gateway.config().http.graphiql_assets.as_deref();
    if let (Some((_, path, media)), Some(folder)) = (known, folder)
        && let Ok(bytes) = tokio::fs::read(folder.join(Path::new(path))).await
    {
        let mut response = plain(StatusCode::OK, media, bytes);
        let cached = HeaderValue::from_static("public, max-age=3600");
        response.headers_mut().insert(header::CACHE_CONTROL, cached);
        return response.map(Body::from);
    }
    plain(
        StatusCode::NOT_FOUND,
        "text/plain; charset=utf-8",
        "no such file\n",
    )
    .map(Body::from)
}

/// The schema that clients see, where introspection is on.
pub async fn schema(State(gateway): State<Gateway>, method: Method) -> Response {
    if let Some(refusal) = reads_only(&method) {
        return refusal.map(Body::from);
    }
    let generation = gateway
        .generation()
        .filter(|_| gateway.config().features.introspection);
    let answer = match generation {
        Some(generation) => plain(
            StatusCode::OK,
            "text/plain; charset=utf-8",
            generation.api_sdl(),
        ),
        None => plain(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "introspection is off\n",
        ),
    };
    answer.map(Body::from)
}
