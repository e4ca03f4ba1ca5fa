//! `Supergraph`: which subgraphs make one graph, what is checked, what is served.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Condition;

/// The graph of all selected subgraphs of the namespace.
#[derive(Clone, CustomResource, Debug, Deserialize, KubeSchema, PartialEq, Serialize)]
#[kube(
    group = "graph.sanshe.cn",
    version = "v1alpha1",
    kind = "Supergraph",
    namespaced,
    status = "SupergraphStatus",
    derive = "PartialEq",
    category = "sanshe",
    doc = "由选中的子图组成的图。The graph that the selected subgraphs are together.",
    label("app.kubernetes.io/part-of", "sanshe"),
    validation = Rule::new("self.metadata.name.matches('^[a-z][a-z0-9-]*$') && self.metadata.name.size() <= 40")
        .message("超图名以小写字母开头,只含小写字母、数字和 -,最多 40 个字符 / the name of a supergraph is a lower-case letter, then lower-case letters, digits and -, at most 40 characters"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].reason"),
    printcolumn(name = "Serves", type_ = "string", json_path = ".status.served.configMap"),
    printcolumn(name = "Newest", type_ = "string", json_path = ".status.newest.configMap", priority = "1"),
    printcolumn(name = "Pin", type_ = "string", json_path = ".spec.pin"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct SupergraphSpec {
    /// 选择子图的标签。Labels of the subgraphs that belong to the graph.
    #[x_kube(validation = Rule::new("has(self.matchLabels) && self.matchLabels.size() > 0 || has(self.matchExpressions) && self.matchExpressions.size() > 0")
        .message("选择器不得为空 / the selector must not be empty"))]
    pub selector: Selector,
    /// 发布前的检查。What is checked before anything is published.
    #[serde(default)]
    pub checks: Checks,
    /// 固定或回滚到某个版本的摘要(前 12 位或更多);删除此字段即恢复最新版本。
    /// The digest, or its first 12 digits or more, of the release that is served; without it the newest is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[0-9a-f]{12,64}$"))]
    pub pin: Option<String>,
    /// 保留的版本数。How many releases are kept to go back to.
    #[serde(default = "history")]
    #[schemars(range(min = 1, max = 100))]
    pub history: u16,
}

const fn history() -> u16 {
    10
}

/// A label selector of the API.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Selector {
    /// Labels with their values; all must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_labels: Option<BTreeMap<String, String>>,
    /// Requirements; all must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Requirement>>", length(max = 20))]
    pub match_expressions: Option<Vec<LabelSelectorRequirement>>,
}

/// A requirement of a label selector; the schema of the API's own type.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Requirement {
    key: String,
    operator: Operator,
    values: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// What is checked before anything is published.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    /// 破坏性变更的处理。What happens to a change that takes something away.
    #[serde(default)]
    pub breaking_changes: BreakingChanges,
    /// 正在使用的操作(持久化查询)所在的 ConfigMap。ConfigMaps of the operations in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    pub operations: Vec<String>,
}

/// What happens to a change that takes something away.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum BreakingChanges {
    /// Refused where an operation in use needs what goes; and where no operation is known, always.
    #[default]
    RefuseInUse,
    /// Always refused.
    Refuse,
    /// Published, and said in the conditions.
    Warn,
}

/// What the operator knows of the graph.
#[derive(Clone, Debug, Default, Deserialize, KubeSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SupergraphStatus {
    /// The generation that was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What gateways are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<ReleaseRef>,
    /// The newest release that passed all checks; other than `served` only while pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<ReleaseRef>,
    /// Releases to go back to, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<ReleaseRef>,
    /// What the newest release is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".to_owned()]))]
    pub subgraphs: Vec<Part>,
    /// Changes of subgraphs that are kept out, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["subgraph".to_owned()]))]
    pub refused: Vec<Refused>,
    /// `Composed`, `Compatible`, `Served`, `Ready`.
    #[serde(default)]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".to_owned()]))]
    pub conditions: Vec<Condition>,
}

/// A release of the graph.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseRef {
    /// SHA-256 of the supergraph and of the versions it is made of.
    pub digest: String,
    /// The immutable ConfigMap that holds it.
    pub config_map: String,
    /// Counts up with every release.
    pub revision: u64,
}

/// A subgraph in a release.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Part {
    pub name: String,
    /// The digest of its version.
    pub digest: String,
}

/// A change that is kept out of the graph.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Refused {
    pub subgraph: String,
    /// The version that is kept out; none where its removal is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    pub reason: String,
    pub message: String,
}
