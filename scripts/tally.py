"""What a script set out to check, and what it checked: a check that was skipped is no check that holds.

Each script declares from its lists how many checks of each kind it will make, and ends with a failure where it made another number.
On a developer's machine a kind may be skipped, with the reason printed; with CI=true or PLANISH_STRICT it may not.
"""

import os
import sys
import threading

STRICT = bool(os.environ.get("PLANISH_STRICT")) or os.environ.get("CI") == "true"


class Tally:
    def __init__(self, script: str):
        self.script = script
        self.declared: dict[str, int] = {}
        self.made: dict[str, int] = {}
        self.lock = threading.Lock()

    def declare(self, kind: str, count: int) -> None:
        """Says that `count` checks of a kind will be made."""
        if count <= 0:
            sys.exit(f"{self.script}: nothing is there to check of {kind}")
        self.declared[kind] = self.declared.get(kind, 0) + count
        self.made.setdefault(kind, 0)

    def holds(self, condition: bool, what: str) -> None:
        """Ends the script with the first condition that does not hold."""
        if not condition:
            sys.exit(f"{self.script}: {what}")

    def made_one(self, kind: str) -> None:
        """Counts a check that holds."""
        with self.lock:
            self.made[kind] += 1

    def skip(self, kind: str, why: str) -> None:
        """Takes a kind back, which is a failure where nothing may be skipped."""
        if STRICT:
            sys.exit(f"{self.script}: {kind}: {why}; nothing may be skipped here")
        print(f"SKIPPED: {self.script}: {kind}: {why}")
        self.declared.pop(kind, None)
        self.made.pop(kind, None)

    def close(self) -> None:
        """Ends the script with a failure unless all that was declared was done."""
        for kind, count in self.declared.items():
            self.holds(self.made[kind] == count, f"{self.made[kind]} of {count} checks were made of {kind}")
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.made.items())
        print(f"{self.script}: {sum(self.made.values())} checks hold: {kinds}")
