# SPDX-License-Identifier: Apache-2.0
"""Reads the scoreboard of a running server, by docs/scoreboard.md."""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"\0MONOSB1"
ROUTER = 512
WORKERS = 8192
ROW = 192
STATES = ("empty", "starting", "ready", "draining", "exited")
ALIVE = ("starting", "ready", "draining")

ROUTER_FIELDS = {
    "beat_at": (0, "Q"),
    "connections": (8, "I"),
    "queued": (12, "I"),
    "in_flight": (16, "I"),
    "streams": (20, "I"),
    "accepted": (40, "Q"),
    "requests": (48, "Q"),
    "queue_nanoseconds": (104, "Q"),
    "application_nanoseconds": (112, "Q"),
    "shed": (120, "Q"),
    "abandoned": (128, "Q"),
    "refused": (136, "Q"),
    "request_body_bytes": (176, "Q"),
    "response_bytes": (184, "Q"),
    "buffer_bytes": (192, "Q"),
    "spool_bytes": (200, "Q"),
    "log_lines_dropped": (208, "Q"),
    "backlog": (216, "I"),
    "backlog_limit": (220, "I"),
    "backlog_overflows": (224, "Q"),
    "mean_service_nanoseconds": (232, "Q"),
    "disrupted": (240, "Q"),
    "upgraded": (248, "I"),
    "request_timeouts": (252, "I"),
    "connections_idle": (24, "I"),
    "connections_reading": (28, "I"),
    "connections_waiting": (32, "I"),
    "connections_writing": (36, "I"),
    "timeouts_header": (144, "Q"),
    "timeouts_body": (152, "Q"),
    "timeouts_send": (160, "Q"),
    "timeouts_queue": (168, "Q"),
}
HEADER_FIELDS = {
    "master_started_at": (40, "Q"),
    "master_beat_at": (48, "Q"),
    "generation": (56, "I"),
    "workers_wanted": (60, "I"),
    "threads_wanted": (64, "I"),
    "live_state": (68, "I"),
    "live_revision": (72, "Q"),
    "reloads_ok": (160, "Q"),
    "reloads_failed": (168, "Q"),
    "draining": (176, "I"),
    "master_pid": (180, "I"),
    "last_reload_at": (184, "Q"),
    "last_reload_ok": (192, "I"),
    "accounting": (196, "I"),
    "master_rss_bytes": (200, "Q"),
    "router_rss_bytes": (208, "Q"),
    "template_rss_bytes": (216, "Q"),
    "master_cpu_nanoseconds": (224, "Q"),
    "router_cpu_nanoseconds": (232, "Q"),
    "all_pss_bytes": (240, "Q"),
    "cgroup_memory": (248, "Q"),
    "cgroup_limit": (256, "Q"),
    "cgroup_cpu_quota": (264, "Q"),
    "cgroup_cpu_nanoseconds": (272, "Q"),
    "cgroup_periods": (280, "Q"),
    "cgroup_throttled_periods": (288, "Q"),
    "cgroup_throttled_nanoseconds": (296, "Q"),
    "restarts_crash": (80, "Q"),
    "restarts_oom": (88, "Q"),
    "restarts_timeout": (96, "Q"),
    "restarts_boot_timeout": (104, "Q"),
    "restarts_max_requests": (112, "Q"),
    "restarts_signal": (120, "Q"),
    "restarts_command": (128, "Q"),
    "restarts_reload": (136, "Q"),
    "restarts_scale": (144, "Q"),
    "restarts_request_timeout": (152, "Q"),
}


