"""The same values render to the same objects; a new chart version changes no selector."""

import pathlib
import re
import shutil
import tempfile

from rendering import CHART, name_of, render


def check(values):
    first = render(values)
    again = render(values, is_upgrade=True, revision=7)
    if first.texts != {path: text for path, text in again.texts.items()}:
        yield "an upgrade with the same values renders something else"
    later = at_version(values, "9.9.9", None)
    yield from compare(first, later)
    moved = at_version(values, "9.9.9", "9.9.9")
    yield from selectors(first, moved)
    if names(first, "Job") == names(moved, "Job") and not values.get("image", {}).get("digest") \
            and not values.get("image", {}).get("tag") and names(first, "Job"):
        yield "another image has the migration Job of this one"


def at_version(values, chart, app):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "sanshe"
        shutil.copytree(CHART, copy)
        about = copy / "Chart.yaml"
        text = re.sub(r"(?m)^version: .*$", f"version: {chart}", about.read_text(encoding="utf-8"))
        if app:
            text = re.sub(r"(?m)^appVersion: .*$", f'appVersion: "{app}"', text)
        about.write_text(text, encoding="utf-8")
        return render(values, chart=copy)


def names(rendered, kind):
    return sorted(it["metadata"]["name"] for it in rendered.kind(kind))


def compare(old, new):
    """A new version of the chart alone restarts nothing and migrates nothing."""
    yield from selectors(old, new)
    if names(old, "Job") != names(new, "Job"):
        yield "a new version of the chart alone makes another migration Job"
    for it in old.kind("Deployment"):
        other = new.find("Deployment", it["metadata"]["name"])
        if other and other["spec"]["template"] != it["spec"]["template"]:
            yield f"{name_of(it)}: a new version of the chart alone restarts its pods"


def selectors(old, new):
    """What Kubernetes never lets change."""
    for it in old.objects:
        if it["kind"] == "Job":
            continue
        other = new.find(it["kind"], it["metadata"]["name"])
        if other is None:
            yield f"{name_of(it)}: has another name in the next version"
        elif (it.get("spec") or {}).get("selector") != (other.get("spec") or {}).get("selector"):
            yield f"{name_of(it)}: its selector changes with the version"
