//! A namespace of its own for one test, and a real subgraph.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, RwLock},
};

use kernel::SystemClock;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use operator::edge::Edge;
use serde_json::{Value as Json, json};

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where the scripts are.
pub fn script(name: &str) -> PathBuf {
    root().join("scripts/cluster").join(name)
}

/// A namespace on a real API server.
pub struct Space {
    pub name: String,
    pub folder: PathBuf,
    pub edge: Edge,
}

impl Space {
    /// None, with one line, where no API server is given.
    pub async fn open(name: &str) -> Option<Self> {
        let Some(folder) = apiserver() else {
            eprintln!("skipped: no API server is given; `just test-cluster` runs this");
            return None;
        };
        Some(Self::within(folder, name).await)
    }

    /// A namespace of the API server whose files are in `folder`.
    pub async fn within(folder: PathBuf, name: &str) -> Self {
        let space = Self {
            edge: edge(&folder, name).await,
            name: name.to_owned(),
            folder,
        };
        space.install();
        space
    }

    /// Definitions, namespace, the operator's rights.
    fn install(&self) {
        for (_, definition) in operator::crd::files().unwrap() {
            self.input(&["apply", "--server-side", "-f", "-"], &definition);
        }
        self.run(&[
            "wait",
            "--for=condition=Established",
            "--timeout=300s",
            "crd/subgraphs.graph.sanshe.cn",
            "crd/supergraphs.graph.sanshe.cn",
        ]);
        self.input(
            &["apply", "-f", "-"],
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name}})
                .to_string(),
        );
        let rights = root().join("k8s/operator/rbac.yaml");
        self.run(&["apply", "-f", rights.to_str().unwrap()]);
    }

    fn kubectl(&self, arguments: &[&str]) -> Command {
        let tools = Command::new(script("tools")).output().unwrap();
        let tools = PathBuf::from(String::from_utf8(tools.stdout).unwrap().trim());
        let mut command = Command::new(tools.join("kubectl"));
        command
            .arg("--kubeconfig")
            .arg(self.folder.join("admin.kubeconfig"))
            .args(["--namespace", &self.name])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What `kubectl` says to this input, or its complaint.
    pub fn attempt(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        let mut child = self.kubectl(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap())
        } else {
            Err(String::from_utf8(output.stderr).unwrap())
        }
    }

    pub fn input(&self, arguments: &[&str], input: &str) -> String {
        let result = self.attempt(arguments, input);
        result.unwrap_or_else(|error| panic!("kubectl {arguments:?}: {error}"))
    }

    pub fn run(&self, arguments: &[&str]) -> String {
        self.input(arguments, "")
    }

    pub fn apply(&self, object: &Json) {
        self.input(
            &[
                "apply",
                "--server-side",
                "--field-manager=department",
                "-f",
                "-",
            ],
            &object.to_string(),
        );
    }

    pub fn get(&self, what: &str) -> Json {
        serde_json::from_str(&self.run(&["get", what, "-o", "json"])).unwrap()
    }

    /// Status and reason of a condition.
    pub fn condition(&self, what: &str, type_: &str) -> (String, String) {
        let object = self.get(what);
        let conditions = object["status"]["conditions"].as_array().unwrap();
        let found = conditions.iter().find(|it| it["type"] == type_);
        let found = found.unwrap_or_else(|| panic!("{what} has no {type_}: {object:#}"));
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        (text("status"), text("reason"))
    }

    pub fn ready(&self, what: &str) -> (String, String) {
        self.condition(what, "Ready")
    }

    /// Looks at the subgraphs, at the graph, and at the subgraphs again, which
    /// is what the watches come to.
    pub async fn look(&self) {
        for _ in 0..2 {
            for subgraph in self.names("subgraphs") {
                self.edge.subgraph(&subgraph).await.unwrap();
            }
            self.edge.supergraph("city").await.unwrap();
        }
        for subgraph in self.names("subgraphs") {
            self.edge.subgraph(&subgraph).await.unwrap();
        }
    }

    pub fn names(&self, kind: &str) -> Vec<String> {
        let list = self.get(kind);
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|it| it["metadata"]["name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A client with the rights of `user`.
    pub async fn client(&self, user: &str) -> Client {
        client_of(&self.folder, user).await
    }

    /// Every object with its resource version.
    pub fn versions(&self) -> Vec<String> {
        let list = self.get("subgraphs,supergraphs,configmaps,events.events.k8s.io");
        let items = list["items"].as_array().unwrap().iter();
        let text = |it: &Json, at: &str| it.pointer(at).unwrap().as_str().unwrap().to_owned();
        let mut versions: Vec<_> = items
            .map(|it| {
                let (kind, name) = (text(it, "/kind"), text(it, "/metadata/name"));
                format!("{kind}/{name} {}", text(it, "/metadata/resourceVersion"))
            })
            .collect();
        versions.sort();
        versions
    }

    /// What gateways are given.
    pub fn served(&self) -> String {
        let map = self.get("configmap/city-supergraph");
        map["data"]["supergraph.graphql"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn reasons_of_events(&self) -> Vec<String> {
        let list = self.get("events.events.k8s.io");
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|it| it["reason"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The API server that is given.
pub fn apiserver() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told where its server is"
    )]
    std::env::var("SANSHE_APISERVER").ok().map(PathBuf::from)
}

/// A client with the operator's rights.
pub async fn client(folder: &Path) -> Client {
    client_of(folder, "operator").await
}

async fn client_of(folder: &Path, user: &str) -> Client {
    let file = Kubeconfig::read_from(folder.join(format!("{user}.kubeconfig"))).unwrap();
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .unwrap();
    Client::try_from(config).unwrap()
}

async fn edge(folder: &Path, namespace: &str) -> Edge {
    let clock = SystemClock::shared();
    Edge::new(
        client(folder).await,
        namespace.to_owned(),
        clock,
        Some("test".to_owned()),
    )
}

const LINK: &str =
    "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.3\", import: [\"@key\"])\n";

pub const BOOKS: &str =
    "type Query { books: [Book!]! } type Book @key(fields: \"id\") { id: ID! title: String }";
pub const LOANS: &str =
    "type Query { loans: Int } type Book @key(fields: \"id\") { id: ID! lent: Boolean }";

/// A Subgraph with its schema in it.
pub fn subgraph(name: &str, sdl: &str) -> Json {
    subgraph_at(
        name,
        "grpc://books:7401",
        json!({"sdl": format!("{LINK}{sdl}")}),
    )
}

pub fn subgraph_at(name: &str, endpoint: &str, schema: Json) -> Json {
    json!({
        "apiVersion": "graph.sanshe.cn/v1alpha1",
        "kind": "Subgraph",
        "metadata": {"name": name, "labels": {"graph": "city"}},
        "spec": {"endpoint": endpoint, "schema": schema, "timeout": "3s", "owner": {"team": "图书科"}},
    })
}

/// The Supergraph of all that are labelled for it.
pub fn supergraph(spec: Json) -> Json {
    let mut object = json!({
        "apiVersion": "graph.sanshe.cn/v1alpha1",
        "kind": "Supergraph",
        "metadata": {"name": "city"},
        "spec": {"selector": {"matchLabels": {"graph": "city"}}},
    });
    object["spec"]
        .as_object_mut()
        .unwrap()
        .extend(spec.as_object().unwrap().clone());
    object
}

pub fn config_map(name: &str, data: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
}

/// A subgraph that answers over the house's gRPC contract; its schema can be
/// exchanged while it runs.
#[derive(Clone, Default)]
pub struct Answering(Arc<RwLock<String>>);

impl Answering {
    pub fn tell(&self, sdl: &str) {
        *self.0.write().unwrap() = format!("{LINK}{sdl}");
    }

    /// Serves in the background; answers the endpoint.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("grpc://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder()
            .add_service(service::Server::new(self.clone()))
            .serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener));
        #[expect(clippy::disallowed_methods, reason = "it ends with the test")]
        tokio::spawn(server);
        endpoint
    }
}

