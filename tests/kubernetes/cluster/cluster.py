# SPDX-License-Identifier: Apache-2.0
"""The whole cluster, from the environment that tests/kubernetes/run sets."""

import os
import subprocess
from pathlib import Path

from . import network
from .authority import Authority
from .control_plane import ControlPlane
from .database import Database
from .images import say
from .kubectl import Kubectl, wait_until
from .monitoring import Monitoring
from .node import Node
from .process import Programs


class Cluster:
    """Started by `start`, ended by `stop`; `kubectl` and `helm` are the ways in."""

    def __init__(self) -> None:
        self.binaries = Path(os.environ["MONOCEROS_KUBERNETES_BIN"])
        self.work = Path(os.environ["MONOCEROS_KUBERNETES_WORK"])
        self.programs = Programs(Path(os.environ["MONOCEROS_KUBERNETES_LOGS"]))
        cgroup = os.environ["MONOCEROS_KUBERNETES_CGROUP"]
        authority = Authority(self.work / "certificates")
        self.control_plane = ControlPlane(self.programs, self.binaries, authority, self.work)
        self.node = Node(self.programs, self.binaries, self.control_plane, self.work, cgroup)
        self.database = Database(self.programs, self.work)
        self.monitoring = Monitoring(self.programs, self.binaries, self.control_plane, self.work)
        self.kubectl = Kubectl(self.binaries, self.control_plane.admin)

    def start(self) -> None:
        network.prepare()
        self.database.start()
        say("starting the control plane")
        self.control_plane.start()
        say("starting the node")
        self.node.start([self.work / "images.tar"])
        self.kubectl.apply(*self.monitoring.manifests())
        self.monitoring.start()
        wait_until(self._node_ready, "the node is Ready", 120)
        say("the cluster is up")

    def _node_ready(self) -> bool:
        conditions = self.kubectl.get("node", network.NODE_NAME)["status"]["conditions"]
        return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)

    def stop(self) -> None:
        self._end_pods()
        self.programs.stop_all()

    def _end_pods(self) -> None:
        """Kills what still runs, so that no mount and no cgroup is in use afterwards."""
        self.programs.stop("kubelet")
        tasks = self.node.ctr("tasks", "list", "--quiet").stdout.split()
        for task in tasks:
            self.node.ctr("tasks", "delete", "--force", task)

    def helm(self, *arguments: str) -> str:
        command = [str(self.binaries / "helm"), f"--kubeconfig={self.control_plane.admin}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise RuntimeError(f"helm {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout
