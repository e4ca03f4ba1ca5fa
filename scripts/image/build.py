#!/usr/bin/env python3
"""One OCI image as a tar archive, without a registry, a daemon or root.

    scripts/image/build.py [--binary FILE] [--output FILE] [--name NAME] [--sbom FILE]

It holds the binary with the libraries it is linked against, the roots of TLS,
one user and /tmp, and nothing else: no shell, no package manager. Entries are
sorted and every time is zero, so the same binary on the same libraries gives
the same digest. Loads with `ctr images import`, `podman load`, `skopeo copy
oci-archive:…`.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tarfile

import sbom

ROOT = pathlib.Path(__file__).resolve().parents[2]
USER = 65532
EPOCH = "1970-01-01T00:00:00Z"
ROOTS = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
]
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
MEDIA = "application/vnd.oci.image."


def version():
    text = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return re.search(r'(?m)^version = "(.*)"', text).group(1)


def libraries(binary):
    """What the loader would load, by the paths it looks for."""
    run = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False)
    if "not a dynamic executable" in run.stdout + run.stderr or "statically linked" in run.stdout:
        return []
    if run.returncode != 0 or "not found" in run.stdout:
        sys.exit(f"image: the libraries of {binary} cannot be told: {run.stdout}{run.stderr}")
    return sorted(set(re.findall(r"(?:=> )?(/\S+) \(0x", run.stdout)))


class Files:
    """The file system, as sorted entries."""

    def __init__(self):
        self.entries = {}

    def folder(self, path, mode=0o755):
        self.entries[path.strip("/")] = (tarfile.DIRTYPE, mode, b"")

    def file(self, path, data, mode=0o644):
        self.entries[path.strip("/")] = (tarfile.REGTYPE, mode, data)
        for parent in pathlib.PurePosixPath(path.strip("/")).parents:
            if str(parent) != "." and str(parent) not in self.entries:
                self.folder(str(parent))

    def unpack(self, folder):
        for path in sorted(self.entries):
            kind, mode, data = self.entries[path]
            place = folder / path
            if kind == tarfile.DIRTYPE:
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.write_bytes(data)
            place.chmod(mode)

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path in sorted(self.entries):
                kind, mode, data = self.entries[path]
                entry = tarfile.TarInfo(path)
                entry.type, entry.mode, entry.size = kind, mode, len(data)
                tar.addfile(entry, io.BytesIO(data))
        return out.getvalue()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def encoded(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def file_system(binary, roots):
    files = Files()
    files.file("/usr/bin/sanshe", pathlib.Path(binary).read_bytes(), 0o755)
    for path in libraries(binary):
        files.file(path, pathlib.Path(os.path.realpath(path)).read_bytes(), 0o755)
    files.file("/etc/ssl/certs/ca-certificates.crt", pathlib.Path(roots).read_bytes())
    files.file("/etc/passwd", f"sanshe:x:{USER}:{USER}::/tmp:/usr/sbin/nologin\n".encode())
    files.file("/etc/group", f"sanshe:x:{USER}:\n".encode())
    files.file("/etc/nsswitch.conf", b"hosts: files dns\n")
    files.folder("/tmp", 0o1777)
    return files


def image(binary, name, roots):
    """The blobs of the image by digest, its index, and the digest of its manifest."""
    machine = MACHINES.get(platform.machine()) or sys.exit(f"image: unknown machine {platform.machine()}")
    layer = file_system(binary, roots).tar()
    # The time and the name of a gzip stream are part of its bytes.
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0, compresslevel=6) as stream:
        stream.write(layer)
    packed = packed.getvalue()
    config = encoded({
        "architecture": machine,
        "os": "linux",
        "created": EPOCH,
        "config": {
            "Entrypoint": ["/usr/bin/sanshe"],
            "User": f"{USER}:{USER}",
            "WorkingDir": "/tmp",
            "Env": ["PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
            "StopSignal": "SIGTERM",
            "Labels": {
                "org.opencontainers.image.title": "sanshe",
                "org.opencontainers.image.version": version(),
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": EPOCH, "created_by": "scripts/image"}],
    })
    manifest = encoded({
        "schemaVersion": 2,
        "mediaType": MEDIA + "manifest.v1+json",
        "config": {"mediaType": MEDIA + "config.v1+json", "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": MEDIA + "layer.v1.tar+gzip", "digest": digest(packed), "size": len(packed)}],
    })
    index = encoded({
        "schemaVersion": 2,
        "mediaType": MEDIA + "index.v1+json",
        "manifests": [{
            "mediaType": MEDIA + "manifest.v1+json",
            "digest": digest(manifest),
            "size": len(manifest),
            "platform": {"architecture": machine, "os": "linux"},
            "annotations": {
                "io.containerd.image.name": name,
                "org.opencontainers.image.ref.name": name.rsplit(":", 1)[1],
            },
        }],
    })
    return {digest(blob): blob for blob in (config, packed, manifest)}, index, digest(manifest), len(layer)


def write(path, blobs, index):
    with tarfile.open(path, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        def put(name, data):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        put("index.json", index)
        for name in sorted(blobs):
            put("blobs/" + name.replace(":", "/"), blobs[name])


def main():
    ask = argparse.ArgumentParser(description="One OCI image of the platform, without a registry or a daemon.")
    ask.add_argument("--binary", default=ROOT / "target/release/sanshe")
    ask.add_argument("--output", type=pathlib.Path, default=ROOT / "target/image/sanshe.tar")
    ask.add_argument("--name", default=f"localhost/sanshe:{version()}")
    ask.add_argument("--roots", default=next((path for path in ROOTS if os.path.exists(path)), None),
                     help="the bundle of TLS roots; the one of this machine unless given: look at what you ship")
    ask.add_argument("--folder", type=pathlib.Path,
                     help="write the file system into this folder instead, for a Containerfile")
    ask.add_argument("--sbom", type=pathlib.Path, default=ROOT / "target/image/sanshe.cdx.json")
    given = ask.parse_args()
    if not given.roots:
        sys.exit("image: this machine has no bundle of TLS roots (apt-get install ca-certificates)")
    if given.folder:
        file_system(given.binary, given.roots).unpack(given.folder)
        return
    if ":" not in given.name.rsplit("/", 1)[-1]:
        sys.exit(f"image: {given.name} has no tag")
    blobs, index, made, unpacked = image(given.binary, given.name, given.roots)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    write(given.output, blobs, index)
    given.sbom.parent.mkdir(parents=True, exist_ok=True)
    listed = sbom.write(given.sbom, ROOT, version(), libraries(given.binary))
    certificates = pathlib.Path(given.roots).read_text(encoding="utf-8", errors="replace").count("BEGIN CERTIFICATE")
    print(f"image   {given.name}")
    print(f"digest  {made}")
    print(f"size    {given.output.stat().st_size / 1e6:.1f} MB packed, {unpacked / 1e6:.1f} MB unpacked")
    print(f"roots   {certificates} certificates of {given.roots}")
    print(f"sbom    {given.sbom} ({listed} components)")
    print(f"archive {given.output}")


if __name__ == "__main__":
    main()