mod service {
    use async_graphql::{
        EmptyMutation, EmptySubscription, Object, Request as Query, Schema, SimpleObject,
    };
    use futures_util::stream::Empty;
    use proto::graph::v1::{
        ExecuteRequest, ExecuteResponse, SdlRequest, SdlResponse, SubscribeRequest,
        SubscribeResponse, subgraph_service_server::SubgraphService,
    };
    use tonic::{Request, Response, Status};

    use super::Answering;

    pub type Server<T> = proto::graph::v1::subgraph_service_server::SubgraphServiceServer<T>;

    struct Root;

    #[derive(SimpleObject)]
    struct Book {
        id: &'static str,
        title: &'static str,
    }

    #[Object]
    impl Root {
        async fn books(&self) -> Vec<Book> {
            vec![Book {
                id: "1",
                title: "围城",
            }]
        }
    }

    #[tonic::async_trait]
    impl SubgraphService for Answering {
        type SubscribeStream = Empty<Result<SubscribeResponse, Status>>;

        async fn sdl(&self, _: Request<SdlRequest>) -> Result<Response<SdlResponse>, Status> {
            let sdl = self.0.read().unwrap().clone();
            Ok(Response::new(SdlResponse {
                sdl,
                ..SdlResponse::default()
            }))
        }

        async fn execute(
            &self,
            request: Request<ExecuteRequest>,
        ) -> Result<Response<ExecuteResponse>, Status> {
            let schema = Schema::new(Root, EmptyMutation, EmptySubscription);
            let answer = schema.execute(Query::new(request.into_inner().query)).await;
            let body = serde_json::to_vec(&answer).unwrap().into();
            Ok(Response::new(ExecuteResponse { body }))
        }

        async fn subscribe(
            &self,
            _: Request<SubscribeRequest>,
        ) -> Result<Response<Self::SubscribeStream>, Status> {
            Err(Status::unimplemented("no subscriptions here"))
        }
    }
}
