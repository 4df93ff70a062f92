# SPDX-License-Identifier: Apache-2.0
"""The control group of all pods of one run: made before the kubelet, removed after everything.

Version 1 has a tree per controller under /sys/fs/cgroup, version 2 has one.
"""

import os
import sys
from pathlib import Path

TOP = Path("/sys/fs/cgroup")


def is_version_2() -> bool:
    return (TOP / "cgroup.controllers").exists()


def _roots(name: str) -> list[Path]:
    if is_version_2():
        return [TOP / name]
    return [folder / name for folder in sorted(TOP.iterdir()) if folder.is_dir() and not folder.is_symlink()]


def make(name: str) -> None:
    for root in _roots(name):
        root.mkdir(exist_ok=True)
    if is_version_2():
        controllers = (TOP / "cgroup.controllers").read_text().split()
        for folder in (TOP, TOP / name):
            wanted = " ".join(f"+{controller}" for controller in controllers)
            (folder / "cgroup.subtree_control").write_text(wanted)


def remove(name: str) -> None:
    for root in filter(Path.is_dir, _roots(name)):
        for folder, _, _ in os.walk(root, topdown=False):
            try:
                os.rmdir(folder)
            except OSError as error:
                print(f"kubernetes: {folder} stays: {error.strerror}", file=sys.stderr)
