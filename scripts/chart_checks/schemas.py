"""Every object against the schema of its kind; unknown fields are refused."""

import functools
import importlib.resources
import json
import pathlib
import re

import jsonschema
import referencing

from rendering import CRDS, KUBERNETES, load, name_of

# Kinds that Kubernetes itself does not bring: the fields we use of them.
OTHERS = pathlib.Path(__file__).parent / "schemas.json"

# The package kubernetes-validate brings the schemas; its own validator reads
# them anew for each object, which takes minutes.
SCHEMAS = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"


@functools.cache
def definitions(version):
    path = SCHEMAS / f"v{version}-local-strict" / "_definitions.json"
    contents = json.loads(path.read_text(encoding="utf-8"))
    return (referencing.Resource.from_contents(contents) @ referencing.Registry()).crawl()


@functools.cache
def validator(version, api, kind):
    """None where Kubernetes knows no such kind."""
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api)
    path = SCHEMAS / f"v{version}-local-strict" / f"{kind.lower()}-{group}.json"
    if not path.is_file():
        return None
    schema = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, registry=definitions(version))


@functools.cache
def ours():
    """The kinds that our own definitions bring."""
    found = {}
    for path in (CRDS / "templates").glob("*.yaml"):
        spec = load(path)["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
                                     "metadata": {"type": "object"}}
            found[f"{spec['group']}/{version['name']}/{spec['names']['kind']}"] = schema
    return found


def strict(schema):
    """The API server drops unknown fields of a structural schema; here they are refused."""
    made = {key: strict(value) if key in ("items", "additionalProperties") and isinstance(value, dict) else value
            for key, value in schema.items() if key != "format"}
    if "properties" in schema:
        made["properties"] = {key: strict(value) for key, value in schema["properties"].items()}
        made.setdefault("additionalProperties", False)
    return made


@functools.cache
def others():
    known = json.loads(OTHERS.read_text(encoding="utf-8")) | ours()
    return {name: jsonschema.Draft202012Validator(schema) for name, schema in known.items()}


def check(rendered):
    for it in rendered.objects:
        for version in KUBERNETES:
            judge = others().get(f"{it['apiVersion']}/{it['kind']}") or validator(version, it["apiVersion"], it["kind"])
            if judge is None:
                yield f"{name_of(it)}: no schema of {it['apiVersion']} in Kubernetes {version}"
                continue
            for error in judge.iter_errors(it):
                path = ".".join(str(part) for part in error.path)
                yield f"{name_of(it)}: schema: {path}: {error.message}"
        if it["metadata"].get("namespace") != "sanshe":
            yield f"{name_of(it)}: is not in the namespace of the release"
