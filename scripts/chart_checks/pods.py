"""Restricted PodSecurity, probes, resources, ports and the order of a stop."""

from rendering import name_of

# What the restricted profile lets a pod mount, and what of it we use.
VOLUMES = {"configMap", "emptyDir", "projected", "secret", "persistentVolumeClaim", "name"}
# Who talks to the API server, and holds a token for it.
TOKENS = {"operator", "withdraw"}
PROBES = {"startupProbe": "/health/live", "livenessProbe": "/health/live", "readinessProbe": "/health/ready"}


def check(rendered):
    for owner, metadata, spec in rendered.pods():
        said = name_of(owner)
        for finding in pod(metadata, spec):
            yield f"{said}: {finding}"
        for container in spec.get("initContainers", []) + spec["containers"]:
            for finding in contained(owner, container):
                yield f"{said}: {container['name']}: {finding}"
        if owner["kind"] == "Deployment":
            for finding in served(owner, metadata, spec):
                yield f"{said}: {finding}"


def pod(metadata, spec):
    security = spec.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "pod security: runs as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "pod security: no seccomp profile"
    for switch in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
        if spec.get(switch):
            yield f"pod security: {switch}"
    for volume in spec.get("volumes", []):
        if set(volume) - VOLUMES:
            yield f"pod security: volume {volume['name']} is of a kind that restricted refuses"
        if "emptyDir" in volume and not (volume["emptyDir"] or {}).get("sizeLimit"):
            yield f"volume {volume['name']} has no size limit"
        for source in volume.get("projected", {}).get("sources", []):
            if "serviceAccountToken" in source:
                yield "mounts a token of the API server"
    entitled = metadata.get("labels", {}).get("app.kubernetes.io/component") in TOKENS
    if spec.get("automountServiceAccountToken") is not entitled:
        yield "has no token of the API server" if entitled else "mounts a token of the API server"
    if spec.get("enableServiceLinks") is not False:
        yield "variables of Services would be read as settings"


def contained(owner, container):
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False or security.get("privileged"):
        yield "pod security: privileges may grow"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "the root file system can be written"
    capabilities = security.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
        yield "pod security: capabilities are kept"
    resources = container.get("resources", {})
    for side in ("requests", "limits"):
        for what in ("cpu", "memory"):
            if not resources.get(side, {}).get(what):
                yield f"no {side} of {what}"
    for port in container.get("ports", []):
        if not port.get("name"):
            yield f"port {port['containerPort']} has no name"
        if port.get("hostPort"):
            yield "pod security: a port of the host"
    for variable in container.get("env", []):
        if "secretKeyRef" in variable.get("valueFrom", {}):
            yield f"{variable['name']} is a secret in a variable"
        if "://" in variable.get("value", "") and "@" in variable["value"]:
            yield f"{variable['name']} holds a password"


def seconds(container, *names):
    for variable in container.get("env", []):
        if variable["name"] in names:
            return int(variable["value"]) / 1000
    return None


def served(owner, metadata, spec):
    (container,) = spec["containers"]
    ports = {port.get("name") for port in container.get("ports", [])}
    for probe, path in PROBES.items():
        said = container.get(probe, {}).get("httpGet")
        if not said:
            yield f"no {probe}"
        elif said.get("port") not in ports:
            yield f"{probe} asks a port without that name: {said.get('port')}"
        elif said.get("path") != path:
            yield f"{probe} asks {said.get('path')}"
    if owner["spec"]["strategy"]["type"] == "Recreate":
        # One pod that serves nobody: it may be away.
        if owner["spec"].get("replicas") != 1:
            yield "is one pod, or two at once would do its work"
        return
    drain = seconds(container, "SANSHE_DRAIN_DELAY_MS", "SANSHE_GATEWAY_HTTP__DRAIN_MILLIS")
    request = seconds(container, "SANSHE_REQUEST_TIMEOUT_MS", "SANSHE_GATEWAY_LIMITS__REQUEST_MILLIS")
    if drain is None or request is None:
        yield "the order of a stop is not set"
    elif int(spec.get("terminationGracePeriodSeconds", 30)) <= drain + request:
        yield "the grace period is no longer than drain and request together"
    readiness = container.get("readinessProbe", {})
    noticed = readiness.get("periodSeconds", 10) * readiness.get("failureThreshold", 3)
    if drain is not None and drain < noticed:
        yield f"the drain ends before the probe notices: {drain} s, {noticed} s"
    if owner["spec"]["strategy"]["rollingUpdate"].get("maxUnavailable") != 0:
        yield "a pod goes before its successor is ready"
    spread = {it["topologyKey"] for it in spec.get("topologySpreadConstraints", [])}
    if spread != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
        yield "is not spread over zones and nodes"
