"""Helm's own linter, and one for Kubernetes objects."""

import json
import pathlib
import subprocess
import sys
import tempfile

import yaml
from helm_python import lint

from rendering import CHART, CRDS, load

# Findings of checkov that are right about something we want as it is.
EXPLAINED = {
    "CKV_K8S_43": "an image by digest is `image.digest`; minimal and full show the tag",
    "CKV_K8S_15": "a node that has the image of a digest or a version needs no registry to start a pod again",
    "CKV_K8S_40": "65532 is the user of the image; ids above 10000 are what the check wants and this is one",
}


def helm(values):
    for chart, given in ((CHART, values), (CRDS, {})):
        report = lint(str(chart), given, strict=True, namespace="sanshe")
        for message in report["messages"]:
            # 1 is information, such as that a chart could have a picture.
            if message["severity"] > 1:
                yield f"helm lint: {chart.name}: {message['path']}: {message['error']}"
        for error in report["errors"]:
            yield f"helm lint: {chart.name}: {error}"


def objects(rendered, label):
    """Every finding is explained above or is one of ours to mend."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{label}.yaml"
        path.write_text(yaml.safe_dump_all(rendered.objects, allow_unicode=True), encoding="utf-8")
        command = [pathlib.Path(sys.executable).parent / "checkov", "--framework", "kubernetes", "--file", path,
                   "--output", "json", "--skip-download", "--quiet", "--compact"]
        run = subprocess.run(command, capture_output=True, text=True, check=False,
                             env={"PATH": "/usr/bin:/bin", "HOME": folder, "LOG_LEVEL": "ERROR"})
    try:
        report = json.loads(run.stdout)
    except json.JSONDecodeError:
        yield f"checkov said no JSON: {run.stderr[-300:]}"
        return
    if report["summary"]["passed"] == 0:
        yield "checkov looked at nothing"
    for failed in report["results"]["failed_checks"]:
        if failed["check_id"] not in EXPLAINED:
            yield f"{failed['check_id']}: {failed['resource']}: {failed['check_name']}"
    seen.update(failed["check_id"] for failed in report["results"]["failed_checks"])


seen = set()


def unused():
    for check in sorted(set(EXPLAINED) - seen):
        yield f"{check} is explained, but nothing finds it any more"


def strict():
    """The linter finds what is wrong, or it is not worth its time."""
    from rendering import render
    whole = render(load(CHART / "ci/hardened-values.yaml")).copy()
    pod = whole.find("Deployment", "city-sanshe-gateway")["spec"]["template"]["spec"]
    pod["containers"][0]["securityContext"]["privileged"] = True
    if not any("CKV_K8S_16" in finding for finding in objects(whole, "broken")):
        yield "checkov does not notice a privileged container"
