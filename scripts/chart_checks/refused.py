"""Values that must be refused at render, each with the words of its refusal."""

import copy

from rendering import CHART, CRDS, load, render

# (what, path, value, words of the refusal); None removes the key.
TABLE = [
    ("an unknown key at the top", "databse", {}, "databse"),
    ("an unknown key of the image", "image.tga", "1", "tga"),
    ("an unknown key of the defaults", "defaults.replica", 1, "replica"),
    ("an unknown key of a component", "components.gateway.replica", 1, "replica"),
    ("an unknown key of autoscaling", "defaults.autoscaling.max", 1, "max"),
    ("an unknown key of a place", "networkPolicy.postgres.cidr", "x", "cidr"),
    ("an unknown key of a peer", "networkPolicy.clients", [{"cidr": "x"}], "cidr"),
    ("an unknown key of monitoring", "monitoring.rule", {}, "rule"),
    ("no issuer", "auth.issuer", None, "auth/issuer"),
    ("signing keys from a place that nobody reads", "auth.jwksUrl", "ftp://a/jwks", "auth/jwksUrl"),
    ("an issuer that is no address", "auth.issuer", "login", "auth/issuer"),
    ("no Secret of the runtime role", "postgres.runtime", None, "existingSecret"),
    ("no Secret of the owner", "postgres.owner", None, "existingSecret"),
    ("no Secret of Redis", "redis.existingSecret", "", "redis/existingSecret"),
    ("no keys for personal data", "pii.existingSecret", "", "pii/existingSecret"),
    ("a password in the values", "postgres.password", "x", "password"),
    ("an address with a password in the settings", "defaults.settings",
     {"SANSHE_DATABASE_URL": "postgres://a:b@c"}, "SANSHE_DATABASE_URL'"),
    ("a key in the settings", "components.smartdata.settings", {"SANSHE_PII__KEY": "x"}, "SANSHE_PII__KEY'"),
    ("a setting that is none", "defaults.settings", {"PATH": "/"}, "PATH'"),
    ("one Secret for both roles", "postgres.owner.existingSecret", "sanshe-postgres", "Secret of the runtime role"),
    ("a renewal of keys without the owner's role", "migrations.enabled", False, "pii.renew needs the owner's role"),
    ("a key version that is previous and current", "pii.previous", [{"version": 0, "key": "k"}], "which is the current one"),
    ("a digest that is none", "image.digest", "sha256:12", "image/digest"),
    ("Ingress and HTTPRoute", "httpRoute", {"enabled": True, "parentRefs": [{"name": "a"}]}, "choose one"),
    ("an Ingress without TLS", "ingress.tlsSecret", "", "tlsSecret"),
    ("a grace period as long as drain and request", "components.gateway.terminationGracePeriodSeconds", 40,
     "must be longer than drainSeconds + requestTimeoutSeconds = 40"),
    ("a grace period shorter than drain and request", "defaults.terminationGracePeriodSeconds", 10, "must be longer"),
    ("an autoscaler upside down", "components.communities.autoscaling.maxReplicas", 1, "above maxReplicas"),
    ("a peer that is no component", "components.smartdata.peers", ["police"], "no component"),
    ("policies that do not know PostgreSQL", "networkPolicy.postgres.to", [], "networkPolicy.postgres.to is empty"),
    ("policies that do not know Redis", "networkPolicy.redis.to", [], "networkPolicy.redis.to is empty"),
    ("policies that do not know the issuer", "networkPolicy.issuer.to", [], "networkPolicy.issuer.to is empty"),
    ("traces that the policies stop", "networkPolicy.traces.to", [], "networkPolicy.traces.to"),
    ("metrics that the policies stop", "networkPolicy.scrapers", [], "networkPolicy.scrapers"),
    ("policies that do not know the API server", "networkPolicy.apiServer.to", [], "networkPolicy.apiServer.to is required"),
    ("policies that do not know the gateway's Redis", "networkPolicy.gatewayRedis.to", [],
     "networkPolicy.gatewayRedis.to is required"),
    ("a drain that ends before anybody notices", "defaults.drainSeconds", 3, "drainSeconds 3 is shorter than the 4 seconds"),
    ("a drain of one part that ends too early", "components.gateway.drainSeconds", 0, "components.gateway: drainSeconds 0"),
    ("a subgraph with the name of a part", "subgraphs.smartdata",
     {"url": "http://a:1", "to": [{"podSelector": {}}], "port": 1}, "has the name of a component"),
    ("a policy of changes that is none", "operator.breakingChanges", "Allow", "operator/breakingChanges"),
    ("a pin that is no digest", "operator.pin", "v3", "operator/pin"),
    ("an owner without a team", "operator.owner", {"team": ""}, "operator/owner"),
    ("an unknown key of the operator", "operator.replicas", 2, "replicas"),
    ("a password of the gateway's Redis in the settings", "components.gateway.settings",
     {"SANSHE_GATEWAY_REDIS__URL": "redis://:a@b"}, "SANSHE_GATEWAY_REDIS__URL'"),
    ("a database cluster without passwords", "postgres.cluster.runtimePassword", "", "postgres.cluster.ownerPassword and"),
    ("one password for both roles", "postgres.cluster.runtimePassword", "sanshe-owner-password", "are two Secrets"),
    ("a size that is none", "postgres.cluster.storage", {"size": "much"}, "size"),
    ("resources without a limit", "defaults.resources", {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": None}, "limits"),
]


def changed(values, path, value):
    values = copy.deepcopy(values)
    *folders, last = path.split(".")
    place = values
    for folder in folders:
        place = place.setdefault(folder, {})
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value
    return values


def check():
    # Everything is switched on there, without which some refusals cannot be.
    values = load(CHART / "ci/full-values.yaml")
    for what, path, value, words in TABLE:
        begin = values if path != "httpRoute" else changed(values, "ingress.enabled", True)
        if path == "pii.previous":
            begin = changed(begin, "pii.version", 0)
        try:
            render(changed(begin, path, value))
        except Exception as error:  # noqa: BLE001  Helm has many errors
            if words not in str(error):
                yield f"{what} is refused in other words: {str(error)[:300]}"
        else:
            yield f"{what} is not refused"
    try:
        render({"unknown": 1}, chart=CRDS)
    except Exception:  # noqa: BLE001
        pass
    else:
        yield "sanshe-crds takes an unknown key"