WORKER_FIELDS = {
    "state": (0, "I"),
    "pid": (4, "i"),
    "incarnation": (8, "I"),
    "generation": (12, "I"),
    "started_at": (16, "Q"),
    "threads": (24, "I"),
    "capacity": (28, "I"),
    "rss_bytes": (48, "Q"),
    "pss_bytes": (56, "Q"),
    "cpu_nanoseconds": (64, "Q"),
    "run_queue_nanoseconds": (72, "Q"),
    "restarts": (80, "Q"),
    "stalls": (88, "Q"),
    "stall_nanoseconds": (96, "Q"),
    "longest_stall_nanoseconds": (104, "Q"),
    "stalled_since": (112, "Q"),
    "gil_wait_nanoseconds": (128, "Q"),
    "gil_waits": (136, "Q"),
    "gil_meter": (144, "I"),
    "loop_busy_nanoseconds": (152, "Q"),
}
THREAD_FIELDS = {
    "busy_since": (8, "Q"),
    "busy_nanoseconds": (16, "Q"),
    "cpu_nanoseconds": (24, "Q"),
    "gil_wait_nanoseconds": (32, "Q"),
    "run_queue_nanoseconds": (40, "Q"),
    "requests": (48, "Q"),
    "request_id": (56, "Q"),
    "native_id": (64, "I"),
    "gil_waiting_since": (72, "Q"),
}


@dataclass(frozen=True)
class WorkerRow:
    row: int
    state: str
    pid: int
    incarnation: int
    generation: int
    threads: int
    capacity: int
    worker_class: str
    requests: int


class Scoreboard:
    def __init__(self, descriptor: int):
        length = os.fstat(descriptor).st_size
        self._memory = mmap.mmap(descriptor, length, access=mmap.ACCESS_READ)
        assert self._memory[:8] == MAGIC
        assert self._read(8, "I") == 2
        self._rows, self._threads, self._row_bytes = struct.unpack_from("=III", self._memory, 24)

    def _read(self, offset: int, form: str) -> int:
        return struct.unpack_from("=" + form, self._memory, offset)[0]

    def _text(self, offset: int, length: int) -> str:
        return self._memory[offset : offset + length].split(b"\0")[0].decode(errors="replace")

    def router(self, field: str) -> int:
        offset, form = ROUTER_FIELDS[field]
        return self._read(ROUTER + offset, form)

    def header(self, field: str) -> int:
        return self._read(*HEADER_FIELDS[field])

    def worker_class(self) -> str:
        """The wanted one."""
        return self._text(304, 16)

    def worker(self, row: int, field: str) -> int:
        offset, form = WORKER_FIELDS[field]
        return self._read(WORKERS + row * self._row_bytes + offset, form)

    def thread(self, row: int, thread: int, field: str) -> int:
        offset, form = THREAD_FIELDS[field]
        return self._read(self._thread_at(row, thread) + offset, form)

    def request_text(self, row: int, thread: int) -> str:
        return self._text(self._thread_at(row, thread) + 80, 112)

    def _thread_at(self, row: int, thread: int) -> int:
        return WORKERS + row * self._row_bytes + ROW + ROW * thread

    def sum_of_threads(self, row: int, field: str) -> int:
        return sum(self.thread(row, thread, field) for thread in range(self._threads))

    def workers(self) -> list[WorkerRow]:
        """The slots in use, those of workers that left included."""
        rows = (self._worker(row) for row in range(self._rows))
        return [row for row in rows if row.state != "empty"]

    def _worker(self, row: int) -> WorkerRow:
        at = WORKERS + row * self._row_bytes
        state, pid, incarnation, generation = struct.unpack_from("=IiII", self._memory, at)
        threads, capacity = struct.unpack_from("=II", self._memory, at + 24)
        name = self._text(at + 32, 16)
        requests = self.sum_of_threads(row, "requests")
        return WorkerRow(
            row, STATES[state], pid, incarnation, generation, threads, capacity, name, requests
        )


def is_scoreboard(name: str) -> bool:
    return name.startswith("/memfd:") or name.removesuffix(" (deleted)").endswith("/scoreboard")


def find(pid: int) -> Scoreboard | None:
    """The scoreboard among the files that the process `pid` has open."""
    folder = Path("/proc") / str(pid) / "fd"
    for entry in os.listdir(folder):
        try:
            if not is_scoreboard(os.readlink(folder / entry)):
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
