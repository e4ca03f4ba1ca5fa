"""README.md of the chart: made from the comments of values.yaml."""

import json
import re

import yaml

from rendering import CHART, ROOT

README = CHART / "README.md"
BEGIN, END = "<!-- values: made by `scripts/charts write` -->", "<!-- end of values -->"


def rows():
    """(path, default, words) of every key that has a comment above it."""
    lines = (CHART / "values.yaml").read_text(encoding="utf-8").splitlines()
    values = yaml.safe_load("\n".join(lines))
    path, words = [], []
    for line in lines:
        comment = re.match(r"\s*# ?(.*)$", line)
        if comment:
            words.append(comment.group(1))
            continue
        key = re.match(r"(\s*)([A-Za-z][\w-]*):", line)
        # What stands inside of a list or of labels is a value, no key of ours.
        inside = key and any(part in ("to", "clients", "labels") for part in path[: len(key.group(1)) // 2])
        if key and not inside:
            depth = len(key.group(1)) // 2
            path = path[:depth] + [key.group(2)]
            yield path[:], at(values, path), " ".join(words)
        words = []


def at(values, path):
    for part in path:
        values = values[part] if isinstance(values, dict) and part in values else None
    return values


def table():
    out = ["| value | default | meaning |", "|---|---|---|"]
    for path, default, words in rows():
        if not words and isinstance(default, dict) and default:
            continue
        if path[0] == "components" and len(path) > 1:
            continue
        shown = "" if isinstance(default, dict) and default and path[-1] not in ("requests", "limits") \
            else f"`{json.dumps(default, ensure_ascii=False)}`"
        out.append(f"| `{'.'.join(path)}` | {shown} | {words.replace('|', '/')} |")
    return "\n".join(out)


def stale(write):
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    made = f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"
    if write:
        README.write_text(made, encoding="utf-8")
    elif text != made:
        yield f"{README.relative_to(ROOT)} is not of these values: run `scripts/charts write`"


def unsaid():
    for path, default, words in rows():
        leaf = not (isinstance(default, dict) and default)
        if leaf and not words and path[0] not in ("components",) and path[-1] not in (
                "enabled", "minReplicas", "maxReplicas", "to", "port", "requests", "limits"):
            yield f"values.yaml: {'.'.join(path)} has no comment"
