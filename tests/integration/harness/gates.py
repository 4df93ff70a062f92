# SPDX-License-Identifier: Apache-2.0
from collections import Counter
from pathlib import Path

from harness.waiting import wait_until


class Gates:
    """The test's end of tests/apps/wsgi/gates.py."""

    def __init__(self, folder: Path):
        folder.mkdir()
        self.folder = folder
        self.variables = {"GATES": str(folder)}

    def open(self, name: str = "gate") -> None:
        (self.folder / name).touch()

    def shut(self, name: str = "gate") -> None:
        (self.folder / name).unlink()

    def journal(self) -> list[tuple[str, str, int]]:
        """(event, id of the request, pid) in the order in which they happened."""
        path = self.folder / "journal"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(event, name, int(pid)) for event, name, pid in map(str.split, lines)]

    def count(self, event: str) -> Counter:
        """How often each request had this event."""
        return Counter(name for happened, name, _ in self.journal() if happened == event)

    def wait_for(self, event: str, name: str = "-", times: int = 1) -> int:
        """Until the event happened; the pid of the process in which it last did."""
        wait_until(
            lambda: self.count(event)[name] >= times, f"{event} of the request {name} ({times}x)"
        )
        return [pid for e, n, pid in self.journal() if (e, n) == (event, name)][-1]
