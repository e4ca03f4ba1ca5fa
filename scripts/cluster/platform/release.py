"""The platform as Helm installs it: what must be there before, its values, and
whether all of it is ready."""

import base64
import json
import secrets
import time

import backing
from shell import ADDRESS, CLUSTER, KUBECONFIG, NAMESPACE, PLACE, ROOT, apply, get, kubectl, run, until

RELEASE = "sanshe"
SERVICES = ["communities", "incubation", "socialwork", "eldercare", "procurement", "smartdata"]
# What the policies have to let through: all that is outside of the cluster is at one address.
HERE = [{"ipBlock": {"cidr": f"{ADDRESS}/32"}}]

# How the manual has a key rotated, upgrade by upgrade: known, current, renewed, and the old one gone.
ROTATION = [
    {"previous": [{"version": 1, "key": "key-1"}]},
    {"key": "key-1", "version": 1, "previous": [{"version": 0, "key": "key"}]},
    {"key": "key-1", "version": 1, "previous": [{"version": 0, "key": "key"}], "renew": True},
    {"key": "key-1", "version": 1},
]


def values(tag, pii):
    return {
        "image": {"repository": "localhost/sanshe", "tag": tag},
        "auth": {"issuer": backing.LOGIN, "jwksUrl": backing.JWKS},
        "postgres": {"runtime": {"existingSecret": "sanshe-postgres"},
                     "owner": {"existingSecret": "sanshe-postgres-owner"}},
        "redis": {"existingSecret": "sanshe-redis"},
        "pii": {"existingSecret": "sanshe-pii", **pii},
        "audit": {"existingSecret": "sanshe-audit-keys", "existingClaim": "sanshe-checkpoints"},
        # Services live by the login's clock, which lies beside the checkpoints.
        "defaults": {"settings": {"SANSHE_CLOCK_FILE": "/var/lib/sanshe/audit/clock"}},
        "operator": {"enabled": True},
        "networkPolicy": {"postgres": {"to": HERE}, "redis": {"to": HERE}, "issuer": {"to": HERE},
                          "apiServer": {"to": HERE}, "dns": {"to": HERE}},
    }


def secret(name, **data):
    encode = lambda value: base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE},
            "data": {key.replace("__", "."): encode(value) for key, value in data.items()}}


def audit_keys():
    der = lambda: run("openssl", "genpkey", "-algorithm", "ed25519", "-outform", "PEM")
    body = lambda pem: base64.b64decode("".join(pem.splitlines()[1:-1]))
    return {f"{service}__key": body(der()) for service in SERVICES}


class Release:
    def __init__(self, back):
        self.back, self.pii = back, {}
        self.program = run(CLUSTER / "tools", "helm").strip() + "/helm"

    def helm(self, *arguments):
        """Helm itself, as the manual has it."""
        return run(self.program, *arguments, "--namespace", NAMESPACE, "--kubeconfig", KUBECONFIG)

    def values(self, tag):
        path = PLACE / "values.json"
        path.write_text(json.dumps(values(tag, self.pii)), encoding="utf-8")
        return path

    def prepare(self):
        """What the manual of installation asks for."""
        key = lambda: base64.b64encode(secrets.token_bytes(32)).decode()
        claim = {"accessModes": ["ReadWriteMany"], "storageClassName": "",
                 "resources": {"requests": {"storage": "64Mi"}}, "volumeName": "sanshe-checkpoints"}
        apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {
                "pod-security.kubernetes.io/enforce": "restricted"}}},
            secret("sanshe-postgres", url=self.back.app),
            secret("sanshe-postgres-owner", url=self.back.owner),
            secret("sanshe-redis", url=self.back.redis),
            secret("sanshe-pii", **{"key": key(), "key-1": key(), "index-key": key()}),
            secret("sanshe-audit-keys", **audit_keys()),
            {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "sanshe-checkpoints"},
             "spec": {"capacity": {"storage": "64Mi"}, "accessModes": ["ReadWriteMany"], "storageClassName": "",
                      "hostPath": {"path": str(backing.DATA)}}},
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
             "metadata": {"name": "sanshe-checkpoints", "namespace": NAMESPACE}, "spec": claim},
        )

    def install(self, tag):
        """Both commands of the manual; answers the seconds until all is ready."""
        begun = time.monotonic()
        self.helm("install", "sanshe-crds", ROOT / "charts/sanshe-crds")
        self.helm("install", RELEASE, ROOT / "charts/sanshe", "--values", self.values(tag))
        self.ready()
        return time.monotonic() - begun

    def upgrade(self, tag):
        self.helm("upgrade", RELEASE, ROOT / "charts/sanshe", "--values", self.values(tag))
        self.settled()

    def rotate(self, tag):
        """The key of personal data, in the steps of the manual."""
        for self.pii in ROTATION:
            self.upgrade(tag)
            if self.pii.get("renew"):
                until("what the old key sealed is sealed again", renewed, 120)

    def rollback(self):
        self.helm("rollback", RELEASE)
        self.settled()

    def test(self):
        self.helm("test", RELEASE, "--timeout", "2m")

    def ready(self, limit=300):
        return until("all Deployments are ready", lambda: all(map(is_ready, get("deployments")["items"])), limit)

    def settled(self, limit=420):
        """All are ready, and those of before are gone."""
        self.ready(limit)
        until("pods of before are gone", lambda: not [pod for pod in pods() if pod["metadata"].get("deletionTimestamp")],
              limit)


def is_ready(deployment):
    wanted, status = deployment["spec"]["replicas"], deployment.get("status", {})
    return (status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
            and status.get("replicas", 0) == wanted
            and all(status.get(name, 0) == wanted for name in ("updatedReplicas", "readyReplicas", "availableReplicas")))


def renewed():
    """Whether the Job has done its work."""
    jobs = [job for job in get("jobs")["items"] if "-renew-" in job["metadata"]["name"]]
    return jobs and all(job.get("status", {}).get("succeeded") for job in jobs)


def pods():
    """Those that serve: not the Job's, not the test's."""
    found = get("pods", "--selector=app.kubernetes.io/name=sanshe,app.kubernetes.io/component notin (migrate,test)")
    return found["items"]


def images():
    return {pod["spec"]["containers"][0]["image"] for pod in pods()}


def requested():
    """What the pods ask for, in thousandths of a processor and MiB."""
    cpu = memory = 0
    for pod in pods():
        for container in pod["spec"]["containers"]:
            asked = container["resources"]["requests"]
            cpu += int(asked["cpu"][:-1]) if asked["cpu"].endswith("m") else int(float(asked["cpu"]) * 1000)
            memory += int(asked["memory"].removesuffix("Mi"))
    return cpu, memory


def used():
    """The memory that the pods work with, in MiB: of all, and by part."""
    by_part, serving = {}, {pod["metadata"]["name"] for pod in pods()}
    for node in get("nodes")["items"]:
        path = f"/api/v1/nodes/{node['metadata']['name']}/proxy/stats/summary"
        for pod in json.loads(kubectl("get", "--raw", path))["pods"]:
            if pod["podRef"]["namespace"] != NAMESPACE or pod["podRef"]["name"] not in serving:
                continue
            part = pod["podRef"]["name"].removeprefix(f"{RELEASE}-").split("-")[0]
            size = sum(one["memory"]["workingSetBytes"] for one in pod.get("containers", []) if "memory" in one)
            by_part.setdefault(part, []).append(size / 2**20)
    return sum(map(sum, by_part.values())), {part: sum(all_) / len(all_) for part, all_ in by_part.items()}
