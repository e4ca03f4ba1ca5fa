//! The calls that the gateway makes for an operation: recorded once by a
//! gateway whose ways to the services write down what goes over them, then
//! sent again without any gateway.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use gateway::{
    Config, Gateway, GraphRequest, Parts, RequestContext,
    config::Source,
    supergraph::{Fresh, Kept, Load, SupergraphSource, from_config},
    transport::{Answer, GrpcTransport, SubgraphRequest, SubgraphTransport},
};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use kernel::Refusal;
use sanshe::platform::Platform;
use serde_json::Value;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One call as it went over the wire.
#[derive(Clone)]
struct Call {
    service: String,
    query: String,
    variables: Bytes,
}

type Notebook = Arc<Mutex<Vec<Call>>>;

/// The calls of an operation, in the order in which they began: level by level.
pub struct Calls {
    calls: Vec<(GrpcTransport, Call)>,
}

impl Calls {
    /// Lets a gateway of its own answer the operation and keeps its calls.
    pub async fn record(
        platform: &Platform,
        query: &str,
        variables: &Value,
        token: &str,
    ) -> Result<Self> {
        let named = |(name, url): (&&str, &String)| ((*name).to_owned(), url.clone());
        let config = Config {
            source: Source::Subgraphs(platform.services.iter().map(named).collect()),
            ..Config::default()
        };
        let notebook = Notebook::default();
        let limit = config.limits.response_bytes;
        let source = Recording {
            inner: from_config(&config)?,
            notebook: Arc::clone(&notebook),
        };
        let gateway = Gateway::with_source(config, Parts::default(), Arc::new(source));
        gateway.refresh().await?;
        let mut request = GraphRequest::new(query);
        request.variables = variables.as_object().cloned().unwrap_or_default();
        let answer = gateway.execute(request, &context(token)?, true).await;
        ensure!(
            answer.outcome == "ok",
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        let taken = notebook
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut calls = Vec::with_capacity(taken.len());
        for call in taken {
            let address = platform.services.get(call.service.as_str());
            let address = address.with_context(|| format!("no address of {}", call.service))?;
            calls.push((GrpcTransport::connect(address, limit)?, call));
        }
        Ok(Self { calls })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Sends them one after another; answers the milliseconds of all.
    pub async fn time(&self, token: &str) -> Result<f64> {
        let context = context(token)?;
        let begun = Instant::now();
        for (transport, call) in &self.calls {
            let request = SubgraphRequest {
                query: &call.query,
                variables: call.variables.clone(),
            };
            let answer = transport.execute(request, &context).await?;
            ensure!(
                answer.starts_with(b"{\"data\":{"),
                "{} answered: {}",
                call.service,
                String::from_utf8_lossy(&answer)
            );
        }
        Ok(begun.elapsed().as_secs_f64() * 1e3)
    }
}

fn context(token: &str) -> Result<RequestContext> {
    let mut headers = HeaderMap::new();
    headers.insert(
        AUTHORIZATION,
        HeaderValue::from_str(&format!("Bearer {token}"))?,
    );
    let id = || "measured".to_owned();
    Ok(RequestContext::new(&headers, Duration::from_secs(30), id))
}

/// A source whose ways to the subgraphs write down their calls.
struct Recording {
    inner: Arc<dyn SupergraphSource>,
    notebook: Notebook,
}

impl SupergraphSource for Recording {
    fn load(&self) -> Boxed<'_, Result<Load, Refusal>> {
        Box::pin(async move {
            let Load::Fresh(fresh) = self.inner.load().await? else {
                return Ok(Load::Unchanged);
            };
            let recorded = |(service, inner): (String, Arc<dyn SubgraphTransport>)| {
                let recorder: Arc<dyn SubgraphTransport> = Arc::new(Recorder {
                    service: service.clone(),
                    inner,
                    notebook: Arc::clone(&self.notebook),
                });
                (service, recorder)
            };
            Ok(Load::Fresh(Fresh {
                transports: fresh.transports.into_iter().map(recorded).collect(),
                ..fresh
            }))
        })
    }

    fn accepted(&self, fresh: &Kept) {
        self.inner.accepted(fresh);
    }
}

struct Recorder {
    service: String,
    inner: Arc<dyn SubgraphTransport>,
    notebook: Notebook,
}

impl SubgraphTransport for Recorder {
    fn execute<'a>(
        &'a self,
        request: SubgraphRequest<'a>,
        context: &'a RequestContext,
    ) -> Boxed<'a, Answer> {
        let call = Call {
            service: self.service.clone(),
            query: request.query.to_owned(),
            variables: request.variables.clone(),
        };
        let mut notebook = self.notebook.lock().unwrap_or_else(PoisonError::into_inner);
        notebook.push(call);
        self.inner.execute(request, context)
    }
}
