"""A client of the platform that is no load: one connection, one question at a time."""

import json
import subprocess
import urllib.error
import urllib.request

import backing
from shell import KUBECONFIG, NAMESPACE, program, until

GRAPH_PORT = 14000


class Forwarded:
    """The gateway at a port of loopback."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [program("kubectl"), f"--kubeconfig={KUBECONFIG}", "port-forward", "--namespace", NAMESPACE,
             "service/sanshe-gateway", f"{GRAPH_PORT}:4000"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        def answers():
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{GRAPH_PORT}/health", timeout=2).status == 200
            except OSError:
                return False
        until("the gateway is forwarded", answers, 30)
        return f"http://127.0.0.1:{GRAPH_PORT}/graphql"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def ask(graph, query):
    request = urllib.request.Request(graph, json.dumps({"query": query}).encode(), {
        "content-type": "application/json", "accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def code(graph, query):
    """The code of the first error of a query, if it has one."""
    errors = ask(graph, query).get("errors", [])
    return errors[0]["extensions"]["code"] if errors else None


def token(account):
    form = f"grant_type=password&username={account}".encode()
    with urllib.request.urlopen(f"{backing.LOGIN}/token", form, timeout=5) as answer:
        return json.load(answer)["access_token"]
