"""The chart says what the code does: parts, peers, settings, migrations."""

import hashlib
import re

import yaml

from rendering import CHART, ROOT, load

DIGEST = CHART / "files/migrations.sha256"


def services():
    text = (ROOT / "src/services.rs").read_text(encoding="utf-8")
    return re.findall(r"\w+", re.search(r"(?m)^services!\(([^)]*)\);", text).group(1))


def peers(service):
    found = set()
    for path in (ROOT / "services" / service / "src").rglob("*.rs"):
        found |= set(re.findall(r'core\.peer\("(\w+)"\)', path.read_text(encoding="utf-8")))
    return sorted(found)


def fields(*paths):
    found = set()
    for path in paths:
        found |= set(re.findall(r"(?m)^\s+pub (\w+):", (ROOT / path).read_text(encoding="utf-8")))
    return found


def digest():
    whole = hashlib.sha256()
    files = sorted(ROOT.glob("services/*/migrations/*.sql"), key=lambda path: path.relative_to(ROOT).as_posix())
    for path in files:
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def check(rendered):
    components = rendered.values["components"]
    known = services()
    parts = {name: it for name, it in components.items() if it["kind"] == "service"}
    if sorted(parts) != sorted(known):
        yield f"the services are {sorted(known)}, the chart has {sorted(parts)}"
    for name, it in parts.items():
        if name in known and sorted(it["peers"]) != peers(name):
            yield f"{name}: calls {peers(name)}, the chart says {sorted(it['peers'])}"
    if sorted(components["gateway"]["peers"]) != sorted(known):
        yield "the gateway does not ask every service"
    settings = fields("services/kit/src/config.rs") | {"config", "secrets"}
    graph = fields(*(path.relative_to(ROOT) for path in (ROOT / "gateway/src").rglob("config*.rs")),
                   *(path.relative_to(ROOT) for path in (ROOT / "gateway/src/config").glob("*.rs")))
    # Where the graph comes from is one of several.
    source = (ROOT / "gateway/src/config.rs").read_text(encoding="utf-8").split("pub enum Source {")[1].split("\n}")[0]
    graph |= {name.lower() for name in re.findall(r"(?m)^\s+(\w+)\(", source)}
    # Options of commands that a variable can give.
    options = {name for path in (ROOT / "src/cli").glob("*.rs")
               for name in re.findall(r'env = "(\w+)"', path.read_text(encoding="utf-8"))}
    # What libraries read.
    options.add("SSL_CERT_FILE")
    yield from rights(rendered)
    for owner, _, spec in rendered.pods():
        for container in spec["containers"]:
            for variable in container.get("env", []):
                if variable["name"] not in options:
                    yield from unknown(variable["name"], settings, graph)
        for volume in spec.get("volumes", []):
            for source in volume.get("projected", {}).get("sources", []):
                for item in source.get("secret", {}).get("items", []):
                    yield from unknown("SANSHE_" + item["path"].upper(), settings, graph)


def rights(rendered):
    """The operator's rights are those that its tests run with."""
    tested = yaml.safe_load_all((ROOT / "k8s/operator/rbac.yaml").read_text(encoding="utf-8"))
    (rules,) = [it["rules"] for it in tested if it["kind"] == "Role"]
    for it in rendered.kind("Role"):
        if it["metadata"]["labels"]["app.kubernetes.io/component"] == "operator" and it["rules"] != rules:
            yield f"Role/{it['metadata']['name']}: not the rules of k8s/operator/rbac.yaml"


def unknown(variable, settings, graph):
    path = variable.removeprefix("SANSHE_").lower()
    known = settings
    if path.startswith("gateway_") and path != "gateway_config":
        path, known = path.removeprefix("gateway_"), graph
    for part in path.split("__")[: 1 if path.startswith("peers") else 2]:
        if part not in known and not part.isdigit() and path != "gateway_config":
            yield f"{variable}: the code knows no such setting"


def stale(write):
    if write:
        DIGEST.write_text(digest() + "\n", encoding="utf-8")
    elif DIGEST.read_text(encoding="utf-8").strip() != digest():
        yield f"{DIGEST.relative_to(ROOT)} is not of these migrations: run `scripts/charts write`"


def versions():
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    version = re.search(r'(?m)^version = "(.*)"', cargo).group(1)
    for chart in ("sanshe", "sanshe-crds"):
        about = load(ROOT / "charts" / chart / "Chart.yaml")
        if about["appVersion"] != version:
            yield f"charts/{chart}: appVersion is {about['appVersion']}, the platform is {version}"
