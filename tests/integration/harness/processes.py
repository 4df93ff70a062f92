# SPDX-License-Identifier: Apache-2.0
"""What /proc says about processes."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Stat:
    pid: int
    name: str
    state: str
    parent: int
    session: int


def stat(pid: int) -> Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    return Stat(pid, name, fields[0], int(fields[1]), int(fields[3]))


def all_processes() -> list[Stat]:
    pids = [int(entry) for entry in os.listdir(PROC) if entry.isdigit()]
    return [found for pid in pids if (found := stat(pid)) is not None]


def lives(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    found = stat(pid)
    return found is not None and found.state != "Z"


def children(pid: int) -> list[int]:
    return [p.pid for p in all_processes() if p.parent == pid]


def of_session(session: int) -> list[Stat]:
    return [p for p in all_processes() if p.session == session]


def command_line(pid: int) -> list[str]:
    try:
        text = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [part.decode(errors="replace") for part in text.rstrip(b"\0").split(b"\0")]


def memory(pid: int) -> dict[str, int]:
    """Rss, Pss, Shared_Clean ... of /proc/PID/smaps_rollup, in bytes."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}


def pss(pid: int) -> int:
    return memory(pid)["Pss"]


def open_files(pid: int) -> dict[int, str]:
    """Each descriptor and what it refers to."""
    found = {}
    folder = PROC / str(pid) / "fd"
    for entry in os.listdir(folder):
        try:
            found[int(entry)] = os.readlink(folder / entry)
        except FileNotFoundError:
            continue
    return found
