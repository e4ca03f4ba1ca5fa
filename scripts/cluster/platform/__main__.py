"""The platform on a real cluster, from nothing: installed, asked, upgraded under
load, rolled back, drained, killed, scaled, and left without its control plane.
Prints one table of figures; fails where clients noticed what they must not."""

import argparse
import json
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import backing
import disturb
import load
import policy
import release
from figures import Figures
from shell import CLUSTER, NAMESPACE, ROOT, Failed, kubectl, program, run, say, until

GRAPH_PORT = 14000
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


class Forwarded:
    """The gateway at a port of loopback, for those who are no load."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [program("kubectl"), f"--kubeconfig={release.KUBECONFIG}", "port-forward", "--namespace", NAMESPACE,
             "service/sanshe-gateway", f"{GRAPH_PORT}:4000"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        def answers():
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{GRAPH_PORT}/health", timeout=2).status == 200
            except OSError:
                return False
        until("the gateway is forwarded", answers, 30)
        return f"http://127.0.0.1:{GRAPH_PORT}/graphql"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def story(back):
    """The first story of tests/e2e, as the binary tells it."""
    with Forwarded() as graph:
        begun = time.monotonic()
        back.sanshe("demo", "story", "--graph", graph, "--issuer", backing.LOGIN, "--data", backing.DATA)
        return time.monotonic() - begun


def ask(graph, query):
    request = urllib.request.Request(graph, json.dumps({"query": query}).encode(), {
        "content-type": "application/json", "accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def code(graph, query):
    """The code of the first error of a query, if it has one."""
    errors = ask(graph, query).get("errors", [])
    return errors[0]["extensions"]["code"] if errors else None


def token(account):
    form = f"grant_type=password&username={account}".encode()
    with urllib.request.urlopen(f"{backing.LOGIN}/token", form, timeout=5) as answer:
        return json.load(answer)["access_token"]


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
    cpu, memory = release.requested()
    figures.add("requests of all pods", f"{cpu} m CPU, {memory} MiB (aim: under 1 CPU and 1 GiB)")
    if cpu >= MOST_CPU or memory >= MOST_MEMORY:
        figures.broken.append("the pods ask for more than 1 CPU and 1 GiB")
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
        disturbances(given, figures, platform, clients)
    finally:
        clients.stop()


def disturbances(given, figures, platform, clients):
    def disturbance(name, work, may_fail=False, grace=3):
        step(name)
        try:
            counted = clients.during(work, grace)
        except Failed as failed:
            # The others are looked at all the same.
            say(f"FAILED: {name}: {failed}")
            figures.broken.append(f"{name}: {failed}")
            return
        figures.disturbance(name, counted, may_fail)
        for line in counted["details"][:given.details]:
            say(f"   {line['client']}: {line['failure']} after {line['took_millis']} ms: {line['detail'][:400]}")

    disturbance("nothing, for 15 s", lambda: time.sleep(15))
    if given.next:
        disturbance("upgrade with a migration", lambda: platform.upgrade("next"))
        if release.images() != {"localhost/sanshe:next"}:
            figures.broken.append(f"after the upgrade {release.images()} run")
        found = platform.back.ask("SELECT count(*) FROM information_schema.columns WHERE column_name = 'rehearsed'",
                                  "sanshe_communities").strip()
        if found != "2":
            figures.broken.append("the upgrade did not migrate")
        disturbance("rollback", platform.rollback)
        if release.images() != {f"localhost/sanshe:{given.tag}"}:
            figures.broken.append(f"after the rollback {release.images()} run")
    else:
        step("skipped: upgrade and rollback (no second image)")
    keys = lambda: platform.back.ask("SELECT string_agg(DISTINCT get_byte(name_sealed, 0)::text, ',') FROM residents",
                                     "sanshe_smartdata").strip()
    if keys() != "0":
        figures.broken.append("nothing is sealed that a rotation could renew")
    disturbance("the key of personal data rotates", lambda: platform.rotate(given.tag))
    if keys() != "1":
        figures.broken.append(f"after the rotation rows are sealed with the keys {keys()}")
    if len(release.get("nodes")["items"]) > 1:
        disturbance("drain of a node", disturb.drain(platform))
    else:
        step("skipped: drain (one node)")
    disturbance("scale to 1", disturb.scale(platform, 1))
    disturbance("scale 1 → 3 → 1", disturb.scale(platform, 3, 1))
    disturbance("scale back to 2", disturb.scale(platform, 2))
    disturbance("a broken subgraph", disturb.broken_subgraph)
    with Forwarded() as graph:
        disturbance("another subgraph joins", disturb.another_subgraph(lambda query: code(graph, query)))
    disturbance("API server stopped for a minute", disturb.without_api_server(60))
    for part, pod in list(disturb.each_pod()):
        # A client of a killed gateway may wait as long as it has patience; it counts here, not at the next one.
        grace = load.PATIENCE + 2 if part == "gateway" else 3
        disturbance(f"kill -9 of a pod of {part}", disturb.kill(pod), may_fail=True, grace=grace)


def main():
    ask = argparse.ArgumentParser(prog="just test-cluster", description=__doc__)
    ask.add_argument("--image", default=ROOT / "target/image/sanshe.tar")
    ask.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/sanshe",
                     help="the one that is in the image, for what is done from outside")
    ask.add_argument("--tag", default="0.1.0")
    ask.add_argument("--next", help="a second image, as localhost/sanshe:next, with one migration more")
    ask.add_argument("--short", action="store_true", help="without load and disturbances")
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
