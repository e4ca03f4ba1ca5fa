"""Whether the network keeps out whom the policies do not name, and what clients
see of a service that is cut off."""

import json
import subprocess

from release import RELEASE, pods
from shell import NAMESPACE, Failed, get, kubectl, run, say, until

CUT = "socialwork"
IN_A_ROW = 4


def address_of(part):
    return next(pod["status"]["podIP"] for pod in pods()
                if pod["metadata"]["labels"]["app.kubernetes.io/component"] == part)


def port_of(part, name):
    spec = get(f"service/{RELEASE}-{part}")["spec"]
    return next(port["port"] for port in spec["ports"] if port["name"] == name)


def reaches(space, address, port):
    """Whether a connection from a network namespace is taken."""
    code = f"import socket; socket.create_connection(('{address}', {port}), timeout=3).close()"
    done = subprocess.run(["ip", "netns", "exec", space, "python3", "-c", code], capture_output=True, check=False)
    return done.returncode == 0


def space_of(pod):
    """The network namespace that holds a pod's address."""
    address = pod["status"]["podIP"]
    for line in run("ip", "netns", "list").splitlines():
        space = line.split()[0]
        if f"inet {address}/" in run("ip", "netns", "exec", space, "ip", "-4", "address", check=False):
            return space
    raise Failed(f"no network namespace has {address}")


def strangers(pod):
    """A pod that is none of the platform reaches the gateway, and nothing behind it."""
    space = space_of(pod)
    gateway = address_of("gateway")
    until("a stranger reaches the gateway", lambda: reaches(space, gateway, 4000), 30)
    for part in ("communities", CUT, "eldercare", "procurement"):
        if reaches(space, address_of(part), port_of(part, "grpc")):
            raise Failed(f"a pod of another namespace reaches {part} past the gateway")
    # From one service to another that is not its peer, and out of the house.
    inside = next(pod for pod in pods() if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "gateway")
    if reaches(space_of(inside), "10.250.0.1", 5432):
        raise Failed("the gateway reaches the database")


def cut_off(ask):
    """The way to one service is taken away and given back; the others answer meanwhile."""
    policy = f"networkpolicy/{RELEASE}-{CUT}"
    before = get(policy)["spec"]["ingress"]
    where = [pod["status"]["podIP"] for pod in pods()
             if pod["metadata"]["labels"]["app.kubernetes.io/component"] == CUT]

    def patch(ingress):
        kubectl("patch", policy, "--namespace", NAMESPACE, "--type=json",
                f"--patch={json.dumps([{'op': 'replace', 'path': '/spec/ingress', 'value': ingress}])}")

    theirs, others = "{ socialWorkers(first: 1) { nodes { id } } }", "{ communities(first: 1) { nodes { id } } }"
    patch([])
    try:
        # One call may fail for another reason: it is cut off once none comes through.
        failed = []

        def is_cut():
            # What is established is let through: the cut is for those who connect.
            for address in where:
                run("conntrack", "--delete", "--reply-src", address, check=False)
            errors = ask(theirs).get("errors")
            failed.append(errors) if errors else failed.clear()
            return failed[-1] if len(failed) >= IN_A_ROW else None
        errors, took = until(f"{CUT} is cut off", is_cut, 60 * IN_A_ROW)
        answer = ask(others)
        if "errors" in answer:
            raise Failed(f"with {CUT} cut off the others do not answer: {json.dumps(answer)[:300]}")
        say(f"   {errors[0]['extensions']['code']} after {took:.1f} s; the others answer")
    finally:
        patch(before)
    until(f"{CUT} is back", lambda: "errors" not in ask(theirs), 120)
