"""Helm's own linter, and one for Kubernetes objects."""

import json
import pathlib
import subprocess
import sys
import tempfile

import yaml
from helm_python import lint

from rendering import CHART, CRDS, load, render

# Findings of checkov that are right about something we want as it is: of
# which kind of object, and why.
EXPLAINED = {
    "CKV_K8S_43": ("", "an image by digest is `image.digest`; minimal and full show the tag"),
    "CKV_K8S_15": ("", "a node that has the image of a digest or a version needs no registry to start a pod again"),
    "CKV_K8S_8": ("Pod.", "the pod of `helm test` asks one question and ends; nothing would restart it"),
    "CKV_K8S_38": (("Deployment.sanshe.city-sanshe-operator", "Job.sanshe.city-sanshe-withdraw"),
                   "these two talk to the API server, with rights of their own; nobody else has a token"),
    "CKV_K8S_9": ("Pod.", "the pod of `helm test` serves nobody"),
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


def checkov(files):
    """What checkov finds in each of the files, by name; one run for all."""
    with tempfile.TemporaryDirectory() as folder:
        for label, rendered in files.items():
            path = pathlib.Path(folder) / f"{label}.yaml"
            path.write_text(yaml.safe_dump_all(rendered.objects, allow_unicode=True), encoding="utf-8")
        command = [pathlib.Path(sys.executable).parent / "checkov", "--framework", "kubernetes", "--directory", folder,
                   "--output", "json", "--skip-download", "--quiet", "--compact"]
        run = subprocess.run(command, capture_output=True, text=True, check=False,
                             env={"PATH": "/usr/bin:/bin", "HOME": folder, "LOG_LEVEL": "ERROR"})
    try:
        report = json.loads(run.stdout)
    except json.JSONDecodeError:
        raise SystemExit(f"checkov said no JSON: {run.stderr[-300:]}") from None
    assert report["summary"]["passed"] > 100, "checkov looked at next to nothing"
    found = {label: [] for label in files}
    for failed in report["results"]["failed_checks"]:
        found[pathlib.Path(failed["file_path"]).stem].append(failed)
    return found


def objects(files):
    """Every finding is explained above or is one of ours to mend, and the
    linter finds what is wrong, or it is not worth its time."""
    broken = render(load(CHART / "ci/hardened-values.yaml"))
    pod = broken.find("Deployment", "city-sanshe-gateway")["spec"]["template"]["spec"]
    pod["containers"][0]["securityContext"]["privileged"] = True
    found = checkov({**files, "broken": broken})
    if "CKV_K8S_16" not in {failed["check_id"] for failed in found.pop("broken")}:
        yield "checkov does not notice a privileged container"
    seen = set()
    for label, those in found.items():
        for failed in those:
            kind, _ = EXPLAINED.get(failed["check_id"], (None, None))
            if kind is not None and failed["resource"].startswith(kind):
                seen.add(failed["check_id"])
            else:
                yield f"{label}: {failed['check_id']}: {failed['resource']}: {failed['check_name']}"
    for check in sorted(set(EXPLAINED) - seen):
        yield f"{check} is explained, but nothing finds it any more"
