# SPDX-License-Identifier: Apache-2.0
"""What a tree of processes has used, read from /proc."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """The process and all that descend from it and still live."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (parent := parent_of(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def parent_of(entry: Path) -> int | None:
    try:
        # The name in parentheses may hold spaces; the parent is the second field behind it.
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def cpu_seconds(root: int) -> float:
    """CPU time of the tree."""
    return sum(max(of_threads(pid), of_process(pid)) for pid in tree(root))


def of_threads(pid: int) -> float:
    """By the scheduler's own nanoseconds; without the threads that have ended."""
    total = 0
    for schedstat in PROC.glob(f"{pid}/task/*/schedstat"):
        try:
            total += int(schedstat.read_text().split()[0])
        except OSError:
            continue
    return total / 1e9


def of_process(pid: int) -> float:
    """With the threads that have ended; in ticks."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_bytes(root: int, named: str | None = None) -> int:
    """Proportional set size of the tree, or of those of it whose command line holds `named`."""
    total = 0
    for pid in tree(root):
        if named is None or named in command_line(pid):
            total += pss_of(pid)
    return total


def pss_of(pid: int) -> int:
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def command_line(pid: int) -> str:
    try:
        name = (PROC / str(pid) / "comm").read_text().strip()
        arguments = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
    return f"{name} {arguments}"
