"""The platform on a real cluster, from nothing: installed, asked, upgraded under
load, rolled back, drained, killed, scaled, and left without its control plane.
Prints one table of figures; fails where clients noticed what they must not."""

import argparse
import json
import pathlib
import signal
import sys
import time

import backing
import doubt
import load
import policy
import release
from client import Forwarded, ask, token
from figures import Figures
from life import Life
from shell import CLUSTER, ROOT, Failed, run, say

DIVISIONS = ROOT / "src/demo/divisions"
CALENDAR = ROOT / "src/demo/calendar"
MOST_CPU, MOST_MEMORY = 1000, 1024


def step(text):
    say(f"== {text}")


def registers(back):
    """What a release does not bring: the divisions, and the working days of years to come."""
    databases = {"SANSHE_OWNER_DATABASE_URL": back.owner, "SANSHE_DATABASE_URL": back.app}
    back.sanshe("import", "divisions", "--from", DIVISIONS, **databases)
    for days in sorted(CALENDAR.glob("*.csv")):
        back.sanshe("import", "calendar", "--year", days.stem, "--from", days,
                    "--source", "示范日历,不得用于正式办理", **databases)


def story(back):
    """The first story of tests/e2e, as the binary tells it."""
    with Forwarded() as graph:
        begun = time.monotonic()
        back.sanshe("demo", "story", "--graph", graph, "--issuer", backing.LOGIN, "--data", backing.DATA)
        return time.monotonic() - begun


def requests(figures):
    cpu, memory = release.requested()
    figures.add("requests of all pods", f"{cpu} m CPU, {memory} MiB (aim: under 1 CPU and 1 GiB)")
    if cpu >= MOST_CPU or memory >= MOST_MEMORY:
        figures.broken.append("the pods ask for more than 1 CPU and 1 GiB")


def play(given, figures):
    back = backing.Backing()
    step("what the platform finds outside of the cluster")
    back.start()
    platform = release.Release(back)
    step("images")
    begun = time.monotonic()
    archives = [given.image, *([] if given.short else [load.image()]), *([given.next] if given.next else [])]
    run(CLUSTER / "node", "import", *archives)
    figures.add("images imported into the nodes", f"{time.monotonic() - begun:.1f} s")

    step("install")
    platform.prepare()
    figures.add("helm install until all are Ready", f"{platform.install(given.tag):.1f} s")
    requests(figures)
    registers(back)
    step("helm test")
    platform.test()
    figures.add("helm test, one query over several services", "passed")

    step("memory at rest")
    time.sleep(20)
    whole, by_part = release.used()
    parts = ", ".join(f"{part} {size:.0f}" for part, size in sorted(by_part.items()))
    figures.add("memory at rest, all pods", f"{whole:.0f} MiB")
    figures.add("memory at rest, MiB per pod", parts)

    step("the story through the cluster's gateway")
    figures.add("the story of tests/e2e through the gateway", f"{story(back):.1f} s")

    if given.short:
        return
    step("a service is cut off by its NetworkPolicy")
    with Forwarded() as graph:
        policy.cut_off(lambda query: ask(graph, query))
    figures.add("a service cut off by NetworkPolicy", "named as unavailable, the others answer; whole again after")
    step("load")
    made = json.loads((backing.DATA / "demonstration.json").read_text(encoding="utf-8"))
    clients = load.Load(token("wang"), made["community"]["id"])
    try:
        step("strangers")
        policy.strangers(clients.pod())
        figures.add("a pod of another namespace", "reaches the gateway, no service; the gateway no database")
        life = Life(given, figures, platform, clients)
        if given.doubt:
            doubt.all_of(life)
        else:
            life.whole()
    finally:
        clients.stop()


def main():
    ask = argparse.ArgumentParser(prog="just test-cluster", description=__doc__)
    ask.add_argument("--image", default=ROOT / "target/image/sanshe.tar")
    ask.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/sanshe",
                     help="the one that is in the image, for what is done from outside")
    ask.add_argument("--tag", default="0.1.0")
    ask.add_argument("--next", help="a second image, as localhost/sanshe:next, with one migration more")
    ask.add_argument("--short", action="store_true", help="without load and disturbances")
    ask.add_argument("--doubt", action="store_true",
                     help="instead of the disturbances, each of their checks is shown something wrong and has to say so")
    ask.add_argument("--dev", action="store_true", help="the image is built without optimisation")
    ask.add_argument("--details", type=int, default=5, help="how many failures of a disturbance are told in full")
    given = ask.parse_args()
    backing.BINARY = given.binary.resolve()
    if given.dev:
        backing.PASSWORDS = "md5"
    # Whoever is asked to stop takes along what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    figures = Figures()
    begun, outcome = time.monotonic(), 0
    try:
        play(given, figures)
    except Failed as failed:
        say(f"FAILED: {failed}")
        outcome = 1
    figures.add("the whole run", f"{time.monotonic() - begun:.0f} s")
    print(figures.text(), flush=True)
    for line in figures.broken:
        say(f"FAILED: {line}")
    sys.exit(1 if figures.broken else outcome)


main()
