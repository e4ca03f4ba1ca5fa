#!/usr/bin/env python3
"""Two builds of one binary are one image, another binary is another, and what
is inside is what was meant. Needs no built platform: any program will do."""

import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def build(folder, binary, label):
    out = pathlib.Path(folder) / f"{label}.tar"
    run = subprocess.run([sys.executable, HERE / "build.py", "--binary", binary, "--output", out,
                          "--sbom", out.with_suffix(".json")], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return out


def main():
    program = shutil.which("true")
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "program"
        shutil.copy(program, copy)
        first, second = build(folder, program, "first"), build(folder, copy, "second")
        assert first.read_bytes() == second.read_bytes(), "two builds of one binary differ"
        lists = [path.with_suffix(".json").read_bytes() for path in (first, second)]
        assert lists[0] == lists[1], "two lists of one binary differ"
        names = {one["name"] for one in json.loads(lists[0])["components"]}
        assert {"tokio", "sanshe-kit", "libc.so.6"} <= names, "the list lacks what is inside"
        assert "insta" not in names, "the list has what only tests use"
        copy.write_bytes(copy.read_bytes() + b"\0")
        assert build(folder, copy, "other").read_bytes() != first.read_bytes(), "another binary is the same image"
        with tarfile.open(first) as archive:
            read = lambda name: archive.extractfile(name).read()
            blob = lambda it: read("blobs/" + it["digest"].replace(":", "/"))
            manifest = json.loads(blob(json.loads(read("index.json"))["manifests"][0]))
            config = json.loads(blob(manifest["config"]))
            layer = tarfile.open(fileobj=io.BytesIO(blob(manifest["layers"][0])), mode="r:gz")
        assert config["config"]["User"] == "65532:65532", "the image runs as root"
        entries = {entry.name: entry for entry in layer.getmembers()}
        assert list(entries) == sorted(entries), "entries are not sorted"
        assert all(entry.mtime == 0 and entry.uid == 0 for entry in entries.values()), "an entry has a time or an owner"
        for name in ("usr/bin/sanshe", "etc/ssl/certs/ca-certificates.crt", "etc/passwd"):
            assert name in entries, f"{name} is missing"
        assert entries["tmp"].mode == 0o1777, "/tmp cannot be written"
        assert any("libc.so" in name for name in entries), "the libraries are missing"
        assert not any(name.endswith(("/sh", "/bash")) for name in entries), "there is a shell"
        folder = pathlib.Path(folder) / "root"
        subprocess.run([sys.executable, HERE / "build.py", "--binary", program, "--folder", folder], check=True)
        unpacked = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
        assert unpacked == set(entries), "the Containerfile's file system is another one"
    print("the image is reproducible and holds what it should")


main()
