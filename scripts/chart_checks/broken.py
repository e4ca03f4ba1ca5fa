"""Objects that somebody broke: each check must find what it is there for."""

import agreement
import network
import pods
import references
import schemas
from rendering import CHART, load, render

CHECKS = (pods.check, references.check, network.check, schemas.check, agreement.rights)


def deployment(it):
    return it.find("Deployment", "city-sanshe-communities")["spec"]["template"]["spec"]


def container(it):
    return deployment(it)["containers"][0]


def policy(it, name="communities"):
    return it.find("NetworkPolicy", f"city-sanshe-{name}")["spec"]


def gone(it, kind, name):
    it.objects.remove(it.find(kind, name))


def hooked_secret(it):
    it.objects.append({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "sanshe-redis", "namespace": "sanshe", "annotations": {"helm.sh/hook": "pre-install"}},
    })


# (what was broken, how, words of the finding)
TABLE = [
    ("an unknown field", lambda it: container(it).update(imagePolicy="x"), "schema:"),
    ("a field of another type", lambda it: deployment(it).update(terminationGracePeriodSeconds="45"), "schema:"),
    ("an unknown field of a rule",
     lambda it: it.find("PrometheusRule", "city-sanshe")["spec"]["groups"][0].update(rule=[]), "schema:"),
    ("a kind that nobody knows", lambda it: it.find("Service", "city-sanshe-gateway").update(kind="Servce"), "no schema"),
    ("root", lambda it: deployment(it)["securityContext"].update(runAsNonRoot=False), "runs as root"),
    ("no seccomp", lambda it: deployment(it)["securityContext"].pop("seccompProfile"), "no seccomp profile"),
    ("the network of the host", lambda it: deployment(it).update(hostNetwork=True), "hostNetwork"),
    ("a folder of the host",
     lambda it: deployment(it)["volumes"].append({"name": "h", "hostPath": {"path": "/"}}), "restricted refuses"),
    ("a volume without limit", lambda it: deployment(it)["volumes"][0].update(emptyDir={}), "no size limit"),
    ("a token", lambda it: deployment(it).pop("automountServiceAccountToken"), "token of the API server"),
    ("a projected token",
     lambda it: deployment(it)["volumes"][1]["projected"]["sources"].append({"serviceAccountToken": {"path": "t"}}),
     "token of the API server"),
    ("service links", lambda it: deployment(it).pop("enableServiceLinks"), "read as settings"),
    ("privileges", lambda it: container(it)["securityContext"].pop("allowPrivilegeEscalation"), "privileges may grow"),
    ("a writable root", lambda it: container(it)["securityContext"].pop("readOnlyRootFilesystem"), "can be written"),
    ("kept capabilities", lambda it: container(it)["securityContext"].pop("capabilities"), "capabilities are kept"),
    ("an added capability",
     lambda it: container(it)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]), "capabilities are kept"),
    ("no limit of memory", lambda it: container(it)["resources"]["limits"].pop("memory"), "no limits of memory"),
    ("no request of cpu", lambda it: container(it)["resources"]["requests"].pop("cpu"), "no requests of cpu"),
    ("a port without a name", lambda it: container(it)["ports"][0].pop("name"), "has no name"),
    ("a port of the host", lambda it: container(it)["ports"][0].update(hostPort=80), "a port of the host"),
    ("a secret in a variable", lambda it: container(it)["env"].append(
        {"name": "SANSHE_REDIS_URL", "valueFrom": {"secretKeyRef": {"name": "sanshe-redis", "key": "url"}}}),
     "is a secret in a variable"),
    ("a password in a variable", lambda it: container(it)["env"].append(
        {"name": "SANSHE_REDIS_URL", "value": "redis://:pw@host"}), "holds a password"),
    ("no startup probe", lambda it: container(it).pop("startupProbe"), "no startupProbe"),
    ("no liveness probe", lambda it: container(it).pop("livenessProbe"), "no livenessProbe"),
    ("readiness that is liveness",
     lambda it: container(it)["readinessProbe"]["httpGet"].update(path="/health/live"), "readinessProbe asks"),
    ("a probe of a port that is not there",
     lambda it: container(it)["livenessProbe"]["httpGet"].update(port="metrics"), "without that name"),
    ("a short grace period", lambda it: deployment(it).update(terminationGracePeriodSeconds=20), "no longer than drain"),
    ("a drain that nobody notices",
     lambda it: container(it)["readinessProbe"].update(periodSeconds=10), "before the probe notices"),
    ("a restart with a gap", lambda it: it.find("Deployment", "city-sanshe-communities")["spec"]["strategy"]
     ["rollingUpdate"].update(maxUnavailable=1), "before its successor"),
    ("all on one node", lambda it: deployment(it)["topologySpreadConstraints"].pop(), "not spread"),
    ("a Secret that nobody makes",
     lambda it: deployment(it)["volumes"][1]["projected"]["sources"][0]["secret"].update(name="other"), "nobody makes"),
    ("a Secret that a hook makes", hooked_secret, "which a hook makes"),
    ("a ConfigMap that nobody makes",
     lambda it: container(it).update(envFrom=[{"configMapRef": {"name": "settings"}}]), "nobody makes"),
    ("a service account that nobody makes",
     lambda it: gone(it, "ServiceAccount", "city-sanshe-communities"), "nobody makes"),
    ("the owner's address in a service", lambda it: deployment(it)["volumes"][1]["projected"]["sources"][0]["secret"]
     .update(name="sanshe-postgres-owner"), "role that owns the schemas"),
    ("a Secret of the chart", lambda it: it.objects.append(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "sanshe"}}), "the chart makes none"),
    ("a Service that selects nothing", lambda it: it.find("Service", "city-sanshe-communities")["spec"]["selector"]
     .update({"app.kubernetes.io/component": "x"}), "selects 0 kinds"),
    ("a Service port to nowhere",
     lambda it: it.find("Service", "city-sanshe-communities")["spec"]["ports"][0].update(targetPort="web"),
     "no named port"),
    ("no disruption budget", lambda it: gone(it, "PodDisruptionBudget", "city-sanshe-smartdata"), "0 disruption budgets"),
    ("replicas beside an autoscaler",
     lambda it: it.find("Deployment", "city-sanshe-gateway")["spec"].update(replicas=2), "decided by two"),
    ("an Ingress to nowhere", lambda it: gone(it, "Service", "city-sanshe-gateway"), "which is no Service"),
    ("no default deny", lambda it: gone(it, "NetworkPolicy", "city-sanshe-default-deny"), "is open by default"),
    ("a missing edge", lambda it: policy(it)["egress"].pop(2), "of the picture is closed"),
    ("an edge too many",
     lambda it: policy(it)["egress"].append(policy(it, "eldercare")["egress"][4]), "not in the picture"),
    ("an edge from one end", lambda it: policy(it, "smartdata")["ingress"].pop(0), "from one end only"),
    ("a way everywhere", lambda it: policy(it)["egress"].append({"ports": [{"port": 443}]}), "everywhere"),
    ("a way to any port", lambda it: policy(it)["egress"][2].pop("ports"), "everywhere"),
    ("a way to a stranger", lambda it: policy(it)["egress"].append(
        {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"port": 443}]}), "which nobody is"),
    ("a database cluster with an unknown field",
     lambda it: it.find("Cluster", "city-sanshe-postgres")["spec"].update(replicas=3), "schema:"),
    ("an operator without a token", lambda it: it.find("Deployment", "city-sanshe-operator")["spec"]["template"]["spec"]
     .update(automountServiceAccountToken=False), "has no token of the API server"),
    ("two operators", lambda it: it.find("Deployment", "city-sanshe-operator")["spec"].update(replicas=2), "is one pod"),
    ("an operator that reads Secrets",
     lambda it: it.find("Role", "city-sanshe-operator")["rules"][4]["resources"].append("secrets"), "not the rules of"),
    ("rights for nobody", lambda it: gone(it, "ServiceAccount", "city-sanshe-withdraw"), "nobody makes"),
    ("rights that are none", lambda it: gone(it, "Role", "city-sanshe-withdraw"), "binds Role/"),
    ("a Subgraph with an unknown field", lambda it: it.find("Subgraph", "smartdata")["spec"].update(url="x"), "schema:"),
    ("a Subgraph whose version nobody can read",
     lambda it: it.find("Subgraph", "smartdata")["spec"].update(timeout="soon"), "schema:"),
    ("a Subgraph that no graph takes", lambda it: it.find("Subgraph", "health")["metadata"]["labels"].pop("graph"),
     "no Supergraph selects it"),
    ("a Subgraph to nowhere", lambda it: it.find("Subgraph", "smartdata")["spec"]
     .update(endpoint="grpc://city-sanshe-smartdata:7499"), "no port of a Service"),
    ("a graph that nobody publishes", lambda it: gone(it, "Supergraph", "city-sanshe"), "nobody makes"),
    ("an operator that cannot reach the API server", lambda it: policy(it, "operator")["egress"].pop(2), "is closed"),
    ("a gateway that reaches the API server",
     lambda it: policy(it, "gateway")["egress"].append(policy(it, "operator")["egress"][2]), "not in the picture"),
    ("a policy of nobody", lambda it: policy(it, "test")["podSelector"]["matchLabels"]
     .update({"app.kubernetes.io/component": "x"}), "selects no pod"),
]


def check():
    whole = render(load(CHART / "ci/full-values.yaml"))
    for what, how, words in TABLE:
        it = whole.copy()
        how(it)
        # One after the other, as far as it is needed.
        found = (finding for one in CHECKS for finding in one(it))
        if not any(words in finding for finding in found):
            yield f"{what} is not noticed"
