"""The edges that the policies open are those of the picture, from both ends."""

import json
import pathlib

from references import matches
from rendering import load, name_of

PICTURE = pathlib.Path(__file__).parent / "picture.yaml"


def wanted(values):
    picture = load(PICTURE)
    edges = set()
    for edge in picture["edges"]:
        when = edge.get("when")
        if not all(at(values, path) for path in (when if isinstance(when, list) else [when])):
            continue
        for start in names(picture, edge["from"]):
            for end in names(picture, edge["to"]):
                edges.add((start, end, edge.get("port", "")))
    return edges


def names(picture, name):
    return picture["services"] if name == "services" else [name]


def at(values, path):
    if path is None:
        return True
    for part in path.split("."):
        values = values.get(part)
    return bool(values)


def places(values):
    """Peers and port of a place outside → its name."""
    policy = values["networkPolicy"]
    known = {}
    for name in ("dns", "postgres", "redis", "gatewayRedis", "issuer", "traces", "apiServer"):
        if policy[name]["to"]:
            known[key(policy[name]["to"], policy[name]["port"])] = name
    for subgraph in values["subgraphs"].values():
        known[key(subgraph["to"], subgraph["port"])] = "subgraphs"
    return known


def key(peers, port):
    return json.dumps([peers, port], sort_keys=True)


def check(rendered):
    if not rendered.values["networkPolicy"]["enabled"]:
        return
    policy = rendered.values["networkPolicy"]
    callers = {json.dumps(policy[name], sort_keys=True): name
               for name in ("scrapers", "departments", "clients") if policy[name]}
    pods = {meta["labels"]["app.kubernetes.io/component"]: meta["labels"] for _, meta, _ in rendered.pods()}
    covered, into, out = {"Ingress": set(), "Egress": set()}, set(), set()
    denied = set()
    for it in rendered.kind("NetworkPolicy"):
        spec = it["spec"]
        mine = [name for name, labels in pods.items() if matches(spec["podSelector"], labels)]
        if not mine and rendered.values["migrations"]["enabled"]:
            yield f"{name_of(it)}: selects no pod"
        for side in spec.get("policyTypes", []):
            covered[side] |= set(mine)
            if not spec.get(side.lower()):
                denied |= {(name, side) for name in mine}
        for name in mine:
            yield from way(it, name, spec.get("ingress", []), "from", callers, pods, into)
            yield from way(it, name, spec.get("egress", []), "to", places(rendered.values), pods, out)
    for name in pods:
        for side in ("Ingress", "Egress"):
            if name not in covered[side]:
                yield f"{name}: no policy denies its {side.lower()}"
            if (name, side) not in denied:
                yield f"{name}: its {side.lower()} is open by default"
    expected = wanted(rendered.values)
    inside = {edge for edge in expected if edge[0] in pods and edge[1] in pods}
    for said, seen, those in (
        ("ingress", into, {edge for edge in expected if edge[1] in pods}),
        ("egress", out, {edge for edge in expected if edge[0] in pods}),
    ):
        for edge in sorted(those - seen):
            yield f"{said}: {arrow(edge)} of the picture is closed"
        for edge in sorted(seen - those):
            yield f"{said}: {arrow(edge)} is open and not in the picture"
    for edge in sorted(inside - (into & out)):
        yield f"{arrow(edge)} is open from one end only"


def arrow(edge):
    return f"{edge[0]} → {edge[1]}" + (f" ({edge[2]})" if edge[2] else "")


def way(it, name, rules, side, outside, pods, found):
    for rule in rules:
        peers, ports = rule.get(side), rule.get("ports")
        if not peers or not ports:
            yield f"{name_of(it)}: {name}: a way {side} everywhere"
            continue
        for port in ports:
            known = outside.get(key(peers, port["port"]) if side == "to" else json.dumps(peers, sort_keys=True))
            if known:
                mark = "" if side == "to" else port["port"]
                found.add((name, known, "") if side == "to" else (known, name, mark))
                continue
            for peer in peers:
                selector = peer.get("podSelector")
                ends = [other for other, labels in pods.items() if selector and matches(selector, labels)]
                if set(peer) != {"podSelector"} or not ends:
                    yield f"{name_of(it)}: {name}: a way {side} {json.dumps(peer)}, which nobody is"
                for end in ends:
                    found.add((name, end, port["port"]) if side == "to" else (end, name, port["port"]))
