"""Rules, their tests, their runbooks; the metrics that dashboards name."""

import json
import os
import re
import subprocess

from rendering import CHART, ROOT, load

RULES = CHART / "files/rules.yaml"
TESTS = CHART / "files/rules.test.yaml"
RUNBOOKS = ROOT / "docs/runbooks"


def check():
    rules = load(RULES)
    named = set()
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "alert" not in rule:
                continue
            named.add(rule["alert"])
            yield from said(rule)
    for path in RUNBOOKS.glob("*.md"):
        if path.stem != "README" and path.stem not in named:
            yield f"{path.relative_to(ROOT)}: there is no alert of that name"
    tested = {one["alertname"] for test in load(TESTS)["tests"] for one in test.get("alert_rule_test", [])
              if one.get("exp_alerts")}
    for alert in sorted(named - tested):
        yield f"{alert}: no test of the rules makes it fire"
    for path in sorted((CHART / "files/dashboards").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        if not board.get("uid") or not board.get("panels"):
            yield f"{path.relative_to(ROOT)}: no dashboard"
        for panel in board.get("panels", []):
            if panel["type"] != "row" and not panel.get("targets"):
                yield f"{path.relative_to(ROOT)}: {panel['title']} shows nothing"


def said(rule):
    name = rule["alert"]
    book = RUNBOOKS / f"{name}.md"
    if not book.is_file():
        yield f"{name}: docs/runbooks/{name}.md is missing"
    elif not book.read_text(encoding="utf-8").isascii():
        pass
    else:
        yield f"{name}: its runbook has no Chinese"
    notes = rule.get("annotations", {})
    if not notes.get("summary") or not notes.get("description"):
        yield f"{name}: no summary or description"
    if notes.get("runbook") != f"docs/runbooks/{name}.md":
        yield f"{name}: names another runbook"
    if rule.get("labels", {}).get("severity") not in ("page", "ticket"):
        yield f"{name}: severity is page or ticket"


def promtool():
    tool = os.environ.get("PROMTOOL")
    if not tool:
        print("skipped: promtool cannot be had (apt-get install prometheus)")
        return
    for arguments in (["check", "rules", str(RULES)], ["test", "rules", str(TESTS)]):
        run = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False, cwd=RULES.parent)
        if run.returncode != 0:
            yield f"promtool {' '.join(arguments[:2])}: {(run.stdout + run.stderr)[-1500:]}"


def metrics():
    """The names of metrics in rules and dashboards."""
    text = RULES.read_text(encoding="utf-8")
    for path in (CHART / "files/dashboards").glob("*.json"):
        text += path.read_text(encoding="utf-8")
    return set(re.findall(r"\b((?:gateway|kit|sanshe|eldercare|procurement)_[a-z0-9_]+)\b", text))
