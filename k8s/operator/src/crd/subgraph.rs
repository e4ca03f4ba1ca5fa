//! `Subgraph`: a part of the graph, where it is reached and who owns it.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use super::Condition;

/// One subgraph of the federated graph: where it is reached, where its schema comes from, who owns it.
#[derive(Clone, CustomResource, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
#[kube(
    group = "graph.sanshe.cn",
    version = "v1alpha1",
    kind = "Subgraph",
    namespaced,
    status = "SubgraphStatus",
    derive = "PartialEq",
    category = "sanshe",
    doc = "一个子图:地址、结构来源与负责人。One subgraph of the federated graph.",
    label("app.kubernetes.io/part-of", "sanshe"),
    validation = Rule::new("self.metadata.name.matches('^[a-z][a-z0-9-]*$') && self.metadata.name.size() <= 40")
        .message("子图名以小写字母开头,只含小写字母、数字和 -,最多 40 个字符 / the name of a subgraph is a lower-case letter, then lower-case letters, digits and -, at most 40 characters"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].reason"),
    printcolumn(name = "Endpoint", type_ = "string", json_path = ".spec.endpoint"),
    printcolumn(name = "Owner", type_ = "string", json_path = ".spec.owner.team"),
    printcolumn(name = "Schema", type_ = "string", json_path = ".status.schema.digest", priority = "1"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct SubgraphSpec {
    /// 子图地址:grpc://host:port(平台契约)或 http://host[:port]/path(Federation v2)。
    /// Where requests go: `grpc://host:port` for the house's gRPC contract, `http://host[:port]/path` for GraphQL over HTTP.
    #[schemars(length(max = 512))]
    #[x_kube(validation = Rule::new("isURL(self) && url(self).getScheme() in ['grpc', 'http'] && url(self).getHost() != ''")
        .message("地址须为 grpc://host:port 或 http://host[:port]/path / an endpoint is grpc://host:port or http://host[:port]/path"))]
    #[x_kube(validation = Rule::new("!self.contains('@') && !self.contains('#') && !self.contains('?')")
        .message("地址不得包含用户信息、? 或 # / an endpoint holds no user, no ? and no #"))]
    #[x_kube(validation = Rule::new("!self.startsWith('grpc://') || self.matches('^grpc://[^/]+:[0-9]{1,5}/?$')")
        .message("grpc 地址须写明端口且没有路径 / a grpc endpoint names its port and has no path"))]
    pub endpoint: String,
    /// 结构来源,三选一。Where the schema comes from: exactly one.
    #[x_kube(validation = Rule::new("[has(self.sdl), has(self.configMapRef), has(self.ask)].filter(it, it).size() == 1")
        .message("sdl、configMapRef、ask 必须且只能给出一个 / give exactly one of sdl, configMapRef and ask"))]
    pub schema: SchemaSource,
    /// 网关等待此子图一次应答的时间。How long the gateway waits for one answer, 10ms to 60s.
    #[serde(default = "timeout")]
    #[schemars(length(max = 16), regex(pattern = r"^[1-9][0-9]*(ms|s)$"))]
    #[x_kube(validation = Rule::new("duration(self) >= duration('10ms') && duration(self) <= duration('60s')")
        .message("timeout 须在 10ms 与 60s 之间 / timeout lies between 10ms and 60s"))]
    pub timeout: String,
    /// 负责人。Who is told when the graph refuses this subgraph.
    pub owner: Owner,
    /// 暂停:图中保留此子图现有的版本,不取新版本。Keeps the version the graph has, and takes no new one.
    #[serde(default)]
    pub suspend: bool,
}

fn timeout() -> String {
    "10s".to_owned()
}

/// Where a schema comes from.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaSource {
    /// Federation v2 SDL, written here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1_000_000))]
    pub sdl: Option<String>,
    /// A key of a ConfigMap of the same namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_ref: Option<KeyRef>,
    /// The subgraph is asked at its endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
}

/// A key of a ConfigMap.
#[derive(Clone, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
pub struct KeyRef {
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    #[serde(default = "key")]
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

fn key() -> String {
    "schema.graphql".to_owned()
}

/// How the subgraph is asked.
#[derive(Clone, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
pub struct Ask {
    /// 询问间隔。The pause between two questions, 5s to 3600s.
    #[serde(default = "interval")]
    #[schemars(length(max = 16), regex(pattern = r"^[1-9][0-9]*s$"))]
    #[x_kube(validation = Rule::new("duration(self) >= duration('5s') && duration(self) <= duration('3600s')")
        .message("interval 须在 5s 与 3600s 之间 / interval lies between 5s and 3600s"))]
    pub interval: String,
}

fn interval() -> String {
    "30s".to_owned()
}

/// Who answers for the subgraph.
#[derive(Clone, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
pub struct Owner {
    /// 部门或团队。
    #[schemars(length(min = 1, max = 200))]
    pub team: String,
    /// 联系方式(岗位邮箱或值班电话,不写个人信息)。A desk, not a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub contact: Option<String>,
}

/// What the operator knows of the subgraph.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubgraphStatus {
    /// The generation that was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The version that is offered to the graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<SchemaRef>,
    /// `SchemaKnown`, `Accepted`, `Ready`.
    #[serde(default)]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_owned()]))]
    pub conditions: Vec<Condition>,
}

/// A version of a subgraph: endpoint, timeout and SDL together.
#[derive(Clone, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaRef {
    /// SHA-256 of endpoint, timeout and SDL.
    pub digest: String,
    /// The immutable ConfigMap that holds it.
    pub config_map: String,
}
