"""What a platform lives through, under clients that never rest: each part counts
what clients saw of it, and looks whether it came about at all."""

import time

import disturb
import load
import release
from client import Forwarded, code
from shell import Failed, say


class Life:
    def __init__(self, given, figures, platform, clients):
        self.given, self.figures, self.platform, self.clients = given, figures, platform, clients

    def whole(self):
        """All of it, in the order of a year."""
        self.undisturbed()
        if self.given.next:
            self.upgraded()
            self.rolled_back()
        else:
            say("== skipped: upgrade and rollback (no second image)")
        self.rotated()
        if len(release.get("nodes")["items"]) > 1:
            self.drained()
        else:
            say("== skipped: drain (one node)")
        self.scaled()
        self.broken_subgraph()
        self.another_subgraph()
        self.without_api_server()
        self.killed()

    def disturbed(self, name, work, may_fail=False, grace=3):
        say(f"== {name}")
        try:
            counted = self.clients.during(work, grace)
        except Failed as failed:
            # The others are looked at all the same.
            say(f"FAILED: {name}: {failed}")
            self.figures.broken.append(f"{name}: {failed}")
            return
        self.figures.disturbance(name, counted, may_fail)
        for line in counted["details"][:self.given.details]:
            say(f"   {line['client']}: {line['failure']} after {line['took_millis']} ms: {line['detail'][:400]}")

    def expect(self, right, otherwise):
        if not right:
            self.figures.broken.append(otherwise)

    def undisturbed(self):
        self.disturbed("nothing, for 15 s", lambda: time.sleep(15))

    def upgraded(self):
        self.disturbed("upgrade with a migration", lambda: self.platform.upgrade("next"))
        run = release.images()
        self.expect(run == {"localhost/sanshe:next"}, f"after the upgrade {run} run")
        columns = self.platform.back.ask(
            "SELECT count(*) FROM information_schema.columns WHERE column_name = 'rehearsed'", "sanshe_communities")
        self.expect(columns.strip() == "2", "the upgrade did not migrate")

    def rolled_back(self):
        self.disturbed("rollback", self.platform.rollback)
        run = release.images()
        self.expect(run == {f"localhost/sanshe:{self.given.tag}"}, f"after the rollback {run} run")

    def rotated(self):
        self.expect(self.keys() == "0", "nothing is sealed that a rotation could renew")
        self.disturbed("the key of personal data rotates", lambda: self.platform.rotate(self.given.tag))
        keys = self.keys()
        self.expect(keys == "1", f"after the rotation rows are sealed with the keys {keys}")

    def keys(self):
        """The versions of the key that names of residents are sealed with."""
        return self.platform.back.ask("SELECT string_agg(DISTINCT get_byte(name_sealed, 0)::text, ',') FROM residents",
                                      "sanshe_smartdata").strip()

    def drained(self):
        self.disturbed("drain of a node", disturb.drain(self.platform))

    def scaled(self):
        self.disturbed("scale to 1", disturb.scale(self.platform, 1))
        self.disturbed("scale 1 → 3 → 1", disturb.scale(self.platform, 3, 1))
        self.disturbed("scale back to 2", disturb.scale(self.platform, 2))

    def broken_subgraph(self):
        self.disturbed("a broken subgraph", disturb.broken_subgraph)

    def another_subgraph(self):
        with Forwarded() as graph:
            self.disturbed("another subgraph joins", disturb.another_subgraph(lambda query: code(graph, query)))

    def without_api_server(self, seconds=60):
        self.disturbed("API server stopped for a minute", disturb.without_api_server(seconds))

    def killed(self, most=None):
        for part, pod in list(disturb.each_pod())[:most]:
            # A client of a killed gateway may wait as long as it has patience; it counts here, not at the next one.
            grace = load.PATIENCE + 2 if part == "gateway" else 3
            self.disturbed(f"kill -9 of a pod of {part}", disturb.kill(pod), may_fail=True, grace=grace)
