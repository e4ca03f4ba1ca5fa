//! One trace from the client through the gateway to the services.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    global,
    propagation::{Extractor, Injector},
    trace::TraceContextExt as _,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

struct Read<'h>(&'h HeaderMap);

impl Extractor for Read<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Write<'h>(&'h mut HeaderMap);

impl Injector for Write<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Continues the client's trace in `span`.
pub fn continue_in(span: &Span, headers: &HeaderMap) {
    let parent = global::get_text_map_propagator(|it| it.extract(&Read(headers)));
    // Without a tracer there is nothing to continue.
    let _ = span.set_parent(parent);
}

/// Headers that name `span` as the parent of what a subgraph does; None where
/// nothing is traced here and the client's own headers travel on.
pub fn pass_on(span: &Span, headers: &HeaderMap) -> Option<HeaderMap> {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut headers = headers.clone();
    global::get_text_map_propagator(|it| it.inject_context(&context, &mut Write(&mut headers)));
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untraced_requests_keep_the_headers_of_the_client() {
        let mut headers = HeaderMap::new();
        let parent =
            HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        headers.insert("traceparent", parent);
        let span = tracing::info_span!("test");
        continue_in(&span, &headers);
        assert_eq!(pass_on(&span, &headers), None);
    }
}
