"""Whether a run that went wrong would have said so: each check of a life is shown
something that is wrong, and has to find it. What was done is put right again."""

import contextlib
import functools
import time
from unittest import mock

import disturb
import policy
import release
import shell
from client import Forwarded, ask
from shell import NAMESPACE, Failed, kubectl, run, say

MOST_PATIENCE = 15


def all_of(life):
    """Every doubt; those that a check did not see break the run."""
    already = life.figures.broken
    doubts = [
        ("an upgrade that does not come", "after the upgrade", life.upgraded, lazy("upgrade")),
        ("an upgrade without its migration", "did not migrate", life.upgraded, lazy("upgrade")),
        ("a rollback that does not come", "after the rollback", life.rolled_back, stays_upgraded(life)),
        ("a rotation that does not come", "sealed with the keys 0", life.rotated, lazy("rotate")),
        ("a rotation that renews nothing", "sealed with the keys 0", life.rotated,
         mock.patch.object(release, "ROTATION", [{}])),
        ("a renewal that does not end", "is sealed again", life.rotated,
         mock.patch.multiple(release, ROTATION=[{"renew": True}], renewed=lambda: False)),
        ("a killed pod that was not killed", "was killed and is back", functools.partial(life.killed, 1),
         mock.patch.object(disturb.os, "kill", lambda *_: None)),
        ("a drain that the budget forbids", "drain", life.drained, alone(life)),
        ("a broken schema that is none", "the broken subgraph is refused", life.broken_subgraph,
         another_schema("type Query { fine: String }")),
        ("a department that is refused", "the new subgraph is accepted", life.another_subgraph,
         another_schema("type Query { tenders: Int! }")),
        ("a control plane that stays away", "API server",
         functools.partial(life.without_api_server, 1), without_start()),
        ("clients that are not answered", "requests failed", life.undisturbed, without(life, "procurement")),
    ]
    unseen = [name for name, words, work, wrong in doubts if not seen(life, name, words, work, wrong)]
    fails = [
        ("a query of helm test that a service does not answer", untested(life)),
        ("a stranger whom no policy keeps out", let_in(life)),
        ("a service that is not cut off", not_cut_off()),
    ]
    unseen += [name for name, work in fails if not failing(name, work)]
    life.figures.add("checks that were shown something wrong",
                     f"{len(doubts) + len(fails)}, of which {len(unseen)} saw nothing")
    life.figures.broken = already + [f"nothing was said of {name}" for name in unseen]
    life.figures.disturbed = []


def seen(life, name, words, work, wrong):
    say(f"==== doubt: {name}")
    life.figures.broken = []
    with impatient(), wrong:
        work()
    found = [line for line in life.figures.broken if words in line]
    say(f"   said: {found[0][:200]}" if found else f"   NOTHING WAS SAID; {life.figures.broken}")
    return found


def failing(name, work):
    say(f"==== doubt: {name}")
    try:
        with impatient():
            work()
    except Failed as failed:
        say(f"   said: {str(failed)[:200]}")
        return True
    return False


@contextlib.contextmanager
def impatient():
    """Who waits for what never comes waits a little."""
    with mock.patch.object(shell, "LONGEST", MOST_PATIENCE):
        yield


def lazy(step):
    """A step of the release that does nothing, and says nothing."""
    return mock.patch.object(release.Release, step, lambda *_: None)


@contextlib.contextmanager
def patiently(wrong, right):
    """Something wrong, which is put right: both with all the patience that takes."""
    patient = lambda: mock.patch.object(shell, "LONGEST", None)
    with patient():
        wrong()
    try:
        yield
    finally:
        with patient():
            right()


@contextlib.contextmanager
def stays_upgraded(life):
    with patiently(lambda: life.platform.upgrade("next"), lambda: life.platform.upgrade(life.given.tag)), \
            lazy("rollback"):
        yield


def alone(life):
    """One node takes nobody in: whom the other one would have to let go cannot move."""
    def wrong():
        kubectl("cordon", "node-1")

    def right():
        kubectl("uncordon", "node-1", "node-2")
        life.platform.settled()

    @contextlib.contextmanager
    def both():
        brief = lambda *arguments, **more: kubectl(*(a.replace("300s", "20s") for a in arguments), **more)
        with mock.patch.object(disturb, "kubectl", brief), patiently(wrong, right):
            yield
    return both()


@contextlib.contextmanager
def another_schema(sdl):
    """Departments bring this schema, whatever they were to bring."""
    true = disturb.subgraph
    names = []

    def brings(name, _):
        names.append(name)
        return true(name, sdl)
    with mock.patch.object(disturb, "subgraph", brings):
        try:
            yield
        finally:
            # One that was taken in is not let go of: that would break whoever asks for it.
            for name in names:
                kubectl("delete", f"subgraphs.graph.sanshe.cn/{name}", "--namespace", NAMESPACE, "--ignore-not-found",
                        "--wait=false")


def without_start():
    """Who was to start the control plane does not."""
    def start_not(program, *arguments, **more):
        return "" if "start" in arguments else run(program, *arguments, **more)

    def back():
        run(shell.CLUSTER / "control-plane", "start")
        shell.until("the API server is back", lambda: all(map(release.is_ready, release.get("deployments")["items"])))

    @contextlib.contextmanager
    def both():
        with mock.patch.object(disturb, "run", start_not), patiently(lambda: None, back):
            yield
    return both()


def without(life, part):
    """No pod of a part is there, not even one that drains."""
    scale = lambda count: kubectl("scale", f"deployment/sanshe-{part}", f"--replicas={count}", "--namespace", NAMESPACE)
    there = lambda: [pod for pod in release.pods() if pod["metadata"]["labels"]["app.kubernetes.io/component"] == part]

    def wrong():
        scale(0)
        shell.until(f"{part} is away", lambda: not there())
    return patiently(wrong, lambda: (scale(2), life.platform.settled()))


def untested(life):
    """A service of the query is away."""
    def work():
        with without(life, "communities"):
            life.platform.test()
    return work


def let_in(life):
    """Without the policies of the release, and with them again."""
    def work():
        kubectl("delete", "networkpolicies", "--all", "--namespace", NAMESPACE)
        time.sleep(5)
        try:
            policy.strangers(life.clients.pod())
        finally:
            with mock.patch.object(shell, "LONGEST", None):
                life.platform.upgrade(life.given.tag)
                shell.until("strangers are kept out again", lambda: kept_out(life), 60)
    return work


def kept_out(life):
    try:
        policy.strangers(life.clients.pod())
    except Failed:
        return False
    return True


def not_cut_off():
    """The policy is as it was."""
    def work():
        with Forwarded() as graph, mock.patch.object(policy, "kubectl", lambda *_, **__: None):
            policy.cut_off(lambda query: ask(graph, query))
    return work
