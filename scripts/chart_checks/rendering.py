"""What a chart renders to, as objects."""

import copy
import pathlib

import yaml
from helm_python import Chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/sanshe"
CRDS = ROOT / "charts/sanshe-crds"
RELEASE = "city"
NAMESPACE = "sanshe"

# What is asked for is asked of the oldest and of the newest that we know.
KUBERNETES = ("1.34.0", "1.37.0")


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def values_files():
    files = sorted((CHART / "ci").glob("*-values.yaml"))
    assert files, "charts/sanshe/ci holds no values file, so nothing would be checked"
    return files


class Rendered:
    """The objects of one rendering, and what it was made of."""

    def __init__(self, objects, values, texts):
        self.objects = objects
        self.values = values
        self.texts = texts

    def kind(self, *kinds):
        return [it for it in self.objects if it["kind"] in kinds]

    def find(self, kind, name):
        for it in self.objects:
            if it["kind"] == kind and it["metadata"]["name"] == name:
                return it
        return None

    def pods(self):
        """Every pod as (owner, metadata, spec)."""
        for it in self.objects:
            if it["kind"] == "Pod":
                yield it, it["metadata"], it["spec"]
            elif it["kind"] in ("Deployment", "Job"):
                template = it["spec"]["template"]
                yield it, template["metadata"], template["spec"]

    def copy(self):
        return Rendered(copy.deepcopy(self.objects), self.values, self.texts)


def name_of(it):
    return f"{it['kind']}/{it['metadata']['name']}"


def render(values, chart=CHART, **options):
    options.setdefault("name", RELEASE)
    options.setdefault("namespace", NAMESPACE)
    with Chart.load(str(chart)) as loaded:
        texts = loaded.render(values, **options)
        merged = loaded.merge_values(values)
    objects = []
    for path in sorted(texts):
        if path.endswith("NOTES.txt"):
            continue
        for document in yaml.safe_load_all(texts[path]):
            if document:
                objects.append(document)
    return Rendered(objects, merged, texts)
