"""What is done to the platform while clients ask it."""

import glob
import os
import signal
import time

from release import SERVICES, is_ready, pods
from shell import CLUSTER, NAMESPACE, apply, get, kubectl, run, say, until

PARTS = [*SERVICES, "gateway"]


def drain(release):
    """A node is emptied as for its maintenance, and comes back."""
    def work():
        kubectl("drain", "node-2", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=300s")
        release.settled()
        kubectl("uncordon", "node-2")
    return work


def scale(release, *counts):
    def work():
        for count in counts:
            names = [f"deployment/sanshe-{part}" for part in PARTS]
            kubectl("scale", *names, f"--replicas={count}", "--namespace", NAMESPACE)
            release.settled()
    return work


def kill(pod):
    """SIGKILL to what runs in a pod, as when memory runs out; its kubelet starts it again."""
    uid, name = pod["metadata"]["uid"], pod["metadata"]["name"]
    before = pod["status"]["containerStatuses"][0]["restartCount"]
    def work():
        # Version 1 of control groups has a tree for processes, version 2 has one for all.
        found = [path for tree in ("/sys/fs/cgroup/pids", "/sys/fs/cgroup")
                 for path in glob.glob(f"{tree}/sanshe-cluster-*/**/pod{uid}/*/cgroup.procs", recursive=True)]
        for path in found:
            for number in open(path, encoding="utf-8").read().split():
                if os.path.basename(os.path.realpath(f"/proc/{number}/exe")) == "sanshe":
                    os.kill(int(number), signal.SIGKILL)
        def is_back():
            status = get(f"pod/{name}")["status"].get("containerStatuses", [{}])[0]
            return status.get("restartCount", 0) > before and status.get("ready")
        until(f"{name} was killed and is back", is_back, 120)
    return work


def each_pod():
    """One pod of every part, in turn."""
    seen = set()
    for pod in sorted(pods(), key=lambda pod: pod["metadata"]["name"]):
        part = pod["metadata"]["labels"]["app.kubernetes.io/component"]
        if part in PARTS and part not in seen:
            seen.add(part)
            yield part, pod


def subgraph(name, sdl):
    """A department's part of the graph; nobody is at its address."""
    return {"apiVersion": "graph.sanshe.cn/v1alpha1", "kind": "Subgraph",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"graph": "sanshe"}},
            "spec": {"endpoint": "http://127.0.0.1:9/graphql", "timeout": "1s", "schema": {"sdl": sdl},
                     "owner": {"team": "演练"}}}


def condition(name, kind):
    found = get(f"subgraphs.graph.sanshe.cn/{name}").get("status", {}).get("conditions", [])
    return next((one for one in found if one["type"] == kind), {"status": "Unknown"})


def broken_subgraph():
    """A department's schema that breaks the graph is kept out, and says why."""
    apply(subgraph("broken", "type Query { tenders: Int! }"))
    refused = lambda: condition("broken", "Accepted") if condition("broken", "Accepted")["status"] == "False" else None
    found, _ = until("the broken subgraph is refused", refused, 120)
    say(f"   {found['reason']}: {found['message'][:300]}")
    kubectl("delete", "subgraphs.graph.sanshe.cn/broken", "--namespace", NAMESPACE, "--timeout=60s")


def another_subgraph(ask):
    """A department joins: gateways take up the new graph without a pause."""
    def work():
        apply(subgraph("rehearsal", "type Query { rehearsal: String }"))
        until("the new subgraph is accepted", lambda: condition("rehearsal", "Accepted")["status"] == "True", 240)
        # A gateway that knows the field misses the subgraph; one that does not refuses the field.
        until("every gateway serves the new graph", lambda: ask("{ rehearsal }") == "UNAVAILABLE", 240, every=2)
    return work


def without_api_server(seconds):
    """What runs goes on without the control plane."""
    def work():
        run(CLUSTER / "control-plane", "stop")
        time.sleep(seconds)
        run(CLUSTER / "control-plane", "start")
        until("the API server knows the pods again",
              lambda: all(map(is_ready, get("deployments")["items"])), 180)
    return work
