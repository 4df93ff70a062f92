# SPDX-License-Identifier: Apache-2.0
"""The operator as helm installs it."""

import signal
import os
from typing import Any

from .cluster import Cluster
from .images import OPERATOR, TOP
from .kubectl import wait_until
from .pool import is_ready

CHART = TOP / "helm" / "monoceros-operator"
RELEASE = "monoceros"
NAMESPACE = "monoceros-system"
SELECTOR = "app.kubernetes.io/name=monoceros-operator"


class Operator:
    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self.kubectl = cluster.kubectl
        self.notes = ""

    def install(self, *options: str) -> None:
        repository, _, tag = OPERATOR.rpartition(":")
        values = [f"image.repository={repository}", f"image.tag={tag}"]
        flags = [flag for value in values for flag in ("--set", value)]
        self.notes = self.cluster.helm(
            "upgrade", "--install", RELEASE, str(CHART), "--namespace", NAMESPACE, "--create-namespace",
            "--wait", "--timeout", "2m", *flags, *options,
        )  # fmt: skip

    def uninstall(self) -> str:
        return self.cluster.helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait")

    def pods(self) -> list[dict[str, Any]]:
        return self.kubectl.list("pods", SELECTOR, NAMESPACE)

    def ready_pod(self) -> dict[str, Any]:
        return wait_until(
            lambda: next((pod for pod in self.pods() if is_ready(pod)), None), "the operator is ready", 90
        )

    def kill(self) -> None:
        """SIGKILL to the process itself. Its pod is replaced at once: for a container that ends again
        and again the kubelet would wait longer each time."""
        names = [pod["metadata"]["name"] for pod in self.pods()]
        for pid in processes_named("monoceros-operator"):
            os.kill(pid, signal.SIGKILL)
        self.kubectl("delete", "pod", *names, "-n", NAMESPACE, "--force", "--grace-period=0", "--wait=false")

    def log(self, previous: bool = False) -> str:
        arguments = ["--previous"] if previous else []
        return self.kubectl("logs", "-n", NAMESPACE, "-l", SELECTOR, "--tail=-1", *arguments)


def processes_named(name: str, cgroup: str = "") -> list[int]:
    """Processes with this program name, of this run only: no other process is visible here. With
    `cgroup`, those whose control group has it in its path (a pod's uid)."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as cmdline, open(f"/proc/{entry}/cgroup") as groups:
                program = os.path.basename(cmdline.read().split(b"\0")[0].decode())
                if program == name and cgroup in groups.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found
