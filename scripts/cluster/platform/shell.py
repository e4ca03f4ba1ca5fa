"""Commands, and the cluster as kubectl tells it."""

import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
CLUSTER = ROOT / "scripts/cluster"
PLACE = pathlib.Path(os.environ.get("SANSHE_CLUSTER_FOLDER", "/var/lib/sanshe-cluster"))
RUN = pathlib.Path("/run/sanshe-cluster")
KUBECONFIG = PLACE / "pki/admin.kubeconfig"
ADDRESS = "10.250.0.1"
NAMESPACE = "sanshe"
_kubectl = None
# Nobody waits longer than this, where it is set.
LONGEST = None


class Failed(Exception):
    """What the test found wrong, in a sentence."""


def say(text):
    print(f"test-cluster: {text}", file=sys.stderr, flush=True)


def run(*command, check=True, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)
    if check and done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines()[-15:]
        raise Failed(f"{' '.join(str(part) for part in command)[:200]} failed:\n" + "\n".join(said))
    return done.stdout


def kubectl(*arguments, **more):
    global _kubectl
    if _kubectl is None:
        _kubectl = run(CLUSTER / "tools", "kubectl").strip() + "/kubectl"
    return run(_kubectl, f"--kubeconfig={KUBECONFIG}", *arguments, **more)


def program(name):
    """Where a component is, for those that are started rather than run."""
    kubectl("version", "--client")
    return str(pathlib.Path(_kubectl).with_name(name))


def get(kind, *arguments, namespace=NAMESPACE):
    return json.loads(kubectl("get", kind, "--namespace", namespace, "--output=json", *arguments))


def apply(*objects):
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    kubectl("apply", "--server-side", "--filename=-", input=text)


def until(what, test, limit=180, every=0.5):
    """Waits until `test` answers something true, and answers it with how long that took."""
    begun, limit = time.monotonic(), min(limit, LONGEST or limit)
    while True:
        answer = test()
        took = time.monotonic() - begun
        if answer:
            return answer, took
        if took > limit:
            raise Failed(f"not within {limit} s: {what}")
        time.sleep(every)
