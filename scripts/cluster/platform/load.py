"""The clients that never rest, in a pod beside the platform, and what they
counted. Their lines are read from the node's files, so that a stopped API
server hides nothing."""

import json
import time

from shell import PLACE, ROOT, Failed, apply, get, kubectl, run, until

NAMESPACE = "load"
IMAGE = "localhost/sanshe-load:1"
# One query over all six services, and one write.
QUERY = """{ communities(first: 1) { nodes { id } } tenders(first: 1) { nodes { id } }
organizations(first: 1) { nodes { id } } menuItems(first: 1) { nodes { code } }
socialWorkers(first: 1) { nodes { id } } divisions(first: 1) { nodes { code } } }"""
# How long a client waits for its answer, in seconds.
PATIENCE = 30
MUTATION = "mutation($input: ReportNeedInput!) { reportNeed(input: $input) { need { id } } }"


def image():
    """The archive of the clients' image; the clients are built where they are not."""
    run("cargo", "build", "--quiet", "--locked", "--package", "sanshe-load", cwd=ROOT)
    archive = ROOT / "target/image/load.tar"
    run(ROOT / "scripts/image/build.py", "--binary", ROOT / "target/debug/sanshe-load", "--name", IMAGE,
        "--output", archive, "--sbom", ROOT / "target/image/load.cdx.json")
    return archive


class Load:
    def __init__(self, token, community):
        need = {"communityId": community, "category": "MEALS", "description": "负载测试"}
        settings = {"LOAD_URL": "http://sanshe-gateway.sanshe:4000/graphql", "LOAD_QUERY": QUERY,
                    "LOAD_MUTATION": MUTATION, "LOAD_INPUT": json.dumps(need), "LOAD_TOKEN": token,
                    "LOAD_RUN": f"load-{int(time.time())}"}
        apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "load", "namespace": NAMESPACE},
             "stringData": settings},
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "load", "namespace": NAMESPACE}, "spec": {
                # Not on the node that is drained.
                "nodeName": "node-1", "restartPolicy": "Never", "automountServiceAccountToken": False,
                "containers": [{"name": "load", "image": IMAGE, "imagePullPolicy": "Never",
                                "envFrom": [{"secretRef": {"name": "load"}}]}]}},
        )
        until("the clients run", lambda: get("pod/load", namespace=NAMESPACE)["status"]["phase"] == "Running", 60)
        uid = self.pod()["metadata"]["uid"]
        self.log = PLACE / f"node-1/logs/{NAMESPACE}_load_{uid}/load/0.log"
        until("the clients count", lambda: self.totals(0), 30)

    @staticmethod
    def pod():
        return get("pod/load", namespace=NAMESPACE)

    def lines(self):
        try:
            text = self.log.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        found = []
        for line in text.splitlines():
            body = line.split(" ", 3)[-1]
            if body.startswith("{") and body.endswith("}"):
                found.append(json.loads(body))
        return found

    def totals(self, after):
        """The first totals later than a moment, once they are there."""
        return next((line for line in self.lines() if "asked" in line and line["at"] >= after), None)

    def now(self):
        """The totals of this moment."""
        moment = int(time.time() * 1000)
        found, _ = until("the clients still count", lambda: self.totals(moment), 30, every=0.2)
        return found

    def during(self, work, grace=3):
        """What was counted while `work` was done, and a little longer."""
        before = self.now()
        begun = time.monotonic()
        work()
        took = time.monotonic() - begun
        time.sleep(grace)
        after = self.now()
        asked = {kind: count - before["asked"].get(kind, 0) for kind, count in after["asked"].items()}
        failed = {kind: count - before["failed"].get(kind, 0) for kind, count in after["failed"].items()}
        failed = {kind: count for kind, count in failed.items() if count}
        if sum(asked.values()) == 0:
            raise Failed("the clients asked nothing: there is nothing to tell from that")
        inside = [line for line in self.lines() if before["at"] <= line["at"] <= after["at"]]
        slowest = max(line["slowest_millis"] for line in inside if "asked" in line)
        details = [line for line in inside if "failure" in line]
        return {"took": took, "asked": sum(asked.values()), "by": asked, "failed": failed, "slowest": slowest,
                "details": details}

    def stop(self):
        kubectl("delete", "pod", "load", "--namespace", NAMESPACE, "--grace-period=10")
