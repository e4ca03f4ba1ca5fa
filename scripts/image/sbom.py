"""The list of what is inside, as CycloneDX: crates from Cargo.lock, and the
shared libraries that go along. Sorted and without a time, so that the same
contents give the same list."""

import hashlib
import json
import os
import pathlib
import subprocess
import tomllib


def crates(root, version):
    """What the binary is made of: the normal dependencies, from cargo's own graph."""
    run = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target()],
        cwd=root, capture_output=True, text=True, check=True)
    graph = json.loads(run.stdout)
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    (start,) = [package["id"] for package in graph["packages"]
                if package["name"] == "sanshe" and package["version"] == version]
    seen, todo = set(), [start]
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        for dependency in nodes[one]["deps"]:
            # Build scripts and tests are not in the binary.
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    return sorted((p for p in graph["packages"] if p["id"] in seen), key=lambda p: (p["name"], p["version"]))


def target():
    run = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True)
    return next(line.split()[1] for line in run.stdout.splitlines() if line.startswith("host:"))


def write(path, root, version, libraries):
    """Writes the list and answers how many components it has."""
    lock = tomllib.loads((root / "Cargo.lock").read_text(encoding="utf-8"))
    sums = {(p["name"], p["version"]): p.get("checksum") for p in lock["package"]}
    components = []
    for package in crates(root, version):
        name, of = package["name"], package["version"]
        one = {"type": "library", "name": name, "version": of, "purl": f"pkg:cargo/{name}@{of}",
               "bom-ref": f"pkg:cargo/{name}@{of}"}
        if package.get("license"):
            one["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        if sums.get((name, of)):
            one["hashes"] = [{"alg": "SHA-256", "content": sums[name, of]}]
        components.append(one)
    for library in libraries:
        data = pathlib.Path(os.path.realpath(library)).read_bytes()
        components.append({"type": "library", "name": os.path.basename(library), "bom-ref": f"file:{library}",
                           "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}]})
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "sanshe", "version": version,
                                   "bom-ref": "sanshe", "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": components,
    }
    path.write_text(json.dumps(bom, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(components)
