"""Every object against the schema of its kind; unknown fields are refused."""

import json
import pathlib

import jsonschema
import kubernetes_validate

from rendering import KUBERNETES, name_of

# Kinds that Kubernetes itself does not bring: the fields we use of them.
OTHERS = pathlib.Path(__file__).parent / "schemas.json"


def check(rendered):
    others = json.loads(OTHERS.read_text(encoding="utf-8"))
    for it in rendered.objects:
        own = others.get(f"{it['apiVersion']}/{it['kind']}")
        for version in KUBERNETES:
            try:
                if own:
                    jsonschema.Draft202012Validator(own).validate(it)
                else:
                    kubernetes_validate.validate(it, version, strict=True)
            except kubernetes_validate.SchemaNotFoundError:
                yield f"{name_of(it)}: no schema of {it['apiVersion']} in Kubernetes {version}"
            except jsonschema.ValidationError as error:
                path = ".".join(str(part) for part in error.path)
                yield f"{name_of(it)}: schema: {path}: {error.message}"
        if it["metadata"].get("namespace") != "sanshe":
            yield f"{name_of(it)}: is not in the namespace of the release"
