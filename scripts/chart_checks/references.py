"""Every name that an object uses is there, early enough, or declared external."""

from rendering import name_of

# The order in which Helm installs; a hook comes at another time altogether.
BEFORE = ["NetworkPolicy", "PodDisruptionBudget", "ServiceAccount", "Secret", "ConfigMap", "PersistentVolumeClaim"]


def external(values):
    """Secrets and claims that values say exist already, and what else they name."""
    names = {("Secret", values["redis"]["existingSecret"]), ("Secret", values["pii"]["existingSecret"])}
    names.add(("Secret", values["redis"]["gateway"]["existingSecret"]))
    for role in ("runtime", "owner"):
        names.add(("Secret", values["postgres"][role]["existingSecret"]))
    names |= {("Secret", name) for name in values["image"]["pullSecrets"]}
    names.add(("Secret", values["audit"]["existingSecret"]))
    names.add(("Secret", values["ingress"]["tlsSecret"]))
    names.add(("ConfigMap", values["authorities"]["existingConfigMap"]))
    names.add(("PersistentVolumeClaim", values["audit"]["existingClaim"]))
    return {pair for pair in names if pair[1]}


def used(spec):
    """(kind, name) of everything that a pod needs before it starts."""
    for pull in spec.get("imagePullSecrets", []):
        yield "Secret", pull["name"]
    yield "ServiceAccount", spec.get("serviceAccountName", "default")
    for volume in spec.get("volumes", []):
        for source in [volume, *volume.get("projected", {}).get("sources", [])]:
            if "secret" in source:
                yield "Secret", source["secret"].get("secretName") or source["secret"]["name"]
            if "configMap" in source:
                yield "ConfigMap", source["configMap"]["name"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for container in spec.get("initContainers", []) + spec["containers"]:
        for variable in container.get("env", []):
            source = variable.get("valueFrom", {})
            for key, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if key in source:
                    yield kind, source[key]["name"]
        for source in container.get("envFrom", []):
            for key, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if key in source:
                    yield kind, source[key]["name"]


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", selector).items())


def check(rendered):
    outside = external(rendered.values)
    # The operator makes it; the gateway starts without it.
    outside |= {("ConfigMap", f"{it['metadata']['name']}-supergraph") for it in rendered.kind("Supergraph")}
    pods = list(rendered.pods())
    for owner, _, spec in pods:
        for kind, name in used(spec):
            if (kind, name) == ("ServiceAccount", "default") and owner["kind"] == "Pod":
                continue
            there = rendered.find(kind, name)
            if there is None:
                if (kind, name) not in outside:
                    yield f"{name_of(owner)}: uses {kind}/{name}, which nobody makes"
            elif "helm.sh/hook" in there["metadata"].get("annotations", {}):
                yield f"{name_of(owner)}: uses {kind}/{name}, which a hook makes"
            elif kind not in BEFORE:
                yield f"{name_of(owner)}: uses {kind}/{name}, which comes later"
        if secretly_mounted_twice(spec):
            yield f"{name_of(owner)}: two mounts at one path"
    owner_secret = rendered.values["postgres"]["owner"]["existingSecret"]
    for owner, _, spec in pods:
        if owner["kind"] != "Job" and ("Secret", owner_secret) in set(used(spec)):
            yield f"{name_of(owner)}: sees the address of the role that owns the schemas"
    for it in rendered.kind("Secret"):
        yield f"{name_of(it)}: secrets come from outside, the chart makes none"
    yield from selected(rendered, pods)


def secretly_mounted_twice(spec):
    for container in spec["containers"]:
        paths = [mount["mountPath"] for mount in container.get("volumeMounts", [])]
        if len(paths) != len(set(paths)):
            return True
    return False


def selected(rendered, pods):
    for service in rendered.kind("Service"):
        chosen = [spec for owner, meta, spec in pods if matches(service["spec"]["selector"], meta["labels"])]
        if len(chosen) != 1:
            yield f"{name_of(service)}: selects {len(chosen)} kinds of pods"
            continue
        named = {port.get("name") for container in chosen[0]["containers"] for port in container.get("ports", [])}
        for port in service["spec"]["ports"]:
            if port.get("targetPort") not in named or not port.get("name"):
                yield f"{name_of(service)}: port {port.get('port')} goes to no named port"
    for it in rendered.kind("Deployment"):
        if not matches(it["spec"]["selector"], it["spec"]["template"]["metadata"]["labels"]):
            yield f"{name_of(it)}: does not select its own pods"
        guards = [pdb for pdb in rendered.kind("PodDisruptionBudget")
                  if matches(pdb["spec"]["selector"], it["spec"]["template"]["metadata"]["labels"])]
        if len(guards) != (0 if it["spec"]["strategy"]["type"] == "Recreate" else 1):
            yield f"{name_of(it)}: has {len(guards)} disruption budgets"
        scaled = [hpa for hpa in rendered.kind("HorizontalPodAutoscaler")
                  if hpa["spec"]["scaleTargetRef"]["name"] == it["metadata"]["name"]]
        if bool(scaled) == ("replicas" in it["spec"]):
            yield f"{name_of(it)}: its replicas are decided by two, or by nobody"
    for it in rendered.kind("RoleBinding"):
        for kind, name in [("Role", it["roleRef"]["name"])] + [(who["kind"], who["name"]) for who in it["subjects"]]:
            if rendered.find(kind, name) is None:
                yield f"{name_of(it)}: binds {kind}/{name}, which nobody makes"
    yield from graph(rendered)
    for it in rendered.kind("Ingress", "HTTPRoute"):
        for rule in it["spec"]["rules"]:
            for backend in backends(rule):
                if rendered.find("Service", backend) is None:
                    yield f"{name_of(it)}: leads to {backend}, which is no Service"


def graph(rendered):
    """Every Subgraph is in the graph; ours lead to a port of a Service."""
    supergraphs = rendered.kind("Supergraph")
    for it in rendered.kind("Subgraph"):
        if not any(matches(graph["spec"]["selector"], it["metadata"]["labels"]) for graph in supergraphs):
            yield f"{name_of(it)}: no Supergraph selects it"
        host, _, port = it["spec"]["endpoint"].removeprefix("grpc://").rpartition(":")
        service = rendered.find("Service", host)
        if it["metadata"]["name"] in rendered.values["components"] and (
                service is None or int(port) not in {one["port"] for one in service["spec"]["ports"]}):
            yield f"{name_of(it)}: leads to {it['spec']['endpoint']}, which is no port of a Service"


def backends(rule):
    for reference in rule.get("backendRefs", []):
        yield reference["name"]
    for path in rule.get("http", {}).get("paths", []):
        yield path["backend"]["service"]["name"]
