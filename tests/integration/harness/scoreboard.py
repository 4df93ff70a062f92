# SPDX-License-Identifier: Apache-2.0
"""Reads the scoreboard of a running server, by docs/scoreboard.md."""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"\0MONOSB1"
ROUTER = 128
WORKERS = 320
STATES = ("empty", "starting", "ready", "draining", "exited")

ROUTER_FIELDS = {
    "connections": (8, "I"),
    "connections_idle": (12, "I"),
    "queued": (16, "I"),
    "in_flight": (20, "I"),
    "requests": (24, "Q"),
    "shed": (96, "Q"),
    "abandoned": (104, "Q"),
    "request_body_bytes": (112, "Q"),
    "response_bytes": (120, "Q"),
    "buffer_bytes": (128, "Q"),
    "spool_bytes": (136, "Q"),
    "log_lines_dropped": (144, "Q"),
}
HEADER_FIELDS = {
    "generation": (56, "I"),
    "workers_wanted": (60, "I"),
    "restarts_crash": (64, "Q"),
    "restarts_timeout": (72, "Q"),
    "restarts_retired": (80, "Q"),
    "reloads_ok": (88, "Q"),
    "reloads_failed": (96, "Q"),
}


@dataclass(frozen=True)
class WorkerRow:
    row: int
    state: str
    pid: int
    incarnation: int
    generation: int
    requests: int


class Scoreboard:
    def __init__(self, descriptor: int):
        length = os.fstat(descriptor).st_size
        self._memory = mmap.mmap(descriptor, length, access=mmap.ACCESS_READ)
        assert self._memory[:8] == MAGIC
        assert self._read(8, "I") == 1
        self._rows, self._threads, self._row_bytes = struct.unpack_from("=III", self._memory, 24)

    def _read(self, offset: int, form: str) -> int:
        return struct.unpack_from("=" + form, self._memory, offset)[0]

    def router(self, field: str) -> int:
        offset, form = ROUTER_FIELDS[field]
        return self._read(ROUTER + offset, form)

    def header(self, field: str) -> int:
        return self._read(*HEADER_FIELDS[field])

    def workers(self) -> list[WorkerRow]:
        """The slots in use, those of workers that left included."""
        rows = (self._worker(row) for row in range(self._rows))
        return [row for row in rows if row.state != "empty"]

    def _worker(self, row: int) -> WorkerRow:
        at = WORKERS + row * self._row_bytes
        state, pid, incarnation, generation = struct.unpack_from("=IiII", self._memory, at)
        threads = range(self._threads)
        requests = sum(self._read(at + 64 + 64 * thread + 24, "Q") for thread in threads)
        return WorkerRow(row, STATES[state], pid, incarnation, generation, requests)


def find(pid: int) -> Scoreboard | None:
    """The scoreboard among the memory files that the process `pid` has open."""
    folder = Path("/proc") / str(pid) / "fd"
    for entry in os.listdir(folder):
        try:
            if not os.readlink(folder / entry).startswith("/memfd:"):
                continue
            descriptor = os.open(folder / entry, os.O_RDONLY)
        except OSError:
            continue
        try:
            if os.pread(descriptor, len(MAGIC), 0) == MAGIC:
                return Scoreboard(descriptor)
        finally:
            os.close(descriptor)
    return None
