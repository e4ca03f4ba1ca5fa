"""Every check of the charts; any finding fails."""

import sys

import alerts
import broken
import agreement
import linting
import network
import pods
import readme
import references
import refused
import schemas
import stable
from rendering import CHART, load, render, values_files


def main():
    write = "write" in sys.argv[1:]
    findings = []

    def gather(label, found):
        before = len(findings)
        findings.extend(f"{label}: {finding}" for finding in found)
        print(f"{'ok  ' if len(findings) == before else 'FAIL'} {label}", flush=True)

    gather("the digest of the migrations", agreement.stale(write))
    gather("README of the chart", list(readme.stale(write)) + list(readme.unsaid()))
    gather("versions", agreement.versions())
    files = {}
    for path in values_files():
        label, values = path.name.removesuffix("-values.yaml"), load(path)
        rendered = render(values)
        gather(f"{label}: helm lint", linting.helm(values))
        gather(f"{label}: schemas of Kubernetes", schemas.check(rendered))
        gather(f"{label}: pods", pods.check(rendered))
        gather(f"{label}: references", references.check(rendered))
        gather(f"{label}: network policies are the picture", network.check(rendered))
        gather(f"{label}: the chart says what the code does", agreement.check(rendered))
        gather(f"{label}: stable", stable.check(values))
        files[label] = rendered
    gather("linter", linting.objects(files))
    gather(f"{len(refused.TABLE)} values are refused", refused.check())
    gather(f"{len(broken.TABLE)} broken objects are noticed", broken.check())
    gather("alerts, runbooks, dashboards", alerts.check())
    gather("promtool", alerts.promtool())
    for finding in findings:
        print(f"\n{finding}", file=sys.stderr)
    if findings:
        print(f"\ncharts: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


assert CHART.is_dir()
sys.exit(main())
