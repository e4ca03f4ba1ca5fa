"""The figures of a run, as one table."""


class Figures:
    def __init__(self):
        self.rows = []
        self.disturbed = []
        self.broken = []

    def add(self, name, value):
        self.rows.append((name, value))

    def disturbance(self, name, counted, may_fail=False):
        """One disturbance; where clients may not notice it, a failure breaks the run."""
        failed = sum(counted["failed"].values())
        self.disturbed.append((name, counted, may_fail))
        if failed and not may_fail:
            self.broken.append(f"{name}: {failed} of {counted['asked']} requests failed")

    def text(self):
        lines = ["", "figure                                             value"]
        lines += [f"{name:<50} {value}" for name, value in self.rows]
        lines += ["", f"{'disturbance':<36}{'requests':>9}{'failed':>8}{'slowest':>10}{'took':>9}  failures"]
        for name, counted, may_fail in self.disturbed:
            failed = sum(counted["failed"].values())
            kinds = "; ".join(f"{kind} ×{count}" for kind, count in sorted(counted["failed"].items()))
            note = " (may fail what is in flight)" if may_fail else ""
            lines.append(f"{name:<36}{counted['asked']:>9}{failed:>8}{counted['slowest']:>7} ms"
                         f"{counted['took']:>7.1f} s  {kinds}{note}")
        return "\n".join(lines)
