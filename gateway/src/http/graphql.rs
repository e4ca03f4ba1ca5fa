//! `/graphql`.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use kernel::refuse;
use tracing::Instrument as _;

use super::{
    csrf,
    negotiate::{MediaType, is_json, wants_page},
    plain, respond, sse, ws,
};
use crate::{
    config::Limits, error::Rejection, gateway::Gateway, request::GraphRequest, response::Response,
    trace,
};

/// Answers a GraphQL request.
pub async fn answer(State(gateway): State<Gateway>, request: Request) -> axum::response::Response {
    let (mut parts, body) = request.into_parts();
    if ws::is_upgrade(&parts.headers) {
        return ws::upgrade(gateway, &mut parts).await;
    }
    let asks_page = parts.method == Method::GET
        && gateway.config().features.graphiql
        && parts.uri.query().is_none()
        && wants_page(&parts.headers);
    if asks_page {
        let mut response = plain(StatusCode::SEE_OTHER, "text/plain", "/graphiql\n");
        response
            .headers_mut()
            .insert(header::LOCATION, HeaderValue::from_static("/graphiql"));
        return response.map(Body::from);
    }
    let context = gateway.context(&parts.headers);
    if let Some(wish) = sse::wish(&parts.headers) {
        return sse::answer(gateway, parts, body, context, wish).await;
    }
    let Some(media) = MediaType::accepted(&parts.headers) else {
        let rejection = Rejection::malformed(
            StatusCode::NOT_ACCEPTABLE,
            refuse!(Invalid, "MEDIA_TYPE_NOT_ACCEPTABLE",
                zh: "只能返回 application/graphql-response+json 或 application/json",
                en: "the answer is application/graphql-response+json or application/json"),
        );
        let response = Response::rejected(&rejection, &context);
        return respond(response, MediaType::Json, &context.request_id).map(Body::from);
    };
    let span = tracing::info_span!("gateway.request", request_id = %context.request_id);
    trace::continue_in(&span, &parts.headers);
    let work = async {
        match read(&gateway, &parts, body).await {
            Ok(request) => {
                gateway
                    .execute(request, &context, parts.method == Method::GET)
                    .await
            }
            Err(rejection) => Response::rejected(&rejection, &context),
        }
    };
    let response = work.instrument(span).await;
    respond(response, media, &context.request_id).map(Body::from)
}

pub(super) async fn read(
    gateway: &Gateway,
    parts: &http::request::Parts,
    body: Body,
) -> Result<GraphRequest, Rejection> {
    let limits = &gateway.config().limits;
    csrf::check(&parts.method, &parts.headers, &gateway.config().http)?;
    match parts.method {
        Method::GET => {
            let query = parts.uri.query().unwrap_or_default();
            if query.len() > limits.body_bytes {
                return Err(too_large(limits));
            }
            let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
            GraphRequest::from_parameters(pairs)
        }
        Method::POST => {
            if !is_json(&parts.headers) {
                return Err(Rejection::malformed(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    refuse!(Invalid, "MEDIA_TYPE_UNSUPPORTED",
                        zh: "请求体必须是 application/json(UTF-8)",
                        en: "the body must be application/json in UTF-8"),
                ));
            }
            GraphRequest::from_body(&collect(&parts.headers, body, limits).await?)
        }
        _ => Err(Rejection::malformed(
            StatusCode::METHOD_NOT_ALLOWED,
            refuse!(Invalid, "METHOD_NOT_ALLOWED",
                zh: "只支持 GET 和 POST", en: "GET and POST only"),
        )),
    }
}

async fn collect(
    headers: &http::HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Bytes, Rejection> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|it| it.to_str().ok());
    if announced
        .and_then(|it| it.parse::<usize>().ok())
        .is_some_and(|it| it > limits.body_bytes)
    {
        return Err(too_large(limits));
    }
    let reading = to_bytes(body, limits.body_bytes);
    match tokio::time::timeout(limits.request(), reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error);
            if source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
                return Err(too_large(limits));
            }
            Err(Rejection::malformed(
                StatusCode::BAD_REQUEST,
                refuse!(Invalid, "BODY_UNREADABLE",
                    zh: "请求体读取失败", en: "the body could not be read"),
            ))
        }
        Err(_) => Err(Rejection::malformed(
            StatusCode::REQUEST_TIMEOUT,
            refuse!(Timeout, "BODY_TOO_SLOW",
                zh: "请求体发送过慢", en: "the body came too slowly"),
        )),
    }
}

fn too_large(limits: &Limits) -> Rejection {
    let maximum = limits.body_bytes;
    Rejection::malformed(
        StatusCode::PAYLOAD_TOO_LARGE,
        refuse!(Invalid, "LIMIT_EXCEEDED", field: "body_bytes",
            zh: "请求超出限制 body_bytes:最多 {maximum} 字节",
            en: "the request exceeds the limit body_bytes: at most {maximum} bytes"),
    )
}
